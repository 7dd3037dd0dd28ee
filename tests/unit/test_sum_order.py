"""The order of a sum, read off its results: of orders that are known, and of sums that have none."""

import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from mnist_mlp.core.arrays import Floats
from mnist_mlp.harness.errors import InputError
from tools import sum_order
from tools.sum_order import Sums, depths, figure, layer_sums


def in_order(terms: Floats) -> Floats:
    last: Floats = np.cumsum(terms, axis=1)[:, -1]
    return last


def in_pairs(terms: Floats) -> Floats:
    while terms.shape[1] > 1:
        terms = terms[:, ::2] + terms[:, 1::2]
    return terms[:, 0]


@pytest.mark.parametrize(
    ("sums", "expected"),
    [
        (in_order, [7, 7, 6, 5, 4, 3, 2, 1]),
        (lambda terms: in_order(terms[:, ::-1]), [1, 2, 3, 4, 5, 6, 7, 7]),
        (in_pairs, [3] * 8),
        (lambda terms: in_order(terms[:, :4]) + in_order(terms[:, 4:]), [4, 4, 3, 2, 4, 4, 3, 2]),
        (lambda terms: in_order(terms[:, ::2]) + in_order(terms[:, 1::2]), [4, 4, 4, 4, 3, 3, 2, 2]),
    ],
)
def test_known_orders_are_found(sums: Sums, expected: list[int]) -> None:
    assert depths(sums, 8).tolist() == expected


def test_one_term_is_not_added() -> None:
    assert depths(in_order, 1).tolist() == [0]


def test_sums_with_more_digits_are_refused() -> None:
    with pytest.raises(InputError, match=r"^expected float32 sums of two numbers at a time, got one of 2 instead"):
        depths(lambda rows: np.array([math.fsum(terms) for terms in rows]), 8)


@pytest.mark.parametrize("library", ["NumPy", "PyTorch"])
def test_the_libraries_add_every_term(library: str) -> None:
    found = depths(layer_sums(library), sum_order.TERMS)
    assert found.min() >= 1
    assert sum(Fraction(1, 2**depth) for depth in found.tolist()) == 1  # as in every binary tree


def test_the_figure_has_one_panel_for_each_order() -> None:
    drawn = figure({name: depths(sums, 8) for name, sums in (("in order", in_order), ("in pairs", in_pairs))})
    assert [axes.get_title() for axes in drawn.axes] == ["in order", "in pairs"]
    assert drawn.axes[0].lines[0].get_ydata().tolist() == [7, 7, 6, 5, 4, 3, 2, 1]  # type: ignore[union-attr]


def test_this_machine_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    sum_order.main()
    assert (tmp_path / "sum_order.png").read_bytes().startswith(b"\x89PNG")
    on_grids = capsys.readouterr().out.splitlines()[-2]
    assert on_grids == "one sum, on grids: NumPy -1.9398486818499805, PyTorch -1.9398486818499805"
