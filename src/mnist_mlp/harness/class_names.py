"""What names of classes may be: they stand in tables, figures and files."""

from mnist_mlp.harness.errors import shown

MOST = 256
"""A label is one byte."""
LONGEST = 40
"""Characters of a name."""


def wrong_classes(names: tuple[str, ...]) -> str:
    """Return what names of classes must be and what they are; nothing if they can be used."""
    if not 2 <= len(names) <= MOST:
        return f"2 to {MOST} names of classes, got {len(names)}"
    for name in names:
        if not (0 < len(name) <= LONGEST and name.isprintable() and name == name.strip()):
            return f"names of 1 to {LONGEST} characters on one line, without blanks around them, got {shown(name)}"
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        return f"different names, got {shown(twice)} {names.count(twice)} times"
    return ""
