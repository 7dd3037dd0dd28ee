"""What the pages tell a reader to type, typed: in a small copy of the repository, one command after the other."""

import json
import sys
from pathlib import Path

import pytest

from tests.support.console_blocks import BLOCKS, RUN
from tests.support.factory import ROOT
from tests.support.pages import Command, blocks, commands
from tests.support.repository import Repository
from tests.support.workflow import lend_environment

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
    lend_environment(repository.root)
    run = [typed for code in blocks(page, "console", "sh") for typed in commands_to_run(page, code)]
    assert run
    for typed in run:
        done = repository.run("bash", "-c", typed.command, check=False)
        assert (done.returncode != 0) == typed.fails, f"{typed.command}\n{done.stdout}"
        missing = [label for label in typed.labels() if label not in done.stdout]
        assert set(missing) <= unchanged_metrics(repository), f"{typed.command}\n{done.stdout}"


def commands_to_run(page: str, code: str) -> list[Command]:
    """Return the commands of a block that is listed as run."""
    found = commands(code)
    return found if BLOCKS[page, found[0].command] == RUN else []


def unchanged_metrics(repository: Repository) -> set[str]:
    """Return the names of all metrics: `dvc metrics diff` leaves out those that are equal on synthetic images."""
    files = sorted((repository.root / "metrics").glob("*.json"))
    groups = [group for file in files for group in json.loads(file.read_text(encoding="utf-8")).items()]
    return {f"{name}.{key}" for name, values in groups for key in values}


def test_sums_on_a_grid_do_not_depend_on_their_order(tmp_path: Path) -> None:
    (program,) = blocks("docs/reproducibility.md", "python")
    shown, _message = blocks("docs/reproducibility.md", "text")
    printed = Repository(tmp_path).run(sys.executable, "-c", program).stdout
    assert printed == shown
    assert [line.split()[-1] for line in printed.splitlines()] == ["False", "False", "True"]


def test_the_network_on_its_own_learns(tmp_path: Path) -> None:
    (program,) = blocks("docs/engines.md", "python")
    Repository(tmp_path).run(sys.executable, "-c", BATCHES + program + CHECK)
