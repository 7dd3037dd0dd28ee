"""Hundreds of bad parameter files: each is refused in one line with file, key, value and what is allowed."""

from pathlib import Path

import pytest

from mnist_mlp.harness.params import load_params
from tests.support.bad_params import Bad, bad_files
from tests.support.factory import ROOT, SECTIONS
from tests.support.refusals import refusal
from tests.support.warm import programs

BAD = bad_files()
LR = next(bad for bad in BAD if bad.name == "train_custom.lr as NaN")


def section(bad: Bad) -> str:
    """Return the section at fault."""
    return max((name for name in SECTIONS if bad.name.startswith(name)), key=len, default="train_custom")


def test_bad_files_are_hundreds_and_differ() -> None:
    assert len({bad.text for bad in BAD}) == len(BAD)
    assert 500 <= len(BAD) <= 700


@pytest.mark.parametrize("name", SECTIONS)
def test_each_bad_file_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    path = tmp_path / "params.yaml"
    wrong = []
    for bad in (one for one in BAD if section(one) == name):
        path.write_text(bad.text, encoding="utf-8")
        message = refusal(load_params, path)
        said = all(words in message for words in (bad.key, *bad.said))
        if not (message.startswith(f"{path}: ") and len(message.splitlines()) == 1 and said):
            wrong.append((bad.name, message))
    assert wrong == []


def test_stage_prints_that_line_and_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text(LR.text, encoding="utf-8")
    done = programs.run(tmp_path, "python", "-m", "stages.split", PYTHONPATH=str(ROOT))
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: params.yaml: ")
    assert [words for words in (LR.key, *LR.said) if words not in line] == []
    assert [path.name for path in tmp_path.iterdir()] == ["params.yaml"]
