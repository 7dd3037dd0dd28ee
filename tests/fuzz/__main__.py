"""Feed mutated files to every reader, the same each time: ``python -m tests.fuzz --count 100000 [TARGET ...]``.

The first file that a reader neither takes nor refuses with an InputError is kept, and ends it with exit code 1.
"""

import argparse
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path

import stages  # noqa: F401  # this checkout's src first on the path
from tests.fuzz.mutations import Mutator
from tests.fuzz.targets import Target, targets, try_bytes


def main() -> int:
    """Fuzz; return an exit code."""
    arguments = parse()
    warnings.simplefilter("error")
    with tempfile.TemporaryDirectory() as folder:
        known = targets(Path(folder))
        for name in arguments.targets or known:
            if not fuzz(name, known[name], arguments.count, Path(folder)):
                return 1
    return 0


def parse() -> argparse.Namespace:
    """Return the arguments: how many files, and for which targets."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=2000, help="files for each target")
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    return parser.parse_args()


def fuzz(name: str, target: Target, count: int, folder: Path) -> bool:
    """Try ``count`` files on one target and print a line; tell whether all went well."""
    mutator, started, taken = Mutator(target.seeds), time.perf_counter(), 0
    for number in range(count):
        content = mutator.next()
        try:
            taken += try_bytes(target, content, folder / "images.npy")
        except Exception:
            kept = Path(f"fuzz-{name}-{number}.bin")
            kept.write_bytes(content)
            traceback.print_exc()
            print(
                f"{name}: file {number} of {count} is neither taken nor refused; kept as {kept}", file=sys.stderr
            )
            return False
    seconds = time.perf_counter() - started
    print(f"{name}: {count} files in {seconds:.0f} s, {taken} taken, {count - taken} refused", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main())
