"""Which outputs keep their bytes in which setting? ``python -m studies.settings`` writes results/settings.csv.

For each setting, the stages are run by force in a clone of the last commit, and the hashes in its dvc.lock are
compared with the committed ones. Not a stage of the pipeline, because a CPU may lack some instruction sets.
"""

import argparse
import json
import os
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pandas as pd

from mnist_mlp.core.arithmetic import CHOICE, FREE, INSTRUCTIONS, THREADS, UNSET
from mnist_mlp.core.files import save_csv
from mnist_mlp.harness.lock import recorded_hashes

EVERYTHING = ("fetch_mnist", "split", "train_custom", "train_torch", "evaluate", "plot")
NUMPY = ("train_custom", "evaluate", "plot")
TORCH = ("train_torch", "evaluate", "plot")

ELSEWHERE = {
    "LANG": "tr_TR.UTF-8",
    "LC_ALL": "tr_TR.UTF-8",
    "TZ": "Pacific/Kiritimati",
    "PYTHONHASHSEED": "random",
}
"""Environment of another user; home and umask are set elsewhere. In Turkish, a lower-case I has no dot."""


WISHES = {
    **dict.fromkeys(THREADS, "4"),
    "OPENBLAS_CORETYPE": "Nehalem",
    "MKL_CBWR": "AUTO",
    "ATEN_CPU_CAPABILITY": "default",
    "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4",
}
"""Settings that an environment may ask for, and that the pipeline ignores."""


class Setting(NamedTuple):
    """A changed environment and the stages that it can affect; all other stages come from the cache."""

    name: str
    environment: dict[str, str]
    stages: tuple[str, ...] = EVERYTHING
    umask: int = 0o022


def free(name: str, environment: dict[str, str], stages: tuple[str, ...]) -> Setting:
    """Return a setting that keeps the environment's values."""
    return Setting(f"free: {name}", environment | {CHOICE: FREE}, stages)


SETTINGS = [
    Setting("nothing changed", {}),
    Setting("another folder, HOME, locale, time zone, umask, hash seed", ELSEWHERE, umask=0o077),
    Setting("4 threads, Nehalem, MKL's AUTO, ATen's default, NumPy without AVX2", WISHES),
    *(free(f"{n} threads", dict.fromkeys(THREADS, str(n)), EVERYTHING) for n in (2, 4)),
    *(
        free(f"OPENBLAS_CORETYPE={core}", {"OPENBLAS_CORETYPE": core}, NUMPY)
        for core in ("Zen", "SkylakeX", "Sandybridge", "Nehalem", "Prescott")
    ),
    free("NumPy's loops without AVX-512", {"NPY_DISABLE_CPU_FEATURES": "X86_V4"}, NUMPY),
    free("NumPy's loops without AVX2", {"NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4"}, NUMPY),
    *(free(f"MKL_CBWR={mode}", {"MKL_CBWR": mode}, TORCH) for mode in ("AVX2", "AUTO")),
    free("ATEN_CPU_CAPABILITY=default", {"ATEN_CPU_CAPABILITY": "default"}, TORCH),
]


def main() -> None:
    """Run the settings whose names contain a word of the command line, without words all; write the table."""
    parser = argparse.ArgumentParser(prog="python -m studies.settings", description=__doc__, allow_abbrev=False)
    parser.add_argument(
        "words", nargs="*", help="run only settings whose names contain one of these; default: all"
    )
    words = parser.parse_args().words or [""]
    chosen = [setting for setting in SETTINGS if any(word in setting.name for word in words)]
    if not chosen:
        parser.error(f"expected words of these names, got {words}: " + "; ".join(one.name for one in SETTINGS))
    rows = []
    for setting in chosen:
        rows.append(row(setting))
        print(*rows[-1].values(), sep=" | ", flush=True)
    save_csv(Path("studies/results/settings.csv"), pd.DataFrame(rows))


def row(setting: Setting) -> dict[str, object]:
    """Run the pipeline under a setting; return both accuracies and the outputs with different bytes."""
    with TemporaryDirectory() as parent:
        home, clone = Path(parent, "home"), Path(parent, "another folder")
        home.mkdir()
        run(["git", "clone", "--quiet", ".", str(clone)], Path(), {})
        # as a remote: as the clone's cache, it would supply results of these stages from its run-cache
        cache = run(["dvc", "cache", "dir"], Path(), {}).strip()
        run(["dvc", "remote", "add", "--quiet", "--local", "--default", "here", cache], clone, {})
        run(["dvc", "pull", "--quiet"], clone, {})
        environment = {"HOME": str(home)} | setting.environment
        command = ["dvc", "repro", "--force", "--no-run-cache", "--single-item", *setting.stages]
        run(command, clone, environment, setting.umask)
        metrics = json.loads((clone / "metrics/evaluate.json").read_text(encoding="utf-8"))
        made, committed = (recorded_hashes((root / "dvc.lock").read_text("utf-8")) for root in (clone, Path()))
    other = [path for path in committed if made[path] != committed[path]]
    return {
        "setting": setting.name,
        "stages": "all" if setting.stages == EVERYTHING else " ".join(setting.stages),
        "custom_test_accuracy": metrics["custom"]["test_accuracy"],
        "torch_test_accuracy": metrics["torch"]["test_accuracy"],
        "same": len(committed) - len(other),
        "other": " ".join(other),
    }


def run(command: list[str], folder: Path, environment: dict[str, str], umask: int = -1) -> str:
    """Run a command in a changed environment, without this process's pinned variables; return its output."""
    inherited = {key: value for key, value in os.environ.items() if key not in THREADS | INSTRUCTIONS | UNSET}
    done = subprocess.run(  # noqa: S603
        command,
        cwd=folder,
        env=inherited | environment,
        umask=umask,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout


if __name__ == "__main__":
    main()
