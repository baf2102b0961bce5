"""Flat drawing with soft edges: shapes in units of their own, drawn large and reduced, so that no edge is jagged."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image, ImageDraw

Point = tuple[float, float]
Colour = tuple[int, int, int]
Box = tuple[int, int, int, int]


def hue(code: str) -> Colour:
    """`#rrggbb` as three numbers."""
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)


def mixed(first: str, second: str, part: float) -> str:
    """`first` with `part` (0…1) of `second` in it."""
    blend = [round(a + (b - a) * part) for a, b in zip(hue(first), hue(second), strict=True)]
    return "#{:02x}{:02x}{:02x}".format(*blend)


def darker(code: str, part: float = 0.2) -> str:
    """Towards a warm dark, never towards grey: a flat drawing lives by its shadows' colour."""
    return mixed(code, "#3a1f3d", part)


def lighter(code: str, part: float = 0.2) -> str:
    return mixed(code, "#fff6e6", part)


def mirrored(half: Sequence[Point], *, about: float = 0.0) -> list[Point]:
    """A right half, listed from top to bottom, with its left half; points on the axis are not doubled."""
    left = [(2 * about - x, y) for x, y in reversed(half) if x != about]
    return [*half, *left]


def smooth(points: Sequence[Point], *, closed: bool = True, steps: int = 10) -> list[Point]:
    """A Catmull-Rom curve through all the points."""
    count = len(points)
    if count < 3:
        return list(points)

    def at(index: int) -> Point:
        return points[index % count] if closed else points[min(max(index, 0), count - 1)]

    curve = [
        _between(at(i - 1), at(i), at(i + 1), at(i + 2), step / steps)
        for i in range(count if closed else count - 1)
        for step in range(steps)
    ]
    return curve if closed else [*curve, points[-1]]


def _between(a: Point, b: Point, c: Point, d: Point, t: float) -> Point:
    def one(p: float, q: float, r: float, s: float) -> float:
        return 0.5 * (2 * q + (r - p) * t + (2 * p - 5 * q + 4 * r - s) * t * t + (3 * q - p - 3 * r + s) * t**3)

    return one(a[0], b[0], c[0], d[0]), one(a[1], b[1], c[1], d[1])


