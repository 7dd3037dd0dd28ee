"""MNIST from OpenML: scikit-learn's client against a local server that speaks OpenML's API."""

import gzip
import hashlib
import json
import socket
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from numpy.random import RandomState
from sklearn.datasets import _openml

from mnist_mlp.core.arrays import Dataset
from mnist_mlp.core.files import save_dataset
from mnist_mlp.sources import mnist
from mnist_mlp.sources.datasets import ORIGINALS
from tests.support.http_server import HANG_LIMIT, Answer, LocalServer, Sleeps, head, http_answer, serving
from tests.support.mnist_files import SmallMnist, assert_same, write_files
from tests.support.refusals import source_refusal

SEARCH = "/api/v1/json/data/list/data_name/mnist_784/limit/2/data_version/1"
DESCRIPTION = "/api/v1/json/data/554"
FEATURES = "/api/v1/json/data/features/554"
QUALITIES = "/api/v1/json/data/qualities/554"
ARFF = "/data/v1/download/52667/mnist_784.arff"
EACH = [SEARCH, DESCRIPTION, FEATURES, QUALITIES, ARFF]


@pytest.fixture(autouse=True)
def sleeps(monkeypatch: pytest.MonkeyPatch) -> Sleeps:
    """Note scikit-learn's pauses between tries instead of waiting."""
    sleeps = Sleeps()
    monkeypatch.setattr(_openml, "time", sleeps)
    return sleeps


@pytest.fixture
def openml(small: SmallMnist, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalServer]:
    """Have scikit-learn ask a local server, which gives the small MNIST."""
    with serving({}) as server:
        for name in ("_SEARCH_NAME", "_DATA_INFO", "_DATA_FEATURES", "_DATA_QUALITIES"):
            monkeypatch.setattr(_openml, name, server.url + urlsplit(getattr(_openml, name)).path)
        server.answers.update(openml_answers(server.url, small.dataset))
        yield server


def openml_answers(url: str, dataset: Dataset) -> dict[str, list[Answer]]:
    content = arff(dataset)
    description = {
        "id": "554",
        "name": "mnist_784",
        "version": "1",
        "description": "handwritten digits",
        "format": "ARFF",
        "status": "active",
        "url": url + ARFF,
        "md5_checksum": hashlib.md5(content, usedforsecurity=False).hexdigest(),
    }
    rows = {"name": "NumberOfInstances", "value": f"{len(dataset.labels)}.0"}
    return {
        SEARCH: [json_answer({"data": {"dataset": [{"did": 554, "name": "mnist_784", "version": 1}]}})],
        DESCRIPTION: [json_answer({"data_set_description": description})],
        FEATURES: [json_answer({"data_features": {"feature": features(dataset)}})],
        QUALITIES: [json_answer({"data_qualities": {"quality": [rows]}})],
        ARFF: [http_answer(content)],
    }


def json_answer(content: dict[str, Any]) -> Answer:
    return http_answer(json.dumps(content).encode())


def features(dataset: Dataset) -> list[dict[str, str]]:
    pixels = dataset.pixels
    columns = [(f"pixel{index + 1}", "numeric", "false") for index in range(pixels)] + [
        ("class", "nominal", "true")
    ]
    return [
        {
            "index": str(index),
            "name": name,
            "data_type": kind,
            "is_target": is_target,
            "is_ignore": "false",
            "is_row_identifier": "false",
            "number_of_missing_values": "0",
        }
        for index, (name, kind, is_target) in enumerate(columns)
    ]


def arff(dataset: Dataset) -> bytes:
    pixels = [f"@ATTRIBUTE pixel{index + 1} real" for index in range(dataset.pixels)]
    rows = [",".join(map(str, [*image, label])) for image, label in zip(dataset.rows, dataset.labels, strict=True)]
    lines = ["@RELATION mnist_784", *pixels, "@ATTRIBUTE class {0,1,2,3,4,5,6,7,8,9}", "@DATA", *rows]
    return "\n".join(lines).encode() + b"\n"


def reason(timeout: float = 5.0) -> str:
    """Return the reason that is given for not taking OpenML."""
    return source_refusal(partial(mnist.from_openml, ORIGINALS["mnist"], timeout=timeout, retries=1))


