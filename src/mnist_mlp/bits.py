"""Are these the committed bits? Outputs against the hashes that the last commit's dvc.lock has for them.

Only where code and parameters are the committed ones: of others, other results are expected. What is found goes
to the log and into no file.
"""

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from mnist_mlp.params import Params, load_params
from mnist_mlp.recorded import locked_stages, md5, recorded_hashes


class Comparison(NamedTuple):
    """How many outputs were compared, and the paths of those with other bytes."""

    outputs: int
    other: list[str]

    def other_metrics(self) -> list[str]:
        """Return the paths of the metrics files among them: figures are the same where there are none."""
        return [path for path in self.other if path.startswith("metrics/")]


def note_other_bits() -> None:
    """Print one line on stderr where outputs differ from the committed ones though code and parameters do not."""
    comparison = compare_with_commit()
    if comparison and comparison.other:
        figures = "other figures" if comparison.other_metrics() else "same figures"
        print(
            f"note: {figures}, other bits: {len(comparison.other)} of {comparison.outputs} outputs are not the "
            "committed ones; `python -m tools.bits` says which, why, and what to do",
            file=sys.stderr,
        )


def compare_with_commit() -> Comparison | None:
    """Compare all outputs that are there; None where nothing is committed, or code or parameters are others."""
    lock = committed("dvc.lock")
    if not lock or not same_code(lock) or not same_params(lock):
        return None
    outs = {path: recorded for path, recorded in recorded_hashes(lock).items() if Path(path).exists()}
    return Comparison(len(outs), [path for path, recorded in outs.items() if md5(Path(path)) != recorded])


def committed(path: str) -> str:
    """Return the text of a file as last committed; nothing where there is no such file, no commit or no Git."""
    try:
        done = subprocess.run(["git", "show", f"HEAD:./{path}"], capture_output=True, check=False)  # noqa: S603, S607
    except FileNotFoundError:
        return ""
    return done.stdout.decode() if done.returncode == 0 else ""


def same_code(lock: str) -> bool:
    """Tell whether all source files that the locked stages depend on are as they were."""
    deps = {dep["path"]: dep["md5"] for stage in locked_stages(lock).values() for dep in stage["deps"]}
    code = {Path(path): expected for path, expected in deps.items() if path.endswith(".py")}
    return all(path.exists() and md5(path) == expected for path, expected in code.items())


def same_params(lock: str) -> bool:
    """Tell whether params.yaml says what it said when the stages were locked."""
    here = load_params()
    locked = here.model_dump()
    for stage in locked_stages(lock).values():
        for name, value in stage["params"]["params.yaml"].items():
            section, _, key = name.partition(".")
            locked[section] = locked[section] | {key: value} if key else value
    try:
        # through the typed sections, because DVC writes 1e-08, and PyYAML reads that as a word
        return Params.model_validate(locked) == here
    except ValidationError:
        return False
