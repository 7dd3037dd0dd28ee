"""``mnist-mlp report BASE``: what the workspace changes against a revision, as Markdown and as one HTML page."""

import io
import json
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import vl_convert
from dvc.api import DVCFileSystem
from dvc.exceptions import DvcException
from dvc_data.index import DataIndexDirError

from mnist_mlp.core.arrays import Dataset, Floats, noun
from mnist_mlp.core.files import save_text
from mnist_mlp.evaluation import mcnemar
from mnist_mlp.harness.errors import InputError, one_line, shown
from mnist_mlp.harness.params import Params, load_params
from mnist_mlp.models import NAMES
from studies.crossed import ALPHA
from tools.compare.answer import code, facts_table, page, verdict
from tools.compare.pairs import Answer, answers
from tools.compare.runs import check_data, differing, train_pairs, training
from tools.compare.sides import WORKSPACE, find_commit, read_side, revision_params
from tools.preflight import preflight
from tools.revisions import dvc, git

EFFECT = 0.1  # in points, for the suggested number of pairs
VEGA_LITE = "6.4"
EMBED = """
window.vegaEmbed = (element, spec) =>
  // DVC's templates name the schema of version 5; this is version 6
  vegaEmbed(element, { ...spec, $schema: undefined }, { mode: "vega-lite", renderer: "svg" });
"""
"""JavaScript that the page calls to draw a plot."""
POLICY = "script-src 'unsafe-inline' 'unsafe-eval'"  # Vega compiles its expressions, hence unsafe-eval
LEGEND = {"symbolType": "stroke", "symbolSize": 1600, "symbolStrokeWidth": 2, "symbolStrokeColor": "grey"}
"""Of solid and dashed lines: DVC's template draws them so short that both look solid."""


class Predictions(NamedTuple):
    """The outputs of a revision's models, (n, classes) by name, for its test images."""

    outputs: dict[str, Floats]
    test: Dataset

    def same_images(self, other: "Predictions") -> bool:
        """Return whether both are for the same test images, labels and names of classes."""
        mine, theirs = self.test, other.test
        return mine.classes == theirs.classes and all(map(np.array_equal, mine[:2], theirs[:2]))


class Paired(NamedTuple):
    """A model's networks before and after, on the same test images: changed answers by class, McNemar's p."""

    old_accuracy: float
    new_accuracy: float
    newly_right: list[int]
    newly_wrong: list[int]
    p: float

    @property
    def points(self) -> str:
        """The difference in accuracy."""
        return f"{100 * (self.new_accuracy - self.old_accuracy):+.2f}"


def report(base: str, seeds: int | None, out: Path) -> None:
    """Compare the workspace with a revision; write report.md and index.html into a folder.

    Where parameters differ, both sides are also trained with this many pairs of seeds, if any.
    """
    preflight()
    commit = find_commit(base)
    if commit is None:
        raise InputError(
            f"BASE: expected a branch, tag, commit or experiment of this repository, got {shown(base)}; "
            "for those of a remote, run `git fetch` first"
        )
    old, new = read_predictions(commit), read_predictions(None)
    stale = bool(json.loads(dvc("status", "--json", "dvc.yaml")))
    paired = pairs(old, new) if old and new and old.same_images(new) and not stale else {}
    over_seeds, note_on_seeds = vary_seeds(base, commit, seeds)
    reseeded = reseeded_models(base, commit)
    notes = [*_notes(commit, {"base": old, "workspace": new}, stale), *note_on_seeds]
    parts = [f"# What changed from {code(base)}", summary(paired, over_seeds, reseeded)]
    parts += [f"Base: {code(base)}, commit {commit[:10]}.", *(f"> {note}" for note in notes)]
    parts += ["## Parameters", changes_table("params", commit)]
    if over_seeds:
        about = f"A is the base, B the workspace, with the same {seeds} seeds; accuracies on validation images."
        parts += ["## Over seeds", about, facts_table(over_seeds)]
    if paired:
        about = (
            "McNemar's test is of these two networks on these images. It cannot say what a change does: other "
            "seeds may give another result."
        )
        parts += ["## The same test images, before and after", about, paired_table(paired)]
    parts += ["## Metrics", changes_table("metrics", commit)]
    if new and paired:
        title = "Digits" if noun(new.test.classes) == "digit" else "Classes"
        parts += [f"## {title} that changed sides", classes_table(paired, new.test.classes)]
    text = "\n\n".join(parts) + "\n"
    save_text(out / "report.md", text)
    save_text(out / "index.html", page(text, POLICY, _curves(commit)))
    print("".join(f"note: {note}\n" for note in notes), end="", file=sys.stderr)
    print(f"{out / 'report.md'}, {out / 'index.html'}: the workspace compared with {base}")


