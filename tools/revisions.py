"""What Git and DVC say: of revisions, and of the experiments that DVC keeps."""

import subprocess
import sys
from typing import NamedTuple

from mnist_mlp.harness.errors import InputError


class Experiment(NamedTuple):
    """An experiment of DVC: its name, the commit that it began at, and the one that holds it."""

    name: str
    base: str
    commit: str


def experiments() -> list[Experiment]:
    """Return all experiments, by their names: DVC keeps them as refs/exps/BASE/NAME, with a / after two digits."""
    lines = git("for-each-ref", "--format=%(objectname)/%(refname:lstrip=2)", "refs/exps/??/**").splitlines()
    parts = [line.split("/", maxsplit=3) for line in lines]
    return sorted(Experiment(name, digits + others, commit) for commit, digits, others, name in parts)


def dvc(*words: str) -> str:
    """Run DVC; return its output. InputError with its own message if it fails."""
    done = subprocess.run(
        (sys.executable, "-m", "dvc", *words), capture_output=True, encoding="utf-8", check=False
    )
    if done.returncode:
        raise InputError(f"`dvc {' '.join(words)}` failed: {done.stderr.strip()}")
    return done.stdout


def git(*words: str) -> str:
    """Run Git; return its output, stripped. CalledProcessError if it refuses."""
    try:
        return subprocess.run(("git", *words), capture_output=True, encoding="utf-8", check=True).stdout.strip()
    except subprocess.CalledProcessError as error:
        if "not a git repository" not in error.stderr:
            raise
        raise InputError("expected a clone of the repository, got a folder without .git; use git clone") from None
