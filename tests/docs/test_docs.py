"""README and docs/: links lead somewhere, commands and programs run, and the results support the claims."""

import importlib.util
import json
import re
import shlex
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

import mnist_mlp
from tests.support.factory import ROOT
from tests.support.pages import PAGES, WITH_LINKS, anchors, blocks, commands, links, read
from tests.support.repository import Repository
from tools import figures
from tools.__main__ import COMMANDS, command_line

TARGETS = set(re.findall(r"^([\w-]+(?: [\w-]+)*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
PROGRAM = re.compile(r"(?:mnist-mlp|make|python -m) [^A-Z]")
NOT_RUN = "mnist-mlp compare ", "mnist-mlp tune ", "mnist-mlp predict "
"""tests/compare trains less often, tests/predict has pictures."""
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


@pytest.mark.parametrize("page", WITH_LINKS)
def test_links_and_anchors_resolve(page: str) -> None:
    assert [link for link in links(page) if not resolves(page, link)] == []


def resolves(page: str, link: str) -> bool:
    """Tell whether a relative link leads to a file or folder and, in Markdown, to a heading of it."""
    path, _, anchor = link.partition("#")
    target = (ROOT / page).parent / path if path else ROOT / page
    return target.exists() and (not anchor or anchor in anchors(target.resolve().relative_to(ROOT).as_posix()))


def test_every_page_is_in_the_index_of_the_readme() -> None:
    assert set(PAGES) - {"README.md"} <= set(links("README.md"))


@pytest.mark.parametrize("page", PAGES)
def test_commands_exist(page: str) -> None:
    typed = [one.command for code in blocks(page, "console", "sh") for one in commands(code)]
    inline = re.findall(r"`([^`\n]+)`", read(page))
    for command in filter(PROGRAM.match, typed + inline):
        program, name, *words = shlex.split(command, comments=True)
        if program == "mnist-mlp":
            assert name in COMMANDS, command
            if words:  # a name alone stands for the command
                command_line().parse_args([name, *words])
        elif program == "make":
            assert any(name in targets.split() for targets in TARGETS), command
        else:
            assert importlib.util.find_spec(words[0]), command


@pytest.mark.parametrize("page", ["README.md", pytest.param("docs/experiments.md", marks=pytest.mark.slow)])
def test_the_commands_of_a_page_run_in_order(reproduced: Repository, tmp_path: Path, page: str) -> None:
    repository = reproduced.copy(tmp_path)
    for typed in (one for code in blocks(page, "console") for one in commands(code)):
        if typed.command.startswith(NOT_RUN):
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


@pytest.mark.parametrize(("number", "text"), [(0.125, "0.13"), (-0.125, "\N{MINUS SIGN}0.13"), (-0.001, "0.00")])
def test_numbers_have_two_decimals_and_a_real_minus(number: float, text: str) -> None:
    assert figures._fixed(number) == text


def test_the_claims_hold() -> None:
    measured = json.loads((ROOT / "metrics/evaluate.json").read_text(encoding="utf-8"))
    assert measured["comparison"]["mcnemar_p"] < 1e-80
    for name in ("gap", "gap_fashion"):
        effects = json.loads((ROOT / f"studies/results/{name}.json").read_text(encoding="utf-8"))["gap"]["effects"]
        assert effects["loss_reduction"]["low"] > 4
        assert effects["weight_init"]["high"] < 0
        assert effects["engine"] == {"points": 0.0, "low": 0.0, "high": 0.0}
    ends = pd.read_csv(ROOT / "studies/results/parity.csv").groupby(["configuration", "weights_sha256"]).size()
    assert (ends == 2).all()  # both engines


def test_the_citation_has_the_version_and_licence() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert (citation["version"], citation["license"]) == (mnist_mlp.__version__, "MIT")
