"""What the workflow puts together to publish, run here on the page's template and a report."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.factory import ROOT
from tests.support.workflow import SHELL, load_workflow

SHOWN = '<p id="report"><a href="report/index.html">'
HIDDEN = SHOWN.replace(">", " hidden>", 1)


def script(name: str) -> str:
    """Return what the step of that name runs."""
    steps = load_workflow(ROOT / ".github/workflows/page.yml")["jobs"]["make"]["steps"]
    (found,) = (step["run"] for step in steps if step.get("name") == name)
    return str(found)


def test_only_the_published_page_links_the_report(tmp_path: Path) -> None:
    template = (ROOT / "page/template.html").read_text(encoding="utf-8")
    for name, text in (("page", template), ("report", "the report")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.html").write_text(text, encoding="utf-8")
    subprocess.run([*SHELL, script("Put both together")], cwd=tmp_path, check=True)
    assert HIDDEN in template
    published = (tmp_path / "site/index.html").read_text(encoding="utf-8")
    assert published == template.replace(HIDDEN, SHOWN)
    assert (tmp_path / "site/report/index.html").read_text(encoding="utf-8") == "the report"


@pytest.mark.parametrize("step", ["Make the outputs of the commit before", "Report"])
def test_the_first_commit_is_compared_with_itself_and_each_later_one_with_the_one_before(
    step: str, tmp_path: Path
) -> None:
    make = tmp_path / "make"
    make.write_text('#!/bin/sh\necho "$2"\n', encoding="utf-8")
    make.chmod(0o755)
    repository = tmp_path / "repository"

    def git(*arguments: str) -> str:
        command = ["git", "-c", "user.name=A", "-c", "user.email=a@b", "-C", str(repository), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def base() -> str:
        path = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
        command = [*SHELL, script(step)]
        done = subprocess.run(command, cwd=repository, env=path, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    repository.mkdir()
    git("init", "--quiet")
    git("commit", "--quiet", "--allow-empty", "--message", "first")
    first = git("rev-parse", "HEAD")
    assert base() == f"BASE={first}"
    git("commit", "--quiet", "--allow-empty", "--message", "second")
    assert base() == f"BASE={first}"
