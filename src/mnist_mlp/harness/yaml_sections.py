"""Typed sections of a YAML file: each mistake is one line, with its key, what is allowed and what was found.

The file is read with ruamel.yaml's safe YAML 1.2 reader, as DVC reads it, so that both mean the same values.
"""

import difflib
import re
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails, PydanticCustomError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, NodeEvent

from mnist_mlp.harness.errors import InputError, one_line, shown

LARGEST_FILE = 2**16
"""Bytes; params.yaml is a tenth of that."""
DEEPEST = 10
"""Levels of nested sections and lists; params.yaml has three, and the parser crashes at some thousands."""
LISTED = 20
"""Errors listed per file; further ones are only counted."""

PositiveInt = Annotated[int, Field(ge=1, le=1_000_000)]


class Section(BaseModel):
    """A section of a parameter file: no unknown keys, no changes after reading, no infinities."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _refuse_bool(cls, value: object, info: ValidationInfo) -> object:
        # pydantic would read `epochs: true` as 1; strict mode would refuse -S lr=1e-5, which can be a string
        if cls.model_fields[info.field_name or ""].annotation is bool:
            return value
        if any(isinstance(part, bool) for part in (value if isinstance(value, list) else [value])):
            raise PydanticCustomError("bool", "must be a number or a name, not true or false")
        return value


def incompatible(message: str) -> PydanticCustomError:
    """Return the error for allowed values that make no sense together."""
    return PydanticCustomError("incompatible", message)


Sections = TypeVar("Sections", bound=Section)


def read_sections(path: Path, sections: type[Sections], content: bytes | None = None) -> Sections:
    """Read and check a YAML file, or ``content`` in its place; InputError has one line for each key at fault."""
    try:
        content = path.read_bytes() if content is None else content
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; run from the root of the repository") from None
    try:
        return sections.model_validate(_plain(content, path))
    except ValidationError as invalid:
        errors = invalid.errors(include_url=False)
        lines = [f"{path}: {_explain(error, sections)}" for error in errors[:LISTED]]
        if len(errors) > LISTED:
            lines.append(f"{path}: and {len(errors) - LISTED} more errors")
        raise InputError("\n".join(lines)) from None


def _plain(content: bytes, name: Path) -> object:
    """Return the content of YAML without anchors, aliases and tags: dictionaries, lists, text, numbers, None."""
    if len(content) > LARGEST_FILE:
        raise InputError(f"{name}: expected parameters in at most {LARGEST_FILE} bytes, got more")
    try:
        text = content.decode("utf-8")
        depth = 0
        for event in YAML(typ="safe").parse(text):
            kind = type(event).__name__
            depth += kind.endswith("StartEvent") - kind.endswith("EndEvent")
            if depth > DEEPEST + 2:  # the stream and the document count as well
                raise InputError(f"{name}: expected at most {DEEPEST} nested sections or lists, got more")
            # a few lines of aliases can stand for any size; a tag changes what a value means
            if isinstance(event, NodeEvent) and (
                isinstance(event, AliasEvent) or event.anchor or getattr(event, "tag", None)
            ):
                raise InputError(
                    f"{name}, line {event.start_mark.line + 1}: expected plain values, got an anchor (&), an "
                    "alias (*) or a tag (!); write the value itself"
                )
        return YAML(typ="safe").load(text)
    except MarkedYAMLError as error:
        where = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise InputError(f"{name}{where}: expected YAML, got: {one_line(str(error.problem))}") from None
    except (YAMLError, ValueError, OverflowError) as error:
        raise InputError(f"{name}: expected YAML, got: {one_line(str(error))}") from None


def _explain(error: ErrorDetails, sections: type[Section]) -> str:
    """Say which key is wrong, what is allowed and what was found."""
    key = one_line(
        "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"]).lstrip(".")
    )
    if error["type"] == "missing":
        return f"{key} is missing"
    if error["type"] == "extra_forbidden":
        return f"{key} is not a parameter; {_suggest(error['loc'], sections)}"
    if error["type"] in {"incompatible", "class_names"}:
        return f"{key}: {error['msg']}"
    if error["type"] == "model_type":
        allowed = "must be a section of `key: value` lines"
    else:  # pydantic's words: "Input should be a valid integer, unable to parse string as an integer"
        short = re.sub(r", (unable|got) .*", "", error["msg"])
        allowed = re.sub(r"^(Input|String|Tuple|Keys|Value|Unable to parse input string)( should)?", "must", short)
    return f"{key or 'the file'} {allowed}, got {shown(error['input'])}"


def _suggest(loc: tuple[int | str, ...], sections: type[Section]) -> str:
    """Name the known keys beside an unknown one, the likeliest first."""
    section: Any = sections
    for part in loc[:-1]:
        section = section.model_fields[part].annotation
    known = list(section.model_fields)
    close = difflib.get_close_matches(str(loc[-1]), known, n=1)
    return f"did you mean {close[0]}?" if close else f"known here: {', '.join(known)}"
