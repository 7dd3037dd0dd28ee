"""A multilayer perceptron from scratch in NumPy, compared with its PyTorch twin on MNIST."""

__version__ = "0.1.0"