def test_gives_the_same_arrays_as_the_files(openml: LocalServer, small: SmallMnist, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "mirror", small)
    assert_same(mnist.from_openml(ORIGINALS["mnist"]), mnist.from_mirror(ORIGINALS["mnist"], str(folder)))
    assert ARFF in openml.requested


def test_fashion_is_asked_for_by_its_own_name(openml: LocalServer, small: SmallMnist) -> None:
    openml.answers[SEARCH.replace("mnist_784", "fashion-mnist")] = openml.answers.pop(SEARCH)
    found = mnist.from_openml(ORIGINALS["fashion"])
    assert_same(found, small.dataset)
    assert found.classes[9] == "Ankle boot"


@pytest.mark.usefixtures("openml")
def test_is_saved_as_the_same_bytes_as_the_files(small: SmallMnist, tmp_path: Path) -> None:
    save_dataset(tmp_path / "openml", mnist.from_openml(ORIGINALS["mnist"]))
    save_dataset(tmp_path / "files", small.dataset)
    for name in ("images.npy", "labels.npy"):
        assert (tmp_path / "openml" / name).read_bytes() == (tmp_path / "files" / name).read_bytes(), name


def test_leaves_scikit_learns_cache_empty(
    openml: LocalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / "cache"))
    mnist.from_openml(ORIGINALS["mnist"])
    assert ARFF in openml.requested
    assert not (tmp_path / "cache").exists()


@pytest.mark.usefixtures("openml")
def test_leaves_the_timeout_of_other_sockets_as_it_was() -> None:
    before = socket.getdefaulttimeout()
    mnist.from_openml(ORIGINALS["mnist"], timeout=5.0)
    assert socket.getdefaulttimeout() == before


def test_leaves_the_timeout_of_other_sockets_as_it_was_after_a_failure(openml: LocalServer) -> None:
    before = socket.getdefaulttimeout()
    openml.answers[SEARCH] = [http_answer(status=404)]
    reason(timeout=5.0)
    assert socket.getdefaulttimeout() == before


@pytest.mark.parametrize("path", [SEARCH, ARFF])
def test_temporary_outage_is_retried(openml: LocalServer, small: SmallMnist, sleeps: Sleeps, path: str) -> None:
    openml.answers[path].insert(0, http_answer(status=503))
    assert_same(mnist.from_openml(ORIGINALS["mnist"], retries=1), small.dataset)
    assert sleeps == [1.0]


@pytest.mark.parametrize("path", EACH)
def test_an_outage_is_reported(openml: LocalServer, path: str) -> None:
    openml.answers[path] = [http_answer(status=503)]
    assert reason() == "HTTP Error 503: Service Unavailable"


def test_retries_are_bounded_and_pause(openml: LocalServer, sleeps: Sleeps) -> None:
    openml.answers[SEARCH] = [http_answer(status=503)]
    with pytest.raises(OSError, match="503"):
        mnist.from_openml(ORIGINALS["mnist"], retries=2)
    assert openml.requested == [SEARCH] * 3
    assert sleeps == [1.0, 1.0]


def test_a_dataset_that_was_withdrawn_is_reported(openml: LocalServer) -> None:
    openml.otherwise = openml.answers[SEARCH][0] = http_answer(status=412)  # OpenML's "no results"
    assert reason() == "Dataset mnist_784 with version 1 not found."


def test_a_changed_file_is_reported(openml: LocalServer, small: SmallMnist) -> None:
    changed = arff(small.dataset).replace(b"\n0,", b"\n1,", 1) + b"%\n"
    openml.answers[ARFF] = [http_answer(changed)]
    expected, got = (
        hashlib.md5(content, usedforsecurity=False).hexdigest() for content in (arff(small.dataset), changed)
    )
    assert f"expected {expected} but got {got}" in reason()


def test_a_truncated_file_is_reported(openml: LocalServer, small: SmallMnist) -> None:
    content = arff(small.dataset)
    openml.answers[ARFF] = [http_answer(content[:-9], length=len(content))]
    assert "md5 checksum" in reason()


