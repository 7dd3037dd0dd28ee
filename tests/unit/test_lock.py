"""Data are compared with what DVC recorded of them."""

import json
from pathlib import Path

import pytest
import yaml
from dvc.repo import Repo

from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.lock import damaged_inputs, md5, recorded_code, recorded_hashes
from mnist_mlp.harness.run import check_inputs, run_stage
from tests.support.repository import Repository

A, B = "7fc56270e7a70fa81a5935b72eacbe29", "9d5ed678fe57bcca610140957afab571"
"""MD5 of the letters A and B."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pipeline of two stages: ``second`` reads the folder and the file that ``first`` wrote."""
    monkeypatch.chdir(tmp_path)
    for path in ("data/sub/b", "data/a", "file"):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(path[-1].upper() if path != "file" else "A")
    outs = [{"path": path, "hash": "md5", "md5": recorded(Path(path))} for path in ("data", "file")]
    Path("dvc.lock").write_text(yaml.safe_dump({"schema": "2.0", "stages": {"first": {"cmd": "x", "outs": outs}}}))
    stages = {"first": {"cmd": "x", "deps": ["x.py"]}, "second": {"cmd": "y", "deps": ["x.py", "data", "file"]}}
    Path("dvc.yaml").write_text(yaml.safe_dump({"stages": stages}))
    return tmp_path


def recorded(path: Path) -> str:
    return f"{md5(path)}.dir" if path.is_dir() else md5(path)


def test_a_file_has_the_md5_that_everyone_gives_it(folder: Path) -> None:
    assert (md5(folder / "data/a"), md5(folder / "data/sub/b")) == (A, B)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # in DVC's reader of settings
def test_a_folder_has_the_md5_that_dvc_gives_it(folder: Path) -> None:
    Repo.init(str(folder), no_scm=True).add(str(folder / "data"))
    assert yaml.safe_load((folder / "data.dvc").read_text())["outs"][0]["md5"] == f"{md5(folder / 'data')}.dir"


@pytest.mark.usefixtures("folder")
def test_of_a_folder_of_source_only_python_files_count() -> None:
    room = Path("src/room")
    room.mkdir(parents=True)
    (room / "a.py").write_text("A")
    before = md5(room)
    (room / ".a.py.swp").write_text("an editor's")
    assert md5(room) == before
    (room / "b.py").write_text("B")
    assert md5(room) != before


def test_source_has_the_md5_that_dvc_recorded_of_it(
    reproduced: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(reproduced.root)
    code = recorded_code(reproduced.read("dvc.lock"))
    assert {"src/mnist_mlp/core", "src/mnist_mlp/splits.py", "stages/plot.py"} < code.keys()
    assert {path: md5(Path(path)) for path in code} == code


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("stage", ["second", "dvc.yaml:second"])
def test_data_as_they_were_recorded_are_accepted(stage: str) -> None:
    assert damaged_inputs(stage) == []


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("path", "content", "named"),
    [("file", "B", "file"), ("data/sub/b", "A", "data"), ("data/more", "A", "data")],
)
def test_changed_data_are_named_with_a_fix(path: str, content: str, named: str) -> None:
    Path(path).write_text(content)
    with pytest.raises(InputError) as caught:
        check_inputs("second")
    assert str(caught.value) == (
        f"{named}: expected the bytes that dvc.lock records, got different ones (damaged, or changed by hand); "
        "`python -m tools.verify` removes damaged files from DVC's cache, then `dvc repro` makes them again"
    )


@pytest.mark.usefixtures("folder")
def test_a_stage_does_not_begin_with_changed_data(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("file").write_text("B")
    monkeypatch.setenv("DVC_STAGE", "second")
    with pytest.raises(SystemExit):
        run_stage(lambda: pytest.fail("it began"))
    assert "error: file: expected the bytes that dvc.lock records, got different ones" in capsys.readouterr().err


@pytest.mark.usefixtures("folder")
def test_data_of_other_stages_and_a_stage_that_dvc_does_not_run_are_left_alone() -> None:
    Path("file").write_text("B")
    assert damaged_inputs("first") == []
    check_inputs("")


@pytest.mark.usefixtures("folder")
def test_missing_data_are_left_to_their_reader() -> None:
    Path("file").unlink()
    assert damaged_inputs("second") == []


@pytest.mark.usefixtures("folder")
def test_half_written_lock_file_reports_no_damage() -> None:
    text = Path("dvc.lock").read_text()
    for length in range(len(text)):
        Path("dvc.lock").write_text(text[:length])
        assert damaged_inputs("second") == []
    Path("dvc.lock").unlink()
    assert damaged_inputs("second") == []


def test_recorded_hash_is_read_without_its_suffix() -> None:
    outs = [{"path": "a", "md5": f"{A}.dir"}, {"path": "b", "md5": B}, {"path": "c"}, {"path": "d", "md5": B[:-1]}]
    lock = json.dumps({"stages": {"s": {"outs": outs}, "t": None, "u": {"outs": None}}})
    assert recorded_hashes(lock) == {"a": A, "b": B}
