"""Digits in pictures of any kind, and what files that are no such pictures get."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_mlp.core.arrays import Dataset, Floats
from mnist_mlp.harness.errors import InputError
from mnist_mlp.models import Model
from tests.support.factory import ROOT
from tools import predict as module
from tools.predict import predict

SHEET = Image.new("L", (300, 200), 230)
ImageDraw.Draw(SHEET).line([(60, 40), (130, 40), (90, 170)], fill=40, width=16, joint="curve")
"""A seven, dark on light, not in the middle."""
INK = SHEET.point(lambda level: 255 if level < 128 else 0)


def on_glass(colour: str) -> Image.Image:
    """Return the seven on a transparent ground."""
    picture = Image.new("RGBA", SHEET.size, colour)
    picture.putalpha(INK)
    return picture


KINDS: dict[str, tuple[str, Image.Image]] = {
    "colour": ("jpg", SHEET.convert("RGB")),
    "cmyk": ("jpg", SHEET.convert("CMYK")),
    "palette": ("png", SHEET.convert("P")),
    "light on dark": ("png", SHEET.point(lambda level: 255 - level)),
    "16 bit of which few are used": ("png", Image.fromarray(1000 + np.asarray(SHEET, np.uint16))),
    "12 bit": ("tiff", Image.fromarray(16 * np.asarray(SHEET, np.uint16))),
    "dark on glass": ("png", on_glass("black")),
    "light on glass": ("webp", on_glass("white")),
    "large": ("png", SHEET.resize((3000, 2000))),
    "unevenly lit": ("png", Image.fromarray((np.asarray(SHEET) * np.linspace(1, 0.85, 300)).astype(np.uint8))),
}


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Dataset]:
    """Return what models get; each answers that it is a seven, torch that it is not sure."""
    images: list[Dataset] = []

    def outputs(model: Model, dataset: Dataset) -> Floats:
        images.append(dataset)
        return np.eye(10)[[7]] * (0.9 if model.name == "custom" else 0.4)

    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(module, "run_model", outputs)
    return images


@pytest.mark.parametrize(("ending", "picture"), KINDS.values(), ids=KINDS)
def test_a_digit_is_seen_as_in_mnist(
    tmp_path: Path, seen: list[Dataset], ending: str, picture: Image.Image, capsys: pytest.CaptureFixture[str]
) -> None:
    SHEET.save(tmp_path / "plain.png")
    picture.save(tmp_path / f"changed.{ending}")
    for name in ("plain.png", f"changed.{ending}"):
        predict(tmp_path / name)
    plain, changed = (seen[place].images[0].astype(int) for place in (0, 2))
    rows, columns = (np.flatnonzero(plain.any(axis=axis)) for axis in (1, 0))
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
    assert [round(float((plain.sum(axis=1 - axis) @ np.arange(28)) / plain.sum())) for axis in (0, 1)] == [14, 14]
    assert np.abs(plain - changed).mean() < 6
    *lines, custom, torch = capsys.readouterr().out.splitlines()
    assert any("████" in line for line in lines)
    assert custom.startswith("custom 7  0:0.00")
    assert torch.startswith("torch  7?  0:0.00")
    assert torch.endswith("(unsure)")


def two_digits(path: Path) -> None:
    both = Image.new("L", (600, 220), 230)
    both.paste(SHEET, (0, 0))
    both.paste(SHEET, (300, 20))
    both.save(path)


def cut_off(path: Path) -> None:
    SHEET.save(path)
    path.write_bytes(path.read_bytes()[:300])


FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda path: path.unlink(missing_ok=True), "no such file"),
    "folder": (lambda path: path.mkdir(), "a folder"),
    "text": (lambda path: path.write_text("three\n"), "cannot identify"),
    "cut off": (cut_off, "truncated"),
    "400 megapixels": (lambda path: Image.new("1", (20_000, 20_000)).save(path), "20000 x 20000; make it smaller"),
    "two digits": (two_digits, "one digit, got 2 side by side"),
    "pipe": (os.mkfifo, "no regular file"),
    "100 megapixels": (lambda path: Image.new("1", (10_000, 10_000)).save(path), "10000 x 10000; make it smaller"),
    "empty sheet": (lambda path: Image.new("L", (60, 40), 200).save(path), "an empty sheet"),
}


@pytest.mark.parametrize(("make", "said"), FILES.values(), ids=FILES)
def test_what_is_no_picture_of_a_digit_gets_one_line(
    tmp_path: Path, seen: list[Dataset], make: Callable[[Path], object], said: str
) -> None:
    make(tmp_path / "photo.png")
    with pytest.raises(InputError) as caught:
        predict(tmp_path / "photo.png")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not seen


def test_a_file_that_may_not_be_read_is_not_called_damaged(
    tmp_path: Path, seen: list[Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    SHEET.save(tmp_path / "photo.png")
    monkeypatch.setattr(Image, "open", Mock(side_effect=PermissionError(errno.EACCES, "Permission denied")))
    with pytest.raises(PermissionError):  # which run_program reports in one line
        predict(tmp_path / "photo.png")
    assert not seen


def test_without_weights_the_user_learns_how_to_train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    SHEET.save(tmp_path / "photo.png")
    (tmp_path / "params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"models/custom.safetensors: .*dvc repro"):
        predict(Path("photo.png"))
