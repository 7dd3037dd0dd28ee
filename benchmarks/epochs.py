"""The same training by all contestants in turns: benchmarks/results.json and benchmarks/targets.json."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.contestants import CONTESTANTS, Sizes
from benchmarks.processes import Measured, measure

THREADS = (1, 2)
ROUNDS_OF_TWO = 2
"""Rounds, the first ones, in which two threads are measured as well: no target depends on them."""
Key = tuple[str, int]
Round = dict[Key, Measured]


def run_rounds(folder: Path, rounds: int, epochs: int) -> list[Round]:
    """Measure every installed contestant with one thread, and in the first rounds with two, round by round."""
    found: list[Round] = []
    for number in range(rounds):
        found.append({})
        for name, contestant in CONTESTANTS.items():
            for threads in THREADS[: 2 if number < ROUNDS_OF_TWO else 1] if contestant.is_there() else ():
                found[-1][name, threads] = measure(name, threads, folder, epochs, Sizes())
                seconds = found[-1][name, threads].train
                print(f"round {number + 1} of {rounds}: {name}, {threads} threads: {seconds:.3f} s", flush=True)
    return found


def results(rounds: list[Round], machine: str) -> list[dict[str, Any]]:
    """Return one record per contestant and number of threads: medians over the rounds, and the spread."""
    return [record(name, threads, rounds) | {"machine": machine} for name in CONTESTANTS for threads in THREADS]


def record(name: str, threads: int, rounds: list[Round]) -> dict[str, Any]:
    """Return the medians of one contestant, or a record that it is not installed."""
    own = [found[name, threads] for found in rounds if (name, threads) in found]
    if not own:
        return {"name": name, "threads": threads, "missing": f"{CONTESTANTS[name].needs()} is not installed"}
    return {
        "name": name,
        "threads": threads,
        "seconds_per_epoch": round(median(one.train for one in own), 4),
        "seconds_per_epoch_min": round(min(one.train for one in own), 4),
        "seconds_per_epoch_max": round(max(one.train for one in own), 4),
        "seconds_per_evaluation": round(median(one.evaluate for one in own), 4),
        "seconds_total": round(median(one.total for one in own), 2),
        "peak_mib": round(median(one.peak_mib for one in own), 1),
    }


@dataclass(frozen=True)
class Target:
    """A ratio of ours to theirs, measured in the same round, that should be at most ``at_most``."""

    what: str
    ours: Key
    theirs: Key
    quantity: Callable[[Measured], float]
    at_most: float
    their_quantity: Callable[[Measured], float] | None = None

    def ratios(self, rounds: list[Round]) -> list[float]:
        """Return the ratio in each round in which both were measured."""
        theirs = self.their_quantity or self.quantity
        return [
            self.quantity(found[self.ours]) / theirs(found[self.theirs])
            for found in rounds
            if self.ours in found and self.theirs in found
        ]


def train(one: Measured) -> float:
    """Return the seconds of training per epoch."""
    return one.train


def epoch(one: Measured) -> float:
    """Return the seconds per epoch, evaluation included."""
    return one.epoch


def evaluate(one: Measured) -> float:
    """Return the seconds per evaluation."""
    return one.evaluate


def peak(one: Measured) -> float:
    """Return the peak of resident memory in MiB."""
    return one.peak_mib


def speed(what: str, ours: str, theirs: str, at_most: float) -> Target:
    """Return a target for the seconds of training."""
    return Target(f"{ours}: training / {what}", (ours, 1), (theirs, 1), train, at_most)


def evaluation(name: str) -> Target:
    """Return the target for the share of an epoch that its evaluation takes."""
    return Target(f"{name}: evaluation / its epoch", (name, 1), (name, 1), evaluate, 0.25, epoch)


TARGETS = [
    speed("JAX in float64", "custom", "jax float64", 1.00),
    speed("JAX in float64", "bare", "jax float64", 1.00),
    speed("the matrix products alone in float64", "custom", "floor float64", 1.40),
    speed("the matrix products alone in float64", "bare", "floor float64", 1.40),
    evaluation("custom"),
    speed("eager PyTorch in float64", "torch", "eager float64", 1.25),
    evaluation("torch"),
    speed("JAX", "custom float32", "jax", 0.85),
    speed("JAX", "bare float32", "jax", 0.85),
    speed("the matrix products alone", "custom float32", "floor", 1.30),
    speed("the matrix products alone", "bare float32", "floor", 1.30),
    speed("scikit-learn", "custom float32", "sklearn", 0.55),
    evaluation("custom float32"),
    speed("eager PyTorch", "torch float32", "eager", 0.85),
    evaluation("torch float32"),
    Target("custom: peak memory / the notebook's way", ("custom", 1), ("notebook custom", 1), peak, 0.20),
    Target("torch: peak memory / the notebook's way", ("torch", 1), ("notebook torch", 1), peak, 0.60),
]


def targets(rounds: list[Round]) -> list[dict[str, Any]]:
    """Return the measured ratio of each target: median, smallest and largest over the rounds."""
    return [summary(target.what, target.at_most, target.ratios(rounds)) for target in TARGETS]


def summary(what: str, at_most: float, ratios: list[float]) -> dict[str, Any]:
    """Return the record of a target; without ratios, it names a missing contestant as the reason."""
    if not ratios:
        return {"what": what, "at_most": at_most, "missing": "a contestant is not installed"}
    middle = round(median(ratios), 3)
    spread = {"min": round(min(ratios), 3), "max": round(max(ratios), 3)}
    return {"what": what, "at_most": at_most, "ratio": middle, **spread, "met": middle <= at_most}
