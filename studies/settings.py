"""Which outputs keep their bytes in which setting? ``python -m studies.settings`` writes results/settings.csv.

For each setting, the stages are run by force in a clone of the last commit, and the hashes in its dvc.lock are
compared with the committed ones. Not a stage of the pipeline, because a CPU may lack the instruction sets that a
setting needs, which is then left out.
"""

import json
import os
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import pandas as pd

from mnist_mlp.core.files import save_csv
from mnist_mlp.harness.dvc_records import recorded_hashes
from mnist_mlp.harness.run import refuse_arguments
from stages import THREADS

EVERYTHING = ("fetch_mnist", "split", "train_custom", "train_torch", "evaluate", "plot")
NUMPY = ("train_custom", "evaluate", "plot")
TORCH = ("train_torch", "evaluate", "plot")

ELSEWHERE = {
    "LANG": "tr_TR.UTF-8", "LC_ALL": "tr_TR.UTF-8", "TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "random",
}  # fmt: skip
"""Environment of another user; home and umask are set elsewhere. In Turkish, a lower-case I has no dot."""

OLD_CPU = dict.fromkeys(THREADS, "4") | {
    "OPENBLAS_CORETYPE": "Nehalem", "MKL_CBWR": "COMPATIBLE", "ATEN_CPU_CAPABILITY": "default",
    "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4",
}  # fmt: skip
"""Four threads on a CPU without AVX2, as far as variables can make one of this CPU."""
KERNELS = ("OPENBLAS_CORETYPE", "MKL_CBWR", "ATEN_CPU_CAPABILITY", "NPY_DISABLE_CPU_FEATURES")


class Setting(NamedTuple):
    """A changed environment and the stages that it can affect; all other stages come from the cache."""

    name: str
    environment: dict[str, str]
    stages: tuple[str, ...] = EVERYTHING
    needs: str = "X86_V2"
    """What NumPy calls the instruction sets that it uses; without them, the stages would be killed."""


AVX512 = "X86_V4"
SETTINGS = [
    Setting("nothing changed", {}),
    Setting("another folder, HOME, locale, time zone, umask, hash seed", ELSEWHERE),
    Setting("4 threads, Nehalem, MKL's COMPATIBLE, ATen's default, NumPy without AVX2", OLD_CPU),
    *(Setting(f"{n} threads", dict.fromkeys(THREADS, str(n))) for n in (2, 4)),
    *(
        Setting(f"OPENBLAS_CORETYPE={core}", {"OPENBLAS_CORETYPE": core}, NUMPY)
        for core in ("Haswell", "Zen", "Sandybridge", "Nehalem", "Prescott")
    ),
    Setting("OPENBLAS_CORETYPE=SkylakeX", {"OPENBLAS_CORETYPE": "SkylakeX"}, NUMPY, needs=AVX512),
    Setting("NumPy's loops without AVX-512", {"NPY_DISABLE_CPU_FEATURES": "X86_V4"}, NUMPY),
    Setting("NumPy's loops without AVX2", {"NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4"}, NUMPY),
    *(Setting(f"MKL_CBWR={mode}", {"MKL_CBWR": mode}, TORCH) for mode in ("COMPATIBLE", "AVX2", "AUTO")),
    *(Setting(f"ATEN_CPU_CAPABILITY={it}", {"ATEN_CPU_CAPABILITY": it}, TORCH) for it in ("default", "avx2")),
    Setting("ATEN_CPU_CAPABILITY=avx512", {"ATEN_CPU_CAPABILITY": "avx512"}, TORCH, needs=AVX512),
]


def main() -> None:
    """Run the pipeline in every setting that this CPU can be in; write the table."""
    simd = np.show_config(mode="dicts")["SIMD Extensions"]
    rows = []
    for setting in SETTINGS:
        if setting.needs in {*simd["baseline"], *simd["found"]}:
            rows.append(_row(setting))
            print(*rows[-1].values(), sep=" | ", flush=True)
        else:
            print(f"{setting.name} | left out: this CPU lacks {setting.needs}", flush=True)
    save_csv(Path("studies/results/settings.csv"), pd.DataFrame(rows))


def _row(setting: Setting) -> dict[str, object]:
    """Run the pipeline in a setting; return both accuracies and the outputs with different bytes."""
    with TemporaryDirectory() as parent:
        home, clone = Path(parent, "home"), Path(parent, "another folder")
        home.mkdir()
        _run(["git", "clone", "--quiet", ".", str(clone)], Path(), {})
        # as a remote: as the clone's cache, it would supply results of these stages from its run-cache
        cache = _run(["dvc", "cache", "dir"], Path(), {}).strip()
        _run(["dvc", "remote", "add", "--quiet", "--local", "--default", "here", cache], clone, {})
        _run(["dvc", "pull", "--quiet"], clone, {})
        command = ["dvc", "repro", "--force", "--no-run-cache", "--single-item", *setting.stages]
        umask = 0o077 if setting.environment is ELSEWHERE else -1
        _run(command, clone, {"HOME": str(home)} | setting.environment, umask)
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


def _run(command: list[str], folder: Path, environment: dict[str, str], umask: int = -1) -> str:
    """Run a command in a changed environment, without variables of that kind from this one; return its output."""
    inherited = {key: value for key, value in os.environ.items() if key not in (*THREADS, *KERNELS)}
    return subprocess.check_output(command, cwd=folder, env=inherited | environment, umask=umask, text=True)  # noqa: S603


if __name__ == "__main__":
    refuse_arguments()
    main()
