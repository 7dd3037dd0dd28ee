"""The report's page in a real browser: everything is drawn, nothing is asked of any network."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.report.test_report import PLOTS
from tests.support.repository import Repository

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WIDTHS = (1280, 480)
HARMLESS = '"WARN Dropping {} from channel'
"""Vega-Lite, of the channels that DVC's own templates leave empty."""


@dataclass(frozen=True)
class Rendered:
    """What a browser made of a page."""

    document: str
    console: list[str]


@pytest.fixture(scope="module")
def browser() -> str:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip("needs Chromium or Chrome")
    return found


def render(browser: str, page: Path, width: int) -> Rendered:
    """Open a page, let its scripts run, and return its document and what it said to the console."""
    command = [
        browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
        "--disable-background-networking", "--enable-logging=stderr",
        "--virtual-time-budget=20000", f"--window-size={width},2000",
        f"--user-data-dir={page.parent / 'profile'}", "--dump-dom", page.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    said = [line for line in done.stderr.splitlines() if ":CONSOLE" in line and HARMLESS not in line]
    return Rendered(done.stdout, said)


@pytest.mark.parametrize("width", WIDTHS)
def test_every_plot_is_drawn_and_nothing_is_loaded(
    changed: Repository, browser: str, tmp_path: Path, width: int
) -> None:
    page = tmp_path / "index.html"
    shutil.copy(changed.root / "report" / "index.html", page)
    rendered = render(browser, page, width)
    assert len(re.findall(r'<svg[^>]*class="marks"', rendered.document)) == PLOTS
    # the page's own policy turns every request into a message on the console
    assert rendered.console == []
    assert "default-src 'none'" in rendered.document


def test_a_request_would_be_seen(changed: Repository, browser: str, tmp_path: Path) -> None:
    text = changed.read("report/index.html")
    page = tmp_path / "index.html"
    page.write_text(text.replace("<main>", '<main><img src="http://127.0.0.1:9/x.png">'), encoding="utf-8")
    assert any("127.0.0.1:9" in line for line in render(browser, page, WIDTHS[0]).console)
