"""The report as one HTML file: text and tables, the test digits that changed sides, and DVC's own plots."""

import base64
import io
import re
import tempfile
from pathlib import Path

import vl_convert
from markdown_it import MarkdownIt
from matplotlib.figure import Figure

from mnist_mlp.figures import disagreements
from mnist_mlp.models import NAMES
from tools.report.predictions import Predictions
from tools.report.revisions import Base, dvc

TEMPLATE = Path(__file__).with_name("page.html")
SHOWN = 10
"""At most this many digits are shown as newly right, and as newly wrong."""
DPI = 100
SHORT = 7
"""Characters of a commit's hash that fit into legends and captions."""
VEGA_LITE = "6.4"
EMBED = """
window.vegaEmbed = (element, spec) =>
  // DVC's templates name the schema of version 5; this is version 6
  vegaEmbed(element, { ...spec, $schema: undefined }, { mode: "vega-lite", renderer: "svg" });
"""
"""JavaScript that DVC's pages call to draw a plot."""
NO_PLOTS = "<p>Neither the base nor the workspace has plots.</p>"


def page(text: str, base: Base, old: Predictions | None, new: Predictions | None) -> str:
    """Return the page. It loads nothing: scripts, plots and pictures are embedded.

    Args:
        text: the report in Markdown.
        base: the revision that the workspace is compared with.
        old: the base's predictions.
        new: the workspace's, on the same test images. If either is None, the changed digits are left out.
    """
    words = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    pictures = "\n".join(changed_digits(model, base, old, new) for model in NAMES) if old and new else ""
    filled = TEMPLATE.read_text(encoding="utf-8")
    for place, content in (("{vega}", vega()), ("{words}", words), ("{pictures}", pictures)):
        filled = filled.replace(place, content)
    return plots(filled, base)


def vega() -> str:
    """Return Vega, Vega-Lite and Vega-Embed as one script whose only global name is ``vegaEmbed``."""
    script: str = vl_convert.javascript_bundle(EMBED, vl_version=VEGA_LITE)
    return f"(() => {{{script}}})();".replace("</script", r"<\/script")


def plots(template: str, base: Base) -> str:
    """Return the template filled with DVC's plots, both revisions overlaid."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "template.html"
        file.write_text(template, encoding="utf-8")
        dvc("plots", "diff", base.commit[:SHORT], "--out", folder, "--html-template", str(file))
        made = Path(folder) / "index.html"
        drawn = made.read_text(encoding="utf-8") if made.exists() else template.replace("{plot_divs}", NO_PLOTS)
        return re.sub('src="(static/[^"]+)"', lambda found: f'src="{inline(Path(folder) / found[1])}"', drawn)


def changed_digits(model: str, base: Base, old: Predictions, new: Predictions) -> str:
    """Return a picture of the test digits that only one of the two revisions of a model gets right."""
    if (old.outputs[model].argmax(axis=1) == new.outputs[model].argmax(axis=1)).all():
        return f"<h3>{model}</h3><p>None of its predictions changed.</p>"
    sides = {"the workspace": new.outputs[model], base.commit[:SHORT]: old.outputs[model]}
    picture = png(disagreements(sides, new.test, SHOWN))
    alt = f"test digits that the {model} model gets right either before or after the change, but not both"
    return f'<h3>{model}</h3><div class="scroll"><img alt="{alt}" src="{picture}"></div>'


def png(figure: Figure) -> str:
    """Return a figure as a data: URL."""
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=DPI, metadata={"Software": None})
    return data_address(content.getvalue())


def inline(file: Path) -> str:
    """Return a PNG file as a data: URL."""
    return data_address(file.read_bytes())


def data_address(content: bytes) -> str:
    """Return the bytes of a PNG as a data: URL."""
    return f"data:image/png;base64,{base64.b64encode(content).decode('ascii')}"
