"""What the page is made of: the pipeline's networks, digits that it chooses, words; the same bytes each time."""

import re
from pathlib import Path

import numpy as np
import pytest

from mnist_mlp.core.arrays import Dataset
from mnist_mlp.core.files import save_splits
from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.params import Params
from mnist_mlp.training.initialization import initial_weights
from mnist_mlp.training.weights import save_weights
from tests.support.digit_page import EXACT, patterns, small_contents
from tests.support.factory import SECTIONS
from tools.page.assembly import assemble, words_for
from tools.page.contents import check_params, choose_rows
from tools.page.trainings import CACHE, train_network, train_networks

OTHER = {"fetch_mnist.dataset": "digits", "train_torch.hidden_sizes": [30], "train_custom.dtype": "float32"}


@pytest.fixture
def splits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Dataset]:
    """Small splits, also in data/split of an empty working folder."""
    splits = {name: patterns(100, seed) for seed, name in enumerate(("train", "val", "test"))}
    save_splits(tmp_path / "data/split", splits)
    monkeypatch.chdir(tmp_path)
    return splits


def test_a_network_is_trained_once(splits: dict[str, Dataset], capsys: pytest.CaptureFixture[str]) -> None:
    params = EXACT.model_copy(update={"epochs": 10})
    first, again = (train_network("equal", "torch", params, splits) for _ in range(2))
    assert capsys.readouterr().out.count("equal: epoch 10") == 1
    assert np.array_equal(again.kept, first.kept)
    assert again.kept.shape == (6, 39_760)  # after epochs 1, 2, 3, 5, 8 and 10
    train_network("equal", "torch", params.model_copy(update={"lr": 0.2}), splits)
    assert len(list(CACHE.iterdir())) == 2


def test_weights_that_params_yaml_does_not_train_are_refused(splits: dict[str, Dataset]) -> None:
    train = EXACT.model_copy(update={"epochs": 1})
    params = Params.model_validate(SECTIONS).model_copy(update={"train_custom": train, "train_torch": train})
    with pytest.raises(InputError, match=r"models/custom\.safetensors: no such file"):
        train_networks(params, splits)
    for name in ("custom", "torch"):
        save_weights(Path(f"models/{name}.safetensors"), initial_weights(train, 784, 10), train)
    with pytest.raises(
        InputError, match=r"models/custom\.safetensors: expected the weights that params\.yaml trains"
    ):
        train_networks(params, splits)


def test_params_that_the_page_cannot_show_are_refused() -> None:
    train = {"dtype": "exact", "hidden_sizes": [50], "epochs": 50}
    sections = SECTIONS | {name: SECTIONS[name] | train for name in ("train_custom", "train_torch")}
    check_params(Params.model_validate(sections))
    for name, value in OTHER.items():
        section, key = name.split(".")
        changed = sections | {section: sections[section] | {key: value}}
        with pytest.raises(InputError, match=f"params.yaml: {name}: expected .* for the page"):
            check_params(Params.model_validate(changed))


def test_hard_digits_are_chosen_and_as_many_of_each_of_the_others() -> None:
    labels = (np.arange(600) % 9).astype(np.uint8)
    labels[[500, 599]] = 9  # a rare digit leaves its places to the first of the others
    left, right = np.ones(600, bool), np.ones(600, bool)
    right[0:40] = left[40:60] = left[60:80] = right[60:80] = False
    hard, others = choose_rows(labels, left, right)
    assert [rows.tolist() for rows in hard] == [list(range(30)), list(range(40, 55)), list(range(60, 75))]
    assert sorted(others) == [*range(80, 218), 500, 599]  # 80 to 205: 14 of each of the nine digits


def test_the_page_has_the_same_bytes_twice(small_page: Path) -> None:
    assert assemble(small_contents(), "mnist") == small_page.read_text(encoding="utf-8")


def words(part: object, name: str = "") -> dict[str, str]:
    if not isinstance(part, dict | list):
        return {name: str(part)}
    parts = part.items() if isinstance(part, dict) else enumerate(part)
    return {place: text for key, value in parts for place, text in words(value, f"{name}.{key}").items()}


def test_the_words_of_fashion_have_the_same_names_and_places_and_speak_of_no_digit() -> None:
    mnist, fashion = words(words_for("mnist")), words(words_for("fashion"))
    assert fashion.keys() == mnist.keys()
    for name, text in fashion.items():
        assert re.findall(r"\{\w+\}", text) == re.findall(r"\{\w+\}", mnist[name]), name
        assert not re.search(r"\bdigits?\b|(?<!Fashion-)MNIST|95\.35", re.sub(r"\{\w+\}", "", text)), name
