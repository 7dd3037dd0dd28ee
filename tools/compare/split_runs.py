"""Runs that split the images anew: the same training with another choice of training, validation and test rows."""

import hashlib
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from mnist_mlp.core.arrays import Dataset
from mnist_mlp.core.files import load_dataset
from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.params import SplitParams
from studies.running.runs import Run

RAW = Path("data/raw")


@dataclass(frozen=True)
class SplitRun(Run):
    """A training on rows chosen for it, in memory: nothing is written."""

    split: SplitParams
    raw: str
    """``raw_version()`` where the comparison was started."""

    def splits(self) -> dict[str, Dataset]:
        """Return the chosen rows.

        Raises:
            InputError: there are no images, or others than where the comparison was started.
        """
        if raw_version() != self.raw:
            raise InputError(
                f"{RAW.absolute()}: expected the images and the split's code that the comparison started "
                "with, got others; run `dvc repro` there"
            )
        return split_rows(self.split)

    def identity(self) -> str:
        """Return all that its result depends on, but ``version()``."""
        return f"{super().identity()} {self.split.model_dump_json()} {self.raw}"


@cache
def raw_version() -> str:
    """Return what a split depends on besides its parameters: all images and labels, code, scikit-learn.

    Raises:
        InputError: the data are missing; ``dvc repro`` makes them.
    """
    import sklearn  # noqa: PLC0415  # slow, and needed only where splits differ

    from mnist_mlp import splits  # noqa: PLC0415

    dataset = load_dataset(RAW)
    digest = hashlib.sha256(Path(splits.__file__).read_bytes())
    digest.update(dataset.images.tobytes() + dataset.labels.tobytes())
    return f"raw {digest.hexdigest()[:32]}, scikit-learn {sklearn.__version__}"


@lru_cache(maxsize=1)
def split_rows(params: SplitParams) -> dict[str, Dataset]:
    """Return the splits; both sides of a pair use them one after the other."""
    from mnist_mlp.splits import split_dataset  # noqa: PLC0415  # as in raw_version

    return split_dataset(load_dataset(RAW), params)
