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
from studies.crossed import ALPHA, FEWEST, MOST_PAIRS, POWER
from tools.compare.pairs import Answer, SideRuns, SideScores, answers
from tools.compare.questions import Asked, ask
from tools.compare.runs import Match, find_matches, train_pairs
from tools.compare.sides import read_side
from tools.preflight import preflight

STYLE = Path(__file__).parents[1] / "style.css"
PICTURE = "pairs.png"
COLOUR = "#d55e00"
MUCH = 1.5
"""From this ratio of the seconds of a training on, the verdict names it."""
LEAST = 0.005  # points, what two decimals can show
MANY = 10
"""Seeds that are named at most."""
IMAGES = {"val": "validation images", "test": "test images"}
TEST_IMAGES = """\
> Decided on the test images. A choice made by them makes their accuracy too good: report it on other images, or
> decide on the validation images (leave `--on` out).
"""
HOW_TO_READ = """\
- **Seed pair**: both sides are trained with the same seed for initial weights and order. What this seed does to
  both cancels out in their difference.
- **95 % interval**: in 95 of 100 such comparisons it holds the difference over many seeds: the first one on many
  images like these, the second one on these images.
- **p-value**: how often a mean difference at least as large would come up if A and B were the same,
  with other seeds and other images. It is below 0.05 if and only if the first interval excludes 0.
- **Power**: how often a difference of that size would be detected if it were there.
- **Seconds**: on this machine, busy or not.
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
    pairs, classes = train_pairs(matches, range(seeds), on)
    asked = ask(matches, seeds, on)
    found = answers(pairs, classes, effect, [one.questions for one in asked])
    results = dict(zip(matches, found, strict=True))
    table = pairs_table(matches, pairs)
    text = report(results, asked, on)
    save_csv(out / "pairs.csv", table)
    save_json(out / "answers.json", _numbers(results))
    save_figure(out / PICTURE, draw(table, results), dpi=110)
    save_text(out / "report.md", text)
    picture = base64.b64encode((out / PICTURE).read_bytes()).decode("ascii")
    whole = page(text, "img-src data:").replace(f'src="{PICTURE}"', f'src="data:image/png;base64,{picture}"')
    save_text(out / "index.html", whole)
    print(f"{text}\nWith the picture: {out / 'index.html'}")


def pairs_table(matches: list[Match], pairs: list[tuple[SideRuns, SideRuns]]) -> pd.DataFrame:
    """Return a row for each pair: the match, the seed, both accuracies and their difference, in points.

    Where a side diverged, its accuracy and the difference are missing.
    """
    parts = []
    for match, (a, b) in zip(matches, pairs, strict=True):
        scores = {"a": a.accuracies.round(4), "b": b.accuracies.round(4)}
        parts.append(pd.DataFrame({"match": match.name, "seed": range(len(a.ended))} | scores))
    table = pd.concat(parts, ignore_index=True)
    return table.assign(difference=(table["b"] - table["a"]).round(4))


def verdict(answer: Answer, b: str = "B", a: str = "A") -> str:
    """Return the answer in a few sentences, the verdict first; ``a``, ``b``: what the sides are called."""
    failures = "".join(_failures(side, name, answer.seeds) for side, name in ((answer.a, a), (answer.b, b)))
    if answer.fails:
        better, worse = (a, b) if answer.better == "A" else (b, a)
        return (
            f"{better} is better than {worse}, which diverges more often than by chance (Fisher's exact test, "
            f"p = {answer.failure_p:.2g}). {failures}"
        ).strip()
    return f"{_of_pairs(answer, a, b)} {failures}".strip()


def _of_pairs(answer: Answer, a: str, b: str) -> str:
    """Return the verdict on the pairs that ended on both sides."""
    pairs = f"{answer.pairs} seed pair{'s' * (answer.pairs != 1)}"
    if answer.pairs == 0:
        return "There is no seed with which both sides ended, so nothing can be compared."
    if answer.same:
        return f"{a} and {b} are right on the same images in {'all ' * (answer.pairs > 1)}{pairs}."
    if answer.pairs < FEWEST:
        return (
            f"{pairs} {'is' if answer.pairs == 1 else 'are'} too few for a verdict: with fewer than {FEWEST}, one "
            f"side wins them all too often by chance. So far, {b} differs from {a} by {answer.mean:+.2f} points."
        )
    if answer.ahead:
        return _lead(answer, *((a, b) if answer.ahead == "A" else (b, a)))
    interval = f"95 % interval of the difference {answer.low:+.2f} to {answer.high:+.2f} points"
    if answer.as_good:
        return f"{a} and {b} are equally good, within {answer.effect:g} points ({interval}, {pairs})."
    return f"No difference is shown with {pairs} ({interval}); {_more_pairs(answer)}."


def _lead(answer: Answer, ahead: str, behind: str) -> str:
    """Return by how much the side that is ahead leads, and what it costs."""
    sign = 1 if answer.ahead == "B" else -1
    lead = _points(sign * answer.mean)
    if not answer.better:
        return (
            f"Over the other {answer.pairs} pairs, {ahead} is ahead by {lead} points; as it diverged more often, "
            "it is not called better."
        )
    low, high = sorted((sign * answer.low, sign * answer.high))
    seeds_low, seeds_high = sorted((sign * answer.seeds_low, sign * answer.seeds_high))
    little = f", less than the {answer.effect:g} that matter" if answer.as_good else ""
    wins = answer.wins if answer.ahead == "B" else answer.losses
    return (
        f"{ahead} is better than {behind} by {lead} points (95 % interval {low:.2f} to {high:.2f} for other seeds "
        f"and other images like these; {seeds_low:.2f} to {seeds_high:.2f} for other seeds on these ones){little}"
        f"{_cost(answer, sign)}; it wins in {wins} of {answer.seeds} seed pairs."
    )


def _points(points: float) -> str:
    """Return a difference with two decimals, but never as 0.00."""
    return f"{points:.2f}" if points >= LEAST else f"{points:.1g}"


def _cost(answer: Answer, sign: int) -> str:
    """Return how much longer or shorter the better side trains, if it is much."""
    if not answer.a.seconds or not answer.b.seconds:  # too short to be measured
        return ""
    ratio = (answer.b.seconds / answer.a.seconds) ** sign
    if ratio >= MUCH:
        return f" and trains {ratio:.1f} times as long"
    return f" and trains in {ratio:.2f} of the time" if ratio <= 1 / MUCH else ""


def _failures(side: SideScores, name: str, seeds: int) -> str:
    """Return with which seeds a side diverged or collapsed."""
    text = ""
    if side.diverged:
        text += f"{name} diverged with {len(side.diverged)} of {seeds} seeds ({_few(side.diverged)}). "
    if side.collapsed:
        with_seeds = f"with {len(side.collapsed)} of {seeds} seeds ({_few(side.collapsed)})"
        text += f"{name} collapsed {with_seeds}: it gives every image the same class. "
    return text


def _few(seeds: list[int]) -> str:
    return ", ".join(map(str, seeds[:MANY])) + (", ..." if len(seeds) > MANY else "")


def _more_pairs(answer: Answer) -> str:
    effect, power = f"a difference of {answer.effect:g} points", f"{POWER:.0%} power".replace("%", " %")
    if answer.needed <= answer.pairs:
        return f"{effect} would have been detected with {power}"
    if answer.needed >= MOST_PAIRS:
        return f"{effect} is not to be detected with {answer.images:,} images, whatever the number of pairs"
    return f"to detect {effect} with {power}, {_needed(answer)} pairs are needed"


def _needed(answer: Answer) -> str:
    if answer.needed >= MOST_PAIRS:
        return "no number suffices"
    likely = f"{answer.needed_low:,} to {answer.needed_high:,}"
    return f"about {answer.needed:,} ({likely if answer.needed_high < MOST_PAIRS else 'or far more'})"


def facts_table(results: dict[str, Answer]) -> str:
    """Return the figures behind several verdicts as a Markdown table, a column for each."""
    columns = {}
    for title, answer in results.items():
        adjusted = f" (times {answer.questions}: Bonferroni)" if answer.questions > 1 else ""
        columns[title] = {
            "A": f"{answer.a.mean:.2f} %, standard deviation {answer.a.spread:.2f}",
            "B": f"{answer.b.mean:.2f} %, standard deviation {answer.b.spread:.2f}",
            "B - A, mean of the pairs": f"{answer.mean:+.2f} points",
            "95 % interval, other seeds and images": f"{answer.low:+.2f} to {answer.high:+.2f}",
            "95 % interval, other seeds on these images": f"{answer.seeds_low:+.2f} to {answer.seeds_high:+.2f}",
            "p-value of the first": f"{answer.p:.2g}{adjusted}",
            "pairs that B wins, A wins": f"{answer.wins}, {answer.losses} of {answer.seeds}",
            f"pairs needed for {answer.effect:g} points (power {POWER})": _needed(answer),
            "seconds of a training, A, B": f"{answer.a.seconds:.1f}, {answer.b.seconds:.1f}",
        }
    return pd.DataFrame(columns).to_markdown(disable_numparse=True)


def code(text: str) -> str:
    """Return any text as code in one cell: names of branches and parameters come from other people."""
    return "`" + text.replace("`", "'").replace("|", "\\|").replace("\n", " ") + "`"


def report(results: dict[Match, Answer], asked: list[Asked], on: str) -> str:
    """Return the report in Markdown: verdicts, what was compared, the picture, the figures, how to read them."""
    sides = {side.label: side.name for match in results for side in (match.a, match.b)}
    seeds = next(iter(results.values())).seeds
    return "\n".join([
        "# Is B better than A?\n",
        *(f"**{match.name}: {verdict(answer, match.b.label)}**\n" for match, answer in results.items()),
        *([TEST_IMAGES] if on == "test" else []),
        *(_again(match, number) for match, number in zip(results, asked, strict=True) if number.questions > 1),
        *(f"- {label}: {code(name)}" for label, name in sides.items()),
        f"- Both sides were trained with the same {seeds} seeds, 0 to {seeds - 1}, for initial weights and order; "
        f"accuracies are of the {IMAGES[on]}. Failures of fewer than {100 - 100 * ALPHA ** (1 / seeds):.0f} % of "
        "trainings may not have come up.\n",
        f"![Accuracies of A and B with each seed, and their differences]({PICTURE})\n",
        f"## Figures\n\n{facts_table({match.name: answer for match, answer in results.items()})}\n",
        f"## How to read them\n\n{HOW_TO_READ}",
    ])  # fmt: skip


def _again(match: Match, asked: Asked) -> str:
    """Return the warning that a question is not the first one."""
    return (
        f"> {match.name}: look {asked.looks} at this pair, question {asked.questions} about A on these images. "
        "Of many questions, some are answered wrong: the interval is wider for that, and p is multiplied by "
        f"{asked.questions}.\n"
    )


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
    for (left, right), (match, answer) in rows:
        pairs = table[table["match"] == match.name]
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
