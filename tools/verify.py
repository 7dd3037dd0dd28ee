"""``mnist-mlp verify``: hash every file in DVC's cache again and remove those whose hash is not their name.

DVC takes a read-only file in its cache as intact, and a file in the workspace as unchanged if size and time are.
After this it does neither: the next ``dvc repro`` hashes all files and makes missing or damaged ones again.
"""

from pathlib import Path

from dvc.lock import LockError
from dvc.repo import Repo

from mnist_mlp.harness.dvc_records import md5
from mnist_mlp.harness.errors import InputError


def verify_cache() -> None:
    """Remove damaged files from DVC's cache, and the hashes that DVC remembers."""
    try:
        with Repo() as repo, repo.lock:
            files = [path for path in Path(repo.cache.local.path).rglob("*") if path.is_file()]
            objects = {path: (path.parent.name + path.name).removesuffix(".dir") for path in files}
            damaged = [path for path, name in objects.items() if md5(path) != name]
            for path in damaged:
                path.unlink()
                print(f"removed a damaged file from DVC's cache: {objects[path]}")
            repo.state.hashes.clear()
    except LockError as error:  # another DVC is running
        raise InputError(str(error)) from None
    print(f"{len(objects)} files in DVC's cache, {len(damaged)} damaged; `dvc repro` makes missing ones again")
