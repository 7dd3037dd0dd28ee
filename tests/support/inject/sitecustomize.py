"""Make one program fail at one moment. Python imports this at its start, by its name, from a folder in PYTHONPATH.

``FAULT`` says how, as JSON: ``program``, a word of the command line; ``at``, ``import NAME``, ``call FUNCTION`` or
``return FUNCTION``; ``nth``, which of these, from 1; ``do``, one of ACTIONS. Nothing is patched: Python itself
tells of imports (audit hooks) and of calls (profile hooks), and the faults are the kernel's.
"""

import json
import os
import resource
import signal
import sys
from pathlib import Path
from types import FrameType

FEW_BYTES = 64
FIRST_READ = "params.yaml", "dvc.yaml"
"""What a stage, or DVC, opens first: its imports are behind it, all of its work is to come."""


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def kill_all() -> None:
    """Kill DVC too, and the shell between: all that a terminal started."""
    os.killpg(os.getpgrp(), signal.SIGKILL)


def interrupt() -> None:
    """Do what a terminal does on Ctrl-C."""
    os.killpg(os.getpgrp(), signal.SIGINT)


def kill_in_write() -> None:
    """Have the kernel kill the process in the middle of the next file that it writes."""
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    refuse_long_files()


def refuse_long_files() -> None:
    """Let the next write fail after a few bytes: "File too large"."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (FEW_BYTES, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


def refuse_memory() -> None:
    """Let the process keep the memory that it has and get no more."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize(), resource.RLIM_INFINITY))


def stop() -> None:
    """Stay where it is until SIGCONT."""
    os.kill(os.getpid(), signal.SIGSTOP)


ACTIONS = {
    action.__name__: action
    for action in (kill, kill_all, interrupt, kill_in_write, refuse_long_files, refuse_memory, stop)
}


class Moment:
    """Counts until the moment has come; acts once."""

    def __init__(self, at: str, nth: int, do: str) -> None:
        self.kind, self.name = at.split(" ")
        self.nth = nth
        self.act = ACTIONS[do]

    def on_audit(self, event: str, arguments: tuple[object, ...]) -> None:
        if event == "import" and self.kind == "import" and arguments[0] == self.name:
            self.count()
        # not from the start: to be told of each call while libraries are imported takes seconds
        if event == "open" and self.nth > 0 and self.kind != "import" and str(arguments[0]).endswith(FIRST_READ):
            sys.setprofile(self.on_profile)

    def on_profile(self, frame: FrameType, event: str, _: object) -> None:
        if event == self.kind and frame.f_code.co_qualname == self.name:
            self.count()

    def count(self) -> None:
        self.nth -= 1
        if self.nth == 0:
            sys.setprofile(None)
            self.act()


def begin() -> None:
    fault = json.loads(os.environ.get("FAULT", "{}"))
    words = {Path(word).name for word in sys.orig_argv}
    if fault and fault.pop("program") in words:
        sys.addaudithook(Moment(**fault).on_audit)


begin()
