"""The command and its answer: one text, in Markdown, for the terminal, report.md and the page; and a picture."""

import base64
import html
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from markdown_it import MarkdownIt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mnist_mlp.core.files import save_csv, save_json, save_text
from mnist_mlp.figures import save_figure
from tools.compare.runs import Match, find_matches, train_pairs
from tools.compare.sides import read_side
from tools.compare.statistics import MOST_PAIRS, POWER, Answer, SideScores, answers, fewest_pairs
from tools.preflight import preflight

STYLE = Path(__file__).parents[1] / "style.css"
PICTURE = "pairs.png"
COLOUR = "#d55e00"
IMAGES = {"val": "validation images", "test": "test images"}
TEST_IMAGES = """\
> Decided on the test images. A choice made by them makes their accuracy too good: report it on other images, or
> decide on the validation images (leave `--on` out).
"""
HOW_TO_READ = """\
- **Seed pair**: both sides are trained with the same seed for initial weights and order. What this seed does to
  both cancels out in their difference.
- **95 % interval**: the differences that agree with these pairs. It is somewhat too narrow with fewer than 20
  pairs, so a verdict needs the p-value as well.
- **p-value**: how often a mean difference at least as large would come up if A and B were the same; the limit is
  0.05. It is the larger one of two tests: sign flips, and bootstrap-t, which allows for skewed differences.
- **Power**: how often a difference of that size would be detected if it were there.
"""
PAGE = """\
<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<!-- the page loads nothing -->
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; {policy}">
<title>{title}</title>
<style>{style}</style>
<main>{words}{plots}</main>
</html>
"""


def compare(a: str, others: list[str], seeds: int, on: str, effect: float, out: Path) -> None:
    """Compare A with each of the others, over a number of seeds; print the answer, and write it to a folder."""
    preflight()
    labels = ["B"] if len(others) == 1 else [f"B{number}" for number in range(1, len(others) + 1)]
    base = read_side("A", a)
    sides = [read_side(label, text, base) for label, text in zip(labels, others, strict=True)]
    matches = find_matches(base, sides)
    table = train_pairs(matches, range(seeds), on)
    results = dict(zip(matches, answers(table, effect, [match.title for match in matches]), strict=True))
    text = report(results, on)
    save_csv(out / "pairs.csv", table.assign(match=[matches[number].name for number in table["match"]]))
    save_json(out / "answers.json", _numbers(results))
    save_figure(out / PICTURE, draw(table, results), dpi=110)
    save_text(out / "report.md", text)
    picture = base64.b64encode((out / PICTURE).read_bytes()).decode("ascii")
    whole = page(text, "img-src data:").replace(f'src="{PICTURE}"', f'src="data:image/png;base64,{picture}"')
    save_text(out / "index.html", whole)
    print(f"{text}\nWith the picture: {out / 'index.html'}")


def verdict(answer: Answer, b: str = "B", a: str = "A") -> str:
    """Return the answer in a sentence or, if a side diverged, a few; ``a``, ``b``: what the sides are called."""
    text = _divergence(answer.a, a, answer.seeds) + _divergence(answer.b, b, answer.seeds)
    pairs, fewest = answer.pairs, fewest_pairs(answer.comparisons)
    ahead, behind, sign = (a, b, -1) if answer.ahead == "A" else (b, a, 1)
    if pairs == 0:
        return f"{text}There is no pair of seeds with which both sides ended, so nothing can be compared."
    if pairs < fewest:
        several = f" in {answer.comparisons} comparisons at a time" if answer.comparisons > 1 else ""
        return (
            f"{text}{pairs} seed pairs are too few for a verdict{several}: with fewer than {fewest}, chance alone "
            f"lets one side win them all too often. So far, {b} differs from {a} by {answer.mean:+.2f} points."
        )
    if answer.better:
        low, high = sorted((sign * answer.low, sign * answer.high))
        wins = answer.wins if answer.ahead == "B" else answer.losses
        return (
            f"{text}{ahead} is better than {behind} by {sign * answer.mean:.2f} points (95 % interval {low:.2f} "
            f"to {high:.2f}, {pairs} seed pairs); {ahead} wins in {wins} of {answer.seeds}."
        )
    if answer.ahead:
        return (
            f"{text}Over the other {pairs} pairs, {ahead} is ahead by {sign * answer.mean:.2f} points; as it "
            "diverged more often, it is not called better."
        )
    if answer.low == answer.high == 0:
        return f"{text}{a} and {b} are equal in all {pairs} seed pairs, to the last image."
    return f"{text}No significant difference with {pairs} pairs; {_more_pairs(answer)}."


def _divergence(side: SideScores, name: str, seeds: int) -> str:
    if not side.diverged:
        return ""
    return f"{name} diverged with {len(side.diverged)} of {seeds} seeds ({', '.join(map(str, side.diverged))}). "


def _more_pairs(answer: Answer) -> str:
    effect, power = f"a difference of {answer.effect:g} points", f"{POWER:.0%} power".replace("%", " %")
    if answer.needed <= answer.pairs:
        return f"{effect} would have been detected with {power}"
    if answer.needed >= MOST_PAIRS:
        return f"to detect {effect}, a million pairs are not enough"
    return f"to detect {effect} with {power}, about {answer.needed} pairs are needed"


