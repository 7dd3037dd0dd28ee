"""scikit-learn's classifier, which supports no loss but cross-entropy."""

import warnings

from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from benchmarks.contestants import BATCH, HIDDEN, LR, Train, scaled
from mnist_mlp.core.arrays import Dataset


def classifier(dataset: Dataset, dtype: str) -> Train:
    """Return fits of one epoch each; every fit starts where the last one ended."""
    split = scaled(dataset, dtype)
    warnings.simplefilter("ignore", ConvergenceWarning)
    model = MLPClassifier(
        (HIDDEN,), activation="logistic", solver="sgd", momentum=0, alpha=0, batch_size=BATCH,
        learning_rate_init=LR, max_iter=1, warm_start=True, random_state=10,
    )  # fmt: skip
    return lambda: model.fit(split.images, split.labels)
