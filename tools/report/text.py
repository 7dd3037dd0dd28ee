"""The report's text and tables, in Markdown."""

from mnist_mlp.core.arrays import noun
from mnist_mlp.models import NAMES
from tools.compare.answers import Answer
from tools.compare.sentences import facts_table, verdict
from tools.report.predictions import Paired
from tools.revisions import Base, Change

Changes = dict[str, dict[str, Change]]


def heading(base: Base, said: str, notes: list[str]) -> str:
    """Return the title, what was found, the base, and the notes that come before the tables."""
    lines = [
        f"# What changed from {code(base.name)}",
        "",
        said,
        "",
        f"Base: {code(base.name)}, commit {base.commit[:10]}.",
    ]
    return "\n".join([*lines, *("\n> " + note for note in notes)])


def summary(pairs: dict[str, Paired], varied: dict[str, Answer]) -> str:
    """Return the verdict on all models in a line: over seeds where they were varied, else of the test images."""
    lines = []
    for model in NAMES:
        if model in varied:
            lines.append(f"**{model}: {verdict(varied[model], 'the workspace', 'the base')}**")
        elif model in pairs and pairs[model].changed:
            one = pairs[model]
            points = 100 * (one.new_accuracy - one.old_accuracy)
            lines.append(
                f"**{model}: {points:+.2f} points of test accuracy; {one.verdict} (McNemar p = {one.p:.2g}). "
                "Seeds were not varied.**"
            )
    if lines:
        return " ".join(lines)
    return "**No prediction changed.**" if pairs else "**The two sides cannot be compared; the notes say why.**"


def seeds_section(varied: dict[str, Answer], pairs: int) -> str:
    """Return the figures behind the verdicts over seeds: A is the base, B the workspace."""
    said = (
        f"A is the base, B the workspace; both were trained with the same {pairs} seeds for initial weights and "
        "order. Accuracies are of the validation images."
    )
    return f"## Over seeds\n\n{said}\n\n{facts_table(varied)}"


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


def paired_table(pairs: dict[str, Paired]) -> str:
    """Return the test accuracies before and after, and what these images show."""
    lines = [
        "## The same test images, before and after", "",
        "A McNemar p below 0.05 means that these two trainings differ on these images by more than chance. It "
        "does not say what other seeds would do.", "",
        "| model | test accuracy, old | new | points | newly right | newly wrong | McNemar p |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]  # fmt: skip
    for model, one in pairs.items():
        points = 100 * (one.new_accuracy - one.old_accuracy)
        lines.append(
            f"| {model} | {one.old_accuracy:.2%} | {one.new_accuracy:.2%} | {points:+.2f} "
            f"| {sum(one.newly_right.values())} | {sum(one.newly_wrong.values())} | {one.p:.3g} |"
        )
    return "\n".join([*lines, "", *(f"- {model}: {one.verdict}." for model, one in pairs.items())])


def classes_section(pairs: dict[str, Paired]) -> str:
    """Return how many images of each class changed sides, for each model with any."""
    counts = {
        (model, what): numbers
        for model, one in pairs.items()
        for what, numbers in (("newly right", one.newly_right), ("newly wrong", one.newly_wrong))
        if one.changed
    }
    classes = tuple(next(iter(pairs.values())).newly_right)
    lines = [f"## {'Digits' if noun(classes) == 'digit' else 'Classes'} that changed sides", ""]
    if not counts:
        return "\n".join([*lines, "No test image changed sides."])
    return "\n".join(
        [
            *lines,
            f"| model | | {' | '.join(classes if noun(classes) == 'digit' else map(code, classes))} |",
            "| --- | --- |" + " ---: |" * len(classes),
            *(
                f"| {model} | {what} | {' | '.join(map(str, row.values()))} |"
                for (model, what), row in counts.items()
            ),
        ]
    )


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
