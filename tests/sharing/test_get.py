"""Someone without a clone gets a model by its path or its name, and uses it as docs/sharing.md says."""

import shutil
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from mnist_mlp import __version__
from tests.support.factory import ROOT
from tests.support.pages import blocks
from tests.support.repository import Repository
from tests.support.shared_repository import Shared

NUMPY_AND_SAFETENSORS = """
import sys

class Only:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in {"numpy", "safetensors", *ALLOWED, *sys.stdlib_module_names}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Only())
"""
PLAIN = f"ALLOWED = ()\n{NUMPY_AND_SAFETENSORS}"
SAVE = "\nimport numpy\nnumpy.save('outputs.npy', outputs)\n"


def snippets() -> tuple[str, str]:
    """Return the two Python programs of docs/sharing.md: with this package, and without."""
    ours, plain = blocks("docs/sharing.md", "python")
    return ours, plain


@pytest.fixture(scope="module")
def received(in_folder: Shared, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A folder with nothing in it but a model and test images."""
    somebody = in_folder.somebody(tmp_path_factory.mktemp("received"))
    for path in ("models/custom.safetensors", "data/split/test/images.npy"):
        somebody.dvc("get", str(in_folder.origin), path)
    return somebody


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A program's beginning that puts this package's wheel where nothing else is installed."""
    folder = tmp_path_factory.mktemp("wheel")
    words = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    Repository(ROOT).run(*words)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
        (metadata,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        lines = archive.read(metadata).decode().splitlines()
    needed = [line for line in lines if line.startswith("Requires-Dist: ") and "extra ==" not in line]
    assert needed == ["Requires-Dist: numpy>=2.2", "Requires-Dist: safetensors>=0.5"]
    assert f"Version: {__version__}" in lines
    return f"ALLOWED = ('mnist_mlp',)\n{NUMPY_AND_SAFETENSORS}\nsys.path.insert(0, {str(folder)!r})\n"


@pytest.mark.parametrize("program", [0, 1], ids=["with this package", "without"])
@pytest.mark.parametrize("name", ["custom", "torch"])
def test_documented_program_gives_the_outputs_of_the_pipeline(
    in_folder: Shared, received: Repository, package: str, tmp_path: Path, name: str, program: int
) -> None:
    shutil.copy(received.root / "images.npy", tmp_path)
    (tmp_path / "custom.safetensors").write_bytes(model(in_folder, name))
    code = (package, PLAIN)[program] + snippets()[program] + SAVE
    Repository(tmp_path).run(sys.executable, "-c", code)
    outputs = np.load(tmp_path / "outputs.npy")
    expected = np.load(in_folder.author.root / f"data/outputs/{name}.npy")
    np.testing.assert_allclose(outputs, expected, rtol=0, atol=1e-4)
    np.testing.assert_array_equal(outputs.argmax(axis=1), expected.argmax(axis=1))


def test_program_with_this_package_has_five_lines() -> None:
    assert sum(line != "" for line in snippets()[0].splitlines()) == 5


@pytest.mark.parametrize("module", ["mnist_mlp", "torch"])
def test_program_without_this_package_can_import_only_numpy_and_safetensors(module: str, tmp_path: Path) -> None:
    done = Repository(tmp_path).run(sys.executable, "-c", f"{PLAIN}import {module}", check=False)
    assert done.stdout.endswith(f"ModuleNotFoundError: No module named '{module}'\n")


def test_dvc_get_brings_a_model_from_a_folder(in_folder: Shared, received: Repository) -> None:
    assert (received.root / "custom.safetensors").read_bytes() == model(in_folder, "custom")


def test_dvc_get_brings_a_model_from_a_bucket(in_bucket: Shared, tmp_path: Path) -> None:
    in_bucket.somebody(tmp_path).dvc("get", str(in_bucket.origin), "models/custom.safetensors")
    assert (tmp_path / "custom.safetensors").read_bytes() == model(in_bucket, "custom")


def test_dvc_artifacts_get_brings_a_tagged_model_by_name(in_folder: Shared, tmp_path: Path) -> None:
    somebody = in_folder.somebody(tmp_path)
    somebody.dvc("artifacts", "get", str(in_folder.origin), "custom", "--rev", "v1.0.0")
    assert (tmp_path / "custom.safetensors").read_bytes() == model(in_folder, "custom")


def test_dvc_artifacts_get_does_not_find_an_untagged_model(in_folder: Shared, tmp_path: Path) -> None:
    somebody = in_folder.somebody(tmp_path)
    output = somebody.dvc("artifacts", "get", str(in_folder.origin), "torch", check=False)
    assert "Unable to find artifact 'torch'" in output
    assert list(tmp_path.iterdir()) == []


def test_receiver_can_name_a_remote_that_git_lacks(
    reproduced: Repository, in_folder: Shared, tmp_path: Path
) -> None:
    reproduced.git("clone", "--quiet", "--bare", ".", str(tmp_path / "origin"))
    where = ("--remote", "store", "--remote-config", f"url={in_folder.store}")
    in_folder.somebody(tmp_path).dvc("get", str(tmp_path / "origin"), "models/custom.safetensors", *where)
    assert (tmp_path / "custom.safetensors").read_bytes() == model(in_folder, "custom")


def model(shared: Shared, name: str) -> bytes:
    return (shared.author.root / f"models/{name}.safetensors").read_bytes()
