"""Constraints for tests with other than the pinned versions: ``python -m tools.versions floors``, or ``newest``.

Torch keeps its pinned version, whose CPU build is small and was tested; another one is a second argument.
"""

import re
import sys
import tomllib
from pathlib import Path
from typing import Any

FLOOR = re.compile(r"([\w-]+)(?:\[.*\])?>=([\w.]+)")
NOT_FOR_TESTS = re.compile(r"types-.*|.*-stubs|mypy|ruff")


def main() -> None:
    """Print a constraints file."""
    wanted, *torch = sys.argv[1:]
    pyproject = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))
    versions = floors(pyproject) if wanted == "floors" else {}
    versions["torch"] = torch[0] if torch else pinned("torch")
    print("\n".join(f"{name}=={version}" for name, version in versions.items()))


def floors(pyproject: dict[str, Any]) -> dict[str, str]:
    """Return the lowest allowed version of each library that the tests need, by its name."""
    project = pyproject["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    found = [match for lines in lists for line in lines if (match := FLOOR.fullmatch(line))]
    return {match[1]: match[2] for match in found if not NOT_FOR_TESTS.fullmatch(match[1])}


def pinned(name: str) -> str:
    """Return the version of a library in constraints.txt."""
    lines = Path("constraints.txt").read_text("utf-8").splitlines()
    return next(line.partition("==")[2] for line in lines if line.startswith(f"{name}=="))


if __name__ == "__main__":
    main()
