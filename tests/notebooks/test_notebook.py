"""The walkthrough: its comparisons hold, and fail where the network is wrong; and what `make notebook` makes."""

import re
import runpy
import shutil
import sys
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import numpy as np
import pytest

import notebooks.drawing  # noqa: F401  # from this checkout: the notebook looks for it in its own
from mnist_mlp.core.files import save_splits
from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.params import load_params
from mnist_mlp.network import losses
from mnist_mlp.network.layers import Linear
from mnist_mlp.network.losses import MeanSquaredError
from mnist_mlp.network.optimizers import SGD
from mnist_mlp.training.initialization import initial_weights
from mnist_mlp.training.weights import save_weights
from notebooks.sum_order import depths
from tests.support.factory import ROOT, random_dataset
from tools import notebook

SOURCE = ROOT / "notebooks/walkthrough.py"
RESULTS = "plots/history_custom.csv metrics/evaluate.json studies/results/gap.json studies/results/gap.png"
PIXELS = 784
OFF = 1 + 1e-9
"""What a gradient is multiplied with here: any mistake in a formula is larger, and so small a one is seen."""


def test_the_committed_notebook_has_the_cells_of_its_source_and_nothing_of_a_machine() -> None:
    text = SOURCE.with_suffix(".ipynb").read_text(encoding="utf-8")
    committed: Any = nbformat.reads(text, as_version=4)
    nbformat.validate(committed)
    sources = [cell.source for cell in jupytext.read(SOURCE, fmt="py:percent").cells]
    assert [cell.source for cell in committed.cells] == sources
    counts = [cell.execution_count for cell in committed.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))
    assert not re.search(f"{ROOT}|{Path.home()}/|site-packages|iopub|Software", text)


@pytest.fixture
def walk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], object]:
    """Return what runs the notebook's source in a folder where the pipeline seems to have run, on noise."""
    params = load_params(ROOT / "params.yaml")
    save_splits(tmp_path / "data/split", {"train": random_dataset(300, PIXELS), "val": random_dataset(50, PIXELS)})
    for model, section in (("custom", params.train_custom), ("torch", params.train_torch)):
        save_weights(tmp_path / f"models/{model}.safetensors", initial_weights(section, PIXELS, 10), section)
    for name in RESULTS.split():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    monkeypatch.setattr(sys, "path", sys.path.copy())
    return lambda: runpy.run_path(str(SOURCE))


def test_all_comparisons_hold(walk: Callable[[], object], capsys: pytest.CaptureFixture[str]) -> None:
    walk()
    assert capsys.readouterr().out.count("dL/d") == 7


def spoil_bias(_result: None, layer: Linear, _grad: object) -> None:
    layer.bias_grad *= OFF


SPOILED: dict[str, tuple[object, str, Callable[..., object]]] = {
    "dL/dZ2": (MeanSquaredError, "value_and_gradient", lambda result, *_: (result[0], result[1] * OFF)),
    "dL/db2": (Linear, "parameter_gradients", spoil_bias),
    "dL/dA1": (Linear, "backward", lambda grad, *_: grad * OFF),
    "slope": (MeanSquaredError, "value_and_gradient", lambda result, *_: (result[0] * 1.001, result[1])),
    "layers.0.weight": (SGD, "step", lambda _result, _optimizer, parameters, _grads: parameters[0].fill(OFF)),
    ".*tenth": (losses, "divisor", lambda result, _, reduction: result * (0.9 if reduction == "mean" else 1)),
}
"""By the comparison that must fail: a function, and what is made of its result and arguments."""


@pytest.mark.parametrize("name", SPOILED)
def test_each_comparison_fails_if_the_network_is_wrong(
    walk: Callable[[], object], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    owner, method, spoil = SPOILED[name]
    right = getattr(owner, method)
    monkeypatch.setattr(owner, method, lambda *arguments: spoil(right(*arguments), *arguments))
    with pytest.raises(AssertionError, match=f"^{name}"):
        walk()


def test_orders_of_sums_are_found() -> None:
    assert depths(lambda terms: np.cumsum(terms, axis=1)[:, -1], 8).tolist() == [7, 7, 6, 5, 4, 3, 2, 1]


PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
CELLS = f"""\
# %% [markdown]
# # Title

# %%
import time
from pathlib import Path

print(Path.cwd().name, "started" in globals(), flush=True)
time.sleep(0.5)  # the kernel may send both as one piece or as two
print("b", flush=True)

# %% picture="pixel.png"
import base64
from IPython.display import Image

Image(base64.b64decode("{PIXEL}"))
"""


def test_a_script_gives_the_same_notebook_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    startup, script = tmp_path / "home/profile_default/startup/first.py", tmp_path / "script.py"
    startup.parent.mkdir(parents=True)
    startup.write_text("started = True\n", encoding="utf-8")
    script.write_text(CELLS, encoding="utf-8")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "home"))
    monkeypatch.setattr(notebook, "SOURCE", script)
    written = []
    for _ in range(2):
        notebook.main()
        written.append(script.with_suffix(".ipynb").read_bytes())
    assert written[0] == written[1]
    title, code, drawing = nbformat.reads(written[0].decode(), as_version=4).cells
    assert (title.cell_type, title.source, title.id) == ("markdown", "# Title", "cell-00")
    assert [output.text for output in code.outputs] == [f"{tmp_path.name} False\nb\n"]
    assert drawing.id == "cell-02"
    assert (tmp_path / "pixel.png").read_bytes() == b64decode(PIXEL)


MESSAGES = {
    "assert 1 == 2, 'one is not two'": "script.py: AssertionError: one is not two",
    "raise SystemExit('give me data')": "give me data",
    "import warnings\n\nwarnings.warn('old')": "script.py: expected nothing on stderr, got: .*Warning: old",
}


@pytest.mark.parametrize("code", MESSAGES)
def test_a_cell_that_fails_or_warns_is_an_error(tmp_path: Path, code: str) -> None:
    (tmp_path / "script.py").write_text(f"# %%\n{code}\n", encoding="utf-8")
    with pytest.raises(InputError, match=f"(?s)^(.*/)?{MESSAGES[code]}"):
        notebook.execute(tmp_path / "script.py")
