"""MNIST from a mirror that speaks HTTP, with what can go wrong on the way."""

import re
from collections.abc import Iterator
from functools import partial
from itertools import islice

import pytest

from mnist_mlp.core.arrays import Dataset
from mnist_mlp.harness.errors import NoSourceError
from mnist_mlp.sources import download, mnist
from mnist_mlp.sources.datasets import ORIGINALS
from tests.support.http_server import Answer, LocalServer, Sleeps, http_answer, serving
from tests.support.mnist_files import SmallMnist, assert_same, sha256
from tests.support.refusals import source_refusal

FIRST = "train-images-idx3-ubyte.gz"
LAST = "t10k-labels-idx1-ubyte.gz"
HTML = b"<html>Sign in to this network</html>"


@pytest.fixture
def server(small: SmallMnist, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalServer]:
    """A mirror of all four files, which MNIST_MIRROR names."""
    with serving({f"/mnist/{name}": [http_answer(content)] for name, content in small.files.items()}) as server:
        monkeypatch.setenv("MNIST_MIRROR", f"{server.url}/mnist")
        yield server


@pytest.fixture(autouse=True)
def sleeps(monkeypatch: pytest.MonkeyPatch) -> Sleeps:
    """Note pooch's pauses between tries instead of waiting; one try, unless a test allows more."""
    sleeps = Sleeps()
    monkeypatch.setattr("pooch.core.time", sleeps)
    monkeypatch.setattr(mnist, "RETRIES", 0)
    return sleeps


def read(server: LocalServer, base: str = "/mnist") -> Dataset:
    return mnist.from_mirror(ORIGINALS["mnist"], server.url + base)


def reason(server: LocalServer) -> str:
    """Return the reason that is given for not taking the mirror."""
    return source_refusal(partial(read, server))


@pytest.mark.parametrize("base", ["/mnist", "/mnist/"])
def test_a_mirror_is_asked_for_each_file_once(server: LocalServer, small: SmallMnist, base: str) -> None:
    assert_same(read(server, base), small.dataset)
    assert_same(mnist.fetch("mnist"), small.dataset)
    assert server.requested == 2 * [f"/mnist/{name}" for name in small.files]


@pytest.mark.parametrize(
    "failure",
    [
        pytest.param(http_answer(status=503), id="outage"),
        pytest.param(http_answer(HTML), id="other content"),
        pytest.param(http_answer(b"\x1f\x8b", length=100), id="truncated"),
        pytest.param(Answer(b""), id="no answer"),
        pytest.param(Answer(b"", hang=True), id="hang"),
    ],
)
@pytest.mark.parametrize("name", [FIRST, LAST])
def test_temporary_failure_is_retried(
    server: LocalServer, small: SmallMnist, monkeypatch: pytest.MonkeyPatch, name: str, failure: Answer
) -> None:
    monkeypatch.setattr(mnist, "RETRIES", 1)
    monkeypatch.setattr(download, "TIMEOUT", 0.5)
    server.answers[f"/mnist/{name}"].insert(0, failure)
    assert_same(read(server), small.dataset)
    assert server.requested.count(f"/mnist/{name}") == 2


def test_retries_are_bounded_and_pause(
    server: LocalServer, sleeps: Sleeps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mnist, "RETRIES", 2)
    server.answers[f"/mnist/{FIRST}"] = [http_answer(status=503)]
    assert reason(server) == f"503 Server Error: Service Unavailable for url: {server.url}/mnist/{FIRST}"
    assert server.requested == [f"/mnist/{FIRST}"] * 3
    assert sleeps == [1, 2]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param(http_answer(status=404), "404 Client Error: Not Found for url: {url}", id="missing"),
        pytest.param(http_answer(HTML), f"{FIRST}.* .*{{expected}}.*{sha256(HTML)}", id="HTML"),
        pytest.param(Answer(b"HTTP/1.0 200 OK\r\n\r\n" + HTML), sha256(HTML), id="cut short, no length"),
        pytest.param(http_answer(HTML, length=99), r"IncompleteRead\(36 bytes read, 63 more", id="cut short"),
        pytest.param(Answer(b"", hang=True), "timed out", id="silent"),
        pytest.param(http_answer(HTML, length=99)._replace(hang=True), "timed out", id="silent within a file"),
        pytest.param(Answer(b""), "Remote end closed connection without response", id="closed"),
        pytest.param(Answer(b"SSH-2.0-OpenSSH_9.2\r\n"), "SSH-2.0-OpenSSH_9.2", id="not HTTP"),
    ],
)
def test_wrong_answer_is_reported(
    server: LocalServer, small: SmallMnist, monkeypatch: pytest.MonkeyPatch, answer: Answer, said: str
) -> None:
    monkeypatch.setattr(download, "TIMEOUT", 0.3)
    server.answers[f"/mnist/{FIRST}"] = [answer]
    url, expected = f"{server.url}/mnist/{FIRST}", sha256(small.files[FIRST])
    assert re.search(said.replace("{url}", url).replace("{expected}", expected), reason(server))


def test_no_server_is_reported_by_its_cause(server: LocalServer) -> None:
    server.shutdown()
    server.server_close()
    assert re.fullmatch(r"\[Errno \d+\] Connection refused", reason(server))  # and not what wraps it


@pytest.mark.parametrize("password", ["secret", "s@cret", "s%40cret"])
def test_the_password_of_a_mirror_is_in_no_message(
    server: LocalServer, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], password: str
) -> None:
    address = server.url.replace("://", f"://user:{password}@")
    monkeypatch.setenv("MNIST_MIRROR", f"{address}/empty")
    monkeypatch.setattr(mnist, "RETRIES", 1)
    with pytest.raises(NoSourceError) as caught:
        mnist.fetch_original(ORIGINALS["mnist"], islice(mnist.sources(ORIGINALS["mnist"]), 1))
    said = str(caught.value) + "".join(capfd.readouterr())
    assert "cret" not in said
    assert said.count("://user:***@") >= 3


def test_an_answer_of_the_largest_size_is_taken_and_one_of_a_byte_more_is_not(
    server: LocalServer, small: SmallMnist, monkeypatch: pytest.MonkeyPatch
) -> None:
    largest = max(map(len, small.files.values()))
    monkeypatch.setattr(download, "LARGEST_FILE", largest)
    assert_same(read(server), small.dataset)
    monkeypatch.setattr(download, "LARGEST_FILE", largest - 1)
    assert f"expected at most {largest - 1} bytes, got more" in reason(server)
