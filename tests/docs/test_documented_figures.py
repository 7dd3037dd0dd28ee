"""The figures in README and docs/ that come from committed tables are those in the tables."""

import json
import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pandas as pd
import pytest

from mnist_mlp import exact as grids
from mnist_mlp.training.weights import load_weights
from studies.parity import weights_sha256
from studies.settings import AVX512, SETTINGS
from tests.support.factory import ROOT

README = "README.md"
MINUS, DASH = "\N{MINUS SIGN}", "\N{EN DASH}"
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def page(name: str) -> str:
    return " ".join((ROOT / name).read_text(encoding="utf-8").split())


def table_rows(name: str) -> list[list[str]]:
    """Return the cells of every row of every table of a page."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [[cell.strip() for cell in line[1:-1].split("|")] for line in lines if line.startswith("|")]


def row(name: str, start: str) -> list[str]:
    """Return the cells, from the second on, of the one row whose first cell starts so."""
    (cells,) = (cells for cells in table_rows(name) if cells[0].strip("| ").startswith(start))
    return [cell.strip("* ") for cell in cells[1:]]


def results(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((ROOT / name).read_text(encoding="utf-8"))
    return content


def number(value: float, sign: str = "") -> str:
    """Return two decimals, halves rounded away from zero, with a real minus; a zero has no sign."""
    rounded = Decimal(repr(value)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{rounded:{sign if rounded else ''}.2f}".replace("-", MINUS)


def interval(low: float, high: float) -> str:
    return f"{number(low)} {DASH} {number(high)}"


@pytest.mark.parametrize("model", ["custom", "torch"])
def test_the_accuracies_are_those_of_the_metrics(model: str) -> None:
    metrics = results("metrics/evaluate.json")
    own, published = metrics[model], metrics["published"][model]
    assert row(README, f"`{model}`:") == [
        f"{100 * published:.2f} %",
        f"{100 * own['test_accuracy']:.2f} %",
        f"{interval(100 * own['test_accuracy_low'], 100 * own['test_accuracy_high'])} %",
    ]


def test_mcnemars_counts_and_p_are_those_of_the_metrics() -> None:
    found = results("metrics/evaluate.json")["comparison"]
    mantissa, exponent = f"{found['mcnemar_p']:.0e}".split("e")
    assert f"only `custom` classifies {found['only_custom_right']} of the images correctly" in page(README)
    assert f"only `torch` {found['only_torch_right']} " in page(README)
    assert f"p = {mantissa} · 10{str(int(exponent)).translate(SUPERSCRIPTS)}" in page(README)


EFFECTS = [
    ("loss summed over", "loss_reduction"),
    ("initial weights from", "weight_init"),
    ("NumPy, not", "engine"),
]


@pytest.mark.parametrize(("start", "effect"), EFFECTS)
def test_the_effects_are_those_of_the_studies(start: str, effect: str) -> None:
    cells = {}
    for study in ("gap", "gap_fashion"):
        found = results(f"studies/results/{study}.json")["gap"]["effects"][effect]
        cells[study] = [number(found["points"], "+"), interval(found["low"], found["high"])]
    assert row("docs/gap.md", start) == cells["gap"]
    assert [cell.replace("*", "") for cell in row(README, start)] == [
        f"{points} ({bounds})" for points, bounds in cells.values()
    ]


def test_the_interaction_and_the_equal_pairs_are_those_of_the_study() -> None:
    found = results("studies/results/gap.json")["gap"]["effects"]["weight_init x loss_reduction"]
    assert f"is {number(found['points'])} points ({interval(found['low'], found['high'])})" in page("docs/gap.md")
    runs = pd.read_csv(ROOT / "studies/results/gap.csv")
    pairs = runs.pivot_table("test_accuracy", ["weight_init", "loss_reduction", "init_seed"], "engine")
    assert f"({len(runs)} runs, " in page("docs/gap.md")
    assert f"in each of the {(pairs['custom'] == pairs['torch']).sum()} pairs" in page("docs/gap.md")


@pytest.mark.parametrize(("configuration", "right"), [("train_custom", 9488), ("train_torch", 9063)])
def test_both_engines_end_in_the_bits_that_the_readme_shows(configuration: str, right: int) -> None:
    table = pd.read_csv(ROOT / "studies/results/parity.csv")
    rows = table[table["configuration"] == configuration]
    assert set(rows["engine"]) == {"custom", "torch"}
    assert set(rows["right"]) == {right}
    (digest,) = set(rows["weights_sha256"])
    assert f"`{digest[:16]}" in page("README.md")


@pytest.mark.parametrize("model", ["custom", "torch"])
def test_the_models_have_the_bits_of_the_study(model: str) -> None:
    path = ROOT / f"models/{model}.safetensors"
    if not path.exists():
        pytest.skip("the pipeline has not run here")
    weights, _ = load_weights(path, pixels=784, classes=10)
    table = pd.read_csv(ROOT / "studies/results/parity.csv").set_index(["configuration", "engine"])
    assert weights_sha256(weights) == table.loc[(f"train_{model}", model), "weights_sha256"]


RUNGS = {
    "as in the notebook": "notebook",
    "learning rate chosen": "learning_rate",
    "loss reduction made": "equal_reduction",
    "ReLU, softmax": "relu_cross_entropy",
    "momentum 0.9": "momentum",
    "weight decay": "weight_decay",
    "Adam": "adam",
    "two hidden layers": "two_hidden_layers",
}


@pytest.mark.parametrize("start", RUNGS)
def test_the_rungs_are_those_of_the_study(start: str) -> None:
    expected = []
    for ladder in results("studies/results/next_steps.json")["next_steps"].values():
        rung = ladder[RUNGS[start]]
        expected.append(f"{rung['mean']:.2f} % ({interval(rung['mean_low'], rung['mean_high'])})")
        expected.append(number(rung["change"], "+") if "change" in rung else "")
    assert row("docs/gap.md", start) == expected


@pytest.mark.parametrize(
    ("study", "sentence"),
    [
        ("next_steps", "{apart} points apart on MNIST, at {height} %"),
        ("next_steps_fashion", "and {apart} on Fashion-MNIST, at {height} %"),
    ],
)
def test_with_their_best_rates_the_models_end_as_close_together_as_the_readme_says(
    study: str, sentence: str
) -> None:
    ladders = results(f"studies/results/{study}.json")["next_steps"]
    means = [ladders[model]["learning_rate"]["mean"] for model in ("custom", "torch")]
    figures = {"apart": number(abs(means[0] - means[1])), "height": f"{sum(means) / 2:.1f}"}
    assert sentence.format_map(figures) in page(README)


def test_on_fashion_mnist_later_rungs_are_worth_what_the_page_says() -> None:
    ladders = results("studies/results/next_steps_fashion.json")["next_steps"].values()
    best, relu = [], []
    for ladder in ladders:
        means = {rung: found["mean"] - ladder["learning_rate"]["mean"] for rung, found in ladder.items()}
        best.append(max(means.values()))
        relu.append(means["relu_cross_entropy"])
        assert means["momentum"] > 0
    assert 0.2 < max(best) < 0.3
    assert "no later rung is more than 0.3 points above the plain network" in page("docs/gap.md")
    assert max(relu) < -0.5


@pytest.mark.parametrize("model", ["custom", "torch"])
def test_the_spread_of_seeds_is_that_of_the_study(model: str) -> None:
    found = results("studies/results/seeds.json")["seeds"][model]
    assert row("docs/gap.md", f"`{model}`") == [
        f"{100 * found['mean']:.2f} %",
        f"{100 * found['std']:.2f}",
        f"{interval(100 * found['min'], 100 * found['max'])} %",
        f"{100 * found['published']:.2f} %",
        f"{found['percentile']:.0f} %",
    ]
    params = (ROOT / "params.yaml").read_text(encoding="utf-8")
    assert f"give {100 * found['mean']:.2f} % on average, standard deviation {100 * found['std']:.2f}" in params


@pytest.mark.parametrize("model", ["custom", "torch"])
def test_the_chosen_seeds_are_the_smallest_with_the_published_digits(model: str) -> None:
    runs = pd.read_csv(ROOT / "studies/results/seeds.csv")
    own = runs[runs["engine"] == model]
    published = results("metrics/evaluate.json")["published"][model]
    assert own["init_seed"].tolist() == list(range({"custom": 175, "torch": 50}[model]))
    smallest = own.loc[own["test_accuracy"] == published, "init_seed"].min()
    assert f"{smallest} for `{model}`" in page("docs/gap.md")
    assert f"0 to {own['init_seed'].max()} for `{model}`" in page("docs/gap.md")


def test_the_settings_are_those_of_their_table() -> None:
    settings = pd.read_csv(ROOT / "studies/results/settings.csv")
    assert settings["setting"].tolist() == [one.name for one in SETTINGS if one.needs != AVX512]
    assert set(settings["custom_test_accuracy"]) == {0.9488}
    assert set(settings["torch_test_accuracy"]) == {0.9063}
    assert set(settings["same"]) == {17}
    text = page("docs/reproducibility.md")
    assert f"All 17 outputs had the committed bytes in each of the {len(settings)} settings" in text
    rows = [cells for cells in table_rows("docs/reproducibility.md") if cells[1].isdigit()]
    assert sum(int(cells[1]) for cells in rows) == len(settings)
    assert f"[{len(settings) - 1} settings besides the default]" in page("docs/trust.md")


@pytest.mark.parametrize(
    ("start", "bits"),
    [
        ("pixels, from", grids.PIXELS),
        ("weights and biases", grids.WEIGHTS),
        ("outputs of hidden", grids.SIGNALS),
        ("outputs of the network", grids.OUTPUTS),
        ("gradients of a layer's", grids.GRADIENTS),
    ],
)
def test_the_grids_are_those_of_the_code(start: str, bits: int) -> None:
    assert (
        row("docs/reproducibility.md", start)[0].removesuffix(" / M") == f"2{str(-bits).translate(SUPERSCRIPTS)}"
    )


@pytest.mark.parametrize(
    ("start", "one", "other"),
    [
        ("first layer forward", grids.PIXELS, grids.WEIGHTS),
        ("other layers forward", grids.SIGNALS, grids.WEIGHTS),
        ("gradients of the first", grids.PIXELS, grids.GRADIENTS),
        ("gradients of the other", grids.SIGNALS, grids.GRADIENTS),
        ("gradients back to", grids.WEIGHTS, grids.GRADIENTS),
    ],
)
def test_the_bounds_are_those_of_the_code(start: str, one: int, other: int) -> None:
    power, bound = row("docs/reproducibility.md", start)[0].replace(" / M", "").split(" = ")
    assert power == f"2{f'{grids.FLOAT64}-{one}-{other}'.translate(SUPERSCRIPTS)}"
    assert bound == f"{2 ** (grids.FLOAT64 - one - other):,}"


@pytest.mark.parametrize(
    ("start", "names"),
    [
        ("the matrix products", ("floor float64", "floor")),
        ("`custom`", ("custom", "custom float32")),
        ("JAX", ("jax float64", "jax")),
        ("scikit-learn", (None, "sklearn")),
        ("Nerva-NumPy", (None, "nerva")),
        ("tinygrad", (None, "tinygrad")),
        ("PyTorch, eager", ("eager float64", "eager")),
        ("`torch`", ("torch", "torch float32")),
    ],
)
def test_the_times_are_those_of_the_benchmark(start: str, names: tuple[str | None, str]) -> None:
    records = json.loads((ROOT / "benchmarks/results.json").read_text(encoding="utf-8"))
    seconds = {one["name"]: one.get("seconds_per_epoch") for one in records if one["threads"] == 1}
    assert row("docs/engines.md", start) == ["" if name is None else f"{seconds[name]:.3f}" for name in names]


def test_the_speed_of_studies_is_that_of_the_benchmark() -> None:
    found = results("benchmarks/parallel_runs.json")
    two, dask = found["speedup_of_two_processes"], found["dask_against_loky"]
    text = page("docs/cluster.md")
    assert f"{two['median']:.2f} times the runs of one" in text
    assert f"({number(two['min'])} to {number(two['max'])} in {spelled(found['rounds'])} rounds)" in text
    assert re.search(rf"{dask['median']:.2f} times as long .* \({dask['min']:.2f} to {dask['max']:.2f}\)", text)


def spelled(count: int) -> str:
    return ("no", "one", "two", "three", "four", "five", "six")[count]
