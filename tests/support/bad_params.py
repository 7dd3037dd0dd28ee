"""Bad parameter files, made from the typed sections: each fault of each key, each section and each combination."""

import math
from typing import Any, NamedTuple

from annotated_types import Ge, Gt, Le, Lt
from pydantic.fields import FieldInfo

from mnist_mlp.harness.params import Params
from tests.support.factory import params_text


class Bad(NamedTuple):
    """A file's text, the key at fault, and words that the message about it must contain."""

    name: str
    text: str
    key: str
    said: tuple[str, ...]


WRONG = {
    "text": ('"some words"', "'some words'"),
    "nothing": ("", "None"),
    "NaN": (".nan", "nan"),
    "infinity": (".inf", "inf"),
    "minus infinity": ("-.inf", "-inf"),
    "nested list": ("[[1]]", "[[1]]"),
    "section": ("{a: 1}", "{'a': 1}"),
    "below all ranges": ("-5", "-5"),
    "above all ranges": ("1.0e+39", "1e+39"),
    "empty text": ('""', "''"),
}
"""Values that no key accepts, but for text: as YAML, and as the message shows them."""


def bad_files() -> list[Bad]:
    """Return all of them. Keys of sections of one type are the same keys: those of the first are made."""
    files: list[Bad] = []
    types: set[Any] = set()
    for section, field in Params.model_fields.items():
        model: Any = field.annotation
        if model not in types:
            types.add(model)
            for key, info in model.model_fields.items():
                files += for_key(f"{section}.{key}", info)
        files += for_section(section)
    return files + combinations()


def for_key(name: str, info: FieldInfo) -> list[Bad]:
    """Return the files in which one key is wrong."""
    section, key = name.split(".")
    values = WRONG | ({"true": ("true", "True")} if info.annotation is not bool else {"a number": ("2", "2")})
    if key in {"hidden_sizes", "classes"}:
        values |= {"nested list": ("[[1]]", "[1]")}  # of a list, it is the item at fault that is shown
    if key == "classes":
        values["below all ranges"] = ("-5", "0")  # so many names it stands for
    if key == "path":
        del values["text"]
    if key in {"test_size", "val_size"}:  # how many rows there are turns out when they are split
        del values["above all ranges"]
    wrong_key = params_text({f"{name}x": "1"})
    twice = params_text().replace(f"{section}:\n", f"{section}:\n  {key}: 0\n")
    return [
        Bad(f"{name} is missing", params_text({name: None}), name, ("is missing",)),
        Bad(f"{name} misspelt", wrong_key, f"{name}x", ("is not a parameter", f"mean {key}?")),
        Bad(f"{name} twice", twice, key, (f'found duplicate key "{key}"',)),
        *(
            Bad(f"{name} as {kind}", params_text({name: text}), name, ("must ", "got ", shown))
            for kind, (text, shown) in (values | outside(info)).items()
        ),
    ]


def outside(info: FieldInfo) -> dict[str, tuple[str, str]]:
    """Return the values next to the ends of a key's range, outside it."""
    whole = info.annotation is int
    values: dict[str, tuple[str, str]] = {}
    for bound in info.metadata:
        match bound:
            case Ge(ge=end):
                value = end - 1 if whole else math.nextafter(float(end), -math.inf)  # type: ignore[operator,arg-type]
            case Gt(gt=end) | Lt(lt=end):
                value = end  # type: ignore[assignment]
            case Le(le=end):
                value = end + 1 if whole else math.nextafter(float(end), math.inf)  # type: ignore[operator,arg-type]
            case _:
                continue
        values[f"the value beside {type(bound).__name__}"] = (yaml_number(value), repr(value))
    return values


def yaml_number(value: float) -> str:
    """Return a number as YAML 1.1 has it: an exponent needs a point and a sign."""
    text = repr(value)
    mantissa, e, exponent = text.partition("e")
    return text if not e or "." in mantissa else f"{mantissa}.0e{exponent}"


def for_section(section: str) -> list[Bad]:
    """Return the files in which a whole section is wrong."""
    lines = params_text().splitlines(keepends=True)
    start = lines.index(f"{section}:\n")
    end = next((i for i in range(start + 1, len(lines)) if not lines[i].startswith(" ")), len(lines))
    before, own, after = "".join(lines[:start]), "".join(lines[start:end]), "".join(lines[end:])
    not_sections = {"nothing": "", "a number": "3", "text": "words", "a list": "[1]", "NaN": ".nan"}
    return [
        Bad(f"{section} is missing", before + after, section, ("is missing",)),
        Bad(f"{section} twice", before + own + own + after, section, (f'found duplicate key "{section}"',)),
        Bad(f"{section} misspelt", params_text() + f"{section}s: {{}}\n", f"{section}s", ("is not a parameter",)),
        *(
            Bad(
                f"{section} as {kind}",
                f"{before}{section}: {text}\n{after}",
                section,
                ("must be a section", "got "),
            )
            for kind, text in not_sections.items()
        ),
    ]


def combinations() -> list[Bad]:
    """Return the files whose values are each allowed, but not together."""
    engines = ("train_custom", "train_torch")
    together: dict[str, dict[str, str]] = {
        "loss: cross_entropy needs": {"loss": "cross_entropy"},
        "nesterov: true needs": {"nesterov": "true"},
        "momentum and nesterov are for": {"optimizer": "adam", "momentum": "0.9"},
    }
    files = []
    for engine in engines:
        for said, changes in together.items():
            text = params_text({f"{engine}.{key}": value for key, value in changes.items()})
            files.append(Bad(f"{engine}: {said}", text, engine, (said,)))
    device = Bad("cuda", params_text({"train_custom.device": "cuda"}), "train_custom", ("must be cpu", "got cuda"))
    return [*files, device]
