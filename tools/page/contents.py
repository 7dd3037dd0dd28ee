"""What the page holds: networks, digits, images to train on, curves, and the bits to repeat.

Numbers are text that page/engine/codes.mjs reads.
"""

import re
from base64 import b64encode
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_mlp.core.arrays import Dataset, Floats, Labels, Pixels, Rows, noun
from mnist_mlp.exact import WEIGHTS
from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.params import Params
from mnist_mlp.training.initialization import initial_weights
from tools.page.trainings import COLUMNS, KEPT, Network, flat, proof

DIGITS = 200
HARD = 30, 15, 15
"""Of the 200: digits that only the first, only the second, and neither published model gets right."""
TRAINING = 2000
MOST_INK = {"mnist": 0.4, "fashion": 1.0}
"""Share of dark pixels above which no answer is sure. No test image of MNIST has more than 0.35."""
NEEDED: dict[str, object] = {
    "activation": "sigmoid", "output_activation": "sigmoid", "loss": "mse", "optimizer": "sgd", "momentum": 0,
    "weight_decay": 0, "dtype": "exact", "hidden_sizes": (50,), "epochs": 50,
}  # fmt: skip
"""What the page's own network can do, and its words say."""
STEPS = 127  # a rounded change is a whole number from -127 to 127 times its array's scale


def check_params(params: Params) -> None:
    """Refuse what the page cannot show: other images, or another kind of network."""
    _require("fetch_mnist.dataset", params.fetch_mnist.dataset, *MOST_INK)
    for name, section in (("train_custom", params.train_custom), ("train_torch", params.train_torch)):
        for key, value in NEEDED.items():
            _require(f"{name}.{key}", getattr(section, key), value)


def _require(key: str, got: object, *allowed: object) -> None:
    if got not in allowed:
        expected = " or ".join(map(str, allowed))
        raise InputError(
            f"params.yaml: {key}: expected {expected} for the page, got {got}; change it, then run `make repro`"
        )


def contents(networks: list[Network], splits: dict[str, Dataset]) -> dict[str, Any]:
    """Return all data of the page."""
    train, last = splits["train"], networks[-1].params
    classes = train.classes
    few = train.take(slice(TRAINING))
    return {
        "shape": {"pixels": train.pixels, "hidden": last.hidden_sizes[0], "classes": len(classes)},
        "classes": list(classes),
        "mostInk": MOST_INK["mnist" if noun(classes) == "digit" else "fashion"],
        "bits": WEIGHTS,
        "kept": [*KEPT, last.epochs],
        "lr": last.lr,
        "models": [_network_data(network, splits) for network in networks],
        "digits": _digits_data(networks, splits["test"]),
        "training": dataset_data(few),
        "proof": proof(few, last),
    }


def _network_data(network: Network, splits: dict[str, Dataset]) -> dict[str, Any]:
    """Return a network: its exact last weights, rounded changes at the kept epochs, its start and its curves."""
    params, train = network.params, splits["train"]
    start = initial_weights(params, train.pixels, len(train.classes))
    sizes = [array.size for array in start.values()]
    changes = [rounded_changes(flat(start), row, sizes) for row in network.kept[:-1]]
    return {
        "name": network.name,
        "engine": network.engine,
        "initial": params.weight_init,
        "initStd": params.init_std,
        "initSeed": params.init_seed,
        "reduction": params.loss_reduction,
        "testAccuracy": float(np.mean(network.answers == splits["test"].labels)),
        "final": base64(numerators(network.kept[-1])),
        "changes": [{"numbers": base64(content), "scales": scales} for content, scales in changes],
        "curves": dict(zip(COLUMNS, network.curves.T.tolist(), strict=True)),
    }


def dataset_data(dataset: Dataset) -> dict[str, Any]:
    """Return images and labels as text."""
    return {"images": base64(with_runs(dataset.images)), "labels": base64(dataset.labels.tobytes())}


def _digits_data(networks: list[Network], test: Dataset) -> dict[str, Any]:
    """Return the 200 digits, with their rows in the test set, and how many of them are there for which reason."""
    custom, torch = (network.answers for network in networks[:2])
    hard, others = choose_rows(test.labels, custom == test.labels, torch == test.labels)
    rows = np.sort(np.concatenate([*hard, others]))
    groups = dict(zip(("onlyFirst", "onlySecond", "none", "others"), map(len, [*hard, others]), strict=True))
    groups |= {"hard": sum(map(len, hard)), "disagree": int(np.sum(custom[rows] != torch[rows]))}
    return {**dataset_data(test.take(rows)), "rows": rows.tolist(), "groups": groups}


def choose_rows(labels: Labels, left: NDArray[np.bool_], right: NDArray[np.bool_]) -> tuple[list[Rows], Rows]:
    """Return 200 row numbers: the first that only the left, only the right, no model gets right; and others.

    The others are the first of each digit that both get right, as many of each, and the first ones of those left.
    """
    kinds = left & ~right, right & ~left, ~left & ~right
    hard: list[Rows] = [np.flatnonzero(kind)[:most] for kind, most in zip(kinds, HARD, strict=True)]
    wanted = DIGITS - sum(map(len, hard))
    both = np.flatnonzero(left & right)
    classes = np.unique(labels)
    each = np.concatenate([both[labels[both] == label][: wanted // len(classes)] for label in classes])
    more = np.setdiff1d(both, each)[: wanted - len(each)]
    return hard, np.concatenate([each, more])


def base64(content: bytes) -> str:
    """Return bytes as base64."""
    return b64encode(content).decode("ascii")


def with_runs(pixels: Pixels) -> bytes:
    """Return bytes in which each run of up to 255 zeros is a 0 and its length. Most of a digit is paper."""
    return re.sub(rb"\0{1,255}", lambda run: bytes([0, len(run[0])]), pixels.tobytes())


def numerators(weights: Floats) -> bytes:
    """Return weights on the grid 2^-24 as little-endian int32: no rounding."""
    whole = weights * 2.0**WEIGHTS
    if not np.array_equal(whole, np.rint(whole)) or np.abs(whole).max() >= 2**31:
        raise ValueError("expected multiples of 2^-24 below 128")
    return whole.astype("<i4").tobytes()


def rounded_changes(start: Floats, end: Floats, sizes: list[int]) -> tuple[bytes, list[float]]:
    """Return the change of each parameter in one byte, and a scale for each array of ``sizes`` parameters.

    The rounding is at most half a scale, 1/254 of the largest change in the array.
    """
    content, scales = b"", []
    for change in np.split(end - start, np.cumsum(sizes)[:-1]):
        scale = float(np.abs(change).max()) / STEPS or 1.0
        content += np.rint(change / scale).astype(np.int8).tobytes()
        scales.append(scale)
    return content, scales
