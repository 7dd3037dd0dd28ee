"""Typed sections of a YAML file: each mistake is one line, with its key, what is allowed and what was found."""

import difflib
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from mnist_mlp.harness.errors import InputError, one_line, shown
from mnist_mlp.harness.plain_yaml import read_yaml

LISTED = 20
"""Errors listed per file; further ones are only counted."""

PositiveInt = Annotated[int, Field(ge=1, le=1_000_000)]

WHOLE_NUMBER, NUMBER = "must be a whole number", "must be a finite number"
ALLOWED = {
    "greater_than": "must be > {gt:g}",
    "greater_than_equal": "must be >= {ge:g}",
    "less_than": "must be < {lt:g}",
    "less_than_equal": "must be <= {le:.10g}",
    "literal_error": "must be {expected}",
    "int_parsing": WHOLE_NUMBER,
    "int_type": WHOLE_NUMBER,
    "int_from_float": WHOLE_NUMBER,
    "int_parsing_size": "must be a number with fewer digits",
    "float_parsing": NUMBER,
    "float_type": NUMBER,
    "finite_number": NUMBER,
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
    "too_short": "must not be empty",
    "string_too_short": "must not be empty",
    "string_type": "must be text",
    "invalid_key": "must be a name",
    "model_type": "must be a section of `key: value` lines",
}
"""What is allowed, for each kind of pydantic error that can come up here."""


class Section(BaseModel):
    """A section of a parameter file: no unknown keys, no changes after reading, no infinities."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _refuse_bool(cls, value: object, info: ValidationInfo) -> object:
        # pydantic would read `epochs: true` as 1; strict mode would refuse lr=1e-5, which reaches us as a string
        if cls.model_fields[info.field_name or ""].annotation is bool:
            return value
        if any(isinstance(part, bool) for part in (value if isinstance(value, list) else [value])):
            raise PydanticCustomError("bool", "must be a number or a name, not true or false")
        return value


def nonsense(message: str) -> PydanticCustomError:
    """Return the error for values that do not go together."""
    return PydanticCustomError("nonsense", message)


Sections = TypeVar("Sections", bound=Section)


def read_sections(path: Path, sections: type[Sections]) -> Sections:
    """Read a YAML file of sections and check each of them.

    Raises:
        InputError: one line for each key at fault.
    """
    content = read_yaml(path)
    try:
        return sections.model_validate(content)
    except ValidationError as invalid:
        errors = invalid.errors(include_url=False)
        lines = [f"{path}: {_explain(error, sections)}" for error in errors[:LISTED]]
        if len(errors) > LISTED:
            lines.append(f"{path}: and {len(errors) - LISTED} more errors")
        raise InputError("\n".join(lines)) from None


def _explain(error: ErrorDetails, sections: type[Section]) -> str:
    """Say which key is wrong, what is allowed and what was found."""
    key = one_line(
        "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"]).lstrip(".")
    )
    if error["type"] == "missing":
        return f"{key} is missing"
    if error["type"] == "extra_forbidden":
        return f"{key} is not a parameter; {_suggest(error['loc'], sections)}"
    if error["type"] == "nonsense":
        return f"{key}: {error['msg']}"
    if error["type"] == "class_names":
        return f"{key} {error['msg']}"
    known = ALLOWED.get(error["type"])
    allowed = known.format(**error.get("ctx", {})) if known else error["msg"]
    return f"{key or 'the file'} {allowed}, got {shown(error['input'])}"


def _suggest(loc: tuple[int | str, ...], sections: type[Section]) -> str:
    """Name the known keys beside an unknown one, the likeliest first."""
    section: Any = sections
    for part in loc[:-1]:
        section = section.model_fields[part].annotation
    known = list(section.model_fields)
    close = difflib.get_close_matches(str(loc[-1]), known, n=1)
    return f"did you mean {close[0]}?" if close else f"known here: {', '.join(known)}"
