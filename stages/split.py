"""Split the images into train, validation and test: data/split/."""

from pathlib import Path

from mnist_mlp.core.files import load_dataset, save_splits
from mnist_mlp.harness.params import load_params
from mnist_mlp.harness.run import run_stage
from mnist_mlp.splits import split_dataset


def main() -> None:
    """Split data/raw, stratified by class."""
    params = load_params().split
    splits = split_dataset(load_dataset(Path("data/raw")), params)
    save_splits(Path("data/split"), splits)
    print("split:", ", ".join(f"{len(part.labels):,} {name}" for name, part in splits.items()))


if __name__ == "__main__":
    run_stage(main)
