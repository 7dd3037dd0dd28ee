"""With ``dtype: exact`` a CUDA device ends in the bits of the CPU, with every combination of test_grid.py."""

import pytest
import torch

from mnist_mlp.torch_engine import TorchMLP
from tests.parity.test_grid import (
    BATCH,
    assert_same_bits,
    combinations,
    every_activation,
    every_head,
    every_rule,
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
        assert_same_bits(on_cpu, on_cuda, TorchMLP, TorchMLP)
