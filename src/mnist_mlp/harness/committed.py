"""Are these the committed bits? Compares outputs with the hashes in the last commit's dvc.lock.

Only if code and parameters are the committed ones: different code or parameters give different results. The
outcome is printed and written to no file.
"""

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from mnist_mlp.harness.lock import locked_stages, md5, recorded_code, recorded_hashes
from mnist_mlp.harness.params import Params, load_params


class Comparison(NamedTuple):
    """How many outputs were compared, and the paths of those with different bytes."""

    outputs: int
    other: list[str]

    def other_metrics(self) -> list[str]:
        """Return the paths of the metrics files among them; if there are none, all figures are the same."""
        return [path for path in self.other if path.startswith("metrics/")]


def note_other_bits() -> None:
    """Print one line on stderr if outputs differ from the committed ones though code and parameters do not."""
    comparison = compare_with_commit()
    if comparison and comparison.other:
        figures = "different figures" if comparison.other_metrics() else "same figures"
        print(
            f"note: {figures}, different bytes: {len(comparison.other)} of {comparison.outputs} outputs are not "
            "the committed ones; `python -m tools.bits` says which, why, and what to do",
            file=sys.stderr,
        )


def compare_with_commit() -> Comparison | None:
    """Compare all existing outputs; None if nothing is committed, or if code or parameters differ."""
    lock = committed("dvc.lock")
    if not lock or not same_code(lock) or not same_params(lock):
        return None
    outs = {path: recorded for path, recorded in recorded_hashes(lock).items() if Path(path).exists()}
    return Comparison(len(outs), [path for path, recorded in outs.items() if md5(Path(path)) != recorded])


def committed(path: str) -> str:
    """Return the text of a file as last committed; empty without such a file, a commit or Git."""
    try:
        done = subprocess.run(["git", "show", f"HEAD:./{path}"], capture_output=True, check=False)  # noqa: S603, S607
    except FileNotFoundError:
        return ""
    return done.stdout.decode() if done.returncode == 0 else ""


def same_code(lock: str) -> bool:
    """Return whether all source files that the locked stages depend on are unchanged."""
    code = {Path(path): expected for path, expected in recorded_code(lock).items()}
    return all(path.exists() and md5(path) == expected for path, expected in code.items())


def same_params(lock: str) -> bool:
    """Return whether params.yaml holds the values with which the stages were locked."""
    here = load_params()
    locked = here.model_dump()
    for stage in locked_stages(lock).values():
        for name, value in stage["params"]["params.yaml"].items():
            section, _, key = name.partition(".")
            locked[section] = locked[section] | {key: value} if key else value
    try:
        # through the typed sections: DVC writes 1e-08, which PyYAML reads as a string
        return Params.model_validate(locked) == here
    except ValidationError:
        return False
