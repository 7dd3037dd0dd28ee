"""The README and docs/: short enough, links that lead somewhere, and a record of who runs their commands."""

import re

import pytest

from tests.support import console_blocks
from tests.support.factory import ROOT
from tests.support.pages import LINK, PAGES, WITH_LINKS, anchors, blocks, commands, links, read

README_LINES = 200
BLOCK_WIDTH = 96
"""Characters that GitHub shows of a block without a scroll bar."""


def test_readme_is_short() -> None:
    assert len(read("README.md").splitlines()) <= README_LINES


@pytest.mark.parametrize("page", PAGES)
def test_blocks_fit_without_scrolling(page: str) -> None:
    lines = [line for code in blocks(page) for line in code.splitlines()]
    assert [line for line in lines if len(line) > BLOCK_WIDTH] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_fence_is_closed(page: str) -> None:
    assert len(re.findall(r"^```", read(page), flags=re.MULTILINE)) == 2 * len(blocks(page))


@pytest.mark.parametrize("page", WITH_LINKS)
def test_links_and_anchors_resolve(page: str) -> None:
    assert [link for link in links(page) if not resolves(page, link)] == []


def resolves(page: str, link: str) -> bool:
    """Tell whether a relative link leads to a file or folder and, in Markdown, to a heading of it."""
    path, _, anchor = link.partition("#")
    target = (ROOT / page).parent / path if path else ROOT / page
    if not target.exists():
        return False
    return not anchor or anchor in anchors(target.resolve().relative_to(ROOT).as_posix())


def test_links_are_found_and_broken_ones_do_not_resolve() -> None:
    assert LINK.findall("[`a`](b.md#c) and ![d](e.png)") == ["b.md#c", "e.png"]
    assert resolves("docs/gap.md", "../README.md#the-gap")
    assert not resolves("docs/gap.md", "../README.md#no-such-heading")
    assert not resolves("docs/gap.md", "README.md")


def test_every_page_is_in_the_index_of_the_readme() -> None:
    assert set(PAGES) - {"README.md"} <= set(links("README.md"))


def test_every_block_of_commands_is_run_or_listed_with_the_reason() -> None:
    found = [(page, commands(code)[0].command) for page in PAGES for code in blocks(page, "console", "sh")]
    assert len(found) == len(set(found))
    assert set(found) == set(console_blocks.BLOCKS)


@pytest.mark.parametrize("test", sorted({by for by in console_blocks.BLOCKS.values() if "::" in by}))
def test_tests_named_for_blocks_exist(test: str) -> None:
    file, name = test.split("::")
    assert f"\ndef {name}(" in (ROOT / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("reason", sorted({by for by in console_blocks.BLOCKS.values() if "::" not in by}))
def test_files_named_in_reasons_exist(reason: str) -> None:
    for path in re.findall(r"tests/[\w/]+\.py|\.ci/run", reason):
        assert (ROOT / path).exists(), path


def test_commands_are_read_with_their_output() -> None:
    code = "$ one \\\n>   --two\n> three\ngap -0.47 points\n[...]\nERROR: no\n\n$ four\n"
    first, second = commands(code)
    assert first.command == "one --two"
    assert first.printed == ["> three", "gap -0.47 points", "[...]", "ERROR: no"]
    assert first.labels() == ["> three", "gap", "ERROR: no"]
    assert first.fails
    assert (second.command, second.printed, second.fails) == ("four", [], False)


@pytest.mark.parametrize("page", PAGES)
def test_no_figure_is_left_out(page: str) -> None:
    assert re.findall(r"@@\w+@@", read(page)) == []
