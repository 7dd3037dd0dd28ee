"""The JSON Schemas for editors: as committed, they say of single values what the stages say."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from ruamel.yaml import YAML

from tests.support.factory import ROOT, params_text
from tools.schema import DRAFT, FILES


def schema(path: Path) -> Any:  # noqa: ANN401  # JSON
    return json.loads((ROOT / path.with_suffix(".schema.json")).read_text(encoding="utf-8"))


def faults(text: str, path: Path = Path("params.yaml")) -> list[tuple[str, str]]:
    """Return where a YAML text is against the committed schema, and the keyword that it is against."""
    found = Draft7Validator(schema(path)).iter_errors(YAML(typ="safe").load(text))
    return [(".".join(map(str, error.absolute_path)), str(error.validator)) for error in found]


@pytest.mark.parametrize("path", FILES, ids=str)
def test_the_committed_schema_is_current_and_the_committed_file_is_valid(path: Path) -> None:
    assert schema(path) == {"$schema": DRAFT} | FILES[path].model_json_schema(), "run: python -m tools.schema"
    Draft7Validator.check_schema(schema(path))
    assert faults((ROOT / path).read_text(encoding="utf-8"), path) == []


@pytest.mark.parametrize(
    ("name", "text", "keyword"),
    [
        ("train_custom.lr", "fast", "type"),
        ("train_torch.output_activation", "gelu", "enum"),
        ("train_torch.momentum", "1", "exclusiveMaximum"),
        ("split.seed", "4294967296", "maximum"),
        ("fetch_mnist.classes", "[cat]", "anyOf"),
    ],
)
def test_a_bad_value_is_refused(name: str, text: str, keyword: str) -> None:
    assert faults(params_text({name: text})) == [(name, keyword)]
