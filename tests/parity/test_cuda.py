"""With ``dtype: exact`` a CUDA device ends in the bits of the CPU, with every combination of test_grid.py."""

import numpy as np
import pytest
import torch

from mnist_mlp.torch_network import TorchMLP
from mnist_mlp.training import grids
from mnist_mlp.training.grids import to_grid
from mnist_mlp.training.initialization import initial_weights
from tests.parity.test_grid import (
    BATCH,
    PIXELS,
    batches,
    combinations,
    every_activation,
    every_head,
    every_rule,
    said,
    specification,
)

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


@every_activation
@every_head
@every_rule
def test_cuda_and_cpu_end_twenty_steps_in_the_same_bits(
    activation: str, output: str, loss: str, rule: dict[str, object]
) -> None:
    for combination in combinations(activation, output, loss, rule):
        exact = combination | {"dtype": "exact", "batch_size": BATCH}
        on_cpu, on_cuda = (specification(exact | {"device": device}) for device in ("cpu", "cuda"))
        weights = initial_weights(on_cpu, PIXELS, 10)
        engines = TorchMLP(weights, on_cpu), TorchMLP(weights, on_cuda)
        for images, labels in batches():
            on_grid = to_grid(images.copy(), grids.PIXELS)
            for engine in engines:
                engine.train_step(on_grid, labels)
        ours, theirs = (engine.weights() for engine in engines)
        for name, array in ours.items():
            assert not np.array_equal(array, weights[name]), said(combination)
            assert np.array_equal(array, theirs[name]), f"{name}: {said(combination)}"
        assert np.array_equal(engines[0].forward(on_grid), engines[1].forward(on_grid)), said(combination)
