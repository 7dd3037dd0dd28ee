"""The trainings behind the page: three networks at chosen epochs, and a short one whose bits a browser repeats."""

import hashlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray

from mnist_mlp.core.arrays import Dataset, Floats, Weights
from mnist_mlp.core.files import write_atomically
from mnist_mlp.engines import ENGINES
from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.params import Params, TrainParams
from mnist_mlp.models import PUBLISHED
from mnist_mlp.training.batches import Batches
from mnist_mlp.training.initialization import initial_weights
from mnist_mlp.training.loop import Engine, outputs, score_splits, train_epochs
from mnist_mlp.training.weights import load_weights
from studies.running.runs import DATA, version

KEPT = (1, 2, 3, 5, 8, 13, 21, 34)
"""Epochs whose weights are in the page, besides the initial weights and the last: dense at the start."""
CACHE = Path("page/.cache")
COLUMNS = "train_loss", "val_loss", "train_accuracy", "val_accuracy"
PROOF_EPOCHS = 5
STEP_DIGITS = 8  # kept of the hash after each step: enough to find the step at which a browser parts


class Network(NamedTuple):
    """A network of the page, and what its training made of it.

    ``kept`` has a row of all parameters for each epoch of ``KEPT`` and the last one, ``curves`` one of ``COLUMNS``
    for each epoch, and ``answers`` the class of each test image after the last.
    """

    name: str
    engine: str
    params: TrainParams
    kept: Floats
    curves: Floats
    answers: NDArray[np.intp]


def train_networks(params: Params, splits: dict[str, Dataset]) -> list[Network]:
    """Return the networks: custom, torch as published, and torch with the reduction of custom."""
    train = splits["train"]
    published = [  # read first: the trainings take minutes
        load_weights(f"models/{name}.safetensors", train.pixels, len(train.classes)) for name in PUBLISHED
    ]
    equal = params.train_torch.model_copy(update={"loss_reduction": params.train_custom.loss_reduction})
    networks = [
        train_network("custom", "custom", params.train_custom, splits),
        train_network("torch", "torch", params.train_torch, splits),
        train_network("equal", "torch", equal, splits),
    ]
    for network, (weights, trained_with) in zip(networks, published, strict=False):
        if trained_with != network.params or not np.array_equal(flat(weights), network.kept[-1]):
            raise InputError(
                f"models/{network.name}.safetensors: expected the weights that params.yaml trains, got others; "
                "run `make repro`, then `make page`"
            )
    return networks


def train_network(name: str, engine: str, params: TrainParams, splits: dict[str, Dataset]) -> Network:
    """Train a network, or read what an earlier call kept of the same training."""
    key = hashlib.sha256(f"{engine} {params.model_dump_json()} {KEPT} {version(DATA)}".encode()).hexdigest()[:16]
    file = CACHE / f"{name}-{key}.npz"
    if not file.exists():
        arrays = _train(name, _start(engine, params, splits["train"]), params, splits)
        write_atomically(file, lambda partial: np.savez(partial, **arrays))
    with np.load(file, allow_pickle=False) as kept:
        return Network(name, engine, params, **kept)


def _start(engine: str, params: TrainParams, train: Dataset) -> Engine:
    return ENGINES[engine](initial_weights(params, train.pixels, len(train.classes)), params)


def _train(name: str, engine: Engine, params: TrainParams, splits: dict[str, Dataset]) -> dict[str, Any]:
    train, val, test = (splits[name] for name in ("train", "val", "test"))
    sample = train.take(slice(len(val.labels)))
    kept, curves = [], []
    for epoch in train_epochs(engine, train, params):
        scores = score_splits(engine, sample, val, params, epoch)
        curves.append([scores[column] for column in COLUMNS])
        if epoch in {*KEPT, params.epochs}:
            kept.append(flat(engine.weights()))
        if epoch % 10 == 0:
            print(f"{name}: epoch {epoch}, val_accuracy {scores['val_accuracy']:.4f}", flush=True)
    return {"kept": kept, "curves": curves, "answers": outputs(engine, test).argmax(axis=1)}


def flat(weights: Weights) -> Floats:
    """Return all parameters as one row: weight and bias of each layer, row by row."""
    return np.concatenate([np.ascontiguousarray(array).ravel() for array in weights.values()])


def proof(train: Dataset, params: TrainParams) -> dict[str, Any]:
    """Return the settings of a short training in exact arithmetic, and the hashes of its steps by both engines."""
    hashes, others = (_hashes(_start(engine, params, train), train, params) for engine in ("custom", "torch"))
    if hashes != others:
        raise InputError(
            f"expected the same bits from both engines after {PROOF_EPOCHS} epochs, got {hashes[-1][:9]} and "
            f"{others[-1][:9]}; run `make test`"
        )
    settings = {
        "hidden": params.hidden_sizes[0], "initial": params.weight_init, "initSeed": params.init_seed,
        "initStd": params.init_std, "shuffleSeed": params.shuffle_seed, "batch": params.batch_size,
        "lr": params.lr, "reduction": params.loss_reduction, "exact": True,
    }  # fmt: skip
    steps = [digits[:STEP_DIGITS] for digits in hashes]
    return {"settings": settings, "epochs": PROOF_EPOCHS, "final": hashes[-1], "steps": steps}


def _hashes(engine: Engine, train: Dataset, params: TrainParams) -> list[str]:
    """Return the SHA-256 of all parameters after each step."""
    stream = RandomState(params.shuffle_seed)
    batches = Batches(train, params.batch_size, params.dtype)
    hashes = []
    for _epoch in range(PROOF_EPOCHS):
        for images, labels in batches.shuffled(stream):
            engine.train_step(images, labels)
            hashes.append(hashlib.sha256(flat(engine.weights()).astype("<f8").data).hexdigest())
    return hashes
