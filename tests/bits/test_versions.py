"""Constraints for tests with other versions than the pinned ones."""

import re
import subprocess
import sys

import pytest

from tests.factory import ROOT
from tools.versions import floors, pinned


def test_floors_are_the_lowest_allowed_versions_of_what_the_tests_need() -> None:
    pyproject = {
        "project": {
            "dependencies": ["dvc>=3.67", "numpy>=2.2"],
            "optional-dependencies": {
                "s3": ["dvc[s3]>=3.67"],
                "dev": [
                    "mnist-mlp[cluster]",
                    "mypy>=1.15",
                    "types-tqdm>=4.67",
                    "pandas-stubs>=2.2",
                    "pytest>=8.3",
                ],
            },
        }
    }
    assert floors(pyproject) == {"dvc": "3.67", "numpy": "2.2", "pytest": "8.3"}


def test_torch_is_pinned_as_in_the_constraints() -> None:
    assert f"\ntorch=={pinned('torch')}\n" in (ROOT / "constraints.txt").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "lines", "torch"),
    [
        (["newest"], 1, pinned("torch")),
        (["newest", "2.6.0"], 1, "2.6.0"),
        (["floors"], 15, pinned("torch")),
        (["floors", "2.6.0"], 15, "2.6.0"),
    ],
)
def test_every_line_is_a_constraint(words: list[str], lines: int, torch: str) -> None:
    command = [sys.executable, "-m", "tools.versions", *words]
    output = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(output) >= lines
    assert all(re.fullmatch(r"[\w-]+==[\w.]+", line) for line in output)
    assert [line for line in output if line.startswith("torch==")] == [f"torch=={torch}"]
