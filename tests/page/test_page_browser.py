"""The page in a real browser: drawn on with mouse, touch and keys, walked through, and asked for its bits."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.support.opened import Opened, watch

THREE = [(0.3, 0.2), (0.6, 0.2), (0.4, 0.45), (0.65, 0.65), (0.3, 0.8)]
WCAG_22_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WIDTHS = (360, 768, 1280, 1920)
PIXELS = "[...document.getElementById('input').getContext('2d').getImageData(0, 0, 28, 28).data]"
INK = f"{PIXELS}.filter((level, i) => i % 4 === 0 && level < 128).length"


def dark_pixels(opened: Opened) -> int:
    found: int = opened.page.evaluate(INK)
    return found


def test_a_stroke_of_the_mouse_is_answered(opened: Opened) -> None:
    opened.open()
    assert "It is a" in opened.text("#answer")
    opened.page.click("#clear")
    opened.frame()
    assert "Nothing is drawn" in opened.text("#answer")
    opened.draw(THREE)
    assert 20 < dark_pixels(opened) < 300
    assert re.search(r"say \d|differ|Unsure", opened.text("#answer"))
    opened.page.wait_for_timeout(400)
    outputs = [float(text) for text in opened.page.locator(".outputs span:nth-child(3)").all_inner_texts()]
    assert len(outputs) == 30
    assert all(0 <= output <= 1 for output in outputs)
    opened.page.click("#undo")
    opened.frame()
    assert dark_pixels(opened) == 0


@pytest.mark.slow
def test_a_request_would_be_seen(browser: Browser, small_page: Path, tmp_path: Path) -> None:
    text = small_page.read_text(encoding="utf-8")
    file = tmp_path / "index.html"
    file.write_text(text.replace("<main>", '<main><img src="http://127.0.0.1:9/x.png" alt="">'), encoding="utf-8")
    seen = Opened(browser.new_page(), file)
    watch(seen)
    seen.open()
    assert any("127.0.0.1:9" in line for line in seen.said)
    seen.page.close()


@pytest.mark.slow
def test_a_finger_draws(opened: Opened) -> None:
    opened.open()
    opened.page.click("#clear")
    box = opened.page.locator("#pad").bounding_box()
    assert box is not None
    session = opened.page.context.new_cdp_session(opened.page)
    places = [{"x": box["x"] + 280 * x, "y": box["y"] + 280 * y} for x, y in THREE]
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": places[:1]})
    for place in places[1:]:
        session.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [place]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    opened.frame()
    assert dark_pixels(opened) > 20


@pytest.mark.slow
def test_keys_draw_and_undo(opened: Opened) -> None:
    opened.open()
    opened.page.click("#clear")
    opened.page.focus("#pad")
    for key in ("ArrowUp", " ", *["ArrowDown"] * 8, *["ArrowRight"] * 5, " ", "ArrowLeft", "Shift+ArrowLeft"):
        opened.page.keyboard.press(key if key != " " else "Space")
    opened.frame()
    drawn = dark_pixels(opened)
    assert drawn > 20
    opened.page.keyboard.press("Backspace")
    opened.frame()
    assert dark_pixels(opened) == 0


@pytest.mark.slow
def test_nothing_a_dot_and_a_scribble_get_words_and_no_nan(opened: Opened) -> None:
    opened.open()
    opened.page.click("#clear")
    opened.draw([(0.5, 0.5), (0.5, 0.5)])
    assert "dot" in opened.text("#answer")
    opened.draw([(0.02 + 0.96 * (i % 4 in {1, 2}), i // 2 / 15) for i in range(30)])
    assert "more ink" in opened.text("#answer")
    assert "NaN" not in opened.text("body")


@pytest.mark.slow
def test_the_tools_change_the_image_and_give_it_back(opened: Opened) -> None:
    opened.open()
    before = opened.page.evaluate("document.getElementById('input').toDataURL()")
    seen = {before}
    for tool in ("left", "right", "up", "down", "turnLeft", "turnRight", "thicker", "noise"):
        opened.page.click(f"[data-tool={tool}]")
        opened.frame()
        seen.add(opened.page.evaluate("document.getElementById('input').toDataURL()"))
    assert len(seen) > 7
    opened.page.click("[data-tool=reset]")
    opened.frame()
    assert opened.page.evaluate("document.getElementById('input').toDataURL()") == before
    opened.page.focus("#input")
    opened.page.keyboard.press("Space")
    opened.frame()
    assert opened.page.evaluate("document.getElementById('input').toDataURL()") != before


def touch_a_unit(opened: Opened, unit: str) -> None:
    opened.page.locator(unit).click()
    expect(opened.page.locator("#details-title")).to_be_in_viewport()
    opened.page.click("#details-back")
    expect(opened.page.locator(unit)).to_be_focused()
    expect(opened.page.locator(unit)).to_be_in_viewport()


def switch_off(opened: Opened, unit: str) -> None:
    opened.page.locator(unit).click()
    opened.page.locator("text=Switch this unit off").click()


@pytest.mark.slow
def test_the_tour_can_be_walked(opened: Opened) -> None:
    opened.open()
    page = opened.page
    unit = "[data-model=equal] .units button >> nth=3"
    steps: list[Callable[[], object]] = [
        lambda: opened.draw(THREE),
        lambda: touch_a_unit(opened, unit),
        lambda: page.locator("canvas[aria-label^=Touch]").click(),
        lambda: page.locator("[data-model=custom] .outputs button >> nth=2").click(),
        lambda: switch_off(opened, unit),
        lambda: page.locator("#epoch").press("Home"),
        lambda: page.locator("#train-step").click(),
        lambda: page.locator("#prove").click(),
    ]
    for number, do in enumerate(steps, start=1):
        page.click("#tour-next")
        assert f"Step {number} of 8" in opened.text("#tour-step")
        do()
        expect(page.locator("#tour-todo")).to_contain_text("Done", timeout=30_000)
    assert "torch reaches 90.00 %" in opened.text("#tour-text")
    assert "A: epoch 1" in opened.text("#lanes")
    assert "The same bits" in opened.text("#proof-verdict")
    said = opened.text("[data-model=equal] .on200")
    assert "with unit 3 switched off; with all units" in said
    assert said == opened.text("#details .both p.small >> nth=1")
    assert "a₁[3] = 0 (switched off)" in opened.text("#details")
    page.click("#tour-next")
    expect(page.locator("#tour-next")).to_have_text("Start the tour")


@pytest.mark.slow
def test_the_address_brings_the_moment_back(opened: Opened) -> None:
    opened.open("tour=4&digit=17&epoch=10&look=torch-output-3&off-custom=3.5&image=%%%")
    opened.page.wait_for_timeout(500)
    address = opened.page.evaluate("location.hash")
    assert "tour=4&digit=17&epoch=10&look=torch-output-3&off-custom=3.5" in address
    assert "digit 17" not in address
    assert "output 3" in opened.text("#details-title")
    opened.page.click("#clear")
    opened.draw(THREE)
    opened.page.wait_for_timeout(500)
    image = f"{PIXELS}.join()"
    drawn, address = opened.page.evaluate(image), opened.page.evaluate("location.hash.slice(1)")
    opened.page.goto("about:blank")
    opened.open(address)
    assert opened.page.evaluate(image) == drawn


@pytest.mark.slow
def test_no_width_needs_scrolling_sideways_and_nothing_jumps(browser: Browser, small_page: Path) -> None:
    for width in WIDTHS:
        context = browser.new_context(viewport={"width": width, "height": 800})
        seen = Opened(context.new_page(), small_page)
        seen.page.add_init_script(
            "window.jumped = 0; new PerformanceObserver((list) => list.getEntries().forEach((e) => {"
            "if (!e.hadRecentInput) window.jumped += e.value; })).observe({type: 'layout-shift', buffered: true});"
        )
        seen.open()
        seen.page.wait_for_timeout(200)
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
        assert seen.page.evaluate("window.jumped") < 0.01
        context.close()


@pytest.mark.slow
@pytest.mark.parametrize(("scheme", "rules"), [("light", WCAG_22_AA), ("dark", ["color-contrast"])])
def test_axe_finds_nothing(
    browser: Browser, small_page: Path, scheme: Literal["light", "dark"], rules: list[str]
) -> None:
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)
    seen = Opened(context.new_page(), small_page)
    seen.open("tour=3&digit=4&look=custom-unit-3&off-torch=1")
    found = Axe().run(seen.page, options={"runOnly": rules}).response
    assert [(one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in found["violations"]] == []
    passed = {one["id"] for one in found["passes"]}
    assert "color-contrast" in passed
    assert len(passed) > 15 or scheme == "dark"  # all but the colours is as in the light
    context.close()
