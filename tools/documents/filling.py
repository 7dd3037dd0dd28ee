"""Templates filled with figures, and how a document writes a figure."""

import json
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from mnist_mlp.harness.errors import InputError, one_line

TEMPLATES = Path(__file__).parent
MINUS, DASH = "\N{MINUS SIGN}", "\N{EN DASH}"
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def fill(template: str, figures: dict[str, Any]) -> str:
    """Return a template of this folder, ``NAME.jinja``, with the figures in it."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, autoescape=select_autoescape(),
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters |= {
        "percent": percent, "points": points, "signed": signed, "count": count, "power": power, "span": span,
    }  # fmt: skip
    return environment.get_template(f"{template}.jinja").render(figures)


def read_json(path: str, made_by: str) -> dict[str, Any]:
    """Return the content of a JSON file.

    Raises:
        InputError: the file is missing or not an object in JSON; the message names the command ``made_by``.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; `{made_by}` makes it") from None
    except ValueError as error:
        raise InputError(f"{path}: expected JSON, got: {one_line(str(error))}; run `{made_by}`") from None
    if not isinstance(content, dict):
        raise InputError(f"{path}: expected a JSON object, got {type(content).__name__}; run `{made_by}`")
    return content


def points(value: float, places: int = 2) -> str:
    """Return a number with fixed decimals, halves rounded away from zero, with a real minus."""
    rounded = Decimal(repr(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return f"{abs(rounded) if rounded == 0 else rounded:.{places}f}".replace("-", MINUS)


def signed(value: float) -> str:
    """Return a number with two decimals and its sign; a zero has none."""
    text = points(value)
    return f"+{text}" if value > 0 and text != points(0.0) else text


def percent(share: float) -> str:
    """Return a share in [0, 1] in per cent, with two decimals."""
    return f"{points(float(Decimal(repr(share)) * 100))} %"


def span(bounds: tuple[float, float]) -> str:
    """Return an interval between two numbers, with two decimals."""
    low, high = bounds
    return f"{points(low)} {DASH} {points(high)}"


def count(number: int) -> str:
    """Return a whole number with commas between its thousands."""
    return f"{number:,}"


def power(value: float) -> str:
    """Return a small positive number as one digit times a power of ten."""
    mantissa, exponent = f"{value:.0e}".split("e")
    return f"{mantissa} · 10{str(int(exponent)).translate(SUPERSCRIPTS)}"
