"""A fresh clone gets data and models from a DVC remote and has nothing to train; what is said where it cannot."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.repository import UP_TO_DATE, Repository, stages_run
from tests.support.shared_repository import Shared

MODEL = "models/custom.safetensors"


def outputs(repository: Repository) -> list[dict[str, Any]]:
    """Return path and hash of every output in dvc.lock."""
    stages = yaml.safe_load(repository.read("dvc.lock"))["stages"]
    return [out for stage in stages.values() for out in stage["outs"]]


def dvc_hash(path: Path) -> str:
    """Return the hash that DVC gives a file, or a folder: there, of the list of its files."""
    if path.is_file():
        return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
    files = [{"md5": dvc_hash(file), "relpath": file.name} for file in sorted(path.iterdir())]
    return hashlib.md5(json.dumps(files).encode(), usedforsecurity=False).hexdigest() + ".dir"


def stored(store: Path, repository: Repository, output: str) -> Path:
    """Return the file of a folder remote that holds an output."""
    (md5,) = (str(out["md5"]) for out in outputs(repository) if out["path"] == output)
    return store / "files/md5" / md5[:2] / md5[2:]


def change_remote(repository: Repository, setting: str) -> None:
    """Change the remote for this clone only, as ``dvc remote modify --local`` does."""
    (repository.root / ".dvc/config.local").write_text(f"['remote \"store\"']\n    {setting}\n", encoding="utf-8")


def test_fresh_clone_pulls_everything_and_is_up_to_date(shared: Shared, tmp_path: Path) -> None:
    clone = shared.clone(tmp_path)
    assert not (clone.root / MODEL).exists()
    clone.dvc("pull")
    assert {out["path"]: out["md5"] for out in outputs(clone)} == {
        out["path"]: dvc_hash(clone.root / out["path"]) for out in outputs(shared.author)
    }
    assert UP_TO_DATE in clone.dvc("status", "dvc.yaml")
    output = clone.dvc("repro")
    assert UP_TO_DATE in output
    assert stages_run(output) == []
    assert clone.git("status", "--porcelain") == ""


def test_missing_remote_file_is_named_and_only_that_model_is_trained_again(
    in_folder: Shared, tmp_path: Path
) -> None:
    clone = in_folder.clone(tmp_path)
    store = tmp_path / "store"
    shutil.copytree(in_folder.store, store)
    stored(store, clone, MODEL).unlink()
    change_remote(clone, f"url = {store}")
    output = clone.dvc("pull", check=False)
    assert (
        f"ERROR: failed to pull data from the cloud - Checkout failed for following targets:\n{MODEL}\n" in output
    )
    assert (clone.root / "models/torch.safetensors").exists()
    assert stages_run(clone.dvc("repro")) == ["train_custom"]
    assert clone.git("status", "--porcelain") == ""


def test_pull_without_a_remote_is_an_error(reproduced: Repository, tmp_path: Path) -> None:
    reproduced.git("clone", "--quiet", ".", str(tmp_path / "clone"))
    clone = Repository(tmp_path / "clone")
    output = clone.dvc("pull", check=False)
    assert "No remote provided and no default remote set." in output
    assert "ERROR: failed to pull data from the cloud" in output


def test_missing_remote_folder_counts_as_empty(in_folder: Shared, tmp_path: Path) -> None:
    clone = in_folder.clone(tmp_path)
    change_remote(clone, f"url = {tmp_path / 'nowhere'}")
    output = clone.dvc("pull", check=False)
    assert "Some of the cache files do not exist neither locally nor on remote." in output
    assert "ERROR: failed to pull data from the cloud" in output
    assert all(out["path"] in output for out in outputs(clone) if out["path"].startswith(("data/", "models/")))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("setting", "environment", "reason"),
    [
        ("", {"AWS_SECRET_ACCESS_KEY": "wrong"}, "Forbidden: An error occurred (403)"),
        ("", {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "Unable to locate credentials"),
        ("endpointurl = http://127.0.0.1:9", {}, 'Could not connect to the endpoint URL: "http://127.0.0.1:9/'),
    ],
    ids=["wrong secret", "no credentials", "no server"],
)
def test_s3_that_cannot_be_used_is_named_with_the_reason(
    in_bucket: Shared, tmp_path: Path, setting: str, environment: dict[str, str], reason: str
) -> None:
    clone = in_bucket.clone(tmp_path)
    change_remote(clone, setting)
    done = clone.run("dvc", "pull", check=False, environment=environment)
    assert done.returncode == 1
    assert f"ERROR: failed to connect to s3 (models/store/files/md5) - {reason}" in done.stdout
    assert "Traceback" not in done.stdout
    assert not (clone.root / MODEL).exists()
