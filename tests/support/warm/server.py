"""``python server.py SOCKET PID``: run programs in forks of a process that has imported the libraries they use.

To start Python and to import PyTorch, scikit-learn and DVC takes longer than most of what the tests let them do.
Only libraries are imported beforehand, nothing of this project. The server ends with the process PID.
"""

import atexit
import ctypes
import fcntl
import gc
import hashlib
import importlib
import marshal
import os
import runpy
import select
import signal
import socket
import struct
import sys
import threading
import warnings
import weakref
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, NoReturn

LIBRARIES = (
    "configobj",
    "distributed.cli.dask_scheduler",
    "distributed.cli.dask_worker",
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
    "vl_convert",
    "yaml",
)
FREE = (
    "AWS_",
    "BASE",
    "BLIS_",
    "CELERY_LOG_",
    "DVC_",
    "ENABLE_IPC",
    "FASHION_MNIST_",
    "FAULT",
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
    "NUMBA_",
    "NUMEXPR_",
    "OLDPWD",
    "PATH",
    "PWD",
    "PYTEST_",
    "PYTHONPATH",
    "SEEDS",
    "SHLVL",
    "VECLIB_",
    "_",
    "https_proxy",
    "no_proxy",
)
"""How the variables begin that no library reads here when imported. In others, client and server must agree."""
WARNINGS = "PYTHONWARNINGS"
IGNORED = "ignore:"
"""How it begins if it changes no import."""
RIGHTS = ("Uid", "Gid", "Umask", "Cap", "NoNewPrivs", "Cpus_allowed:")
"""Lines of a process's status in which they must agree."""
LENGTH = 8
FILES = 250
"""The most that a client can pass on; the kernel's limit is 253."""
HUGE_PAGE = 2**21
MADV_COLLAPSE = 25
"""Advice for madvise, from Linux 6.1 on."""
AT_START = dict(os.environ)
"""Before the import of libraries, some of which set variables."""


class Request(NamedTuple):
    """A program to run: ``dvc WORD...`` or ``python WORD...``, where and with what."""

    program: str
    words: list[str]
    folder: str
    environment: dict[str, str]
    files: list[int]
    """The numbers of its open files: the three streams, and others that it is to inherit."""


class Program(NamedTuple):
    """A fork that runs, and the client that waits for its end."""

    process: int
    client: socket.socket


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
        sys.executable = str(Path(address).with_name("bin") / "python")  # joblib starts its workers with it
        leave_libraries()
        share_bundles(Path(address).parent)
        use_huge_pages()
        request = Server(listener, parent).next_request()
    become(request)


def leave_libraries() -> None:
    """Let forks neither collect nor destroy the libraries' objects: they would touch, and so copy, all of them."""
    gc.freeze()
    for finalizer in weakref.finalize._registry:  # type: ignore[attr-defined]
        finalizer.atexit = False
    if compiler := sys.modules.get("torch._dynamo.utils"):
        atexit.unregister(compiler.dump_compile_times)


def share_bundles(folder: Path) -> None:
    """Let only the first of all forks bundle the same script with Vega: it takes two seconds."""
    library = sys.modules.get("vl_convert")
    if library is None:
        return
    bundle = library.javascript_bundle

    def shared(script: str, **options: str) -> str:
        file = folder / hashlib.sha256(repr((script, options)).encode()).hexdigest()
        if not file.exists():
            own = file.with_suffix(f".{os.getpid()}")
            own.write_text(bundle(script, **options), encoding="utf-8")
            own.rename(file)
        return file.read_text(encoding="utf-8")

    library.javascript_bundle = shared  # type: ignore[attr-defined]


