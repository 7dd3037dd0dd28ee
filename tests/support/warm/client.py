"""``python -IS client.py SOCKET PYTHON PROGRAM WORD...``: ask a server to run a program, and end as that ends.

PROGRAM is dvc or python. What the server does not take is run by the interpreter PYTHON, as usual. This imports
only modules that are part of the interpreter: `socket`, `json` and `typing` would take longer than most programs.
"""

import _socket
import marshal
import os
import sys

LENGTH = 8
"""Bytes of the number before a request: its own bytes."""


def main() -> None:
    """Have the program run."""
    address, python, program, *words = sys.argv[1:]
    files = [file for file in map(int, os.listdir("/proc/self/fd")) if is_inherited(file)]  # noqa: PTH208
    server = _socket.socket(_socket.AF_UNIX)
    try:
        server.connect(address)
    except OSError:  # another user may not, and a server that has ended cannot
        start_anew(python, program, words)
    request = marshal.dumps((program, words, os.getcwd(), dict(os.environ), files))  # noqa: PTH109
    numbers = b"".join(file.to_bytes(4, sys.byteorder) for file in files)
    rights = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, numbers)]
    server.sendmsg([len(request).to_bytes(LENGTH, "little")], rights)
    server.sendall(request)
    answer = server.recv(LENGTH)
    if answer == b"no":
        start_anew(python, program, words)
    status = os.waitstatus_to_exitcode(int(answer))
    if status < 0:
        import signal  # slow, and seldom needed

        if -status != signal.SIGKILL:  # which has no other
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    sys.exit(status)


def is_inherited(file: int) -> bool:
    """Return whether an open file comes from the process that started this one."""
    try:
        return os.get_inheritable(file)
    except OSError:  # /proc/self/fd itself, closed by now
        return False


def start_anew(python: str, program: str, words: list[str]) -> None:
    """Become the program in a new interpreter."""
    start = [python, "-m", "dvc"] if program == "dvc" else [python]
    os.execv(python, [*start, *words])  # noqa: S606


if __name__ == "__main__":
    main()
