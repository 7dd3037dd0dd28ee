"""Which of the repository's source files a module reaches by importing: what DVC does not find out by itself."""

import ast
from pathlib import Path

from tests.support.factory import ROOT

SEARCHED = (ROOT, ROOT / "src")


def import_closure(module: str) -> set[str]:
    """Return the paths, relative to the root, of ``module`` and all that it imports, directly or not."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        for path in module_files(waiting.pop()):
            name = path.relative_to(ROOT).as_posix()
            if name not in found:
                found.add(name)
                waiting.extend(imported_modules(path))
    return found


def module_files(module: str) -> list[Path]:
    """Return the files that importing ``module`` runs, its packages' included; none for other people's modules."""
    parts = module.split(".")
    for folder in SEARCHED:
        packages = [folder.joinpath(*parts[:depth], "__init__.py") for depth in range(1, len(parts) + 1)]
        files = [path for path in (*packages, folder.joinpath(*parts).with_suffix(".py")) if path.is_file()]
        if files:
            return files
    return []


def imported_modules(path: Path) -> list[str]:
    """Return every module that a file's imports can mean, wherever in the file they stand."""
    modules: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules.extend(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import is not followed"
            assert node.module
            modules.extend([node.module, *(f"{node.module}.{alias.name}" for alias in node.names)])
    return modules