class Canvas:
    """Draws on a transparent sheet of `width` × `height` units at `scale` pixels a unit.

    `fine`: how many times larger it is drawn than it comes out. `origin`: where (0, 0) of the drawing lies, in units.
    """

    def __init__(self, width: float, height: float, scale: float, *, fine: int = 2, origin: Point = (0.0, 0.0)) -> None:
        from PIL import Image

        self._size = (max(1, round(width * scale)), max(1, round(height * scale)))
        self._fine, self._unit, self._origin = fine, scale * fine, origin
        self.sheet: Image.Image = Image.new("RGBA", (self._size[0] * fine, self._size[1] * fine))

    def copy(self) -> Canvas:
        """The same sheet as it is now, to go on with differently."""
        twin = object.__new__(Canvas)
        twin._size, twin._fine, twin._unit, twin._origin = self._size, self._fine, self._unit, self._origin
        twin.sheet = self.sheet.copy()
        return twin

    def at(self, dx: float, dy: float) -> Canvas:
        """The same sheet with (0, 0) moved by so much."""
        twin = object.__new__(Canvas)
        twin._size, twin._fine, twin._unit, twin.sheet = self._size, self._fine, self._unit, self.sheet
        twin._origin = (self._origin[0] + dx, self._origin[1] + dy)
        return twin

    def picture(self, *, blur: float = 0.0) -> Image.Image:
        """The finished sheet, RGBA; `blur` in pixels of it."""
        from PIL import ImageFilter

        done = self.sheet.reduce(self._fine) if self._fine > 1 else self.sheet
        if blur <= 0:
            return done
        # Blurred with colours multiplied by their opacity: else clear black creeps into every edge.
        return done.convert("RGBa").filter(ImageFilter.GaussianBlur(blur)).convert("RGBA")

    def shape(
        self,
        points: Sequence[Point],
        colour: str,
        *,
        alpha: float = 1.0,
        within: Sequence[Point] | None = None,
        soft: bool = True,
    ) -> None:
        """Fills the curve through `points` (a polygon when not `soft`); `within`: only inside that curve."""
        outline = smooth(points) if soft else list(points)
        if alpha >= 1 and within is None:
            self._draw().polygon(self._px(outline), fill=(*hue(colour), 255))
            return
        box = self._box(outline)
        mask = self._mask(outline, box)
        if within is not None:
            from PIL import ImageChops

            mask = ImageChops.multiply(mask, self._mask(smooth(within), box))
        self._lay(mask, box, colour, alpha)

    def oval(
        self,
        x: float,
        y: float,
        rx: float,
        ry: float,
        colour: str,
        *,
        alpha: float = 1.0,
        within: Sequence[Point] | None = None,
    ) -> None:
        d = 0.7071
        ring = [
            (x + rx * cx, y + ry * cy)
            for cx, cy in ((0, -1), (d, -d), (1, 0), (d, d), (0, 1), (-d, d), (-1, 0), (-d, -d))
        ]
        self.shape(ring, colour, alpha=alpha, within=within)

    def box(self, x: float, y: float, width: float, height: float, colour: str, *, alpha: float = 1.0) -> None:
        """`x`, `y`: the upper left corner."""
        corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
        self.shape(corners, colour, alpha=alpha, soft=False)

    def stroke(
        self,
        points: Sequence[Point],
        colour: str,
        width: float,
        *,
        alpha: float = 1.0,
        closed: bool = False,
        soft: bool = True,
    ) -> None:
        """A line with round ends through `points`."""
        from PIL import Image, ImageDraw

        curve = smooth(points, closed=closed) if soft else list(points)
        curve = [*curve, curve[0]] if closed else curve
        thick = max(1, round(width * self._unit))
        if alpha >= 1:
            _line(self._draw(), self._px(curve), thick, (*hue(colour), 255))
            return
        box = self._box(curve, margin=thick)
        mask = Image.new("L", (box[2] - box[0], box[3] - box[1]))
        _line(ImageDraw.Draw(mask), _moved(self._px(curve), box), thick, 255)
        self._lay(mask, box, colour, alpha)

    def slope(self, upper: str, lower: str, *, top: float = 0.0, bottom: float = 1.0) -> None:
        """Fills the whole sheet from one colour down to the other, between two heights (parts of the sheet)."""
        from PIL import Image

        width, height = self.sheet.size
        strip = Image.new("RGBA", (1, 64))
        for y in range(64):
            part = min(1.0, max(0.0, (y / 63 - top) / (bottom - top)))
            strip.putpixel((0, y), (*hue(mixed(upper, lower, part)), 255))
        self.sheet.paste(strip.resize((width, height), Image.Resampling.BILINEAR))

    def words(self, x: float, y: float, text: str, size: float, colour: str, *, alpha: float = 1.0) -> None:
        """A line of text around (x, y), in the font that Relay's own cards are set in."""
        import fontpkg
        from PIL import Image, ImageDraw, ImageFont

        (cx, cy), pixels = self._px([(x, y)])[0], size * self._unit
        font = ImageFont.truetype(fontpkg.path("Roboto", style="italic"), max(6, round(pixels)))
        half, tall = math.ceil(font.getlength(text) / 2) + 4, math.ceil(pixels)
        mask = Image.new("L", (2 * half, 2 * tall))
        ImageDraw.Draw(mask).text((half, tall), text, font=font, fill=255, anchor="mm")
        left, top = round(cx) - half, round(cy) - tall
        self._lay(mask, (left, top, left + 2 * half, top + 2 * tall), colour, alpha)

    def glow(self, x: float, y: float, radius: float, colour: str, *, alpha: float = 0.5) -> None:
        """A soft light."""
        from PIL import Image

        side = max(2, round(2 * radius * self._unit))
        light = Image.radial_gradient("L").resize((side, side)).point(lambda v: round(max(0, 255 - v * 1.42) * alpha))
        cx, cy = self.pixel(x, y)
        left, top = cx - side // 2, cy - side // 2
        self._lay(light, (left, top, left + side, top + side), colour, 1.0)

    def pixel(self, x: float, y: float) -> tuple[int, int]:
        """Where a point lies on the sheet as it is drawn."""
        px, py = self._px([(x, y)])[0]
        return round(px), round(py)

    def _draw(self) -> ImageDraw.ImageDraw:
        from PIL import ImageDraw

        return ImageDraw.Draw(self.sheet)

    def _px(self, points: Sequence[Point]) -> list[Point]:
        ox, oy = self._origin
        return [((x + ox) * self._unit, (y + oy) * self._unit) for x, y in points]

    def _box(self, outline: Sequence[Point], *, margin: int = 1) -> Box:
        """The pixels around an outline: left, upper, right, lower."""
        xs, ys = zip(*self._px(outline), strict=True)
        return (
            math.floor(min(xs)) - margin,
            math.floor(min(ys)) - margin,
            math.ceil(max(xs)) + margin + 1,
            math.ceil(max(ys)) + margin + 1,
        )

    def _mask(self, outline: Sequence[Point], box: Box) -> Image.Image:
        from PIL import Image, ImageDraw

        mask = Image.new("L", (box[2] - box[0], box[3] - box[1]))
        ImageDraw.Draw(mask).polygon(_moved(self._px(outline), box), fill=255)
        return mask

    def _lay(self, mask: Image.Image, box: Box, colour: str, alpha: float) -> None:
        """Lays a colour over `box` where the mask, of the same size, shows it; what lies off the sheet is left out."""
        from PIL import Image

        part = mask if alpha >= 1 else mask.point(lambda v: round(v * alpha))
        layer = Image.new("RGBA", part.size, (*hue(colour), 255))
        layer.putalpha(part)
        left, top = max(0, box[0]), max(0, box[1])
        source = (
            left - box[0],
            top - box[1],
            min(box[2], self.sheet.width) - box[0],
            min(box[3], self.sheet.height) - box[1],
        )
        if source[0] < source[2] and source[1] < source[3]:
            self.sheet.alpha_composite(layer, dest=(left, top), source=source)


def _moved(path: Sequence[Point], box: Box) -> list[Point]:
    return [(x - box[0], y - box[1]) for x, y in path]


def _line(draw: ImageDraw.ImageDraw, path: Sequence[Point], thick: int, fill: int | tuple[int, ...]) -> None:
    draw.line(list(path), fill=fill, width=thick, joint="curve")
    r = thick / 2
    for x, y in (path[0], path[-1]):
        draw.ellipse((x - r, y - r, x + r, y + r), fill=fill)
