"""``mnist-mlp bits``, and the end of ``make repro``: are these the committed bits and, if not, why not?"""

import json
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from mnist_mlp.harness.dvc_records import locked_stages, md5, recorded_hashes
from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.params import Params, load_params
from mnist_mlp.models import NAMES

WRITERS = ["matplotlib", "numpy", "pandas", "pillow", "pydantic", "safetensors", "scikit-learn", "scipy", "torch"]
"""Libraries that compute or write an output."""
ADVICE = [
    "to get the committed bytes: fix the cause, then run `dvc repro --force --no-run-cache`",
    "to keep these outputs: commit dvc.lock, metrics/ and plots/",
    "to undo the run: `git checkout HEAD -- dvc.lock metrics plots`, then `dvc checkout` if the committed "
    "weights are in the cache",
]


class Comparison(NamedTuple):
    """How many outputs were compared, and the paths of those with different bytes."""

    outputs: int
    other: list[str]


def compare_with_commit() -> Comparison | None:
    """Compare existing outputs with the hashes in the last commit's dvc.lock.

    None if nothing is committed, or if code or parameters are not the committed ones: others give other results.
    """
    lock = committed("dvc.lock")
    if not lock or not _same_code(lock) or not _same_params(lock):
        return None
    outs = {path: recorded for path, recorded in recorded_hashes(lock).items() if Path(path).exists()}
    return Comparison(len(outs), [path for path, recorded in outs.items() if md5(Path(path)) != recorded])


def committed(path: str) -> str:
    """Return the text of a file as last committed; empty without such a file, a commit or Git."""
    try:
        done = subprocess.run(["git", "show", f"HEAD:./{path}"], capture_output=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout.decode() if done.returncode == 0 else ""


def _same_code(lock: str) -> bool:
    made, read = recorded_hashes(lock), recorded_hashes(lock, "deps")
    code = {Path(path): was for path, was in read.items() if path not in made}
    return all(path.exists() and md5(path) == was for path, was in code.items())


def _same_params(lock: str) -> bool:
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


def print_comparison() -> None:
    """Print how the existing outputs compare with the committed ones.

    Raises:
        InputError: no output could be compared.
    """
    comparison = compare_with_commit()
    if comparison and not comparison.outputs:
        raise InputError(
            "nothing to compare: expected outputs that the committed dvc.lock records, got none; run `dvc repro` "
            "or, if `git show HEAD:dvc.lock` is not whole, commit one that is"
        )
    print(describe(comparison))


def describe(comparison: Comparison | None) -> str:
    """Return one line; if bytes differ, also which outputs, the likely cause, and what to do."""
    if comparison is None:
        return "Nothing to compare: code or parameters differ from those of the committed dvc.lock."
    total, differing = comparison
    if not differing:
        return f"The same bits: all {total} outputs have the hashes in the committed dvc.lock."
    figures = [line for path in differing if path.startswith("metrics/") for line in _changed_figures(path)]
    sections = {
        "figures in metrics/": figures or ["all as committed"],
        "outputs with different bytes": differing,
        "likely cause": [*_inexact_models(), *library_differences()] or ["unknown; please report it as a bug"],
        "what to do": ADVICE,
    }
    lines = [
        f"{'Different' if figures else 'Same'} figures, different bytes: {len(differing)} of {total} outputs "
        "differ from the committed ones, though code and parameters do not."
    ]
    for title, entries in sections.items():
        lines += [f"  {title}", *(f"    {entry}" for entry in entries)]
    return "\n".join(lines)


def _changed_figures(path: str) -> list[str]:
    before, after = (json.loads(text) for text in (committed(path) or "{}", Path(path).read_text("utf-8")))
    return [
        f"{group}.{name}: {now}, committed {value}"
        for group, values in before.items()
        for name, value in values.items()
        if (now := after.get(group, {}).get(name)) != value
    ]


def _inexact_models() -> list[str]:
    dtypes = {f"train_{name}.dtype": getattr(load_params(), f"train_{name}").dtype for name in NAMES}
    cause = "whose last digits depend on CPU and threads; those of exact do not"
    return [f"{key} is {dtype}, {cause}" for key, dtype in dtypes.items() if dtype != "exact"]


def library_differences() -> list[str]:
    """Return the libraries whose version is not the one in constraints.txt."""
    lines = Path("constraints.txt").read_text(encoding="utf-8").lower().splitlines()
    pinned = dict(line.split("==") for line in lines if "==" in line)
    found = {name: version(name).partition("+")[0] for name in WRITERS}  # without a build such as +cpu
    return [
        f"{name} {found[name]} is installed; the committed bits come from {pinned[name]}"
        for name in WRITERS
        if found[name] != pinned[name]
    ]
