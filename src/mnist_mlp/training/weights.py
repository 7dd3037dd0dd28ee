"""Weights files: one format for both engines, checked against the network that they are for."""

import json
from pathlib import Path

import numpy as np
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as to_safetensors

from mnist_mlp.core.arrays import Weights
from mnist_mlp.core.files import write_atomically
from mnist_mlp.exact import ROUNDING
from mnist_mlp.harness.errors import REPAIR, InputError, one_line, shown
from mnist_mlp.harness.params import TrainParams
from mnist_mlp.training.initialization import layer_shapes


def save_weights(path: Path, weights: Weights, params: TrainParams) -> None:
    """Write the weights as safetensors, with the parameters that made them in the metadata."""
    # One metadata key only: safetensors writes several in no fixed order; its own file writer sets mode 0600.
    # Row-major copies: safetensors ignores strides, so a column-major array would be written transposed.
    rows = {name: np.ascontiguousarray(array) for name, array in weights.items()}
    # Sorted keys: the order in which the class lists the parameters changes no byte.
    metadata = {"params": json.dumps(params.model_dump(mode="json"), sort_keys=True)}
    content = to_safetensors(rows, metadata=metadata)
    write_atomically(path, lambda partial: partial.write_bytes(content))


def load_weights(path: Path | str, pixels: int, classes: int) -> tuple[Weights, TrainParams]:
    """Read weights and the parameters that they were trained with.

    Args:
        path: a file that ``save_weights`` wrote.
        pixels: numbers in an image that the network is to take.
        classes: numbers that it is to answer.

    Raises:
        InputError: the file is missing, damaged or without parameters; a tensor is missing, not finite, or its
            type or shape does not match the parameters, ``pixels`` and ``classes``.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            params = _trained_with(path, file.metadata() or {})
            kind = ROUNDING[params.dtype].type.replace("float", "F")  # safetensors' name
            expected = {name: (kind, shape) for name, shape in _shapes(params, pixels, classes).items()}
            # the whole header is checked before any tensor is read: a tensor can be as large as the disk
            header = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
            actual = {name: (part.get_dtype(), tuple(part.get_shape())) for name, part in header.items()}
            for name in sorted(expected.keys() | actual.keys()):
                _check_tensor(f"{path}: tensor {one_line(name)}", expected.get(name), actual.get(name))
            weights: Weights = {name: file.get_tensor(name) for name in expected}
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; `dvc repro` trains it") from None
    except (SafetensorError, OSError) as error:  # OSError: such as a folder in its place
        raise InputError(f"{path}: expected a safetensors file, got: {one_line(str(error))}; {REPAIR}") from None
    for name, array in weights.items():
        if not np.isfinite(array).all():
            raise InputError(f"{path}: tensor {name}: expected finite numbers, got NaN or infinity; train again")
    # the device is where a network was trained, not where it can be used
    return weights, params.model_copy(update={"device": "cpu"})


def _trained_with(path: Path | str, metadata: dict[str, str]) -> TrainParams:
    try:
        return TrainParams.model_validate_json(metadata.get("params", ""))
    except ValidationError:
        raise InputError(
            f"{path}: expected the training parameters in its metadata, got {shown(metadata)}"
        ) from None


def _shapes(params: TrainParams, pixels: int, classes: int) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {}
    for i, (outputs, inputs) in enumerate(layer_shapes(params, pixels, classes)):
        shapes |= {f"layers.{i}.weight": (outputs, inputs), f"layers.{i}.bias": (outputs,)}
    return shapes


def _check_tensor(where: str, expected: object, actual: object) -> None:
    if actual != expected:
        words = [f"type and shape {shown(one)}" if one else "no such tensor" for one in (expected, actual)]
        raise InputError(f"{where}: expected {words[0]}, got {words[1]}")
