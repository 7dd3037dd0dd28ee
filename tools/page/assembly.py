"""One file of many: words into the template, modules into scripts, data into text. It loads nothing."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from mnist_mlp.harness.errors import InputError
from tools.page.numbers import base64

SOURCES = Path(__file__).resolve().parents[2] / "page"
LARGEST = {"mnist": 3_000_000, "fashion": 3_500_000}
"""Bytes of the page of each dataset: the images of Fashion-MNIST have less paper."""
ENGINE = "random", "network", "sha256", "drawing", "codes", "training"
VIEW = "text", "dom", "chart", "models", "state", "draw", "see", "details", "train", "tour", "main"
"""Modules in an order in which each comes after those that it imports."""
IMPORT = re.compile(r"^import (\{[^}]*\}) from \"[./\w]*?(\w+)\.mjs\";$", flags=re.MULTILINE)
EXPORT = re.compile(r"^export (?:class|const|function) (\w+)", flags=re.MULTILINE)
PLACE = re.compile(r"\{\{([\w.]+)\}\}")


def page(contents: dict[str, Any], dataset: str) -> str:
    """Return the page with these contents, in the words for this dataset.

    Raises:
        InputError: it would be too large.
    """
    words = words_for(dataset)
    engine = "\n".join(module(f"engine/{name}.mjs") for name in ENGINE)
    scripts = {
        "engine": f'"use strict";\n{engine}',
        "view": f'"use strict";\n(() => {{\n{view(words)}}})();\n',
    }
    style = read("style.css")
    parts = flattened(words) | scripts | {
        "style": style,
        "policy": policy(style, *scripts.values()),
        "worker": module("view/worker.mjs"),
        "data": script_text(contents),
    }  # fmt: skip
    made = PLACE.sub(lambda found: parts[found[1]], read("template.html"))
    if (size := len(made.encode())) > LARGEST[dataset]:
        raise InputError(
            f"page/index.html: expected at most {LARGEST[dataset]:,} bytes, got {size:,}; keep fewer epochs in it"
        )
    return made


def words_for(dataset: str) -> dict[str, Any]:
    """Return the words of the page: those of MNIST, where the dataset has none of its own."""
    words: dict[str, Any] = json.loads(read("text.json"))
    own = SOURCES / f"text_{dataset}.json"
    if own.exists():
        put_over(words, json.loads(own.read_text(encoding="utf-8")))
    return words


def put_over(words: Any, own: dict[str, Any]) -> None:  # noqa: ANN401  # a dictionary or a list
    """Replace words by those of the same name; of a list, names are places."""
    for name, value in own.items():
        place: Any = int(name) if isinstance(words, list) else name
        if isinstance(value, dict):
            put_over(words[place], value)
        else:
            words[place] = value


def read(name: str) -> str:
    """Return the text of a file of page/."""
    return (SOURCES / name).read_text(encoding="utf-8")


def module(name: str) -> str:
    """Return a module as a function that is called at once: ``$NAME`` holds what it exports.

    An inline module could not import another one without a request.
    """
    code = read(name)
    exports = ", ".join(EXPORT.findall(code))
    body = IMPORT.sub(r"const \1 = $\2;", code).replace("\nexport ", "\n")
    return f"const ${Path(name).stem} = (() => {{\n{body}return {{ {exports} }};\n}})();\n"


def view(words: dict[str, Any]) -> str:
    """Return the script of the page, with its words."""
    code = "\n".join(module(f"view/{name}.mjs") for name in VIEW)
    return code.replace("const TEXT = {};", f"const TEXT = {script_text(words)};")


def script_text(value: dict[str, Any]) -> str:
    """Return JSON that can stand in a script: without a ``<`` that could end it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def policy(style: str, *scripts: str) -> str:
    """Return a Content-Security-Policy that allows these texts and workers made of them, and no request."""
    allowed = " ".join(hashed(script) for script in scripts)
    return (
        f"default-src 'none'; script-src {allowed}; style-src {hashed(style)}; worker-src blob:; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def hashed(text: str) -> str:
    """Return the source expression for an inline text."""
    return f"'sha256-{base64(hashlib.sha256(text.encode()).digest())}'"


def flattened(words: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """Return nested words by dotted names."""
    flat: dict[str, str] = {}
    for key, value in words.items():
        if isinstance(value, dict):
            flat |= flattened(value, f"{prefix}{key}.")
        elif isinstance(value, str):
            flat[prefix + key] = value
    return flat
