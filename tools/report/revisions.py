"""A revision and the workspace: their differences and state, from DVC and Git."""

import json
import subprocess
from dataclasses import dataclass
from typing import Any

from mnist_mlp.harness.errors import InputError

Change = dict[str, Any]
"""``old`` and ``new``, and for a metric ``diff``. If one side lacks the name, its value is missing or None."""


@dataclass(frozen=True)
class Base:
    """The revision that the workspace is compared with."""

    name: str
    commit: str
    behind: int
    """Number of the revision's commits that the workspace lacks."""


def find_base(name: str) -> Base:
    """Look up a revision by its name.

    Raises:
        InputError: Git does not know the name.
    """
    try:
        commit = git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    except subprocess.CalledProcessError:
        raise InputError(
            f"BASE: expected a branch, tag or commit of this repository, got {name!r}; "
            "for those of a remote (origin/main), run `git fetch` first"
        ) from None
    return Base(name, commit, int(git("rev-list", "--count", f"HEAD..{commit}")))


def changes(kind: str, base: Base) -> dict[str, dict[str, Change]]:
    """Return what differs, by file and name. ``kind`` is ``params`` or ``metrics``."""
    found: dict[str, dict[str, Change]] = json.loads(dvc(kind, "diff", "--json", base.commit))
    return {file: values for file, values in found.items() if values}


def is_current() -> bool:
    """Return whether the pipeline's results belong to the workspace's parameters and code."""
    return not json.loads(dvc("status", "--json", "dvc.yaml"))


def dvc(*words: str) -> str:
    """Run DVC; return its output.

    Raises:
        InputError: DVC failed; the message holds its own.
    """
    done = subprocess.run(("dvc", *words), capture_output=True, text=True, check=False)
    if done.returncode:
        raise InputError(f"`dvc {' '.join(words)}` failed: {done.stderr.strip()}")
    return done.stdout


def git(*words: str) -> str:
    """Run Git; return its output, stripped."""
    return subprocess.run(("git", *words), capture_output=True, text=True, check=True).stdout.strip()
