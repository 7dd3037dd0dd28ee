"""Write report/report.md and report/index.html: the workspace compared with a revision."""

import argparse
from pathlib import Path

from mnist_mlp.harness.errors import InputError, one_line
from mnist_mlp.harness.run import run_program
from mnist_mlp.models import NAMES
from tools.compare.answers import Answer
from tools.compare.asked import seed_range
from tools.preflight import preflight
from tools.report.page import page
from tools.report.predictions import Predictions, comparable, pair, read_predictions
from tools.report.seed_pairs import differing, vary_seeds
from tools.report.text import changes_table, classes_section, heading, paired_table, seeds_section, summary
from tools.revisions import Base, changes, find_base, is_current
from tools.text_files import save_text


def main() -> None:
    """Compare the workspace with ``--base``, and write both files."""
    parser = argparse.ArgumentParser(prog="python -m tools.report", description=__doc__, allow_abbrev=False)
    parser.add_argument("--base", required=True, help="branch, tag or commit to compare the workspace with")
    parser.add_argument("--out", type=Path, default=Path("report"), help="folder to write to (default: report)")
    parser.add_argument("--seeds", default="", help="train both sides with so many pairs of seeds (default: none)")
    asked = parser.parse_args()
    seeds = seed_range(asked.seeds) if asked.seeds else range(0)
    preflight()
    base = find_base(asked.base)
    old, new = read_predictions(base.commit), read_predictions(None)
    text = report(base, old, new, seeds)
    html = page(text, base, old, new) if comparable(old, new) else page(text, base, None, None)
    save_text(asked.out / "report.md", text)
    save_text(asked.out / "index.html", html)
    print(f"{asked.out / 'report.md'}, {asked.out / 'index.html'}: the workspace compared with {base.name}")


def report(base: Base, old: Predictions | None, new: Predictions | None, seeds: range) -> str:
    """Return the report in Markdown: verdict, notes, parameters, comparisons, metrics, changed classes."""
    pairs = {model: pair(model, old, new) for model in NAMES} if old and new and comparable(old, new) else {}
    varied, why = over_seeds(base, seeds)
    parts = [
        heading(base, summary(pairs, varied), notes(base, old, new) + why),
        changes_table("Parameters", changes("params", base), "No parameter differs."),
        *([seeds_section(varied, len(seeds))] if varied else []),
        *([paired_table(pairs)] if pairs else []),
        changes_table("Metrics", changes("metrics", base), "No metric differs."),
        *([classes_section(pairs)] if pairs else []),
    ]
    return "\n\n".join(parts) + "\n"


def over_seeds(base: Base, seeds: range) -> tuple[dict[str, Answer], list[str]]:
    """Return the answers over seeds by model, and a note where a reader may expect one and there is none."""
    try:
        if seeds:
            return vary_seeds(base, seeds), []
        models = " and ".join(match.title for match in differing(base))
    except InputError as error:
        return {}, [f"Seeds cannot be varied. {one_line(str(error))}"] if seeds else []
    hint = f"Parameters of {models} differ; `make report SEEDS=6` says what other seeds do."
    return {}, [hint] if models else []


def notes(base: Base, old: Predictions | None, new: Predictions | None) -> list[str]:
    """Return what a reader must know before the tables."""
    found = []
    if not is_current():
        found.append("The results are older than the workspace's parameters or code: run `dvc repro` first.")
    if base.behind:
        found.append(
            f"The workspace lacks {base.behind} commits of the base; their changes show up here as well. "
            "Merge the base, or compare with the output of `git merge-base`."
        )
    for side, predictions, cure in (("base", old, "`dvc repro` there"), ("workspace", new, "`dvc repro`")):
        if predictions is None:
            found.append(
                f"The predictions of the {side} are neither in the workspace's cache nor in a DVC remote, so the "
                f"difference is not tested; to get them, run `dvc fetch --all-commits` or {cure}."
            )
    if old and new and not comparable(old, new):
        found.append("The test images differ, so the models cannot be compared image by image.")
    return found


if __name__ == "__main__":
    run_program(main)
