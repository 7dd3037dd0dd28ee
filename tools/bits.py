"""``mnist-mlp bits``, and the end of ``make repro``: are these the committed bits and, if not, why not?"""

import json
import subprocess
from importlib.metadata import version
from pathlib import Path

from pydantic import ValidationError

from mnist_mlp.harness.dvc_records import locked_stages, md5, recorded_hashes
from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.params import Params, load_params
from mnist_mlp.models import NAMES
from tools.revisions import git

WRITERS = ["matplotlib", "numpy", "pandas", "pillow", "pydantic", "safetensors", "scikit-learn", "scipy", "torch"]
"""Libraries that compute or write an output."""
ADVICE = [
    "to get the committed bytes: fix the cause, then run `dvc repro --force --no-run-cache`",
    "to keep these outputs: commit dvc.lock, metrics/ and plots/",
    "to undo the run: `git checkout HEAD -- dvc.lock metrics plots`, then `dvc checkout` if the committed "
    "weights are in the cache",
]


def compare_with_commit() -> tuple[int, list[str]] | None:
    """Return how many outputs exist, and which of them have other hashes than in the last commit's dvc.lock.

    None if nothing is committed, or if code or parameters are not the committed ones: others give other results.
    """
    lock = committed("dvc.lock")
    outs, deps = recorded_hashes(lock), recorded_hashes(lock, "deps")
    same_code = all(Path(path).exists() and md5(Path(path)) == deps[path] for path in deps.keys() - outs.keys())
    if not lock or not same_code or not _same_params(lock):
        return None
    found = [path for path in outs if Path(path).exists()]
    return len(found), [path for path in found if md5(Path(path)) != outs[path]]


def committed(path: str) -> str:
    """Return the text of a file as last committed; empty without such a file, a commit or Git."""
    try:
        return git("show", f"HEAD:./{path}")
    except (FileNotFoundError, InputError, subprocess.CalledProcessError):
        return ""


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
    """Print one line; if bytes differ from the committed ones, also of which outputs, why, and what to do."""
    total, differing = compare_with_commit() or (None, [])
    if total == 0:
        raise InputError(
            "nothing to compare: expected outputs that the committed dvc.lock records, got none; run `dvc repro` "
            "or, if `git show HEAD:dvc.lock` is not whole, commit one that is"
        )
    if total is None:
        print("Nothing to compare: code or parameters differ from the committed dvc.lock; restore or commit both.")
    elif not differing:
        print(f"The same bits: all {total} outputs have the hashes in the committed dvc.lock.")
    else:
        _explain(total, differing)


def _explain(total: int, differing: list[str]) -> None:
    figures = [line for path in differing if path.startswith("metrics/") for line in _changed_figures(path)]
    causes = [
        f"train_{name}.dtype is {dtype}, whose last digits depend on CPU and threads; those of exact do not"
        for name in NAMES
        if (dtype := getattr(load_params(), f"train_{name}").dtype) != "exact"
    ] + library_differences()
    sections = {
        "figures in metrics/": figures or ["all as committed"],
        "outputs with different bytes": differing,
        "likely cause": causes or ["unknown; please report it as a bug"],
        "what to do": ADVICE,
    }
    print(
        f"{'Different' if figures else 'Same'} figures, different bytes: {len(differing)} of {total} outputs "
        "differ from the committed ones, though code and parameters do not."
    )
    for title, entries in sections.items():
        print(f"  {title}", *(f"    {entry}" for entry in entries), sep="\n")


def _changed_figures(path: str) -> list[str]:
    before, after = (json.loads(text) for text in (committed(path) or "{}", Path(path).read_text("utf-8")))
    return [
        f"{group}.{name}: {now}, committed {value}"
        for group, values in before.items()
        for name, value in values.items()
        if (now := after.get(group, {}).get(name)) != value
    ]


def library_differences() -> list[str]:
    """Return the libraries whose version is not the one in constraints.txt."""
    lines = Path("constraints.txt").read_text(encoding="utf-8").lower().splitlines()
    pinned = dict(line.split("==") for line in lines if "==" in line)
    installed = {name: version(name).partition("+")[0] for name in WRITERS}  # without a build such as +cpu
    return [
        f"{name} {found} is installed; the committed bits come from {pinned[name]}"
        for name, found in installed.items()
        if found != pinned[name]
    ]
