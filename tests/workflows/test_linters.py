"""Linters of others, on the workflows and on files that others read. Each is skipped where it is not installed."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.factory import ROOT

BUILT_IN = ("check-jsonschema", "--default-filetype", "yaml", "--builtin-schema")
WORKFLOWS = sorted(map(str, ROOT.glob(".github/workflows/*.yml")))
SCRIPTS = [".ci/run", *(str(path) for path in sorted(ROOT.glob("tools/*")) if path.is_file() and not path.suffix)]


@pytest.mark.parametrize(
    "command",
    [
        ("zizmor", "--offline", "--no-progress", *WORKFLOWS),
        (*BUILT_IN, "vendor.github-workflows", *WORKFLOWS),
        (*BUILT_IN, "vendor.github-issue-forms", *map(str, ROOT.glob(".github/ISSUE_TEMPLATE/[!c]*.yml"))),
        (*BUILT_IN, "vendor.github-issue-config", ".github/ISSUE_TEMPLATE/config.yml"),
        (*BUILT_IN, "vendor.citation-file-format", "CITATION.cff"),
        ("shellcheck", *SCRIPTS),
    ],
    ids=lambda command: f"{command[0]}-{Path(command[-1]).name}",
)
def test_linters_pass(command: tuple[str, ...]) -> None:
    name, *words = command
    program = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if program is None:
        pytest.skip(f"{name} is not installed")
    done = subprocess.run([program, *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