def use_huge_pages() -> None:
    """Let the kernel, if it can, keep the memory in pages of 2 MiB: a fork then takes less than half the time."""
    advise = ctypes.CDLL(None).madvise
    for line in Path("/proc/self/maps").read_text(encoding="utf-8").splitlines():
        start, end = (int(number, 16) for number in line.split()[0].split("-"))
        start += -start % HUGE_PAGE
        if " rw" in line and start + HUGE_PAGE <= end:
            advise(ctypes.c_void_p(start), ctypes.c_size_t((end - start) // HUGE_PAGE * HUGE_PAGE), MADV_COLLAPSE)


class Server:
    """Forks a program for each request, and tells each client how its program has ended.

    Args:
        listener: where clients ask.
        parent: the process to end with.
    """

    def __init__(self, listener: socket.socket, parent: int) -> None:
        self.listener = listener
        self.parent = parent
        self.programs: dict[int, Program] = {}

    def next_request(self) -> Request:
        """Return a request, in a process that was forked for it. The server stays here to its end."""
        while True:
            clients = {program.client.fileno(): program for program in self.programs.values()}
            waiting = [self.listener.fileno(), self.parent, *clients, *self.programs]
            ready = select.select(waiting, [], [])[0]
            if self.parent in ready:
                sys.exit()
            for client in clients.keys() & ready:  # it has been killed: it sends nothing after its request
                os.kill(clients[client].process, signal.SIGKILL)
            for ended in self.programs.keys() & ready:
                os.close(ended)
                report(self.programs.pop(ended))
            if self.listener.fileno() in ready and (request := self.accept()):
                return request

    def accept(self) -> Request | None:
        """Fork for the next client, if that is possible; return its request, in the fork."""
        connection, _ = self.listener.accept()
        request, files = receive(connection)
        group = group_of(peer(connection))
        process = os.fork() if request else None
        if process:
            self.programs[os.pidfd_open(process)] = Program(process, connection)
            answer(connection, -process if group else process)
        else:
            connection.close()
        if request and process == 0:
            self.leave()
            os.setpgid(0, group)
            renumber(files, request.files)
            return request
        for file in files:
            os.close(file)
        return None

    def leave(self) -> None:
        """Close what is the server's, in a fork."""
        self.listener.close()
        for number in (self.parent, *self.programs):
            os.close(number)
        for program in self.programs.values():
            program.client.close()


def group_of(client: int) -> int:
    """Return the client's process group; 0 if a program of this session cannot join it."""
    with suppress(ProcessLookupError):  # it has been killed
        if os.getsid(client) == os.getsid(0):
            return os.getpgid(client)
    return 0


def answer(connection: socket.socket, number: int) -> None:
    """Send the client a number: 0 if there is no fork for it, its fork, how that has ended."""
    with suppress(OSError):  # if it has been killed
        connection.sendall(f"{number:{LENGTH}}".encode())


def renumber(files: list[int], numbers: list[int]) -> None:
    """Give open files the numbers that they have in the client."""
    above = max(*files, *numbers) + 1
    copies = [fcntl.fcntl(file, fcntl.F_DUPFD, above) for file in files]
    for file in files:
        os.close(file)
    for copy, number in zip(copies, numbers, strict=True):
        os.dup2(copy, number)
        os.close(copy)


def receive(connection: socket.socket) -> tuple[Request | None, list[int]]:
    """Return the client's request and its files; None, and tell the client, if it is not one for a fork."""
    with connection.makefile("rb") as data:
        length, files, _, _ = socket.recv_fds(connection, LENGTH, FILES)
        wanted = int.from_bytes(length, "little")
        text = data.read(wanted)
    if not text or len(text) < wanted:  # killed before it had sent all
        return None, files
    request = Request(*marshal.loads(text))  # noqa: S302
    with suppress(OSError):  # if it has been killed since
        if can_be_had(request) and surroundings(peer(connection)) == surroundings(os.getpid()):
            return request, files
        answer(connection, 0)
    return None, files


def report(program: Program) -> None:
    """Tell the client how its program has ended."""
    _, status = os.waitpid(program.process, 0)
    with program.client:
        answer(program.client, status)


def can_be_had(request: Request) -> bool:
    """Return whether the program is a module whose libraries would be imported with the same variables."""
    module = request.program == "dvc" or (request.words[:1] == ["-m"] and len(request.words) > 1)
    return module and read_by_libraries(request.environment) == read_by_libraries(AT_START)


def python_path(request: Request) -> list[str]:
    """Return the folders of PYTHONPATH."""
    return list(filter(None, request.environment.get("PYTHONPATH", "").split(os.pathsep)))


def read_by_libraries(environment: dict[str, str]) -> dict[str, str]:
    """Return the variables that a library may have read."""
    return {
        name: value
        for name, value in environment.items()
        if not name.startswith(FREE) and not (name == WARNINGS and value.startswith(IGNORED))
    }


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
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job, such as the server, may ignore it
    os.chdir(request.folder)
    os.environ.clear()
    os.environ.update(request.environment)
    sys.warnoptions[:] = filter(None, request.environment.get(WARNINGS, "").split(","))
    warnings._processoptions(sys.warnoptions)  # type: ignore[attr-defined]
    if request.program == "python":  # DVC, when imported, has put colorama in front of both
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
    module, *words = ["dvc", *request.words] if request.program == "dvc" else request.words[1:]
    sys.path[:0] = [request.folder, *python_path(request)]
    sys.argv = [module, *words]
    sys.orig_argv = [sys.executable, "-m", *sys.argv]
    code: int | str | None = 0
    try:
        with suppress(ModuleNotFoundError):
            importlib.import_module("sitecustomize")
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        code = ended.code
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
        code = -signal.SIGINT if isinstance(error, KeyboardInterrupt) else 1
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
    if code == -signal.SIGINT:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    os._exit(code or 0)


if __name__ == "__main__":
    main()
