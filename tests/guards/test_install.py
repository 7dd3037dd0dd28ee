"""The installation, interrupted: one line, and no environment that make would take as whole."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.support.factory import ROOT
from tests.support.processes import PATIENCE, wait_until

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
