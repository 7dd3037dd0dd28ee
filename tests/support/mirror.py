"""Where the tests find the real data sets: nowhere, on most machines."""

import os
from pathlib import Path

import pytest

from tests.support.factory import ROOT

BESIDE = ROOT.parent / "shared"
FOLDERS = {"MNIST_MIRROR": "mnist", "FASHION_MNIST_MIRROR": "fashion-mnist"}


def mirror_of(variable: str) -> str:
    """Return the mirror that ``make`` would put into a variable; skip the test where there is none."""
    mirror = os.environ.get(variable) or str(BESIDE / FOLDERS[variable])
    if not Path(mirror).is_dir():
        pytest.skip(f"no folder with the original files: set {variable}")
    return mirror


def mnist_mirror() -> str:
    """Return the mirror of MNIST; skip the test where there is none."""
    return mirror_of("MNIST_MIRROR")
