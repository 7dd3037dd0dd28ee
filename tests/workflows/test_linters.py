"""Checkers that others keep, on our workflows and scripts. Each is skipped where it is not installed."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.factory import ROOT
from tests.support.workflow import WORKFLOWS

SCRIPTS = [
    ROOT / ".ci" / "run",
    *(path for path in (ROOT / "tools").iterdir() if path.is_file() and not path.suffix),
]


def lint(program: str, *words: str | Path) -> None:
    found = shutil.which(program, path=str(Path(sys.executable).parent)) or shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed")
    done = subprocess.run([found, *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_passes() -> None:
    lint("zizmor", "--offline", "--no-progress", *WORKFLOWS)


@pytest.mark.parametrize(
    ("schema", "file"),
    [
        ("citation-file-format", "CITATION.cff"),
        ("github-issue-forms", ".github/ISSUE_TEMPLATE/reproduction.yml"),
        ("github-issue-forms", ".github/ISSUE_TEMPLATE/fault.yml"),
        ("github-issue-config", ".github/ISSUE_TEMPLATE/config.yml"),
    ],
)
def test_a_file_that_others_read_is_as_they_expect(schema: str, file: str) -> None:
    lint("check-jsonschema", "--builtin-schema", f"vendor.{schema}", "--default-filetype", "yaml", file)


def test_hadolint_passes_on_the_dockerfile() -> None:
    lint("hadolint", "Dockerfile")


def test_actionlint_passes() -> None:
    lint("actionlint", *WORKFLOWS)


def test_shellcheck_passes_on_the_scripts() -> None:
    assert len(SCRIPTS) == 5
    lint("shellcheck", *SCRIPTS)
