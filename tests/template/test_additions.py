"""The optimiser that docs/engines.md adds by a diff: both engines then end in the same bits with it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.factory import ROOT

PAGE = (ROOT / "docs/engines.md").read_text(encoding="utf-8")
(RMSPROP,) = re.findall(r"^```diff\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
TRAIN_BOTH = """
import stages
import numpy as np
from mnist_mlp.engines import ENGINES
from mnist_mlp.harness.params import load_params
from mnist_mlp.training.initialization import initial_weights

params = load_params().train_torch.model_copy(update={"optimizer": "rmsprop", "lr": 0.01, "batch_size": 20})
images = np.random.RandomState(0).randint(-(2**14), 2**14, (20, 12)) / 2**14
engines = [make(initial_weights(params, 12, 10), params) for make in ENGINES.values()]
losses = [[engine.train_step(images, np.arange(20, dtype=np.uint8) % 10) for _ in range(20)] for engine in engines]
custom, torch = (engine.weights() for engine in engines)
print(sum((custom[name] != torch[name]).sum() for name in custom), np.ptp(losses, axis=1).min())
"""


def test_both_engines_end_in_the_same_bits_with_the_added_optimiser(tmp_path: Path) -> None:
    for folder in ("src", "stages"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "params.yaml", tmp_path)
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=RMSPROP, text=True, check=True)
    command = [sys.executable, "-c", TRAIN_BOTH]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    different, learned = map(float, done.stdout.split())
    assert different == 0
    assert learned > 1e-3
