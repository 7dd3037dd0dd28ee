"""Draw the figures: plots/*.png."""

from pathlib import Path

from mnist_mlp.errors import run_stage
from mnist_mlp.figures import confusion, curves, disagreements, save_figure
from mnist_mlp.files import load_array, load_csv, load_dataset
from mnist_mlp.params import load_params


def main() -> None:
    """Draw curves, confusion matrices and the digits that only one of the models gets right."""
    params = load_params().plot
    plots, outputs = Path("plots"), Path("data/outputs")
    histories = {"custom": load_csv(plots / "history_custom.csv"), "torch": load_csv(plots / "history_torch.csv")}
    counts = {"custom": load_csv(plots / "confusion_custom.csv"), "torch": load_csv(plots / "confusion_torch.csv")}
    scores = {"custom": load_array(outputs / "custom.npy"), "torch": load_array(outputs / "torch.npy")}
    save_figure(plots / "curves.png", curves(histories), params.dpi)
    save_figure(plots / "confusion.png", confusion(counts), params.dpi)
    save_figure(
        plots / "disagreements.png",
        disagreements(scores, load_dataset(Path("data/split/test")), params.digits_shown),
        params.dpi,
    )
    print("plot: plots/curves.png, plots/confusion.png, plots/disagreements.png")


if __name__ == "__main__":
    run_stage(main)
