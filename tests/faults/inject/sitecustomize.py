"""Make one program fail at one moment. Python imports this at its start, by its name, from a folder in PYTHONPATH.

``FAULT`` says how, as JSON: ``program``, a word of the command line; ``file``, the end of a path; ``nth``, which
of its openings for writing, from 1; ``do``, one of ACTIONS; ``edit``, a path and two texts. Nothing is patched:
Python itself tells of files that are opened, and the faults are the kernel's.
"""

import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path

FEW_BYTES = 64
WRITING = os.O_WRONLY | os.O_RDWR


def kill_all() -> None:
    """Kill DVC too, and the shell between: all that a terminal started."""
    os.killpg(os.getpgrp(), signal.SIGKILL)


def interrupt() -> None:
    """Do what a terminal does on Ctrl-C."""
    os.killpg(os.getpgrp(), signal.SIGINT)


def kill_in_write() -> None:
    """Have the kernel kill the process in the middle of the file."""
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    refuse_long_files()


def refuse_long_files() -> None:
    """Let writing fail after a few bytes, as on a full disk: "File too large"."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (FEW_BYTES, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


def edit(path: str, before: str, after: str) -> None:
    """Change a file, as an editor or ``git checkout`` does in another terminal."""
    Path(path).write_text(Path(path).read_text(encoding="utf-8").replace(before, after), encoding="utf-8")


ACTIONS: dict[str, Callable[..., None]] = {
    action.__name__: action for action in (kill_all, interrupt, kill_in_write, refuse_long_files, edit)
}


def begin(program: str, file: str, nth: int, do: str, edit: list[str]) -> None:
    """Wait for the moment, if this is the program."""
    opened = 0

    def on_event(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal opened
        if event == "open" and str(arguments[0]).endswith(file) and int(str(arguments[2])) & WRITING:
            opened += 1
            if opened == nth:
                ACTIONS[do](*edit)

    if program in {Path(word).name for word in sys.orig_argv}:
        sys.addaudithook(on_event)


if "FAULT" in os.environ:
    begin(**json.loads(os.environ["FAULT"]))
