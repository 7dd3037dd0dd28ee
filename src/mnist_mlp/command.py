"""The program ``mnist-mlp``: starts the command line of the repository that the current folder is in."""

import sys
from pathlib import Path


def main() -> None:
    """Find the repository above the current folder, and run its ``tools`` with its own code."""
    here = Path.cwd()
    roots = [folder for folder in (here, *here.parents) if (folder / "tools/__main__.py").is_file()]
    if not roots:
        sys.exit(f"error: expected a folder inside a clone of mnist-mlp, got {here}; change to one and try again")
    sys.path.insert(0, str(roots[0]))
    for name in ("mnist_mlp", __name__):  # of the clone that is installed; the code is this one's
        sys.modules.pop(name, None)
    from tools.__main__ import main as command_line  # noqa: PLC0415  # found only now

    command_line()
