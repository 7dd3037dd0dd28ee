"""The small pipeline has the committed bits: on whatever system, CPU and Python these tests are run."""

import json
from pathlib import Path

import pytest

from mnist_mlp.harness.dvc_records import recorded_hashes
from tests.support.factory import ROOT
from tests.support.repository import Repository
from tools.bits import library_differences

HASHES = Path(__file__).parent / "hashes.json"
"""The MD5 of each output of the pipeline on synthetic data."""


@pytest.mark.parametrize("figures", [False, True], ids=["numbers", "figures"])
def test_outputs_have_the_committed_hashes(
    reproduced: Repository, monkeypatch: pytest.MonkeyPatch, figures: bool
) -> None:
    monkeypatch.chdir(ROOT)
    if differences := library_differences():
        pytest.skip("; ".join(differences))
    hashes = recorded_hashes(reproduced.read("dvc.lock"))
    committed = json.loads(HASHES.read_text("utf-8"))
    assert set(committed) == set(hashes)
    right = {path: md5 for path, md5 in hashes.items() if path.endswith(".png") == figures}
    assert right
    assert {path: committed[path] for path in right} == right, (
        f"after a change on purpose, {HASHES.name} has to be:\n{json.dumps(hashes, indent=2, sort_keys=True)}"
    )
