"""The figures of docs/reproduction.md: the published claims against the metrics and the studies."""

from pathlib import Path
from typing import Any

import pandas as pd

from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.params import load_params
from tools.documents.cards import rows_of_each_part
from tools.documents.filling import fill, read_json

RESULTS = Path("studies/results")


def reproduction_report() -> str:
    """Return docs/reproduction.md.

    Raises:
        InputError: the results are not those of MNIST, of which the notebook published figures.
    """
    params = load_params()
    measured = read_json("metrics/evaluate.json", "dvc repro")
    if "published" not in measured:
        raise InputError(
            "metrics/evaluate.json: expected results on MNIST, with the published figures beside them, got those "
            f"of {params.fetch_mnist.dataset}; set fetch_mnist.dataset to mnist and run `dvc repro`"
        )
    figures: dict[str, Any] = {name: study(name)[name] for name in ("gap", "next_steps", "seeds")}
    figures |= {
        "gap_fashion": study("gap_fashion")["gap"],
        "params": params,
        "measured": measured,
        "rows": rows_of_each_part(params),
        "runs": {name: len(pd.read_csv(RESULTS / f"{name}.csv")) for name in ("gap", "seeds", "next_steps")},
        "pairs": equal_pairs(pd.read_csv(RESULTS / "gap.csv")),
        "same_bits": same_bits(pd.read_csv(RESULTS / "parity.csv")),
    }
    return fill("reproduction.md", figures)


def study(name: str) -> dict[str, Any]:
    """Return the results of a study."""
    return read_json(str(RESULTS / f"{name}.json"), "dvc repro studies/dvc.yaml")


def equal_pairs(runs: pd.DataFrame) -> tuple[int, int]:
    """Return how many pairs of runs, equal but for the engine, have the same accuracy, and how many there are."""
    pairs = runs.pivot_table("test_accuracy", ["weight_init", "loss_reduction", "init_seed"], "engine")
    return int((pairs["custom"] == pairs["torch"]).sum()), len(pairs)


def same_bits(runs: pd.DataFrame) -> bool:
    """Return whether both engines ended in the same weights, with each configuration."""
    ends = runs.drop_duplicates(["configuration", "weights_sha256"])
    return not ends["configuration"].duplicated().any()
