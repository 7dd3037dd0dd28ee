"""An experiment goes from one clone to another: commits through Git, models through the DVC remote."""

import json
from pathlib import Path

from tests.support.repository import UP_TO_DATE, stages_run
from tests.support.shared_repository import Shared

RESULTS = ("metrics/evaluate.json", "params.yaml", "dvc.lock", "plots/curves.png", "models/custom.safetensors")


def test_an_experiment_run_in_one_clone_is_applied_in_another(in_folder: Shared, tmp_path: Path) -> None:
    here, there = in_folder.author.copy(tmp_path / "here"), in_folder.clone(tmp_path)
    committed = json.loads(there.read("metrics/evaluate.json"))
    output = here.dvc("exp", "run", "--name", "slow", "-S", "train_custom.lr=0.001")
    assert stages_run(output) == ["train_custom", "evaluate", "plot"]
    here.dvc("exp", "push", "origin", "slow")

    there.dvc("exp", "pull", "origin", "slow")
    there.dvc("exp", "apply", "slow")
    for path in RESULTS:
        assert (there.root / path).read_bytes() == (here.root / path).read_bytes(), path
    metrics = json.loads(there.read("metrics/evaluate.json"))
    assert metrics["custom"]["test_loss"] > committed["custom"]["test_loss"]
    assert metrics["torch"] == committed["torch"]
    assert UP_TO_DATE in there.dvc("repro")
