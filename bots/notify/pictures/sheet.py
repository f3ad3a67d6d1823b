"""A sheet to draw on: head, axes, lines and areas, in the reader's pixels. The only place that knows Pillow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING

from bots.notify.pictures.scales import Scale, apart, round_times, round_values

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont, ImageFont

type Point = tuple[float, float]

WIDTH, HEIGHT = 800, 450
LEFT, TOP, BOTTOM = 18.0, 92.0, 408.0
PAGE, INK, SOFT, GRID = "#ffffff", "#16202c", "#5b6777", "#e3e7ec"
ACCENT, GAIN, LOSS = "#2f5fd0", "#0b8a63", "#cf3f36"
ACCENT_FAINT, GAIN_FAINT, LOSS_FAINT = "#edf2fc", "#e3f3ed", "#f9dedc"

# Drawn larger and made smaller at the end, which is what smooths the lines.
_FINER = 2
_TITLE, _DETAIL, _LABEL = 28, 20, 20
_TAG = 28.0
_MOST_VALUES, _MOST_TIMES = 6, 6


@dataclass(frozen=True, slots=True)
class Tag:
    """A value that is marked at the axis, in words of its own."""

    value: float
    text: str
    colour: str


class Sheet:
    """One picture.

    Parameters
    ----------
    title : str
        What it shows, top left.
    result : str
        The figure to remember, top right, in the colour of `tone`.
    detail : str
        The line below the title.
    values : tuple of float
        The least and the greatest value of the axis.
    tags : sequence of Tag
        Values that are marked at the axis.
    """

    def __init__(
        self, title: str, result: str, tone: str, detail: str, values: tuple[float, float], tags: Sequence[Tag]
    ) -> None:
        from PIL import Image, ImageDraw

        self._image = Image.new("RGB", (WIDTH * _FINER, HEIGHT * _FINER), PAGE)
        self._draw = ImageDraw.Draw(self._image)
        self._fonts: dict[int, FreeTypeFont | ImageFont] = {}
        self.y = Scale(*values, BOTTOM, TOP)
        rounds, places = round_values(*values, _MOST_VALUES)
        self._labels = [(value, f"{value:.{places}f}") for value in rounds]
        self._tags = list(zip(apart([self.y.at(tag.value) for tag in tags], _TAG + 2, BOTTOM), tags, strict=True))
        texts = [*(text for _, text in self._labels), *(tag.text for tag in tags)]
        self.right = WIDTH - 22 - max(self._width(text, _LABEL) for text in texts)
        self._head(title, result, tone, detail)

    def grid(self) -> None:
        """Draw the round values of the axis, where no tag is."""
        for value, text in self._labels:
            y = self.y.at(value)
            self.line([(LEFT, y), (self.right, y)], GRID, 1)
            if all(abs(y - tagged) > _TAG * 0.9 for tagged, _ in self._tags):
                self.text((self.right + 10, y), text, SOFT, _LABEL, "lm")

    def tags(self) -> None:
        """Draw the tags."""
        for y, tag in self._tags:
            box = (self.right + 3, y - _TAG / 2, WIDTH - 3, y + _TAG / 2)
            self._draw.rounded_rectangle([edge * _FINER for edge in box], 5 * _FINER, tag.colour)
            self.text((self.right + 10, y), tag.text, PAGE, _LABEL, "lm", halo=False)

    def times(self, times: Sequence[datetime], at: Sequence[float]) -> None:
        """Write the round ones of some times below their pixels, as far as there is room."""
        free = 8.0
        places, form = round_times(times, _MOST_TIMES)
        for place in places:
            text = times[place].strftime(form)
            half = self._width(text, _LABEL) / 2
            if at[place] - half >= free and at[place] + half <= WIDTH - 60:
                self.text((at[place], BOTTOM + 22), text, SOFT, _LABEL, "mm")
                free = at[place] + half + 24
        self.text((WIDTH - 14, BOTTOM + 22), "UTC", SOFT, _LABEL, "rm")

    def line(self, points: Sequence[Point], colour: str, width: float) -> None:
        """Draw a line through points."""
        self._draw.line(_fine(points), colour, round(width * _FINER), "curve")

    def dashes(self, begin: Point, end: Point, colour: str, width: float = 1.5, dash: float = 7) -> None:
        """Draw a broken straight line."""
        (x, y), (to_x, to_y) = begin, end
        length = ((to_x - x) ** 2 + (to_y - y) ** 2) ** 0.5
        for place in range(0, int(length), int(dash * 2)):
            first, last = place / length, min(1.0, (place + dash) / length)
            self.line(
                [(x + (to_x - x) * part, y + (to_y - y) * part) for part in (first, last)], colour, width
            )  # fmt: skip

    def area(self, points: Sequence[Point], colour: str) -> None:
        """Fill what lies inside of points."""
        self._draw.polygon(_fine(points), colour)

    def box(self, corner: Point, opposite: Point, colour: str) -> None:
        """Fill a rectangle, which is a pixel high at least."""
        (x, y), (to_x, to_y) = corner, opposite
        self._draw.rectangle([x * _FINER, y * _FINER, to_x * _FINER, max(to_y, y + 0.5) * _FINER], colour)

    def dot(self, at: Point, colour: str) -> None:
        """Draw a dot with a rim."""
        for radius, fill in ((6.5, PAGE), (5.0, colour)):
            box = (at[0] - radius, at[1] - radius, at[0] + radius, at[1] + radius)
            self._draw.ellipse([edge * _FINER for edge in box], fill)

    def text(self, at: Point, text: str, colour: str, size: int, anchor: str, *, halo: bool = True) -> None:
        """Write; the halo keeps it legible on whatever lies below."""
        self._draw.text(
            (at[0] * _FINER, at[1] * _FINER), text, colour, self._font(size), anchor,
            stroke_width=3 * _FINER if halo else 0, stroke_fill=PAGE,
        )  # fmt: skip

    def png(self) -> bytes:
        """Return the picture as a file's content."""
        file = BytesIO()
        self._image.reduce(_FINER).save(file, "PNG", optimize=True)
        return file.getvalue()

    def _head(self, title: str, result: str, tone: str, detail: str) -> None:
        self.text((WIDTH - 14, 32), result, tone, _TITLE, "rm")
        room = WIDTH - 14 - LEFT - 24 - self._width(result, _TITLE)
        self.text((LEFT, 32), self._fitted(title, _TITLE, room), INK, _TITLE, "lm")
        self.text((LEFT, 66), self._fitted(detail, _DETAIL, WIDTH - 14 - LEFT), SOFT, _DETAIL, "lm")

    def _fitted(self, text: str, size: int, room: float) -> str:
        text = " ".join(text.split())
        if self._width(text, size) <= room:
            return text
        while text and self._width(f"{text}...", size) > room:
            text = text[:-1]
        return f"{text.rstrip()}..."

    def _width(self, text: str, size: int) -> float:
        return self._draw.textlength(text, self._font(size)) / _FINER

    def _font(self, size: int) -> "FreeTypeFont | ImageFont":
        from PIL import ImageFont

        if size not in self._fonts:
            self._fonts[size] = ImageFont.load_default(size * _FINER)
        return self._fonts[size]


def _fine(points: Sequence[Point]) -> list[Point]:
    return [(x * _FINER, y * _FINER) for x, y in points]
