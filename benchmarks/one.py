"""One contestant in a separate process: ``python -m benchmarks.one NAME FOLDER EPOCHS HIDDEN BATCH``.

It prints one line of JSON: the seconds of training and of evaluation for each epoch.
"""

import json
import sys
import time
from pathlib import Path

from benchmarks.contestants import CONTESTANTS, Sizes
from benchmarks.data import load


def main(name: str, folder: str, epochs: str, hidden: str, batch: str) -> None:
    """Train, and evaluate after each epoch if the contestant can."""
    trainer = CONTESTANTS[name].start(load(Path(folder)), Sizes(int(hidden), int(batch)))
    seconds: dict[str, list[float]] = {"train": [], "evaluate": []}
    for _ in range(int(epochs)):
        start = time.perf_counter()
        trainer.train()
        trained = time.perf_counter()
        seconds["train"].append(trained - start)
        if trainer.evaluate is not None:
            trainer.evaluate()
            seconds["evaluate"].append(time.perf_counter() - trained)
    print(json.dumps(seconds))


if __name__ == "__main__":
    main(*sys.argv[1:])
