"""Frames while the mouse draws on page/index.html: how far apart they are, and, from a trace, how much work."""

import json
import math
import shutil
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

from mnist_mlp.core.arrays import Floats
from mnist_mlp.harness.run import run_stage

PAGE = Path(__file__).resolve().parents[1] / "page/index.html"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SECONDS = 5.0
MOVES = 125
"""Moves of the mouse in a second, as many as a usual mouse reports."""
CATEGORIES = ["devtools.timeline", "disabled-by-default-devtools.timeline"]
COUNT = "times = []; (function frame(now) { times.push(now); requestAnimationFrame(frame); })(performance.now())"
Event = dict[str, Any]
"""An event of a trace: its name, process, thread, start, and CPU time, in microseconds."""


def main() -> None:
    """Draw for ``SECONDS``, twice; print the frames, their intervals, and, traced, the CPU time in them."""
    if not PAGE.exists():
        sys.exit(f"error: {PAGE}: expected what `make page` makes, got no such file; run `make page` first")
    times, trace = drawn_on()
    tell("from frame to frame", np.diff(times))
    events = of_the_page(trace)
    ends = np.array(sorted(event["ts"] for event in events if event["name"] == "Commit"))
    print(f"traced, which takes time as well: {len(ends) - 1} frames in {(ends[-1] - ends[0]) / 1e6:.1f} s")
    for name, kind in (("scripts per frame", "FunctionCall"), ("page's thread per frame", "RunTask")):
        tell(name, per_frame([event for event in events if event["name"] == kind], ends))


def drawn_on() -> tuple[Floats, list[Event]]:
    """Return the times of frames in milliseconds while the mouse draws; and a trace of drawing once more."""
    with sync_playwright() as playwright:
        program = next(filter(None, map(shutil.which, BROWSERS)), None)
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(PAGE.as_uri())
        page.wait_for_function("document.body.className === 'ready'")
        page.click("#clear")
        page.evaluate(COUNT)
        draw(page)
        times = np.array(page.evaluate("times"), float)
        browser.start_tracing(page=page, categories=CATEGORIES)
        draw(page)
        events = json.loads(browser.stop_tracing())["traceEvents"]
        browser.close()
    return times, list(events)


def draw(page: Page) -> None:
    """Draw spirals with the mouse, one stroke."""
    pad = page.locator("#pad")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    if box is None:
        raise RuntimeError("expected a drawing area on the page")
    page.mouse.move(box["x"] + 140, box["y"] + 140)
    page.mouse.down()
    start = time.perf_counter()
    while (now := time.perf_counter() - start) < SECONDS:
        radius = 110 * abs(math.sin(now))
        page.mouse.move(box["x"] + 140 + radius * math.cos(5 * now), box["y"] + 140 + radius * math.sin(5 * now))
        time.sleep(max(0.0, 1 / MOVES - (time.perf_counter() - start - now)))
    page.mouse.up()


def of_the_page(events: list[Event]) -> list[Event]:
    """Return the events of the thread in which the page's scripts run."""
    threads = [(event["pid"], event["tid"]) for event in events if event["name"] == "FireAnimationFrame"]
    page = max(set(threads), key=threads.count)
    return [event for event in events if (event["pid"], event["tid"]) == page]


def per_frame(events: list[Event], ends: Floats) -> Floats:
    """Return the milliseconds of CPU time of these events from each frame's end to the next."""
    timed = [event for event in events if "tdur" in event]
    times = np.array([event["ts"] for event in timed])
    spent = np.array([event["tdur"] for event in timed]) / 1000
    return np.array([spent[(times >= a) & (times < b)].sum() for a, b in pairwise(ends)])


def tell(name: str, milliseconds: Floats) -> None:
    """Print median and 95th percentile."""
    middle, high = np.percentile(milliseconds, [50, 95])
    print(f"{name}: median {middle:.1f} ms, 95th percentile {high:.1f} ms")


if __name__ == "__main__":
    run_stage(main)
