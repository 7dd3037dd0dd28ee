"""``python -m tests.bits.steps custom exact 2``: train for some steps; print a hash of the weights."""

import stages  # noqa: F401  # one thread; this copy's src first on the path

# isort: split
import hashlib
import sys
from importlib import import_module

from numpy.random import RandomState

from mnist_mlp.training.batches import Batches
from mnist_mlp.training.initialization import initial_weights
from mnist_mlp.training.loop import Engine, train_epoch
from tests.support.factory import random_dataset, train_params

ENGINES = {"custom": ("mnist_mlp.custom_engine", "build_mlp"), "torch": ("mnist_mlp.torch_engine", "TorchMLP")}
"""Module and constructor, loaded when needed: PyTorch takes an emulated CPU a minute."""


def main() -> None:
    """Train on noise with the notebook's parameters."""
    name, dtype, steps = sys.argv[1], sys.argv[2], int(sys.argv[3])
    module, engine = ENGINES[name]
    params = train_params(dtype=dtype)
    network: Engine = getattr(import_module(module), engine)(initial_weights(params, 784, 10), params)
    batches = Batches(random_dataset(steps * params.batch_size, 784), params.batch_size, dtype)
    train_epoch(network, batches, params, RandomState(0), 1)
    print(hashlib.sha256(b"".join(array.tobytes() for array in network.weights().values())).hexdigest())


if __name__ == "__main__":
    main()
