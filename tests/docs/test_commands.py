"""What the pages tell a reader to type, typed: in a small copy of the repository, one command after the other."""

import shlex
import sys
from pathlib import Path

import pytest

from tests.support.factory import ROOT
from tests.support.pages import blocks, commands
from tests.support.repository import Repository

TRAIN_OFTEN = "mnist-mlp compare ", "mnist-mlp tune "
"""What is not run: tests/compare trains less often."""
BATCHES = f"""
import sys

sys.path.insert(0, {str(ROOT / "src")!r})
from numpy.random import RandomState

stream = RandomState(0)
batches = [(stream.uniform(-1, 1, (20, 784)), stream.randint(0, 10, 20))] * 1000
"""
CHECK = """
assert loss < 0.2, loss
assert (digits == labels).all(), (digits, labels)
"""


@pytest.mark.parametrize("page", ["README.md", pytest.param("docs/experiments.md", marks=pytest.mark.slow)])
def test_the_commands_of_a_page_run_in_order(reproduced: Repository, tmp_path: Path, page: str) -> None:
    repository = reproduced.copy(tmp_path)
    for typed in (one for code in blocks(page, "console") for one in commands(code)):
        if typed.command.startswith(TRAIN_OFTEN):
            continue
        done = [repository.run(*shlex.split(part), check=False) for part in typed.command.split(" && ")]
        printed = "".join(one.stdout for one in done)
        assert any(one.returncode for one in done) == typed.fails, f"{typed.command}\n{printed}"
        assert [label for label in typed.labels() if label not in printed] == [], f"{typed.command}\n{printed}"


def test_sums_on_a_grid_do_not_depend_on_their_order(tmp_path: Path) -> None:
    program, _hash = blocks("docs/reproducibility.md", "python")
    (shown,) = blocks("docs/reproducibility.md", "text")
    assert Repository(tmp_path).run(sys.executable, "-c", program).stdout == shown
    assert [line.split()[-1] for line in shown.splitlines()] == ["False", "False", "True"]


def test_the_program_for_hashes_runs_without_the_package(reproduced: Repository) -> None:
    _sums, program = blocks("docs/reproducibility.md", "python")
    assert len(reproduced.run(sys.executable, "-I", "-c", program).stdout.strip()) == 64


def test_the_network_on_its_own_learns(tmp_path: Path) -> None:
    (program,) = blocks("docs/engines.md", "python")
    Repository(tmp_path).run(sys.executable, "-c", BATCHES + program + CHECK)
