"""A pull request from a branch with a hostile name: every step that GitHub would run, run once in a clone."""

from pathlib import Path

from tests.support.factory import ROOT
from tests.support.repository import Repository, stages_run
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
JOBS = load_workflow(ROOT / ".github" / "workflows" / "pipeline.yml")["jobs"]


def test_each_step_runs_for_a_hostile_branch_and_leaves_a_report(reproduced: Repository, tmp_path: Path) -> None:
    """One test: both jobs of pipeline.yml, run once for a pull request that changes one parameter."""
    origin = reproduced.copy(tmp_path)
    origin.git("switch", "--quiet", "--create", BRANCH)
    origin.replace("params.yaml", {"dpi: 110": "dpi: 100"})
    origin.dvc("repro")
    origin.git("commit", "--quiet", "--all", "--message", TITLE)
    runner = Runner(merged(origin, tmp_path / "a runner"), VALUES, tmp_path / "github")
    runner.run_job(JOBS["reproduce"])
    runner.run_job(JOBS["comment"])

    assert list(tmp_path.rglob("pwned*")) == []
    assert runner.repository.git("status", "--porcelain") == ""
    assert "dvc.lock is current" in runner.printed["Check that dvc.lock is current"]
    assert len(stages_run(runner.printed["Check that a forced run gives the committed results"])) == 6
    assert stages_run(runner.printed["Make the base's outputs"]) == []
    assert "Stage 'train_torch' is cached" in runner.printed["Make the base's outputs"]
    report = (runner.artifacts / "report" / "report.md").read_text(encoding="utf-8")
    assert runner.repository.git("rev-parse", "--short=7", "origin/main").strip() in report
    assert runner.summary.read_text(encoding="utf-8") == report
    assert (runner.artifacts / "report" / "index.html").stat().st_size > 0
    assert_commented(runner, report)


def assert_commented(runner: Runner, report: str) -> None:
    """Make sure that one comment is made or updated, with the report."""
    (call,) = runner.gh.calls()
    assert call["arguments"] == [
        "pr", "comment", "7", "--edit-last", "--create-if-none", "--body-file", "report/report.md",
    ]  # fmt: skip
    assert call["body"] == f"{report}\n[Download the whole report](https://example.org/report)\n"
    assert call["environment"] == {"GH_TOKEN": "a token", "GH_REPO": "owner/name"}


def merged(origin: Repository, folder: Path) -> Repository:
    """Return a clone of the merge of the branch into main, as actions/checkout leaves it."""
    origin.git("clone", "--quiet", "--branch", "main", ".", str(folder))
    clone = Repository(folder)
    clone.git("switch", "--quiet", "--detach")
    clone.git("merge", "--quiet", "--no-ff", "--message", TITLE, f"origin/{BRANCH}")
    lend_environment(folder)
    return clone
