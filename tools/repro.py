"""``make repro``: run the pipeline, check that DVC stored its outputs, compare them with the committed ones."""

import sys

from dvc.cli import main as dvc
from dvc.repo import Repo

from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.run import run_program
from tools.bits import print_comparison
from tools.preflight import preflight


def main() -> None:
    """Run the stages that are not up to date; exit with DVC's code if one fails."""
    preflight()
    if code := dvc(["repro"]):
        sys.exit(code)
    check_cache()
    print_comparison()


def check_cache() -> None:
    """Refuse outputs that DVC did not store: on a full disk it logs an error, but succeeds."""
    with Repo() as repo:
        outs = [out for stage in repo.stage.load_all("dvc.yaml") for out in stage.outs if out.use_cache]
        missing = [str(out) for out in outs if out.changed_cache()]
        cache = repo.cache.local.path
    if missing:
        raise InputError(
            f"{cache}: expected all outputs in DVC's cache, got nothing for {', '.join(missing)}; "
            "make room on that disk, then run `make repro` again"
        )


if __name__ == "__main__":
    run_program(main)
