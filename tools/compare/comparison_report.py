"""The whole answer as Markdown, as one HTML page, as text for the terminal, and as numbers."""

import base64
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from matplotlib.figure import Figure

from tools.compare.answers import Answer
from tools.compare.matches import Match
from tools.compare.pairs_figure import darkened, svg
from tools.compare.sentences import EXPLAINED, facts, facts_table, verdict
from tools.report.text import code

TEMPLATE = Path(__file__).with_name("page.html")
STYLE = Path(__file__).parents[1] / "style.css"
IMAGES = {"val": "validation images", "test": "test images"}
PEEKED = (
    "Decided on the test images. A choice made by them makes their accuracy too good: report it on other images, "
    "or decide on the validation images (leave ON out)."
)


def labels(matches: list[Match]) -> list[str]:
    """Return what each B is called: B or, if there are several, B1, B2, ... in the order of the user."""
    names = list(dict.fromkeys(match.b.name for match in matches))
    return ["B" if len(names) == 1 else f"B{names.index(match.b.name) + 1}" for match in matches]


def titles(matches: list[Match]) -> list[str]:
    """Return a short name for each comparison: its model, and its B if there are several."""
    return [
        match.title if label == "B" else f"{label}, {match.title}"
        for match, label in zip(matches, labels(matches), strict=True)
    ]


def verdicts(matches: list[Match], found: list[Answer]) -> list[str]:
    """Return one line for each comparison, the model first."""
    return [
        f"{match.title}: {verdict(answer, label)}"
        for match, answer, label in zip(matches, found, labels(matches), strict=True)
    ]


def setting(matches: list[Match], seeds: range, split: bool, measured: str) -> list[str]:
    """Return what A and each B are, and how they were compared."""
    names = dict(zip(labels(matches), (match.b.name for match in matches), strict=True))
    varied = "initial weights, the order of the images and the split" if split else "initial weights and order"
    return [
        *(f"{label}: {code(name)}" for label, name in {"A": matches[0].a.name, **names}.items()),
        f"Both sides were trained with the same {len(seeds)} seeds, {seeds[0]} to {seeds[-1]}, for {varied}; "
        f"accuracies are of the {IMAGES[measured]}.",
    ]


def markdown(matches: list[Match], found: list[Answer], asked: list[str], measured: str) -> str:
    """Return the report in Markdown: verdicts, what was compared, the figures, how to read them."""
    table = facts_table(dict(zip(titles(matches), found, strict=True)))
    return "\n".join(
        [
            "# Is B better than A?", "", *paragraphs([f"**{line}**" for line in verdicts(matches, found)]),
            *([f"> {PEEKED}", ""] if measured == "test" else []),
            *(f"- {line}" for line in asked), "", "## Figures", "",
            table, "", "## How to read them", "", EXPLAINED,
        ]
    )  # fmt: skip


def paragraphs(lines: list[str]) -> list[str]:
    """Return lines with an empty one after each."""
    return [part for line in lines for part in (line, "")]


def terminal(matches: list[Match], found: list[Answer], asked: list[str]) -> str:
    """Return the answer as plain text: verdicts first, then what was compared and the figures."""
    lines = [*verdicts(matches, found), "", *(line.replace("`", "") for line in asked)]
    for title, answer in zip(titles(matches), found, strict=True):
        values = facts(answer)
        width = max(map(len, values))
        lines += ["", f"{title}:", *(f"  {name:<{width}}  {value}" for name, value in values.items())]
    return "\n".join(lines)


def page(text: str, figure: Figure) -> str:
    """Return the page: the text with the figure below its verdicts. It loads and runs nothing."""
    words = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    drawn = svg(figure)
    light, dark = address(drawn), address(darkened(drawn))
    picture = (
        f'<div class="scroll"><picture><source media="(prefers-color-scheme: dark)" srcset="{dark}">'
        f'<img alt="accuracies of A and B for each seed, and their differences" src="{light}"></picture></div>'
    )
    filled = TEMPLATE.read_text(encoding="utf-8").replace("{style}", STYLE.read_text(encoding="utf-8"))
    return filled.replace("{words}", words.replace("<h2>Figures</h2>", f"{picture}\n<h2>Figures</h2>", 1))


def address(content: bytes) -> str:
    """Return the bytes of an SVG as a data: URL."""
    return f"data:image/svg+xml;base64,{base64.b64encode(content).decode('ascii')}"


def numbers(matches: list[Match], found: list[Answer]) -> list[dict[str, Any]]:
    """Return every comparison and its answer for a JSON file; what is unknown is null."""
    return [
        {"a": match.a.name, "b": match.b.name, "models": list(match.models), "better": answer.better,
         "verdict": verdict(answer), "answer": known(asdict(answer))}
        for match, answer in zip(matches, found, strict=True)
    ]  # fmt: skip


def known(value: Any) -> Any:  # noqa: ANN401  # nested numbers
    """Return nested values with None for each that is not a number."""
    if isinstance(value, dict):
        return {key: known(one) for key, one in value.items()}
    return None if isinstance(value, float) and math.isnan(value) else value