def read_predictions(revision: str | None) -> Predictions | None:
    """Return the predictions of a revision, or of the workspace for None; None if they cannot be found.

    The workspace, the cache and the DVC remote are searched.
    """
    paths = *(f"outputs/{name}" for name in NAMES), "split/test/images", "split/test/labels"
    try:
        read = DVCFileSystem(rev=revision).read_bytes
        *outputs, images, labels = (np.load(io.BytesIO(read(f"data/{path}.npy"))) for path in paths)
        classes = tuple(read("data/split/test/classes.txt").decode("utf-8").splitlines())
    except KeyError as error:  # DVC's, for the name of a default remote that no configuration has
        raise InputError(
            f"DVC's configuration: expected a remote of the name {error}; see `dvc remote list`"
        ) from None
    except (OSError, ValueError, DvcException, DataIndexDirError):
        return None
    return Predictions(dict(zip(NAMES, outputs, strict=True)), Dataset(images, labels, classes))


def pairs(old: Predictions, new: Predictions) -> dict[str, Paired]:
    """Compare each model before and after the change, on the same test images."""
    labels, paired = new.test.labels, {}
    for model in NAMES:
        before, after = (side.outputs[model].argmax(axis=1) == labels for side in (old, new))
        right, wrong = (
            np.bincount(labels[rows], minlength=len(new.test.classes)).tolist()
            for rows in (after & ~before, before & ~after)
        )
        p = mcnemar(sum(right), sum(wrong))
        paired[model] = Paired(float(before.mean()), float(after.mean()), right, wrong, p)
    return paired


def vary_seeds(base: str, commit: str, seeds: int | None) -> tuple[dict[str, Answer], list[str]]:
    """Train both sides with pairs of seeds; return the answers by model, and a note if a reader may miss them."""
    try:
        a, b = read_side("BASE", commit), read_side("workspace", WORKSPACE)
        matches = differing(a, b)
        models = [match.title for match in matches]
        if matches:
            check_data(a)
        if matches and seeds:
            results = answers(*train_pairs(matches, range(seeds)), EFFECT, [1] * len(matches))
            return dict(zip(models, results, strict=True)), []
    except InputError as error:
        return {}, [f"Seeds cannot be varied. {one_line(str(error))}"] if seeds else []
    about = f"Parameters of {' and '.join(models)} differ; {code(f'mnist-mlp report {base} --seeds 6')} says"
    if models:
        return {}, [f"{about} what other seeds do."]
    return {}, [
        "No training parameter but seeds differs, so there is nothing to train over seeds."
    ] if seeds else []


def reseeded_models(base: str, commit: str) -> set[str]:
    """Return the models that only seeds tell from those of a revision; none if its parameters are unknown."""
    try:
        return only_seeds_differ(revision_params(base, commit), load_params())
    except InputError:
        return set()


def only_seeds_differ(old: Params, new: Params) -> set[str]:
    """Return the models whose training parameters differ in nothing but the seeds."""
    alike = [model for model in NAMES if training(old, model, 0) == training(new, model, 0)]
    return {model for model in alike if getattr(old, f"train_{model}") != getattr(new, f"train_{model}")}


def _notes(commit: str, sides: dict[str, Predictions | None], stale: bool) -> Iterable[str]:
    """Yield what a reader must know before the tables."""
    if stale:
        yield "The results are older than the workspace's parameters or code: run `dvc repro` first."
    if behind := int(git("rev-list", "--count", f"HEAD..{commit}")):
        yield (
            f"The workspace lacks commits of the base ({behind}); their changes show up here as well. "
            f"Merge the base, or `mnist-mlp report $(git merge-base HEAD {commit[:10]})`."
        )
    for missing in (side for side, predictions in sides.items() if not predictions):
        yield (
            f"The predictions of the {missing} are neither in the workspace's cache nor in a DVC remote, so the "
            "difference is not tested; to get them, run `dvc fetch --all-commits`, or `dvc repro` there."
        )
    old, new = sides.values()
    if old and new and not old.same_images(new):
        yield "The test images differ, so the models cannot be compared image by image."


