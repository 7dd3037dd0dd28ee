"""``python -m tools.schema``: JSON Schemas of both params.yaml for editors, made from the classes that check them.

Keys, types and ranges come from the typed sections, descriptions from the comments in the YAML file. Rules about
several values at once are not in the schemas; only the stages check those.
"""

import re
from pathlib import Path
from typing import Any

import stages  # noqa: F401  # this copy's src first on the path
from mnist_mlp.core.files import save_json
from mnist_mlp.harness.params import Params
from mnist_mlp.harness.run import run_stage
from mnist_mlp.harness.yaml_sections import Section
from studies.study_params import StudyParams

DRAFT = "http://json-schema.org/draft-07/schema#"
"""The newest draft that all common editors support."""
FILES: dict[Path, type[Section]] = {Path("params.yaml"): Params, Path("studies/params.yaml"): StudyParams}
INDENT = 2
KEY = re.compile(r"(?P<indent> *)(?P<key>\w+):[^#]*(?:# *(?P<comment>.*))?")

Schema = dict[str, Any]
Keys = tuple[str, ...]


def main() -> None:
    """Write a schema beside each params.yaml."""
    for path, sections in FILES.items():
        save_json(path.with_suffix(".schema.json"), make_schema(path, sections))


def make_schema(path: Path, sections: type[Section]) -> Schema:
    """Return the schema of a YAML file: what ``sections`` allow, with the file's comments as descriptions."""
    schema = sections.model_json_schema()
    definitions = schema.pop("$defs")
    said = comments(path.read_text(encoding="utf-8"))
    described = describe(schema, definitions, inherit(said, schema["properties"]))
    return {"$schema": DRAFT} | described


def inherit(said: dict[Keys, str], sections: dict[str, Schema]) -> dict[Keys, str]:
    """Return the comments; keys of ``train_torch`` that have none get those of ``train_custom``.

    In general, the first section of a type passes its comments on to later sections of that type.
    """
    first: dict[str, str] = {}
    inherited: dict[Keys, str] = {}
    for name, section in sections.items():
        origin = first.setdefault(section.get("$ref", name), name)
        inherited |= {(name, *keys[1:]): text for keys, text in said.items() if keys[0] == origin and keys[1:]}
    return inherited | said


def describe(section: Schema, definitions: dict[str, Schema], said: dict[Keys, str], keys: Keys = ()) -> Schema:
    """Return a section with comments as descriptions, and with references replaced by the sections themselves.

    Titles are left out: pydantic's titles only repeat the key or name a class.
    """
    properties: dict[str, Schema] = {}
    for key, value in section["properties"].items():
        inner = (*keys, key)
        if "$ref" in value:
            value = describe(definitions[value["$ref"].removeprefix("#/$defs/")], definitions, said, inner)
        properties[key] = untitled(value) | ({"description": said[inner]} if inner in said else {})
    return untitled(section) | {"properties": properties}


def untitled(schema: Schema) -> Schema:
    """Return a schema without its title."""
    return {keyword: value for keyword, value in schema.items() if keyword != "title"}


def comments(text: str) -> dict[Keys, str]:
    """Return the comment on each key of a YAML file in block style: the lines above it and the end of its line."""
    said: dict[Keys, str] = {}
    keys: Keys = ()
    above: list[str] = []
    for line in text.splitlines():
        if line.lstrip().startswith("#"):
            above.append(line.lstrip(" #"))
            continue
        if found := KEY.fullmatch(line):
            keys = (*keys[: len(found["indent"]) // INDENT], found["key"])
            if words := [*above, found["comment"]] if found["comment"] else above:
                said[keys] = " ".join(words)
        above = []
    return said


if __name__ == "__main__":
    run_stage(main)
