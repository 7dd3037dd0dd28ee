"""The from-scratch network: NumPy only, one concept per file. Start reading at ``mlp.py``."""

from mnist_mlp.network.activations import ReLU, Sigmoid, Softmax, Tanh
from mnist_mlp.network.layers import Linear
from mnist_mlp.network.losses import CrossEntropy, MeanSquaredError
from mnist_mlp.network.mlp import MLP
from mnist_mlp.network.optimizers import SGD, Adam

__all__ = [
    "MLP", "SGD", "Adam", "CrossEntropy", "Linear", "MeanSquaredError", "ReLU", "Sigmoid", "Softmax", "Tanh",
]  # fmt: skip
