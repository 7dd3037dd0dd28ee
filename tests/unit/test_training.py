"""The epoch loop: what it asks of an engine, what it writes, and where it stops."""

import math
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.random import RandomState

from mnist_mlp.core.arrays import Dataset, Floats, Labels, Weights
from mnist_mlp.custom_engine import build_mlp
from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.params import TrainParams
from mnist_mlp.torch_engine import TorchMLP
from mnist_mlp.training.batches import Batches, scale_pixels
from mnist_mlp.training.initialization import initial_weights
from mnist_mlp.training.loop import (
    CHUNK,
    Engine,
    EpochScores,
    final_scores,
    fit,
    outputs,
    score_epoch,
    train_epoch,
)
from tests.support.factory import dataset, one_hot, random_dataset, train_params

COLUMNS = ["epoch", "train_loss", "val_loss", "train_accuracy", "val_accuracy"]
ENGINES: list[Callable[[Weights, TrainParams], Engine]] = [build_mlp, TorchMLP]


class Stub:
    """An engine that says 3 to every image, and writes down what it is asked."""

    dtype = "float32"

    def __init__(self, losses: list[float] | None = None, history_file: Path | None = None) -> None:
        self.losses = iter(losses or [])
        self.history_file = history_file
        self.batches: list[Floats] = []
        self.labels: list[Labels] = []
        self.chunks: list[Floats] = []
        self.rows_in_history: list[int] = []

    def train_step(self, images: Floats, labels: Labels) -> float:
        self.batches.append(images.copy())  # the next batch is written over it
        self.labels.append(labels)
        if self.history_file is not None:
            exists = self.history_file.exists()
            self.rows_in_history.append(len(pd.read_csv(self.history_file)) if exists else 0)
        return next(self.losses, 0.5)

    def forward(self, images: Floats) -> Floats:
        self.chunks.append(images)
        return one_hot([3] * len(images))

    def weights(self) -> Weights:
        return {}


def labelled(*digits: int) -> Dataset:
    return dataset(np.zeros((len(digits), 4), np.uint8), np.array(digits, np.uint8))


def fit_stub(engine: Stub, folder: Path, rows: int = 20, **changes: object) -> list[EpochScores]:
    params = train_params(**{"epochs": 3, "batch_size": 5} | changes)
    return fit(engine, random_dataset(rows), random_dataset(10, seed=1), params, folder / "h.csv")


def test_the_history_is_written_again_after_each_epoch(tmp_path: Path) -> None:
    engine = Stub(history_file=tmp_path / "h.csv")
    fit_stub(engine, tmp_path, rows=10)
    # two batches an epoch
    assert engine.rows_in_history == [0, 0, 1, 1, 2, 2]
    assert len(pd.read_csv(tmp_path / "h.csv")) == 3


def test_the_history_file_holds_what_is_returned(tmp_path: Path) -> None:
    history = fit_stub(Stub(), tmp_path)
    table = pd.read_csv(tmp_path / "h.csv")
    assert list(table.columns) == COLUMNS
    assert [EpochScores(*row) for row in table.itertuples(index=False)] == history


def test_epochs_count_from_1(tmp_path: Path) -> None:
    assert [row.epoch for row in fit_stub(Stub(), tmp_path)] == [1, 2, 3]


def test_scores_by_hand() -> None:
    # 3 is right for 1 of 4 and for 3 of 4; each wrong row has two errors of 1 among its 10 outputs
    scores = score_epoch(Stub(), labelled(3, 1, 4, 0), labelled(3, 3, 3, 9), 7)
    assert scores == EpochScores(7, train_loss=0.15, val_loss=0.05, train_accuracy=0.25, val_accuracy=0.75)


def test_the_training_split_is_scored_by_as_many_rows_as_the_validation_split_has() -> None:
    scores = score_epoch(Stub(), labelled(3, 1, 3, 3), labelled(3, 9), 1)
    assert (scores.train_accuracy, scores.val_accuracy) == (0.5, 0.5)
    scores = score_epoch(Stub(), labelled(3, 1), labelled(3, 9, 9, 9), 1)
    assert (scores.train_accuracy, scores.val_accuracy) == (0.5, 0.25)


def test_scores_have_six_decimals() -> None:
    scores = score_epoch(Stub(), labelled(3, 1, 4), labelled(3, 3, 9), 1)
    assert (scores.train_accuracy, scores.val_accuracy) == (0.333333, 0.666667)
    assert (scores.train_loss, scores.val_loss) == (0.133333, 0.066667)


def test_the_metrics_of_a_training_are_of_all_rows() -> None:
    assert final_scores(Stub(), labelled(3, 1, 4, 0), labelled(3, 9), train_params()) == {
        "train_loss": 0.15, "val_loss": 0.1, "train_accuracy": 0.25, "val_accuracy": 0.5,
    }  # fmt: skip


def test_last_batch_holds_the_remaining_rows(tmp_path: Path) -> None:
    engine = Stub()
    fit_stub(engine, tmp_path, rows=12, epochs=1)
    assert [len(batch) for batch in engine.batches] == [5, 5, 2]


