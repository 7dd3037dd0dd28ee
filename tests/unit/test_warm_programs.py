"""The programs that start at once (tests/support/warm) end as they do in a new interpreter."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE

import pytest

from tests.support.laboratory import Fault
from tests.support.warm import programs

SHOW = """
import atexit, json, os, sys

atexit.register(print, "at exit")
imported = "torch" in sys.modules
print(json.dumps([__name__, sys.argv[1:], sys.path[0], os.getcwd(), os.environ["GIT_SHOWN"], sys.stdin.read()]))
print("warm" if imported else "cold", file=sys.stderr)
END
"""
ENDINGS = {
    "return": "",
    "number": "sys.exit(3)",
    "words": "sys.exit('stopped')",
    "exception": "raise ValueError('a bug')",
    "signal": "os.kill(os.getpid(), 15)",
    "kill": "sys.stdout.flush(); os.kill(os.getpid(), 9)",
}

pytestmark = pytest.mark.skipif(programs.PLACE not in os.environ, reason="COLD is set, or there is no pidfd_open")


def run(folder: Path, *command: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    environment = programs.first_on_path(programs.ENVIRONMENT | {"GIT_SHOWN": "this"}) | variables
    return subprocess.run(command, cwd=folder, env=environment, input="typed", capture_output=True, text=True)  # noqa: PLW1510


def write(folder: Path, ending: str) -> None:
    (folder / "shown.py").write_text(SHOW.replace("END", ending), encoding="utf-8")


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_module_ends_as_in_a_new_interpreter(tmp_path: Path, ending: str) -> None:
    write(tmp_path, ENDINGS[ending])
    warm = run(tmp_path, "python", "-m", "shown", "a word", "")
    cold = run(tmp_path, sys.executable, "-m", "shown", "a word", "")
    assert (warm.returncode, warm.stdout) == (cold.returncode, cold.stdout)
    assert warm.stderr.splitlines()[-1] == cold.stderr.replace("cold", "warm").splitlines()[-1]
    assert "warm\n" in warm.stderr


@pytest.mark.parametrize(
    ("before", "variables"),
    [
        ([], {"OMP_NUM_THREADS": "7"}),
        ([], {"PYTHONHASHSEED": "1"}),
        ([], {"PYTHONWARNINGS": "error"}),
        (["sh", "-c", 'ulimit -n 100; exec "$@"', "sh"], {}),
        (["sh", "-c", 'umask 077; exec "$@"', "sh"], {}),
    ],
)
def test_what_a_new_interpreter_would_see_otherwise_gets_a_new_one(
    tmp_path: Path, before: list[str], variables: dict[str, str]
) -> None:
    write(tmp_path, "")
    assert run(tmp_path, *before, "python", "-m", "shown", **variables).stderr == "cold\n"


def test_a_fault_happens_in_a_program_that_starts_at_once(tmp_path: Path) -> None:
    write(tmp_path, "open('params.yaml', 'w').close()\ndef work(): ...\nwork()\nprint('after it')")
    fault = Fault("shown", "call work", 1, "interrupt").environment()
    ended = run(tmp_path, "python", "-m", "shown", **fault)
    assert ended.returncode != 0
    assert ended.stderr.startswith("warm\n")
    assert ended.stderr.endswith("KeyboardInterrupt\n")
    assert "after it" not in ended.stdout


def test_ignored_warnings_are_not_shown(tmp_path: Path) -> None:
    write(tmp_path, "import warnings; warnings.warn('one', UserWarning); warnings.warn('two', FutureWarning)")
    shown = run(tmp_path, "python", "-m", "shown", PYTHONWARNINGS="ignore::UserWarning").stderr
    assert shown.startswith("warm\n")
    assert "FutureWarning: two" in shown
    assert "UserWarning: one" not in shown


def test_a_module_inherits_open_files(tmp_path: Path) -> None:
    write(tmp_path, "os.write(int(sys.argv[1]), b'from it')")
    read, file = os.pipe()
    command, variables = ["python", "-m", "shown", str(file)], programs.environment(GIT_SHOWN="this")
    ended = subprocess.run(command, cwd=tmp_path, env=variables, input="", stderr=PIPE, pass_fds=[file], text=True)  # noqa: PLW1510
    os.close(file)
    with os.fdopen(read) as reader:
        assert reader.read() == "from it"
    assert ended.stderr == "warm\n"


def test_code_and_options_get_a_new_interpreter(tmp_path: Path) -> None:
    assert run(tmp_path, "python", "-c", "import sys; print('torch' in sys.modules)").stdout == "False\n"
    assert run(tmp_path, "python", "-W", "error", "-m", "this").returncode == 0


@pytest.mark.parametrize("sent", [b"", (9).to_bytes(8, "little") + b"cut off"])
def test_the_server_survives_a_client_that_was_killed(tmp_path: Path, sent: bytes) -> None:
    assert programs.folder()
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(Path(os.environ[programs.PLACE].partition(":")[2], "socket")))
        client.sendall(sent)
    write(tmp_path, "")
    assert run(tmp_path, "python", "-m", "shown").stderr == "warm\n"
