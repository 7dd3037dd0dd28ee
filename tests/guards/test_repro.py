"""`make repro`: what it checks before DVC starts and after it has ended."""

import re
from pathlib import Path

import pytest

from mnist_mlp.harness.errors import InputError, one_line
from tests.support.repository import Repository
from tools.preflight import preflight


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("path", ["dvc.lock", "studies/params.yaml"])
def test_conflict_marks_are_reported_with_file_and_line(path: str) -> None:
    Path("studies").mkdir()
    Path(path).write_text("a: 1\n<<<<<<< HEAD\n=======\n>>>>>>> other\n")
    with pytest.raises(InputError, match=rf"^{path}, line 2: .* conflict mark .*git checkout HEAD -- {path}$"):
        preflight()


def test_outputs_behind_a_link_are_refused() -> None:
    Path("data").symlink_to("/other/disk")
    with pytest.raises(InputError, match=r"^data: .* got a link to /other/disk, .* dvc cache dir --local"):
        preflight()


@pytest.mark.parametrize("name", ["{a", "a}", "a#b", "a?b", "a%41", "a\nb"])
def test_folder_that_dvc_takes_for_a_format_or_an_address_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    Path(name).mkdir()
    monkeypatch.chdir(name)
    with pytest.raises(InputError, match=rf"/{re.escape(one_line(name))}: expected a path without # \? % {{ }} "):
        preflight()


def test_folder_in_which_some_commands_of_dvc_fail_gets_a_note(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("\N{LATIN SMALL LETTER E WITH ACUTE}").mkdir()
    preflight()
    assert capsys.readouterr().err == ""
    monkeypatch.chdir("\N{LATIN SMALL LETTER E WITH ACUTE}")
    preflight()
    assert capsys.readouterr().err.startswith(
        "note: `dvc exp run --temp` and `--queue` fail in a path with letters"
    )


def test_failed_pipeline_is_not_compared(reproduced: Repository, tmp_path: Path) -> None:
    repository = reproduced.copy(tmp_path)
    repository.replace("params.yaml", {"dpi: 110": "dpi: 1"})
    done = repository.run("python", "-m", "tools.repro", check=False)
    assert done.returncode != 0
    assert "plot.dpi must be greater than or equal to 50" in done.stdout
    assert "compare" not in done.stdout


@pytest.mark.parametrize("output", ["models/torch.safetensors", "data/raw"])
def test_outputs_that_dvc_did_not_store_are_an_error(reproduced: Repository, tmp_path: Path, output: str) -> None:
    repository = reproduced.copy(tmp_path)
    md5 = repository.read("dvc.lock").split(f"- path: {output}\n")[1].split("md5: ")[1].split()[0]
    (repository.root / ".dvc/cache/files/md5" / md5[:2] / md5[2:]).unlink()
    check = "from tools import repro; repro.run_program(repro.check_cache)"
    done = repository.run("python", "-c", check, check=False)
    assert done.returncode == 1
    assert f"got nothing for {output}; make room" in done.stdout
