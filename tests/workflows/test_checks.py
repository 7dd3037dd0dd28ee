"""The checks that the workflows and .ci/run share, on a pipeline of one stage that takes no time."""

import shutil
from pathlib import Path

import pytest
import yaml

from tests.support.factory import ROOT
from tests.support.repository import Repository

CHECKS = ("check_lock", "check_reproduction", "base_outputs")
FILES = {
    "params.yaml": "seed: 1\n",
    "dvc.yaml": """
stages:
  train:
    cmd: python train.py
    params: [seed]
    deps: [train.py]
    outs: [model.txt]
    metrics:
    - metrics.json:
        cache: false
""",
    "train.py": """
import json, pathlib, yaml
seed = yaml.safe_load(pathlib.Path("params.yaml").read_text())["seed"]
pathlib.Path("model.txt").write_text(f"model {seed}")
pathlib.Path("metrics.json").write_text(json.dumps({"accuracy": seed / 10}))
""",
    ".gitignore": "/model.txt\n",
}


@pytest.fixture(scope="module")
def committed(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A repository whose results are made and committed. Not to be changed."""
    repository = Repository(tmp_path_factory.mktemp("checks") / "a repository")
    (repository.root / "tools").mkdir(parents=True)
    for name in CHECKS:
        shutil.copy(ROOT / "tools" / name, repository.root / "tools")
    for name, text in FILES.items():
        (repository.root / name).write_text(text, encoding="utf-8")
    repository.git("init", "--quiet", "--initial-branch", "main")
    repository.dvc("init", "--quiet")
    repository.dvc("repro")
    commit(repository, "Results")
    return repository


@pytest.fixture
def repository(committed: Repository, tmp_path: Path) -> Repository:
    """A copy that a test may change."""
    return committed.copy(tmp_path)


def commit(repository: Repository, message: str) -> None:
    repository.git("add", "--all")
    repository.git("commit", "--quiet", "--message", message)


def failure(repository: Repository, *command: str) -> str:
    """Run a command that must fail with 1 and no traceback; return what it printed, from its error on."""
    done = repository.run(*command, check=False)
    assert done.returncode == 1, done.stdout
    assert done.stdout.count("error:") == 1
    assert "Traceback" not in done.stdout
    return done.stdout[done.stdout.index("error:") :]


def test_lock_is_current(repository: Repository) -> None:
    assert repository.run("tools/check_lock").stdout == "dvc.lock is current\n"


def test_lock_is_current_in_a_clone_without_data(committed: Repository, tmp_path: Path) -> None:
    committed.git("clone", "--quiet", ".", str(tmp_path / "clone"))
    assert Repository(tmp_path / "clone").run("tools/check_lock").stdout == "dvc.lock is current\n"


def test_lock_is_not_current_after_an_edit_without_repro(repository: Repository) -> None:
    repository.replace("params.yaml", {"seed: 1": "seed: 2"})
    assert failure(repository, "tools/check_lock").splitlines() == [
        "error: dvc.lock is not current: expected no stage to run, got: train",
        "Parameters, code or data have changed; run `dvc repro` and commit what it changes (git status).",
    ]


def test_lock_of_a_broken_pipeline_cannot_be_judged(repository: Repository) -> None:
    repository.replace("dvc.yaml", {"cmd:": "cmmd:"})
    message = failure(repository, "tools/check_lock")
    assert message.startswith("error: DVC could not tell whether dvc.lock is current")
    assert "dvc.yaml' validation failed" in message


def test_results_are_reproduced(repository: Repository) -> None:
    output = repository.run("tools/check_reproduction").stdout
    assert "Running stage 'train'" in output
    assert output.endswith("a forced run gives the results that are in Git\n")


def test_metric_in_git_is_not_the_one_made(repository: Repository) -> None:
    repository.replace("metrics.json", {"0.1": "0.9"})
    commit(repository, "Improve the accuracy")
    lines = failure(repository, "tools/check_reproduction").splitlines()
    assert lines[0].startswith("error: this commit does not give the results that are in Git.")
    assert [line.split() for line in lines[1:-2]] == [
        ["M", "metrics.json"],
        ["Metric", "HEAD", "workspace", "Change"],
        ["accuracy", "0.9", "0.1", "-0.8"],
    ]
    assert lines[-2].startswith("If the new results are intended, commit them.")


def test_uncommitted_changes_are_not_overwritten(repository: Repository) -> None:
    repository.replace("metrics.json", {"0.1": "0.9"})
    message = failure(repository, "tools/check_reproduction")
    assert message.startswith("error: expected a clean workspace, got changes")
    assert " M metrics.json" in message
    assert "0.9" in repository.read("metrics.json")


def test_failing_stage_fails_the_reproduction(repository: Repository) -> None:
    repository.replace("train.py", {"import json": "raise SystemExit(3)"})
    commit(repository, "Fail")
    done = repository.run("tools/check_reproduction", check=False)
    assert done.returncode != 0
    assert "failed to reproduce 'train'" in done.stdout


def test_outputs_of_the_base_come_into_the_cache_and_nothing_else_changes(repository: Repository) -> None:
    main = yaml.safe_load(repository.read("dvc.lock"))["stages"]["train"]["outs"][1]["md5"]
    repository.replace("params.yaml", {"seed: 1": "seed: 2"})
    repository.dvc("repro")
    commit(repository, "Another seed")
    shutil.rmtree(repository.root / ".dvc" / "cache")
    repository.run("tools/base_outputs", "HEAD^1")
    cached = repository.root / ".dvc" / "cache" / "files" / "md5" / main[:2] / main[2:]
    assert cached.read_text(encoding="utf-8") == "model 1"
    assert repository.read("model.txt") == "model 2"
    assert repository.git("status", "--porcelain") == ""
    assert repository.git("worktree", "list").count("\n") == 1


@pytest.mark.parametrize("revision", ["", "no-such-branch", "--help", "$(touch pwned)", '";touch pwned;#'])
def test_base_must_be_a_revision(repository: Repository, revision: str) -> None:
    assert failure(repository, "tools/base_outputs", revision) == (
        f"error: expected a revision of this repository, got: '{revision}';"
        " name one: make base-outputs BASE=main\n"
    )
    assert not (repository.root / "pwned").exists()
