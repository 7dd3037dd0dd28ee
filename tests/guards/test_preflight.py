"""What make checks before DVC starts: each check on its own, and the programs that run it."""

import json
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from mnist_mlp.harness.errors import InputError
from tests.support.factory import ROOT
from tests.support.repository import Repository
from tools import repro
from tools.preflight import check_folder, check_git, check_links, check_yaml, preflight, remove_broken_rwlock

SAME_BITS = "The same bits: all 17 outputs have the hashes in the committed dvc.lock."
BROKEN = ["", "{", '{"write": {"/a": {"pid": 1, "cm', "null", '{"write": []}']
NO_OVERRIDE = ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"]
"""What takes from root the right to write where permissions forbid it."""


@pytest.fixture
def rwlock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where DVC notes which process uses which output."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / ".dvc/tmp/rwlock"
    path.parent.mkdir(parents=True)
    return path


@pytest.fixture
def living(rwlock: Path) -> Iterator[int]:
    """The number of a process that looks like DVC in this folder."""
    with subprocess.Popen(["dvc", "60"], executable=shutil.which("sleep"), cwd=rwlock.parents[2]) as process:
        yield process.pid
        process.kill()


def errors(output: str) -> list[str]:
    """Return the lines that report an error; there must be no traceback."""
    assert "Traceback" not in output
    return [line for line in output.splitlines() if "error" in line.lower()]


def refusal(repository: Repository, *command: str) -> str:
    """Run a command that a check must stop; return the one line that it printed."""
    done = repository.run(*command, check=False)
    assert done.returncode == 1, done.stdout
    (line,) = done.stdout.splitlines()
    return line


def test_this_repository_passes_all_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    preflight()


# the notes on running processes


@pytest.mark.parametrize("content", BROKEN)
def test_broken_rwlock_of_a_dead_process_is_removed(
    rwlock: Path, content: str, capfd: pytest.CaptureFixture[str]
) -> None:
    rwlock.write_text(content)
    remove_broken_rwlock()
    assert not rwlock.exists()
    assert capfd.readouterr().err == (
        "note: removed .dvc/tmp/rwlock, which a killed DVC process left half-written\n"
    )


def test_whole_rwlock_stays(rwlock: Path) -> None:
    remove_broken_rwlock()
    notes = json.dumps({"write": {"/a/b": {"pid": os.getpid(), "cmd": "dvc repro"}}, "read": {}})
    rwlock.write_text(notes)
    remove_broken_rwlock()
    assert rwlock.read_text() == notes


def test_broken_rwlock_stays_while_dvc_runs_in_the_folder(rwlock: Path, living: int) -> None:
    rwlock.touch()
    with pytest.raises(InputError) as caught:
        remove_broken_rwlock()
    assert str(caught.value) == (
        ".dvc/tmp/rwlock: expected JSON, got a broken file, and DVC still runs in this folder "
        f"(process {living}); wait until it has ended, or stop it, and try again"
    )
    assert rwlock.exists()


@pytest.mark.parametrize(("tool", "content"), [("repro", ""), ("verify", '{"write": {"/a": {"pid":')])
def test_tools_remove_a_broken_rwlock(repository: Repository, tool: str, content: str) -> None:
    lock = repository.root / ".dvc/tmp/rwlock"
    lock.write_text(content)
    assert "JSON structure is corrupted" in repository.dvc("repro", check=False)
    done = repository.run("python", "-m", f"tools.{tool}").stdout
    assert "note: removed .dvc/tmp/rwlock" in done
    assert "Data and pipelines are up to date." in repository.dvc("repro")


# files that DVC reads


@pytest.mark.parametrize("path", ["dvc.lock", "dvc.yaml", "params.yaml", "studies/params.yaml"])
def test_conflict_marks_are_reported_with_file_and_line(repository: Repository, path: str) -> None:
    first, *rest = repository.read(path).splitlines()
    lines = [first, "<<<<<<< HEAD", "=======", ">>>>>>> other", *rest]
    (repository.root / path).write_text("\n".join(lines))
    assert refusal(repository, "python", "-m", "tools.repro") == (
        f"error: {path}, line 2: expected YAML, got a conflict mark of Git (<<<<<<< HEAD); "
        f"finish the merge, or take the committed file: git checkout HEAD -- {path}"
    )


@pytest.mark.parametrize(
    ("content", "line", "problem"),
    [
        ("a: 1\n  - : [\n", ", line 2", "mapping values are not allowed"),
        ("a: 1\nb: *c\n", ", line 2", "found undefined alias"),
        ("a: \0", "", "unacceptable character"),
    ],
)
def test_broken_yaml_is_reported_with_file_and_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, line: str, problem: str
) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path("dvc.yaml")
    path.write_text(content)
    with pytest.raises(InputError) as caught:
        check_yaml(path)
    assert str(caught.value).startswith(f"dvc.yaml{line}: expected YAML, got: ")
    assert problem in str(caught.value)
    assert str(caught.value).endswith("or take the committed file: git checkout HEAD -- dvc.yaml")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("characters", [0, 3, 8, 40])
