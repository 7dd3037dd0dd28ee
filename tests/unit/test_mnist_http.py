"""MNIST from a mirror that speaks HTTP, with what can go wrong on the way."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import islice

import pytest

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
def server(small: SmallMnist) -> Iterator[LocalServer]:
    """Return a mirror that gives all four files."""
    with serving({f"/mnist/{name}": [http_answer(content)] for name, content in small.files.items()}) as server:
        yield server


@pytest.fixture(autouse=True)
def sleeps(monkeypatch: pytest.MonkeyPatch) -> Sleeps:
    """Note pooch's pauses between tries instead of waiting."""
    sleeps = Sleeps()
    monkeypatch.setattr("pooch.core.time", sleeps)
    return sleeps


def reason(server: LocalServer, timeout: float = 5.0, retries: int = 0) -> str:
    """Return the reason that is given for not taking the mirror."""
    return source_refusal(
        partial(mnist.from_mirror, ORIGINALS["mnist"], f"{server.url}/mnist/", timeout=timeout, retries=retries)
    )


@pytest.mark.parametrize("base", ["/mnist", "/mnist/"])
def test_a_mirror_gives_the_arrays(server: LocalServer, small: SmallMnist, base: str) -> None:
    assert_same(mnist.from_mirror(ORIGINALS["mnist"], server.url + base), small.dataset)


def test_a_mirror_of_fashion_gives_its_arrays(
    server: LocalServer, small: SmallMnist, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MNIST_MIRROR", raising=False)
    monkeypatch.setenv("FASHION_MNIST_MIRROR", f"{server.url}/mnist")
    found = mnist.fetch("fashion")
    assert_same(found, small.dataset)
    assert found.classes[0] == "T-shirt/top"


def test_each_file_is_asked_for_once(server: LocalServer, small: SmallMnist) -> None:
    mnist.from_mirror(ORIGINALS["mnist"], f"{server.url}/mnist/")
    assert server.requested == [f"/mnist/{name}" for name in small.files]


def test_the_mirror_of_the_environment_may_be_a_url(
    server: LocalServer, small: SmallMnist, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_MIRROR", f"{server.url}/mnist")
    _, get = next(mnist.sources(ORIGINALS["mnist"]))
    assert_same(get(), small.dataset)


def test_a_url_may_have_a_folder_for_each_data_set(
    server: LocalServer, small: SmallMnist, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_MIRROR", server.url)
    monkeypatch.delenv("FASHION_MNIST_MIRROR", raising=False)
    monkeypatch.setitem(ORIGINALS, "fashion", replace(ORIGINALS["fashion"], folder="mnist"))
    for dataset in ("mnist", "fashion"):
        assert_same(mnist.fetch(dataset), small.dataset)


def test_the_next_mirror_is_asked_after_a_failure(
    server: LocalServer, small: SmallMnist, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MNIST_MIRROR", raising=False)
    mirrors = f"{server.url}/empty/", f"{server.url}/mnist/"
    monkeypatch.setitem(ORIGINALS, "mnist", replace(ORIGINALS["mnist"], mirrors=mirrors))
    assert_same(mnist.fetch("mnist"), small.dataset)


@pytest.mark.parametrize(
    "failure",
    [
        pytest.param(http_answer(status=503), id="outage"),
        pytest.param(http_answer(HTML), id="other content"),
        pytest.param(http_answer(b"\x1f\x8b", length=100), id="truncated"),
        pytest.param(Answer(b""), id="no answer"),
    ],
)
@pytest.mark.parametrize("name", [FIRST, LAST])
def test_temporary_failure_is_retried(server: LocalServer, small: SmallMnist, name: str, failure: Answer) -> None:
    server.answers[f"/mnist/{name}"].insert(0, failure)
    assert_same(mnist.from_mirror(ORIGINALS["mnist"], f"{server.url}/mnist/", retries=1), small.dataset)
    assert server.requested.count(f"/mnist/{name}") == 2


def test_retries_are_bounded_and_pause(server: LocalServer, sleeps: Sleeps) -> None:
    server.answers[f"/mnist/{FIRST}"] = [http_answer(status=503)]
    reason(server, retries=2)
    assert server.requested == [f"/mnist/{FIRST}"] * 3
    assert sleeps == [1, 2]


@pytest.mark.parametrize("name", [FIRST, LAST])
@pytest.mark.parametrize(
    ("status", "said"), [(404, "404 Client Error: Not Found"), (503, "503 Server Error: Service Unavailable")]
)
def test_error_status_is_reported_with_its_url(server: LocalServer, name: str, status: int, said: str) -> None:
    server.answers[f"/mnist/{name}"] = [http_answer(status=status)]
    assert reason(server) == f"{said} for url: {server.url}/mnist/{name}"


def test_html_instead_of_a_file_is_reported_as_a_wrong_hash(server: LocalServer, small: SmallMnist) -> None:
    server.answers[f"/mnist/{LAST}"] = [http_answer(HTML)]
    said = reason(server)
    assert LAST in said
    assert sha256(small.files[LAST]) in said, "the hash expected"
    assert sha256(HTML) in said, "the hash got"


def test_a_truncated_file_is_reported(server: LocalServer, small: SmallMnist) -> None:
    content = small.files[FIRST]
    server.answers[f"/mnist/{FIRST}"] = [http_answer(content[:-9], length=len(content))]
    assert f"IncompleteRead({len(content) - 9} bytes read, 9 more expected)" in reason(server)


def test_a_file_cut_short_without_a_promised_length_is_reported(server: LocalServer, small: SmallMnist) -> None:
    cut = small.files[FIRST][:-9]
    server.answers[f"/mnist/{FIRST}"] = [Answer(b"HTTP/1.0 200 OK\r\n\r\n" + cut)]
    assert sha256(cut) in reason(server)


def test_hanging_server_ends_at_the_timeout(server: LocalServer) -> None:
    server.answers[f"/mnist/{FIRST}"] = [Answer(b"", hang=True)]
    assert "timed out" in reason(server, timeout=0.1)


def test_server_that_stops_within_a_file_ends_at_the_timeout(server: LocalServer, small: SmallMnist) -> None:
    content = small.files[FIRST]
    begun = http_answer(content[:-9], length=len(content))
    server.answers[f"/mnist/{FIRST}"] = [begun._replace(hang=True)]
    assert "timed out" in reason(server, timeout=0.1)


def test_a_hang_is_retried(server: LocalServer, small: SmallMnist) -> None:
    server.answers[f"/mnist/{FIRST}"].insert(0, Answer(b"", hang=True))
    assert_same(
        mnist.from_mirror(ORIGINALS["mnist"], f"{server.url}/mnist/", timeout=0.5, retries=1), small.dataset
    )


def test_a_closed_connection_is_reported(server: LocalServer) -> None:
    server.answers[f"/mnist/{FIRST}"] = [Answer(b"")]
    assert "Remote end closed connection without response" in reason(server)


def test_an_answer_that_is_not_http_is_reported(server: LocalServer) -> None:
    server.answers[f"/mnist/{FIRST}"] = [Answer(b"SSH-2.0-OpenSSH_9.2\r\n")]
    assert "SSH-2.0-OpenSSH_9.2" in reason(server)


def test_no_server_is_reported(server: LocalServer) -> None:
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
    assert_same(mnist.from_mirror(ORIGINALS["mnist"], f"{server.url}/mnist/"), small.dataset)
    monkeypatch.setattr(download, "LARGEST_FILE", largest - 1)
    assert f"expected at most {largest - 1} bytes, got more" in reason(server)
