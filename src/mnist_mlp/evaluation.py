"""Results on the test set: accuracies with intervals, and whether two models differ by more than chance."""

from itertools import product

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from mnist_mlp.core.arrays import Floats, Labels
from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.params import EvaluateParams
from mnist_mlp.models import PUBLISHED
from mnist_mlp.training.loop import accuracy, mean_squared_error

DIGITS = 6
"""Decimals in metrics files. The tables of ``dvc metrics`` would print longer numbers in full."""

Metrics = dict[str, dict[str, float]]


def evaluate(outputs: dict[str, Floats], labels: Labels, params: EvaluateParams, dataset: str) -> Metrics:
    """Return all metrics on the test set, nested by model, rounded.

    Args:
        outputs: (n, classes) of each model, by its name; those of the published comparison among them.
        labels: the true classes, (n,).
        params: level of confidence and the published accuracies.
        dataset: its name; the published accuracies are of ``mnist`` and are left out for any other.

    Raises:
        InputError: an output is not finite.
    """
    for model, scores in outputs.items():
        if not np.isfinite(scores).all():
            raise InputError(
                f"models/{model}.safetensors: expected finite outputs, got NaN or infinity; train again"
            )
    metrics = {model: model_metrics(scores, labels, params.confidence) for model, scores in outputs.items()}
    metrics["comparison"] = compare({model: outputs[model] for model in PUBLISHED}, labels)
    if dataset == "mnist":
        published = {model: float(getattr(params, f"published_{model}")) for model in PUBLISHED}
        metrics["published"] = published | {
            f"{model}_difference": _round(metrics[model]["test_accuracy"] - accuracy)
            for model, accuracy in published.items()
        }
    return metrics


def model_metrics(outputs: Floats, labels: Labels, confidence: float) -> dict[str, float]:
    """Return accuracy with its Wilson score interval (Wilson, JASA 22, 1927) and mean squared error."""
    right = int(np.sum(outputs.argmax(axis=1) == labels))
    interval = binomtest(right, len(labels)).proportion_ci(confidence, method="wilson")
    return {
        "test_accuracy": _round(accuracy(outputs, labels)),
        "test_accuracy_low": _round(interval.low),
        "test_accuracy_high": _round(interval.high),
        "test_loss": _round(mean_squared_error(outputs, labels)),
    }


def compare(pair: dict[str, Floats], labels: Labels) -> dict[str, float]:
    """Return the gap in accuracy (first model - second), McNemar's test of it, and the counts that it uses.

    ``pair`` has the outputs (n, classes) of two models by their names, ``labels`` the true classes (n,).
    """
    (first, second), outputs = pair, list(pair.values())
    first_right, second_right = (scores.argmax(axis=1) == labels for scores in outputs)
    first_only, second_only = int(np.sum(first_right & ~second_right)), int(np.sum(second_right & ~first_right))
    return {
        "gap": _round((first_only - second_only) / len(labels)),
        "mcnemar_p": mcnemar(first_only, second_only),
        f"only_{first}_right": first_only,
        f"only_{second}_right": second_only,
    }


def mcnemar(first_only: int, second_only: int) -> float:
    """Return the p-value of McNemar's exact test (McNemar, Psychometrika 12, 1947), to three digits.

    Both models see the same images, so they differ only on those that exactly one of them gets right. If the
    models were equally good, each such image would go to either side with probability 1/2; p is then the
    probability of a split at least as uneven as this one.
    """
    differ = first_only + second_only
    p = binomtest(first_only, differ, 0.5).pvalue if differ else 1.0
    return float(f"{p:.3g}")  # far below any fixed number of decimals


def confusion_counts(outputs: Floats, labels: Labels, classes: tuple[str, ...]) -> pd.DataFrame:
    """Return one row for each pair of classes: ``actual``, ``predicted`` and ``count``, zeros included."""
    cells = np.bincount(labels.astype(int) * len(classes) + outputs.argmax(axis=1), minlength=len(classes) ** 2)
    actual, predicted = zip(*product(classes, repeat=2), strict=True)
    return pd.DataFrame({"actual": actual, "predicted": predicted, "count": cells})


def summary(metrics: Metrics, params: EvaluateParams) -> str:
    """Return the table that the stage prints: published, reproduced, interval, difference, in per cent."""
    published, comparison = metrics.get("published", {}), metrics["comparison"]
    rows = {
        model: {
            "published": f"{published[model]:.2%}" if model in published else "-",
            "reproduced": f"{scores['test_accuracy']:.2%}",
            f"{100 * params.confidence:g}% interval": (
                f"{scores['test_accuracy_low']:.2%} - {scores['test_accuracy_high']:.2%}"
            ),
            "difference": f"{100 * published[f'{model}_difference']:+.2f}" if model in published else "-",
        }
        for model, scores in metrics.items()
        if model not in {"published", "comparison"}
    }
    table = pd.DataFrame.from_dict(rows, orient="index").to_string()
    first, second = PUBLISHED
    return (
        f"{table}\n"
        f"gap {100 * comparison['gap']:+.2f} points; right: only {first} {comparison[f'only_{first}_right']}, "
        f"only {second} {comparison[f'only_{second}_right']}; McNemar p = {comparison['mcnemar_p']:.3g}"
        + ("" if published else "\nThis is not MNIST: the published figures do not apply.")
    )


def _round(value: float) -> float:
    return round(float(value), DIGITS)
