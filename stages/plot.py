"""Draw the figures: plots/*.png."""

from pathlib import Path

from mnist_mlp.bits import note_other_bits
from mnist_mlp.errors import run_stage
from mnist_mlp.figures import CONFUSION, HISTORY, confusion, curves, disagreements, save_figure
from mnist_mlp.files import load_csv, load_dataset, load_outputs
from mnist_mlp.params import load_params

PLOTS, OUTPUTS = Path("plots"), Path("data/outputs")
MODELS = "custom", "torch"


def main() -> None:
    """Draw curves, confusion matrices and the digits that only one of the models gets right."""
    params = load_params().plot
    plots, outputs = Path("plots"), Path("data/outputs")
    test, models = load_dataset(Path("data/split/test")), ("custom", "torch")
    histories = {model: load_csv(plots / f"history_{model}.csv", HISTORY) for model in models}
    counts = {model: load_csv(plots / f"confusion_{model}.csv", CONFUSION) for model in models}
    scores = {model: load_outputs(outputs / f"{model}.npy", len(test.labels)) for model in models}
    # all are drawn before one is saved: what is wrong with a file may be found out that late
    scores_by_epoch, matrices = curves(histories), confusion(counts)
    digits = disagreements(scores, test, params.digits_shown)
    save_figure(plots / "curves.png", scores_by_epoch, params.dpi)
    save_figure(plots / "confusion.png", matrices, params.dpi)
    save_figure(plots / "disagreements.png", digits, params.dpi)
    print("plot: plots/curves.png, plots/confusion.png, plots/disagreements.png")
    note_other_bits()


if __name__ == "__main__":
    run_stage(main)
