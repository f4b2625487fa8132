"""Line charts as PNG: accuracy against average tests per problem on a logarithmic axis. Drawn with Pillow alone."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from coderm.errors import StorageError

WIDTH, HEIGHT = 1000, 640
LEFT, RIGHT, TOP, BOTTOM = 70, 330, 50, 60
COLOURS = ("#444444", "#0072b2", "#56b4e9", "#d55e00", "#e69f00", "#009e73", "#cc79a7", "#999933", "#882255")
"""Told apart by the colour-blind."""

Point = tuple[float, float]


def plot_lines(path: Path, title: str, budgets: Sequence[int], lines: Mapping[str, Sequence[float]]) -> None:
    """Write one chart; every line has one value (percent) per budget. Raises StorageError when it cannot be written."""
    from PIL import Image, ImageDraw, ImageFont

    values = [value for line in lines.values() for value in line]
    low, high = math.floor(min(values)), math.ceil(max(values) + 1e-9) or 1
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(15)

    def place(budget: float, value: float) -> Point:
        across = math.log(budget / budgets[0]) / max(math.log(budgets[-1] / budgets[0]), 1e-9)
        up = (value - low) / max(high - low, 1)
        return LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM)

    pen.text((LEFT, 15), title, fill="black", font=font)
    pen.text((LEFT, HEIGHT - 28), "average tests per problem", fill="black", font=font)
    step = max((high - low) // 8, 1)
    for value in range(low, high + 1, step):
        pen.line([place(budgets[0], value), place(budgets[-1], value)], fill="#dddddd")
        pen.text((LEFT - 40, place(budgets[0], value)[1] - 9), f"{value}", fill="black", font=font)
    for budget in budgets:
        pen.text((place(budget, low)[0] - 6, HEIGHT - BOTTOM + 8), f"{budget}", fill="black", font=font)
    for number, (name, line) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        points = [place(budget, value) for budget, value in zip(budgets, line, strict=True)]
        pen.line(points, fill=colour, width=3)
        for x, y in points:
            pen.ellipse([x - 4, y - 4, x + 4, y + 4], fill=colour)
        y = TOP + 24 * number
        pen.line([(WIDTH - RIGHT + 20, y + 9), (WIDTH - RIGHT + 50, y + 9)], fill=colour, width=3)
        pen.text((WIDTH - RIGHT + 58, y), name, fill="black", font=font)
    try:
        image.save(path)
    except OSError as error:
        raise StorageError(f"{path}: cannot be written ({error}); free some disk space") from None
