"""MNIST over HTTP, from a mirror and from OpenML (scikit-learn's client), with what can go wrong on the way."""

import hashlib
import json
import re
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sklearn.datasets import _openml

from mnist_mlp.core.arrays import Dataset
from mnist_mlp.core.files import save_dataset
from mnist_mlp.harness.errors import InputError
from mnist_mlp.sources import download, mnist
from mnist_mlp.sources.datasets import ORIGINALS
from tests.support.factory import fetch_params
from tests.support.http_server import HANG_LIMIT, Answer, LocalServer, Sleeps, head, http_answer, serving
from tests.support.mnist_files import SmallMnist, assert_same, sha256
from tests.support.refusals import source_refusal

FIRST = "train-images-idx3-ubyte.gz"
LAST = "t10k-labels-idx1-ubyte.gz"
HTML = b"<html>Sign in to this network</html>"
SEARCH = "/api/v1/json/data/list/data_name/mnist_784/limit/2/data_version/1"
ARFF = "/data/v1/download/52667/mnist_784.arff"


@pytest.fixture
def server(small: SmallMnist, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalServer]:
    """A mirror of all four files, which MNIST_MIRROR names."""
    with serving({f"/mnist/{name}": [http_answer(content)] for name, content in small.files.items()}) as server:
        monkeypatch.setenv("MNIST_MIRROR", f"{server.url}/mnist")
        yield server


@pytest.fixture(autouse=True)
def sleeps(monkeypatch: pytest.MonkeyPatch) -> Sleeps:
    """Note the clients' pauses between tries instead of waiting; one try of a mirror, unless a test wants more."""
    sleeps = Sleeps()
    monkeypatch.setattr("pooch.core.time", sleeps)
    monkeypatch.setattr(_openml, "time", sleeps)
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
    assert_same(mnist.fetch(fetch_params("mnist")), small.dataset)
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
    ("answer", "expected"),
    [
        pytest.param(http_answer(status=404), "404 Client Error: Not Found for url: http.*/mnist/", id="missing"),
        pytest.param(http_answer(HTML), f"{FIRST}.* .*{{right}}.*{sha256(HTML)}", id="HTML"),
        pytest.param(Answer(b"HTTP/1.0 200 OK\r\n\r\n" + HTML), sha256(HTML), id="cut short, no length"),
        pytest.param(http_answer(HTML, length=99), r"IncompleteRead\(36 bytes read, 63 more", id="cut short"),
        pytest.param(Answer(b"", hang=True), "timed out", id="silent"),
        pytest.param(http_answer(HTML, length=99)._replace(hang=True), "timed out", id="silent within a file"),
        pytest.param(Answer(b""), "Remote end closed connection without response", id="closed"),
        pytest.param(Answer(b"SSH-2.0-OpenSSH_9.2\r\n"), "SSH-2.0-OpenSSH_9.2", id="not HTTP"),
    ],
)
def test_wrong_answer_is_reported(
    server: LocalServer, small: SmallMnist, monkeypatch: pytest.MonkeyPatch, answer: Answer, expected: str
) -> None:
    monkeypatch.setattr(download, "TIMEOUT", 0.3)
    server.answers[f"/mnist/{FIRST}"] = [answer]
    assert re.search(expected.replace("{right}", sha256(small.files[FIRST])), reason(server))


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
    with pytest.raises(InputError) as caught:
        mnist.fetch_original(ORIGINALS["mnist"], islice(mnist.sources(ORIGINALS["mnist"]), 1))
    printed = str(caught.value) + "".join(capfd.readouterr())
    assert "cret" not in printed
    assert printed.count("://user:***@") >= 3


def test_an_answer_of_the_largest_size_is_taken_and_one_of_a_byte_more_is_not(
    server: LocalServer, small: SmallMnist, monkeypatch: pytest.MonkeyPatch
) -> None:
    largest = max(map(len, small.files.values()))
    monkeypatch.setattr(download, "LARGEST_FILE", largest)
    assert_same(read(server), small.dataset)
    monkeypatch.setattr(download, "LARGEST_FILE", largest - 1)
    assert f"expected at most {largest - 1} bytes, got more" in reason(server)


@pytest.fixture
def openml(small: SmallMnist, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalServer]:
    """Have scikit-learn ask a local server that speaks OpenML's API, which gives the small MNIST."""
    with serving({}) as server:
        for name in ("_SEARCH_NAME", "_DATA_INFO", "_DATA_FEATURES", "_DATA_QUALITIES"):
            monkeypatch.setattr(_openml, name, server.url + urlsplit(getattr(_openml, name)).path)
        server.answers.update(openml_answers(server.url, small.dataset))
        yield server


