"""``python -IS client.py SOCKET PYTHON PROGRAM WORD...``: ask a server to run a program, and end as that ends.

PROGRAM is dvc or python. What the server does not take is run by the interpreter PYTHON, as usual. This imports
only modules that are part of the interpreter: `socket`, `json` and `typing` would take longer than most programs.
"""

import _signal  # type: ignore[import-not-found]
import _socket
import marshal
import os
import sys

LENGTH = 8
"""Bytes of each number: before a request, its own bytes; in an answer, a decimal."""


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
    process = number_from(server)
    if process == 0:
        start_anew(python, program, words)
    pass_signals_on(process)
    status = os.waitstatus_to_exitcode(number_from(server))
    if status < 0:
        if -status != _signal.SIGKILL:  # which has no other
            _signal.signal(-status, _signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    sys.exit(status)


def number_from(server: _socket.socket) -> int:
    """Return the next number that the server sends."""
    return int(server.recv(LENGTH, _socket.MSG_WAITALL))


def pass_signals_on(process: int) -> None:
    """Let the program have the signals that are sent to this process, which waits for its end.

    Args:
        process: the program's number; negative if it is in this process group, which a Ctrl-C reaches as a whole.
    """

    def pass_on(number: int, _frame: object) -> None:
        try:
            os.kill(abs(process), number)
        except ProcessLookupError:  # it has just ended
            return

    for number in (_signal.SIGTERM, _signal.SIGHUP, _signal.SIGINT):
        _signal.signal(number, pass_on)
    if process < 0:
        _signal.signal(_signal.SIGINT, _signal.SIG_IGN)


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
