"""A clone on a system whose Git writes CRLF has the bytes that are committed."""

from pathlib import Path

from tests.support.repository import Repository

CRLF = b"\r\n"


def test_clone_with_autocrlf_has_the_committed_bytes(reproduced: Repository, tmp_path: Path) -> None:
    reproduced.git("clone", "--quiet", "--config", "core.autocrlf=true", ".", str(tmp_path / "clone"))
    clone = Repository(tmp_path / "clone")
    paths = list(filter(None, clone.git("ls-files", "-z").split("\0")))
    assert {"tools/check_lock", "dvc.lock", "plots/curves.png", "plots/history_torch.csv"} <= set(paths)
    assert [
        path for path in paths if (clone.root / path).read_bytes() != (reproduced.root / path).read_bytes()
    ] == []
    text = [path for path in paths if not path.endswith(".png")]
    assert [path for path in text if CRLF in (clone.root / path).read_bytes()] == []
    assert clone.run("bash", "tools/check_lock").stdout == "dvc.lock is current\n"
    assert clone.run("tools/check_lock").stdout == "dvc.lock is current\n"
    assert clone.git("status", "--porcelain") == ""


def test_dvc_lock_is_yaml_and_pictures_are_binary(reproduced: Repository) -> None:
    found = reproduced.git("check-attr", "linguist-language", "text", "--", "dvc.lock", "plots/curves.png")
    assert "dvc.lock: linguist-language: YAML" in found.splitlines()
    assert "plots/curves.png: text: unset" in found.splitlines()
