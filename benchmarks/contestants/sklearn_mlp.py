"""scikit-learn's classifier, which supports no loss but cross-entropy."""

import warnings

from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from benchmarks.contestants import LR, Sizes, Trainer
from benchmarks.data import Data, scaled


def classifier(data: Data, sizes: Sizes, dtype: str) -> Trainer:
    """Return fits of one epoch each; every fit starts where the last one ended."""
    split = scaled(data.train, dtype)
    warnings.simplefilter("ignore", ConvergenceWarning)
    model = MLPClassifier(
        (sizes.hidden,), activation="logistic", solver="sgd", momentum=0, alpha=0, batch_size=sizes.batch,
        learning_rate_init=LR, max_iter=1, warm_start=True, random_state=10,
    )  # fmt: skip
    return Trainer(lambda: model.fit(split.images, split.labels))
