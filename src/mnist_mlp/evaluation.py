"""What the test set says: accuracies with intervals, and whether two models really differ on it."""

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from mnist_mlp.arrays import CLASSES, Floats, Labels
from mnist_mlp.errors import InputError
from mnist_mlp.params import EvaluateParams
from mnist_mlp.scores import accuracy, mean_squared_error

DIGITS = 6
"""Decimals in metrics files. Longer ones are printed in full by every ``dvc metrics`` table."""

Metrics = dict[str, dict[str, float]]


def evaluate(custom: Floats, torch: Floats, labels: Labels, params: EvaluateParams, dataset: str) -> Metrics:
    """Return all metrics of both models on the test set, nested by model, rounded.

    Args:
        custom: outputs of the from-scratch network, (n, classes).
        torch: outputs of the PyTorch network, (n, classes).
        labels: the true digits, (n,).
        params: level of confidence and the published accuracies.
        dataset: its name; the published accuracies are of ``mnist`` and stay out for any other.

    Raises:
        InputError: an output is not finite.
    """
    for model, outputs in (("custom", custom), ("torch", torch)):
        if not np.isfinite(outputs).all():
            raise InputError(
                f"models/{model}.safetensors: expected finite outputs, got NaN or infinity; train again"
            )
    metrics = {
        "custom": model_metrics(custom, labels, params.confidence),
        "torch": model_metrics(torch, labels, params.confidence),
        "comparison": compare(custom, torch, labels),
    }
    if dataset == "mnist":
        metrics["published"] = {
            "custom": params.published_custom,
            "torch": params.published_torch,
            "custom_difference": _round(metrics["custom"]["test_accuracy"] - params.published_custom),
            "torch_difference": _round(metrics["torch"]["test_accuracy"] - params.published_torch),
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


def compare(custom: Floats, torch: Floats, labels: Labels) -> dict[str, float]:
    """Return the gap (custom - torch, in accuracy) and the exact McNemar test of it.

    Both models see the same images, so only those that exactly one of them gets right tell them apart. Were
    the models equally good, each such image would fall to either side like a fair coin (McNemar,
    Psychometrika 12, 1947): ``mcnemar_p`` is the chance of a split at least as uneven as this one.
    """
    custom_right = custom.argmax(axis=1) == labels
    torch_right = torch.argmax(axis=1) == labels
    only_custom = int(np.sum(custom_right & ~torch_right))
    only_torch = int(np.sum(torch_right & ~custom_right))
    differ = only_custom + only_torch
    p = binomtest(only_custom, differ, 0.5).pvalue if differ else 1.0
    return {
        "gap": _round((only_custom - only_torch) / len(labels)),
        "mcnemar_p": float(f"{p:.3g}"),  # far below any fixed number of decimals
        "only_custom_right": only_custom,
        "only_torch_right": only_torch,
    }


def confusion_counts(outputs: Floats, labels: Labels) -> pd.DataFrame:
    """Return one row for each pair of digits: ``actual``, ``predicted`` and ``count``, zeros included."""
    cells = np.bincount(labels.astype(int) * CLASSES + outputs.argmax(axis=1), minlength=CLASSES**2)
    actual, predicted = np.divmod(np.arange(CLASSES**2), CLASSES)
    return pd.DataFrame({"actual": actual, "predicted": predicted, "count": cells})


def summary(metrics: Metrics, params: EvaluateParams) -> str:
    """Return the table that a reader wants first: published, reproduced, interval, difference, in per cent."""
    columns = "published", "reproduced", f"{100 * params.confidence:g}% interval", "difference"
    lines = ["{:<8}{:>11}{:>12}{:>19}{:>12}".format("model", *columns)]
    published = metrics.get("published", {})
    for model in ("custom", "torch"):
        scores = metrics[model]
        known = f"{published[model]:.2%}" if published else "-"
        difference = f"{100 * published[f'{model}_difference']:+.2f}" if published else "-"
        interval = f"{scores['test_accuracy_low']:.2%} - {scores['test_accuracy_high']:.2%}"
        lines.append(f"{model:<8}{known:>11}{scores['test_accuracy']:>12.2%}{interval:>19}{difference:>12}")
    comparison = metrics["comparison"]
    lines.append(
        f"gap {100 * comparison['gap']:+.2f} points; right: only custom {comparison['only_custom_right']}, "
        f"only torch {comparison['only_torch_right']}; McNemar p = {comparison['mcnemar_p']:.3g}"
    )
    if not published:
        lines.append("This is not MNIST: the published figures do not apply.")
    return "\n".join(lines)


def _round(value: float) -> float:
    return round(float(value), DIGITS)
