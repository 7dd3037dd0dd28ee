"""``make verify``: hash every file in DVC's cache anew and remove those that are not what their names say.

DVC trusts a file in its cache by its mode, and knows unchanged files of the workspace by size and time. After this
it trusts neither: the next ``dvc repro`` hashes all files and makes again what is missing or damaged.
"""

import sys
from pathlib import Path

from dvc.repo import Repo

from mnist_mlp.harness.lock import md5


def main() -> int:
    """Clear DVC's cache of damaged files and its memory of hashes; return an exit code."""
    with Repo() as repo, repo.lock:
        objects = [path for path in Path(repo.cache.local.path).rglob("*") if path.is_file()]
        damaged = [path for path in objects if md5(path) != oid(path)]
        for path in damaged:
            path.unlink()
            print(f"removed from DVC's cache, damaged: {oid(path)}")
        repo.state.hashes.clear()
    print(f"{len(objects)} files in DVC's cache, {len(damaged)} damaged; `dvc repro` makes what is missing")
    return 0


def oid(path: Path) -> str:
    """Return the MD5 that a file of the cache is named by; lists of folders have ``.dir`` behind it."""
    return (path.parent.name + path.name).removesuffix(".dir")


if __name__ == "__main__":
    sys.exit(main())
