"""Everything that is started with ``python -m`` answers ``--help``, and refuses words that it does not know."""

import ast
import subprocess
import sys
from types import ModuleType

import pytest

from mnist_mlp.harness.run import run_stage
from tests.support.factory import ROOT
from tests.support.warm import programs

ENTRIES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for folder in ("stages", "studies")
    for path in sorted((ROOT / folder).glob("*.py"))
    if "__main__" in path.read_text(encoding="utf-8")
]
OWN_ARGUMENTS = ["studies.gap", "studies.next_steps", "studies.settings", "studies.worker"]


def started(module: str, word: str) -> "subprocess.CompletedProcess[str]":
    return programs.run(ROOT, "python", "-m", module, word)


@pytest.mark.parametrize("module", ["stages.split", "studies.seeds"])
def test_help_is_printed_and_nothing_started(module: str) -> None:
    done = started(module, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"usage: python -m {module} [-h]\n")


def test_an_unknown_word_is_refused() -> None:
    done = started("stages.split", "now")
    assert done.returncode == 2
    assert done.stderr.endswith("error: unrecognized arguments: now\n")


@pytest.mark.slow
@pytest.mark.parametrize("module", OWN_ARGUMENTS)
def test_a_program_with_its_own_arguments_prints_help_and_refuses_an_unknown_option(module: str) -> None:
    assert started(module, "--help").stdout.startswith(f"usage: python -m {module} ")
    assert started(module, "--now").returncode in (1, 2)


def test_every_entry_goes_through_one_reader_of_arguments() -> None:
    assert len(ENTRIES) == 13
    for module in set(ENTRIES) - set(OWN_ARGUMENTS):
        tree = ast.parse((ROOT / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8"))
        assert ast.unparse(tree.body[-1]) == "if __name__ == '__main__':\n    run_stage(main)", module


def test_a_program_that_reads_its_own_arguments_gets_them(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def main() -> None:
        done.append("main")

    main.__module__ = "__main__"
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__", "What it does."))
    monkeypatch.setattr(sys, "argv", ["program", "word"])
    run_stage(main, own_arguments=True)
    with pytest.raises(SystemExit) as caught:
        run_stage(main)
    assert caught.value.code == 2
    assert done == ["main"]
