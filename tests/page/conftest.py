"""A small page, and a browser to open it in."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.support.digit_page import Opened, small_contents
from tools.page.assembly import assemble


@pytest.fixture(scope="session")
def small_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a page whose networks learned ten patterns. Not to be changed."""
    file = tmp_path_factory.mktemp("page") / "index.html"
    file.write_text(assemble(small_contents(), "mnist"), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("needs Chromium or Chrome")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser: Browser, small_page: Path) -> Iterator[Opened]:
    """A page that must print nothing and request nothing, whatever a test does to it."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, has_touch=True)
    opened = Opened(context.new_page(), small_page)
    opened.open()
    yield opened
    context.close()
    assert opened.faults == []
