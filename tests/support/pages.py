"""The README, the pages beside it and those of docs/: their links, headings and blocks of commands."""

import re
from typing import NamedTuple

from tests.support.factory import ROOT

DOCS = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md"))
PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", *DOCS)
WITH_LINKS = (*PAGES, "benchmarks/README.md", "notebooks/walkthrough.py")

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", flags=re.MULTILINE)
LABEL = re.compile(r"(?:(?!\.\.\.|\[|\s{2}|[-+]?\d).)*")


class Command(NamedTuple):
    """A command of a block, and the lines that the page shows below it."""

    command: str
    printed: list[str]

    @property
    def fails(self) -> bool:
        """Whether the page shows that the command ends with an error."""
        return any(line.startswith("ERROR:") for line in self.printed)

    def labels(self) -> list[str]:
        """Return what no data change in the printed lines: each up to an omission, a column or a number."""
        starts = (LABEL.match(line) for line in self.printed)
        return [text for start in starts if start and (text := start.group().strip())]


def read(page: str) -> str:
    """Return a page's Markdown; of a script in percent format, its comments."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return "\n".join(re.findall(r"^# ?(.*)$", text, flags=re.MULTILINE)) if page.endswith(".py") else text


def links(page: str) -> list[str]:
    """Return the targets of all links and images that are not on another site."""
    prose = re.sub(r"`[^`\n]*`", "", FENCE.sub("", read(page)))
    return [target for target in LINK.findall(prose) if not re.match(r"[a-z]+:", target)]


def anchors(page: str) -> set[str]:
    """Return the anchors that GitHub gives the headings of a page."""
    slugs: list[str] = []
    for heading in HEADING.findall(FENCE.sub("", read(page))):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        slugs.append(re.sub(r"[^\w\- ]", "", words).replace(" ", "-"))
    repeated = {f"{slug}-{slugs[:i].count(slug)}" for i, slug in enumerate(slugs) if slug in slugs[:i]}
    return {*slugs, *repeated}


def blocks(page: str, *languages: str) -> list[str]:
    """Return the code of all blocks, or of those in these languages."""
    return [code for language, code in FENCE.findall(read(page)) if not languages or language in languages]


def commands(code: str) -> list[Command]:
    """Return the commands of a block: lines behind ``$``, or, in a block without them, all lines."""
    if not code.startswith("$ "):
        return [Command(line.split("  #")[0].strip(), []) for line in code.splitlines() if line.strip()]
    parts = re.sub(r" *\\\n> *", " ", code).removeprefix("$ ").split("\n$ ")
    lines = [[line for line in part.splitlines() if line] for part in parts]
    return [Command(command, printed) for command, *printed in lines]
