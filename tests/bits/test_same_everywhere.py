"""The small pipeline has the committed bits: on whatever system, CPU and Python these tests are run."""

import hashlib
import json
from pathlib import Path

import pytest
from safetensors.numpy import save

from mnist_mlp.harness.lock import recorded_hashes
from mnist_mlp.training.weights import load_weights
from tests.support.factory import ROOT
from tests.support.repository import Repository
from tools.bits import library_differences, machine_differences

HASHES = Path(__file__).parent / "hashes.json"
"""The MD5 of each output of the pipeline on synthetic data."""
UNSORTED = {"custom": "34d63721764e8e57cc5d26c3f80b1830", "torch": "da2fd85a1be32cd77889233db1df4b0b"}
"""The MD5 of both weights files while the parameters in their metadata had the order of the class."""


def test_outputs_have_the_committed_hashes(reproduced: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    if differences := machine_differences() + library_differences():
        pytest.skip("; ".join(differences))
    hashes = recorded_hashes(reproduced.read("dvc.lock"))
    right = json.dumps(hashes, indent=2, sort_keys=True) + "\n"
    assert HASHES.read_text("utf-8") == right, f"after a change on purpose, {HASHES.name} has to be:\n{right}"


@pytest.mark.parametrize("name", UNSORTED)
def test_sorted_metadata_left_every_tensor_as_it_was(
    reproduced: Repository, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(ROOT)
    if differences := machine_differences() + library_differences():
        pytest.skip("; ".join(differences))
    weights, params = load_weights(reproduced.root / f"models/{name}.safetensors", pixels=784)
    before = save(weights, metadata={"params": params.model_dump_json()})
    assert hashlib.md5(before, usedforsecurity=False).hexdigest() == UNSORTED[name]
