"""A trained repository that has been pushed: its commits to a bare Git repository, its data to a DVC remote."""

from collections.abc import Mapping
from pathlib import Path

from tests.support.repository import Repository


class Shared:
    """What others can clone, pull and get from. The model ``custom`` has a version, ``torch`` has none.

    Args:
        reproduced: where the results come from; stays as it is.
        parent: an empty folder to work in.
        url: the DVC remote.
        settings: more about the remote, as ``dvc remote modify`` takes it.
        environment: variables with which the remote can be used.
    """

    def __init__(
        self, reproduced: Repository, parent: Path, url: str, settings: Mapping[str, str],
        environment: Mapping[str, str],
    ) -> None:  # fmt: skip
        self.origin = parent / "origin"
        self.store = url
        self.author = Repository(reproduced.copy(parent).root, environment)
        self.author.git("init", "--quiet", "--bare", "--initial-branch", "main", str(self.origin))
        self.author.git("remote", "add", "origin", str(self.origin))
        self.author.dvc("remote", "add", "--default", "store", url)
        for name, value in settings.items():
            self.author.dvc("remote", "modify", "store", name, value)
        self.author.git("commit", "--quiet", "--all", "--message", "Name the remote")
        self.author.git("push", "--quiet", "--set-upstream", "origin", "main")
        self.author.git("tag", "--annotate", "custom@v1.0.0", "--message", "First version")
        self.author.git("push", "--quiet", "origin", "custom@v1.0.0")
        self.author.dvc("push")

    def clone(self, parent: Path) -> Repository:
        """Return a fresh clone, without data, in an empty folder: no source of MNIST is in its reach."""
        root = parent / "a clone"
        self.author.git("clone", "--quiet", str(self.origin), str(root))
        return Repository(root, self.author.environment)

    def somebody(self, folder: Path) -> Repository:
        """Return commands that run in a folder that is no repository."""
        return Repository(folder, self.author.environment)