def openml_answers(url: str, dataset: Dataset) -> dict[str, list[Answer]]:
    """Return OpenML's answers about a data set, by their paths."""
    columns = [(f"pixel{index + 1}", "numeric") for index in range(dataset.pixels)] + [("class", "nominal")]
    no = dict.fromkeys(("is_ignore", "is_row_identifier"), "false") | {"number_of_missing_values": "0"}
    features = [
        no | {"index": str(index), "name": name, "data_type": kind, "is_target": str(name == "class").lower()}
        for index, (name, kind) in enumerate(columns)
    ]
    md5 = hashlib.md5(arff(dataset), usedforsecurity=False).hexdigest()
    about = {"id": "554", "name": "mnist_784", "version": "1", "format": "ARFF", "status": "active",
             "description": "digits", "url": url + ARFF, "md5_checksum": md5}  # fmt: skip
    rows = {"name": "NumberOfInstances", "value": f"{len(dataset.labels)}.0"}
    contents: dict[str, dict[str, object]] = {
        SEARCH: {"data": {"dataset": [{"did": 554, "name": "mnist_784", "version": 1}]}},
        "/api/v1/json/data/554": {"data_set_description": about},
        "/api/v1/json/data/features/554": {"data_features": {"feature": features}},
        "/api/v1/json/data/qualities/554": {"data_qualities": {"quality": [rows]}},
    }
    answers = {path: [http_answer(json.dumps(content).encode())] for path, content in contents.items()}
    return answers | {ARFF: [http_answer(arff(dataset))]}


def arff(dataset: Dataset) -> bytes:
    pixels = [f"@ATTRIBUTE pixel{index + 1} real" for index in range(dataset.pixels)]
    rows = [",".join(map(str, [*image, label])) for image, label in zip(dataset.rows, dataset.labels, strict=True)]
    lines = ["@RELATION mnist_784", *pixels, "@ATTRIBUTE class {0,1,2,3,4,5,6,7,8,9}", "@DATA", *rows]
    return "\n".join(lines).encode() + b"\n"


def openml_reason() -> str:
    """Return the reason that is given for not taking OpenML."""
    return source_refusal(lambda: mnist.from_openml(ORIGINALS["mnist"]))


def test_openml_is_saved_as_the_same_bytes_as_the_files(
    openml: LocalServer, small: SmallMnist, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / "cache"))
    save_dataset(tmp_path / "openml", mnist.from_openml(ORIGINALS["mnist"]))
    save_dataset(tmp_path / "files", small.dataset)
    for name in ("images.npy", "labels.npy"):
        assert (tmp_path / "openml" / name).read_bytes() == (tmp_path / "files" / name).read_bytes(), name
    assert ARFF in openml.requested
    assert not (tmp_path / "cache").exists(), "scikit-learn's cache is left alone"
    openml.answers[SEARCH.replace("mnist_784", "fashion-mnist")] = openml.answers.pop(SEARCH)
    fashion = mnist.from_openml(ORIGINALS["fashion"])
    assert_same(fashion, small.dataset)
    assert fashion.classes[9] == "Ankle boot"


@pytest.mark.filterwarnings("ignore:Implicitly cleaning up:ResourceWarning")  # scikit-learn's, from Python 3.14 on
def test_lasting_outage_withdrawn_data_and_html_are_reported(openml: LocalServer) -> None:
    openml.answers[SEARCH] = [http_answer(status=503)]
    assert openml_reason() == "HTTP Error 503: Service Unavailable"
    openml.answers[SEARCH] = [http_answer(b"<html>Down for maintenance</html>")]
    assert openml_reason() == "Expecting value: line 1 column 1 (char 0)"
    openml.otherwise = openml.answers[SEARCH][0] = http_answer(status=412)  # OpenML's "no results"
    assert openml_reason() == "Dataset mnist_784 with version 1 not found."


def test_changed_file_and_other_arrays_under_a_right_checksum_are_refused(
    openml: LocalServer, small: SmallMnist
) -> None:
    openml.answers[ARFF] = [http_answer(arff(small.dataset).replace(b"\n0,", b"\n1,", 1) + b"%\n")]
    assert "md5 checksum" in openml_reason()
    openml.answers.update(openml_answers(openml.url, small.dataset.take(slice(None, None, -1))))
    assert f"expected SHA-256 {ORIGINALS['mnist'].arrays['images']}" in openml_reason()


def test_dripping_answer_ends_at_the_deadline(openml: LocalServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mnist, "DEADLINE", 1.0)
    openml.answers[ARFF] = [Answer(head(), pieces=[b" "] * int(HANG_LIMIT / 0.05), pause=0.05)]
    assert openml_reason() == "not finished within 1 s"
