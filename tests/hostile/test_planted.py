"""Files that mean harm, in every place that is read: refused with one message, nothing run, nothing written."""

import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml

from mnist_mlp.core.files import save_array, save_csv, save_splits
from mnist_mlp.figures import HISTORY
from mnist_mlp.harness.params import load_params
from mnist_mlp.harness.run import run_stage
from mnist_mlp.training.initialization import initial_weights
from mnist_mlp.training.weights import save_weights
from stages import evaluate, fetch_mnist, plot, split, train_custom, train_torch
from studies import seeds
from studies.running import kept_runs, runs
from studies.running.runs import Run
from tests.support import payloads
from tests.support.factory import ROOT, SECTIONS, params_text, random_dataset
from tests.support.payloads import PARAMS, PICKLE, PIXELS, RAN, safe

Main = Callable[[], None]
ROWS = 200


@pytest.fixture(scope="module")
def valid(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Every file that any stage reads, valid, by path."""
    folder = tmp_path_factory.mktemp("valid")
    train = PARAMS.model_dump() | {"hidden_sizes": [3]}
    sections = (
        SECTIONS
        | {"split": {"test_size": 20, "val_size": 20, "seed": 0}}
        | dict.fromkeys(("train_custom", "train_torch"), train)
    )
    (folder / "params.yaml").write_text(json.dumps(sections))
    (folder / "studies").mkdir()
    (folder / "studies/params.yaml").write_bytes((ROOT / "studies/params.yaml").read_bytes())
    dataset = random_dataset(ROWS, PIXELS)
    save_splits(
        folder / "data", {"raw": dataset, **{f"split/{name}": dataset for name in ("train", "val", "test")}}
    )
    outputs = np.eye(10, dtype=np.float32)[dataset.labels]
    counts = [{"actual": i // 10, "predicted": i % 10, "count": i} for i in range(100)]
    for model in ("custom", "torch"):
        save_weights(folder / f"models/{model}.safetensors", initial_weights(PARAMS, PIXELS, 10), PARAMS)
        save_array(folder / f"data/outputs/{model}.npy", outputs)
        save_csv(folder / f"plots/history_{model}.csv", [dict.fromkeys(HISTORY, 1.0)] * 2)
        save_csv(folder / f"plots/confusion_{model}.csv", counts)
    return contents(folder)


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture
def folder(valid: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the valid files as the working directory."""
    for name, content in valid.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    monkeypatch.chdir(tmp_path)
    runs.load_splits.cache_clear()
    return tmp_path


def refused(main: Main, folder: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return the lines with which a stage ends, having run nothing and written nothing."""
    before = contents(folder)
    with pytest.raises(SystemExit) as caught:
        run_stage(main)
    assert caught.value.code == 1
    assert safe(folder)
    assert contents(folder) == before
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("error: ")
    assert max(map(len, lines)) < 1200
    assert all(line.isprintable() for line in lines)
    return lines


STAGES: dict[str, Main] = {
    "fetch_mnist": fetch_mnist.main,
    "split": split.main,
    "train_custom": train_custom.main,
    "train_torch": train_torch.main,
    "evaluate": evaluate.main,
    "plot": plot.main,
}
READ = {
    "split": ["data/raw"],
    "train_custom": ["data/split/train", "data/split/val"],
    "train_torch": ["data/split/train", "data/split/val"],
    "evaluate": ["data/split/test"],
    "plot": ["data/split/test"],
}
"""The datasets that each stage opens."""
MODELS = ("custom", "torch")
PLACES: list[tuple[str, str, dict[str, bytes]]] = [
    *((stage, f"{data}/images.npy", payloads.IMAGES) for stage in READ for data in READ[stage]),
    *((stage, f"{data}/labels.npy", payloads.LABELS) for stage in READ for data in READ[stage]),
    *(("evaluate", f"models/{model}.safetensors", payloads.WEIGHTS) for model in MODELS),
    *(("plot", f"data/outputs/{model}.npy", payloads.OUTPUTS) for model in MODELS),
    *(("plot", f"plots/history_{model}.csv", payloads.CSV) for model in MODELS),
    *(("plot", f"plots/confusion_{model}.csv", payloads.CONFUSIONS) for model in MODELS),
]

FIRST = {id(bad): (stage, place, bad) for stage, place, bad in reversed(PLACES)}.values()
"""For each kind of file, the first place."""


@pytest.mark.parametrize(
    ("stage", "place", "content"),
    [
        pytest.param(stage, place, content, id=f"{stage}: {place}: {name}")
        for stage, place, bad in FIRST
        for name, content in bad.items()
    ],
)
def test_each_planted_file_is_refused_by_a_stage(
    folder: Path, stage: str, place: str, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / place).write_bytes(content)
    assert_refused(stage, place, folder, capsys)


@pytest.mark.parametrize(("stage", "place"), [(stage, place) for stage, place, _ in PLACES])
def test_code_is_refused_in_every_place_that_a_stage_reads(
    folder: Path, stage: str, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    content = payloads.NPY["objects"] if place.endswith(".npy") else PICKLE
    (folder / place).write_bytes(content)
    assert_refused(stage, place, folder, capsys)


def assert_refused(stage: str, place: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = refused(STAGES[stage], folder, capsys)
    assert len(lines) == 1
    # a wrong number of rows shows when the other file of the dataset is compared with it
    assert any(name in lines[0] for name in (place, place.replace("images", "labels")))


@pytest.mark.parametrize(
    ("stage", "name"),
    [*(("split", name) for name in payloads.YAML), *((stage, "call") for stage in STAGES if stage != "split")],
)
def test_planted_parameters_are_refused(
    folder: Path, stage: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "params.yaml").write_text(payloads.YAML[name], encoding="utf-8")
    lines = refused(STAGES[stage], folder, capsys)
    assert len(lines) <= 21
    assert all(line.removeprefix("error: ").startswith("params.yaml: ") for line in lines)


@pytest.mark.parametrize("name", ["call", "billion merges", "key twice", "huge number", "many keys"])
def test_planted_parameters_of_the_studies_are_refused(
    folder: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "studies/params.yaml").write_text(payloads.YAML[name], encoding="utf-8")
    lines = refused(seeds.main, folder, capsys)
    assert all(line.removeprefix("error: ").startswith("studies/params.yaml: ") for line in lines)


@pytest.mark.parametrize("name", payloads.JSON)
def test_a_planted_run_is_refused(folder: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    run = Run("custom", PARAMS, runs.DATA)
    path = kept_runs.kept_file(kept_runs.run_key(run, runs.version(runs.DATA)))
    path.parent.mkdir()
    path.write_bytes(payloads.JSON[name])
    (line,) = refused(lambda: print(kept_runs.run_table([run], [])), folder, capsys)
    assert line.startswith(f"error: {path}: expected two accuracies from 0 to 1")


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage != "fetch_mnist"])
@pytest.mark.usefixtures("folder")
def test_the_valid_files_are_taken(stage: str) -> None:
    STAGES[stage]()


def test_the_code_would_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other tests mean something only if it does."""
    monkeypatch.chdir(tmp_path)
    pickle.loads(PICKLE)  # noqa: S301
    assert not safe(tmp_path)
    os.rmdir(RAN)  # noqa: PTH106
    np.load(_written(tmp_path, payloads.NPY["objects"]), allow_pickle=True)
    assert not safe(tmp_path)
    os.rmdir(RAN)  # noqa: PTH106
    yaml.unsafe_load(payloads.YAML["call"])
    assert not safe(tmp_path)


def _written(folder: Path, content: bytes) -> Path:
    (folder / "file").write_bytes(content)
    return folder / "file"


def test_folder_instead_of_a_file_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for stage, place in [(stage, place) for stage, place, _ in PLACES] + [("split", "params.yaml")]:
        content = (folder / place).read_bytes()
        (folder / place).unlink()
        (folder / place).mkdir()
        (line,) = refused(STAGES[stage], folder, capsys)
        assert place in line
        (folder / place).rmdir()
        (folder / place).write_bytes(content)


def test_endless_parameters_are_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "params.yaml").unlink()
    (folder / "params.yaml").symlink_to("/dev/zero")
    with pytest.raises(SystemExit):
        run_stage(split.main)
    assert capsys.readouterr().err == "error: params.yaml: expected parameters in at most 65536 bytes, got more\n"


def test_original_of_the_planted_parameters_is_valid(folder: Path) -> None:
    (folder / "params.yaml").write_text(params_text())
    load_params()
    (folder / "params.yaml").write_text(params_text() + "# a comment\n")
    load_params()
