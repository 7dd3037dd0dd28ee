"""What the page on installing, the Dockerfile and the dev container repeat is what is pinned."""

import json
import re
import subprocess
import tomllib
from typing import Any

import pytest

from tests.support.factory import ROOT
from tests.support.pages import read

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
DEV_CONTAINER = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text(encoding="utf-8"))
LOWEST = PROJECT["requires-python"].removeprefix(">=")


def test_the_page_installs_the_pinned_torch() -> None:
    pinned = re.search(r"^torch==(\S+)$", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert pinned
    assert re.findall(r"torch==(\S+)", read("docs/installing.md")) == [pinned[1]]


def test_the_image_is_slim_of_the_lowest_python_and_pinned_by_digest() -> None:
    assert re.findall(r"^FROM (.*)$", DOCKERFILE, re.MULTILINE) == re.findall(
        rf"python:{re.escape(LOWEST)}\.\d+-slim-\w+@sha256:[0-9a-f]{{64}}", DOCKERFILE
    )


def test_the_dev_container_installs_what_make_does() -> None:
    assert DEV_CONTAINER["image"].rpartition(":")[2].startswith(f"{LOWEST}-")
    assert DEV_CONTAINER["postCreateCommand"] == "make .venv/.installed"
    settings = DEV_CONTAINER["customizations"]["vscode"]["settings"]
    assert settings["python.defaultInterpreterPath"] == "${containerWorkspaceFolder}/.venv/bin/python"
    assert "RUN make .venv/.installed\n" in DOCKERFILE


@pytest.mark.parametrize("pattern", (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines())
def test_the_image_lacks_no_file_of_the_commit(pattern: str) -> None:
    if pattern.startswith("#"):
        return
    glob = f":(top,glob){pattern.rstrip('/')}"
    listed = subprocess.run(
        ["git", "ls-files", "--", glob, f"{glob}/**"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert listed.stdout == ""
