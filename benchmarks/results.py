"""What is made of the measurements: records, ratios, Markdown tables and a figure."""

from dataclasses import dataclass
from statistics import median
from typing import Any

from matplotlib.figure import Figure

from benchmarks.contestants import CONTESTANTS
from benchmarks.many import TRAININGS
from benchmarks.processes import Measured, has_avx512
from benchmarks.training_stages import EPOCHS

NOW, THEN = "both training stages", "both training stages before"
AT_ONCE = ONE, TWO = "one process", "two processes"

Round = dict[str, Measured]
Record = dict[str, Any]


@dataclass(frozen=True)
class Ratio:
    """The seconds of ``ours`` over those of ``theirs`` in the same round, which should be at most ``at_most``."""

    ours: str
    theirs: str
    at_most: float


WIDE = has_avx512()
RATIOS = [
    Ratio("custom", "floor float64", 1.35 if WIDE else 1.65),
    Ratio("custom", "jax float64", 1.15 if WIDE else 1.20),
    Ratio("torch", "eager float64", 1.10 if WIDE else 1.25),
    Ratio("torch float32", "eager", 0.85),
    Ratio("custom float32", "sklearn", 0.55),
    Ratio(NOW, THEN, 0.90 if WIDE else 0.80),
    Ratio(TWO, ONE, 1 / 1.8),
]


def contestant_record(name: str, rounds: list[Round]) -> Record:
    """Return medians over the rounds and the spread of the seconds, or what is not installed."""
    own = [found[name] for found in rounds if name in found]
    if not own:
        return {"name": name, "missing": CONTESTANTS[name].package}
    seconds = [one.seconds for one in own]
    return {
        "name": name,
        "seconds_per_epoch": round(median(seconds), 4),
        "seconds_per_epoch_min": round(min(seconds), 4),
        "seconds_per_epoch_max": round(max(seconds), 4),
        "peak_mib": round(median(one.peak_mib for one in own), 1),
    }


def ratio_record(ratio: Ratio, rounds: list[Round]) -> Record:
    """Return median, smallest and largest ratio over the rounds in which both were measured."""
    both = [found for found in rounds if ratio.ours in found and ratio.theirs in found]
    ratios = [found[ratio.ours].seconds / found[ratio.theirs].seconds for found in both]
    record: Record = {"what": f"{ratio.ours} / {ratio.theirs}", "at_most": ratio.at_most}
    if ratios:
        record |= {"ratio": round(median(ratios), 3), "min": round(min(ratios), 3), "max": round(max(ratios), 3)}
    return record


def throughput_record(rounds: list[Round]) -> Record:
    """Return the trainings of a minute, medians over the rounds."""
    return {name: round(60 * TRAININGS / median(found[name].seconds for found in rounds), 1) for name in AT_ONCE}


def text(results: Record) -> str:
    """Return all records as Markdown."""
    lines = [
        f"Measured on {results['machine']}, one thread; both training stages before: {results['before']}.",
        "",
        "| seconds of training | at most | measured | lowest to highest | |",
        "| --- | ---: | ---: | ---: | --- |",
        *map(_ratio_line, results["ratios"]),
        "",
        f"Trainings of {EPOCHS} epochs per minute as `compare` and the studies do them, half of each engine: "
        + ", ".join(f"{number} in {name}" for name, number in results["trainings_per_minute"].items()),
        "",
        "| contestant | dtype | s per epoch | lowest to highest | peak memory, MiB |",
        "| --- | --- | ---: | ---: | ---: |",
        *map(_contestant_line, results["contestants"]),
    ]
    return "\n".join(lines) + "\n"


def _ratio_line(one: Record) -> str:
    start = f"| {one['what']} | {one['at_most']:.2f} |"
    if "ratio" not in one:
        return f"{start} not measured | | |"
    verdict = "met" if one["ratio"] <= one["at_most"] else "**not met**"
    return f"{start} {one['ratio']:.2f} | {one['min']:.2f} to {one['max']:.2f} | {verdict} |"


def _contestant_line(one: Record) -> str:
    contestant = CONTESTANTS[one["name"]]
    start = f"| `{one['name']}`: {contestant.about} | {contestant.dtype} |"
    if "missing" in one:
        return f"{start} {one['missing']} is not installed | | |"
    spread = f"{one['seconds_per_epoch_min']:.3f} to {one['seconds_per_epoch_max']:.3f}"
    return f"{start} {one['seconds_per_epoch']:.3f} | {spread} | {one['peak_mib']:.0f} |"


def figure(results: Record) -> Figure:
    """Draw the epochs per second of all contestants, the fastest at the top."""
    rates = {one["name"]: 1 / one["seconds_per_epoch"] for one in results["contestants"] if "missing" not in one}
    names = sorted(rates, key=lambda name: rates[name])
    drawing = Figure(figsize=(9, 3.6), layout="constrained")
    axes = drawing.subplots()
    bars = axes.barh(names, [rates[name] for name in names])
    axes.bar_label(bars, fmt="%.1f", padding=3, fontsize=8)
    axes.set_xlabel("epochs of training per second (longer is faster)")
    axes.margins(x=0.08)
    return drawing
