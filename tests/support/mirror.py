"""Where the tests find real MNIST: nowhere, on most machines."""

import os
from pathlib import Path

import pytest

from tests.support.factory import ROOT

BESIDE = ROOT.parent / "shared" / "mnist"


def mnist_mirror() -> str:
    """Return the mirror that ``make repro`` would use; skip the test where there is none."""
    mirror = os.environ.get("MNIST_MIRROR") or str(BESIDE)
    if not Path(mirror).is_dir():
        pytest.skip("no folder with the MNIST files: set MNIST_MIRROR")
    return mirror
