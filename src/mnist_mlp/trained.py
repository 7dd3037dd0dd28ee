"""A trained model without the pipeline: NumPy, safetensors and the from-scratch network are all that it needs."""

import json
from collections.abc import Callable
from itertools import chain
from pathlib import Path

from safetensors import SafetensorError, safe_open

from mnist_mlp.core.arrays import Floats
from mnist_mlp.harness.errors import InputError, one_line
from mnist_mlp.network import MLP, SGD, Linear, MeanSquaredError, ReLU, Sigmoid, Softmax, Tanh
from mnist_mlp.network.activations import Activation

ACTIVATIONS: dict[str, type[Activation]] = {"sigmoid": Sigmoid, "tanh": Tanh, "relu": ReLU, "softmax": Softmax}


def load_model(path: Path | str) -> MLP:
    """Return the network in a weights file of this pipeline, whichever engine trained it.

    Its ``forward`` takes images (n, pixels) scaled to [-1, 1] and returns outputs (n, classes). It does not round
    to the grids of ``dtype: exact``, so outputs differ from those of ``evaluate`` in the fifth decimal.

    Raises:
        InputError: there is no such file, or it was not written by this pipeline.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            trained_with = json.loads((file.metadata() or {})["params"])
            hidden, output = (ACTIVATIONS[trained_with[key]] for key in ("activation", "output_activation"))
            linears = [_linear(file.get_tensor, place) for place in range(len(trained_with["hidden_sizes"]) + 1)]
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{path}: expected weights and parameters of this pipeline, got: {one_line(str(error))}; "
            "`dvc get` fetches such a file"
        ) from None
    layers = list(chain.from_iterable((linear, hidden()) for linear in linears))[:-1]
    return MLP(layers, MeanSquaredError(output()), SGD(lr=trained_with["lr"]), trained_with["dtype"])


def _linear(tensor: Callable[[str], Floats], place: int) -> Linear:
    layer = Linear(0, 0)
    layer.set(*(tensor(f"layers.{place}.{kind}") for kind in ("weight", "bias")))
    return layer
