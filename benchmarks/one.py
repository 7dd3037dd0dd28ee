"""One contestant in a separate process: ``python -m benchmarks.one NAME SPLITS EPOCHS``.

It prints the seconds of each epoch as JSON.
"""

import argparse
import json
import time
from pathlib import Path

import stages  # noqa: F401  # isort: skip  # this copy's src first on the path
from benchmarks.contestants import CONTESTANTS
from mnist_mlp.core.files import load_dataset


def main() -> None:
    """Train the contestant."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.one", description=__doc__, allow_abbrev=False)
    parser.add_argument("name", choices=sorted(CONTESTANTS))
    parser.add_argument("splits", type=Path)
    parser.add_argument("epochs", type=int)
    options = parser.parse_args()
    train = CONTESTANTS[options.name].prepare(load_dataset(options.splits / "train"))
    seconds: list[float] = []
    for _ in range(options.epochs):
        start = time.perf_counter()
        train()
        seconds.append(time.perf_counter() - start)
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
