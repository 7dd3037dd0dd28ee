"""The part of docs/gap.md about Fashion-MNIST: both data sets beside each other, once the studies have run."""

from pathlib import Path
from typing import Any

from mnist_mlp.harness.errors import InputError
from tools.documents.filling import fill, read_json

PAGE = Path("docs/gap.md")
RESULTS = Path("studies/results")
BEGIN, END = "<!-- begin: `make documents` -->\n", "<!-- end: `make documents` -->\n"
FACTORS = {
    "loss_reduction": "reduction: summed over the outputs, not averaged",
    "weight_init": "weights: from N(0, 0.1²), not PyTorch's default",
    "engine": "engine: NumPy, not PyTorch",
}
WAITING = "\nThe studies have not run on Fashion-MNIST yet: `dvc repro studies/dvc.yaml` runs them.\n\n"


def gap_page() -> str:
    """Return docs/gap.md with the figures of both data sets in its marked part.

    Raises:
        InputError: the page lacks the marks.
    """
    text = PAGE.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise InputError(f"{PAGE}: expected the lines {BEGIN.strip()} and {END.strip()}, got not both of them")
    return before + begin + both_data_sets() + end + after


def both_data_sets() -> str:
    """Return tables and figures of both studies on both data sets, or that they have not run."""
    if not all((RESULTS / f"{study}_fashion.json").exists() for study in ("gap", "next_steps")):
        return WAITING
    figures: dict[str, Any] = {
        study: [read_json(str(RESULTS / f"{name}.json"), "dvc repro studies/dvc.yaml")[study] for name in names]
        for study, names in (("gap", ("gap", "gap_fashion")), ("next_steps", ("next_steps", "next_steps_fashion")))
    }
    return fill("fashion.md", figures | {"factors": FACTORS})
