"""``python -m tools.bits``, and the end of ``make repro``: are these the committed bits and, if not, why not?"""

import json
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import stages  # noqa: F401  # this copy's src first on the path
from mnist_mlp.harness.dvc_records import Comparison, committed, compare_with_commit
from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.params import load_params
from mnist_mlp.harness.run import run_stage
from mnist_mlp.models import NAMES

LIBRARIES = (
    "matplotlib",
    "numpy",
    "pandas",
    "pillow",
    "pydantic",
    "safetensors",
    "scikit-learn",
    "scipy",
    "torch",
)
"""Libraries that compute or write an output."""
UNKNOWN = "none that this script knows; please report it as a bug"
NOTHING = (
    "nothing to compare: expected outputs that the committed dvc.lock records, got none; run `dvc repro` or, if "
    "`git show HEAD:dvc.lock` is not whole, commit one that is"
)
ADVICE = [
    "to get the committed bytes: fix the cause, then run `dvc repro --force --no-run-cache`",
    "to keep these outputs: commit dvc.lock, metrics/ and plots/",
    "to undo the run: `git checkout HEAD -- dvc.lock metrics plots`, then `dvc checkout` if the committed "
    "weights are in the cache",
]


def main() -> None:
    """Print how the existing outputs compare with the committed ones.

    Raises:
        InputError: no output could be compared.
    """
    comparison = compare_with_commit()
    if comparison and not comparison.outputs:
        raise InputError(NOTHING)
    print(report(comparison))


def report(comparison: Comparison | None) -> str:
    """Return one line; if bytes differ, also which outputs, the likely cause, and what to do."""
    if comparison is None:
        return "Nothing to compare: code or parameters differ from those of the committed dvc.lock."
    if not comparison.other:
        return f"The same bits: all {comparison.outputs} outputs have the hashes in the committed dvc.lock."
    figures = changed_figures(comparison)
    sections = {
        "figures in metrics/": figures or ["all as committed"],
        "outputs with different bytes": comparison.other,
        "likely cause": reasons() or [UNKNOWN],
        "what to do": ADVICE,
    }
    return "\n".join(
        [
            f"{'Different' if figures else 'Same'} figures, different bytes: {len(comparison.other)} of "
            f"{comparison.outputs} outputs differ from the committed ones, though code and parameters do not.",
            *(f"  {title}\n" + "\n".join(f"    {line}" for line in lines) for title, lines in sections.items()),
        ]
    )


def changed_figures(comparison: Comparison) -> list[str]:
    """Return one line for each number in metrics/ that differs from the committed one."""
    lines = []
    for path in comparison.other:
        if not path.startswith("metrics/"):
            continue
        before, after = (
            flat(json.loads(text)) for text in (committed(path) or "{}", Path(path).read_text("utf-8"))
        )
        lines += [
            f"{key}: {after.get(key)}, committed {value}"
            for key, value in before.items()
            if after.get(key) != value
        ]
    return lines


def flat(metrics: dict[str, dict[str, float]]) -> dict[str, float]:
    """Return ``{"a.b": number}`` for ``{"a": {"b": number}}``."""
    return {f"{group}.{name}": value for group, values in metrics.items() for name, value in values.items()}


def reasons() -> list[str]:
    """Return what differs between this process and the one that made the committed bits, if bits depend on it."""
    return inexact_models() + library_differences()


def inexact_models() -> list[str]:
    """Return the models whose numbers depend on the machine: those of another ``dtype`` than exact."""
    params = load_params()
    return [
        f"train_{name}.dtype is {dtype}, whose last digits depend on CPU and threads; those of exact do not"
        for name in NAMES
        if (dtype := getattr(params, f"train_{name}").dtype) != "exact"
    ]


def library_differences() -> list[str]:
    """Return the libraries whose version is not the one in constraints.txt."""
    text = Path("constraints.txt").read_text(encoding="utf-8")
    pinned = dict(line.split("==") for line in text.lower().splitlines() if "==" in line)
    return [
        f"{name} {found} is installed; the committed bits come from {pinned[name]}"
        for name in LIBRARIES
        if (found := installed(name)) != pinned[name]
    ]


def installed(name: str) -> str:
    """Return the version of a library without its build ("+cpu"); "(none)" if it is not installed."""
    try:
        return version(name).partition("+")[0]
    except PackageNotFoundError:
        return "(none)"


if __name__ == "__main__":
    run_stage(main)
