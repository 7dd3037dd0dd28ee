"""What must hold of every workflow, read from its text."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.factory import ROOT
from tests.support.workflow import WORKFLOWS, load_workflow, steps

TRIGGERS: dict[str, dict[str, Any]] = {
    "ci.yml": {"push": {"branches": ["main"]}, "pull_request": None},
    "page.yml": {"push": {"branches": ["main"]}},
    "pipeline.yml": {"pull_request": None},
}
ALL = {path.name: load_workflow(path) for path in WORKFLOWS}
JOBS = [
    pytest.param(job, id=f"{file}-{name}")
    for file, workflow in ALL.items()
    for name, job in workflow["jobs"].items()
]
WITH_A_BASE_ONLY = {"make base-outputs", "make report"}
AFTER_MERGES_ONLY = {"make page"}

each_file = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
each_workflow = pytest.mark.parametrize("workflow", ALL.values(), ids=ALL)
each_job = pytest.mark.parametrize("job", JOBS)


def make_targets(text: str) -> set[str]:
    """Return ``make TARGET`` for each use of make, without those of files such as .venv/.installed."""
    uses = re.findall(r"\bmake ([^\n#|;&`\"'$]*)", text)
    return {f"make {word}" for use in uses for word in use.split() if re.fullmatch(r"[a-z][a-z-]*", word)}


@each_file
def test_every_action_is_pinned_by_its_commit_with_the_version_beside_it(path: Path) -> None:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if "uses:" in line]
    assert lines
    for line in lines:
        assert re.fullmatch(r"\s*(- )?uses: actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


def test_an_action_has_one_version_everywhere() -> None:
    used = {step["uses"] for workflow in ALL.values() for step in steps(workflow) if "uses" in step}
    assert len(used) == len({use.partition("@")[0] for use in used}) == 6


def test_triggers_are_those_intended() -> None:
    assert {file: workflow["on"] for file, workflow in ALL.items()} == TRIGGERS


@each_workflow
def test_a_workflow_may_only_read(workflow: dict[str, Any]) -> None:
    assert workflow["permissions"] == {"contents": "read"}


def test_two_jobs_may_write_comments_and_the_published_page() -> None:
    own = {
        (file, name): job["permissions"]
        for file, workflow in ALL.items()
        for name, job in workflow["jobs"].items()
        if "permissions" in job
    }
    assert own == {
        ("page.yml", "publish"): {"pages": "write", "id-token": "write"},
        ("pipeline.yml", "comment"): {"pull-requests": "write"},
    }


def test_the_job_that_publishes_runs_one_action_and_no_command() -> None:
    (only,) = ALL["page.yml"]["jobs"]["publish"]["steps"]
    assert only["uses"].startswith("actions/deploy-pages@")
    assert "run" not in only


def test_the_job_that_may_write_runs_no_code_of_the_pull_request() -> None:
    job = ALL["pipeline.yml"]["jobs"]["comment"]
    actions = [step["uses"].partition("@")[0] for step in job["steps"] if "uses" in step]
    commands = {line.split()[0] for step in job["steps"] for line in step.get("run", "").splitlines()}
    assert actions == ["actions/download-artifact"]
    assert commands == {"printf", "gh"}


def test_a_fork_gets_no_comment() -> None:
    condition = ALL["pipeline.yml"]["jobs"]["comment"]["if"]
    assert "github.event.pull_request.head.repo.full_name == github.repository" in condition
    assert "||" not in condition


@each_workflow
def test_shell_lines_contain_no_expressions(workflow: dict[str, Any]) -> None:
    lines = [step["run"] for step in steps(workflow) if "run" in step]
    assert lines
    assert [line for line in lines if "${{" in line] == []


@each_file
def test_no_secret_is_used(path: Path) -> None:
    assert "secrets" not in path.read_text(encoding="utf-8")


@each_workflow
def test_checkout_does_not_keep_its_token(workflow: dict[str, Any]) -> None:
    checkouts = [step for step in steps(workflow) if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


@each_job
def test_every_job_has_a_timeout(job: dict[str, Any]) -> None:
    assert 1 <= job["timeout-minutes"] <= 60


@each_workflow
def test_a_newer_push_ends_the_runs_of_an_older_one(workflow: dict[str, Any]) -> None:
    assert workflow["concurrency"]["group"] == "${{ github.workflow }}-${{ github.ref }}"
    assert workflow["concurrency"]["cancel-in-progress"] in (True, "${{ github.event_name == 'pull_request' }}")


@each_workflow
def test_a_failing_command_in_a_pipe_fails_the_step(workflow: dict[str, Any]) -> None:
    assert workflow["defaults"] == {"run": {"shell": "bash"}}


def test_pythons_are_those_that_the_package_is_for() -> None:
    versions = ALL["ci.yml"]["jobs"]["checks"]["strategy"]["matrix"]["python-version"]
    assert versions == ["3.11", "3.12", "3.13"]


def test_the_checks_are_those_of_ci_run() -> None:
    here = make_targets((ROOT / ".ci" / "run").read_text(encoding="utf-8"))
    there = make_targets("\n".join(step.get("run", "") for workflow in ALL.values() for step in steps(workflow)))
    assert there - WITH_A_BASE_ONLY - AFTER_MERGES_ONLY == here
    assert there >= WITH_A_BASE_ONLY