def test_dvc_lock_that_is_cut_short_is_reported(repository: Repository, characters: int) -> None:
    (repository.root / "dvc.lock").write_text(repository.read("dvc.lock")[:characters])
    assert "validation failed" in repository.dvc("repro", check=False)
    line = refusal(repository, "python", "-m", "tools.repro")
    assert line.startswith("error: dvc.lock: expected a schema and stages, got a file that is empty or cut short")
    assert line.endswith("; take the committed file: git checkout HEAD -- dvc.lock")


def test_pipeline_that_is_yaml_but_not_dvcs_is_reported_by_dvc(repository: Repository) -> None:
    repository.replace("dvc.yaml", {"cmd: python -m stages.plot": "cmmd: python -m stages.plot"})
    done = repository.run("python", "-m", "tools.repro", check=False)
    assert done.returncode == 255
    assert "'./dvc.yaml' validation failed" in done.stdout
    assert "Traceback" not in done.stdout


def test_bits_with_conflict_marks_committed_compares_nothing(repository: Repository) -> None:
    lock = f"<<<<<<< HEAD\n{repository.read('dvc.lock')}=======\n>>>>>>> other\n"
    (repository.root / "dvc.lock").write_text(lock)
    repository.git("commit", "--quiet", "--all", "--message", "Broken")
    assert refusal(repository, "python", "-m", "tools.bits").startswith("error: nothing to compare: ")


def test_bits_without_any_output_compares_nothing(repository: Repository) -> None:
    for stage in yaml.safe_load(repository.read("dvc.lock"))["stages"].values():
        for out in stage["outs"]:
            path = repository.root / out["path"]
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert refusal(repository, "python", "-m", "tools.bits") == (
        "error: nothing to compare: expected outputs that the committed dvc.lock records, got none; "
        "run `dvc repro` or, if `git show HEAD:dvc.lock` is not whole, commit one that is"
    )


# folders


@pytest.mark.parametrize("name", ["a{b}", "a{", "b}"])
def test_folder_with_braces_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="expected a path without braces") as caught:
        check_folder(Path("/home") / name / "clone")
    assert str(caught.value).endswith("move the repository to another folder")


def test_repro_in_a_folder_with_braces_does_not_start(repository: Repository) -> None:
    moved = repository.root.rename(repository.root.parent / "{brace}")
    line = refusal(Repository(moved, repository.environment), "python", "-m", "tools.repro")
    assert line.startswith(f"error: {moved}: expected a path without braces")


@pytest.mark.parametrize("name", ["data", "models"])
def test_outputs_behind_a_link_are_refused(repository: Repository, tmp_path: Path, name: str) -> None:
    elsewhere = (repository.root / name).rename(tmp_path / "other disk")
    (repository.root / name).symlink_to(elsewhere)
    assert refusal(repository, "python", "-m", "tools.repro") == (
        f"error: {name}: expected a folder, got a link to {elsewhere}, where DVC does not write; "
        "make it a folder, and put DVC's cache on the other disk instead: "
        "dvc cache dir --local /other/disk/cache, dvc config --local cache.type symlink"
    )


def test_outputs_that_are_links_into_the_cache_are_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("dvc.yaml").write_text("stages:\n  a:\n    cmd: x\n    outs: [models/a]\n  b: 1\n")
    Path("models").mkdir()
    Path("models/a").symlink_to("/somewhere")
    check_links(Path("dvc.yaml"))


# .git


def test_read_only_git_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = Repository(tmp_path)
    repository.git("init", "--quiet")
    monkeypatch.chdir(tmp_path)
    check_git()
    monkeypatch.setattr(os, "access", lambda _path, mode: not mode & os.W_OK)
    for check in (check_git, repro.run_digits):
        with pytest.raises(InputError, match=r"\.git: expected a folder that can be written to"):
            check()


def test_no_git_at_all_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    check_git()


def test_repro_that_could_not_stage_dvc_lock_says_so(repository: Repository) -> None:
    as_user = [] if os.geteuid() else NO_OVERRIDE
    if as_user and shutil.which(as_user[0]) is None:
        pytest.skip("root may write anywhere, and there is no setpriv to take that right")
    repository.replace("params.yaml", {"dpi: 110": "dpi: 50"})
    git = [path for path in (repository.root / ".git").rglob("*") if path.is_dir()] + [repository.root / ".git"]
    for folder in git:
        folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    done = repository.run(*as_user, "python", "-m", "tools.repro", check=False)
    for folder in git:
        folder.chmod(stat.S_IRWXU)
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1].startswith(f"error: {repository.root}/.git: expected a folder that can be")
    assert "Traceback" not in done.stdout
