"""``python`` and ``dvc`` for PATH that start at once: forks of one process that has imported their libraries.

``COLD=1 make test`` does without: each program then starts as it does for a user.
"""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from filelock import FileLock

from tests.support.processes import wait_until

HERE = Path(__file__).parent
PLACE = "PYTEST_WARM"
"""The variable with the server's folder and the process that it ends with, for all processes of pytest."""
ENVIRONMENT: dict[str, str] = {}
"""Those of pytest before tests and what they import set any: programs and their server start with them."""


def choose_place() -> None:
    """Decide where the server will be, for this process and those it starts."""
    if "COLD" not in os.environ and can_serve():
        os.environ.setdefault(PLACE, f"{os.getpid()}:{tempfile.mkdtemp()}")
    ENVIRONMENT.update(os.environ)


def can_serve() -> bool:
    """Return whether the system has what the server needs; only Linux has it."""
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):
        return False
    return True


def remove() -> None:
    """Remove what `choose_place` made, if it was in this process. The server ends with it."""
    parent, _, place = os.environ.get(PLACE, "").partition(":")
    if parent == str(os.getpid()):
        shutil.rmtree(place)
        del os.environ[PLACE]


def first_on_path(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables with the programs in front of all others."""
    found = folder()
    return {**environment, "PATH": f"{found}{os.pathsep}{environment['PATH']}"} if found else dict(environment)


def at_once(program: str) -> str:
    """Return the path of ``dvc`` or ``python`` that starts at once, if it can."""
    return str((folder() or Path(sys.executable).parent) / program)


def run(folder: Path, *command: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run a program to its end. It starts at once, if it can."""
    variables = environment(**variables)
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)


def environment(**variables: str) -> dict[str, str]:
    """Return pytest's variables, these, and a PATH with which `dvc` and `python` start at once, if they can."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{ENVIRONMENT['PATH']}"
    return first_on_path({**ENVIRONMENT, "PATH": path, **variables})


@cache
def folder() -> Path | None:
    """Return the folder of the two programs, or None if there are none; start the server if it does not run."""
    if PLACE not in os.environ:
        return None
    parent, _, place = os.environ[PLACE].partition(":")
    programs, address = Path(place, "bin"), Path(place, "socket")
    with FileLock(f"{place}/lock"):
        if not programs.exists():
            start_server(address, parent)
            programs.mkdir()
            for name in ("dvc", "python"):
                write_program(programs / name, address)
    return programs


def start_server(address: Path, parent: str) -> None:
    """Start the server; return when it can be asked."""
    command = [sys.executable, str(HERE / "server.py"), str(address), parent]
    os.posix_spawn(sys.executable, command, ENVIRONMENT, file_actions=[
        (os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in (0, 1)
    ])  # fmt: skip
    wait_until(address.exists)


def write_program(path: Path, address: Path) -> None:
    """Write a program that asks the server."""
    words = shlex.join([sys.executable, "-IS", str(HERE / "client.py"), str(address), sys.executable, path.name])
    path.write_text(f'#!/bin/sh\nexec {words} "$@"\n', encoding="utf-8")
    path.chmod(0o755)
