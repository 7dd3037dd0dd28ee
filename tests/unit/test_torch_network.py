"""The PyTorch engine and its device. That it computes what the specification says is shown in tests/parity."""

import numpy as np
import pytest
import torch

from mnist_mlp.harness.errors import InputError
from mnist_mlp.torch_engine import TorchMLP
from mnist_mlp.training.initialization import initial_weights
from tests.support.factory import CLASSES, random_dataset, train_params

PIXELS = 4


def test_cuda_is_refused_without_a_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    params = train_params(device="cuda")
    with pytest.raises(InputError) as caught:
        TorchMLP(initial_weights(params, PIXELS, 10), params)
    assert str(caught.value) == (
        "device: expected a CUDA device that PyTorch can use, got none; set device to cpu"
    )


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


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_cuda_computes_what_the_cpu_does(optimizer: str) -> None:
    made = random_dataset(20, PIXELS)
    images, labels = made.rows, made.labels
    pixels = images / 255
    engines = []
    for device in ("cpu", "cuda"):
        params = train_params(hidden_sizes=[7], optimizer=optimizer, dtype="float64", device=device)
        engines.append(TorchMLP(initial_weights(params, PIXELS, 10), params))
        for _ in range(10):
            engines[-1].train_step(pixels, labels)
    on_cpu, on_cuda = engines
    assert on_cuda.forward(pixels).shape == (20, CLASSES)
    np.testing.assert_allclose(on_cuda.forward(pixels), on_cpu.forward(pixels), rtol=1e-9)
    for name, array in on_cpu.weights().items():
        np.testing.assert_allclose(on_cuda.weights()[name], array, rtol=0, atol=1e-9 * np.abs(array).max())
