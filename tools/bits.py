"""``mnist-mlp bits``, and the end of ``make repro``: are these the committed bits and, if not, why not?"""

import json
from importlib.metadata import version
from pathlib import Path

from mnist_mlp.harness.dvc_records import Comparison, committed, compare_with_commit
from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.params import load_params
from mnist_mlp.models import NAMES

WRITERS = ["matplotlib", "numpy", "pandas", "pillow", "pydantic", "safetensors", "scikit-learn", "scipy", "torch"]
"""Libraries that compute or write an output."""
ADVICE = [
    "to get the committed bytes: fix the cause, then run `dvc repro --force --no-run-cache`",
    "to keep these outputs: commit dvc.lock, metrics/ and plots/",
    "to undo the run: `git checkout HEAD -- dvc.lock metrics plots`, then `dvc checkout` if the committed "
    "weights are in the cache",
]


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
