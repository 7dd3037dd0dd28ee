"""Figures: what they show, and that they are the same bytes each time."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from numpy.random import RandomState

from mnist_mlp.core.arrays import DIGITS, Dataset, Floats, Labels
from mnist_mlp.evaluation import confusion_counts
from mnist_mlp.figures import confusion, curves, disagreements, margin, one_sided, save_figure
from mnist_mlp.models import BY_NAME, Model
from tests.support.factory import CLASSES, ROOT, dataset, one_hot, random_dataset

STYLE = "font.size: 14\nfigure.facecolor: black\ntext.usetex: True\nsavefig.bbox: tight\n"
DRAW = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
import stages
from mnist_mlp.figures import save_figure
from tests.unit.test_figures import DPI, FIGURES, Path
save_figure(Path("drawn.png"), FIGURES["curves"](), DPI)
"""
PNG = b"\x89PNG\r\n\x1a\n"
DPI = 50
Tables = dict[str, pd.DataFrame]


def history(epochs: int) -> pd.DataFrame:
    falling = 0.1 / np.arange(1, epochs + 1)
    return pd.DataFrame(
        {
            "epoch": np.arange(1, epochs + 1), "train_loss": falling, "val_loss": 1.1 * falling,
            "train_accuracy": 1 - falling, "val_accuracy": 1 - 1.1 * falling,
        }
    )  # fmt: skip


def digits(rows: int = 40) -> Dataset:
    return random_dataset(rows, pixels=64)


def noisy_outputs(*models: str) -> dict[str, Floats]:
    return {model: RandomState(seed).rand(40, CLASSES) for seed, model in enumerate(models)}


def tables_of(outputs: dict[str, Floats], labels: Labels, names: tuple[str, ...] = DIGITS) -> Tables:
    return {model: confusion_counts(found, labels, names) for model, found in outputs.items()}


FIGURES: dict[str, Callable[[], Figure]] = {
    "curves": lambda: curves({"custom": history(12), "torch": history(12)}),
    "confusion": lambda: confusion(tables_of(noisy_outputs("custom", "torch"), digits().labels), DIGITS),
    "disagreements": lambda: disagreements(noisy_outputs("custom", "torch"), digits(), 3),
}


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_the_same_bytes_each_time_and_does_not_name_the_software(tmp_path: Path, name: str) -> None:
    for file in ("a.png", "b.png"):
        save_figure(tmp_path / file, FIGURES[name](), DPI)
    content = (tmp_path / "a.png").read_bytes()
    assert content == (tmp_path / "b.png").read_bytes()
    assert b"software" not in content.lower()
    assert b"matplotlib" not in content.lower()


def test_a_style_and_a_backend_of_the_users_own_change_no_byte(tmp_path: Path) -> None:
    save_figure(tmp_path / "plain.png", FIGURES["curves"](), DPI)
    (tmp_path / "matplotlibrc").write_text(STYLE, encoding="utf-8")
    environment = os.environ | {"MPLBACKEND": "module://ipympl.backend_nbagg"}
    subprocess.run([sys.executable, "-c", DRAW], cwd=tmp_path, env=environment, check=True)
    assert (tmp_path / "drawn.png").read_bytes() == (tmp_path / "plain.png").read_bytes()


def test_curves_show_both_models_and_both_splits_by_name_and_without_colour(tmp_path: Path) -> None:
    figure = FIGURES["curves"]()
    names = ["custom, train", "custom, val", "torch, train", "torch, val"]
    for axes in figure.axes:
        assert [str(line.get_label()) for line in axes.lines] == names
        assert len({(line.get_linestyle(), line.get_marker()) for line in axes.lines}) == 4
    left, right = curves({"torch": history(3)}).axes
    np.testing.assert_array_equal(left.lines[1].get_xdata(), [1, 2, 3])
    np.testing.assert_array_equal(left.lines[1].get_ydata(), history(3)["val_loss"])
    np.testing.assert_array_equal(right.lines[0].get_ydata(), history(3)["train_accuracy"])
    save_figure(tmp_path / "one_epoch.png", curves({"custom": history(1), "torch": history(1)}), DPI)
    header = (tmp_path / "one_epoch.png").read_bytes()[:24]
    assert header.startswith(PNG)
    assert (int.from_bytes(header[16:20], "big"), int.from_bytes(header[20:], "big")) == (500, 210)


def test_confusion_writes_every_count_but_zero_in_its_cell() -> None:
    labels = np.array([0, 0, 7], np.uint8)
    tables = tables_of({"custom": one_hot([0, 0, 2]), "torch": one_hot([0, 1, 7])}, labels)
    panels = confusion(tables, DIGITS).axes[:2]
    cells = [{text.get_position(): text.get_text() for text in axes.texts if text.get_text()} for axes in panels]
    # (predicted, actual), as x and y
    assert cells == [{(0, 0): "2", (2, 7): "1"}, {(0, 0): "1", (1, 0): "1", (7, 7): "1"}]


def test_disagreements_show_their_number_and_draw_the_requested_ones() -> None:
    test = dataset(np.zeros((6, 64), np.uint8), np.array([0, 1, 2, 3, 4, 5], np.uint8))
    custom, torch = one_hot([0, 1, 2, 3, 4, 9]), one_hot([9, 9, 9, 3, 4, 5])
    first, second = disagreements({"custom": custom, "torch": torch}, test, 2).subfigs
    assert first.get_suptitle() == "only custom is right: 3 of 6 test images"
    assert [axes.get_title() for axes in first.axes] == ["is 0\ntorch: 9", "is 1\ntorch: 9"]
    assert second.get_suptitle() == "only torch is right: 1 of 6 test images"
    assert [axes.get_title() for axes in second.axes] == ["is 5\ncustom: 9", ""]


