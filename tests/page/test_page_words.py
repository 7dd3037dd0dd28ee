"""The words of the page for each data set."""

import json
import re
from typing import Any

import pytest

from mnist_mlp.harness.errors import InputError
from mnist_mlp.harness.params import Params
from tests.support.factory import SECTIONS
from tools.page.assembly import flattened, read, words_for
from tools.page.contents import check_params


def all_words(words: dict[str, Any]) -> dict[str, str]:
    """Return the words by dotted names, those of the tour's steps as well."""
    steps = {str(place): step for place, step in enumerate(words["tour"]["steps"])}
    return flattened(words | {"tour": words["tour"] | {"steps": steps}})


def test_the_words_of_mnist_are_those_of_the_file() -> None:
    assert words_for("mnist") == json.loads(read("text.json"))


def test_the_words_of_fashion_have_the_same_names_and_places_and_speak_of_no_digit() -> None:
    mnist, fashion = all_words(words_for("mnist")), all_words(words_for("fashion"))
    assert fashion.keys() == mnist.keys()
    for name, text in fashion.items():
        assert re.findall(r"\{\w+\}", text) == re.findall(r"\{\w+\}", mnist[name]), name
        assert not re.search(r"\bdigits?\b|(?<!Fashion-)MNIST|95\.35", re.sub(r"\{\w+\}", "", text)), name


def test_a_page_of_other_data_is_refused() -> None:
    sections = SECTIONS | {"fetch_mnist": {"dataset": "digits", "path": "x", "classes": 10}}
    with pytest.raises(InputError, match="expected mnist or fashion for the page, got digits"):
        check_params(Params.model_validate(sections))
