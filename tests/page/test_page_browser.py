"""The page in a real browser: drawn on with mouse, touch and keys, walked through, and asked for its bits."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.support.digit_page import Opened

pytestmark = pytest.mark.slow
THREE = [(0.3, 0.2), (0.6, 0.2), (0.4, 0.45), (0.65, 0.65), (0.3, 0.8)]


def test_a_stroke_of_the_mouse_is_answered(opened: Opened) -> None:
    assert "It is a" in opened.text("#answer")
    opened.page.click("#clear")
    assert "Nothing is drawn" in opened.text("#answer")
    opened.draw(THREE)
    assert 20 < opened.ink() < 300
    assert re.search(r"say \d|differ|Unsure", opened.text("#answer"))
    opened.page.click("#undo")
    assert opened.ink() == 0


def test_a_finger_draws(opened: Opened) -> None:
    opened.page.click("#clear")
    first, *others = [[{"x": x, "y": y}] for x, y in opened.places(THREE)]
    session = opened.page.context.new_cdp_session(opened.page)
    for kind, touched in (("touchStart", first), *(("touchMove", other) for other in others), ("touchEnd", [])):
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touched})
    assert opened.ink() > 20


def test_keys_draw_undo_and_erase(opened: Opened) -> None:
    opened.page.click("#clear")
    for key in ("ArrowUp", "Space", *["ArrowDown"] * 8, *["ArrowRight"] * 5, "Space", "Shift+ArrowLeft"):
        opened.page.press("#pad", key)
    drawn = opened.ink()
    assert drawn > 20
    opened.page.press("#input", "Space")
    assert opened.ink() != drawn
    opened.page.press("#pad", "Backspace")
    assert opened.ink() == 0


def test_a_dot_and_a_scribble_get_words_and_no_nan(opened: Opened) -> None:
    opened.page.click("#clear")
    opened.draw([(0.5, 0.5), (0.5, 0.5)])
    assert "dot" in opened.text("#answer")
    opened.draw([(0.02 + 0.96 * (i % 4 in {1, 2}), i // 2 / 15) for i in range(30)])
    assert "more ink" in opened.text("#answer")
    assert "NaN" not in opened.text("body")


def test_the_tools_change_the_image_and_give_it_back(opened: Opened) -> None:
    images = [opened.pixels()]
    for tool in ("left", "right", "up", "down", "turnLeft", "turnRight", "thicker", "noise", "reset"):
        opened.page.click(f"[data-tool={tool}]")
        images.append(opened.pixels())
    assert images[-1] == images[0]
    assert len(set(map(tuple, images))) > 7


def test_the_tour_can_be_walked(opened: Opened) -> None:
    page = opened.page

    def touch_and_return() -> None:
        page.click(unit)
        expect(page.locator("#details-title")).to_be_in_viewport()
        page.click("#details-back")
        expect(page.locator(unit)).to_be_focused()
        expect(page.locator(unit)).to_be_in_viewport()

    def switch_off() -> None:
        page.click(unit)
        page.click("text=Switch this unit off")

    unit = "[data-model=equal] .units button >> nth=3"
    steps: list[Callable[[], object]] = [
        lambda: opened.draw(THREE),
        touch_and_return,
        lambda: page.click("canvas[aria-label^=Touch]"),
        lambda: page.click("[data-model=custom] .outputs button >> nth=2"),
        switch_off,
        lambda: page.press("#epoch", "Home"),
        lambda: page.click("#train-step"),
        lambda: page.click("#prove"),
    ]
    for number, do in enumerate(steps, start=1):
        page.click("#tour-next")
        assert f"Step {number} of 8" in opened.text("#tour-step")
        do()
        expect(page.locator("#tour-todo")).to_contain_text("Done", timeout=30_000)
    assert re.search(r"torch reaches [\d.]+ %", opened.text("#tour-text"))
    assert "A: epoch 1" in opened.text("#lanes")
    assert "The same bits" in opened.text("#proof-verdict")
    accuracy = opened.text("[data-model=equal] .on200")
    assert "with unit 3 switched off; with all units" in accuracy
    assert accuracy == opened.text("#details .both p.small >> nth=1")
    assert "a₁[3] = 0 (switched off)" in opened.text("#details")


def test_the_address_brings_the_moment_back(opened: Opened) -> None:
    address = "tour=4&digit=17&epoch=10&look=torch-output-3&off-custom=3.5"
    opened.open(f"{address}&image=%%%")
    opened.page.wait_for_timeout(500)
    assert address in opened.page.evaluate("location.hash")
    assert "output 3" in opened.text("#details-title")
    opened.page.click("#clear")
    opened.draw(THREE)
    opened.page.wait_for_timeout(500)
    drawn = opened.pixels()
    opened.open(opened.page.evaluate("location.hash.slice(1)"))
    assert opened.pixels() == drawn


def test_no_width_needs_scrolling_sideways(opened: Opened) -> None:
    for width in (360, 768, 1280, 1920):
        opened.page.set_viewport_size({"width": width, "height": 800})
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= width


def test_axe_finds_nothing(browser: Browser, small_page: Path) -> None:
    wcag_22_aa = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    context = browser.new_context(color_scheme="light", bypass_csp=True)
    opened = Opened(context.new_page(), small_page)
    opened.open("tour=3&digit=4&look=custom-unit-3&off-torch=1")
    light = Axe().run(opened.page, options={"runOnly": wcag_22_aa}).response
    opened.page.emulate_media(color_scheme="dark")
    dark = Axe().run(opened.page, options={"runOnly": ["color-contrast"]}).response
    for found in (light, dark):
        assert [(fault["id"], fault["nodes"][0]["html"]) for fault in found["violations"]] == []
        assert "color-contrast" in {rule["id"] for rule in found["passes"]}
    context.close()
