"""Nothing in the sources can run what a file says: ruff finds such calls, and it is not switched off."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
from yaml import SafeLoader

from mnist_mlp.harness import plain_yaml
from tests.support.factory import ROOT

FOLDERS = ("src", "stages", "studies", "tools", "benchmarks", "notebooks")
"""All folders with Python files but the tests, which make hostile files."""
RULES = ("S102", "S202", "S301", "S302", "S307", "S506", "S602", "S605", "S606", "TID251")
BANNED = (
    "cloudpickle", "dill", "jsonpickle", "pickle", "marshal", "shelve",
    "joblib.load", "torch.load", "torch.hub.load", "pandas.eval", "pandas.read_pickle", "tarfile.open",
    "yaml.full_load", "yaml.full_load_all", "yaml.load_all", "yaml.unsafe_load", "yaml.unsafe_load_all",
    "subprocess.getoutput", "subprocess.getstatusoutput",
)  # fmt: skip
"""What ruff has no rule of its own for."""
LOADER = "_PlainLoader"
"""The one YAML loader that ruff does not know to be safe; a test below shows that it is."""
HARMFUL = """\
pickle.loads(x)
dill.loads(x)
import cloudpickle
from cloudpickle import loads as l
jsonpickle.decode(x)
marshal.loads(x)
shelve.open(x)
loads(x)
torch.load(x, weights_only=True)
from torch import load
torch.hub.load(x, y)
joblib.load(x)
pd.read_pickle(x)
pd.eval(x)
yaml.load(x)
yaml.load(x, Loader=yaml.FullLoader)
yaml.load(x, yaml.UnsafeLoader)
yaml.unsafe_load(x)
yaml.full_load(x)
yaml.load_all(x)
tarfile.open(x)
eval(x)
exec(x)
subprocess.run(x, shell=True)
subprocess.getoutput(x)
os.system(x)
system(x)
os.popen(x)
os.execv(x, y)
"""
HARMLESS = """\
yaml.load(x, Loader=yaml.SafeLoader)
yaml.safe_load(x)
subprocess.run(["git", "status"])
subprocess.run(x, shell=False)
model.eval()
re.compile(x)
safe_open(x)
"""
IMPORTS = """\
import os, pickle, dill, jsonpickle, marshal, shelve, torch, joblib, yaml, tarfile, subprocess, re
import pandas as pd
from os import system
from pickle import loads
"""


def ruff(*words: str, source: str | None = None, settings: tuple[str, ...] = ()) -> list[dict[str, object]]:
    """Return what ruff finds."""
    command = [str(Path(sys.executable).with_name("ruff")), "check", "--output-format", "json", *settings, *words]
    done = subprocess.run(command, cwd=ROOT, input=source, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    found: list[dict[str, object]] = json.loads(done.stdout)
    return found


def strict() -> tuple[str, ...]:
    """Return settings that select the rules and ban the names, whatever pyproject.toml and `noqa` say."""
    names = ", ".join(f'"{name}" = {{msg = "runs what a file says"}}' for name in BANNED)
    banned = f"lint.flake8-tidy-imports.banned-api = {{{names}}}"
    return ("--isolated", "--ignore-noqa", "--config", banned, "--select", ",".join(RULES))


def rows(found: list[dict[str, object]]) -> set[int]:
    return {int(one["location"]["row"]) for one in found}  # type: ignore[index]


def test_ruff_finds_each_call_that_runs_what_a_file_says() -> None:
    found = rows(ruff("-", source=IMPORTS + HARMFUL, settings=strict()))
    lines = enumerate(HARMFUL.splitlines(), start=IMPORTS.count("\n") + 1)
    assert [line for row, line in lines if row not in found] == []


def test_ruff_allows_harmless_calls() -> None:
    assert ruff("-", source=f"import re, subprocess, yaml\n{HARMLESS}", settings=strict()) == []


def test_lint_includes_the_rules() -> None:
    shown = subprocess.run(
        [str(Path(sys.executable).with_name("ruff")), "check", "--show-settings", "src/mnist_mlp/__init__.py"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    enabled = shown.partition("linter.rules.enabled")[2].partition("]")[0]
    assert [rule for rule in RULES if f"({rule})" not in enabled] == ["TID251"]


def test_sources_call_none_of_them() -> None:
    (only,) = ruff(*FOLDERS, settings=strict())
    assert only["code"] == "S506"
    assert f"`{LOADER}`" in str(only["message"])
    assert str(only["filename"]).endswith("src/mnist_mlp/harness/plain_yaml.py")


def unsafe_calls(source: str) -> list[str]:
    """Return the calls that ruff has no rule for: they may unpickle arrays, choose a shell or run text."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    given = {call: {word.arg: ast.unparse(word.value) for word in call.keywords} for call in calls}
    return [
        ast.unparse(call)
        for call, words in given.items()
        if words.get("allow_pickle", "False") != "False"
        or (ast.unparse(call.func) in {"np.load", "numpy.load"} and "allow_pickle" not in words)
        or words.get("shell", "False") not in {"True", "False"}
        or ast.unparse(call.func) in {"compile", "__import__"}
    ]


def test_sources_make_no_unsafe_calls() -> None:
    sources = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    assert len(sources) > 50
    found = [call for path in sources for call in unsafe_calls(path.read_text(encoding="utf-8"))]
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "np.load(path)",
        "np.load(path, allow_pickle=True)",
        "np.load(path, allow_pickle=x)",
        "np.lib.format.read_array(file, allow_pickle=True)",
        "subprocess.Popen(text, shell=x)",
        "compile(text, name, 'exec')",
        "__import__(name)",
    ],
)
def test_unsafe_calls_are_found(source: str) -> None:
    assert unsafe_calls(source) == [source]
    assert unsafe_calls("np.load(path, allow_pickle=False)") == []


def test_yaml_loader_is_the_safe_one_made_stricter() -> None:
    loader = getattr(plain_yaml, LOADER)
    assert issubclass(loader, SafeLoader)
    own = {
        tag for tag, make in loader.yaml_constructors.items() if make is not SafeLoader.yaml_constructors.get(tag)
    }
    assert own == set()
    assert not loader.yaml_multi_constructors
