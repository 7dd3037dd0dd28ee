"""Other people's linters, on the workflows and on files that others read; skipped where they are not installed."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.factory import ROOT

SCHEMA = ("check-jsonschema", "--default-filetype", "yaml", "--builtin-schema")
COMMANDS = [
    ("zizmor", "--offline", "--no-progress", ".github/workflows/*.yml"),
    (*SCHEMA, "vendor.github-workflows", ".github/workflows/*.yml"),
    (*SCHEMA, "vendor.github-issue-forms", ".github/ISSUE_TEMPLATE/[!c]*.yml"),
    (*SCHEMA, "vendor.github-issue-config", ".github/ISSUE_TEMPLATE/config.yml"),
    (*SCHEMA, "vendor.citation-file-format", "CITATION.cff"),
    ("shellcheck", ".ci/run", "tools/base_outputs", "tools/check_*"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_linters_pass(command: tuple[str, ...]) -> None:
    program = shutil.which(command[0], path=str(Path(sys.executable).parent)) or shutil.which(command[0])
    if program is None:
        pytest.skip(f"{command[0]} is not installed")
    words = [word for pattern in command[1:] for word in sorted(map(str, ROOT.glob(pattern))) or [pattern]]
    done = subprocess.run([program, *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
