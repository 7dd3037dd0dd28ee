"""The comparison with the committed bits, on a commit of two files."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from mnist_mlp.harness.dvc_records import md5
from mnist_mlp.harness.errors import InputError
from tests.support.factory import ROOT, params_text
from tests.support.repository import IDENTITY
from tools import bits
from tools.bits import compare_with_commit

pytestmark = pytest.mark.usefixtures("committed_run")
METRICS = "metrics/train_torch.json"
EXACT = params_text({"train_custom.dtype": "exact", "train_torch.dtype": "exact"})
OUTPUTS = ("models/torch.safetensors", METRICS, "data/raw")


@pytest.fixture
def committed_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The working directory is a repository whose one stage has source files, parameters and three outputs."""
    monkeypatch.chdir(tmp_path)
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)
    files = {
        "params.yaml": EXACT,
        "stage.py": "pass\n",
        "src/package/a.py": "pass\n",
        "models/torch.safetensors": "weights",
        METRICS: '{"torch": {"train_loss": 0.5, "val_loss": 0.25}}',
        "data/raw/images.npy": "images",
        "data/raw/labels.npy": "labels",
        "constraints.txt": (ROOT / "constraints.txt").read_text("utf-8"),
    }
    for path, text in files.items():
        write(path, text)
    section = yaml.safe_load(EXACT)["train_torch"] | {"eps": "1e-08"}  # as DVC writes small floats
    stage = {
        "deps": [
            {"path": "stage.py", "md5": md5(Path("stage.py"))},
            {"path": "src/package", "md5": f"{md5(Path('src/package'))}.dir"},
        ],
        "params": {"params.yaml": {"plot.dpi": 110, "train_torch": section}},
        "outs": [{"path": path, "md5": md5(Path(path))} for path in OUTPUTS],
    }
    write("dvc.lock", yaml.safe_dump({"stages": {"train_torch": stage}}))
    for command in ("init", "add dvc.lock metrics", "commit -m Results"):
        subprocess.run(["git", *command.split()], check=True, capture_output=True)


def write(path: str, text: str) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text, encoding="utf-8")


def printed(capsys: pytest.CaptureFixture[str]) -> str:
    bits.print_comparison()
    return capsys.readouterr().out


def test_unchanged_outputs_are_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert compare_with_commit() == (3, [])
    assert printed(capsys).startswith("The same bits: all 3 outputs")


def test_other_weights_with_the_same_figures(capsys: pytest.CaptureFixture[str]) -> None:
    write("models/torch.safetensors", "other weights")
    text = printed(capsys)
    assert text.startswith("Same figures, different bytes: 1 of 3 outputs")
    assert "\n    models/torch.safetensors\n" in text
    assert "\n    to undo the run: `git checkout HEAD -- dvc.lock metrics plots`" in text


def test_different_figure_is_reported_with_both_values(capsys: pytest.CaptureFixture[str]) -> None:
    write(METRICS, '{"torch": {"train_loss": 0.5, "val_loss": 0.250001}}')
    text = printed(capsys)
    assert text.startswith("Different figures, different bytes: ")
    assert "torch.val_loss: 0.250001, committed 0.25\n" in text
    assert "train_loss" not in text


def test_missing_outputs_are_not_compared() -> None:
    Path("models/torch.safetensors").unlink()
    assert compare_with_commit() == (2, [])
    write("data/raw/labels.npy", "other")  # one file of a folder makes it another
    assert compare_with_commit() == (2, ["data/raw"])


def test_without_any_output_nothing_is_compared() -> None:
    for folder in ("models", "metrics", "data"):
        shutil.rmtree(folder)
    with pytest.raises(InputError, match=r"^nothing to compare: .*run `dvc repro`"):
        bits.print_comparison()


CHANGES = [
    ("stage.py", "1 + 1\n"),
    ("src/package/a.py", "1 + 1\n"),
    ("src/package/b.py", "1 + 1\n"),
    ("params.yaml", EXACT.replace("lr: 0.1", "lr: 0.2")),
    ("params.yaml", EXACT.replace("dpi: 110", "dpi: 50")),
]


@pytest.mark.parametrize(("path", "text"), CHANGES)
def test_different_code_or_parameters_are_not_compared(path: str, text: str) -> None:
    write(path, text)
    write("models/torch.safetensors", "other weights")
    assert compare_with_commit() is None


@pytest.mark.parametrize("variable", ["PATH", "GIT_DIR"])
def test_without_git_or_a_commit_there_is_nothing_to_compare(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], variable: str
) -> None:
    monkeypatch.setenv(variable, "nowhere")
    assert printed(capsys).startswith("Nothing to compare: code or parameters differ")


CAUSES = {
    "numpy 0.1 is installed; the committed bits come from ": ("exact", {"numpy": "0.1"}),
    "train_custom.dtype is float32, whose last digits depend on CPU and threads": ("float32", {}),
    "unknown; please report it as a bug": ("exact", {}),
}
"""By what is said: the dtype of custom, and the versions that are not as pinned."""


@pytest.mark.parametrize("cause", CAUSES)
def test_the_cause_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], cause: str
) -> None:
    dtype, others = CAUSES[cause]
    lines = Path("constraints.txt").read_text("utf-8").lower().splitlines()
    versions = dict(line.split("==") for line in lines if "==" in line) | others
    monkeypatch.setattr(bits, "version", lambda name: f"{versions[name]}+cpu")
    write("params.yaml", EXACT.replace("dtype: exact", f"dtype: {dtype}", 1))  # custom's, which is not locked
    write("data/raw/labels.npy", "other")
    assert f"  likely cause\n    {cause}" in printed(capsys)
