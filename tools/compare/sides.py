"""The two sides of a comparison: a revision, an experiment, the workspace, or changes on top of A."""

import difflib
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from mnist_mlp.harness.errors import InputError, shown
from mnist_mlp.harness.params import Params, load_params
from mnist_mlp.models import NAMES
from studies.running.runs import NUMERICS
from tools.revisions import experiments, git

WORKSPACE = "workspace"
SHORT = 7  # digits of a commit in messages
FORMS = "a branch, tag, commit, experiment or `workspace`"
CHANGES = "changes such as train_torch.lr=1.0, without blanks within one"


@dataclass(frozen=True)
class Side:
    """One side: its label (A, B, or B1, B2, ...), what it is, its parameters, and its model if it is one only."""

    label: str
    name: str
    params: Params
    model: str | None = None


def read_side(label: str, text: str, base: Side | None = None) -> Side:
    """Return the side that the user named: one of ``FORMS``, some with ``:custom`` or ``:torch``, or changes.

    ``base`` is what changes are made on top of; the side A takes none.
    """
    name, _, model = text.strip().rpartition(":")
    if not name or model not in NAMES:
        name, model = text.strip(), ""
    if name == WORKSPACE:
        return Side(label, text.strip(), load_params(), model or None)
    if commit := find_commit(name):
        _check_code(label, name, commit)
        return Side(
            label, f"{text.strip()} (commit {commit[:SHORT]})", revision_params(name, commit), model or None
        )
    if base and "=" in name:
        return with_changes(base, text, label)
    refs = git("for-each-ref", "--format=%(refname:short)", "refs/heads/", "refs/tags/", "refs/remotes/")
    names = [WORKSPACE, *refs.splitlines(), *(one.name for one in experiments())]
    if find_commit(name.rpartition(":")[0]):
        raise InputError(f"{label}: expected one of {shown(NAMES)} after the colon, got {shown(name)}")
    likely = did_you_mean(name, names) or "; for those of a remote, run `git fetch` first" * ("/" in name)
    raise InputError(f"{label}: expected {FORMS}{f', or {CHANGES}' * bool(base)}, got {shown(name)}{likely}")


def find_commit(name: str) -> str | None:
    """Return the commit of a revision or, if Git knows none of this name, of an experiment of DVC.

    ``NAME@COMMIT`` is the experiment of this name that began at this commit, of which the first digits suffice.
    """
    try:
        return git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    except subprocess.CalledProcessError:
        start = name if "@" in name else f"{name}@"
    named = [one for one in experiments() if f"{one.name}@{one.base}".startswith(start)]
    if len(named) > 1:
        choices = " or ".join(f"{one.name}@{one.base[:SHORT]}" for one in named)
        raise InputError(
            f"{name}: expected one experiment, got {len(named)} of this name; add the base commit: {choices}"
        )
    return named[0].commit if named else None


def revision_params(name: str, commit: str) -> Params:
    """Return the parameters of a revision."""
    try:
        text = git("show", f"{commit}:./params.yaml")
    except subprocess.CalledProcessError:
        raise InputError(f"{name}: expected a revision with a params.yaml, got one without") from None
    return load_params(Path(f"{name}:params.yaml"), text.encode())


def with_changes(base: Side, text: str, label: str) -> Side:
    """Return a side with parameters changed: ``section.key=value``, several with blanks between them."""
    lines: dict[str, str] = {}
    for section, keys in base.params.model_dump(mode="json").items():
        lines[section] = f"{section}:"
        lines |= {f"{section}.{key}": f"  {key}: {json.dumps(value)}" for key, value in keys.items()}
    names = [name for name in lines if "." in name]
    for word in text.split():
        name, equals, value = word.partition("=")
        if not equals or name not in names:
            likely = did_you_mean(name, names) or did_you_mean(f"train_torch.{name}", names) if equals else ""
            raise InputError(f"{label}: expected {CHANGES}, got {shown(word)}{likely}")
        lines[name] = f"  {name.partition('.')[2]}: {value}"  # YAML, as after -S of DVC
    params = load_params(Path(label), "\n".join(lines.values()).encode())
    return Side(label, f"A with {' '.join(text.split())}", params, base.model)


def did_you_mean(name: str, known: list[str]) -> str:
    """Return the end of a message: the likeliest known name, if one is close."""
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _check_code(label: str, name: str, commit: str) -> None:
    """Refuse a revision with other code: the workspace's would train with its parameters."""
    parts = [part if part.endswith(".py") else f"{part}/*.py" for part in NUMERICS]
    globs = [f":(glob)src/mnist_mlp/{part}" for part in parts]
    if differ := git("diff", "--name-only", commit, "--", *globs).splitlines():
        raise InputError(
            f"{label}: expected the code of the workspace, got {name}, where {', '.join(differ)} differ; both "
            "sides train with the code of one folder: to train with the revision's, make a folder of it "
            f"(git worktree add ../other {commit[:SHORT]}) and compare there"
        )
