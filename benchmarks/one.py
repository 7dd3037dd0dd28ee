"""One contestant in a separate process: ``python -m benchmarks.one NAME FOLDER EPOCHS HIDDEN BATCH``.

It prints one line of JSON: the seconds of training and of evaluation for each epoch. No further epoch starts after
``LONG`` seconds of training, but two are always done: the first one warms up.
"""

import argparse
import json
import time
from pathlib import Path

from benchmarks.contestants import CONTESTANTS, Sizes
from benchmarks.data import load

LONG = 10.0


def main() -> None:
    """Train, and evaluate after each epoch if the contestant can."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.one", description=__doc__, allow_abbrev=False)
    parser.add_argument("name", choices=sorted(CONTESTANTS))
    parser.add_argument("folder", type=Path)
    for size in ("epochs", "hidden", "batch"):
        parser.add_argument(size, type=int)
    asked = parser.parse_args()
    trainer = CONTESTANTS[asked.name].start(load(asked.folder), Sizes(asked.hidden, asked.batch))
    seconds: dict[str, list[float]] = {"train": [], "evaluate": []}
    for epoch in range(asked.epochs):
        if epoch >= 2 and sum(seconds["train"]) * trainer.share > LONG:
            break
        start = time.perf_counter()
        trainer.train()
        trained = time.perf_counter()
        seconds["train"].append((trained - start) / trainer.share)
        if trainer.evaluate is not None:
            trainer.evaluate()
            seconds["evaluate"].append(time.perf_counter() - trained)
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
