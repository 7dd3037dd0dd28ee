"""How the time of an epoch grows with rows, hidden units and batch size, and memory with rows."""

import tempfile
from pathlib import Path
from typing import Any

from benchmarks.contestants import Sizes
from benchmarks.data import save_tiled
from benchmarks.epochs import summary
from benchmarks.processes import measure

NAMES = ("custom", "torch", "floor float64")
ROWS = (1, 4, 16)
HIDDEN = (25, 50, 100, 200, 400)
BATCH = (25, 50, 100, 200, 400)
EPOCHS = 4


def measure_scaling(folder: Path) -> list[dict[str, Any]]:
    """Return one record per contestant and size: seconds of training per epoch, and peak memory."""
    cases = [("hidden", size, folder, Sizes(hidden=size)) for size in HIDDEN]
    cases += [("batch", size, folder, Sizes(batch=size)) for size in BATCH]
    records = [record(name, *case) for case in cases for name in NAMES]
    with tempfile.TemporaryDirectory() as tiled:
        for times in ROWS:
            save_tiled(folder, Path(tiled), times)
            records += [record(name, "rows", times, Path(tiled), Sizes()) for name in NAMES]
    return records


def record(name: str, varied: str, size: int, folder: Path, sizes: Sizes) -> dict[str, Any]:
    """Measure one contestant at one size."""
    found = measure(name, 1, folder, EPOCHS, sizes)
    print(f"{varied} {size}: {name}: {found.train:.3f} s", flush=True)
    return {
        "name": name,
        "varied": varied,
        "size": size,
        "seconds_per_epoch": round(found.train, 4),
        "anonymous_mib": round(found.anonymous_mib, 1),
    }


def growth_targets(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the targets for 16 times the rows: time per row and memory, relative to the original rows."""
    found = {one["size"]: one for one in records if one["varied"] == "rows" and one["name"] == "custom"}
    few, many = found[min(ROWS)], found[max(ROWS)]
    seconds = many["seconds_per_epoch"] / few["seconds_per_epoch"] / max(ROWS)
    memory = many["anonymous_mib"] / few["anonymous_mib"]
    return [
        summary("custom: 16 times the rows, time per row", 1.10, [seconds]),
        summary("custom: 16 times the rows, memory without the page cache", 1.10, [memory]),
    ]
