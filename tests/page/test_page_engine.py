"""The page's network, in Node, against ours: the same numbers, draws, images and bits."""

import hashlib
from base64 import b64decode

import numpy as np
import pytest
from numpy.random import RandomState

from mnist_mlp.core.arrays import Dataset, Weights
from mnist_mlp.core.files import load_dataset
from mnist_mlp.engines import ENGINES
from mnist_mlp.training.batches import scale_pixels
from mnist_mlp.training.initialization import initial_weights
from mnist_mlp.training.loop import outputs
from mnist_mlp.training.weights import load_weights
from tests.support.digit_page import EXACT, node, patterns
from tests.support.factory import ROOT, names
from tools.page.contents import base64, dataset_data, numerators, with_runs
from tools.page.trainings import flat, proof
from tools.predict import shrink

BOUND = 1e-12


def outputs_agree(weights: Weights, test: Dataset) -> None:
    """Compare the outputs on 1,000 images, and the digits on all."""
    ours = outputs(ENGINES["custom"](weights, EXACT), test)
    theirs = node("outputs", weights=base64(numerators(flat(weights))), images=base64(test.images.tobytes()))
    assert np.abs(np.reshape(theirs["outputs"], (-1, 10)) - ours[:1000]).max() <= BOUND
    assert theirs["digits"] == ours.argmax(axis=1).tolist()


def test_outputs_are_equal() -> None:
    outputs_agree(initial_weights(EXACT, 784, 10), patterns(1000, 5))


@pytest.mark.slow
@pytest.mark.skipif(not (ROOT / "models/torch.safetensors").exists(), reason="needs what `make repro` makes")
@pytest.mark.parametrize("name", ["custom", "torch"])
def test_outputs_of_the_trained_networks_are_equal(name: str) -> None:
    weights, _ = load_weights(ROOT / f"models/{name}.safetensors", 784, 10)
    outputs_agree(weights, load_dataset(ROOT / "data/split/test"))


@pytest.mark.parametrize("dtype", ["exact", "float64"])
@pytest.mark.parametrize("activation", names("activation"))
@pytest.mark.parametrize("reduction", names("loss_reduction"))
def test_a_step_is_equal(activation: str, reduction: str, dtype: str) -> None:
    params = EXACT.model_copy(update={"activation": activation, "loss_reduction": reduction, "dtype": dtype})
    weights, batch = initial_weights(EXACT, 784, 10), patterns(100, 6)
    engine = ENGINES["custom"](weights, params)
    loss = engine.train_step(scale_pixels(batch.rows, dtype), batch.labels)
    options = {"lr": params.lr, "reduction": reduction, "activation": activation, "exact": dtype == "exact"}
    start, images = base64(numerators(flat(weights))), base64(batch.images.tobytes())
    found = node("step", weights=start, images=images, labels=batch.labels.tolist(), options=options)
    assert abs(found["loss"] - loss) <= BOUND
    assert np.abs(np.concatenate(found["parameters"]) - flat(engine.weights())).max() <= BOUND
    assert not np.array_equal(flat(engine.weights()), flat(weights))


@pytest.mark.parametrize("kind", names("weight_init"))
def test_initial_weights_and_orders_are_those_of_numpy(kind: str) -> None:
    params = EXACT.model_copy(update={"weight_init": kind, "init_seed": 227})
    found = node("draws", initial=kind, seed=227)
    ours = flat(initial_weights(params, 784, 10)).astype("<f8").tobytes()
    assert found["hash"] == hashlib.sha256(ours).hexdigest()
    order = np.arange(2000, dtype=np.int32)
    RandomState(227).shuffle(order)
    assert found["order"] == order.tolist()


def test_a_drawing_becomes_the_same_image() -> None:
    stream = RandomState(3)
    drawn = [
        [np.clip(np.cumsum(stream.normal(0, 25, (8, 2)), axis=0) + 140, 5, 275).tolist() for _ in range(1 + i % 3)]
        for i in range(50)
    ]
    found = node("strokes", strokes=drawn)
    images = [shrink(np.frombuffer(b64decode(one["ink"]), np.uint8).reshape(280, 280)) for one in found]
    for one, image in zip(found, images, strict=True):
        assert image is not None
        assert one["image"] == image.ravel().tolist()
    assert len({image.tobytes() for image in images if image is not None}) == 50
    assert node("strokes", strokes=[[]])[0]["image"] == []


def test_runs_of_zeros_come_back() -> None:
    numbers = [0] * 600 + [7, 0, 9] + [0] * 255 + [1, 2] + [0]
    packed = with_runs(np.array(numbers, np.uint8))
    assert node("runs", bytes=numbers) == {"packed": list(packed), "again": numbers}


def test_training_ends_in_the_bits_of_numpy_and_pytorch() -> None:
    few = patterns(200, 7)
    wanted = proof(few, EXACT)
    assert node("bits", training=dataset_data(few), proof=wanted) == {"hash": wanted["final"], "parted": 0}


def test_the_step_at_which_bits_part_is_found() -> None:
    few = patterns(200, 8)
    wanted = proof(few, EXACT)
    wanted["steps"][1] = "00000000"
    assert node("bits", training=dataset_data(few), proof=wanted)["parted"] == 2
