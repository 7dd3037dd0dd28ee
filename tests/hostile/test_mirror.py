"""A mirror that means harm: bounded time, memory and disk, and nothing kept of what it sends."""

import gzip
import itertools
import tracemalloc
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from mnist_mlp.harness.errors import InputError
from mnist_mlp.sources import download, idx, mnist
from mnist_mlp.sources.datasets import MNIST
from tests.support.http_server import HANG_LIMIT, Answer, LocalServer, head, serving
from tests.support.refusals import source_refusal

MIB = 2**20
OFFERED = 32 * MIB
"""What an endless answer comes to, so that a client without a bound fails its test and not the machine."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalServer]:
    """A server; files of 1 MiB are allowed, and sources have half a second. No pauses between tries."""
    monkeypatch.setattr(download, "LARGEST_FILE", MIB)
    monkeypatch.setattr(mnist, "DEADLINE", 0.5)
    monkeypatch.setattr(mnist, "RETRIES", 0)
    with serving({}) as server:
        yield server


def why_refused(server: LocalServer, answer: Answer) -> str:
    """Return why the mirror is not taken where it gives this answer for the first file."""
    server.answers["/train-images-idx3-ubyte.gz"] = [answer]
    return source_refusal(partial(mnist.from_mirror, MNIST, server.url))


def test_endless_body_is_cut_off_at_the_largest_size(server: LocalServer) -> None:
    pieces = itertools.repeat(bytes(2**16), OFFERED // 2**16)
    assert why_refused(server, Answer(head(), pieces=pieces)).endswith(f"expected at most {MIB} bytes, got more")
    assert server.sent < OFFERED / 2


@pytest.mark.parametrize("beginning", [b"", b"HTTP/1.0 200 OK\r\nA: ", head()])
def test_dripping_mirror_ends_at_the_deadline(server: LocalServer, beginning: bytes) -> None:
    drip = Answer(beginning, pieces=[b"1"] * int(HANG_LIMIT / 0.05), pause=0.05)
    assert why_refused(server, drip) == "not finished within 0.5 s"


def test_redirect_to_a_file_is_refused(server: LocalServer, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("kept to oneself")
    answer = Answer(head(f"Location: file://{tmp_path / 'secret'}", "Content-Length: 0", status=302))
    assert why_refused(server, answer).startswith("No connection adapters were found for ")


def test_bomb_with_the_right_hash_is_unpacked_up_to_a_bound(tmp_path: Path) -> None:
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(bytes.fromhex("00000801 7fffffff") + bytes(OFFERED)))
    tracemalloc.start()
    with pytest.raises(InputError, match="got more than"):
        idx.read_idx(path, ndim=1, largest=MIB)
    assert tracemalloc.get_traced_memory()[1] < 4 * MIB
    tracemalloc.stop()
