"""Hundreds of bad parameter files, each refused in one line that says where and what, before any work."""

import subprocess
import sys
from pathlib import Path

import pytest

from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.params import load_params
from tests.pipeline.test_stages import STAGES
from tests.support.bad_params import Bad, bad_files
from tests.support.factory import ROOT

BAD = bad_files()


def test_there_are_hundreds_and_no_two_are_alike() -> None:
    assert len({bad.text for bad in BAD}) == len(BAD)
    assert 600 <= len(BAD) <= 1000


@pytest.mark.parametrize("bad", BAD, ids=[bad.name for bad in BAD])
def test_a_bad_file_is_refused_in_one_line(tmp_path: Path, bad: Bad) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(bad.text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_params(path)
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"{path}: ")
    assert bad.key in line
    assert [words for words in bad.said if words not in line] == []


@pytest.mark.slow
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("part", range(2))
def test_a_stage_ends_with_that_line_before_it_writes(tmp_path: Path, stage: str, part: int) -> None:
    bad = BAD[(STAGES.index(stage) * 2 + part) * len(BAD) // 12]  # twelve, from all over the list
    (tmp_path / "params.yaml").write_text(bad.text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", f"stages.{stage}"],
        cwd=tmp_path, env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: params.yaml: ")
    assert [words for words in (bad.key, *bad.said) if words not in line] == []
    assert [path.name for path in tmp_path.iterdir()] == ["params.yaml"]
