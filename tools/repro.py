"""``make repro``: the pipeline on MNIST; if no source of MNIST works, on scikit-learn's digits, with a note."""

import signal
import subprocess
import sys

from dvc.exceptions import DvcException, ReproductionError
from dvc.repo import Repo
from dvc.stage.exceptions import StageCmdFailedError

from mnist_mlp.harness.errors import INTERRUPTED, UNAVAILABLE, InputError
from mnist_mlp.harness.run import run_stage
from tools.preflight import check_git, preflight

FETCH = "python -m stages.fetch_mnist"
DIGITS = ("fetch_mnist.dataset=digits", "split.test_size=0.2", "split.val_size=0.1")


def main() -> int:
    """Run the pipeline and compare its outputs with the committed ones; return an exit code.

    Raises:
        InputError: a check before or after the run failed.
    """
    preflight()
    fetched = fetch()
    if fetched == UNAVAILABLE:
        return run_digits()
    if fetched:
        return fetched
    code = run("dvc", "repro")
    if code == 0:
        check_cache()
        run(sys.executable, "-m", "tools.bits")
    else:
        check_git()
    return code


def fetch() -> int:
    """Run the first stage; return UNAVAILABLE or INTERRUPTED if it ended that way.

    Returns 0 for any other failure: `dvc repro` will hit it again and report it.
    """
    codes = {UNAVAILABLE: UNAVAILABLE, INTERRUPTED: INTERRUPTED, -signal.SIGINT: INTERRUPTED}
    try:
        with Repo() as repo:
            repo.reproduce("fetch_mnist")
    except ReproductionError as error:
        known = {str(StageCmdFailedError(FETCH, code)): meaning for code, meaning in codes.items()}
        return known.get(str(error.__cause__), 0)
    except DvcException:
        return 0
    return 0


def check_cache() -> None:
    """Refuse a run whose outputs DVC did not store: on a full disk it logs an error, but succeeds."""
    with Repo() as repo:
        outs = [out for stage in repo.stage.load_all("dvc.yaml") for out in stage.outs if out.use_cache]
        missing = [str(out) for out in outs if out.changed_cache()]
        cache = repo.cache.local.path
    if missing:
        raise InputError(
            f"{cache}: expected all outputs in DVC's cache, got nothing for {', '.join(missing)}; "
            "make room on that disk, then run `make repro` again"
        )


def run(*command: str) -> int:
    """Run a command; return its exit code. Ctrl-C reaches the command directly; wait until it has ended."""
    with subprocess.Popen(command) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue


def run_digits() -> int:
    """Run the same stages on the bundled digits in a temporary copy: the workspace keeps its MNIST results."""
    check_git()
    print(
        "\nCould not get the images. Running the same six stages on scikit-learn's digits instead.\n", flush=True
    )
    changes = [word for change in DIGITS for word in ("--set-param", change)]
    code = run("dvc", "exp", "run", "--temp", "--force", "--name", "digits", *changes)
    if code == 0:
        print(
            "\nThis is not MNIST: the figures above are for 1,797 images of 8 x 8 pixels and reproduce nothing\n"
            "that was published. They are recorded as the experiment `digits` (dvc exp show); params.yaml,\n"
            "dvc.lock, metrics/ and plots/ still hold the MNIST results. For those:\n"
            "    MNIST_MIRROR=/path/or/url make repro\n"
            "To remove the experiment from the tables: dvc exp remove digits"
        )
    return code


if __name__ == "__main__":
    run_stage(lambda: sys.exit(main()))
