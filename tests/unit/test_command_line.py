"""The command line as users meet it: `mnist-mlp` from any folder of a clone, and `python -m stages.NAME`."""

import inspect
import shlex
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from tests.support.factory import ROOT
from tests.support.repository import Repository
from tools.__main__ import COMMANDS, command_line, main

MNIST_MLP = "import sys; sys.argv[0] = 'mnist-mlp'; from mnist_mlp.command import main; main()"
"""What the installed script does."""


def run(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, *words], cwd=folder, capture_output=True, text=True, check=False)


def ended(monkeypatch: pytest.MonkeyPatch, *words: str) -> object:
    """Run a command within this process; return its exit code."""
    monkeypatch.setattr(sys, "argv", ["mnist-mlp", *words])
    with pytest.raises(SystemExit) as caught:
        main()
    return caught.value.code


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_with_an_example_and_a_function_that_takes_its_arguments(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert ended(monkeypatch, command, "--help") == 0
    assert f"Example: mnist-mlp {command}" in capsys.readouterr().out
    module, _, function = COMMANDS[command].function.partition(":")
    parameters = inspect.signature(getattr(import_module(module), function)).parameters
    example = shlex.split(COMMANDS[command].example)[1:]
    assert {"command", *parameters} == vars(command_line().parse_args(example)).keys()


@pytest.mark.parametrize("words", [["compair"], ["bits", "--now"], []])
def test_words_that_are_no_command_are_refused(monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
    assert ended(monkeypatch, *words) == 2


def test_a_file_whose_name_begins_with_a_dash_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tools.__main__.START", tmp_path)
    Path("-photo.png").touch()
    assert ended(monkeypatch, "predict", "-photo.png") == 1
    assert f"error: {tmp_path}/-photo.png: expected a picture" in capsys.readouterr().err


def test_command_runs_from_a_subfolder_with_the_code_of_its_clone(reproduced: Repository) -> None:
    for folder in (reproduced.root, reproduced.root / "docs"):
        done = run(folder, "-c", MNIST_MLP, "bits")
        assert done.stdout.startswith("The same bits: all 17 outputs"), done.stderr


def test_outside_a_clone_there_is_one_message(tmp_path: Path) -> None:
    done = run(tmp_path, "-c", MNIST_MLP, "bits")
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: expected a folder inside a clone of mnist-mlp, got {tmp_path}")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("module", ["stages.split", "studies.seeds", "studies.gap"])
def test_programs_answer_help_and_refuse_unknown_words(module: str) -> None:
    helped = run(ROOT, "-m", module, "--help")
    assert helped.returncode == 0
    assert helped.stdout.startswith(f"usage: python -m {module} ")
    refused = run(ROOT, "-m", module, "--now")
    assert refused.returncode in (1, 2)
    assert "Traceback" not in refused.stderr