def summary(paired: dict[str, Paired], over_seeds: dict[str, Answer], reseeded: set[str]) -> str:
    """Return the verdict on all models in a line: over seeds where they were varied, else of two networks.

    ``reseeded`` are the models with nothing but another seed.
    """
    lines = []
    for model in NAMES:
        one = paired.get(model)
        if model in over_seeds:
            lines.append(f"**{model}: {verdict(over_seeds[model], 'the workspace', 'the base')}**")
        elif one and any(one.newly_right + one.newly_wrong):
            told = "the networks differ" if one.p < ALPHA else "the networks are not told apart"
            about = f"{told} on these images (McNemar p = {one.p:.2g}); whether by the change, other seeds tell"
            if model in reseeded:
                about = "the same configuration with another seed: such differences are usual"
            lines.append(f"**{model}: {one.points} points of test accuracy; {about}.**")
    nothing = "No prediction changed." if paired else "No verdict; the notes say why."
    return " ".join(lines) or f"**{nothing}**"


def changes_table(kind: str, commit: str) -> str:
    """Return the ``params`` or ``metrics`` that differ from a commit: old, new and, of numbers, new - old."""
    rows = []
    for file, values in sorted(json.loads(dvc(kind, "diff", "--json", commit)).items()):
        for name, change in sorted(values.items()):
            old, new = change.get("old"), change.get("new")  # None for a side that lacks it
            numbers = all(type(value) in (int, float) for value in (old, new))
            rows.append([file, code(name), _cell(old), _cell(new), f"{new - old:+.6g}" if numbers else ""])
    return _table(["file", "name", "old", "new", "difference"], rows, texts=2) if rows else "Nothing differs."


def _cell(value: object) -> str:
    return "none" if value is None else code(f"{value:g}" if isinstance(value, float) else str(value))


def paired_table(paired: dict[str, Paired]) -> str:
    """Return the test accuracies before and after, and McNemar's test."""
    rows = [
        [model, f"{one.old_accuracy:.2%}", f"{one.new_accuracy:.2%}", one.points, sum(one.newly_right),
         sum(one.newly_wrong), f"{one.p:.3g}"]
        for model, one in paired.items()
    ]  # fmt: skip
    header = ["model", "test accuracy, old", "new", "points", "newly right", "newly wrong", "McNemar p"]
    return _table(header, rows, texts=1)


def classes_table(paired: dict[str, Paired], classes: tuple[str, ...]) -> str:
    """Return how many images of each class changed sides, for each model with any."""
    rows = [
        [model, what, *counts]
        for model, one in paired.items()
        for what, counts in (("newly right", one.newly_right), ("newly wrong", one.newly_wrong))
        if any(one.newly_right + one.newly_wrong)
    ]
    return _table(["model", "", *map(code, classes)], rows, texts=2) if rows else "No test image changed sides."


def _table(header: list[str], rows: list[list[Any]], texts: int) -> str:
    """Return a table in Markdown whose first columns hold text, and all others numbers."""
    rule = ["---"] * texts + ["---:"] * (len(header) - texts)
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in (header, rule, *rows))


def _curves(commit: str) -> str:
    """Return DVC's interactive plots of both sides as HTML, with the scripts that draw them."""
    with tempfile.TemporaryDirectory() as folder:
        plots = json.loads(dvc("plots", "diff", commit[:7], "--json", "--out", folder))["data"]
    vega = vl_convert.javascript_bundle(EMBED, vl_version=VEGA_LITE).replace("</script", r"<\/script")
    parts = [f'<script>(() => {{{vega}}})();</script>\n<h2>Curves and confusion matrices</h2><div class="plots">']
    for spec in (one["content"] for drawn in plots.values() for one in drawn if one["type"] == "vega"):
        if dash := spec.get("encoding", {}).get("strokeDash"):
            dash |= {"scale": dash["scale"] | {"range": [[1, 0], [6, 4]]}, "legend": LEGEND}
        place, script = f"plot{len(parts)}", json.dumps(spec).replace("<", r"\u003c")
        parts.append(f"<div id=\"{place}\"></div><script>vegaEmbed('#{place}', {script});</script>")
    return "\n".join([*parts, "</div>"])
