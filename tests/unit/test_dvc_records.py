"""What DVC recorded, compared with the files that are there."""

import json
import shutil
from pathlib import Path

import pytest
import yaml
from dvc.repo import Repo

from mnist_mlp.harness import dvc_records
from mnist_mlp.harness.dvc_records import StageInputs, md5
from mnist_mlp.harness.errors import InputError
from tests.support.factory import ROOT

A, B = "7fc56270e7a70fa81a5935b72eacbe29", "9d5ed678fe57bcca610140957afab571"
"""MD5 of the letters A and B."""
PARAMS = {"train": {"lr": 0.1}, "plot": {"dpi": 110}, "fetch": {"dataset": "mnist"}}
STAGE = {
    "cmd": "x",
    "params": ["train", "fetch.dataset", {"studies/params.yaml": ["gap"]}],
    "deps": ["src/code.py", "data", "file"],
    "outs": ["models"],
    "metrics": [{"metrics.json": {"cache": False}}],
}


@pytest.fixture(autouse=True)
def _pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder has a stage ``train``, all that it depends on and all that it writes."""
    monkeypatch.chdir(tmp_path)
    for path in ("src/code.py", "data/a", "data/sub/b", "file", "models/a", "metrics.json"):
        write(path, "B" if path == "data/sub/b" else "A")
    outs = [{"path": "data", "md5": f"{md5(Path('data'))}.dir"}, {"path": "file", "md5": A}]
    write("dvc.lock", json.dumps({"schema": "2.0", "stages": {"split": {"cmd": "x", "outs": outs}}}))
    write("dvc.yaml", json.dumps({"stages": {"train": STAGE, "plot": {"cmd": "x", "deps": ["file"]}}}))
    write("params.yaml", json.dumps(PARAMS))
    write("studies/params.yaml", json.dumps({"gap": {"seeds": 10}, "seeds": {}}))


def write(path: str, content: str) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(content, encoding="utf-8")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # in DVC's reader of settings
def test_files_and_folders_have_the_md5_that_dvc_gives_them() -> None:
    shutil.copy(ROOT / ".dvcignore", ".")
    write("src/room/a.py", "A")
    write("src/room/.a.py.swp", "an editor's")  # in folders of source, only Python files count
    repo = Repo.init(no_scm=True)
    for path in ("file", "data", "src/room"):
        repo.add(path)
        recorded = yaml.safe_load(Path(f"{path}.dvc").read_text())["outs"][0]["md5"]
        assert md5(Path(path)) == recorded.removesuffix(".dir"), path


@pytest.mark.parametrize(("path", "named"), [("file", "file"), ("data/sub/b", "data"), ("data/more", "data")])
def test_damaged_inputs_are_named_with_a_remedy(path: str, named: str) -> None:
    write(path, "other")
    with pytest.raises(InputError, match=rf"^{named}: expected the bytes that dvc\.lock.*mnist-mlp verify"):
        StageInputs("train").check_undamaged()


@pytest.mark.parametrize("stage", ["train", "dvc.yaml:train"])
def test_whole_missing_and_unrecorded_inputs_are_accepted(stage: str) -> None:
    write("src/code.py", "B")  # no stage made it
    StageInputs(stage).check_undamaged()
    Path("file").unlink()
    write("dvc.lock", Path("dvc.lock").read_text()[:-7])
    StageInputs(stage).check_undamaged()
    Path("dvc.lock").unlink()
    StageInputs(stage).check_undamaged()


def test_recorded_hashes_are_whole_and_without_their_suffix() -> None:
    outs = [{"path": "a", "md5": f"{A}.dir"}, {"path": "b", "md5": B}, {"path": "c"}, {"path": "d", "md5": B[:-1]}]
    first = {"outs": outs, "deps": [{"path": "a", "md5": A}, {"path": "src", "md5": B}]}
    lock = json.dumps({"stages": {"first": first, "second": {"outs": None}}})
    assert dvc_records.recorded_hashes(lock) == {"a": A, "b": B}
    assert dvc_records.recorded_hashes(lock, "deps") == {"a": A, "src": B}
    for damaged in ("", "[1", "stages: 3"):
        assert dvc_records.recorded_hashes(damaged) == {}


@pytest.mark.parametrize(
    ("path", "content", "named"),
    [
        ("params.yaml", json.dumps(PARAMS | {"train": {"lr": 0.2}}), "params.yaml: train"),
        ("params.yaml", "[1", "params.yaml: train, params.yaml: fetch.dataset"),
        ("studies/params.yaml", '{"gap": {"seeds": 11}}', "studies/params.yaml: gap"),
        ("src/code.py", "B", "src/code.py"),
        ("data/a", "B", "data"),
        ("data/more", "", "data"),
        ("file", None, "file"),
    ],
)
def test_a_change_while_a_stage_runs_is_named_and_removes_its_outputs(
    path: str, content: str | None, named: str
) -> None:
    inputs = StageInputs("train")
    Path(path).unlink() if content is None else write(path, content)
    with pytest.raises(InputError, match=rf"^{named}: expected no change while train runs.*`dvc repro` again"):
        inputs.check_unchanged()
    assert not Path("models").exists()
    assert not Path("metrics.json").exists()


def test_what_the_stage_does_not_depend_on_may_change() -> None:
    inputs = StageInputs("train")
    write("params.yaml", json.dumps(PARAMS | {"plot": {"dpi": 50}, "fetch": {"dataset": "mnist", "more": 1}}))
    write("studies/params.yaml", '{"gap": {"seeds": 10}}')
    write("src/code.py", "A")
    write("src/other.py", "A")
    inputs.check_unchanged()
    assert Path("models/a").exists()
