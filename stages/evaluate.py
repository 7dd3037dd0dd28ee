"""Test both models on the images that no training code has seen: metrics/evaluate.json."""

from pathlib import Path

from mnist_mlp.errors import run_stage
from mnist_mlp.evaluation import confusion_counts, evaluate, summary
from mnist_mlp.files import load_dataset, save_array, save_csv, save_json
from mnist_mlp.network.mlp import MLP
from mnist_mlp.params import load_params
from mnist_mlp.torch_network import TorchMLP
from mnist_mlp.training import outputs
from mnist_mlp.weights import load_weights


def main() -> None:
    """Compare models/custom.safetensors and models/torch.safetensors on data/split/test."""
    params, dataset = load_params().evaluate, load_params().fetch_mnist.dataset
    test = load_dataset(Path("data/split/test"))
    pixels = test.images.shape[1]
    custom = outputs(MLP(*load_weights(Path("models/custom.safetensors"), pixels)), test)
    torch = outputs(TorchMLP(*load_weights(Path("models/torch.safetensors"), pixels)), test)
    metrics = evaluate(custom, torch, test.labels, params, dataset)
    save_array(Path("data/outputs/custom.npy"), custom)
    save_array(Path("data/outputs/torch.npy"), torch)
    save_csv(Path("plots/confusion_custom.csv"), confusion_counts(custom, test.labels))
    save_csv(Path("plots/confusion_torch.csv"), confusion_counts(torch, test.labels))
    save_json(Path("metrics/evaluate.json"), metrics)
    print(summary(metrics, params))


if __name__ == "__main__":
    run_stage(main)
