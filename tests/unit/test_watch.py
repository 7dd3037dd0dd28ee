"""A stage whose parameters or inputs change while it runs keeps nothing."""

import json
import os
from pathlib import Path

import pytest

from mnist_mlp.core.files import save_json
from mnist_mlp.harness import watch
from mnist_mlp.harness.run import run_stage
from mnist_mlp.harness.watch import ChangedError, Watch

PARAMS = {"train": {"lr": 0.1}, "plot": {"dpi": 110}, "fetch": {"dataset": "mnist"}}
PIPELINE = {
    "stages": {
        "train": {
            "params": ["train", "fetch.dataset", {"studies/params.yaml": ["gap"]}],
            "deps": ["src/code.py", "data/split"],
            "outs": ["model.txt"],
            "metrics": [{"metrics.json": {"cache": False}}],
        }
    }
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The working directory has a stage with parameters, a source file, data and outputs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(watch, "_current", [Watch()])
    write("dvc.yaml", PIPELINE)
    write("params.yaml", PARAMS)
    write("studies/params.yaml", {"gap": {"seeds": 10}, "seeds": {}})
    write("src/code.py", 1)
    write("data/split/images", [1, 2])


def write(path: str, content: object) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize(
    ("path", "content", "named"),
    [
        ("params.yaml", PARAMS | {"train": {"lr": 0.2}}, "params.yaml: train"),
        ("params.yaml", PARAMS | {"fetch": {"dataset": "digits"}}, "params.yaml: fetch.dataset"),
        ("params.yaml", [], "params.yaml: train, params.yaml: fetch.dataset"),
        ("studies/params.yaml", {"gap": {"seeds": 11}}, "studies/params.yaml: gap"),
        ("src/code.py", 2, "src/code.py"),
        ("data/split/images", [1, 3], "data/split"),
        ("data/split/more", [], "data/split"),
    ],
)
def test_a_change_is_named(path: str, content: object, named: str) -> None:
    watched = Watch("train")
    watched.check()
    write(path, content)
    os.utime(path, ns=(1, 1))  # a clock may be too coarse to tell two writes apart
    with pytest.raises(ChangedError) as caught:
        watched.check()
    assert str(caught.value) == (
        f"{named}: expected no change while train runs, got one; nothing is kept: run `dvc repro` again"
    )


def test_a_missing_file_is_a_change() -> None:
    watched = Watch("train")
    Path("src/code.py").unlink()
    with pytest.raises(ChangedError, match=r"^src/code\.py: "):
        watched.check()


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("params.yaml", PARAMS | {"plot": {"dpi": 50}}),
        ("params.yaml", PARAMS | {"fetch": {"dataset": "mnist", "more": 1}}),
        ("studies/params.yaml", {"gap": {"seeds": 10}, "seeds": {"custom": 3}}),
        ("src/code.py", 1),
        ("src/other.py", 1),
    ],
)
def test_what_the_stage_does_not_depend_on_may_change(path: str, content: object) -> None:
    watched = Watch("train")
    write(path, content)
    os.utime(path, ns=(1, 1))
    watched.check()


def test_a_stage_stops_before_it_replaces_a_file_and_leaves_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DVC_STAGE", "train")

    def main() -> None:
        save_json(Path("metrics.json"), {"a": 1})
        assert Path("metrics.json").exists()
        write("params.yaml", PARAMS | {"train": {"lr": 0.2}})
        save_json(Path("model.txt"), {"a": 1})
        raise AssertionError("went on")

    with pytest.raises(SystemExit) as caught:
        run_stage(main)
    assert caught.value.code == 1
    assert capsys.readouterr().err.startswith("error: params.yaml: train: expected no change while train runs")
    assert sorted(path.name for path in Path().iterdir()) == ["data", "dvc.yaml", "params.yaml", "src", "studies"]


def test_a_change_after_the_last_file_is_noticed_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_STAGE", "train")
    with pytest.raises(SystemExit):
        run_stage(lambda: write("params.yaml", {}))


def test_a_program_that_dvc_does_not_run_watches_nothing() -> None:
    watched = Watch("")
    write("params.yaml", {})
    watched.check()
