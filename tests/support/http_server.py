"""A real HTTP server on this machine with scripted answers."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import NamedTuple
from unittest.mock import patch

HANG_LIMIT = 10.0
"""Seconds after which a hanging answer ends by itself, so that a client without a timeout fails its test."""


class Answer(NamedTuple):
    """What the server sends to one request.

    Attributes:
        raw: the answer, or how it begins.
        hang: whether the connection is then kept open in silence.
        pieces: what is sent after ``raw``, until the client has left.
        pause: seconds before each piece.
    """

    raw: bytes
    hang: bool = False
    pieces: Iterable[bytes] = ()
    pause: float = 0.0


class LocalServer(ThreadingHTTPServer):
    """Answers each path from its list, one answer a request; the last one is for all further requests."""

    daemon_threads = False  # so that closing the server waits for its connections to be closed

    def __init__(self, answers: Mapping[str, list[Answer]]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = {path: list(script) for path, script in answers.items()}
        self.otherwise = http_answer(status=404)
        self.requested: list[str] = []
        self.sent = 0
        self.released = Event()
        self.url = f"http://127.0.0.1:{self.server_port}"

    def next_answer(self, path: str) -> Answer:
        self.requested.append(path)
        script = self.answers.get(path, [self.otherwise])
        return script.pop(0) if len(script) > 1 else script[0]


class _Handler(BaseHTTPRequestHandler):
    server: LocalServer

    def do_GET(self) -> None:
        answer = self.server.next_answer(self.path)
        with suppress(ConnectionError):  # a client that timed out has left
            self.wfile.write(answer.raw)
            for piece in answer.pieces:
                if self.server.released.wait(answer.pause):
                    break
                self.wfile.write(piece)
                self.server.sent += len(piece)
        if answer.hang:
            self.server.released.wait(HANG_LIMIT)


def http_answer(body: bytes = b"", status: int = 200, length: int | None = None) -> Answer:
    """Return a whole answer, or a truncated one where ``length`` promises more than ``body``."""
    promised = len(body) if length is None else length
    return Answer(head(f"Content-Length: {promised}", status=status) + body)


def head(*headers: str, status: int = 200) -> bytes:
    """Return the beginning of an answer, up to its body."""
    lines = [f"HTTP/1.0 {status} {HTTPStatus(status).phrase}", *headers]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode()


@contextmanager
def serving(answers: Mapping[str, list[Answer]]) -> Iterator[LocalServer]:
    """Run a server for the length of the block, reached without any proxy of the environment."""
    direct = {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    with LocalServer(answers) as server, patch.dict(os.environ, direct):
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.released.set()
            server.shutdown()
            thread.join()


class Sleeps(list[float]):
    """Takes the place of a module's ``time``: notes each sleep and returns at once."""

    def sleep(self, seconds: float) -> None:
        self.append(seconds)
