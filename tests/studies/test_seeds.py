"""Where the published figures lie among the seeds."""

import pandas as pd
import pytest

from studies.seeds import figure, summary, with_seeds
from tests.support.factory import train_params

TABLE = pd.DataFrame(
    {
        "engine": ["torch"] * 4 + ["custom"] * 4,
        "init_seed": [0, 1, 2, 3] * 2,
        "test_accuracy": [0.90, 0.91, 0.92, 0.93, 0.94, 0.95, 0.95, 0.96],
    }
)
PUBLISHED = {"custom": 0.95, "torch": 0.905}


def test_the_percentile_counts_seeds_below_and_half_of_the_equal_ones() -> None:
    found = summary(TABLE, PUBLISHED)
    assert found["torch"]["percentile"] == 25
    assert found["custom"]["percentile"] == 50


def test_the_first_seed_with_the_published_digits_is_named() -> None:
    found = summary(TABLE, PUBLISHED)
    assert found["custom"]["first_equal"] == 1
    assert found["torch"]["first_equal"] == -1


def test_the_distribution_is_summed_up() -> None:
    found = summary(TABLE, PUBLISHED)["torch"]
    assert (found["runs"], found["mean"], found["min"], found["max"]) == (4, 0.915, 0.9, 0.93)
    assert found["std"] == pytest.approx(0.01291, abs=1e-6)


def test_only_the_seed_differs() -> None:
    runs = with_seeds("torch", train_params(lr=0.3), range(3))
    assert [run.params for run in runs] == [train_params(lr=0.3, init_seed=seed) for seed in range(3)]


def test_figure_has_one_panel_per_engine() -> None:
    assert [axes.get_title() for axes in figure(TABLE, PUBLISHED).axes] == ["custom", "torch"]
