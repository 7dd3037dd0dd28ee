"""A multilayer perceptron from scratch in NumPy, compared with its PyTorch twin on MNIST."""
