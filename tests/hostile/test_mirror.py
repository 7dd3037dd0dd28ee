"""A mirror that means harm: bounded time, memory and disk, and nothing kept of what it sends."""

import gzip
import hashlib
import itertools
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from mnist_mlp.harness.errors import InputError
from mnist_mlp.sources import download, idx, mnist
from mnist_mlp.sources.datasets import ORIGINALS
from tests.support.http_server import HANG_LIMIT, Answer, LocalServer, Sleeps, head, http_answer, serving
from tests.support.mnist_files import SmallMnist, assert_same, sha256, write_files
from tests.support.refusals import refusal, source_refusal

MIB = 2**20
FIRST = "train-images-idx3-ubyte.gz"
OFFERED = 32 * MIB
"""What an endless body comes to, so that a client without a bound fails its test and not the machine."""
BOMB = gzip.compress(bytes(OFFERED), mtime=0)
DRIP = partial(Answer, pieces=[b"1"] * int(HANG_LIMIT / 0.05), pause=0.05)
"""An answer that goes on byte by byte for HANG_LIMIT seconds, with less than any timeout between them."""


@pytest.fixture(autouse=True)
def limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow files of 1 MiB, and no pauses between tries."""
    monkeypatch.setattr(download, "LARGEST_FILE", MIB)
    monkeypatch.setattr(mnist, "LARGEST_FILE", MIB)
    monkeypatch.setattr("pooch.core.time", Sleeps())


@pytest.fixture
def server(small: SmallMnist) -> Iterator[LocalServer]:
    """A mirror that gives all four files."""
    with serving({f"/{name}": [http_answer(content)] for name, content in small.files.items()}) as server:
        yield server


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of all temporary files, which has to be empty at the end."""
    temporary = tmp_path / "inside" / "temporary"
    temporary.mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    yield temporary
    assert not list(temporary.iterdir())


pytestmark = pytest.mark.usefixtures("temporary")


def why_refused(server: LocalServer, answer: Answer, timeout: float = 5.0) -> str:
    """Return why the mirror is not taken where it gives this answer for the first file."""
    server.answers[f"/{FIRST}"] = [answer]
    return source_refusal(partial(mnist.from_mirror, ORIGINALS["mnist"], server.url, timeout=timeout, retries=0))


