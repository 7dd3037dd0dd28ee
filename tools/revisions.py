"""What Git and DVC say: of revisions, and of the experiments that DVC keeps."""

import subprocess
import sys
from dataclasses import dataclass

from mnist_mlp.harness.errors import InputError

EXPERIMENTS = "refs/exps/"
FEWEST_DIGITS = 4
"""Of a commit, as Git wants them."""


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
    refs = [(ref.removeprefix(EXPERIMENTS).split("/", maxsplit=2), commit) for commit, _, ref in parts]
    found = [Experiment(words[2], commit, words[0] + words[1]) for words, commit in refs if len(words[0]) == 2]
    return sorted(found, key=lambda one: (one.name, one.base))


def dvc(*words: str) -> str:
    """Run DVC; return its output. InputError with its own message if it fails."""
    done = subprocess.run((sys.executable, "-m", "dvc", *words), capture_output=True, text=True, check=False)
    if done.returncode:
        raise InputError(f"`dvc {' '.join(words)}` failed: {done.stderr.strip()}")
    return done.stdout


def git(*words: str) -> str:
    """Run Git; return its output, stripped. CalledProcessError if it refuses."""
    try:
        return subprocess.run(("git", *words), capture_output=True, text=True, check=True).stdout.strip()
    except subprocess.CalledProcessError as error:
        if "not a git repository" not in error.stderr:
            raise
        raise InputError("expected a clone of the repository, got a folder without .git; use git clone") from None
