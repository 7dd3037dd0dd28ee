"""The same training by all contestants in turns: benchmarks/results.json and benchmarks/targets.json."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.contestants import CONTESTANTS, Sizes
from benchmarks.processes import Measured, measure

THREADS = (1, 2)
Key = tuple[str, int]
Round = dict[Key, Measured]


def run_rounds(folder: Path, rounds: int, epochs: int) -> list[Round]:
    """Measure every installed contestant with one thread and with two, round by round."""
    found: list[Round] = []
    for number in range(rounds):
        found.append({})
        for name, contestant in CONTESTANTS.items():
            for threads in THREADS if contestant.is_there() else ():
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
        return {"name": name, "threads": threads, "missing": f"{CONTESTANTS[name].package} is not installed"}
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


def speed_targets(custom: str, torch: str) -> list[Target]:
    """Return the targets for the speed of both engines, as contestants of these names."""
    ours, theirs = (custom, 1), (torch, 1)
    return [
        Target(f"{custom}: training / the matrix products alone", ours, ("floor", 1), train, 1.45),
        Target(f"{custom}: training / JAX, 1 thread", ours, ("jax", 1), train, 0.95),
        Target(f"{custom}: training / JAX, 2 cores each", (custom, 2), ("jax", 2), train, 1.00),
        Target(f"{custom}: training / scikit-learn", ours, ("sklearn", 1), train, 0.55),
        Target(f"{custom}: training / eager PyTorch", ours, ("eager", 1), train, 0.45),
        Target(f"{custom}: epoch / the notebook's way", ours, ("notebook custom", 1), epoch, 0.25),
        Target(f"{custom}: evaluation / its epoch", ours, ours, evaluate, 0.25, epoch),
        Target(f"{torch}: training / eager PyTorch", theirs, ("eager", 1), train, 1.00),
        Target(f"{torch}: epoch / the notebook's way", theirs, ("notebook torch", 1), epoch, 0.45),
        Target(f"{torch}: evaluation / its epoch", theirs, theirs, evaluate, 0.25, epoch),
    ]


TARGETS = [
    *speed_targets("custom", "torch"),
    Target("custom: training / the products, pinned", ("custom", 1), ("floor, pinned", 1), train, 1.45),
    Target("torch: training / eager PyTorch, pinned", ("torch", 1), ("eager, pinned", 1), train, 1.00),
    *speed_targets("custom, native", "torch, native"),
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
