"""``python -m tools.preflight``: what must hold before DVC starts, where its own messages hide the cause."""

import sys
from pathlib import Path

from mnist_mlp.harness.errors import InputError, one_line
from mnist_mlp.harness.run import run_program

NAMES = "dvc.yaml", "dvc.lock", "params.yaml"
FILES = [Path(folder, name) for folder in (".", "studies") for name in NAMES]
"""What DVC reads before it runs a stage."""
MARKS = ("<<<<<<< ", "||||||| ", ">>>>>>> ")  # begin lines that Git writes into a file it could not merge
FOLDERS = [Path("data"), Path("data/split"), Path("models"), Path("metrics"), Path("plots")]  # of all outputs


def preflight() -> None:
    """Check the repository that the current folder is the root of."""
    root = Path.cwd()
    if set("#?%{}\n") & set(str(root)):  # DVC formats paths with str.format, and makes addresses of them for Git
        shown = one_line(str(root))
        raise InputError(f"{shown}: expected a path without # ? % {{ }} and line ends, for DVC; move the clone")
    if not str(root).isascii():
        print("note: `dvc exp run --temp` and `--queue` fail in a path with letters beyond ASCII", file=sys.stderr)
    for path in filter(Path.exists, FILES):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        for number, line in enumerate(lines, start=1):
            if line.startswith(MARKS):
                raise InputError(
                    f"{path}, line {number}: expected YAML, got a conflict mark of Git ({one_line(line)}); "
                    f"finish the merge, or take the committed file: git checkout HEAD -- {path}"
                )
    for folder in filter(Path.is_symlink, FOLDERS):
        raise InputError(
            f"{folder}: expected a folder, got a link to {folder.resolve()}, where DVC does not write; make it a "
            "folder, and put DVC's cache on the other disk instead: dvc cache dir --local /other/disk/cache, "
            "dvc config --local cache.type symlink"
        )


if __name__ == "__main__":
    run_program(preflight)
