"""A small page, made once, and a browser to open it in."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.conftest import Once
from tests.support.opened import Opened, watch
from tests.support.page_engine import small_contents
from tools.page.assembly import page

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def small_page(once: Once) -> Path:
    """The file of a page whose networks learned ten patterns. Not to be changed."""

    def make(parent: Path) -> None:
        parent.mkdir()
        (parent / "index.html").write_text(page(small_contents(), "mnist"), encoding="utf-8")

    return once("page", make) / "index.html"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip("needs Chromium or Chrome")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser: Browser, small_page: Path) -> Iterator[Opened]:
    """A page that must say nothing and ask for nothing, whatever a test does to it."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, has_touch=True)
    seen = Opened(context.new_page(), small_page)
    watch(seen)
    yield seen
    context.close()
    assert seen.said == []
