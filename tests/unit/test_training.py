"""The epoch loop: what it asks of an engine, what it writes, where it stops; threads and devices of engines."""

import math
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.random import RandomState

from mnist_mlp.core.arrays import DIGITS, Dataset, Floats, Labels, Weights
from mnist_mlp.core.files import load_dataset, save_dataset
from mnist_mlp.custom_engine import build_mlp
from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.params import TrainParams
from mnist_mlp.torch_engine import TorchMLP
from mnist_mlp.training import loop
from mnist_mlp.training.batches import Batches, scale_pixels
from mnist_mlp.training.initialization import initial_weights
from mnist_mlp.training.loop import Engine, Scores, fit, outputs, score_splits
from stages import THREADS
from tests.support.factory import ROOT, dataset, one_hot, random_dataset, train_params

SCORES = ["train_loss", "val_loss", "train_accuracy", "val_accuracy"]
ENGINES: list[Callable[[Weights, TrainParams], Engine]] = [build_mlp, TorchMLP]


class Stub:
    """An engine that says 3 to every image, and writes down what it is asked."""

    dtype = "float32"

    def __init__(self, losses: list[float] | None = None, history_file: Path | None = None) -> None:
        self.losses = iter(losses or [])
        self.history_file = history_file or Path()
        self.batches: list[Floats] = []
        self.labels: list[Labels] = []
        self.chunks: list[Floats] = []
        self.rows_in_history: list[int] = []

    def train_step(self, images: Floats, labels: Labels) -> float:
        self.batches.append(images.copy())  # the next batch is written over it
        self.labels.append(labels)
        self.rows_in_history.append(len(pd.read_csv(self.history_file)) if self.history_file.is_file() else 0)
        return next(self.losses, 0.5)

    def forward(self, images: Floats) -> Floats:
        self.chunks.append(images)
        return one_hot([3] * len(images))

    def weights(self) -> Weights:
        return {}


def labelled(*digits: int) -> Dataset:
    return dataset(np.zeros((len(digits), 4), np.uint8), np.array(digits, np.uint8))


def fit_stub(engine: Stub, folder: Path, rows: int = 20, **changes: object) -> list[Scores]:
    params = train_params(**{"epochs": 3, "batch_size": 5} | changes)
    return fit(engine, random_dataset(rows), random_dataset(10, seed=1), params, folder / "h.csv")


def test_the_history_is_written_again_after_each_epoch(tmp_path: Path) -> None:
    engine = Stub(history_file=tmp_path / "h.csv")
    history = fit_stub(engine, tmp_path, rows=10)
    # two batches an epoch
    assert engine.rows_in_history == [0, 0, 1, 1, 2, 2]
    table = pd.read_csv(tmp_path / "h.csv")
    assert list(table.columns) == ["epoch", *SCORES]
    assert table["epoch"].tolist() == [1, 2, 3]
    assert table[SCORES].to_dict("records") == history


@pytest.mark.parametrize(
    ("train", "val", "expected"),
    [
        # 3 is right for 1 of 4 and for 3 of 4; each wrong row has two errors of 1 among its 10 outputs
        ((3, 1, 4, 0), (3, 3, 3, 9), (0.15, 0.05, 0.25, 0.75)),
        ((3, 1, 4), (3, 3, 9), (0.133333, 0.066667, 0.333333, 0.666667)),
        ((3, 1, 4, 0), (3, 9), (0.15, 0.1, 0.25, 0.5)),
    ],
)
def test_scores_by_hand_are_of_all_rows_and_have_six_decimals(
    train: tuple[int, ...], val: tuple[int, ...], expected: tuple[float, ...]
) -> None:
    found = score_splits(Stub(), labelled(*train), labelled(*val), train_params(), 1)
    assert found == dict(zip(SCORES, expected, strict=True))


@pytest.mark.parametrize(("train", "share"), [((3, 1, 3, 3, 3), 0.5), ((3, 1, 1), 0.5), ((1,), 0.0)])
def test_an_epoch_is_scored_by_as_many_training_rows_as_the_validation_split_has(
    tmp_path: Path, train: tuple[int, ...], share: float
) -> None:
    params = train_params(epochs=1, batch_size=1)
    (scores,) = fit(Stub(), labelled(*train), labelled(3, 9), params, tmp_path / "h.csv")
    assert (scores["train_accuracy"], scores["val_accuracy"]) == (share, 0.5)


