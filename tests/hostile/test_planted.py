"""Code planted in every place that a stage reads is not run: one message, nothing written."""

import io
import os
import pickle
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from mnist_mlp.harness.run import run_stage
from tests.support.repository import Repository

PLACES = {
    "fetch_mnist": ["params.yaml"],
    "split": ["params.yaml", "data/raw/images.npy", "data/raw/labels.npy", "data/raw/classes.txt"],
    "train_custom": ["data/split/train/images.npy", "data/split/val/labels.npy"],
    "train_torch": ["data/split/train/labels.npy", "data/split/val/images.npy"],
    "evaluate": ["data/split/test/images.npy", "models/custom.safetensors", "models/torch.safetensors"],
    "plot": ["data/outputs/torch.npy", "plots/history_custom.csv", "plots/confusion_torch.csv"],
}


class Code:
    """Makes a folder where it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("ran",)


def planted(place: str) -> bytes:
    """Return a file of code in the format of a place."""
    if place.endswith(".yaml"):
        return b"plot: !!python/object/apply:os.mkdir ['ran']\n"
    file = io.BytesIO()
    np.save(file, np.array([Code()], dtype=object), allow_pickle=True)
    return file.getvalue() if place.endswith(".npy") else pickle.dumps(Code())


def test_code_is_refused_and_not_run(
    reproduced: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(reproduced.copy(tmp_path).root)
    for stage, place in [(stage, place) for stage, places in PLACES.items() for place in places]:
        valid = Path(place).read_bytes()
        Path(place).write_bytes(planted(place))
        before = {path: path.stat().st_mtime_ns for path in Path().rglob("*")}
        with pytest.raises(SystemExit, match="1"):
            run_stage(import_module(f"stages.{stage}").main)
        assert {path: path.stat().st_mtime_ns for path in Path().rglob("*")} == before, place
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith(f"error: {place}")
        Path(place).write_bytes(valid)
