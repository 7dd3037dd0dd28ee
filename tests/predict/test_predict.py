"""Digits in pictures of any kind, and what files that are no such pictures get."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_mlp.core.arrays import DIGITS, Dataset
from mnist_mlp.core.files import load_dataset
from mnist_mlp.engines import ENGINES
from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.params import load_params
from mnist_mlp.sources.datasets import FASHION
from mnist_mlp.training.loop import outputs
from tests.support.factory import ROOT
from tests.support.handwriting import written
from tests.support.warm import programs
from tools.page.contents import network
from tools.page.learned import CACHE, key, learned, shown_models
from tools.predict.__main__ import answer, picture
from tools.predict.photo import MOST_PIXELS, ink_of
from tools.predict.shrink import shrink

HAND = [(digit, 2 * digit + seed) for digit in range(10) for seed in (0, 1)]
RIGHT = 17
Change = Callable[[Image.Image], Image.Image]


def wide(image: Image.Image) -> Image.Image:
    """Return 16 bits a pixel."""
    return Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)


def on_glass(image: Image.Image) -> Image.Image:
    """Return ink on a transparent ground."""
    black = Image.new("RGBA", image.size, (0, 0, 0, 255))
    black.putalpha(image.convert("L").point(lambda level: 255 if level < 128 else 0))
    return black


KINDS: dict[str, tuple[str, Change]] = {
    "grey": ("png", lambda image: image),
    "colour": ("jpg", lambda image: image.convert("RGB")),
    "cmyk": ("jpg", lambda image: image.convert("CMYK")),
    "palette": ("png", lambda image: image.convert("P")),
    "16 bit": ("png", wide),
    "transparent": ("png", on_glass),
    "negative": ("png", lambda image: image.point(lambda level: 255 - level)),
    "large": ("png", lambda image: image.resize((2000, 2000))),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_picture_has_the_same_ink(tmp_path: Path, kind: str) -> None:
    ending, change = KINDS[kind]
    sheet = written(3, 6)
    sheet.save(tmp_path / "plain.png")
    change(sheet).save(tmp_path / f"changed.{ending}")
    plain, changed = (shrink(ink_of(tmp_path / name)) for name in ("plain.png", f"changed.{ending}"))
    assert plain is not None
    assert changed is not None
    assert 60 < (plain > 127).sum() < 200
    assert np.mean(np.abs(plain.astype(int) - changed)) < 12


def test_an_empty_sheet_has_no_ink(tmp_path: Path) -> None:
    for number, level in enumerate((0, 128, 255)):
        Image.new("L", (60, 40), level).save(tmp_path / f"{number}.png")
        assert not ink_of(tmp_path / f"{number}.png").any()


def huge(path: Path) -> None:
    Image.new("1", (10_001, 10_000)).save(path)


def cut(path: Path) -> None:
    written(3, 6).save(path)
    path.write_bytes(path.read_bytes()[:2000])


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda path: path.unlink(missing_ok=True), "no such file"),
    "text": (lambda path: path.write_text("three\n"), "got another file"),
    "empty": (lambda path: path.write_bytes(b""), "got another file"),
    "zero pixels": (lambda path: path.write_bytes(b"P5 0 0 255\n"), "expected a"),
    "folder": (lambda path: path.mkdir(), "expected a whole picture"),
    "100 megapixels": (huge, f"at most {MOST_PIXELS:,} pixels"),
    "cut off": (cut, "expected a whole picture"),
}


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("kind", BAD)
def test_a_file_that_is_no_picture_gets_one_line(tmp_path: Path, kind: str) -> None:
    spoil, said = BAD[kind]
    path = tmp_path / "photo.png"
    spoil(path)
    with pytest.raises(InputError) as caught:
        ink_of(path)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_picture_is_asked_for() -> None:
    done = programs.run(ROOT, "python", "-m", "tools.predict")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: expected a picture of one digit, got none; run make predict IMAGE=photo.png\n"


def test_the_picture_and_the_answer_are_text() -> None:
    image = np.zeros((28, 28), np.uint8)
    image[3, 2:4] = 255, 128
    assert picture(image) == "    ██▒▒"
    sure, unsure = np.full(10, 0.01), np.full(10, 0.4)
    sure[7] = 0.9
    assert answer(sure, DIGITS).startswith("7  0:0.01")
    assert answer(unsure, DIGITS).startswith("0?  0:0.40")
    assert answer(unsure, DIGITS).endswith("(unsure)")
    assert answer(sure, FASHION.classes).startswith("Sneaker  T-shirt/top:0.01")


@pytest.mark.slow
def test_hand_made_digits_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    model = shown_models(load_params())[2]
    if not (ROOT / "data/split/test").exists():
        pytest.skip("needs what `make repro` makes")
    splits = [load_dataset(ROOT / "data/split" / name) for name in ("train", "val", "test")]
    if not (CACHE / f"{model.name}-{key(model, *splits)}.npz").exists():
        pytest.skip("needs the networks that `make page` trains")
    for digit, seed in HAND:
        written(digit, seed).save(tmp_path / f"{seed}.png")
    images = [shrink(ink_of(tmp_path / f"{seed}.png")) for _, seed in HAND]
    dataset = Dataset(
        np.array([image for image in images if image is not None]).reshape(20, 28, 28),
        np.array([digit for digit, _ in HAND], np.uint8),
        DIGITS,
    )
    engine = network(model, learned(model, *splits).kept[-1], dataset)
    assert engine.dtype in ENGINES or engine.dtype == "exact"
    right = int((outputs(engine, dataset).argmax(axis=1) == dataset.labels).sum())
    assert RIGHT <= right <= 20, outputs(engine, dataset).argmax(axis=1)
