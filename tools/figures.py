"""The figures of README and docs/: cog calls these functions where their results stand (`make documents`).

They read committed files only, so that `make lint` can check the documents of a fresh clone.
"""

import hashlib
import json
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pandas as pd
from scipy.stats import binomtest

from mnist_mlp.harness.dvc_records import recorded_hashes
from mnist_mlp.harness.params import load_params
from mnist_mlp.models import NAMES
from mnist_mlp.training.initialization import initial_weights

FACTORS = {
    "loss_reduction": "loss summed over the ten outputs, not averaged as `nn.MSELoss` does",
    "weight_init": "initial weights from N(0, 0.1²), not PyTorch's default",
    "engine": "NumPy, not PyTorch",
}


def accuracies() -> str:
    """Return the published and the reproduced test accuracies."""
    found = _read("metrics/evaluate.json")
    head = "test accuracy, 10,000 images | published | reproduced | 95 % interval | only this model is right on"
    rows = [head.split(" | ")]
    for model, what in zip(NAMES, ("from scratch, NumPy", "PyTorch"), strict=True):
        accuracies = _percent(found["published"][model]), *_test_accuracy(found[model])
        rows.append([f"`{model}`: {what}", *accuracies, f"{found['comparison'][f'only_{model}_right']} images"])
    return _table(rows)


def effects() -> str:
    """Return what each difference between the two models is worth."""
    rows = [
        [
            "points of test accuracy from `torch` to `custom`, 95 % interval for other seeds",
            "MNIST",
            "Fashion-MNIST",
        ]
    ]
    for factor, words in FACTORS.items():
        found = [study["effects"][factor] for study in _both_data_sets("gap")]
        points = [f"{'+' if one['points'] >= 0.005 else ''}{_fixed(one['points'])}" for one in found]
        ends = [_fixed(one["low"], one["high"]) for one in found]
        rows.append([words, *map("{} ({})".format, points, ends)])
    return _table(rows)


def coverage() -> str:
    """Return how often the intervals of ``compare`` hold the true difference, in per cent of simulated ones."""
    table = pd.read_csv("studies/results/coverage.csv")
    every = sorted(table["pairs"].unique())
    rows = [["luck of the seeds", *(f"{pairs} pairs" for pairs in every), f"for seeds alone, {every[-1]} pairs"]]
    for kind, found in table.groupby("differences", sort=False):
        ends = [found["covered"][found["pairs"] == pairs].agg(["min", "max"]) for pairs in every]
        ends.append(found["covered_by_seeds_alone"][found["pairs"] == every[-1]].agg(["min", "max"]))
        rows.append([str(kind), *(_fixed(low, high) for low, high in ends)])
    return _table(rows)


def next_steps() -> str:
    """Return test accuracy, its interval and the learning rate on each rung of the study."""
    studies = _both_data_sets("next_steps")
    rows = [["rung", *(f"`{model}`, {data}" for data in ("MNIST", "Fashion-MNIST") for model in NAMES)]]
    for rung in studies[0]["custom"]:
        found = [study[model][rung] for study in studies for model in NAMES]
        means = [f"{_fixed(one['mean'])} ({_fixed(one['mean_low'], one['mean_high'])})" for one in found]
        rows.append([f"`{rung}`", *(f"{mean}, {one['lr']}" for mean, one in zip(means, found, strict=True))])
    return _table(rows)


def seeds() -> str:
    """Return the test accuracies that other seeds give."""
    rows = [["", "seeds", "mean", "standard deviation", "range", "published", "seeds below it, equal ones half"]]
    for model, found in _read("studies/results/seeds.json")["seeds"].items():
        spread = [_percent(found["mean"]), _fixed(100 * found["std"]), _percent(found["min"], found["max"])]
        below = f"{found['percentile']:.0f} %"
        rows.append([f"`{model}`", str(found["runs"]), *spread, _percent(found["published"]), below])
    return _table(rows)


