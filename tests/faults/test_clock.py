"""Clocks that go backwards: files from the future, and a whole run in the past."""

import os
import shutil
import time

import pytest

from tests.support.laboratory import Laboratory

YEAR = 365 * 24 * 3600


@pytest.mark.parametrize("years", [-60, 10])
def test_times_of_files_do_not_matter(laboratory: Laboratory, years: int) -> None:
    moment = max(0, time.time() + years * YEAR)
    for path in laboratory.root.rglob("*"):
        if path.is_file() and ".git" not in path.parts:
            os.utime(path, (moment, moment))
    text = laboratory.assert_repro_repairs()
    assert "Data and pipelines are up to date." in text


def test_change_with_an_old_time_is_noticed(laboratory: Laboratory) -> None:
    path = laboratory.root / "models/custom.safetensors"
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    os.utime(path, (YEAR, YEAR))
    assert "Stage 'train_custom' is cached - skipping run, checking out" in laboratory.assert_repro_repairs()


@pytest.mark.skipif(shutil.which("faketime") is None, reason="no faketime (Debian: apt-get install faketime)")
@pytest.mark.parametrize("stage", ["fetch_mnist", "train_custom"])
def test_stage_writes_the_same_bytes_with_the_clock_set_back(laboratory: Laboratory, stage: str) -> None:
    laboratory.mark(stage)
    done = laboratory.run("faketime", "-f", "-20y", "dvc", "repro")
    assert done.code == 0, done.text
    assert f"Running stage '{stage}'" in done.text
    written = (laboratory.root / laboratory.outputs(stage)[0]).stat().st_mtime
    assert laboratory.assert_repro_repairs().count("Running stage") == 0
    assert written > 0
