"""The data set that a study was asked for on the command line, and the names of its results."""

import argparse
from pathlib import Path
from typing import NamedTuple

from mnist_mlp.harness.errors import InputError
from studies.study_params import load_study_params

FIRST = "mnist"
"""The data set of the pipeline and of the published figures: results without a data set's name are on it."""


class DataSet(NamedTuple):
    """A data set that is split already."""

    name: str
    splits: str
    """The folder of train, val and test."""

    def result(self, study: str, ending: str) -> Path:
        """Return the file of a result of a study on this data set."""
        suffix = "" if self.name == FIRST else f"_{self.name}"
        return Path(f"studies/results/{study}{suffix}.{ending}")


def data_set_asked_for(study: str) -> DataSet:
    """Return the data set that the command line names: one of studies/params.yaml, else MNIST.

    Raises:
        InputError: there is no such data set, or it has not been split.
    """
    known = load_study_params().datasets.model_dump()
    parser = argparse.ArgumentParser(prog=f"python -m studies.{study}", allow_abbrev=False)
    parser.add_argument("dataset", nargs="?", default=FIRST, help=f"{', '.join(known)}; default: {FIRST}")
    name = parser.parse_args().dataset
    if name not in known:
        raise InputError(f"expected one of the data sets in studies/params.yaml, {', '.join(known)}; got {name!r}")
    if name != FIRST and not Path(known[name]).is_dir():
        raise InputError(
            f"{known[name]}: expected the splits of {name}, got no such folder; "
            f"run `dvc repro studies/dvc.yaml:split_{name}`"
        )
    return DataSet(name, known[name])
