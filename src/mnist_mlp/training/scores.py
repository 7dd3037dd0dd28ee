"""How good a network's outputs are: the two numbers that every curve and table shows."""

import numpy as np

from mnist_mlp.core.arrays import Floats, Labels


def accuracy(outputs: Floats, labels: Labels) -> float:
    """Return the share of rows, in [0, 1], whose largest output is the label's."""
    return float(np.mean(outputs.argmax(axis=1) == labels))


def mean_squared_error(outputs: Floats, labels: Labels) -> float:
    """Return the squared distance to the one-hot labels, averaged over rows and classes.

    This is the same measure for every run, whichever loss and reduction it was trained with; otherwise two loss
    curves could not share an axis. For softmax outputs it is the Brier score, divided by the number of classes.
    It is summed in float64, so that many rows lose no digits.
    """
    errors = outputs - np.eye(outputs.shape[1], dtype=outputs.dtype)[labels]
    return float(np.mean(np.square(errors), dtype=np.float64))
