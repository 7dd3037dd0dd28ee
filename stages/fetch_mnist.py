"""Get the images and labels and check them: data/raw/."""

from pathlib import Path

from mnist_mlp.errors import run_stage
from mnist_mlp.files import save_dataset
from mnist_mlp.mnist import fetch
from mnist_mlp.params import load_params


def main() -> None:
    """Fetch the dataset that params.yaml names."""
    params = load_params().fetch_mnist
    dataset = fetch(params.dataset)
    save_dataset(Path("data/raw"), dataset)
    print(f"fetch_mnist: data/raw holds {len(dataset.labels):,} images of {params.dataset}")


if __name__ == "__main__":
    run_stage(main)