def facts_table(results: dict[str, Answer]) -> str:
    """Return the figures behind several verdicts as a Markdown table, a column for each."""
    columns = {}
    for title, answer in results.items():
        adjusted = f" (Holm's correction for {answer.comparisons} comparisons)" if answer.comparisons > 1 else ""
        columns[title] = {
            "A": f"{answer.a.mean:.2f} %, standard deviation {answer.a.spread:.2f}",
            "B": f"{answer.b.mean:.2f} %, standard deviation {answer.b.spread:.2f}",
            "B - A, mean of the pairs": f"{answer.mean:+.2f} points",
            "its 95 % interval (BCa bootstrap)": f"{answer.low:+.2f} to {answer.high:+.2f}",
            "p-value (sign-flip and bootstrap-t test)": f"{answer.p:.2g}{adjusted}",
            "pairs that B wins, A wins": f"{answer.wins}, {answer.losses} of {answer.seeds}",
            f"pairs needed for {answer.effect:g} points (power {POWER})": f"{answer.needed:,}",
        }
    return pd.DataFrame(columns).to_markdown(disable_numparse=True)


def code(text: str) -> str:
    """Return any text as code in one cell: names of branches and parameters come from other people."""
    return "`" + text.replace("`", "'").replace("|", "\\|").replace("\n", " ") + "`"


def report(results: dict[Match, Answer], on: str) -> str:
    """Return the report in Markdown: verdicts, what was compared, the picture, the figures, how to read them."""
    sides = {side.label: side.name for match in results for side in (match.a, match.b)}
    seeds = next(iter(results.values())).seeds
    return "\n".join([
        "# Is B better than A?\n",
        *(f"**{match.title}: {verdict(answer, match.b.label)}**\n" for match, answer in results.items()),
        *([TEST_IMAGES] if on == "test" else []),
        *(f"- {label}: {code(name)}" for label, name in sides.items()),
        f"- Both sides were trained with the same {seeds} seeds, 0 to {seeds - 1}, for initial weights and order; "
        f"accuracies are of the {IMAGES[on]}.\n",
        f"![Accuracies of A and B with each seed, and their differences]({PICTURE})\n",
        f"## Figures\n\n{facts_table({match.name: answer for match, answer in results.items()})}\n",
        f"## How to read them\n\n{HOW_TO_READ}",
    ])  # fmt: skip


def page(text: str, policy: str, plots: str = "") -> str:
    """Return a report in Markdown as a page; ``policy`` allows what it and its plots need."""
    words = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    title, style = text.partition("\n")[0].strip("# "), STYLE.read_text(encoding="utf-8")
    return PAGE.format(title=html.escape(title), policy=policy, style=style, words=words, plots=plots)


def _numbers(results: dict[Match, Answer]) -> Any:  # noqa: ANN401  # JSON
    """Return each comparison and its answer for a JSON file; what is unknown is null."""
    rows = [
        {"a": match.a.name, "b": match.b.name, "models": match.models, "better": answer.better,
         "verdict": verdict(answer, match.b.label), "answer": asdict(answer)}
        for match, answer in results.items()
    ]  # fmt: skip
    return json.loads(json.dumps(rows), parse_constant=lambda _: None)


def draw(table: pd.DataFrame, results: dict[Match, Answer]) -> Figure:
    """Draw a row for each comparison: accuracies of both sides, and their differences with mean and interval."""
    figure = Figure(figsize=(9, 3.2 * len(results)), layout="constrained")
    rows = zip(figure.subplots(len(results), 2, squeeze=False), results.items(), strict=True)
    for number, ((left, right), (match, answer)) in enumerate(rows):
        pairs = table[table["match"] == number]
        scores = pairs[["a", "b"]]
        left.plot(["A", "B"], scores.to_numpy().T, "o-", color="grey", linewidth=0.8, alpha=0.6)
        left.plot(["A", "B"], scores.mean(), "_", color=COLOUR, markersize=40, markeredgewidth=2)
        left.set_ylabel("accuracy (per cent)")
        left.margins(x=0.4)
        left.set_title(f"{match.name}: each line is one seed, bars are means", fontsize=10)
        _draw_differences(right, pairs["difference"].dropna().sort_values(), answer)
    return figure


def _draw_differences(axes: Axes, values: "pd.Series[float]", answer: Answer) -> None:
    heights = values.groupby(values).cumcount() + 1  # equal differences are stacked
    axes.axvline(0, color="grey", linestyle="--", label="no difference")
    axes.plot(values, heights, "o", color="grey", alpha=0.7, label="seed pair")
    if np.isfinite(answer.low):
        axes.plot([answer.low, answer.high], [0, 0], "-|", color=COLOUR, linewidth=2, markersize=10)
        axes.plot(answer.mean, 0, "D", color=COLOUR, label="mean and 95 % interval")
    axes.set(yticks=[], ylim=(-0.8, max([2, *heights]) + 0.5), xlabel="B - A (points), right: B better")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3, fontsize=8, frameon=False)
