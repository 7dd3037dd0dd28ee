"""What the studies share: the data set that the command line names, the files of results, intervals over seeds."""

import argparse
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from matplotlib.figure import Figure
from scipy.stats import t as students_t

from mnist_mlp.core.files import save_csv, save_json
from mnist_mlp.figures import save_figure
from mnist_mlp.harness.errors import InputError
from studies.study_params import load_study_params

FIRST = "mnist"
"""The data set of the pipeline and of the published figures: results without a data set's name are on it."""
RESULTS = Path("studies/results")
CONFIDENCE = 0.95


class DataSet(NamedTuple):
    """A data set that is split already."""

    name: str
    splits: str
    """The folder of train, val and test."""

    def save(self, study: str, table: pd.DataFrame, summary: object, figure: Figure, dpi: int) -> None:
        """Write the results of a study on this data set: its runs as CSV, a summary as JSON, a figure as PNG."""
        name = study if self.name == FIRST else f"{study}_{self.name}"
        save_csv(RESULTS / f"{name}.csv", table)
        save_json(RESULTS / f"{name}.json", {study: summary})
        save_figure(RESULTS / f"{name}.png", figure, dpi)


def data_set_of_command_line(study: str) -> DataSet:
    """Return the data set that the command line names: one of studies/params.yaml, else MNIST.

    Raises:
        InputError: it has not been split.
    """
    folders = load_study_params().datasets.model_dump()
    parser = argparse.ArgumentParser(prog=f"python -m studies.{study}", allow_abbrev=False)
    parser.add_argument("dataset", nargs="?", default=FIRST, choices=folders, help=f"default: {FIRST}")
    name = parser.parse_args().dataset
    if name != FIRST and not Path(folders[name]).is_dir():
        remedy = f"run `python -m studies.split_{name}`"
        raise InputError(f"{folders[name]}: expected the splits of {name}, got no such folder; {remedy}")
    return DataSet(name, folders[name])


def mean_interval(values: "pd.Series[float]") -> tuple[float, float, float]:
    """Return the mean and the ends of its 95 % interval, by Student's t distribution; needs two values or more."""
    mean, count = float(values.mean()), len(values)
    half = float(students_t.ppf((1 + CONFIDENCE) / 2, count - 1)) * float(values.std()) / count**0.5
    return mean, mean - half, mean + half
