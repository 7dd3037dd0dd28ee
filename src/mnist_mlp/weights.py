"""Weights files: one format for both engines, checked against the network that they are for."""

from pathlib import Path

import numpy as np
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as to_safetensors

from mnist_mlp.arrays import Floats, Weights
from mnist_mlp.errors import InputError
from mnist_mlp.files import write_atomically
from mnist_mlp.initialization import layer_shapes
from mnist_mlp.params import TrainParams


def save_weights(path: Path, weights: Weights, params: TrainParams) -> None:
    """Write the weights as safetensors, with the parameters that made them in the metadata."""
    # One metadata key only: safetensors writes several in no fixed order. Bytes, not its file writer: mode 0600.
    # Row-major copies: of other arrays safetensors writes the memory as it lies, under the shape as it is.
    rows = {name: np.ascontiguousarray(array) for name, array in weights.items()}
    content = to_safetensors(rows, metadata={"params": params.model_dump_json()})
    write_atomically(path, lambda partial: partial.write_bytes(content))


def load_weights(path: Path, pixels: int) -> tuple[Weights, TrainParams]:
    """Read weights and the parameters that they were trained with.

    Args:
        path: what ``save_weights`` wrote.
        pixels: numbers in an image that the network is to take.

    Raises:
        InputError: the file is missing, damaged or without parameters; a tensor is missing, of another shape
            than the parameters and ``pixels`` say, or not finite.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            weights: Weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; `dvc repro` trains it") from None
    except SafetensorError as error:
        raise InputError(
            f"{path}: expected a safetensors file, got: {error}; delete it and run `dvc repro`"
        ) from None
    try:
        params = TrainParams.model_validate_json(metadata.get("params", ""))
    except ValidationError:
        raise InputError(f"{path}: expected the training parameters in its metadata, got {metadata}") from None
    expected = _expected_shapes(params, pixels)
    _check_weights(path, weights, expected)
    # the device says where a network was trained, not where it can be used
    return {name: weights[name] for name in expected}, params.model_copy(update={"device": "cpu"})


def _expected_shapes(params: TrainParams, pixels: int) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {}
    for i, (outputs, inputs) in enumerate(layer_shapes(params, pixels)):
        shapes |= {f"layers.{i}.weight": (outputs, inputs), f"layers.{i}.bias": (outputs,)}
    return shapes


def _check_weights(path: Path, weights: dict[str, Floats], expected: dict[str, tuple[int, ...]]) -> None:
    for name, shape in expected.items():
        if name not in weights:
            raise InputError(f"{path}: tensor {name}: expected shape {shape}, got no such tensor")
        if weights[name].shape != shape:
            raise InputError(f"{path}: tensor {name}: expected shape {shape}, got {weights[name].shape}")
        if not np.isfinite(weights[name]).all():
            raise InputError(f"{path}: tensor {name}: expected finite numbers, got NaN or infinity; train again")
    if unknown := weights.keys() - expected.keys():
        raise InputError(f"{path}: expected the tensors {', '.join(expected)}, got also {', '.join(unknown)}")
