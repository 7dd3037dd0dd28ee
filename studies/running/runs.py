"""One run of a study: an engine trains with given parameters. Also: what its result depends on."""

import base64
import hashlib
import time
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

import mnist_mlp
from mnist_mlp.core.arrays import Dataset
from mnist_mlp.core.files import load_dataset
from mnist_mlp.harness.errors import DivergedError, InputError
from mnist_mlp.harness.params import TrainParams
from mnist_mlp.training.initialization import initial_weights
from mnist_mlp.training.loop import Engine, outputs, train_epochs

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

    def key(self, version: str) -> str:
        """Return a hash of everything that the result depends on; ``version`` is that of the data and the code."""
        return hashlib.sha256(f"{self.engine} {self.params.model_dump_json()} {version}".encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Result:
    """What the network of the last epoch gets right, and what its training took."""

    val_accuracy: Share
    """Of the images, rounded to six decimals."""
    test_accuracy: Share
    val_right: str
    """For each image, whether it is right: a bit, the first one highest in its byte, in base64."""
    test_right: str
    seconds: Annotated[float, Field(ge=0)] = field(compare=False)
    """Of the training, on a machine that may have been busy."""


@dataclass(frozen=True)
class Diverged:
    """A training without accuracies: a loss was not finite, or with ``dtype: exact`` a sum was not exact."""

    diverged: str
    """The message of its error."""


Outcome = Result | Diverged


def do_run(name: str, run: Run, version: str) -> tuple[str, Outcome]:
    """Train in the calling process, if it has the study's data, code and libraries; return name and outcome."""
    check_version(run.data, version)
    return name, train(run)


def train(run: Run) -> Outcome:
    """Train, and score the network of the last epoch."""
    splits = load_splits(run.data)
    start = time.perf_counter()
    try:
        engine = trained(run)
        seconds = time.perf_counter() - start
        val, test = (outputs(engine, splits[on]).argmax(axis=1) == splits[on].labels for on in ("val", "test"))
    except DivergedError as error:
        return Diverged(str(error))
    shares = [round(float(right.mean()), 6) for right in (val, test)]
    return Result(shares[0], shares[1], packed(val), packed(test), round(seconds, 3))


def packed(right: NDArray[np.bool_]) -> str:
    """Return bits as text: for 10,000 images, 1,668 characters."""
    return base64.b64encode(np.packbits(right).tobytes()).decode("ascii")


def unpacked(text: str, images: int) -> NDArray[np.bool_]:
    """Return the bits of so many images that ``packed`` made text of."""
    return np.unpackbits(np.frombuffer(base64.b64decode(text), np.uint8), count=images).astype(np.bool_)


def trained(run: Run) -> Engine:
    """Return the engine of a run after its last epoch; DivergedError if it diverged."""
    from mnist_mlp.engines import ENGINES  # noqa: PLC0415  # PyTorch, slow: most who import this module train nothing

    images = load_splits(run.data)["train"]
    engine = ENGINES[run.engine](initial_weights(run.params, images.pixels, len(images.classes)), run.params)
    for _ in train_epochs(engine, images, run.params):
        pass
    return engine


@cache
def load_splits(data: str) -> dict[str, Dataset]:
    """Open the splits in a folder, once per process."""
    return {name: load_dataset(Path(data, name)) for name in SPLITS}


def version(data: str) -> str:
    """Return what a result depends on besides the run itself: the bytes of the data, code, libraries."""
    digest = hashlib.sha256()
    for dataset in load_splits(data).values():
        digest.update(dataset.images.tobytes() + dataset.labels.tobytes())
    libraries = ", ".join(f"{name} {metadata.version(name)}" for name in ("numpy", "torch"))
    return f"data {digest.hexdigest()[:32]}, code {code_version()}, {libraries}"


def code_version() -> str:
    """Return a hash of the source files that a result depends on."""
    parts = [SOURCE / name for name in NUMERICS]
    files = sorted(path for part in parts for path in ([part] if part.is_file() else part.glob("*.py")))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()[:32]


@cache
def check_version(data: str, expected: str) -> None:
    """Refuse, once per process and folder, data, code or libraries that are not the study's."""
    if (own := version(data)) != expected:
        raise InputError(
            f"a worker would give different results: expected {expected}; got {own}, in {Path.cwd()}; "
            "bring its copy of the repository to this commit, run `make repro` there, and start the worker again"
        )
