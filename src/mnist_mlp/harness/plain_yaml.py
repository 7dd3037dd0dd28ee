"""YAML cut down to what a file of parameters needs: names, numbers, lists and sections, each key once.

PyYAML's safe loader runs no code, but a few lines of aliases or merges can grow to any size, the last of two equal
keys wins silently, and malformed numbers raise errors of Python's own. This reader refuses all of that.
"""

import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from mnist_mlp.harness.errors import InputError, one_line

LARGEST_FILE = 2**16
"""Bytes; params.yaml is a tenth of that."""
DEEPEST = 10
"""Levels of nested sections and lists; params.yaml has three."""
LONGEST_VALUE = 1000
"""Characters of a key or a value."""
PLAIN = {
    "null": r"^(?:~|null|Null|NULL|)$",
    "bool": r"^(?:true|True|TRUE|false|False|FALSE)$",
    "int": r"^[-+]?(?:0|[1-9][0-9]*)$",
    "float": r"""^(?:[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?|[-+]?\.[0-9]+(?:[eE][-+][0-9]+)?
        |[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$""",
}
"""Values without quotes that are not text: as in YAML 1.2, without its rarer forms."""
AMBIGUOUS = re.compile(
    r"""^(?:y|n|yes|no|on|off                                   # true and false in YAML 1.1
        |[-+]?[0-9][0-9_]*(?::[0-9_.]+)+                        # base 60 in YAML 1.1
        |[-+]?0(?:b|o|x|[0-9_])[0-9a-f_.]*(?:e[-+]?[0-9]+)?     # leading zeros: octal in YAML 1.1
        |[-+]?[0-9._]*_[0-9._]*(?:e[-+]?[0-9]+)?                # underscores
        |[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*                       # dates
        |=|<<)$""",
    re.VERBOSE | re.IGNORECASE,
)
"""Values without quotes that YAML 1.1 (which PyYAML reads) and YAML 1.2 (which DVC reads) take differently."""


def read_yaml(path: Path) -> object:
    """Return the content of a YAML file as dictionaries, lists, text, numbers, true, false and None.

    Raises:
        InputError: the file is missing, too large, or not YAML of that plain kind.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; run from the root of the repository") from None
    if len(content) > LARGEST_FILE:
        raise InputError(f"{path}: expected parameters in at most {LARGEST_FILE} bytes, got more")
    try:
        return yaml.load(content.decode("utf-8"), Loader=_PlainLoader)  # noqa: S506  # a safe loader, made stricter
    except yaml.MarkedYAMLError as error:
        raise InputError(f"{path}: expected YAML, got: {_summary(error)}") from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise InputError(f"{path}: expected YAML, got: {one_line(str(error))}") from None


class _PlainLoader(yaml.SafeLoader):
    """The safe loader without aliases, tags, merges, dates, repeated keys, deep nesting and long values."""

    depth = 0

    def compose_document(self) -> yaml.Node | None:
        """Refuse directives: ``%YAML 1.1`` would change how DVC reads all values."""
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if event.version is not None or event.tags:
            raise _refusal("a directive (%), which is not read here", event.start_mark)
        node: yaml.Node | None = super().compose_document()
        return node

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Refuse a node by its event, before it is constructed."""
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        mark = event.start_mark
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise _refusal("an anchor or alias (& or *), which is not supported here", mark)
        if event.tag is not None:
            raise _refusal("a tag (!), which is not supported here", mark)
        if isinstance(event, yaml.ScalarEvent) and event.implicit[0] and AMBIGUOUS.match(event.value):
            raise _refusal(
                f"{one_line(event.value)!r}, which versions of YAML read differently; "
                "write a decimal number, true or false, or quote it",
                mark,
            )
        if isinstance(event, yaml.ScalarEvent) and len(event.value) > LONGEST_VALUE:
            raise _refusal(f"a key or value of more than {LONGEST_VALUE} characters", mark)
        if self.depth == DEEPEST:
            raise _refusal(f"more than {DEEPEST} nested sections or lists", mark)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> object:
        """Add line and column to errors about malformed numbers, such as a bare ``0x``."""
        try:
            return super().construct_object(node, deep)
        except (ValueError, OverflowError):
            raise _refusal(f"{one_line(node.value)!r}, which is not a number", node.start_mark) from None

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Refuse a repeated key."""
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise _refusal(f"the key {one_line(key.value)!r} a second time", key.start_mark)
                seen.add(key.value)
        return super().construct_mapping(node, deep)


_PlainLoader.yaml_implicit_resolvers = {}
for _kind, _pattern in PLAIN.items():
    _PlainLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", re.compile(_pattern, re.VERBOSE), None)


def _refusal(found: str, mark: yaml.Mark | None) -> yaml.constructor.ConstructorError:
    return yaml.constructor.ConstructorError(None, None, found, mark)


def _summary(error: yaml.MarkedYAMLError) -> str:
    """Return PyYAML's message on one line: what it was reading, what it found, and the place of each."""
    parts = ((error.context, error.context_mark), (error.problem, error.problem_mark))
    return one_line("; ".join(f"{text}{_place(mark)}" for text, mark in parts if text))


def _place(mark: yaml.Mark | None) -> str:
    return f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
