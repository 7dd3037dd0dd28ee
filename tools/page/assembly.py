"""One HTML file that loads nothing: words go into the template of page/, modules into its scripts, data into text.

This is a bundler of ES modules, but only for modules written as those of page/: an import is one statement at the
start of a line that takes names in braces from another module, and keeps them; ``export`` stands before a class, a
constant or a function. A real bundler such as esbuild would need Node on each machine that builds the page.
"""

import hashlib
import json
import re
from base64 import b64encode
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

SOURCES = Path(__file__).resolve().parents[2] / "page"
ENGINE = "random", "network", "sha256", "drawing", "codes", "training"
VIEW = "text", "dom", "chart", "models", "state", "draw", "see", "details", "train", "tour", "main"
"""Modules in an order in which each comes after those that it imports."""
IMPORT = re.compile(r"^import (\{[^}]*\}) from \"[./\w]*?(\w+)\.mjs\";$", flags=re.MULTILINE)
EXPORT = re.compile(r"^export (?:class|const|function) (\w+)", flags=re.MULTILINE)
PLACE = re.compile(r"\{\{([\w.]+)\}\}")


def assemble(contents: dict[str, Any], dataset: str) -> str:
    """Return the page with these contents, in the words for this dataset."""
    words = words_for(dataset)
    view = _bundle("view", VIEW).replace("const TEXT = {};", f"const TEXT = {_script_text(words)};")
    scripts = {
        "engine": f'"use strict";\n{_bundle("engine", ENGINE)}',
        "view": f'"use strict";\n(() => {{\n{view}}})();\n',
    }
    style = _read("style.css")
    hashes = [hashlib.sha256(text.encode()).digest() for text in (style, *scripts.values())]
    allowed_style, *allowed = (f"'sha256-{b64encode(digest).decode()}'" for digest in hashes)
    parts = words | scripts | {
        "style": style,
        "policy": f"default-src 'none'; script-src {' '.join(allowed)}; style-src {allowed_style}; "
                  "worker-src blob:; img-src data:; base-uri 'none'; form-action 'none'",
        "worker": _module("view/worker.mjs"),
        "data": _script_text(contents),
    }  # fmt: skip
    return PLACE.sub(lambda place: str(reduce(getitem, place[1].split("."), parts)), _read("template.html"))


def words_for(dataset: str) -> dict[str, Any]:
    """Return the words of the page: those of MNIST, where the dataset has none of its own."""
    words: dict[str, Any] = json.loads(_read("text.json"))
    own = SOURCES / f"text_{dataset}.json"
    if own.exists():
        _replace(words, json.loads(own.read_text(encoding="utf-8")))
    return words


def _replace(words: Any, own: dict[str, Any]) -> None:  # noqa: ANN401  # a dictionary or a list
    """Replace words by those of the same name; of a list, names are places."""
    for name, value in own.items():
        place: Any = int(name) if isinstance(words, list) else name
        if isinstance(value, dict):
            _replace(words[place], value)
        else:
            words[place] = value


def _read(name: str) -> str:
    return (SOURCES / name).read_text(encoding="utf-8")


def _bundle(folder: str, names: tuple[str, ...]) -> str:
    return "\n".join(_module(f"{folder}/{name}.mjs") for name in names)


def _module(name: str) -> str:
    """Return a module as a function that is called at once: ``$NAME`` holds what it exports.

    An inline module could not import another one without a request.
    """
    code = _read(name)
    exports = ", ".join(EXPORT.findall(code))
    body = IMPORT.sub(r"const \1 = $\2;", code).replace("\nexport ", "\n")
    return f"const ${Path(name).stem} = (() => {{\n{body}return {{ {exports} }};\n}})();\n"


def _script_text(value: dict[str, Any]) -> str:
    """Return JSON that can stand in a script: without a ``<`` that could end it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
