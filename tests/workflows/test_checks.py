"""The checks that the workflows and .ci/run share, on a pipeline of one stage that takes no time."""

import shutil
from pathlib import Path

import pytest

from tests.support.factory import ROOT
from tests.support.repository import Repository

PIPELINE = """\
stages:
  train:
    cmd: cp params.yaml model && cp params.yaml metrics.yaml
    params: [seed]
    outs: [model]
    metrics:
    - metrics.yaml: {cache: false}
"""
FILES = {"params.yaml": "seed: 1\n", "dvc.yaml": PIPELINE, ".gitignore": "/model\n"}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository whose results are made and committed."""
    repository = Repository(tmp_path / "a repository")
    (repository.root / "tools").mkdir(parents=True)
    for name in ("check_lock", "check_reproduction", "base_outputs"):
        shutil.copy(ROOT / "tools" / name, repository.root / "tools")
    for name, text in FILES.items():
        (repository.root / name).write_text(text, encoding="utf-8")
    repository.git("init", "--quiet")
    repository.dvc("init", "--quiet")
    repository.dvc("repro")
    commit(repository)
    return repository


def commit(repository: Repository) -> None:
    repository.git("add", "--all")
    repository.git("commit", "--quiet", "--message", "Results")


def failure(repository: Repository, *command: str) -> str:
    """Run a command that must fail with 1; return what it printed, from its error on."""
    done = repository.run(*command, check=False)
    assert done.returncode == 1, done.stdout
    return done.stdout[done.stdout.index("error:") :]


def test_the_lock_is_current_until_an_edit(repository: Repository) -> None:
    assert repository.run("tools/check_lock").stdout == "dvc.lock is current\n"
    repository.replace("params.yaml", {"seed: 1": "seed: 2"})
    assert "dvc.lock is not current: expected no stage to run, got: train" in failure(
        repository, "tools/check_lock"
    )


def test_results_are_reproduced_unless_git_has_others(repository: Repository) -> None:
    assert "a forced run gives the results that are in Git" in repository.run("tools/check_reproduction").stdout
    repository.replace("metrics.yaml", {"1": "9"})
    assert "expected a clean workspace" in failure(repository, "tools/check_reproduction")
    commit(repository)
    assert " M metrics.yaml" in failure(repository, "tools/check_reproduction")


def test_outputs_of_the_base_come_into_the_cache_and_nothing_else_changes(repository: Repository) -> None:
    repository.replace("params.yaml", {"seed: 1": "seed: 2"})
    repository.dvc("repro")
    commit(repository)
    shutil.rmtree(repository.root / ".dvc/cache")
    repository.run("tools/base_outputs", "HEAD^1")
    cached = [
        path.read_text("utf-8") for path in (repository.root / ".dvc/cache/files").rglob("*") if path.is_file()
    ]
    assert "seed: 1\n" in cached
    assert repository.read("model") == "seed: 2\n"
    assert repository.git("status", "--porcelain") == ""
    assert "expected a revision" in failure(repository, "tools/base_outputs", "$(touch pwned)")
    assert not (repository.root / "pwned").exists()
