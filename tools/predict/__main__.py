"""Read the digit in a picture: ``make predict IMAGE=photo.png``."""

import stages  # noqa: F401  # isort: skip  # one thread, and this copy's src first on the path
import argparse
from pathlib import Path

import numpy as np

from mnist_mlp.core.arrays import Dataset, Floats, Pixels
from mnist_mlp.engines import run_model
from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.params import load_params
from mnist_mlp.harness.run import run_program
from mnist_mlp.models import MODELS
from mnist_mlp.sources.datasets import class_names
from tools.predict.photo import ink_of
from tools.predict.shrink import shrink

SHADES = " ░▒▓█"
CLEAR, AHEAD = 0.5, 0.2
"""The largest output of a sure answer is above the first, and ahead of the next by the second."""


def main() -> None:
    """Show the picture as the networks see it, and what they answer."""
    parser = argparse.ArgumentParser(prog="python -m tools.predict", description=__doc__, allow_abbrev=False)
    parser.add_argument("image", type=Path, nargs="?", help="picture of one digit, such as PNG or JPEG")
    path = parser.parse_args().image
    if path is None or path == Path():
        raise InputError("expected a picture of one digit, got none; run make predict IMAGE=photo.png")
    for model in MODELS:
        if not (weights := Path(f"models/{model.name}.safetensors")).exists():
            raise InputError(f"{weights}: expected trained weights, got no such file; run `make repro` first")
    image = shrink(ink_of(path))
    if image is None:
        raise InputError(f"{path}: expected a digit, got an empty sheet; draw with more contrast")
    classes = class_names(load_params().fetch_mnist)
    print(picture(image))
    for model in MODELS:
        outputs = run_model(model, Dataset(image[None], np.zeros(1, np.uint8), classes))[0]
        print(f"{model.name:<7}{answer(outputs, classes)}")


def picture(image: Pixels) -> str:
    """Return grey levels (28, 28) as lines of two letters a pixel."""
    shades = np.rint(image / 255 * (len(SHADES) - 1)).astype(int)
    return "\n".join("".join(2 * SHADES[shade] for shade in row).rstrip() for row in shades).strip("\n")


def answer(outputs: Floats, classes: tuple[str, ...]) -> str:
    """Return the class with the largest output, or that it is unsure, and all outputs."""
    second, first = np.sort(outputs)[-2:]
    sure = first >= CLEAR and first - second >= AHEAD
    values = " ".join(f"{name}:{value:.2f}" for name, value in zip(classes, outputs, strict=True))
    return f"{classes[outputs.argmax()]}{'' if sure else '?'}  {values}{'' if sure else '  (unsure)'}"


if __name__ == "__main__":
    run_program(main)
