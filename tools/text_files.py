"""Text files, written completely or not at all."""

from pathlib import Path

from mnist_mlp.core.files import write_atomically


def save_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8, with the line ends that the text has."""
    write_atomically(path, lambda partial: partial.write_text(text, encoding="utf-8", newline=""))