def test_a_batch_may_be_larger_than_the_data(tmp_path: Path) -> None:
    engine = Stub()
    fit_stub(engine, tmp_path, rows=12, epochs=1, batch_size=50)
    assert [len(batch) for batch in engine.batches] == [12]


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
            return images[:, :1].copy()

    engine = FirstPixel()
    dataset = random_dataset(2 * CHUNK + 7)
    got = outputs(engine, dataset)
    assert [len(chunk) for chunk in engine.chunks] == [CHUNK, CHUNK, 7]
    np.testing.assert_array_equal(got, scale_pixels(dataset.rows, "float32")[:, :1])


def test_batches_share_their_memory() -> None:
    batches = Batches(random_dataset(12), 5, "float32")
    every = [*batches.shuffled(RandomState(0)), *batches.in_order()]
    assert [len(images) for images, _ in every] == [5, 5, 2] * 2
    assert all(np.shares_memory(images, every[0][0]) for images, _ in every)


def peak_of_an_epoch(rows: int) -> int:
    """Return the bytes that an epoch's training and evaluation of 784 pixels a row take at most."""
    params = train_params(batch_size=100)
    engine, train, val = (
        build_mlp(initial_weights(params, 784, 10), params),
        random_dataset(rows, 784),
        random_dataset(rows, 784, seed=1),
    )
    tracemalloc.start()
    train_epoch(engine, train, params, RandomState(0), 1)
    score_epoch(engine, train, val, 1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def test_the_memory_of_an_epoch_does_not_grow_with_the_rows() -> None:
    assert 0.95 < peak_of_an_epoch(16_000) / peak_of_an_epoch(1_000) < 1.05


def test_batch_size_beyond_the_rows_allocates_nothing() -> None:
    assert Batches(random_dataset(12), 10**12, "float32").scaled.shape == (12, 4)


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_stops_the_training_at_once(tmp_path: Path, loss: float) -> None:
    engine = Stub(losses=[0.5, 0.5, 0.5, 0.5, 0.5, loss])  # four batches an epoch
    with pytest.raises(InputError) as caught:
        fit_stub(engine, tmp_path, lr=20)
    assert str(caught.value) == (
        f"training diverged in epoch 2: expected a finite loss, got {loss} with lr 20; "
        "try lr 2, a smaller init_std, or dtype float64"
    )
    assert len(engine.batches) == 6


def test_the_history_before_a_divergence_is_kept(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="in epoch 2"):
        fit_stub(Stub(losses=[0.5] * 5 + [math.nan]), tmp_path)
    assert len(pd.read_csv(tmp_path / "h.csv")) == 1


def train_for_real(make: Callable[[Weights, TrainParams], Engine], folder: Path, **changes: object) -> None:
    params = train_params(**{"hidden_sizes": [8], "epochs": 2, "batch_size": 10} | changes)
    engine = make(initial_weights(params, 4, 10), params)
    fit(engine, random_dataset(40), random_dataset(10, seed=1), params, folder / "h.csv")


def test_divergence_is_reported_without_warnings(tmp_path: Path) -> None:
    # some of the initial weights and of the first sums are beyond float32, and warnings are errors here
    with pytest.raises(InputError, match="training diverged in epoch 1: expected a finite loss, got nan"):
        train_for_real(build_mlp, tmp_path, init_std=1e38, hidden_sizes=[500])


def test_outputs_that_overflow_are_scored_without_warnings(tmp_path: Path) -> None:
    # infinite sums, whose sigmoids are 0 or 1
    train_for_real(build_mlp, tmp_path, init_std=1e38, hidden_sizes=[])
    assert (tmp_path / "h.csv").exists()


class NoNumbersFor(Stub):
    """An engine whose outputs for this many images are no numbers."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.rows = rows

    def forward(self, images: Floats) -> Floats:
        return np.full((len(images), 10), np.nan) if len(images) == self.rows else super().forward(images)


def test_weights_that_the_last_step_broke_stop_the_training(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="training diverged in epoch 1: expected a finite loss, got nan"):
        fit_stub(NoNumbersFor(5), tmp_path, rows=5)
    assert not (tmp_path / "h.csv").exists()


def test_a_training_row_that_no_curve_shows_can_break_it_as_well() -> None:
    engine, train, val = NoNumbersFor(4), labelled(3, 1, 4, 0), labelled(3, 9)
    assert score_epoch(engine, train, val, 1).train_loss == 0.1
    with pytest.raises(InputError, match="training diverged in epoch 7: expected a finite loss, got nan"):
        final_scores(engine, train, val, train_params(epochs=7))


def test_a_validation_loss_that_is_not_finite_stops_the_training(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="diverged"):
        fit_stub(NoNumbersFor(10), tmp_path)


@pytest.mark.parametrize("make", ENGINES)
@pytest.mark.parametrize("changes", [{"lr": 1e30}, {"init_std": 1e30}])
def test_saturated_networks_do_not_diverge(
    tmp_path: Path, make: Callable[[Weights, TrainParams], Engine], changes: dict[str, object]
) -> None:
    train_for_real(make, tmp_path, **changes)
    losses = pd.read_csv(tmp_path / "h.csv")["train_loss"]
    # outputs are 0 or 1, so the squared errors are
    assert 0 <= losses.min() <= losses.max() <= 1


@pytest.mark.parametrize("make", ENGINES)
def test_the_same_parameters_give_the_same_history(
    tmp_path: Path, make: Callable[[Weights, TrainParams], Engine]
) -> None:
    for name in ("a", "b"):
        train_for_real(make, tmp_path / name)
    assert (tmp_path / "a" / "h.csv").read_bytes() == (tmp_path / "b" / "h.csv").read_bytes()
