"""MNIST from OpenML: scikit-learn's client against a local server that speaks OpenML's API."""

import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sklearn.datasets import _openml

from mnist_mlp.core.arrays import Dataset
from mnist_mlp.core.files import save_dataset
from mnist_mlp.sources import mnist
from mnist_mlp.sources.datasets import ORIGINALS
from tests.support.http_server import HANG_LIMIT, Answer, LocalServer, Sleeps, head, http_answer, serving
from tests.support.mnist_files import SmallMnist, assert_same
from tests.support.refusals import source_refusal

SEARCH = "/api/v1/json/data/list/data_name/mnist_784/limit/2/data_version/1"
ARFF = "/data/v1/download/52667/mnist_784.arff"


@pytest.fixture
def openml(small: SmallMnist, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalServer]:
    """Have scikit-learn ask a local server, which gives the small MNIST."""
    monkeypatch.setattr(_openml, "time", Sleeps())  # no pauses between tries
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


def fetched(name: str) -> Dataset:
    return mnist.from_openml(ORIGINALS[name])


def reason() -> str:
    """Return the reason that is given for not taking OpenML."""
    return source_refusal(lambda: fetched("mnist"))


def test_openml_is_saved_as_the_same_bytes_as_the_files(
    openml: LocalServer, small: SmallMnist, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / "cache"))
    save_dataset(tmp_path / "openml", fetched("mnist"))
    save_dataset(tmp_path / "files", small.dataset)
    for name in ("images.npy", "labels.npy"):
        assert (tmp_path / "openml" / name).read_bytes() == (tmp_path / "files" / name).read_bytes(), name
    assert ARFF in openml.requested
    assert not (tmp_path / "cache").exists(), "scikit-learn's cache is left alone"


def test_fashion_is_asked_for_by_its_own_name(openml: LocalServer, small: SmallMnist) -> None:
    openml.answers[SEARCH.replace("mnist_784", "fashion-mnist")] = openml.answers.pop(SEARCH)
    found = fetched("fashion")
    assert_same(found, small.dataset)
    assert found.classes[9] == "Ankle boot"


def test_lasting_outage_withdrawn_data_and_html_are_reported(openml: LocalServer) -> None:
    openml.answers[SEARCH] = [http_answer(status=503)]
    assert reason() == "HTTP Error 503: Service Unavailable"
    openml.answers[SEARCH] = [http_answer(b"<html>Down for maintenance</html>")]
    assert reason() == "Expecting value: line 1 column 1 (char 0)"
    openml.otherwise = openml.answers[SEARCH][0] = http_answer(status=412)  # OpenML's "no results"
    assert reason() == "Dataset mnist_784 with version 1 not found."


def test_changed_file_and_other_arrays_under_a_right_checksum_are_refused(
    openml: LocalServer, small: SmallMnist
) -> None:
    openml.answers[ARFF] = [http_answer(arff(small.dataset).replace(b"\n0,", b"\n1,", 1) + b"%\n")]
    assert "md5 checksum" in reason()
    openml.answers.update(openml_answers(openml.url, small.dataset.take(slice(None, None, -1))))
    assert f"expected SHA-256 {ORIGINALS['mnist'].arrays['images']}" in reason()


@pytest.mark.parametrize("path", [SEARCH, ARFF])
def test_dripping_answer_ends_at_the_deadline(
    openml: LocalServer, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(mnist, "DEADLINE", 1.0)
    openml.answers[path] = [Answer(head(), pieces=[b" "] * int(HANG_LIMIT / 0.05), pause=0.05)]
    started = time.monotonic()
    assert reason() == "not finished within 1 s"
    assert time.monotonic() - started < HANG_LIMIT / 2  # not "how fast", but "not for ever"
