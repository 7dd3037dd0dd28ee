"""The programs that start at once (tests/support/warm) end as they do in a new interpreter."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from subprocess import DEVNULL, PIPE

import pytest

from tests.support import processes
from tests.support.laboratory import Fault
from tests.support.processes import Process, communicate, kill, members, wait_until
from tests.support.warm import programs

SHOW = """
import atexit, json, os, sys

atexit.register(print, "at exit")
imported = "torch" in sys.modules
print(json.dumps([__name__, sys.argv[1:], sys.path[0], os.getcwd(), os.environ["GIT_SHOWN"], sys.stdin.read()]))
print("warm" if imported else "cold", file=sys.stderr)
END
"""
HANDLE = """
import signal, time

got = []
for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, _: got.append(number))
open("ready", "w").close()
while not got:
    time.sleep(0.01)
time.sleep(0.1)
print(*map(int, got), sep="\\n")
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


def start(folder: Path, **variables: str) -> Process:
    """Start the module in a process group of its own."""
    return processes.start(["python", "-m", "shown"], folder, programs.environment(GIT_SHOWN="this", **variables))


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
    program = start(tmp_path, **Fault("shown", "call work", 1, "interrupt").environment())
    printed, errors = communicate(program)
    assert program.returncode == -signal.SIGINT
    assert errors.startswith("warm\n")
    assert errors.endswith("KeyboardInterrupt\n")
    assert "after it" not in printed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_its_group_reaches_a_program(tmp_path: Path, number: signal.Signals) -> None:
    write(tmp_path, HANDLE)
    program = start(tmp_path)
    wait_until((tmp_path / "ready").exists)
    kill(program, number)
    printed, errors = communicate(program)
    assert errors == "warm\n"
    assert set(printed.splitlines()[1:-1]) == {str(int(number))}
    assert number != signal.SIGINT or len(printed.splitlines()) == 3  # or it would be a second Ctrl-C


@pytest.mark.parametrize(
    ("number", "alone"), [(signal.SIGTERM, False), (signal.SIGHUP, False), (signal.SIGINT, True)]
)
def test_a_signal_to_its_client_is_passed_on(tmp_path: Path, number: signal.Signals, alone: bool) -> None:
    write(tmp_path, HANDLE)
    program = subprocess.Popen(
        ["python", "-m", "shown"], cwd=tmp_path, env=programs.environment(GIT_SHOWN="this"),
        stdin=DEVNULL, stdout=PIPE, stderr=PIPE, text=True, start_new_session=alone,
    )  # fmt: skip
    wait_until((tmp_path / "ready").exists)
    program.send_signal(number)
    printed, errors = communicate(program)
    assert errors == "warm\n"
    assert printed.splitlines()[1:-1] == [str(int(number))]


def test_a_program_ends_with_its_client(tmp_path: Path) -> None:
    write(tmp_path, HANDLE)
    program = start(tmp_path)
    wait_until((tmp_path / "ready").exists)
    assert len(members(program.pid)) == 2
    program.kill()
    wait_until(lambda: members(program.pid) == [])
    communicate(program)


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
