"""Errors the user can fix, and text from elsewhere cut down to one line of a message."""

import reprlib

INTERRUPTED = 130
"""Exit code of a stage that was stopped with Ctrl-C, as in shells: 128 + SIGINT."""
REPAIR = "`mnist-mlp verify` removes damaged files from DVC's cache, then `dvc repro` makes them again"
LONGEST = 500
"""Characters of a message for text from elsewhere: a file's content, a library's complaint about it."""


class InputError(Exception):
    """Something the user gave cannot be used. The message says what was expected, what was got, how to fix it."""


class DivergedError(InputError):
    """A training has no result: a loss is not finite, or with ``dtype: exact`` a sum may not be exact."""


def shown(value: object) -> str:
    """Return a value as a message can hold it: on one line, cut if it is long, wide or deep."""
    short = reprlib.Repr()
    short.maxlevel, short.maxstring, short.maxother, short.maxlong = 3, 100, 100, 40
    return one_line(short.repr(value))


def one_line(text: str) -> str:
    """Return text without line ends and control characters, cut if it is long."""
    words = " ".join(text[: 2 * LONGEST].split())
    plain = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in words)
    return plain if len(plain) <= LONGEST else f"{plain[:LONGEST]}..."
