"""Train the PyTorch network: models/torch.safetensors."""

from pathlib import Path

from mnist_mlp.core.files import load_dataset, save_json
from mnist_mlp.harness.params import load_params
from mnist_mlp.harness.run import run_stage
from mnist_mlp.torch_engine import TorchMLP
from mnist_mlp.training.initialization import initial_weights
from mnist_mlp.training.loop import fit, score_splits
from mnist_mlp.training.weights import save_weights


def main() -> None:
    """Train on data/split/train, watching data/split/val."""
    params = load_params().train_torch
    train, val = load_dataset(Path("data/split/train")), load_dataset(Path("data/split/val"))
    network = TorchMLP(initial_weights(params, train.pixels, len(train.classes)), params)
    history = fit(network, train, val, params, Path("plots/history_torch.csv"))
    scores = score_splits(network, train, val, params, params.epochs)  # before anything is saved
    save_weights(Path("models/torch.safetensors"), network.weights(), params)
    save_json(Path("metrics/train_torch.json"), {"torch": scores})
    print(f"train_torch: validation accuracy {history[-1]['val_accuracy']:.2%} after {params.epochs} epochs")


if __name__ == "__main__":
    run_stage(main)
