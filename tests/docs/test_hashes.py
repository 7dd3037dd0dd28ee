"""docs/hashes.md: what follows from committed files everywhere, the rest where the weights are."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mnist_mlp.harness.dvc_records import md5, recorded_hashes
from mnist_mlp.harness.errors import InputError
from mnist_mlp.models import NAMES
from studies.parity import sha256
from tests.support.factory import ROOT
from tests.support.pages import blocks
from tools import hashes

LOCKED = recorded_hashes((ROOT / "dvc.lock").read_text(encoding="utf-8"))
MADE = [*map(hashes.weights_file, NAMES), "data/outputs"]
NAMED: list[Callable[[], dict[str, str]]] = [
    hashes.initial_hashes,
    lambda: {path: LOCKED[path] for path in map(hashes.weights_file, NAMES)},
]
here = pytest.mark.skipif(
    not all((ROOT / path).exists() and md5(ROOT / path) == LOCKED[path] for path in MADE),
    reason="the weights and outputs of dvc.lock are not here; `dvc repro` makes them",
)


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.mark.parametrize("named", NAMED, ids=["initial weights", "files"])
def test_what_follows_from_committed_files_is_on_the_page(named: Callable[[], dict[str, str]]) -> None:
    text = Path(hashes.PAGE).read_text(encoding="utf-8")
    assert {name: found for name, found in named().items() if f"`{found}`" not in text} == {}, (
        "run: make documents"
    )


@here
def test_the_committed_page_is_current() -> None:
    assert hashes.page() == Path(hashes.PAGE).read_text(encoding="utf-8"), "run: make documents"


@here
def test_the_code_on_the_page_prints_what_the_page_says(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = blocks(hashes.PAGE, "python")
    exec(code, {})  # noqa: S102  # of a committed page
    printed = capsys.readouterr().out.strip()
    assert f"| trained weights | `{printed}` |" in Path(hashes.PAGE).read_text(encoding="utf-8")


def test_a_hash_is_that_of_the_numbers_in_a_stated_order() -> None:
    bias, weight = np.array([1.0, -2.0]), np.array([[0.5, 3.0], [4.0, 5.0]])
    # 1.0 is 3ff0..., lowest byte first
    content = bytes.fromhex("000000000000f03f00000000000000c0")
    assert sha256([bias]) == hashlib.sha256(content).hexdigest()
    assert sha256([bias.astype(">f8")]) == sha256([bias])
    assert sha256([np.asfortranarray(weight)]) == sha256([weight])
    assert sha256([weight, bias]) != sha256([bias, weight])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, r"no such file or folder; `dvc repro` makes it"),
        (b"other", r"expected MD5 \w+, .*; run `dvc repro`"),
    ],
)
def test_weights_that_are_not_those_of_the_lock_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, message: str
) -> None:
    (tmp_path / "dvc.lock").write_bytes((ROOT / "dvc.lock").read_bytes())
    (tmp_path / "models").mkdir()
    if content is not None:
        (tmp_path / "models/custom.safetensors").write_bytes(content)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=rf"^models/custom\.safetensors: {message}$"):
        hashes.main()
    assert not (tmp_path / "docs").exists()
