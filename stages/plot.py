"""Draw the figures: plots/*.png."""

from pathlib import Path

from mnist_mlp.core.files import load_csv, load_dataset, load_outputs
from mnist_mlp.figures import CONFUSION, HISTORY, confusion, curves, disagreements, save_figure
from mnist_mlp.harness.params import load_params
from mnist_mlp.harness.run import run_stage
from mnist_mlp.models import NAMES


def main() -> None:
    """Draw curves, confusion matrices and the images that only one of the models gets right."""
    params = load_params().plot
    plots, outputs = Path("plots"), Path("data/outputs")
    test = load_dataset(Path("data/split/test"))
    histories = {name: load_csv(plots / f"history_{name}.csv", HISTORY) for name in NAMES}
    counts = {name: load_csv(plots / f"confusion_{name}.csv", CONFUSION, CONFUSION[:2]) for name in NAMES}
    scores = {name: load_outputs(outputs / f"{name}.npy", len(test.labels), len(test.classes)) for name in NAMES}
    # all are drawn before one is saved: drawing may still find something wrong with a file
    scores_by_epoch, matrices = curves(histories), confusion(counts, test.classes)
    one_sided = disagreements(scores, test, params.digits_shown)
    save_figure(plots / "curves.png", scores_by_epoch, params.dpi)
    save_figure(plots / "confusion.png", matrices, params.dpi)
    save_figure(plots / "disagreements.png", one_sided, params.dpi)
    print("plot: plots/curves.png, plots/confusion.png, plots/disagreements.png")


if __name__ == "__main__":
    run_stage(main)
