"""The page to draw a digit on: its engine in Node, contents that need no pipeline, the page in a browser."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.random import RandomState
from playwright.sync_api import Page

from mnist_mlp.core.arrays import Dataset
from mnist_mlp.engines import ENGINES
from mnist_mlp.exact import WEIGHTS, to_grid
from mnist_mlp.training.initialization import initial_weights
from mnist_mlp.training.loop import outputs, train_epochs
from tests.support.factory import ROOT, dataset, train_params
from tools.page.contents import contents
from tools.page.trainings import COLUMNS, KEPT, Network, flat

EXACT = train_params(dtype="exact", weight_init="uniform_fan_in", init_seed=14)


def node(task: str, **values: object) -> Any:  # noqa: ANN401  # whatever the task answers
    """Run a task of tests/page/engine.mjs; return its answer."""
    program = shutil.which("node")
    if program is None:
        pytest.skip("needs Node (Debian: apt-get install nodejs)")
    question = json.dumps({"task": task, **values}).encode()
    return json.loads(subprocess.check_output([program, ROOT / "tests/page/engine.mjs"], input=question))


def patterns(rows: int, seed: int) -> Dataset:
    """Return images (rows, 784) of ten patterns under noise: easier than digits, and made from a seed."""
    labels = (np.arange(rows) % 10).astype(np.uint8)
    shapes = RandomState(0).binomial(1, 0.2, (10, 784)) * 200
    noise = RandomState(seed).binomial(1, 0.06, (rows, 784)) * 255
    return dataset(np.maximum(shapes[labels], noise).astype(np.uint8), labels)


def small_contents() -> dict[str, Any]:
    """Return the data of a page whose networks learned patterns for eight epochs."""
    splits = {"train": patterns(600, 1), "val": patterns(100, 2), "test": patterns(400, 3)}
    changes = {"custom": {"weight_init": "normal"}, "torch": {"loss_reduction": "mean"}, "equal": {}}
    return contents([_network(name, change, splits) for name, change in changes.items()], splits)


def _network(name: str, changes: dict[str, str], splits: dict[str, Dataset]) -> Network:
    """Train by the quick engine; make up the curves, and the weights of the epochs between."""
    params = EXACT.model_copy(update=changes)
    start = initial_weights(params, 784, 10)
    engine = ENGINES["custom"](start, params)
    list(train_epochs(engine, splits["train"], params.model_copy(update={"epochs": 8})))
    change = flat(engine.weights()) - flat(start)
    kept = to_grid(flat(start) + np.outer((*KEPT, 50), change / 50), WEIGHTS)
    curves = np.tile(np.linspace(0.1, 0.9, 50)[:, None], len(COLUMNS))
    answers = outputs(engine, splits["test"]).argmax(axis=1)
    return Network(name, "custom" if name == "custom" else "torch", params, kept, curves, answers)


class Opened:
    """A page in a browser, with all that it must not do: messages to the console, errors, requests."""

    def __init__(self, page: Page, file: Path) -> None:
        self.page, self.file = page, file
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", lambda message: self._note(message.text))
        self.page.on("request", lambda request: self._note(request.url))

    def _note(self, text: str) -> None:
        own = text.partition("#")[0] == self.file.as_uri() or text.startswith(("blob:", "data:"))
        if not own and "willReadFrequently" not in text:  # a hint to tests, which often read pixels
            self.faults.append(text)

    def open(self, address: str = "") -> None:
        """Open the file, with the part of the address behind #."""
        self.page.goto("about:blank")
        self.page.goto(f"{self.file.as_uri()}#{address}")
        self.page.wait_for_function("document.getElementById('a2').textContent !== ''")

    def places(self, points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        """Return points of the drawing area, in its shares, as places in the window."""
        self.page.locator("#pad").scroll_into_view_if_needed()
        box: Any = self.page.locator("#pad").bounding_box()
        return [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in points]

    def draw(self, points: list[tuple[float, float]]) -> None:
        """Draw a stroke with the mouse, in shares of the drawing area."""
        first, *others = self.places(points)
        self.page.mouse.move(*first)
        self.page.mouse.down()
        for place in others:
            self.page.mouse.move(*place, steps=5)
        self.page.mouse.up()

    def text(self, selector: str) -> str:
        """Return the text of an element, when everything is painted."""
        self.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return self.page.locator(selector).inner_text()

    def pixels(self) -> list[int]:
        """Return what the networks see, (28, 28) grey levels, when everything is painted."""
        self.text("#answer")
        data = "document.getElementById('input').getContext('2d').getImageData(0, 0, 28, 28).data"
        return list(self.page.evaluate(f"[...{data}]"))[::4]

    def ink(self) -> int:
        """Return how many pixels are dark."""
        return sum(level < 128 for level in self.pixels())