def zeros() -> Iterator[bytes]:
    return itertools.repeat(bytes(2**16), OFFERED // 2**16)


@pytest.mark.parametrize("headers", [(), (f"Content-Length: {2**50}",), ("Content-Length: -1",)])
def test_endless_body_is_cut_off_at_the_largest_size(server: LocalServer, headers: tuple[str, ...]) -> None:
    tracemalloc.start()
    said = why_refused(server, Answer(head(*headers), pieces=zeros()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert said == f"{server.url}/{FIRST}: expected at most {MIB} bytes, got more"
    # what lies in the sockets' buffers when the client leaves was sent too
    assert MIB <= server.sent < OFFERED / 2
    assert peak < MIB
    assert server.requested == [f"/{FIRST}"], "it was asked again"


def test_a_file_of_exactly_the_largest_size_is_compared_by_its_hash(server: LocalServer) -> None:
    assert sha256(bytes(MIB)) in why_refused(server, http_answer(bytes(MIB)))


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, gzip"])
def test_an_encoding_is_not_unpacked(server: LocalServer, encoding: str) -> None:
    headers = head(f"Content-Length: {len(BOMB)}", f"Content-Encoding: {encoding}")
    tracemalloc.start()
    said = why_refused(server, Answer(headers + BOMB))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sha256(BOMB) in said, "the hash of the bytes as they were sent"
    assert len(BOMB) < peak < MIB


def test_bomb_with_the_right_hash_is_unpacked_up_to_a_bound(tmp_path: Path) -> None:
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(bytes.fromhex("00000801 7fffffff") + bytes(OFFERED)))
    tracemalloc.start()
    with pytest.raises(InputError, match=rf"expected {2**31 - 1} bytes .* got more than {MIB}$"):
        idx.read_idx(path, ndim=1, largest=MIB)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert MIB < peak < 4 * MIB


def test_every_original_file_is_within_the_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    largest = 26_421_880  # as it is published: the training images of Fashion-MNIST
    assert largest < download.LARGEST_FILE < 2 * largest
    assert idx.LARGEST == 60_000 * 784


@pytest.mark.parametrize("scheme", ["file://", "FILE://", "ftp://127.0.0.1", "data:text/plain,"])
def test_redirect_to_another_protocol_is_refused(server: LocalServer, tmp_path: Path, scheme: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("kept to oneself")
    said = why_refused(server, Answer(head(f"Location: {scheme}{secret}", "Content-Length: 0", status=302)))
    assert said.startswith("No connection adapters were found for ")
    assert hashlib.sha256(secret.read_bytes()).hexdigest() not in said


def test_redirects_in_a_circle_end(server: LocalServer) -> None:
    circle = Answer(head(f"Location: /{FIRST}", "Content-Length: 0", status=302))
    assert why_refused(server, circle) == "Exceeded 30 redirects."  # the library's own bound
    assert len(server.requested) == 31


@pytest.mark.parametrize("name", ["../../outside", "/outside", "..\\outside"])
def test_file_name_from_the_mirror_is_not_used(
    server: LocalServer, small: SmallMnist, tmp_path: Path, name: str
) -> None:
    content = small.files[FIRST]
    named = head(f"Content-Length: {len(content)}", f'Content-Disposition: attachment; filename="{name}"')
    server.answers[f"/{FIRST}"] = [Answer(named + content)]
    assert_same(mnist.from_mirror(ORIGINALS["mnist"], server.url), small.dataset)
    assert [path.name for path in tmp_path.rglob("*")] == ["inside", "temporary"]


def test_bytes_beyond_the_promised_length_are_not_read(server: LocalServer, small: SmallMnist) -> None:
    longer = http_answer(small.files[FIRST])
    server.answers[f"/{FIRST}"] = [longer._replace(raw=longer.raw + b"more")]
    assert_same(mnist.from_mirror(ORIGINALS["mnist"], server.url), small.dataset)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param(Answer(b"", pieces=zeros()), "LineTooLong", id="status line"),
        pytest.param(Answer(b"HTTP/1.0 200 OK\r\nA: ", pieces=zeros()), "LineTooLong", id="header"),
        pytest.param(Answer(b"HTTP/1.0 200 OK\r\n", pieces=[b"A: b\r\n"] * 10_000), "100 headers", id="headers"),
        pytest.param(
            Answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", pieces=[b"1" * 2**16] * 256),
            "chunk size",
            id="length of a chunk",
        ),
    ],
)
def test_endless_head_is_cut_off(server: LocalServer, answer: Answer, said: str) -> None:
    tracemalloc.start()
    got = why_refused(server, answer)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert said in got
    assert len(got) <= 600, "not the whole of it in the message"
    assert peak < 4 * MIB
    assert server.sent < OFFERED / 2


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(DRIP(b""), id="status line"),
        pytest.param(DRIP(b"HTTP/1.0 200 OK\r\nA: "), id="header"),
        pytest.param(DRIP(head("Content-Length: 1000000")), id="body"),
        pytest.param(DRIP(head()), id="body of no length"),
    ],
)
def test_dripping_mirror_ends_at_the_deadline(
    server: LocalServer, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mnist, "DEADLINE", 0.5)
    started = time.monotonic()
    assert why_refused(server, answer) == "not finished within 0.5 s"
    # far below what the drip would take: not "how fast", but "not for ever"
    assert time.monotonic() - started < HANG_LIMIT / 2
    assert 0 < server.sent < 200


def test_next_source_has_its_full_time(
    server: LocalServer, small: SmallMnist, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mnist, "DEADLINE", 0.5)
    server.answers["/slow/" + FIRST] = [DRIP(head())]
    sources: list[mnist.Source] = [
        (name, partial(mnist.from_mirror, ORIGINALS["mnist"], f"{server.url}{name}", retries=0))
        for name in ("/slow", "")
    ]
    assert_same(mnist.fetch_original(ORIGINALS["mnist"], iter(sources)), small.dataset)


class TestFolder:
    """The mirror may be a folder of somebody else's."""

    @pytest.mark.parametrize("device", ["/dev/zero", "/dev/urandom"])
    def test_device_instead_of_a_file_is_not_read(self, small: SmallMnist, tmp_path: Path, device: str) -> None:
        folder = write_files(tmp_path / "mirror", small)
        (folder / FIRST).unlink()
        (folder / FIRST).symlink_to(device)
        assert refusal(mnist.from_mirror, ORIGINALS["mnist"], str(folder), retries=0).endswith(
            f"{FIRST}: expected a file of at most {MIB} bytes, got something else"
        )

    def test_a_file_that_is_too_large_is_not_read(self, small: SmallMnist, tmp_path: Path) -> None:
        folder = write_files(tmp_path / "mirror", small)
        with (folder / FIRST).open("wb") as file:
            file.truncate(2**40)  # sparse
        assert refusal(mnist.from_mirror, ORIGINALS["mnist"], str(folder), retries=0).endswith(
            f"{FIRST}: expected a file of at most {MIB} bytes, got something else"
        )
