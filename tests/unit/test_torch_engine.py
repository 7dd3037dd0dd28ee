"""The PyTorch engine and its device. What it computes is compared in tests/parity."""

import numpy as np
import pytest
import torch

from mnist_mlp.harness.errors import InputError
from mnist_mlp.torch_engine import TorchMLP
from mnist_mlp.training.initialization import initial_weights
from tests.support.factory import train_params

PIXELS = 4


def test_cuda_is_refused_without_a_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    params = train_params(device="cuda")
    with pytest.raises(InputError, match=r"device: expected a CUDA device .*, got none; set device to cpu"):
        TorchMLP(initial_weights(params, PIXELS, 10), params)


def test_requested_cpu_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    params = train_params(device="cpu")
    engine = TorchMLP(initial_weights(params, PIXELS, 10), params)
    assert {parameter.device.type for parameter in engine.module.parameters()} == {"cpu"}


def test_a_model_that_only_answers_needs_no_optimizer() -> None:
    params = train_params()
    engine = TorchMLP(initial_weights(params, PIXELS, 10), params)
    images, labels = np.zeros((20, PIXELS), engine.dtype), np.zeros(20, np.uint8)
    engine.forward(images)
    assert "optimizer" not in vars(engine)
    engine.train_step(images, labels)
    assert "optimizer" in vars(engine)
