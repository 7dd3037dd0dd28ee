"""GitHub's workflows as data, and their steps run here as GitHub's runner runs them."""

import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.support.factory import ROOT
from tests.support.fake_gh import install_fake_gh
from tests.support.repository import Repository
from tests.support.warm import programs

WORKFLOWS = sorted((ROOT / ".github" / "workflows").iterdir())
SHELL = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")
"""What GitHub runs for ``shell: bash``."""

Step = dict[str, Any]


def load_workflow(path: Path) -> dict[str, Any]:
    """Read a workflow. YAML 1.1, which PyYAML speaks, takes the key ``on`` for a boolean."""
    workflow: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {"on": workflow.pop(True), **workflow}


def steps(workflow: dict[str, Any]) -> Iterator[Step]:
    """Yield the steps of all jobs."""
    for job in workflow["jobs"].values():
        yield from job["steps"]


NEED_MNIST = {"make check-notebook"}
"""Steps that need real MNIST; .ci/run runs them."""


@dataclass
class Runner:
    """Runs the steps of jobs as if each `if` held, except steps that need real MNIST.

    Args:
        repository: the checkout that a job's actions/checkout would make.
        values: the value of each expression; any other expression is an error.
        folder: holds what GitHub keeps outside the checkout: artifacts, the summary, the folder of a job without
            a checkout.
    """

    repository: Repository
    values: Mapping[str, str]
    folder: Path

    def __post_init__(self) -> None:
        self.summary = self.folder / "summary.md"
        self.artifacts = self.folder / "artifacts"
        self.elsewhere = Repository(self.folder / "without checkout")
        self.elsewhere.root.mkdir(parents=True)
        self.gh = install_fake_gh(self.folder / "gh")
        self.printed: dict[str, str] = {}

    def run_job(self, job: dict[str, Any]) -> None:
        """Run each step of a job; the actions that move artifacts are copies of folders."""
        checks_out = any(step.get("uses", "").startswith("actions/checkout@") for step in job["steps"])
        workspace = self.repository if checks_out else self.elsewhere
        for step in job["steps"]:
            action = step.get("uses", "").partition("@")[0]
            if step.get("run") in NEED_MNIST:
                continue
            if "run" in step:
                self.run_step(step, workspace)
            elif action == "actions/upload-artifact":
                shutil.copytree(workspace.root / step["with"]["path"], self.artifacts / step["with"]["name"])
            elif action == "actions/download-artifact":
                shutil.copytree(self.artifacts / step["with"]["name"], workspace.root / step["with"]["path"])

    def run_step(self, step: Step, workspace: Repository) -> None:
        """Put the values of expressions in, as text and before the shell sees them, as GitHub does, and run."""
        environment = {name: self.evaluate(str(value)) for name, value in step.get("env", {}).items()}
        standard = {"GITHUB_STEP_SUMMARY": str(self.summary), "GITHUB_HEAD_REF": self.values["github.head_ref"]}
        script = self.evaluate(step["run"])
        done = workspace.run(*SHELL, script, environment={**self.gh.path(), **standard, **environment})
        self.printed[step["name"]] = done.stdout

    def evaluate(self, text: str) -> str:
        """Replace each ``${{ name }}`` by its value."""
        return re.sub(r"\$\{\{\s*(.+?)\s*\}\}", lambda match: self.values[match[1]], text)


def lend_environment(root: Path) -> None:
    """Give a checkout a .venv that ``make`` takes for installed: links to the one that runs this."""
    lent = Path(sys.prefix)
    venv = root / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / ".installed").touch()
    # without the line that says where it was made, which is elsewhere
    lines = (lent / "pyvenv.cfg").read_text(encoding="utf-8").splitlines(keepends=True)
    text = "".join(line for line in lines if not line.startswith("command"))
    (venv / "pyvenv.cfg").write_text(text, encoding="utf-8")
    link_missing(lent, venv)
    for folder in filter(None, (programs.folder(), lent / "bin")):
        link_missing(folder, venv / "bin")


def link_missing(source: Path, target: Path) -> None:
    """Link what a folder has and another one lacks."""
    for entry in source.iterdir():
        if not (target / entry.name).exists():
            (target / entry.name).symlink_to(entry)
