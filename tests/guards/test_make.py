"""The environment of make: kept while it works, made again when it does not, filled by uv or pip, with pins."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.factory import ROOT
from tools.install import _run, install


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the Makefile and an installed environment, whose only package is an empty one named dvc."""
    folder = tmp_path / "a folder"
    (folder / "tools").mkdir(parents=True)
    for name in ("Makefile", "pyproject.toml", "constraints.txt", "tools/check_environment"):
        (folder / name).write_bytes((ROOT / name).read_bytes())
    (folder / "tools/check_environment").chmod(0o755)
    (folder / "tools/install.py").write_text("import sys\nprint('installer:', *sys.argv[1:])\n")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / ".venv"], check=True)
    next((folder / ".venv/lib").glob("python*/site-packages")).joinpath("dvc.py").touch()
    (folder / ".venv/.installed").touch()
    return folder


def make(folder: Path, target: str = ".venv/.installed") -> str:
    return subprocess.check_output(["make", target], cwd=folder, text=True)


def test_environment_is_made_once_and_again_where_it_does_not_work(folder: Path) -> None:
    assert "up to date" in make(folder)
    (folder / "pyproject.toml").touch()
    assert make(folder) == "installer: .venv constraints.txt\n"
    moved = folder.rename(folder.with_name("another folder"))
    assert make(moved) == "installer: .venv constraints.txt --clear\n"
    (moved / ".venv/bin/python").unlink()
    assert make(moved) == "installer: .venv constraints.txt --clear\n"


def test_variables_of_python_do_not_hide_the_code(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "tools/repro.py").write_text("import sys\nprint(sys.flags.safe_path, sys.dont_write_bytecode)\n")
    monkeypatch.setenv("PYTHONSAFEPATH", "1")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert make(folder, "repro") == "False False\n"


NOT_IN_THE_TESTS = {"jax", "pip-audit"}
FAILING = {"": (0, "uv pip"), "bin/uv": (0, "-m pip"), "--editable": (3, "-m pip"), "torch": (3, "torch")}
"""By the commands that fail: how the installation ends, and with which command."""


@pytest.mark.parametrize("failing", FAILING)
def test_pip_installs_what_uv_does_not(monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    commands: list[str] = []

    def run(command: list[str], **_: object) -> "subprocess.CompletedProcess[str]":
        commands.append(" ".join(command))
        configured = ":env:.index-url='https://env'\nglobal.index-url='https://other'\n"
        return subprocess.CompletedProcess(command, 3 if failing and failing in commands[-1] else 0, configured)

    monkeypatch.setattr("tools.install.subprocess.run", run)
    code, last = FAILING[failing]
    assert install(".venv", "pins") == code
    assert last in commands[-1]
    assert all("--constraint pins" in command for command in commands if " install " in command)
    assert all("--index-url=https://env" in command for command in commands if "uv pip" in command)


def test_pip_installs_nowhere_else(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PIP_USER", "1")
    monkeypatch.setenv("PIP_TARGET", "/somewhere/else")
    assert _run(sys.executable, "-m", "pip", "config", "list") == 0
    assert "somewhere" not in (listed := capfd.readouterr().out)
    assert ":env:.user='0'" in listed


def test_an_environment_that_cannot_be_made_ends_in_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert install(f"{tmp_path}/file/.venv", "pins") == 1
    of_venv, ours = capfd.readouterr().err.splitlines()
    assert "Not a directory" in of_venv
    assert ours.startswith(f"error: expected Python to make {tmp_path}/file/.venv, got its message above; ")
    assert "apt install python3-venv" in ours


def versions(name: str, operator: str) -> dict[str, str]:
    """Return the version of each library that a line of a file names with this operator."""
    text = (ROOT / name).read_text("utf-8").lower()
    found = re.findall(rf'^ *"?([\w.-]+)(?:\[.*\])?{operator}([\w.]+)', text, re.MULTILINE)
    return {library.replace(".", "-"): version for library, version in found}


def test_the_oldest_versions_that_are_tested_are_the_oldest_that_are_allowed() -> None:
    allowed = versions("pyproject.toml", ">=") | {"torch": versions("constraints.txt", "==")["torch"]}
    tested = versions("constraints-floors.txt", "==")
    assert len(allowed.keys() & tested.keys()) > 40
    others = [name for name in allowed if not f"{tested.get(name)}.".startswith(f"{allowed[name]}.")]
    assert set(others) == NOT_IN_THE_TESTS
