"""Digits written by code: strokes with round ends on paper, as a photo or a scan would show them."""

import numpy as np
from numpy.random import RandomState
from PIL import Image, ImageDraw, ImageFilter

Point = tuple[float, float]


def arc(centre: Point, radius: Point, start: float, end: float) -> list[Point]:
    """Return points on an ellipse from one angle to another, in degrees, clockwise from the right."""
    angles = np.radians(np.linspace(start, end, 24))
    return [(centre[0] + radius[0] * np.cos(a), centre[1] + radius[1] * np.sin(a)) for a in angles]


STROKES: dict[int, list[list[Point]]] = {
    0: [arc((0.5, 0.5), (0.27, 0.4), -90, 275)],
    1: [[(0.55, 0.1), (0.45, 0.9)]],
    2: [[*arc((0.5, 0.32), (0.25, 0.22), 190, 385), (0.25, 0.88), (0.78, 0.86)]],
    3: [[*arc((0.48, 0.3), (0.24, 0.2), 200, 440), *arc((0.48, 0.69), (0.27, 0.2), -80, 160)]],
    4: [[(0.35, 0.12), (0.24, 0.52), (0.76, 0.5)], [(0.68, 0.12), (0.6, 0.92)]],
    5: [[(0.72, 0.12), (0.35, 0.13), (0.3, 0.45), *arc((0.47, 0.66), (0.26, 0.23), -110, 150)]],
    6: [[(0.62, 0.1), (0.38, 0.4), *arc((0.5, 0.68), (0.21, 0.2), 190, 550)]],
    7: [[(0.24, 0.15), (0.76, 0.14), (0.45, 0.9)]],
    8: [[*arc((0.5, 0.3), (0.19, 0.19), 90, 450), *arc((0.5, 0.7), (0.23, 0.21), -90, 270)]],
    9: [[*arc((0.5, 0.32), (0.21, 0.2), 0, 360), (0.7, 0.4), (0.6, 0.9)]],
}
"""Strokes of each digit, (x, y) in shares of the sheet."""


def written(digit: int, seed: int) -> Image.Image:
    """Return a picture of a digit, a little different for each seed: size, slant, width, light and colours."""
    stream = RandomState(seed)
    side = int(stream.randint(120, 500))
    width = side * stream.uniform(0.07, 0.1)
    slant, scale = stream.uniform(-0.15, 0.15), stream.uniform(0.6, 0.9)
    sheet = Image.new("L", (side, side), 0)
    draw = ImageDraw.Draw(sheet)
    for stroke in STROKES[digit]:
        places = [placed(point, slant, scale, side) for point in stroke]
        draw.line(places, fill=255, width=round(width), joint="curve")
        for x, y in places:
            draw.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=255)
    return lit(sheet.filter(ImageFilter.GaussianBlur(1)), stream, dark_ink=seed % 2 == 0)


def placed(point: Point, slant: float, scale: float, side: int) -> Point:
    """Return a point in pixels, slanted and scaled about the middle of the sheet."""
    x, y = point[0] - 0.5, point[1] - 0.5
    return side * (0.5 + scale * (x - slant * y)), side * (0.5 + scale * y)


def lit(sheet: Image.Image, stream: RandomState, dark_ink: bool) -> Image.Image:
    """Return the sheet as a camera sees it: uneven light, noise, and dark ink on light paper or the reverse."""
    ink = np.asarray(sheet, np.float64) / 255
    light = np.linspace(0, stream.uniform(-40, 40), ink.shape[1])
    levels = 225 - 180 * ink if dark_ink else 35 + 180 * ink
    return Image.fromarray(np.clip(levels + light + stream.normal(0, 3, ink.shape), 0, 255).astype(np.uint8))