def hashes() -> str:
    """Return the SHA-256 of initial and trained weights and the MD5 of the files."""
    locked = recorded_hashes(Path("dvc.lock").read_text(encoding="utf-8"))
    runs = pd.read_csv("studies/results/parity.csv", index_col="configuration")["weights_sha256"]
    rows = [["section", "numbers", "hash"]]
    for model in NAMES:
        arrays = initial_weights(getattr(load_params(), f"train_{model}"), pixels=784, classes=10).values()
        initial = hashlib.sha256(b"".join(array.astype("<f8").tobytes() for array in arrays)).hexdigest()
        rows.append([f"`train_{model}`", "initial weights, SHA-256", f"`{initial}`"])
        trained = " and ".join(f"`{digest}`" for digest in runs[[f"train_{model}"]].unique())
        rows.append(["", "trained weights, SHA-256, both engines", trained])
        rows.append(["", f"`models/{model}.safetensors`, MD5", f"`{locked[f'models/{model}.safetensors']}`"])
    return _table(rows, "---")


def cards() -> str:
    """Return how each model was trained, and how well it does."""
    rows = [["", "loss", "training", "initial weights", "training images", "validation images", "**test images**"]]
    for model in NAMES:
        p, scores = getattr(load_params(), f"train_{model}"), _read(f"metrics/train_{model}.json")[model]
        training = f"{p.optimizer}, learning rate {p.lr}, {p.epochs} epochs in batches of {p.batch_size}"
        own = [f"{p.loss}, reduced by `{p.loss_reduction}`", training, f"`{p.weight_init}`, seed {p.init_seed}"]
        own += [_percent(scores["train_accuracy"]), _percent(scores["val_accuracy"])]
        rows.append([f"`{model}`", *own, "{} ({})".format(*_test_accuracy(_read("metrics/evaluate.json")[model]))])
    return _table(zip(*rows, strict=True), "---")


def digits() -> str:
    """Return recall with its interval, precision and the most frequent mistake of both models for each digit."""
    kinds = "recall", "precision", "mistaken for"
    rows = [["digit", *(f"`{model}`: {kind}" for model in NAMES for kind in kinds)]]
    rows += [[str(digit)] for digit in range(10)]
    for model in NAMES:
        counts = pd.read_csv(f"plots/confusion_{model}.csv")["count"].to_numpy(copy=True).reshape(10, 10)
        for digit, own in enumerate(counts):
            right, images, given = int(own[digit]), int(own.sum()), int(counts[:, digit].sum())
            ends = binomtest(right, images).proportion_ci(0.95, method="wilson")
            own[digit] = 0
            recall = f"{_percent(right / images)} ({_percent(ends.low, ends.high)})"
            rows[digit + 1] += [recall, _percent(right / given), f"{own.argmax()}, {own.max()} of {images:,}"]
    return _table(rows)


def _read(path: str) -> Any:  # noqa: ANN401  # JSON
    return json.loads(Path(path).read_text(encoding="utf-8"))


def _both_data_sets(study: str) -> list[dict[str, Any]]:
    return [_read(f"studies/results/{name}.json")[study] for name in (study, f"{study}_fashion")]


def _test_accuracy(scores: dict[str, float]) -> tuple[str, str]:
    interval = _percent(scores["test_accuracy_low"], scores["test_accuracy_high"])
    return f"**{_percent(scores['test_accuracy'])}**", interval


def _table(rows: Iterable[Iterable[str]], align: str = "---:") -> str:
    """Return a table in Markdown, with the blank lines that it needs around it in a page."""
    head, *rest = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(["", head, f"| --- |{f' {align} |' * (head.count('|') - 2)}", *rest, "\n"])


def _fixed(*numbers: float) -> str:
    """Return a number, or the interval between two, with two decimals, halves away from zero and a real minus."""
    rounded = [Decimal(repr(float(number))).quantize(Decimal("0.01"), ROUND_HALF_UP) + 0 for number in numbers]
    return " \N{EN DASH} ".join(f"{number:.2f}".replace("-", "\N{MINUS SIGN}") for number in rounded)


def _percent(*shares: float) -> str:
    return f"{_fixed(*(float(Decimal(repr(float(share))) * 100) for share in shares))} %"
