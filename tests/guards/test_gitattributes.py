"""A clone on a system whose Git writes CRLF has the bytes that are committed."""

from pathlib import Path

from tests.support.repository import Repository


def test_clone_with_autocrlf_has_the_committed_bytes(reproduced: Repository, tmp_path: Path) -> None:
    reproduced.git("clone", "--quiet", "--config", "core.autocrlf=true", ".", str(tmp_path / "clone"))
    paths = reproduced.git("ls-files", "-z").rstrip("\0").split("\0")
    assert len(paths) > 100
    for path in paths:
        assert (tmp_path / "clone" / path).read_bytes() == (reproduced.root / path).read_bytes(), path
