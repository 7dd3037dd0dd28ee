"""Revisions and the workspace: their differences and state, and the experiments of DVC, from DVC and Git."""

import json
import subprocess
from dataclasses import dataclass
from typing import Any

from mnist_mlp.harness.errors import InputError

EXPERIMENTS = "refs/exps/"
FEWEST_DIGITS = 4
"""Of a commit, as Git wants them."""
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


@dataclass(frozen=True)
class Experiment:
    """An experiment of DVC: its name, the commit that holds it, and the one that it began at."""

    name: str
    commit: str
    base: str

    def began_at(self, digits: str) -> bool:
        """Return whether it began at the commit that begins with these digits, of which there must be some."""
        return len(digits) >= FEWEST_DIGITS and self.base.startswith(digits.lower())


def experiments() -> list[Experiment]:
    """Return all experiments, by their names: DVC keeps them in refs/exps/, the commit they began at, the name."""
    lines = git("for-each-ref", "--format=%(objectname) %(refname)", EXPERIMENTS).splitlines()
    parts = [line.partition(" ") for line in lines]
    named = [(name.removeprefix(EXPERIMENTS).split("/"), commit) for commit, _, name in parts]
    found = [
        Experiment("/".join(words[2:]), commit, words[0] + words[1])
        for words, commit in named
        if len(words[0]) == 2
    ]
    return sorted(found, key=lambda one: (one.name, one.base))
