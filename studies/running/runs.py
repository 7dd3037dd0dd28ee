"""One run of a study: an engine trains with given parameters. Also: what the result depends on."""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Annotated

from pydantic import Field

import mnist_mlp
from mnist_mlp.core.arrays import Dataset
from mnist_mlp.core.files import load_dataset
from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.params import TrainParams
from mnist_mlp.training.initialization import initial_weights
from mnist_mlp.training.loop import outputs, train_epochs
from mnist_mlp.training.loop import accuracy

Share = Annotated[float, Field(ge=0, le=1)]

DATA = "data/split"
"""The splits of the pipeline."""
SPLITS = ("train", "val", "test")
SOURCE = Path(mnist_mlp.__file__).parent
NUMERICS = (
    "core", "custom_engine.py", "engines.py", "exact.py", "network", "torch_engine.py", "training",
)  # fmt: skip
"""Parts of src/mnist_mlp that a result depends on; after an edit to one of them, all runs are done again."""


@dataclass(frozen=True)
class Run:
    """One training: the name of an engine, all its parameters, and the folder of the splits."""

    engine: str
    params: TrainParams
    data: str

    def splits(self) -> dict[str, Dataset]:
        """Return the images to train on and to score."""
        return load_splits(self.data)

    def identity(self) -> str:
        """Return all that its result depends on, but ``version(data)``."""
        return f"{self.engine} {self.params.model_dump_json()}"


class DivergedError(InputError):
    """A training without a result: a loss was not finite, or with ``dtype: exact`` a sum was not exact."""


@dataclass(frozen=True)
class Diverged:
    """What came of a training that diverged: the message of its error."""

    diverged: str


@dataclass(frozen=True)
class Result:
    """The accuracies after the last epoch: shares of images in [0, 1], rounded to six decimals."""

    val_accuracy: Share
    test_accuracy: Share


def train(run: Run) -> Result:
    """Train, and score the network of the last epoch.

    Raises:
        InputError: the data are missing, or cannot be trained on so.
        DivergedError: the training diverged.
    """
    from mnist_mlp.engines import ENGINES  # noqa: PLC0415  # PyTorch, slow: most who import this module train nothing

    splits = run.splits()
    params = run.params
    weights = initial_weights(params, splits["train"].pixels, len(splits["train"].classes))
    engine = ENGINES[run.engine](weights, params)
    try:
        for _ in train_epochs(engine, splits["train"], params):
            pass
        scores = {name: accuracy(outputs(engine, splits[name]), splits[name].labels) for name in ("val", "test")}
    except InputError as error:
        raise DivergedError(str(error)) from None
    return Result(round(scores["val"], 6), round(scores["test"], 6))


@cache
def load_splits(data: str) -> dict[str, Dataset]:
    """Open the splits in a folder, once per process.

    Raises:
        InputError: the data are missing; ``dvc repro`` makes them.
    """
    return {name: load_dataset(Path(data, name)) for name in SPLITS}


def version(data: str) -> str:
    """Return what a result depends on besides the run itself: the bytes of the data, code, libraries."""
    libraries = ", ".join(f"{name} {metadata.version(name)}" for name in ("numpy", "torch"))
    return f"data {data_version(data)}, code {code_version()}, {libraries}"


def data_version(data: str) -> str:
    """Return a hash of all images and labels in a folder of splits."""
    digest = hashlib.sha256()
    for dataset in load_splits(data).values():
        digest.update(dataset.images.tobytes() + dataset.labels.tobytes())
    return digest.hexdigest()[:32]


def code_version() -> str:
    """Return a hash of the source files that a result depends on."""
    parts = [SOURCE / name for name in NUMERICS]
    files = sorted(path for part in parts for path in ([part] if part.is_file() else part.glob("*.py")))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()[:32]


@cache
def check_version(data: str, expected: str) -> None:
    """Check, once per process and folder, that this process would give the study's results.

    Raises:
        InputError: this process has different data, code or libraries.
    """
    if (found := version(data)) != expected:
        raise InputError(
            f"a worker would give different results: expected {expected}; got {found}, in {Path.cwd()}; "
            "bring its copy of the repository to this commit, run `make repro` there, and start the worker again"
        )
