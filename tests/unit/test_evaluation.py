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
from mnist_mlp.training.loop import accuracy, mean_squared_error
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
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return centre - half, centre + half


def mcnemar(first: int, second: int) -> float:
    """Return the chance that a fair coin thrown ``first + second`` times falls at least as unevenly."""
    n = first + second
    ways = sum(math.comb(n, k) for k in range(min(first, second) + 1))
    return min(1.0, 2 * ways / (1 << n))


@pytest.mark.parametrize(
    ("right", "n", "confidence"),
    [(9488, 10_000, 0.95), (9063, 10_000, 0.95), (81, 263, 0.95), (7, 10, 0.9), (10, 10, 0.99), (0, 10, 0.95)],
)
def test_interval_is_wilsons(right: int, n: int, confidence: float) -> None:
    metrics = model_metrics(right_in(n, range(right)), zeros(n), confidence)
    low, high = wilson(right, n, confidence)
    # six decimals
    assert metrics["test_accuracy_low"] == pytest.approx(low, abs=6e-7)
    assert metrics["test_accuracy_high"] == pytest.approx(high, abs=6e-7)
    assert metrics["test_accuracy"] == round(right / n, 6)


def test_the_interval_is_the_published_example_and_metrics_have_six_decimals() -> None:
    # Newcombe, Statistics in Medicine 17 (1998), table I: 81 of 263 gives 0.2553 to 0.3662
    metrics = model_metrics(right_in(263, range(81)), zeros(263), 0.95)
    assert (round(metrics["test_accuracy_low"], 4), round(metrics["test_accuracy_high"], 4)) == (0.2553, 0.3662)
    metrics = model_metrics(right_in(3, range(1)), zeros(3), 0.95)
    # 2 rows with two errors of 1 among 10 outputs
    assert (metrics["test_accuracy"], metrics["test_loss"]) == (0.333333, 0.133333)


def test_accuracy_and_mean_squared_error_by_hand() -> None:
    for digits, share in (([0, 1, 2], 1.0), ([0, 1, 1], 2 / 3), ([9, 9, 9], 0.0)):
        assert accuracy(one_hot(digits), np.array([0, 1, 2], np.uint8)) == share
    outputs = np.zeros((2, CLASSES))
    outputs[0, 4], outputs[1, 0] = 0.5, 0.25
    # row 0, label 4: (0.5 - 1)^2; row 1, label 9: 0.25^2 + 1
    assert mean_squared_error(outputs, np.array([4, 9], np.uint8)) == (0.25 + 0.0625 + 1) / 20


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
    comparison = compare({"custom": custom, "torch": torch}, zeros(rows))
    assert comparison["only_custom_right"] == only_custom
    assert comparison["only_torch_right"] == only_torch
    assert comparison["mcnemar_p"] == float(f"{mcnemar(only_custom, only_torch):.3g}")
    assert comparison["gap"] == round((only_custom - only_torch) / rows, 6)


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
    assert metrics["comparison"]["only_custom_right"] == 500
    assert metrics["comparison"]["only_torch_right"] == 100
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
    for confidence, title in ((0.9, "90% interval"), (0.995, "99.5% interval")):
        params = PARAMS.model_copy(update={"confidence": confidence})
        assert title in summary(metrics_of("mnist"), params).splitlines()[0]
