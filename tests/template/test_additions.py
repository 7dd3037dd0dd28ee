"""The activation that docs/engines.md adds by a diff: both engines then train alike with it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.factory import ROOT, TRAIN

PAGE = (ROOT / "docs/engines.md").read_text(encoding="utf-8")
(GELU,) = re.findall(r"^```diff\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
TRAIN_BOTH = f"""
import stages
import numpy as np
from mnist_mlp.engines import ENGINES
from mnist_mlp.harness.params import TrainParams
from mnist_mlp.training.initialization import initial_weights

params = TrainParams.model_validate({TRAIN | {"activation": "gelu", "dtype": "float64", "weight_init": "he"}!r})
images = np.random.RandomState(0).uniform(-1, 1, (20, 12))
engines = [make(initial_weights(params, 12, 10), params) for make in ENGINES.values()]
losses = [[engine.train_step(images, np.arange(20, dtype=np.uint8) % 10) for _ in range(5)] for engine in engines]
print(np.ptp(losses, axis=0).max(), np.ptp(losses, axis=1).min())
"""


def test_both_engines_take_the_same_steps_with_the_added_activation(tmp_path: Path) -> None:
    for folder in ("src", "stages"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=GELU, text=True, check=True)
    command = [sys.executable, "-c", TRAIN_BOTH]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    apart, learned = map(float, done.stdout.split())
    assert apart < 1e-12
    assert 1e-3 < learned < 1
