"""codecheck.yml: its manifest has every output in Git, and nothing else."""

import subprocess
from collections.abc import Iterator
from typing import Any

import yaml

from tests.support.factory import ROOT

TEXT = (ROOT / "codecheck.yml").read_text(encoding="utf-8")
CODECHECK: dict[str, Any] = yaml.safe_load(TEXT)
MANIFEST = [entry["file"] for entry in CODECHECK["manifest"]]
IN_GIT = subprocess.run(
    ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
).stdout.splitlines()  # fmt: skip


def outputs_in_git(pipeline: str) -> Iterator[str]:
    """Yield the outputs in Git that a dvc.yaml declares with ``cache: false``: not those of stages yet to run."""
    for stage in yaml.safe_load((ROOT / pipeline).read_text(encoding="utf-8"))["stages"].values():
        for entry in [entry for kind in ("outs", "metrics", "plots") for entry in stage.get(kind, [])]:
            if isinstance(entry, dict):
                yield from (
                    path for path, options in entry.items() if options.get("cache") is False and path in IN_GIT
                )


def test_the_manifest_has_each_output_in_git_once() -> None:
    expected = [*outputs_in_git("dvc.yaml"), *outputs_in_git("studies/dvc.yaml")]
    assert len(expected) >= 20
    assert sorted(MANIFEST) == sorted(expected)


def test_the_files_of_the_manifest_are_committed() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--", *MANIFEST], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert sorted(listed.stdout.splitlines()) == sorted(MANIFEST)


def test_every_file_has_a_comment() -> None:
    assert [entry["file"] for entry in CODECHECK["manifest"] if len(entry["comment"].split()) < 2] == []


def test_the_file_has_the_marker_and_the_nodes_that_the_specification_asks_of_authors() -> None:
    assert TEXT.startswith("---\n")
    assert CODECHECK.keys() == {"version", "manifest", "paper"}
    assert CODECHECK["paper"].keys() >= {"title", "authors", "reference"}
    assert (ROOT / CODECHECK["paper"]["reference"]).is_file()
