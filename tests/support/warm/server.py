"""``python server.py SOCKET PID``: run programs in forks of a process that has imported the libraries they use.

To start Python and to import PyTorch, scikit-learn and DVC takes longer than most of what the tests let them do.
Only libraries are imported beforehand, nothing of this project. The server ends with the process PID.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import struct
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, NoReturn

LIBRARIES = (
    "configobj",
    "dulwich.porcelain",
    "dvc.api",
    "dvc.cli.parser",
    "dvc.repo.experiments.queue.celery",
    "dvc.repo.experiments.show",
    "dvc.repo.reproduce",
    "dvc.utils.hydra",
    "dvc_render.vega_templates",
    "dvc_studio_client.post_live_metrics",
    "flatten_dict",
    "hydra._internal.config_loader_impl",
    "joblib",
    "markdown_it",
    "matplotlib.backends.backend_agg",
    "matplotlib.figure",
    "networkx",
    "omegaconf",
    "pandas",
    "pooch",
    "pydantic.types",
    "pygit2",
    "rich.table",
    "ruamel.yaml",
    "safetensors.numpy",
    "scipy.stats",
    "sklearn.datasets",
    "sklearn.model_selection",
    "torch._dynamo",
    "tqdm",
    "yaml",
)
FREE = (
    "AWS_",
    "BASE",
    "CELERY_LOG_",
    "DVC_",
    "FASHION_MNIST_",
    "GH_",
    "GITHUB_",
    "GIT_",
    "HTTPS_PROXY",
    "KMP_",
    "LOKY_",
    "MAKE",
    "MFLAGS",
    "MNIST_",
    "NO_PROXY",
    "OLDPWD",
    "PATH",
    "PWD",
    "PYTEST_",
    "PYTHONPATH",
    "SEEDS",
    "SHLVL",
    "_",
    "https_proxy",
    "no_proxy",
)
"""How the variables begin that no library reads when it is imported. In others, client and server must agree."""
RIGHTS = ("Uid", "Gid", "Umask", "Cap", "NoNewPrivs", "Cpus_allowed:")
"""Lines of a process's status in which they must agree."""
STREAMS = 3
AT_START = dict(os.environ)
"""Before the import of libraries, some of which set variables."""


class Request(NamedTuple):
    """A program to run: ``dvc WORD...`` or ``python WORD...``, where and with what."""

    program: str
    words: list[str]
    folder: str
    environment: dict[str, str]


def main() -> None:
    """Import, wait for requests, and in each fork be the program that was asked for."""
    del sys.path[0]  # this folder
    address, parent = sys.argv[1], os.pidfd_open(int(sys.argv[2]))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(100)
        for name in LIBRARIES:
            with suppress(ImportError):  # another version may lack it: then a program imports what it has instead
                importlib.import_module(name)
        gc.freeze()  # or a collection in a fork would touch, and so copy, all objects of the libraries
        request = next_request(listener, parent)
    os.close(parent)
    become(request)


def next_request(listener: socket.socket, parent: int) -> Request:
    """Return a request, in a process that was forked for it. End the server when its parent has ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system forgets forks that have ended
    while parent not in select.select([listener.fileno(), parent], [], [])[0]:
        connection, _ = listener.accept()
        with connection:
            if os.fork() == 0:
                return take(connection)
    sys.exit()


def take(connection: socket.socket) -> Request:
    """Return the client's request in another fork, and tell the client how that ends; or say no."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    line, streams, _, _ = socket.recv_fds(connection, 2**20, STREAMS)
    while not line.endswith(b"\n"):
        line += connection.recv(2**20)
    request = Request(**json.loads(line))
    if not (can_be_had(request) and surroundings(peer(connection)) == surroundings(os.getpid())):
        connection.sendall(b"no\n")
        os._exit(0)
    program = os.fork()
    if program == 0:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        return request
    ended = os.pidfd_open(program)
    if ended not in select.select([connection.fileno(), ended], [], [])[0]:  # the client has been killed
        os.kill(program, signal.SIGKILL)
    _, status = os.waitpid(program, 0)
    connection.sendall(f"{status}\n".encode())
    os._exit(0)


def can_be_had(request: Request) -> bool:
    """Return whether the program is a module whose libraries would be imported with the same variables."""
    module = request.program == "dvc" or (request.words[:1] == ["-m"] and len(request.words) > 1)
    first = any(Path(folder, "sitecustomize.py").exists() for folder in python_path(request))
    return module and not first and read_by_libraries(request.environment) == read_by_libraries(AT_START)


def python_path(request: Request) -> list[str]:
    """Return the folders of PYTHONPATH."""
    return list(filter(None, request.environment.get("PYTHONPATH", "").split(os.pathsep)))


def read_by_libraries(environment: dict[str, str]) -> dict[str, str]:
    """Return the variables that a library may have read."""
    return {name: value for name, value in environment.items() if not name.startswith(FREE)}


def peer(connection: socket.socket) -> int:
    """Return the client's process."""
    numbers = struct.Struct("3i")
    process: int = numbers.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, numbers.size))[0]
    return process


def surroundings(process: int) -> list[str]:
    """Return what a process may do, and what it sees of the system."""
    folder = Path("/proc", str(process))
    status = (folder / "status").read_text(encoding="utf-8").splitlines()
    namespaces = [str((folder / "ns" / kind).readlink()) for kind in ("mnt", "net", "user")]
    limits = (folder / "limits").read_text(encoding="utf-8")
    return [*(line for line in status if line.startswith(RIGHTS)), *namespaces, limits]


def become(request: Request) -> NoReturn:
    """Be the program, from its first line to its end."""
    os.chdir(request.folder)
    os.environ.clear()
    os.environ.update(request.environment)
    if request.program == "python":  # DVC, when imported, has put colorama in front of both
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
    module, *words = ["dvc", *request.words] if request.program == "dvc" else request.words[1:]
    sys.path[:0] = [request.folder, *python_path(request)]
    sys.argv = [module, *words]
    code: int | str | None = 0
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        code = ended.code
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
        code = 1
    end(code)


def end(code: int | str | None) -> NoReturn:
    """End as an interpreter does, but for the libraries' objects: to destroy them takes half a second."""
    if isinstance(code, str):
        print(code, file=sys.stderr)
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code or 0)


if __name__ == "__main__":
    main()
