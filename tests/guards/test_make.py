"""The Makefile: environments that no longer work, a variable of Python that hides the code, hostile revisions."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.support.factory import ROOT
from tests.support.repository import Repository

INSTALLER = """
import sys
print("installer:", *sys.argv[1:])
"""
"""Stands in for tools/install.py, which needs a network."""
NAMES = ("Makefile", "pyproject.toml", "constraints.txt", "tools/check_environment")
DEFAULTS = "'--seeds=20', '--model=', '--vary=', '--on=val', '--effect=0.1'"
"""Words that `make compare` adds."""
HOSTILE = ["$(shell touch pwned)", "${shell touch pwned}", "$$(touch pwned)", "`touch pwned`", "';touch pwned;'"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the Makefile and an installed environment, whose only package is an empty one named dvc."""
    folder = tmp_path / "a folder"
    for name in NAMES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((ROOT / name).read_bytes())
    (folder / "tools/check_environment").chmod(0o755)
    (folder / "tools/install.py").write_text(INSTALLER)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / ".venv"], check=True)
    packages(folder).joinpath("dvc.py").touch()
    (folder / ".venv/.installed").touch()
    return folder


def packages(folder: Path) -> Path:
    (found,) = (folder / ".venv/lib").glob("python*/site-packages")
    return found


def make(folder: Path, *words: str, environment: Mapping[str, str] | None = None) -> str:
    """Set up the environment if necessary; return both streams of make."""
    done = subprocess.run(
        ["make", *words], cwd=folder, env={**os.environ, **(environment or {})}, text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_environment_that_works_is_kept(folder: Path) -> None:
    assert make(folder, ".venv/.installed") == "make: '.venv/.installed' is up to date.\n"


def test_first_installation_deletes_nothing(folder: Path) -> None:
    (folder / ".venv/.installed").unlink()
    assert make(folder, ".venv/.installed") == "installer: .venv constraints.txt\n"


def test_new_pinned_versions_delete_nothing(folder: Path) -> None:
    os.utime(folder / ".venv/.installed", (0, 0))
    assert make(folder, ".venv/.installed") == "installer: .venv constraints.txt\n"


def remove_python(folder: Path) -> Path:
    for path in (folder / ".venv/bin").glob("python*"):
        path.unlink()
    return folder


def dangle(folder: Path) -> Path:
    remove_python(folder)
    for name in ("python", "python3"):
        (folder / ".venv/bin" / name).symlink_to("/no/python3.11")
    return folder


def break_python(folder: Path) -> Path:
    remove_python(folder)
    for name in ("python", "python3"):
        (folder / ".venv/bin" / name).write_text("#!/bin/sh\nexit 127\n")
        (folder / ".venv/bin" / name).chmod(0o755)
    return folder


def upgrade(folder: Path) -> Path:
    """Leave the packages in the folder of another version of Python."""
    found = packages(folder).parent
    found.rename(found.with_name("python3.1"))
    return folder


@pytest.mark.parametrize("damage", [remove_python, dangle, break_python, upgrade])
def test_environment_without_its_python_is_made_again(folder: Path, damage: Callable[[Path], Path]) -> None:
    assert make(damage(folder), ".venv/.installed") == (
        "note: making .venv again: its Python does not run, or lacks the packages; "
        "was Python upgraded or removed?\n"
        "installer: --clear .venv constraints.txt\n"
    )


def test_environment_that_was_moved_is_made_again(folder: Path) -> None:
    moved = folder.rename(folder.with_name("another folder"))
    assert make(moved, ".venv/.installed") == (
        f"note: making .venv again: it was made as {folder}/.venv; was the folder moved or copied?\n"
        "installer: --clear .venv constraints.txt\n"
    )


def test_environment_behind_a_link_is_kept(folder: Path) -> None:
    link = folder.with_name("link")
    link.symlink_to(folder)
    assert "is up to date" in make(link, ".venv/.installed")


def test_safe_path_does_not_hide_the_code(installed: Repository) -> None:
    done = installed.run("make", "check-lock", environment={"PYTHONSAFEPATH": "1"})
    assert done.stdout == "dvc.lock is current\n"


def test_what_a_program_imports_is_compiled_once(folder: Path) -> None:
    """The installation compiles nothing, and in many containers Python is told to leave it at that."""
    (folder / "tools/verify.py").write_text("import sys\nprint(sys.dont_write_bytecode)\n")
    assert make(folder, "verify", environment={"PYTHONDONTWRITEBYTECODE": "1"}) == "False\n"


@pytest.fixture
def echoing(folder: Path) -> Path:
    """The folder with tools that only print the words that they get."""
    for name in ("report", "compare", "tune", "preflight"):
        (folder / f"tools/{name}.py").write_text("import sys\nprint(sys.argv[1:])\n")
    script = folder / "tools/base_outputs"
    script.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    script.chmod(0o755)
    return folder


@pytest.mark.parametrize(
    ("target", "revision", "way"),
    [
        *(("report", revision, "command line") for revision in HOSTILE),
        *(("report", HOSTILE[0], way) for way in ("environment", "environment wins")),
        ("base-outputs", HOSTILE[0], "command line"),
    ],
)
def test_revision_is_text_for_make(echoing: Path, target: str, revision: str, way: str) -> None:
    if way == "command line":
        printed = make(echoing, target, f"BASE={revision}")
    else:
        words = ["-e"] if way == "environment wins" else []
        printed = make(echoing, *words, target, environment={"BASE": revision})
    assert revision in printed
    assert not (echoing / "pwned").exists()


def test_what_is_compared_is_text_for_make(echoing: Path) -> None:
    printed = make(echoing, "compare", f"A={HOSTILE[0]}", f"B={HOSTILE[1]}")
    assert printed == f"['--a={HOSTILE[0]}', '--b={HOSTILE[1]}', {DEFAULTS}]\n"
    assert not (echoing / "pwned").exists()


def test_what_is_searched_is_text_for_make(echoing: Path) -> None:
    printed = make(echoing, "tune", "MODEL=torch", f"SPACE=lr={HOSTILE[0]}")
    assert printed == f"['--model=torch', '--space=lr={HOSTILE[0]}', '--trials=40']\n"
    assert not (echoing / "pwned").exists()


def test_report_compares_with_main_by_default(echoing: Path) -> None:
    assert make(echoing, "report") == "['--base=main', '--seeds=']\n"
