"""The law of the house: a room is named by what an edit to it re-runs, and imports from the rooms below it."""

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from statistics import median

import pytest
from dvc.repo import Repo
from pydantic import BaseModel

from mnist_mlp.harness import params
from studies import study_params
from tests.support.closure import imported_modules, module_files
from tests.support.factory import ROOT
from tests.support.repository import Repository

PACKAGE = ROOT / "src/mnist_mlp"
HARNESS_MAY_IMPORT = {*sys.stdlib_module_names, "pydantic", "pydantic_core", "yaml", "tqdm"}
LEVELS = [
    {"harness"},
    {"core"},
    {"network", "models", "sources", "splits"},
    {"training", "trained"},
    {"custom_exact", "torch_exact"},
    {"custom_network", "torch_network"},
    {"engines", "evaluation", "figures"},
]
"""The rooms of src/mnist_mlp; each may import from those of the levels above it in this list, and from itself."""
FOLDERS = ["src", "stages", "studies", "tools", "benchmarks", "notebooks"]
"""Each may import from those before it."""
TRAININGS = {"train_custom", "train_torch"}
STAGES = {"fetch_mnist", "split", *TRAININGS, "evaluate", "plot"}
RERUN = {
    "harness/*.py": set[str](),
    "sources/*.py": {"fetch_mnist"},
    "splits.py": {"split"},
    "network/*.py": {"train_custom", "evaluate"},
    "custom_exact.py": {"train_custom", "evaluate"},
    "custom_network.py": {"train_custom", "evaluate"},
    "torch_exact.py": {"train_torch", "evaluate"},
    "torch_network.py": {"train_torch", "evaluate"},
    "training/*.py": TRAININGS | {"evaluate"},
    "engines.py": {"evaluate"},
    "evaluation.py": {"evaluate"},
    "models.py": {"evaluate", "plot"},
    "figures.py": {"plot"},
    "core/*.py": STAGES,
    "trained.py": set[str](),
    "__init__.py": set[str](),
}
"""What an edit to each room of src/mnist_mlp re-runs; `plot` also where `evaluate` then writes other numbers."""


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def room(path: Path) -> str:
    """Return the room of a file of the package: the folder or the file just below it."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_files(path: Path) -> Iterator[Path]:
    """Yield the project's files that a file names in its imports."""
    for module in imported_modules(path):
        name = module.rpartition(".")[2]
        if (files := module_files(module)) and name in {files[-1].stem, files[-1].parent.name}:
            yield files[-1]


def test_no_room_imports_from_one_above_it() -> None:
    level = {name: place for place, names in enumerate(LEVELS) for name in names}
    assert {room(path) for path in sources("src")} - {"__init__"} == set(level)
    upward = [
        f"{path.relative_to(ROOT)} imports {found.relative_to(ROOT)}"
        for path in sources("src")
        for found in imported_files(path)
        if found != PACKAGE / "__init__.py" and room(found) != room(path)
        if level[room(found)] >= level[room(path)]
    ]
    assert upward == []


def test_no_folder_imports_from_one_above_it() -> None:
    upward = [
        f"{path.relative_to(ROOT)} imports {found.relative_to(ROOT)}"
        for place, folder in enumerate(FOLDERS)
        for path in sources(folder)
        for found in imported_files(path)
        if found.relative_to(ROOT).parts[0] not in FOLDERS[: place + 1]
    ]
    assert upward == []


def test_no_imports_go_in_a_circle() -> None:
    graph = {path: set(imported_files(path)) - {path} for path in sources(*FOLDERS)}
    assert len(list(TopologicalSorter(graph).static_order())) >= len(graph)  # it raises on a circle


def test_the_harness_imports_the_standard_library_pydantic_yaml_tqdm_and_itself() -> None:
    for path in sources("src/mnist_mlp/harness"):
        tops = {module.partition(".")[0] for module in imported_modules(path)}
        assert tops - HARNESS_MAY_IMPORT <= {"mnist_mlp"}, path
        assert {room(found) for found in imported_files(path)} <= {"harness", "__init__"}, path


def test_the_network_loads_numpy_and_the_standard_library_only() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(PACKAGE.parent)!r}); import numpy.random; "
        "before = {*sys.modules}; import mnist_mlp.network; "
        "print(*{*sys.modules} - before - {*sys.stdlib_module_names})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "mnist_mlp.network.mlp" in loaded
    assert {name for name in loaded if not name.startswith("mnist_mlp")} == set()
    assert {name for name in loaded if name.startswith(("mnist_mlp.core", "mnist_mlp.harness"))} == set()


def test_the_network_is_short() -> None:
    files = sources("src/mnist_mlp/network")
    assert sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files) < 400
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in files]
    functions = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert len(functions) > 20
    assert median(lines_of_code(function) for function in functions) <= 5


def lines_of_code(function: ast.FunctionDef) -> int:
    """Return the lines of a function without its docstring."""
    docstring = function.body[0] if ast.get_docstring(function) else None
    text = (docstring.end_lineno or 0) - docstring.lineno + 1 if docstring else 0
    return (function.end_lineno or 0) - function.lineno + 1 - text


@pytest.mark.parametrize(("file", "most"), [("dvc.yaml", 160), ("studies/dvc.yaml", 130)])
def test_files_that_everybody_opens_are_short(file: str, most: int) -> None:
    assert len((ROOT / file).read_text(encoding="utf-8").splitlines()) <= most


def test_no_section_has_a_default() -> None:
    sections = [
        kind
        for module in (params, study_params)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, BaseModel)
    ]
    assert len(sections) > 10
    with_default = [
        f"{section.__name__}.{key}"
        for section in sections
        for key, field in section.model_fields.items()
        if not field.is_required()
    ]
    assert with_default == []


def test_module_names_are_unique() -> None:
    names = Counter(path.stem for path in sources(*FOLDERS) if not path.stem.startswith("__"))
    assert [name for name, count in names.items() if count > 1] == []


def test_the_package_itself_imports_nothing() -> None:
    kinds = [type(part) for part in ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8")).body]
    assert kinds == [ast.Expr, ast.Assign]  # its docstring and its version


def test_every_file_of_the_package_is_in_one_of_the_rooms() -> None:
    found = sorted(path for pattern in RERUN for path in PACKAGE.glob(pattern))
    assert found == sources("src/mnist_mlp")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # in DVC
def test_an_edit_re_runs_what_its_room_says(
    reproduced: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited = reproduced.copy(tmp_path)
    for name, value in edited.variables().items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(edited.root)
    assert changed_stages() == set()
    for pattern, stages in RERUN.items():
        files = sorted((edited.root / "src/mnist_mlp").glob(pattern))
        assert files
        for file in files:
            file.write_text(file.read_text(encoding="utf-8") + "# edited\n", encoding="utf-8")
        assert changed_stages() == stages, pattern
        edited.git("checkout", "--quiet", "--", "src")
    assert changed_stages() == set()


def changed_stages() -> set[str]:
    """Return the stages that a dry run would run, if those before them write the same bytes as before."""
    with Repo() as repo:
        return {stage.name for stage in repo.reproduce(sorted(STAGES), dry=True, single_item=True)}
