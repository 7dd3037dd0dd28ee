"""What DVC and Git say about a revision and the workspace."""

import json
import subprocess
from dataclasses import dataclass
from typing import Any

from mnist_mlp.harness.errors import InputError

Change = dict[str, Any]
"""``old`` and ``new``, and for a metric ``diff``; one that only one side has lacks the other or holds None."""


@dataclass(frozen=True)
class Base:
    """The revision that the workspace is compared with."""

    name: str
    commit: str
    behind: int
    """Commits of the revision that the workspace does not have."""


def find_base(name: str) -> Base:
    """Look a revision up.

    Raises:
        InputError: Git knows no such revision.
    """
    try:
        commit = git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    except subprocess.CalledProcessError:
        raise InputError(
            f"BASE: expected a branch, tag or commit of this repository, got {name!r}; "
            "`git fetch` brings those of a remote, named like origin/main"
        ) from None
    return Base(name, commit, int(git("rev-list", "--count", f"HEAD..{commit}")))


def changes(kind: str, base: Base) -> dict[str, dict[str, Change]]:
    """Return what differs, by file and name. ``kind`` is ``params`` or ``metrics``."""
    found: dict[str, dict[str, Change]] = json.loads(dvc(kind, "diff", "--json", base.commit))
    return {file: values for file, values in found.items() if values}


def is_current() -> bool:
    """Tell whether the pipeline's results are those of the workspace's parameters and code."""
    return not json.loads(dvc("status", "--json", "dvc.yaml"))


def dvc(*words: str) -> str:
    """Run DVC; return what it prints.

    Raises:
        InputError: it failed.
    """
    done = subprocess.run(("dvc", *words), capture_output=True, text=True, check=False)
    if done.returncode:
        raise InputError(f"`dvc {' '.join(words)}` failed: {done.stderr.strip()}")
    return done.stdout


def git(*words: str) -> str:
    """Run Git; return what it prints, stripped."""
    return subprocess.run(("git", *words), capture_output=True, text=True, check=True).stdout.strip()
