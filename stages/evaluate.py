"""Test all models on the images that no training code has seen: metrics/evaluate.json."""

from pathlib import Path

from mnist_mlp.core.files import load_dataset, save_array, save_csv, save_json
from mnist_mlp.engines import run_model
from mnist_mlp.evaluation import confusion_counts, evaluate, summary
from mnist_mlp.harness.params import load_params
from mnist_mlp.harness.run import run_stage
from mnist_mlp.models import MODELS


def main() -> None:
    """Compare the models of models/ on data/split/test."""
    params, dataset = load_params().evaluate, load_params().fetch_mnist.dataset
    test = load_dataset(Path("data/split/test"))
    outputs = {model.name: run_model(model, test) for model in MODELS}
    metrics = evaluate(outputs, test.labels, params, dataset)
    for name, scores in outputs.items():
        save_array(Path(f"data/outputs/{name}.npy"), scores)
        save_csv(Path(f"plots/confusion_{name}.csv"), confusion_counts(scores, test.labels, test.classes))
    save_json(Path("metrics/evaluate.json"), metrics)
    print(summary(metrics, params))


if __name__ == "__main__":
    run_stage(main)
