"""The measurements as Markdown tables and as a figure."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.contestants import CONTESTANTS
from mnist_mlp.models import BY_NAME, Model

Records = list[dict[str, Any]]
AXES = {"rows": "rows (times 55,000)", "hidden": "hidden units", "batch": "rows in a batch"}


def results_table(results: Records) -> str:
    """Return the medians, one line per contestant and number of threads."""
    lines = [
        "| who | dtype | threads | training, s per epoch | lowest to highest | evaluation, s | peak memory, MiB |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for one in results:
        contestant = CONTESTANTS[one["name"]]
        who = f"| `{one['name']}`: {contestant.about} | {contestant.dtype} | {one['threads']} |"
        if "missing" in one:
            lines.append(f"{who} {one['missing']} | | | |")
            continue
        spread = f"{one['seconds_per_epoch_min']:.3f} to {one['seconds_per_epoch_max']:.3f}"
        evaluation = f"{one['seconds_per_evaluation']:.3f}" if one["seconds_per_evaluation"] else "none"
        lines.append(f"{who} {one['seconds_per_epoch']:.3f} | {spread} | {evaluation} | {one['peak_mib']:.0f} |")
    return "\n".join(lines)


def targets_table(targets: Records) -> str:
    """Return the measured ratios beside their targets, one line each."""
    lines = ["| ratio | at most | measured | lowest to highest | |", "| --- | ---: | ---: | ---: | --- |"]
    for one in targets:
        if "missing" in one:
            lines.append(f"| {one['what']} | {one['at_most']:.2f} | {one['missing']} | | |")
            continue
        verdict = "met" if one["met"] else "**not met**"
        spread = f"{one['min']:.2f} to {one['max']:.2f}"
        lines.append(f"| {one['what']} | {one['at_most']:.2f} | {one['ratio']:.2f} | {spread} | {verdict} |")
    return "\n".join(lines)


def figure(results: Records, scaling: Records) -> Figure:
    """Draw the epochs per second of all contestants, and how the time of an epoch grows."""
    drawing = Figure(figsize=(11, 8), layout="constrained")
    panels = drawing.subplot_mosaic([["rates"] * len(AXES), list(AXES)])
    draw_rates(panels["rates"], [one for one in results if "missing" not in one])
    for varied in AXES:
        draw_growth(panels[varied], varied, [one for one in scaling if one["varied"] == varied])
    return drawing


def draw_rates(axes: Axes, results: Records) -> None:
    """Draw one bar per contestant and number of threads, the fastest at the top."""
    names = sorted({one["name"] for one in results}, key=lambda name: max(rates(results, name)))
    for threads, shift, hatch in ((1, 0.2, None), (2, -0.2, "//")):
        chosen = {one["name"]: 1 / one["seconds_per_epoch"] for one in results if one["threads"] == threads}
        heights = [names.index(name) + shift for name in chosen]
        bars = axes.barh(heights, list(chosen.values()), 0.38, hatch=hatch, label=f"threads: {threads}")
        axes.bar_label(bars, fmt="%.1f", padding=3, fontsize=8)
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("epochs of training per second (longer is faster)")
    axes.margins(x=0.08)
    axes.legend(loc="lower right")


def rates(results: Records, name: str) -> list[float]:
    """Return a contestant's epochs per second, one number for each number of threads."""
    return [1 / one["seconds_per_epoch"] for one in results if one["name"] == name]


def draw_growth(axes: Axes, varied: str, scaling: Records) -> None:
    """Draw the time of an epoch against one size; the line of the floor is dotted."""
    for name in dict.fromkeys(one["name"] for one in scaling):
        own = [one for one in scaling if one["name"] == name]
        model = BY_NAME.get(name, Model(name, "", name, "black", "^"))
        style = "-" if name in BY_NAME else ":"
        xs, seconds = ([one[key] for one in own] for key in ("size", "seconds_per_epoch"))
        axes.plot(xs, seconds, style, color=model.colour, marker=model.marker, label=name)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    sizes = sorted({one["size"] for one in scaling})
    axes.set_xticks(sizes, map(str, sizes))
    axes.set(xlabel=AXES[varied], ylabel="s per epoch (log scale)")
    axes.grid(alpha=0.3, which="both")
    axes.legend(fontsize=8)
