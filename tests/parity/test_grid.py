"""Both engines carry out every specification that there is alike: all combinations of all names, one by one.

With ``dtype: exact`` they end in the same bits, in float64, for a sample, as close as rounding lets them.

The names come from the specification itself, so what is added there is compared here without being asked for.
"""

from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice, product

import numpy as np
import pytest
from numpy.random import RandomState

from mnist_mlp import exact
from mnist_mlp.core.arrays import Floats, Labels, Weights
from mnist_mlp.custom_engine import build_mlp
from mnist_mlp.exact import to_grid
from mnist_mlp.harness.params import TrainParams
from mnist_mlp.torch_engine import TorchMLP
from mnist_mlp.training.initialization import initial_weights
from mnist_mlp.training.loop import Engine
from tests.support.factory import CLASSES, HEADS, names, train_params

STEPS, BATCH, PIXELS = 20, 8, 12
Make = Callable[[Weights, TrainParams], Engine]
DEPTHS: list[list[int]] = [[], [7], [9, 6]]

# In parts of the largest number of an array, or of the loss. Twenty steps were seen to end up to 1.1e-14 apart by
# Adam, which multiplies the rounding of a gradient as small as eps by up to lr / eps, and up to 1.6e-15 by SGD.
TOLERANCE = 1e-11

# Numbers other than PyTorch's own defaults, which an engine would use where it forgets to pass them on.
ADAM: dict[str, object] = {"lr": 0.02, "beta1": 0.8, "beta2": 0.95, "eps": 1e-6}
VARIANTS: dict[str, list[dict[str, object]]] = {
    "sgd": [{}, {"momentum": 0.8}, {"momentum": 0.8, "nesterov": True}, {"weight_decay": 0.01}],
    "adam": [ADAM, {"lr": 0.01, "weight_decay": 0.01}],
}
RULES: list[dict[str, object]] = [
    {"optimizer": name} | variant for name in names("optimizer") for variant in VARIANTS.get(name, [{}])
]


def said(changes: dict[str, object]) -> str:
    return " ".join(f"{key}={value}" for key, value in changes.items())


every_activation = pytest.mark.parametrize("activation", names("activation"))
every_head = pytest.mark.parametrize(("output", "loss"), HEADS)
every_rule = pytest.mark.parametrize("rule", RULES, ids=said)
STEP = 7
"""One combination in seven of a test's 24 is a sample: four, with all depths and reductions."""
sample_first = pytest.mark.parametrize(
    "sample", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["sample", "rest"]
)


def combinations(activation: str, output: str, loss: str, rule: dict[str, object]) -> Iterator[dict[str, object]]:
    """Yield all combinations of the rest with these."""
    head = {"activation": activation, "output_activation": output, "loss": loss} | rule
    for reduction, init, depth in product(names("loss_reduction"), names("weight_init"), DEPTHS):
        yield head | {"loss_reduction": reduction, "weight_init": init, "hidden_sizes": depth}


def specification(changes: dict[str, object]) -> TrainParams:
    return train_params(**{"dtype": "float64", "init_std": 0.3} | changes)


@cache
def batches() -> list[tuple[Floats, Labels]]:
    stream = RandomState(0)
    return [
        (stream.uniform(-1, 1, (BATCH, PIXELS)), stream.randint(0, CLASSES, BATCH).astype(np.uint8))
        for _ in range(STEPS)
    ]


def difference(ours: Floats, theirs: Floats) -> float:
    """Return the largest difference of two arrays, in parts of their largest number."""
    assert ours.shape == theirs.shape
    return float(np.abs(ours - theirs).max() / np.abs(theirs).max())


@every_activation
@every_head
@every_rule
def test_both_engines_take_the_same_twenty_steps(
    activation: str, output: str, loss: str, rule: dict[str, object]
) -> None:
    for combination in islice(combinations(activation, output, loss, rule), None, None, STEP):
        params = specification(combination)
        weights = initial_weights(params, PIXELS, 10)
        custom, torch_engine = build_mlp(weights, params), TorchMLP(weights, params)
        for step, (images, labels) in enumerate(batches(), 1):
            losses = custom.train_step(images, labels), torch_engine.train_step(images, labels)
            off = abs(losses[0] - losses[1]) / losses[1]
            assert off <= TOLERANCE, f"loss of step {step} off by {off:.1e}: {said(combination)}"
        theirs = torch_engine.weights()
        for name, array in custom.weights().items():
            off = difference(array, theirs[name])
            assert off <= TOLERANCE, f"{name} off by {off:.1e}: {said(combination)}"


def assert_same_bits(params: TrainParams, other: TrainParams, make: Make, make_other: Make) -> None:
    """Let two engines take all steps on the grids from the same weights; compare weights and outputs."""
    weights = initial_weights(params, PIXELS, 10)
    engines = make(weights, params), make_other(weights, other)
    for images, labels in batches():
        on_grid = to_grid(images.copy(), exact.PIXELS)
        for engine in engines:
            engine.train_step(on_grid, labels)
    ours, theirs = (engine.weights() for engine in engines)
    for name, array in ours.items():
        assert not np.array_equal(array, weights[name]), params
        assert np.array_equal(array, theirs[name]), f"{name}: {params}"
    assert np.array_equal(engines[0].forward(on_grid), engines[1].forward(on_grid)), params


@every_activation
@every_head
@every_rule
@sample_first
def test_exact_engines_end_twenty_steps_in_the_same_bits(
    activation: str, output: str, loss: str, rule: dict[str, object], sample: bool
) -> None:
    for number, combination in enumerate(combinations(activation, output, loss, rule)):
        if (number % STEP == 0) == sample:
            params = specification(combination | {"dtype": "exact", "batch_size": BATCH})
            assert_same_bits(params, params, build_mlp, TorchMLP)


def test_the_grid_holds_every_combination_once() -> None:
    grid = {
        specification(combination)
        for activation, (output, loss), rule in product(names("activation"), HEADS, RULES)
        for combination in combinations(activation, output, loss, rule)
    }
    assert len(grid) == len(names("activation")) * len(HEADS) * len(RULES) * 2 * 4 * 3
    assert len(grid) >= 1296


@every_head
def test_combinations_end_at_different_weights(output: str, loss: str) -> None:
    # or else a name would mean nothing, and to agree on it would be no news
    ends = []
    for activation, rule in product(names("activation"), RULES):
        for combination in combinations(activation, output, loss, rule):
            params = specification(combination)
            if params.hidden_sizes != (7,):  # without a hidden layer all its activations are alike
                continue
            network = build_mlp(initial_weights(params, PIXELS, 10), params)
            for images, labels in batches():
                network.train_step(images, labels)
            ends.append(np.concatenate([array.ravel() for array in network.parameters()]))
    assert len(ends) == len(names("activation")) * len(RULES) * 2 * 4 >= 144
    for i, end in enumerate(ends[:-1]):
        assert np.abs(np.array(ends[i + 1 :]) - end).max(axis=1).min() > 1e-5
