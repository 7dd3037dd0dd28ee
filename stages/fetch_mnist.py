"""Get the images and labels and check them: data/raw/."""

from pathlib import Path

from mnist_mlp.core.files import save_dataset
from mnist_mlp.harness.params import load_params
from mnist_mlp.harness.run import run_stage
from mnist_mlp.sources.mnist import fetch


def main() -> None:
    """Fetch the dataset that params.yaml names."""
    params = load_params().fetch_mnist
    dataset = fetch(params)
    save_dataset(Path("data/raw"), dataset)
    print(f"fetch_mnist: data/raw holds {len(dataset.labels):,} images of {params.dataset}")


if __name__ == "__main__":
    run_stage(main)
