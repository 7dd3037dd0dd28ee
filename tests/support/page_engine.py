"""The page's network in Node, and a small page that needs no pipeline."""

import json
import shutil
import subprocess
from typing import Any

import numpy as np
import pytest
from numpy.random import RandomState

from mnist_mlp.core.arrays import Dataset, Floats
from mnist_mlp.engines import ENGINES
from mnist_mlp.exact import WEIGHTS, to_grid
from mnist_mlp.harness.params import TrainParams
from mnist_mlp.training.initialization import initial_weights
from mnist_mlp.training.loop import train_epochs
from tests.support.factory import ROOT, dataset, train_params
from tools.page.contents import Splits, gathered
from tools.page.learned import COLUMNS, KEPT, Learned, Shown, flat

EXACT = train_params(dtype="exact", weight_init="uniform_fan_in", init_seed=14)
ENGINE = ROOT / "tests/page/engine.mjs"
EPOCHS = 8


def node(task: str, **values: object) -> Any:  # noqa: ANN401  # whatever the task answers
    """Run a task of tests/page/engine.mjs; return its answer."""
    program = shutil.which("node")
    if program is None:
        pytest.skip("needs Node (Debian: apt-get install nodejs)")
    question = json.dumps({"task": task, **values})
    done = subprocess.run([program, str(ENGINE)], input=question, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def patterns(rows: int, seed: int) -> Dataset:
    """Return images (rows, 784) of ten patterns under noise: easier than digits, and made from a seed."""
    labels = (np.arange(rows) % 10).astype(np.uint8)
    shapes = RandomState(0).binomial(1, 0.2, (10, 784)) * 200
    noise = RandomState(seed).binomial(1, 0.06, (rows, 784)) * 255
    return dataset(np.maximum(shapes[labels], noise).astype(np.uint8), labels)


def small_contents() -> dict[str, Any]:
    """Return the data of a page whose networks learned patterns for a few epochs."""
    splits = Splits(patterns(600, 1), patterns(100, 2), patterns(400, 3))
    models = [
        Shown("custom", "custom", EXACT.model_copy(update={"weight_init": "normal"})),
        Shown("torch", "torch", EXACT.model_copy(update={"loss_reduction": "mean"})),
        Shown("equal", "torch", EXACT),
    ]
    return gathered(models, [quickly_learned(model.params, splits.train) for model in models], splits)


def quickly_learned(params: TrainParams, train: Dataset) -> Learned:
    """Train a few epochs by the quick engine; between start and end, make up the weights of the kept epochs."""
    start = flat(initial_weights(params, 784, 10))
    engine = ENGINES["custom"](initial_weights(params, 784, 10), params)
    assert list(train_epochs(engine, train, params.model_copy(update={"epochs": EPOCHS})))
    end = flat(engine.weights())
    rows = [to_grid(start + (end - start) * epoch / params.epochs, WEIGHTS) for epoch in (*KEPT, params.epochs)]
    shares = np.linspace(0.1, 0.9, params.epochs)
    return Learned(np.array(rows), curves(shares), 0.9)


def curves(shares: Floats) -> Floats:
    """Return made-up scores for each epoch."""
    return np.repeat(shares[:, None], len(COLUMNS), axis=1)
