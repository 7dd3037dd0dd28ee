"""Fashion-MNIST for the studies, split as params.yaml splits the pipeline's images: data/fashion/."""

from pathlib import Path

from mnist_mlp.core.files import save_splits
from mnist_mlp.harness.params import load_params
from mnist_mlp.harness.run import run_stage
from mnist_mlp.sources.datasets import FASHION
from mnist_mlp.sources.mnist import fetch_original, sources
from mnist_mlp.splits import split_dataset


def main() -> None:
    """Fetch Fashion-MNIST and split it."""
    fashion = fetch_original(FASHION, sources(FASHION))
    splits = split_dataset(fashion, load_params().split)
    save_splits(Path("data/fashion"), splits)
    print("split_fashion:", ", ".join(f"{len(part.labels):,} {name}" for name, part in splits.items()))


if __name__ == "__main__":
    run_stage(main)
