"""The JSON Schemas for editors: as committed, they say of single values what the stages say."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator
from ruamel.yaml import YAML

from tests.support.factory import ROOT, params_text
from tools.schema import FILES, comments, make_schema

each_file = pytest.mark.parametrize("path", FILES, ids=str)


def committed(path: Path) -> Any:  # noqa: ANN401  # JSON
    return json.loads((ROOT / path.with_suffix(".schema.json")).read_text(encoding="utf-8"))


def faults(text: str, path: Path = Path("params.yaml")) -> list[tuple[str, str]]:
    """Return where a YAML text is against the committed schema, and the keyword that it is against."""
    content = YAML(typ="safe", pure=True).load(text)  # YAML 1.2, as editors read it: 1e-8 is a number there
    found = Draft7Validator(committed(path)).iter_errors(content)
    return sorted((".".join(map(str, error.absolute_path)), str(error.validator)) for error in found)


@each_file
def test_the_committed_schema_is_current(path: Path) -> None:
    assert make_schema(ROOT / path, FILES[path]) == committed(path), "run: python -m tools.schema"


@each_file
def test_the_schema_is_a_schema_of_the_draft_that_it_names(path: Path) -> None:
    Draft7Validator.check_schema(committed(path))
    assert committed(path)["$schema"] == Draft7Validator.META_SCHEMA["$schema"]


@each_file
def test_the_committed_file_is_valid_and_names_its_schema(path: Path) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    assert faults(text, path) == []
    assert text.startswith("# yaml-language-server: $schema=params.schema.json\n")


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("train_custom.lr", "-0.1", ("train_custom.lr", "exclusiveMinimum")),
        ("train_custom.lr", "0", ("train_custom.lr", "exclusiveMinimum")),
        ("train_custom.lr", "fast", ("train_custom.lr", "type")),
        ("train_custom.lr", "true", ("train_custom.lr", "type")),
        ("train_custom.lr", None, ("train_custom", "required")),
        ("train_custom.leraning_rate", "0.1", ("train_custom", "additionalProperties")),
        ("train_torch.output_activation", "gelu", ("train_torch.output_activation", "enum")),
        ("train_torch.hidden_sizes", "50", ("train_torch.hidden_sizes", "type")),
        ("train_torch.hidden_sizes", "[50, 0]", ("train_torch.hidden_sizes.1", "minimum")),
        ("train_torch.epochs", "1.5", ("train_torch.epochs", "type")),
        ("train_torch.momentum", "1", ("train_torch.momentum", "exclusiveMaximum")),
        ("train_torch.nesterov", "1", ("train_torch.nesterov", "type")),
        ("split.seed", "4294967296", ("split.seed", "maximum")),
        ("fetch_mnist.dataset", "cifar", ("fetch_mnist.dataset", "enum")),
        ("fetch_mnist.classes", "1", ("fetch_mnist.classes", "anyOf")),
        ("fetch_mnist.classes", "[cat]", ("fetch_mnist.classes", "anyOf")),
        ("plot.dpi", "49", ("plot.dpi", "minimum")),
    ],
)
def test_a_bad_value_is_refused(name: str, text: str | None, fault: tuple[str, str]) -> None:
    assert faults(params_text()) == []
    assert faults(params_text({name: text})) == [fault]


def test_an_unknown_section_is_refused() -> None:
    assert faults(params_text() + "train_numpy: {}\n") == [("", "additionalProperties")]


def test_an_empty_list_of_learning_rates_is_refused() -> None:
    path = Path("studies/params.yaml")
    studies = yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))
    studies["next_steps"]["learning_rates"]["adam"] = []
    assert faults(yaml.safe_dump(studies), path) == [("next_steps.learning_rates.adam", "minItems")]


def test_every_parameter_is_described_in_the_words_of_its_own_section() -> None:
    sections = committed(Path("params.yaml"))["properties"]
    said = {
        f"{name}.{key}": value.get("description", "")
        for name, section in sections.items()
        for key, value in section["properties"].items()
    }
    assert [key for key, words in said.items() if len(words.split()) < 4] == []
    assert said["train_custom.activation"] == "Activation after each hidden layer: sigmoid, tanh or relu."
    assert "94.99 %" in said["train_custom.init_seed"]
    assert "90.57 %" in said["train_torch.init_seed"]


def test_comments_are_those_above_a_key_and_behind_it() -> None:
    text = """\
# Of the file.

a:
  # Above
  # in two lines.
  b: 1
  c:
  - 2
  d: 3  # Behind.
e:  # Of a section.
  f: 4

# Of nothing.

g: 5
"""
    assert comments(text) == {
        ("a", "b"): "Above in two lines.",
        ("a", "d"): "Behind.",
        ("e",): "Of a section.",
    }
