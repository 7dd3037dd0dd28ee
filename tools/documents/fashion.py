"""The part of docs/gap.md about Fashion-MNIST: the studies' results on both data sets beside each other."""

from pathlib import Path
from typing import Any

from mnist_mlp.harness.errors import InputError
from tools.documents.filling import fill
from tools.documents.findings import study

PAGE = Path("docs/gap.md")
BEGIN, END = "<!-- begin: `make documents` -->\n", "<!-- end: `make documents` -->\n"
FACTORS = {
    "loss_reduction": "reduction: summed over the outputs, not averaged",
    "weight_init": "weights: from N(0, 0.1²), not PyTorch's default",
    "engine": "engine: NumPy, not PyTorch",
}


def gap_page() -> str:
    """Return docs/gap.md with the figures of both data sets in its marked part.

    Raises:
        InputError: the page lacks the marks, or a study has not run.
    """
    text = PAGE.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise InputError(f"{PAGE}: expected the lines {BEGIN.strip()} and {END.strip()}, got not both of them")
    return before + begin + both_data_sets() + end + after


def both_data_sets() -> str:
    """Return tables and figures of both studies on both data sets."""
    figures: dict[str, Any] = {
        name: [study(name)[name], study(f"{name}_fashion")[name]] for name in ("gap", "next_steps")
    }
    return fill("fashion.md", figures | {"factors": FACTORS})
