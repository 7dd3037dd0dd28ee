"""``python -IS client.py SOCKET PYTHON PROGRAM WORD...``: ask a server to run a program, and end as that ends.

PROGRAM is dvc or python. What the server does not take is run by the interpreter PYTHON, as usual.
"""

import json
import os
import signal
import socket
import sys
from typing import NoReturn

STREAMS = (0, 1, 2)


def main() -> None:
    """Have the program run."""
    address, python, program, *words = sys.argv[1:]
    with socket.socket(socket.AF_UNIX) as server:
        try:
            server.connect(address)
        except OSError:  # another user may not, and a server that has ended cannot
            start_anew(python, program, words)
        folder = os.getcwd()  # noqa: PTH109  # pathlib would take longer to import than all else here
        request = {"program": program, "words": words, "folder": folder, "environment": dict(os.environ)}
        socket.send_fds(server, [json.dumps(request).encode() + b"\n"], STREAMS)
        answer = server.makefile().readline()
    if answer == "no\n":
        start_anew(python, program, words)
    status = os.waitstatus_to_exitcode(int(answer))
    if status < 0:
        signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    sys.exit(status)


def start_anew(python: str, program: str, words: list[str]) -> NoReturn:
    """Become the program in a new interpreter."""
    start = [python, "-m", "dvc"] if program == "dvc" else [python]
    os.execv(python, [*start, *words])  # noqa: S606


if __name__ == "__main__":
    main()