@pytest.mark.parametrize(("epochs", "shown"), [(1, [1]), (5, [5]), (12, [5, 10, 12])])
def test_progress_is_a_line_every_five_epochs_and_a_bar_on_a_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, epochs: int,
    shown: list[int],
) -> None:  # fmt: skip
    fit_stub(Stub(), tmp_path, epochs=epochs)
    line = "val_loss 0.1800, val_accuracy 0.1000"
    assert capsys.readouterr() == ("".join(f"epoch {epoch}/{epochs}: {line}\n" for epoch in shown), "")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    fit_stub(Stub(), tmp_path, epochs=epochs)
    written = capsys.readouterr()
    assert written.out == ""
    assert f"{epochs}/{epochs}" in written.err
    assert line in written.err


def test_last_batch_holds_the_remaining_rows_and_a_larger_one_is_refused(tmp_path: Path) -> None:
    for size, sizes in ((5, [5, 5, 2]), (12, [12])):
        engine = Stub()
        fit_stub(engine, tmp_path, rows=12, epochs=1, batch_size=size)
        assert [len(batch) for batch in engine.batches] == sizes
    with pytest.raises(InputError, match="batch_size: must be at most 12, the rows to train on, got 13"):
        fit_stub(Stub(), tmp_path, rows=12, batch_size=13)


def test_rows_come_in_the_order_that_the_seed_gives_and_each_epoch_in_another(tmp_path: Path) -> None:
    engine = Stub()
    fit_stub(engine, tmp_path, epochs=2, shuffle_seed=6)
    stream, train = RandomState(6), random_dataset(20)
    order = np.concatenate([stream.permutation(20), stream.permutation(20)])
    np.testing.assert_array_equal(np.concatenate(engine.labels), train.labels[order])
    np.testing.assert_array_equal(np.concatenate(engine.batches), scale_pixels(train.rows[order], "float32"))


def test_large_data_are_scored_in_chunks_in_their_order() -> None:
    class FirstPixel(Stub):
        def forward(self, images: Floats) -> Floats:
            self.chunks.append(images)
            return np.repeat(images[:, :1], 10, axis=1)

    engine, data = FirstPixel(), random_dataset(2 * loop.CHUNK + 7)
    found = outputs(engine, data)
    np.testing.assert_array_equal(found[:, 0], scale_pixels(data.rows, "float32")[:, 0])
    score_splits(engine, data, data, train_params(), 1)
    assert [len(chunk) for chunk in engine.chunks] == 3 * [loop.CHUNK, loop.CHUNK, 7]


def test_batches_share_their_memory_and_need_no_more_than_the_rows() -> None:
    batches = Batches(random_dataset(12), 5, "float32")
    every = [*batches.shuffled(RandomState(0)), *batches.in_order()]
    assert [len(images) for images, _ in every] == [5, 5, 2] * 2
    assert all(np.shares_memory(images, every[0][0]) for images, _ in every)
    assert Batches(random_dataset(12), 10**12, "float32").scaled.shape == (12, 4)


def test_exact_batches_are_scaled_and_rounded_as_single_images_are(tmp_path: Path) -> None:
    grey = np.arange(256, dtype=np.uint8).reshape(64, 2, 2)
    save_dataset(tmp_path, Dataset(grey, np.arange(64, dtype=np.uint8) % 10, DIGITS))
    mapped = load_dataset(tmp_path)
    ((images, labels),) = Batches(mapped, 64, "exact").shuffled(RandomState(3))
    order = RandomState(3).permutation(64)
    np.testing.assert_array_equal(images, scale_pixels(grey.reshape(64, 4)[order], "exact"))
    np.testing.assert_array_equal(labels, order % 10)
    np.testing.assert_array_equal(mapped.images, grey)  # its memory was released, not its content


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_stops_the_training_at_once(tmp_path: Path, loss: float) -> None:
    engine = Stub(losses=[0.5, 0.5, 0.5, 0.5, 0.5, loss])  # four batches an epoch
    with pytest.raises(InputError) as caught:
        fit_stub(engine, tmp_path, lr=20)
    expected = f"training diverged in epoch 2: expected a finite loss, got {loss} with lr 20; try lr 2,"
    assert str(caught.value).startswith(expected)
    assert len(engine.batches) == 6
    assert len(pd.read_csv(tmp_path / "h.csv")) == 1, "the history before is kept"


