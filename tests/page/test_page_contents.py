"""What the page is made of: outputs that it needs, digits that it chooses, and the same bytes each time."""

import re
from pathlib import Path

import numpy as np
import pytest

from mnist_mlp.harness.errors import InputError
from tests.support.page_engine import small_contents
from tools.page.assembly import page
from tools.page.contents import check_made, chosen_rows

MADE = (
    *(f"models/{name}.safetensors" for name in ("custom", "torch")),
    *(f"data/split/{name}/{kind}.npy" for name in ("train", "val", "test") for kind in ("images", "labels")),
)


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with all that the page needs, as empty files."""
    for name in MADE:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", MADE)
def test_a_missing_output_is_named(made: Path, name: str) -> None:
    check_made()
    (made / name).unlink()
    message = f"{name}: expected what the pipeline makes, got no such file; run `make repro` first"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        check_made()


def test_the_first_rows_of_each_kind_are_chosen() -> None:
    labels = (np.arange(600) % 10).astype(np.uint8)
    left, right = np.ones(600, bool), np.ones(600, bool)
    right[0:40] = left[40:60] = left[60:80] = right[60:80] = False
    only_left, only_right, none, others = chosen_rows(labels, left, right)
    assert only_left.tolist() == list(range(30))
    assert only_right.tolist() == list(range(40, 55))
    assert none.tolist() == list(range(60, 75))
    assert sorted(others) == list(range(80, 220))  # 14 of each digit


def test_a_rare_digit_leaves_its_places_to_the_first_of_the_others() -> None:
    labels = (np.arange(600) % 9).astype(np.uint8)
    labels[[500, 599]] = 9
    right = np.ones(600, bool)
    right[0] = False
    only_left, only_right, none, others = chosen_rows(labels, np.ones(600, bool), right)
    assert [len(only_left), len(only_right), len(none)] == [1, 0, 0]
    assert sorted(others) == [*range(1, 198), 500, 599]  # 1 to 171: 19 of each of the nine digits


def test_the_page_has_the_same_bytes_twice(small_page: Path) -> None:
    assert page(small_contents(), "mnist") == small_page.read_text(encoding="utf-8")


@pytest.mark.parametrize(("dataset", "most"), [("mnist", "3,000,000"), ("fashion", "3,500,000")])
def test_a_page_that_is_too_large_is_refused(dataset: str, most: str) -> None:
    with pytest.raises(InputError, match=f"expected at most {most} bytes, got "):
        page(small_contents() | {"ballast": "x" * 3_400_000}, dataset)
