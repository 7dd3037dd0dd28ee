"""``make bench``: measure all contestants in turns, the growth with the sizes, and the whole pipeline.

``python -m benchmarks --rounds 1 --epochs 2`` is a quick look that writes the same files.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.data import SPLITS, save_noise
from benchmarks.epochs import Round, results, run_rounds, summary, targets
from benchmarks.machine import describe
from benchmarks.pipeline import cpu_to_first_step, measure_pipeline
from benchmarks.scaling import growth_targets, measure_scaling
from benchmarks.tables import figure, results_table, targets_table
from mnist_mlp.core.files import save_json, write_atomically
from mnist_mlp.figures import save_figure

OUTPUT = Path("benchmarks")
DPI = 110
FIRST_STEPS = 5
NOTEBOOK_EPOCHS = 50


def main() -> None:
    """Measure; write results, targets, scaling and pipeline as JSON, and results.md and results.png."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__, allow_abbrev=False)
    parser.add_argument("--rounds", type=int, default=5, help="how often each contestant runs (default: 5)")
    parser.add_argument(
        "--epochs", type=int, default=6, help="epochs in a run, the first not counted (default: 6)"
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as noise:
        folder = SPLITS
        if not SPLITS.is_dir():
            print("no data/split: all contestants train on noise of the same shape and density")
            folder = Path(noise)
            save_noise(folder)
        rounds = run_rounds(folder, asked.rounds, asked.epochs)
        scaling = measure_scaling(folder)
    met = targets(rounds) + growth_targets(scaling)
    if folder == SPLITS:
        met += pipeline_targets(rounds)
    write(results(rounds, describe()), met, scaling)


def pipeline_targets(rounds: list[Round]) -> list[dict[str, Any]]:
    """Measure the pipeline as a whole; return its two targets."""
    steps = [cpu_to_first_step() for _ in range(FIRST_STEPS)]
    seconds = measure_pipeline()
    save_json(OUTPUT / "pipeline.json", {"dvc repro, seconds": seconds})
    notebook = [
        NOTEBOOK_EPOCHS * (found["notebook custom", 1].epoch + found["notebook torch", 1].epoch)
        for found in rounds
    ]
    return [
        summary("train_custom, CPU seconds to the first step", 0.5, steps),
        summary(
            "dvc repro from nothing / the notebook's two trainings", 0.5, [seconds["cold"] / s for s in notebook]
        ),
    ]


def write(results: list[dict[str, Any]], targets: list[dict[str, Any]], scaling: list[dict[str, Any]]) -> None:
    """Write the records as JSON, and from them the tables and the figure."""
    save_json(OUTPUT / "results.json", results)
    save_json(OUTPUT / "targets.json", targets)
    save_json(OUTPUT / "scaling.json", scaling)
    text = f"Measured on {describe()}.\n\n{targets_table(targets)}\n\n{results_table(results)}\n"
    write_atomically(OUTPUT / "results.md", lambda partial: partial.write_text(text, encoding="utf-8"))
    save_figure(OUTPUT / "results.png", figure(results, scaling), DPI)
    print(text)


if __name__ == "__main__":
    main()
