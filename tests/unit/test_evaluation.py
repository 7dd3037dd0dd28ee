"""Metrics of the test set against formulas written out here."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from numpy.random import RandomState

from mnist_mlp.core.arrays import DIGITS, Floats, Labels
from mnist_mlp.evaluation import Metrics, compare, confusion_counts, evaluate, model_metrics, summary
from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.params import EvaluateParams
from mnist_mlp.training.loop import mean_squared_error
from tests.support.factory import CLASSES, one_hot

PARAMS = EvaluateParams(published_custom=0.9488, published_torch=0.9063, confidence=0.95)


def zeros(rows: int) -> Labels:
    return np.zeros(rows, np.uint8)


def right_in(rows: int, *ranges: range) -> Floats:
    """Return outputs that say 0, the label of all rows, in these ranges, and 1 elsewhere."""
    digits = [1] * rows
    for part in ranges:
        digits[part.start : part.stop] = [0] * len(part)
    return one_hot(digits)


def wilson(right: int, n: int, confidence: float) -> tuple[float, float]:
    """Return the interval as Wilson (1927) gives it."""
    z, p = NormalDist().inv_cdf((1 + confidence) / 2), right / n
    half = z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return (p + z**2 / (2 * n) - half) / (1 + z**2 / n), (p + z**2 / (2 * n) + half) / (1 + z**2 / n)


def mcnemar(first: int, second: int) -> float:
    """Return the chance that a fair coin thrown ``first + second`` times falls at least as unevenly."""
    n = first + second
    ways = sum(math.comb(n, k) for k in range(min(first, second) + 1))
    return min(1.0, 2 * ways / (1 << n))


@pytest.mark.parametrize(
    ("right", "n", "confidence"),
    [(9488, 10_000, 0.95), (9063, 10_000, 0.95), (81, 263, 0.95), (7, 10, 0.9), (10, 10, 0.99), (0, 10, 0.95)],
)
def test_interval_is_wilsons_and_metrics_have_six_decimals(right: int, n: int, confidence: float) -> None:
    metrics = model_metrics(right_in(n, range(right)), zeros(n), confidence)
    interval = metrics["test_accuracy_low"], metrics["test_accuracy_high"]
    assert interval == pytest.approx(wilson(right, n, confidence), abs=6e-7)  # six decimals
    assert metrics["test_accuracy"] == round(right / n, 6)
    assert metrics["test_loss"] == round(0.2 * (n - right) / n, 6)  # two errors of 1 among 10 outputs


def test_mean_squared_error_of_many_rows_keeps_its_digits() -> None:
    outputs = RandomState(0).rand(100_000, CLASSES).astype(np.float32)
    exact = np.mean((outputs.astype(np.float64) - one_hot([0] * 100_000)) ** 2)
    # added up in float32, it would be off by 4e-9
    assert mean_squared_error(outputs, zeros(100_000)) == pytest.approx(exact, rel=1e-9)


@pytest.mark.parametrize(
    ("only_custom", "only_torch"), [(5, 0), (0, 5), (8, 3), (3, 8), (4, 4), (1, 0), (120, 60)]
)
def test_mcnemar_is_the_binomial_sum(only_custom: int, only_torch: int) -> None:
    rows = 200
    custom = right_in(rows, range(only_custom))
    torch = right_in(rows, range(only_custom, only_custom + only_torch))
    assert compare({"custom": custom, "torch": torch}, zeros(rows)) == {
        "gap": round((only_custom - only_torch) / rows, 6),
        "mcnemar_p": float(f"{mcnemar(only_custom, only_torch):.3g}"),
        "only_custom_right": only_custom,
        "only_torch_right": only_torch,
    }


def test_rows_that_both_models_get_right_or_wrong_do_not_count() -> None:
    # rows 0-3 both right, 4-6 only custom, 7 only torch, 8-9 both wrong
    custom, torch = right_in(10, range(7)), right_in(10, range(4), range(7, 8))
    expected = {"gap": 0.2, "mcnemar_p": 0.625, "only_custom_right": 3, "only_torch_right": 1}
    assert compare({"custom": custom, "torch": torch}, zeros(10)) == expected
    equal = {"gap": 0.0, "mcnemar_p": 1.0, "only_custom_right": 0, "only_torch_right": 0}
    assert compare({"custom": custom, "torch": custom}, zeros(10)) == equal


def test_confusion_counts_have_one_row_per_pair_of_classes_in_order() -> None:
    table = confusion_counts(one_hot([0, 0, 5, 1, 9]), np.array([0, 0, 0, 7, 9], np.uint8), DIGITS)
    assert list(table.columns) == ["actual", "predicted", "count"]
    pairs = [[actual, predicted] for actual in DIGITS for predicted in DIGITS]
    assert table[["actual", "predicted"]].to_numpy().tolist() == pairs
    counted = [["0", "0", 2], ["0", "5", 1], ["7", "1", 1], ["9", "9", 1]]
    assert table[table["count"] > 0].to_numpy().tolist() == counted


def metrics_of(dataset: str) -> Metrics:
    """Return the metrics where custom gets 9500 of 10,000 right, and torch 9000 of these and 100 others."""
    custom, torch = right_in(10_000, range(9500)), right_in(10_000, range(9000), range(9500, 9600))
    return evaluate({"custom": custom, "torch": torch}, zeros(10_000), PARAMS, dataset)


@pytest.mark.parametrize("name", ["custom", "torch"])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_outputs_that_are_not_numbers_are_refused(name: str, bad: float) -> None:
    outputs = {"custom": right_in(10, range(5)), "torch": right_in(10, range(5))}
    outputs[name][3, 2] = bad
    with pytest.raises(InputError, match=rf"models/{name}\.safetensors: expected finite outputs"):
        evaluate(outputs, zeros(10), PARAMS, "mnist")


def test_metrics_of_each_model_and_of_mnist_beside_what_was_published() -> None:
    metrics = metrics_of("mnist")
    assert metrics["published"] == {
        "custom": 0.9488, "torch": 0.9063, "custom_difference": 0.0012, "torch_difference": 0.0037,
    }  # fmt: skip
    assert (metrics["custom"]["test_accuracy"], metrics["torch"]["test_accuracy"]) == (0.95, 0.91)
    assert (metrics["comparison"]["only_custom_right"], metrics["comparison"]["only_torch_right"]) == (500, 100)
    assert list(metrics_of("digits")) == ["custom", "torch", "comparison"]


def test_the_summary_of_mnist_and_of_other_data() -> None:
    table = [
        "       published reproduced     95% interval difference",
        "custom    94.88%     95.00%  94.56% - 95.41%      +0.12",
        "torch     90.63%     91.00%  90.42% - 91.55%      +0.37",
    ]
    last = "gap +4.00 points; right: only custom 500, only torch 100; McNemar p = 6.69e-65"
    assert summary(metrics_of("mnist"), PARAMS).splitlines() == [*table, last]
    _, custom, torch, *rest = summary(metrics_of("digits"), PARAMS).splitlines()
    assert custom.split() == ["custom", "-", "95.00%", "94.56%", "-", "95.41%", "-"]
    assert torch.split() == ["torch", "-", "91.00%", "90.42%", "-", "91.55%", "-"]
    assert rest == [last, "This is not MNIST: the published figures do not apply."]
    params = PARAMS.model_copy(update={"confidence": 0.995})
    assert "99.5% interval" in summary(metrics_of("mnist"), params).splitlines()[0]
