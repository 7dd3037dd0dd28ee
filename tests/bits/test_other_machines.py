"""Whole pipelines on other machines, as far as one machine can be another: the same bits."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from mnist_mlp.harness.dvc_records import recorded_hashes
from studies.settings import ELSEWHERE, NUMPY, OLD_CPU
from tests.support.repository import Repository

FORCED = "dvc repro --force --no-run-cache"


@pytest.fixture
def repository(reproduced: Repository, tmp_path: Path) -> Repository:
    """A copy of it, in another folder, that a test may change."""
    return reproduced.copy(tmp_path)


@pytest.fixture
def elsewhere(tmp_path: Path) -> dict[str, str]:
    """The environment of another user in Turkey, whose locale is there if the system can make it."""
    (tmp_path / "home").mkdir()
    if localedef := shutil.which("localedef"):
        command = [localedef, "--inputfile", "tr_TR", "--charmap", "UTF-8", str(tmp_path / "tr_TR.UTF-8")]
        subprocess.run(command, check=False, capture_output=True)
    return ELSEWHERE | {"HOME": str(tmp_path / "home"), "LOCPATH": str(tmp_path)}


def test_another_folder_and_user_with_an_old_cpu_and_four_threads_get_the_same_bits(
    repository: Repository, elsewhere: dict[str, str]
) -> None:
    output = repository.run("sh", "-c", f"umask 077; {FORCED}", environment=elsewhere | OLD_CPU).stdout
    assert output.count("Running stage") == 6
    assert repository.git("status", "--porcelain") == ""
    repro = repository.run("python", "-m", "tools.repro").stdout
    assert repro.endswith("The same bits: all 17 outputs have the hashes in the committed dvc.lock.\n")


def test_float32_with_other_kernels_is_explained_and_can_be_undone(repository: Repository) -> None:
    repository.replace("params.yaml", {"dtype: exact": "dtype: float32"})
    repository.dvc("repro")
    repository.git("commit", "--quiet", "--all", "--message", "In float32")
    kernels = {"OPENBLAS_CORETYPE": "Nehalem"}
    repository.run("sh", "-c", f"{FORCED} --single-item {' '.join(NUMPY)}", environment=kernels)
    explained = repository.run("python", "-m", "tools", "bits").stdout
    assert "Same figures, different bytes: " in explained
    assert "\n    models/custom.safetensors\n" in explained
    assert "\n    train_custom.dtype is float32, whose last digits depend on CPU and threads" in explained
    repository.git("checkout", "--quiet", "HEAD", "--", "dvc.lock", "metrics", "plots")
    repository.dvc("checkout", "--force")
    assert "The same bits: " in repository.run("python", "-m", "tools", "bits").stdout


def test_queue_of_two_workers_gives_the_bytes_of_single_runs(experiment: Repository, tmp_path: Path) -> None:
    repository = experiment.copy(tmp_path)
    alone = recorded(repository, "lr")
    repository.dvc("exp", "remove", "lr")
    repository.git("checkout", "--quiet", "HEAD", "--", ".")
    shutil.rmtree(repository.root / ".dvc/cache/runs")  # or the queue would find the result there
    for name, rate in {"lr": 0.5, "faster": 0.2}.items():
        repository.dvc("exp", "run", "--queue", "--name", name, "-S", f"train_torch.lr={rate}")
    repository.dvc("exp", "run", "--run-all", "--jobs", "2")
    assert recorded(repository, "lr") == alone
    assert recorded(repository, "faster")["models/torch.safetensors"] != alone["models/torch.safetensors"]


def recorded(repository: Repository, experiment: str) -> dict[str, str]:
    """Return the hash of each output of an experiment."""
    assert json.loads(repository.read_in(experiment, "metrics/evaluate.json"))["custom"]["test_accuracy"] > 0.5
    return recorded_hashes(repository.read_in(experiment, "dvc.lock"))
