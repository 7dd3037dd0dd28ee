"""The scripts behind `make check-lock`, `make check-reproduction` and a report's base; and a clone's line ends."""

import shutil
from pathlib import Path

import pytest

from tests.support.factory import ROOT
from tests.support.repository import Repository

PIPELINE = """\
stages:
  train:
    cmd: cp params.yaml model.txt; sed s/seed/score/ params.yaml > score.yaml
    params: [seed]
    outs: [model.txt]
    metrics:
    - score.yaml: {cache: false}
"""
FILES = {"params.yaml": "seed: 1\n", "dvc.yaml": PIPELINE, ".gitignore": "/model.txt\n"}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository of one stage that takes no time, whose results are made and committed."""
    repository = Repository(tmp_path / "a repository")
    (repository.root / "tools").mkdir(parents=True)
    for script in ("check_lock", "check_reproduction", "base_outputs"):
        shutil.copy(ROOT / "tools" / script, repository.root / "tools")
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
    done = repository.run(*command, check=False)
    assert done.returncode == 1, done.stdout
    return done.stdout


def test_lock_is_current_without_data_until_a_parameter_changes(repository: Repository, tmp_path: Path) -> None:
    repository.git("clone", "--quiet", ".", str(tmp_path / "clone"))
    clone = Repository(tmp_path / "clone")
    assert clone.run("tools/check_lock").stdout == "dvc.lock is current\n"
    clone.replace("params.yaml", {"1": "2"})
    assert "expected no stage to run, got: train" in failure(clone, "tools/check_lock")


def test_results_that_are_not_those_in_git_are_an_error(repository: Repository) -> None:
    assert "a forced run gives the results that are in Git" in repository.run("tools/check_reproduction").stdout
    repository.replace("score.yaml", {"1": "9"})
    assert "expected a clean workspace" in failure(repository, "tools/check_reproduction")
    commit(repository)
    message = failure(repository, "tools/check_reproduction")
    assert "this commit does not give the results that are in Git" in message
    assert message.split("score  ")[1].split()[:2] == ["9", "1"]


def test_outputs_of_the_base_come_into_the_cache_and_nothing_else_changes(repository: Repository) -> None:
    shutil.rmtree(repository.root / ".dvc/cache")
    repository.replace("params.yaml", {"1": "2"})
    repository.dvc("repro")
    commit(repository)
    repository.run("tools/base_outputs", "HEAD^1")
    objects = (repository.root / ".dvc/cache/files/md5").rglob("*")
    assert {path.read_text() for path in objects if path.is_file()} >= {"seed: 1\n", "seed: 2\n"}
    assert repository.git("status", "--porcelain") == ""
    assert "expected a revision of this repository" in failure(repository, "tools/base_outputs", "$(touch pwned)")
    assert not (repository.root / "pwned").exists()


def test_clone_by_a_git_that_writes_crlf_has_the_committed_bytes(reproduced: Repository, tmp_path: Path) -> None:
    reproduced.git("clone", "--quiet", "--config", "core.autocrlf=true", ".", str(tmp_path / "clone"))
    paths = reproduced.git("ls-files", "-z").rstrip("\0").split("\0")
    different = [
        path for path in paths if (tmp_path / "clone" / path).read_bytes() != (reproduced.root / path).read_bytes()
    ]
    assert different == []