def train_for_real(make: Callable[[Weights, TrainParams], Engine], folder: Path, **changes: object) -> None:
    params = train_params(**{"hidden_sizes": [8], "epochs": 2, "batch_size": 10} | changes)
    engine = make(initial_weights(params, 4, 10), params)
    fit(engine, random_dataset(40), random_dataset(10, seed=1), params, folder / "h.csv")


def test_divergence_and_overflow_are_no_warnings(tmp_path: Path) -> None:
    # infinite sums, whose sigmoids are 0 or 1; warnings are errors here
    train_for_real(build_mlp, tmp_path, init_std=1e38, hidden_sizes=[])
    assert (tmp_path / "h.csv").exists()
    # some of the initial weights and of the first sums are beyond float32
    with pytest.raises(InputError, match="training diverged in epoch 1: expected a finite loss, got nan"):
        train_for_real(build_mlp, tmp_path, init_std=1e38, hidden_sizes=[500])


class NoNumbersFor(Stub):
    """An engine whose outputs for this many images are no numbers."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.rows = rows

    def forward(self, images: Floats) -> Floats:
        return np.full((len(images), 10), np.nan) if len(images) == self.rows else super().forward(images)


@pytest.mark.parametrize("split", [5, 10])
def test_scores_that_are_no_numbers_stop_the_training(tmp_path: Path, split: int) -> None:
    # no batch has been through the weights after the last step; the validation split has 10 rows
    with pytest.raises(InputError, match="training diverged in epoch 1: expected a finite loss, got nan"):
        fit_stub(NoNumbersFor(split), tmp_path, rows=5)
    assert not (tmp_path / "h.csv").exists()


@pytest.mark.parametrize("make", ENGINES)
@pytest.mark.parametrize("changes", [{}, {"lr": 1e30}, {"init_std": 1e30}])
def test_trainings_repeat_and_saturated_ones_do_not_diverge(
    tmp_path: Path, make: Callable[[Weights, TrainParams], Engine], changes: dict[str, object]
) -> None:
    for name in ("a", "b"):
        train_for_real(make, tmp_path / name, **changes)
    assert (tmp_path / "a/h.csv").read_bytes() == (tmp_path / "b/h.csv").read_bytes()
    losses = pd.read_csv(tmp_path / "a/h.csv")["train_loss"]
    # outputs are 0 or 1, so the squared errors are
    assert 0 <= losses.min() <= losses.max() <= 1


@pytest.mark.parametrize("available", [True, False])
def test_the_device_of_the_parameters_is_used_or_refused(monkeypatch: pytest.MonkeyPatch, available: bool) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: available)
    weights = initial_weights(train_params(), 4, 10)
    engine = TorchMLP(weights, train_params(device="cpu"))
    assert {parameter.device.type for parameter in engine.module.parameters()} == {"cpu"}
    if not available:
        with pytest.raises(InputError, match=r"device: expected a CUDA device .*, got none; set device to cpu"):
            TorchMLP(weights, train_params(device="cuda"))


def test_a_model_that_only_answers_needs_no_optimizer() -> None:
    engine = TorchMLP(initial_weights(train_params(), 4, 10), train_params())
    images = np.zeros((20, 4), np.float32)
    engine.forward(images)
    assert "optimizer" not in vars(engine)
    engine.train_step(images, np.zeros(20, np.uint8))
    assert "optimizer" in vars(engine)


def test_threads_that_the_environment_leaves_open_are_one() -> None:
    environment = {name: value for name, value in os.environ.items() if name not in THREADS} | {
        "OMP_NUM_THREADS": "2"
    }
    program = f"import os, stages; print([os.environ[name] for name in {THREADS}])"
    assert (
        subprocess.check_output([sys.executable, "-c", program], cwd=ROOT, env=environment) == b"['1', '2', '1']\n"
    )
