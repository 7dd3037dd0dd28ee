"""A page in a browser, with all that it must not do: messages to the console, errors, requests."""

from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page

OWN_READING = "willReadFrequently"


@dataclass
class Opened:
    """A page in a browser, with all that it must not do: messages to the console, errors, requests."""

    page: Page
    file: Path
    said: list[str] = field(default_factory=list)

    def open(self, address: str = "") -> None:
        """Open the file, with the part of the address behind #."""
        self.page.goto(f"{self.file.as_uri()}#{address}" if address else self.file.as_uri())
        self.page.wait_for_function("document.getElementById('a2').textContent !== ''")

    def draw(self, points: list[tuple[float, float]]) -> None:
        """Draw a stroke with the mouse, in shares of the drawing area."""
        pad = self.page.locator("#pad")
        pad.scroll_into_view_if_needed()
        box = pad.bounding_box()
        assert box is not None
        places = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in points]
        self.page.mouse.move(*places[0])
        self.page.mouse.down()
        for place in places[1:]:
            self.page.mouse.move(*place, steps=5)
        self.page.mouse.up()
        self.frame()

    def frame(self) -> None:
        """Wait until all that was asked for is painted."""
        self.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def text(self, selector: str) -> str:
        """Return the text of an element."""
        return self.page.locator(selector).inner_text()


def watch(seen: Opened) -> None:
    """Note each message, error and request."""
    seen.page.on("console", lambda message: note_message(seen, message.text))
    seen.page.on("pageerror", lambda error: seen.said.append(str(error)))
    seen.page.on("request", lambda request: note_request(seen, request.url))


def note_message(seen: Opened, text: str) -> None:
    """Note a message, unless it is about how often a test reads pixels, which the page itself never does."""
    if OWN_READING not in text:
        seen.said.append(text)


def note_request(seen: Opened, address: str) -> None:
    """Note a request, unless it is for the page itself or for what it made of its own text."""
    own = address.partition("#")[0] == seen.file.as_uri() or address.startswith(("blob:", "data:"))
    if not own:
        seen.said.append(f"request: {address}")