def test_other_arrays_under_a_right_checksum_are_refused(openml: LocalServer, small: SmallMnist) -> None:
    backwards = small.dataset.take(slice(None, None, -1))
    openml.answers.update(openml_answers(openml.url, backwards))
    assert reason().startswith(
        f"images {small.dataset.images.shape}: expected SHA-256 {ORIGINALS['mnist'].arrays['images']}"
    )


def test_html_instead_of_an_answer_is_reported(openml: LocalServer) -> None:
    openml.answers[SEARCH] = [http_answer(b"<html>Down for maintenance</html>")]
    assert reason() == "Expecting value: line 1 column 1 (char 0)"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param(http_answer(b'{"error": {"code": "0"}}'), "'data'", id="JSON of another form"),
        pytest.param(Answer(b"SSH-2.0-OpenSSH_9.2\r\n"), "SSH-2.0-OpenSSH_9.2", id="not HTTP"),
        pytest.param(Answer(b""), "Remote end closed connection without response", id="no answer"),
    ],
)
def test_an_answer_out_of_place_is_reported(openml: LocalServer, answer: Answer, said: str) -> None:
    openml.answers[SEARCH] = [answer]
    assert said in reason()


def test_a_truncated_compressed_file_is_reported(openml: LocalServer, small: SmallMnist) -> None:
    content = gzip.compress(arff(small.dataset))
    head = f"HTTP/1.0 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(content)}\r\n\r\n"
    openml.answers[ARFF] = [Answer(head.encode() + content[:-9])]
    assert "ended before the end-of-stream marker" in reason()


def test_takes_a_compressed_file(openml: LocalServer, small: SmallMnist) -> None:
    content = gzip.compress(arff(small.dataset))
    openml.answers[ARFF] = [Answer(b"HTTP/1.0 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + content)]
    assert_same(mnist.from_openml(ORIGINALS["mnist"]), small.dataset)


@pytest.mark.parametrize("path", [SEARCH, ARFF])
def test_hang_ends_at_the_timeout(openml: LocalServer, path: str) -> None:
    openml.answers[path] = [Answer(b"", hang=True)]
    assert reason(timeout=0.1) == "timed out"


def test_server_that_stops_within_the_file_ends_at_the_timeout(openml: LocalServer, small: SmallMnist) -> None:
    content = arff(small.dataset)
    begun = http_answer(content[:-9], length=len(content))
    openml.answers[ARFF] = [begun._replace(hang=True)]
    assert reason(timeout=0.1) == "timed out"


def test_temporary_hang_is_retried(openml: LocalServer, small: SmallMnist) -> None:
    openml.answers[ARFF].insert(0, Answer(b"", hang=True))
    assert_same(mnist.from_openml(ORIGINALS["mnist"], timeout=0.5, retries=1), small.dataset)


def test_no_server_is_reported(openml: LocalServer) -> None:
    openml.shutdown()
    openml.server_close()
    assert "Connection refused" in reason()


@pytest.mark.parametrize("path", EACH)
def test_endless_answer_is_cut_off_at_the_largest_size(
    openml: LocalServer, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(mnist, "LARGEST_OPENML_FILE", 2**20)
    noise = RandomState(0).bytes(2**16)  # it is compressed before it is written
    openml.answers[path] = [Answer(head(), pieces=[noise] * 512)]
    assert "got a larger one" in reason()
    assert 2**20 <= openml.sent < 2**24


@pytest.mark.usefixtures("openml")
def test_leaves_the_largest_size_of_other_files_as_it_was() -> None:
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    mnist.from_openml(ORIGINALS["mnist"])
    assert resource.getrlimit(resource.RLIMIT_FSIZE) == before


@pytest.mark.parametrize("path", [SEARCH, ARFF])
def test_dripping_answer_ends_at_the_deadline(
    openml: LocalServer, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(mnist, "DEADLINE", 1.0)
    openml.answers[path] = [Answer(head(), pieces=[b" "] * int(HANG_LIMIT / 0.05), pause=0.05)]
    started = time.monotonic()
    assert reason() == "not finished within 1 s"
    assert time.monotonic() - started < HANG_LIMIT / 2  # not "how fast", but "not for ever"
