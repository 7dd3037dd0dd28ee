"""The installation: who installs what, and interrupted: one line, and no environment that make takes as whole."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.factory import ROOT
from tests.support.processes import PATIENCE, wait_until
from tools.install import UV, install

SLOW_PIP = """\
import time
from pathlib import Path
Path("started").touch()
time.sleep(600)
"""


def test_interrupted_installation_ends_with_one_line(tmp_path: Path) -> None:
    (tmp_path / "pip.py").write_text(SLOW_PIP, encoding="utf-8")
    (tmp_path / "constraints.txt").write_text("a==1\n", encoding="utf-8")
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job of a shell ignores Ctrl-C
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "tools/install.py"), ".venv", "constraints.txt"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    wait_until((tmp_path / "started").exists)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert errors.strip() == "error: interrupted; the same make command starts the installation again"


CONFIGURED = """\
:env:.index-url='https://env/simple'
global.extra-index-url='https://one/simple https://two/simple'
global.index-url='https://global/simple'
global.timeout='60'
"""
STEPS = {
    "-m venv": "environment", "pytorch.org": "torch from its index", " torch": "torch", UV: "uv",
    "config list": "configuration", "/uv pip install": "all by uv", "pip install": "all by pip",
}  # fmt: skip
"""What a command does, by the first of these words in it."""


class Programs:
    """Stands in for all programs: writes down what is run, and lets some of it fail."""

    def __init__(self, *failing: str) -> None:
        self.failing = failing
        self.commands: dict[str, str] = {}

    def run(self, command: list[object], **_: object) -> "subprocess.CompletedProcess[str]":
        words = " ".join(map(str, command))
        step = next(step for part, step in STEPS.items() if part in words)
        self.commands[step] = words
        return subprocess.CompletedProcess([], 3 if step in self.failing else 0, CONFIGURED)


BEFORE = ["environment", "torch from its index"]
BY_UV = ["uv", "configuration", "all by uv"]


@pytest.mark.parametrize(
    ("failing", "code", "ran"),
    [
        ((), 0, [*BEFORE, *BY_UV]),
        (("uv",), 0, [*BEFORE, "uv", "all by pip"]),
        (("all by uv",), 0, [*BEFORE, *BY_UV, "all by pip"]),
        (("all by uv", "all by pip"), 3, [*BEFORE, *BY_UV, "all by pip"]),
        (("torch from its index",), 0, [*BEFORE, "torch", *BY_UV]),
        (("torch from its index", "torch"), 3, [*BEFORE, "torch"]),
    ],
)
def test_pip_installs_what_uv_does_not(
    monkeypatch: pytest.MonkeyPatch, failing: tuple[str, ...], code: int, ran: list[str]
) -> None:
    programs = Programs(*failing)
    monkeypatch.setattr("tools.install.subprocess.run", programs.run)
    assert install(Path(".venv"), Path("pins"), clear=False) == code
    assert list(programs.commands) == ran
    assert all("--constraint pins" in words for step, words in programs.commands.items() if " install " in words)


def test_uv_looks_where_pip_is_configured_to(monkeypatch: pytest.MonkeyPatch) -> None:
    programs = Programs()
    monkeypatch.setattr("tools.install.subprocess.run", programs.run)
    install(Path(".venv"), Path("pins"), clear=False)
    assert programs.commands["all by uv"].endswith(
        " --index-url https://env/simple --extra-index-url https://one/simple --extra-index-url https://two/simple"
    )
