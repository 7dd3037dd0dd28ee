"""What docs/sharing.md promises: a clone pulls everything from a DVC remote; a model is used without a clone."""

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.support.factory import ROOT
from tests.support.pages import blocks
from tests.support.repository import UP_TO_DATE, Repository, stages_run

MODEL = "models/custom.safetensors"
ONLY = """
import sys

class Only:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in {"numpy", "safetensors", "mnist_mlp", *sys.stdlib_module_names}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Only())
"""
SAVE = "\nnp.save('outputs.npy', outputs)\n"


@pytest.fixture(scope="module")
def author(reproduced: Repository, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A trained repository, its commits pushed to ``origin`` and its data to ``store``. Not to be changed."""
    author = reproduced.copy(tmp_path_factory.mktemp("shared"))
    origin, store = author.root.parent / "origin", author.root.parent / "store"
    author.git("init", "--quiet", "--bare", "--initial-branch", "main", str(origin))
    author.git("remote", "add", "origin", str(origin))
    author.dvc("remote", "add", "--default", "store", str(store))
    author.git("commit", "--quiet", "--all", "--message", "Name the remote")
    author.git("tag", "--annotate", "custom@v1.0.0", "--message", "First version")
    author.git("push", "--quiet", "--follow-tags", "--set-upstream", "origin", "main")
    author.dvc("push")
    return author


@pytest.fixture
def clone(author: Repository, tmp_path: Path) -> Repository:
    """A fresh clone, without data: no source of MNIST is in its reach."""
    author.git("clone", "--quiet", str(author.root.parent / "origin"), str(tmp_path / "clone"))
    return Repository(tmp_path / "clone")


def test_fresh_clone_pulls_everything_and_has_nothing_to_run(author: Repository, clone: Repository) -> None:
    assert not (clone.root / MODEL).exists()
    clone.dvc("pull")
    assert clone.outputs() == author.outputs()
    assert UP_TO_DATE in clone.dvc("repro")
    assert clone.git("status", "--porcelain") == ""


def test_missing_file_is_named_and_only_that_model_is_trained_again(author: Repository, clone: Repository) -> None:
    store = clone.root.parent / "store"
    shutil.copytree(author.root.parent / "store", store)
    for path in store.rglob("*"):
        if path.is_file() and path.read_bytes() == (author.root / MODEL).read_bytes():
            path.unlink()
    clone.dvc("remote", "modify", "--local", "store", "url", str(store))
    printed = clone.dvc("pull", check=False)
    assert "ERROR: failed to pull data from the cloud" in printed
    assert MODEL in printed
    assert stages_run(clone.dvc("repro")) == ["train_custom"]
    assert clone.outputs() == author.outputs()


@pytest.mark.parametrize("program", [0, 1], ids=["with this package", "without"])
def test_documented_program_gives_the_outputs_of_the_pipeline(
    author: Repository, tmp_path: Path, program: int
) -> None:
    somebody, origin = Repository(tmp_path), str(author.root.parent / "origin")
    somebody.dvc("artifacts", "get", origin, "custom", "--rev", "v1.0.0")
    somebody.dvc("get", origin, "data/split/test/images.npy")
    code = ONLY + blocks("docs/sharing.md", "python")[program] + SAVE
    path = {"PYTHONPATH": str(ROOT / "src")} if program == 0 else {}
    somebody.run(sys.executable, "-c", code, environment=path)
    outputs, expected = np.load(tmp_path / "outputs.npy"), np.load(author.root / "data/outputs/custom.npy")
    np.testing.assert_allclose(outputs, expected, rtol=0, atol=1e-4)
    np.testing.assert_array_equal(outputs.argmax(axis=1), expected.argmax(axis=1))