def test_names_of_classes_stand_at_the_matrix_and_above_the_images() -> None:
    names = ("T-shirt/top", "Trouser", "Coat")
    test = Dataset(np.zeros((3, 2, 5), np.uint8), np.array([0, 1, 2], np.uint8), names)
    outputs: dict[str, Floats] = {"custom": np.eye(3), "torch": np.eye(3)[[2, 1, 0]]}
    axes = confusion(tables_of(outputs, test.labels, names), names).axes[0]
    assert [text.get_text() for text in axes.get_xticklabels()] == list(names)
    assert [text.get_text() for text in axes.get_yticklabels()] == list(names)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted class", "actual class")
    (first, _) = disagreements(outputs, test, 1).subfigs
    assert first.axes[0].get_title() == "is T-shirt/top\ntorch: Coat"


@pytest.mark.parametrize("shape", [(8, 8), (2, 9), (9, 2)])
def test_square_wide_and_tall_images_are_drawn_as_they_are(shape: tuple[int, int]) -> None:
    images = RandomState(0).randint(0, 256, (10, *shape)).astype(np.uint8)
    test = digits(10)._replace(images=images)
    outputs = {"custom": one_hot(test.labels.tolist()), "torch": one_hot([5] * 10)}
    drawn = disagreements(outputs, test, 1).subfigs[0].axes[0].images[0].get_array()
    np.testing.assert_array_equal(drawn, images[0])


@pytest.mark.parametrize("shown", [1, 10, 11])
def test_any_number_of_digits_has_its_cells_even_if_models_agree_everywhere(shown: int) -> None:
    outputs = noisy_outputs("custom")["custom"]
    halves = disagreements({"custom": outputs, "torch": outputs}, digits(), shown).subfigs
    assert shown <= len(halves[0].axes) < shown + 10
    titles = [f"only {name} is right: 0 of 40 test images" for name in ("custom", "torch")]
    assert [half.get_suptitle() for half in halves] == titles


def outputs_with(*rows: dict[int, float]) -> Floats:
    """Return outputs that are 0 but at the digits given."""
    return np.array([[heights.get(digit, 0.0) for digit in range(CLASSES)] for heights in rows])


def zeros(rows: int) -> Dataset:
    return dataset(np.zeros((rows, 64), np.uint8), np.zeros(rows, np.uint8))


def test_one_sided_rows_come_by_their_margin_and_then_in_order() -> None:
    test = zeros(5)
    # margins: right 0.5, 1, 1, 0.25, -1 and wrong -0.25, -0.5, 0.5, -1, -1
    right = outputs_with({0: 0.5}, {0: 1.0}, {0: 1.0}, {0: 0.25}, {1: 1.0})
    wrong = outputs_with({2: 0.25}, {2: 0.5}, {0: 0.5}, {2: 1.0}, {2: 1.0})
    # row 2: both right; row 4: both wrong; the others 0.75, 1.5, 1.25
    assert one_sided(right, [wrong], test).tolist() == [1, 3, 0]
    assert one_sided(wrong, [right], test).tolist() == []
    assert margin(right, test).tolist() == [0.5, 1, 1, 0.25, -1]
    # margins 2, 3, 2, 3, ..., so many that a sort which does not keep the order shows it
    many = zeros(200)
    right = one_hot([0] * 200)
    right[1::2] *= 2
    assert one_sided(right, [one_hot([1] * 200)], many).tolist() == [*range(1, 200, 2), *range(0, 200, 2)]


def test_of_three_models_one_alone_is_right_against_the_least_sure_of_the_others() -> None:
    test = zeros(4)
    right = one_hot([0] * 4)
    sure = outputs_with({2: 1.0}, {2: 0.25}, {2: 1.0}, {0: 1.0})
    unsure = outputs_with({3: 0.25}, {3: 0.5}, {0: 1.0}, {3: 1.0})
    # the least sure of both is wrong by 0.25 in rows 0 and 1; in rows 2 and 3 one of them is right
    assert one_sided(right, [sure, unsure], test).tolist() == [0, 1]
    # now by 0.5 and by 0.75: row 1 comes first
    surer = outputs_with({3: 0.5}, {3: 0.75}, {3: 1.0}, {3: 1.0})
    surest = outputs_with({2: 1.0}, {2: 0.75}, {0: 1.0}, {0: 1.0})
    assert one_sided(right, [surer, surest], test).tolist() == [1, 0]


def test_three_models_are_drawn_beside_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    third = Model("third", "custom", "the third", "black", "^")
    monkeypatch.setitem(BY_NAME, "third", third)
    names = ["custom", "torch", "third"]
    lines = curves({name: history(30) for name in names}).axes[0].lines
    assert [str(line.get_label()) for line in lines[-2:]] == ["the third, train", "the third, val"]
    assert [line.get_markevery() for line in lines[::2]] == [(0, 3), (1, 3), (2, 3)]
    test, outputs = digits(), noisy_outputs(*names)
    tables = tables_of(outputs, test.labels)
    assert [axes.get_title() for axes in confusion(tables, DIGITS).axes[:3]] == ["custom", "torch", "the third"]
    parts = disagreements(outputs, test, 2).subfigs
    assert [part.get_suptitle().split(":")[0] for part in parts] == [f"only {name} is right" for name in names]
    first, second = parts[2].axes[0].get_title().split("\n")[1:]
    assert (first[:8], second[:7]) == ("custom: ", "torch: ")
