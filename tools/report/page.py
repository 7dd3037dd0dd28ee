"""The report as one HTML file: text and tables, the test images that changed sides, and DVC's own plots."""

import io
from pathlib import Path

from markdown_it import MarkdownIt
from matplotlib.figure import Figure

from mnist_mlp.figures import disagreements
from mnist_mlp.models import NAMES
from tools.report.plots import SHORT, data_address, plots, vega
from tools.report.predictions import Predictions
from tools.revisions import Base

TEMPLATE = Path(__file__).with_name("page.html")
STYLE = Path(__file__).parents[1] / "style.css"
SHOWN = 10
"""At most this many images are shown as newly right, and as newly wrong."""
DPI = 100


def page(text: str, base: Base, old: Predictions | None, new: Predictions | None) -> str:
    """Return the page. It loads nothing: scripts, plots and pictures are embedded.

    Args:
        text: the report in Markdown, which ends with the classes that changed sides.
        base: the revision that the workspace is compared with.
        old: the base's predictions.
        new: the workspace's, on the same test images. If either is None, the changed images are left out.
    """
    words = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    pictures = "\n".join(changed_images(model, base, old, new) for model in NAMES) if old and new else ""
    filled = TEMPLATE.read_text(encoding="utf-8")
    for place, content in (
        ("{style}", STYLE.read_text(encoding="utf-8")), ("{vega}", vega()), ("{words}", words),
        ("{pictures}", pictures), ("{plots}", plots(base)),
    ):  # fmt: skip
        filled = filled.replace(place, content)
    return filled


def changed_images(model: str, base: Base, old: Predictions, new: Predictions) -> str:
    """Return a picture of the test images that only one of the two revisions of a model gets right."""
    if (old.outputs[model].argmax(axis=1) == new.outputs[model].argmax(axis=1)).all():
        return f"<h3>{model}</h3><p>None of its predictions changed.</p>"
    sides = {"the workspace": new.outputs[model], base.commit[:SHORT]: old.outputs[model]}
    picture = png(disagreements(sides, new.test, SHOWN))
    alt = f"test images that the {model} model gets right either before or after the change, but not both"
    return f'<h3>{model}</h3><div class="scroll"><img alt="{alt}" src="{picture}"></div>'


def png(figure: Figure) -> str:
    """Return a figure as a data: URL."""
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=DPI, metadata={"Software": None})
    return data_address(content.getvalue())
