"""DVC's plots of both revisions for the page: curves overlaid, pictures side by side."""

import base64
import html
import json
import re
import tempfile
from pathlib import Path
from typing import Any

import vl_convert

from tools.revisions import Base, dvc

SHORT = 7
"""Characters of a commit's hash that fit into legends and captions."""
VEGA_LITE = "6.4"
EMBED = """
window.vegaEmbed = (element, spec) =>
  // DVC's templates name the schema of version 5; this is version 6
  vegaEmbed(element, { ...spec, $schema: undefined, background: "transparent" }, {
    mode: "vega-lite", renderer: "svg",
    theme: matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : undefined,
  });
"""
"""JavaScript that the page calls to draw a plot."""
REPEATED = {"plots/confusion.png"}
"""Pictures of what another plot shows: the matrices of plots/confusion_*.csv."""
LEGEND = {"symbolType": "stroke", "symbolSize": 1600, "symbolStrokeWidth": 2, "symbolStrokeColor": "grey"}
"""Of solid and dashed lines: DVC's template draws them so short that both look solid."""
DASHES = [[1, 0], [6, 4]]
NO_PLOTS = "<p>Neither the base nor the workspace has plots.</p>"

Plot = dict[str, Any]


def vega() -> str:
    """Return Vega, Vega-Lite and Vega-Embed as one script whose only global name is ``vegaEmbed``."""
    script: str = vl_convert.javascript_bundle(EMBED, vl_version=VEGA_LITE)
    return f"(() => {{{script}}})();".replace("</script", r"<\/script")


def plots(base: Base) -> str:
    """Return the plots of the base and of the workspace as HTML."""
    with tempfile.TemporaryDirectory() as folder:
        found = json.loads(dvc("plots", "diff", base.commit[:SHORT], "--json", "--out", folder))["data"]
        shown = [(name, drawn) for name, drawn in found.items() if name not in REPEATED and drawn]
        curves = [curve(name, one) for name, drawn in shown for one in drawn if one["type"] == "vega"]
        images = [(name, drawn) for name, drawn in shown if drawn[0]["type"] == "image"]
        pictures = [side_by_side(name, drawn) for name, drawn in images]
    if not curves and not pictures:
        return NO_PLOTS
    return "\n".join(['<div class="plots">', *curves, "</div>", *pictures])


def curve(name: str, plot: Plot) -> str:
    """Return a place for one interactive plot, and the script that draws it there."""
    place = re.sub(r"\W", "_", name)
    spec = json.dumps(told_apart(plot["content"])).replace("<", r"\u003c")
    return f"<div id=\"{place}\"></div><script>vegaEmbed('#{place}', {spec});</script>"


def told_apart(spec: dict[str, Any]) -> dict[str, Any]:
    """Return a plot whose legend tells solid lines from dashed ones."""
    dash = spec.get("encoding", {}).get("strokeDash")
    if not dash:
        return spec
    scale = dash["scale"] | {"range": DASHES[: len(dash["scale"]["domain"])]}
    return spec | {"encoding": spec["encoding"] | {"strokeDash": dash | {"scale": scale, "legend": LEGEND}}}


def side_by_side(name: str, drawn: list[Plot]) -> str:
    """Return a picture of the base and the workspace beside each other, or, without room, below."""
    both = sorted(drawn, key=lambda one: one["revisions"] == ["workspace"])
    figures = [
        f"<figure><figcaption>{html.escape(one['revisions'][0])}</figcaption>"
        f'<img alt="{html.escape(name)}" src="{inline(Path(one["url"]))}"></figure>'
        for one in both
    ]
    return f'<h3>{html.escape(name)}</h3>\n<div class="pair">{"".join(figures)}</div>'


def inline(file: Path) -> str:
    """Return a PNG file as a data: URL."""
    return data_address(file.read_bytes())


def data_address(content: bytes) -> str:
    """Return the bytes of a PNG as a data: URL."""
    return f"data:image/png;base64,{base64.b64encode(content).decode('ascii')}"
