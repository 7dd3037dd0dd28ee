"""The comparison with the committed bits, on a commit of two files."""

import subprocess
from pathlib import Path

import pytest
import yaml

from mnist_mlp.harness.dvc_records import Comparison, compare_with_commit, md5, note_other_bits
from tests.support.factory import ROOT, params_text
from tests.support.repository import IDENTITY
from tools import bits as tool

pytestmark = pytest.mark.usefixtures("committed_run")
METRICS = "metrics/train_torch.json"


@pytest.fixture
def committed_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The working directory is a repository whose one stage has a source file, parameters and three outputs."""
    monkeypatch.chdir(tmp_path)
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)
    write("params.yaml", params_text())
    write("stage.py", "pass\n")
    write("src/room/a.py", "pass\n")
    write("models/torch.safetensors", "weights")
    write(METRICS, '{"torch": {"train_loss": 0.5, "val_loss": 0.25}}')
    write("data/raw/images.npy", "images")
    write("data/raw/labels.npy", "labels")
    write("constraints.txt", (ROOT / "constraints.txt").read_text("utf-8"))
    lock_and_commit()


def write(path: str, text: str) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text, encoding="utf-8")


def lock_and_commit() -> None:
    stage = {
        "deps": [
            {"path": "stage.py", "md5": md5(Path("stage.py"))},
            {"path": "src/room", "md5": f"{md5(Path('src/room'))}.dir"},
        ],
        # DVC writes small floats without a point; PyYAML reads them as words
        "params": {"params.yaml": {"plot.dpi": 110, "train_torch": typed_section() | {"eps": "1e-08"}}},
        "outs": [
            {"path": path, "md5": md5(Path(path))} for path in ("models/torch.safetensors", METRICS, "data/raw")
        ],
    }
    write("dvc.lock", yaml.safe_dump({"stages": {"train_torch": stage}}))
    subprocess.run(["git", "init", "--quiet"], check=True)
    subprocess.run(["git", "add", "dvc.lock", "metrics"], check=True)
    subprocess.run(["git", "commit", "--quiet", "--message", "Results"], check=True)


def typed_section() -> dict[str, object]:
    section: dict[str, object] = yaml.safe_load(Path("params.yaml").read_text("utf-8"))["train_torch"]
    return section


def test_unchanged_outputs_are_the_same_without_a_note(capsys: pytest.CaptureFixture[str]) -> None:
    assert compare_with_commit() == Comparison(3, [])
    note_other_bits()
    assert capsys.readouterr() == ("", "")
    assert tool.report(compare_with_commit()) == (
        "The same bits: all 3 outputs have the hashes in the committed dvc.lock."
    )


def test_other_weights_with_the_same_figures_are_noted_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    write("models/torch.safetensors", "other weights")
    note_other_bits()
    assert capsys.readouterr().err == (
        "note: same figures, different bytes: 1 of 3 outputs are not the committed ones; "
        "`python -m tools.bits` says which, why, and what to do\n"
    )


def test_one_file_of_a_folder_makes_it_another() -> None:
    write("data/raw/labels.npy", "other")
    assert compare_with_commit() == Comparison(3, ["data/raw"])


def test_different_figure_is_reported_with_both_values(capsys: pytest.CaptureFixture[str]) -> None:
    write(METRICS, '{"torch": {"train_loss": 0.5, "val_loss": 0.250001}}')
    note_other_bits()
    assert capsys.readouterr().err.startswith("note: different figures, different bytes: 1 of 3 ")
    report = tool.report(compare_with_commit())
    assert report.startswith("Different figures, different bytes: ")
    assert "torch.val_loss: 0.250001, committed 0.25\n" in report
    assert "train_loss" not in report


def test_missing_outputs_are_not_compared() -> None:
    Path("models/torch.safetensors").unlink()
    assert compare_with_commit() == Comparison(2, [])


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("stage.py", "1 + 1\n"),
        ("src/room/a.py", "1 + 1\n"),
        ("src/room/b.py", "1 + 1\n"),
        ("params.yaml", params_text({"train_torch.lr": "0.2"})),
        ("params.yaml", params_text({"plot.dpi": "50"})),
    ],
)
def test_different_code_or_parameters_are_not_compared(
    path: str, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(path, text)
    write("models/torch.safetensors", "other weights")
    assert compare_with_commit() is None
    note_other_bits()
    assert capsys.readouterr().err == ""
    assert "Nothing to compare" in tool.report(None)


def test_without_a_commit_or_git_there_is_nothing_to_compare(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("PATH", "")
        assert compare_with_commit() is None
    monkeypatch.setenv("GIT_DIR", "nowhere")
    assert compare_with_commit() is None


def test_the_reasons_are_those_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    write("params.yaml", params_text({"train_custom.dtype": "exact"}))
    monkeypatch.setattr(tool, "installed", lambda name: "2.0" if name == "numpy" else pinned(name))
    assert tool.reasons() == [
        "train_torch.dtype is float32, whose last digits depend on CPU and threads; those of exact do not",
        f"numpy 2.0 is installed; the committed bits come from {pinned('numpy')}",
    ]


def pinned(name: str) -> str:
    lines = (ROOT / "constraints.txt").read_text("utf-8").lower().splitlines()
    return next(line.partition("==")[2] for line in lines if line.startswith(f"{name}=="))


def test_unknown_reason_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool, "reasons", list)
    assert tool.UNKNOWN in tool.report(Comparison(3, ["data/raw"]))


def test_missing_library_has_no_version() -> None:
    assert tool.installed("no-such-library") == "(none)"
    assert tool.installed("torch").count("+") == 0
