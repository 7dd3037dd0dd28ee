"""A backstop: nothing in the source can run what a file says, not even by a later edit."""

import subprocess

import pytest

from mnist_mlp.harness.plain_yaml import read_yaml
from tests.support.factory import ROOT
from tests.support.forbidden import LOADER, forbidden


def sources() -> list[str]:
    """Return all Python files that Git has or could have, but for the tests, which make such files."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [name for name in listed.stdout.splitlines() if not name.startswith("tests/")]


@pytest.mark.parametrize("name", sources())
def test_no_source_file_calls_what_runs_files(name: str) -> None:
    assert forbidden((ROOT / name).read_text(encoding="utf-8")) == []


def test_all_source_files_are_looked_at() -> None:
    assert {"src/mnist_mlp/core/files.py", "stages/plot.py", "studies/kept_runs.py", "tools/repro.py"} < set(
        sources()
    )


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("import pickle", "pickle"),
        ("import numpy, dill.source as d", "dill.source"),
        ("from pickle import loads", "pickle"),
        ("from cloudpickle import loads", "cloudpickle"),
        ("from torch import load", "torch.load"),
        ("from joblib import load", "joblib.load"),
        ("from os import system as s", "os.system"),
        ("if x:\n    torch.load(path)", "torch.load"),
        ("torch.load(path, weights_only=True)", "torch.load"),
        ("a = joblib.load(path)", "joblib.load"),
        ("pd.read_pickle(path)", "pd.read_pickle"),
        ("np.load(path)", "np.load without allow_pickle=False"),
        ("np.load(path, allow_pickle=True)", "np.load without allow_pickle=False"),
        ("np.load(path, allow_pickle=x)", "np.load without allow_pickle=False"),
        ("np.lib.format.read_array(file, allow_pickle=True)", "allow_pickle"),
        ("yaml.load(text)", "yaml.load without a safe loader"),
        ("yaml.load(text, Loader=yaml.FullLoader)", "yaml.load without a safe loader"),
        ("yaml.load(text, yaml.UnsafeLoader)", "yaml.load without a safe loader"),
        ("yaml.unsafe_load(text)", "yaml.unsafe_load"),
        ("eval(text)", "eval"),
        ("exec(text)", "exec"),
        ("__import__(name)", "__import__"),
        ("subprocess.run(text, shell=True)", "shell"),
        ("subprocess.Popen(text, shell=x)", "shell"),
        ("os.system(text)", "os.system"),
    ],
)
def test_it_is_found(source: str, what: str) -> None:
    assert [found.partition(": ")[2] for found in forbidden(source)] == [what]


@pytest.mark.parametrize(
    "source",
    [
        "np.load(path, allow_pickle=False)",
        f"yaml.load(text, Loader={LOADER})",
        "yaml.safe_load(text)",
        "subprocess.run(['git', 'status'])",
        "subprocess.run(words, shell=False)",
        "model.eval()",
        "re.compile(pattern)",
        "safe_open(path)",
    ],
)
def test_what_does_no_harm_is_allowed(source: str) -> None:
    assert forbidden(source) == []


def test_the_yaml_loader_is_derived_from_the_safe_one() -> None:
    from yaml import SafeLoader

    loader = read_yaml.__globals__[LOADER]
    assert issubclass(loader, SafeLoader)
    own = {
        tag for tag, make in loader.yaml_constructors.items() if make is not SafeLoader.yaml_constructors.get(tag)
    }
    assert own == set()
    assert not loader.yaml_multi_constructors
