"""The two sides of a comparison: a revision, an experiment, the workspace, or changes on top of A."""

import difflib
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from mnist_mlp.harness.errors import InputError, shown
from mnist_mlp.harness.params import Params, load_params
from mnist_mlp.models import NAMES
from studies.running.runs import NUMERICS
from tools.revisions import experiments, git

WORKSPACE = "workspace"
SHORT = 7
"""Digits of a commit that are shown."""
FORMS = "a branch, tag, commit or experiment, `workspace`, or changes such as train_torch.lr=1.0"


@dataclass(frozen=True)
class Side:
    """One side: what it is called, its parameters, and its model if it is one only."""

    name: str
    params: Params
    model: str | None = None


def read_side(letter: str, text: str, base: Side | None = None) -> Side:
    """Read what the user named.

    Args:
        letter: A or B, for messages.
        text: see ``FORMS``; a revision may end with ``:custom`` or ``:torch``. Empty for the workspace.
        base: what changes are made on top of; None for the side A, which takes none.

    Raises:
        InputError: it is none of these, its code differs from the workspace's, or its parameters are wrong.
    """
    name, colon, model = text.strip().rpartition(":")
    if not colon or model not in NAMES:
        name, model = text.strip(), ""
    if name in {"", WORKSPACE}:
        return Side(WORKSPACE, load_params(), model or None)
    commit = find_commit(name)
    if commit:
        check_code(letter, name, commit)
        return Side(f"{name} (commit {commit[:7]})", read_params(name, commit), model or None)
    if base and "=" in name:
        return changed(base, text.strip())
    raise InputError(f"{letter}: expected {FORMS}, got {shown(name)}{suggestion(name, known_names())}")


def find_commit(name: str) -> str | None:
    """Return the commit of a revision or, if Git knows none of this name, of an experiment of DVC.

    ``NAME@COMMIT`` is the experiment of this name that began at this commit, of which the first digits suffice.

    Raises:
        InputError: experiments that began at several commits have this name.
    """
    try:
        return git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    except subprocess.CalledProcessError:
        alone, _, began = name.rpartition("@")
        found = [one for one in experiments() if one.name == name or (one.name == alone and one.began_at(began))]
    if len(found) > 1:
        words = " or ".join(f"{one.name}@{one.base[:SHORT]}" for one in found)
        raise InputError(
            f"{name}: expected one experiment, got {len(found)} of this name, which began at different commits; "
            f"name the commit as well: {words}"
        )
    return found[0].commit if found else None


def known_names() -> list[str]:
    """Return the names of branches, tags and experiments."""
    refs = git("for-each-ref", "--format=%(refname:short)", "refs/heads/", "refs/tags/", "refs/remotes/")
    return [WORKSPACE, *refs.splitlines(), *(one.name for one in experiments())]


def suggestion(name: str, known: list[str]) -> str:
    """Return the end of a message: the likeliest known name, if one is close."""
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def check_code(letter: str, name: str, commit: str) -> None:
    """Refuse a revision with other code: the workspace's would train with its parameters.

    Raises:
        InputError: files differ that results depend on.
    """
    parts = [
        f"src/mnist_mlp/{part}" if part.endswith(".py") else f"src/mnist_mlp/{part}/*.py" for part in NUMERICS
    ]
    differ = git("diff", "--name-only", commit, "--", *(f":(glob){part}" for part in parts)).splitlines()
    if differ:
        raise InputError(
            f"{letter}: expected the code of the workspace, got {name}, where {', '.join(differ)} differ; both "
            "sides train with the code of one folder: to train with the revision's, make a folder of it "
            f"(git worktree add ../other {commit[:7]}) and compare there"
        )


def read_params(name: str, commit: str) -> Params:
    """Read the parameters of a revision.

    Raises:
        InputError: it has none, or they are wrong.
    """
    try:
        text = git("show", f"{commit}:./params.yaml")
    except subprocess.CalledProcessError:
        raise InputError(f"{name}: expected a revision with a params.yaml, got one without") from None
    return checked(text, f"{name}:params.yaml")


def changed(base: Side, text: str, letter: str = "B") -> Side:
    """Return a side with parameters changed: ``section.key=value``, several with blanks between them.

    Args:
        base: what is changed.
        text: the changes.
        letter: what the user calls the side, for messages.

    Raises:
        InputError: a word is not of this form, a key is unknown, or values are wrong or do not go together.
    """
    sections = {
        section: {key: json.dumps(value) for key, value in values.items()}
        for section, values in base.params.model_dump(mode="json").items()
    }
    keys = [f"{section}.{key}" for section, values in sections.items() for key in values]
    for word in text.split():
        name, equals, value = word.partition("=")
        if not equals or name not in keys:
            likely = suggestion(name, keys) or suggestion(f"train_torch.{name}", keys)
            raise InputError(f"{letter}: expected changes such as train_torch.lr=1.0, got {shown(word)}{likely}")
        section, _, key = name.partition(".")
        sections[section][key] = value
    lines = [
        f"{section}:\n" + "\n".join(f"  {key}: {value}" for key, value in values.items())
        for section, values in sections.items()
    ]
    return Side(f"A with {' '.join(text.split())}", checked("\n".join(lines), letter), base.model)


def checked(text: str, name: str) -> Params:
    """Check parameters as those of the workspace are checked, with ``name`` for the file in messages.

    Raises:
        InputError: one line for each key at fault.
    """
    with TemporaryDirectory() as folder:
        file = Path(folder) / "params.yaml"
        file.write_text(text, encoding="utf-8")
        try:
            return load_params(file)
        except InputError as error:
            raise InputError(str(error).replace(str(file), name)) from None
