"""Nerva-NumPy, a network in NumPy for students: gradients written by hand, as here, and its own training loop."""

from nerva_numpy.learning_rate import ConstantScheduler
from nerva_numpy.loss_functions import SquaredErrorLossFunction
from nerva_numpy.multilayer_perceptron import parse_multilayer_perceptron
from nerva_numpy.training import stochastic_gradient_descent_plain

from benchmarks.contestants import LR, Sizes, Trainer
from benchmarks.data import CLASSES, Data, scaled


def plain(data: Data, sizes: Sizes, dtype: str) -> Trainer:
    """Return calls of one epoch each of ``stochastic_gradient_descent_plain``."""
    split = scaled(data.train, dtype)
    layers = [split.images.shape[1], sizes.hidden, CLASSES]
    model = parse_multilayer_perceptron(
        ["Sigmoid", "Sigmoid"], layers, ["GradientDescent", "GradientDescent"], ["XavierNormal", "XavierNormal"]
    )
    loss, rate = SquaredErrorLossFunction(), ConstantScheduler(LR)

    def train() -> None:
        stochastic_gradient_descent_plain(model, split.images, split.targets, loss, rate, 1, sizes.batch, True)

    return Trainer(train)
