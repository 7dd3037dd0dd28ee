"""The README, the pages beside it and those of docs/: their links, headings and blocks of commands."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from tests.support.factory import ROOT

PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")),
)
WALKTHROUGH = "notebooks/walkthrough.py"
WITH_LINKS = (*PAGES, "benchmarks/README.md", WALKTHROUGH)

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
INLINE_CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", flags=re.MULTILINE)
COMMENT = re.compile(r"^# ?(.*)$", flags=re.MULTILINE)
LABEL = re.compile(r"(?:(?!\.\.\.|\[|\s{2}|[-+]?\d).)*")
"""The part of a printed line that does not depend on the data: up to an omission, a column or a number."""


class Command(NamedTuple):
    """A command of a block, and the lines that the page shows below it."""

    command: str
    printed: list[str]

    @property
    def fails(self) -> bool:
        """Whether the page shows that the command ends with an error."""
        return any(line.startswith("ERROR:") for line in self.printed)

    def labels(self) -> list[str]:
        """Return the beginning of each printed line, without those that begin with a number or an omission."""
        found = (LABEL.match(line) for line in self.printed)
        return [text for match in found if match and (text := match.group().strip())]


def read(page: str) -> str:
    """Return a page's Markdown; of a script in percent format, its comments."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return "\n".join(COMMENT.findall(text)) if page.endswith(".py") else text


def prose(page: str) -> str:
    """Return a page without its blocks and inline code."""
    return INLINE_CODE.sub("", FENCE.sub("", read(page)))


def links(page: str) -> list[str]:
    """Return the targets of all links and images that are not on another site."""
    return [target for target in LINK.findall(prose(page)) if not re.match(r"[a-z]+:", target)]


def anchors(page: str) -> set[str]:
    """Return the anchors that GitHub gives the headings of a page."""
    seen: dict[str, int] = {}
    found = set()
    for heading in HEADING.findall(FENCE.sub("", read(page))):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        found.add(f"{slug}-{seen[slug]}" if slug in seen else slug)
        seen[slug] = seen.get(slug, 0) + 1
    return found


def blocks(page: str, *languages: str) -> list[str]:
    """Return the code of all blocks, or of those in these languages."""
    return [code for language, code in FENCE.findall(read(page)) if not languages or language in languages]


def commands(code: str) -> list[Command]:
    """Return the commands of a block: lines behind ``$``, or, in a block without them, all lines."""
    lines = iter(code.splitlines())
    if not code.startswith("$ "):
        return [Command(line.split("  #")[0].strip(), []) for line in lines if line.strip()]
    found: list[Command] = []
    for line in lines:
        if line.startswith("$ "):
            found.append(Command(continued(line[2:], lines), []))
        elif line:
            found[-1].printed.append(line)
    return found


def continued(command: str, lines: Iterator[str]) -> str:
    """Return a command with the lines that it goes on in: those behind ``>`` after a backslash."""
    while command.endswith("\\"):
        command = f"{command[:-1].rstrip()} {next(lines).removeprefix('>').strip()}"
    return command
