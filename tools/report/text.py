"""The report's text and tables, in Markdown."""

from mnist_mlp.core.arrays import CLASSES
from tools.report.predictions import Paired
from tools.report.revisions import Base, Change

Changes = dict[str, dict[str, Change]]


def heading(base: Base, notes: list[str]) -> str:
    """Return the title, the base, and the notes that come before the tables."""
    lines = [
        f"# What changed from {code(base.name)}",
        "",
        f"Base: {code(base.name)}, commit {base.commit[:10]}.",
    ]
    return "\n".join([*lines, *("\n> " + note for note in notes)])


def changes_table(title: str, found: Changes, nothing: str) -> str:
    """Return one line per difference: old, new and, if both are numbers, new - old."""
    if not found:
        return f"## {title}\n\n{nothing}"
    lines = [f"## {title}", "", "| file | name | old | new | difference |", "| --- | --- | ---: | ---: | ---: |"]
    lines += [
        f"| {file} | {code(name)} | {value(one.get('old'))} | {value(one.get('new'))} | {difference(one)} |"
        for file, values in sorted(found.items())
        for name, one in sorted(values.items())
    ]
    return "\n".join(lines)


def paired_tables(pairs: dict[str, Paired]) -> str:
    """Return the accuracies before and after, a verdict for each model, and the digits that changed sides."""
    lines = [
        "## Is it more than a change of seed?", "",
        "The same test images, before and after. A McNemar p below 0.05 means that the two models differ on them. "
        "*Seeds alone*: two trainings that differ only in their seed stay within this range 19 times in 20.", "",
        "| model | test accuracy, old | new | points | seeds alone | newly right | newly wrong | McNemar p |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]  # fmt: skip
    for model, one in pairs.items():
        seeds = "unknown" if one.seeds is None else f"±{100 * one.seeds:.2f}"
        points = 100 * (one.new_accuracy - one.old_accuracy)
        lines.append(
            f"| {model} | {one.old_accuracy:.2%} | {one.new_accuracy:.2%} | {points:+.2f} | {seeds} "
            f"| {sum(one.newly_right)} | {sum(one.newly_wrong)} | {one.p:.3g} |"
        )
    verdicts = [f"- {model}: {one.verdict}." for model, one in pairs.items()]
    return "\n".join([*lines, "", *verdicts, "", *digits_table(pairs)])


def digits_table(pairs: dict[str, Paired]) -> list[str]:
    """Return how many images of each digit changed sides, for each model with any."""
    counts = {
        (model, what): numbers
        for model, one in pairs.items()
        for what, numbers in (("newly right", one.newly_right), ("newly wrong", one.newly_wrong))
        if any(one.newly_right + one.newly_wrong)
    }
    if not counts:
        return ["No test image changed sides."]
    return [
        "Test images that changed sides, by digit:",
        "",
        f"| model | | {' | '.join(map(str, range(CLASSES)))} |",
        "| --- | --- |" + " ---: |" * CLASSES,
        *(f"| {model} | {what} | {' | '.join(map(str, row))} |" for (model, what), row in counts.items()),
    ]


def difference(change: Change) -> str:
    """Return new - old with its sign; an empty string unless both are numbers."""
    match change.get("old"), change.get("new"):
        case (bool(), _) | (_, bool()):
            return ""
        case (int() | float() as old, int() | float() as new):
            return f"{new - old:+.6g}"
    return ""


def value(one: object) -> str:
    """Return a parameter or metric as the cell of a table."""
    return "none" if one is None else code(f"{one:g}" if isinstance(one, float) else str(one))


def code(text: str) -> str:
    """Return any text as code in one cell: branch names and parameters come from other people."""
    return "`" + text.replace("`", "'").replace("|", "\\|").replace("\n", " ") + "`"
