"""A pull request from a branch with a hostile name: every step that GitHub would run, run in a clone of it."""

from pathlib import Path

import pytest

from tests.support.factory import ROOT
from tests.support.repository import Repository, make_repository
from tests.support.workflow import Runner, lend_environment, load_workflow

BRANCH = "$(touch${IFS}pwned-by-branch)`touch${IFS}pwned-by-branch`"
TITLE = '";touch pwned-by-title;#$(touch pwned-by-title)'
VALUES = {
    "github.event.pull_request.number": "7",
    "github.event.pull_request.title": TITLE,
    "github.event.pull_request.body": TITLE,
    "github.event.pull_request.head.ref": BRANCH,
    "github.head_ref": BRANCH,
    "github.repository": "owner/name",
    "github.token": "a token",
    "needs.reproduce.outputs.report-url": "https://example.org/report",
}
EVERY_STAGE = """
from stages import evaluate, fetch_mnist, plot, split, train_custom, train_torch
for stage in (fetch_mnist, split, train_custom, train_torch, evaluate, plot):
    stage.main()
"""
"""What `dvc repro` runs, in one process: importing the libraries six times would take most of the time."""
JOBS = load_workflow(ROOT / ".github" / "workflows" / "pipeline.yml")["jobs"]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """Both jobs of pipeline.yml, run for a pull request that changes one parameter."""
    folder = tmp_path_factory.mktemp("pull_request")
    origin = make_repository(folder)
    origin.run("python", "-c", EVERY_STAGE)
    origin.dvc("commit", "--quiet", "--force")
    origin.git("commit", "--quiet", "--all", "--message", "Results")
    origin.git("switch", "--quiet", "--create", BRANCH)
    origin.replace("params.yaml", {"dpi: 110": "dpi: 100"})
    origin.dvc("repro")
    origin.git("commit", "--quiet", "--all", "--message", TITLE)
    runner = Runner(merged(origin, folder / "a runner"), VALUES, folder / "github")
    runner.run_job(JOBS["reproduce"])
    runner.run_job(JOBS["comment"])
    return runner


def merged(origin: Repository, folder: Path) -> Repository:
    """Return a clone that stands, as actions/checkout leaves it, on the merge of the branch into main."""
    origin.git("clone", "--quiet", "--branch", "main", ".", str(folder))
    clone = Repository(folder)
    clone.git("switch", "--quiet", "--detach")
    clone.git("merge", "--quiet", "--no-ff", "--message", TITLE, f"origin/{BRANCH}")
    lend_environment(folder)
    return clone


def stages_run(printed: str) -> list[str]:
    return [line.split("'")[1] for line in printed.splitlines() if line.startswith("Running stage")]


def test_no_text_of_the_pull_request_is_run(done: Runner) -> None:
    assert list(done.folder.parent.rglob("pwned*")) == []


def test_the_results_are_those_committed(done: Runner) -> None:
    assert done.repository.git("status", "--porcelain") == ""
    assert "dvc.lock is current" in done.printed["Check that dvc.lock is current"]
    assert len(stages_run(done.printed["Check that a forced run gives the committed results"])) == 6


def test_of_the_base_nothing_is_run_that_is_known(done: Runner) -> None:
    assert stages_run(done.printed["Make the base's outputs"]) == []
    assert "Stage 'train_torch' is cached" in done.printed["Make the base's outputs"]


def test_the_summary_is_the_report(done: Runner) -> None:
    report = (done.artifacts / "report" / "report.md").read_text(encoding="utf-8")
    assert report.strip()
    assert done.summary.read_text(encoding="utf-8") == report


def test_the_artifact_has_the_page(done: Runner) -> None:
    assert (done.artifacts / "report" / "index.html").stat().st_size > 0


def test_the_report_is_against_the_base(done: Runner) -> None:
    base = done.repository.git("rev-parse", "--short=7", "origin/main").strip()
    assert base in (done.artifacts / "report" / "report.md").read_text(encoding="utf-8")


def test_one_comment_is_made_or_updated_with_the_report(done: Runner) -> None:
    (call,) = done.gh.calls()
    report = (done.artifacts / "report" / "report.md").read_text(encoding="utf-8")
    assert call["arguments"] == [
        "pr", "comment", "7", "--edit-last", "--create-if-none", "--body-file", "report/report.md",
    ]  # fmt: skip
    assert call["body"] == f"{report}\n[Download the whole report](https://example.org/report)\n"
    assert call["environment"] == {"GH_TOKEN": "a token", "GH_REPO": "owner/name"}
