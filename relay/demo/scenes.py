"""Draws the places behind the residents: soft, a little out of focus, so that the eye stays with the person.

A scene is `width` × `height` units, 900 the shorter way; things stand at parts of it, so that it can be drawn in any
shape. What lies behind a window is a layer of its own: the snow falls between the two.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from relay.demo.canvas import Canvas, Point, darker, lighter, mixed
from relay.demo.cast import Place

if TYPE_CHECKING:
    from PIL import Image

SHORTER = 900.0
Air = Literal["snow", "dust"]


@dataclass(frozen=True, slots=True)
class Scene:
    """`back`: RGB, opaque. `front`: RGBA, with holes, or None.

    `air`: what moves between them; `open_air`: it moves before the person, too.
    """

    back: Image.Image
    front: Image.Image | None
    air: Air
    open_air: bool


@dataclass(frozen=True, slots=True)
class _Stage:
    """What a scene is drawn on: two sheets, and a size in units."""

    back: Canvas
    front: Canvas
    w: float
    h: float
    dice: random.Random


def scene(place: Place, width: int, height: int, seed: str, *, flipped: bool = False) -> Scene:
    """`width` × `height` pixels; the same seed gives the same picture. `flipped`: left is right."""
    from PIL import Image, ImageOps

    unit = min(width, height) / SHORTER
    # Everything here is softened, so that half the pixels are enough.
    back, over = (Canvas(width / unit, height / unit, unit / 2, fine=1) for _ in range(2))
    stage = _Stage(back, over, width / unit, height / unit, random.Random(f"{place} {seed}"))  # noqa: S311 - a picture
    draw, air, open_air = PLACES[place]
    draw(stage)

    def full(canvas: Canvas, blur: float) -> Image.Image:
        picture = canvas.picture(blur=blur * unit / 2).resize((width, height), Image.Resampling.BICUBIC)
        return ImageOps.mirror(picture) if flipped else picture

    front = full(stage.front, 3.0) if stage.front.sheet.getbbox() else None
    return Scene(full(stage.back, 4.5).convert("RGB"), front, air, open_air)


def _hole(canvas: Canvas, x: float, y: float, width: float, height: float) -> None:
    """Cuts a window through a sheet."""
    left, top = canvas.pixel(x, y)
    right, bottom = canvas.pixel(x + width, y + height)
    canvas.sheet.paste((0, 0, 0, 0), (left, top, right, bottom))


def _winter_outside(s: _Stage, x: float, y: float, width: float, height: float) -> None:
    """Roofs, a tree and lit windows, seen through a window."""
    b = s.back
    b.slope("#6f8fb8", "#d9dbe6", top=y / s.h, bottom=(y + height) / s.h)
    left = x - 20
    while left < x + width:
        wide, top = s.dice.uniform(110, 190), y + height * s.dice.uniform(0.34, 0.52)
        wall = s.dice.choice(["#8a7f9c", "#7b86a5", "#9a8595", "#a08f92"])
        b.box(left, top, wide, height, wall)
        b.shape([(left - 10, top), (left + wide / 2, top - 52), (left + wide + 10, top)], "#eef2f8", soft=False)
        for row in range(4):
            for column in range(int(wide // 44)):
                lit = s.dice.random() < 0.45
                b.box(left + 16 + column * 44, top + 26 + row * 62, 20, 30, "#f7cf7a" if lit else darker(wall, 0.2))
        left += wide
    b.box(x, y + height * 0.9, width, height * 0.1, "#eef2f8")


def _window(s: _Stage, x: float, y: float, width: float, height: float) -> None:
    """The frame of a window whose hole is cut already."""
    f = s.front
    for level in (y - 16, y + height - 2):
        f.box(x - 16, level, width + 32, 18, "#faf6ee")
    for upright in (x - 16, x + width - 2):
        f.box(upright, y - 16, 18, height + 32, "#faf6ee")
    f.box(x + width * 0.5 - 8, y, 16, height, "#f4efe5")
    f.box(x, y + height * 0.3, width, 14, "#f4efe5")
    f.box(x - 40, y + height + 12, width + 80, 26, "#fbf8f2")
    f.box(x - 40, y + height + 36, width + 80, 8, "#cdbfa9")


def _kitchen(s: _Stage) -> None:
    f, upright = s.front, s.h > s.w
    f.slope("#f0dfc2", "#dcc09a")
    for stripe in range(0, int(s.w) + 60, 60):
        f.box(stripe, 0, 26, s.h, "#e7cfa9", alpha=0.6)
    x, y, width, height = (
        (s.w * 0.06, s.h * 0.08, s.w * 0.5, s.h * 0.58) if not upright else (90, 170, s.w - 180, s.h * 0.42)
    )
    _winter_outside(s, x, y, width, height)
    _hole(f, x, y, width, height)
    _window(s, x, y, width, height)
    for side in (-1, 1):
        middle, half = x + width / 2, width / 2 + 34
        curtain: list[Point] = [
            (middle + side * half, y - 60),
            (middle + side * half * 0.36, y - 60),
            (middle + side * half * 0.62, y + height * 0.5),
            (middle + side * half * 0.96, y + height * 0.72),
        ]
        f.shape(curtain, "#c9524c", soft=False)
        for fold in (0.5, 0.66, 0.82):
            f.stroke(
                [
                    (middle + side * half * fold, y - 50),
                    (middle + side * half * (fold * 0.5 + 0.48), y + height * 0.58),
                ],
                "#e9a99a",
                9,
                alpha=0.55,
            )
    f.box(x - 60, y - 76, width + 120, 24, "#8d5b3c")
    _geranium(f, x + width * 0.12, y + height + 14)
    _tea(f, x + width * 0.34, y + height + 14)
    if upright:
        return
    shelf_x, shelf_w = s.w * 0.68, s.w * 0.29
    for row, level in enumerate((s.h * 0.3, s.h * 0.56)):
        f.box(shelf_x, level, shelf_w, 20, "#94613f")
        for i in range(5):
            jar_x, tone = (
                shelf_x + 24 + i * shelf_w / 5.2,
                s.dice.choice(["#c4473f", "#d99a3d", "#6f8a4e", "#5b7f9b", "#eadfcb"]),
            )
            tall = s.dice.uniform(70, 110)
            if row == 0 and i in (1, 3):
                f.oval(jar_x + 30, level - 54, 52, 54, "#fdfaf4")
                f.oval(jar_x + 30, level - 54, 34, 36, lighter(tone, 0.4))
                continue
            f.box(jar_x, level - tall, 58, tall, tone)
            f.box(jar_x + 4, level - tall - 14, 50, 16, "#f4eee2")


def _geranium(f: Canvas, x: float, y: float) -> None:
    f.shape([(x - 40, y - 78), (x + 40, y - 78), (x + 28, y), (x - 28, y)], "#b8683f", soft=False)
    for dx, dy, r in ((-50, -120, 34), (0, -150, 40), (48, -116, 36), (-22, -102, 32), (26, -98, 32)):
        f.oval(x + dx, y + dy, r, r * 0.86, "#5d8a52")
    for dx, dy in ((-36, -176), (16, -200), (56, -164)):
        for px, py in ((-12, 0), (12, 0), (0, -12), (0, 10)):
            f.oval(x + dx + px, y + dy + py, 14, 14, "#e0526a")


def _tea(f: Canvas, x: float, y: float) -> None:
    f.shape([(x - 26, y - 92), (x + 26, y - 92), (x + 22, y), (x - 22, y)], "#c9702e", alpha=0.85, soft=False)
    f.shape([(x - 28, y - 60), (x + 28, y - 60), (x + 26, y), (x - 26, y)], "#a9a7a8", soft=False)
    f.stroke([(x + 26, y - 54), (x + 52, y - 40), (x + 26, y - 14)], "#a9a7a8", 9)
    f.stroke([(x - 6, y - 104), (x - 16, y - 128), (x - 2, y - 150)], "#ffffff", 8, alpha=0.5)


def _classroom(s: _Stage) -> None:
    f = s.front
    f.slope("#f1e8d4", "#dccfae")
    f.box(0, s.h * 0.72, s.w, s.h * 0.28, "#9dbb9a")
    f.box(0, s.h * 0.71, s.w, 14, "#f7f2e6")
    x, y, width, height = s.w * 0.02, s.h * 0.1, s.w * 0.2, s.h * 0.52
    _winter_outside(s, x, y, width, height)
    _hole(f, x, y, width, height)
    _window(s, x, y, width, height)
    bx, by, bw, bh = s.w * 0.28, s.h * 0.08, s.w * 0.7, s.h * 0.56
    f.box(bx - 18, by - 18, bw + 36, bh + 36, "#8f5f3a")
    f.box(bx, by, bw, bh, "#2f5d50")
    for _ in range(7):
        wx, wy = bx + s.dice.uniform(0.1, 0.9) * bw, by + s.dice.uniform(0.1, 0.9) * bh
        f.oval(wx, wy, 190, 44, "#ffffff", alpha=0.035)
    f.words(bx + bw * 0.14, by + bh * 0.2, "18 января", bh * 0.105, "#f3f6ee", alpha=0.9)
    f.words(bx + bw * 0.82, by + bh * 0.2, "Урок памяти", bh * 0.1, "#f3f6ee", alpha=0.9)
    for row in range(3):
        f.stroke(
            [
                (bx + bw * 0.72, by + bh * (0.4 + row * 0.14)),
                (bx + bw * (0.92 - 0.05 * row), by + bh * (0.39 + row * 0.14)),
            ],
            "#f3f6ee",
            6,
            alpha=0.5,
        )
    f.stroke(
        [
            (bx + bw * 0.08, by + bh * 0.62),
            (bx + bw * 0.16, by + bh * 0.46),
            (bx + bw * 0.24, by + bh * 0.56),
            (bx + bw * 0.33, by + bh * 0.4),
        ],
        "#f6e9b0",
        7,
        alpha=0.6,
    )
    f.box(bx, by + bh + 18, bw, 16, "#74492b")
    _geranium(f, s.w * 0.2, s.h * 0.72)


def _sky(b: Canvas, s: _Stage, upper: str, lower: str, horizon: float) -> None:
    b.slope(upper, lower, bottom=horizon)
    b.glow(s.w * 0.74, s.h * horizon * 0.86, 420, "#ffe3b8", alpha=0.7)


def _embankment(s: _Stage) -> None:
    b, horizon = s.back, 0.5
    level = s.h * horizon
    _sky(b, s, "#7f97bf", "#f3d3bd", horizon)
    for i in range(5):
        cx, cy = s.dice.uniform(0, s.w), s.dice.uniform(0.08, 0.34) * s.h
        b.oval(cx, cy, s.dice.uniform(150, 300), 20 + 6 * i, "#ffffff", alpha=0.22)
    b.shape(
        [
            (-20, level),
            (-20, level - 40),
            (s.w * 0.3, level - 60),
            (s.w * 0.6, level - 36),
            (s.w + 20, level - 58),
            (s.w + 20, level),
        ],
        "#8e93b3",
        soft=False,
    )
    _fortress(b, s, level)
    b.box(0, level - 4, s.w, s.h - level, "#8fb0cc")
    for _ in range(46):
        depth = s.dice.random() ** 0.7
        x, y = s.dice.uniform(-50, s.w + 50), level + 10 + depth * (s.h * 0.34)
        r = 26 + 120 * depth
        b.oval(x, y + 3 + 5 * depth, r, r * 0.17, "#6f93b4")
        b.oval(x, y, r, r * 0.16, "#eff5fb")
    top = s.h * 0.84
    b.box(0, top, s.w, s.h - top, "#9a8683")
    b.box(0, top - 34, s.w, 40, "#b59d97")
    b.box(0, top - 46, s.w, 16, "#f6f8fc")
    for x in range(-40, int(s.w) + 100, 330):
        b.box(x, top + 6, 5, s.h, "#7d6b6c")


def _fortress(b: Canvas, s: _Stage, level: float) -> None:
    """The far bank: low walls and round towers."""
    x, wall, roof = s.w * 0.06, "#a58f97", "#6f6a86"
    b.box(x, level - 74, s.w * 0.86, 78, wall)
    b.box(x, level - 82, s.w * 0.86, 10, "#f2f4fa")
    for part, wide, tall in ((0.08, 84, 150), (0.33, 70, 128), (0.66, 84, 156), (0.9, 74, 132)):
        tx = s.w * part
        b.box(tx - wide / 2, level - tall, wide, tall, lighter(wall, 0.12))
        b.shape(
            [(tx - wide * 0.6, level - tall), (tx, level - tall - 92), (tx + wide * 0.6, level - tall)],
            roof,
            soft=False,
        )
        for dx in (-16, 16):
            b.box(tx + dx - 5, level - tall + 34, 10, 22, "#5d5468")


def _birches(s: _Stage) -> None:
    b, ground = s.back, s.h * 0.68
    b.slope("#a9c4de", "#f0e4dc", bottom=0.7)
    b.glow(s.w * 0.24, s.h * 0.3, 460, "#fff0cf", alpha=0.8)
    for layer, tone in enumerate(("#b7c4d6", "#98abc2")):
        for i in range(26):
            x = i * s.w / 24 + s.dice.uniform(-30, 30)
            tall = s.dice.uniform(160, 330) - layer * 60
            b.shape([(x - 44, ground), (x, ground - tall), (x + 44, ground)], tone, soft=False)
    b.shape(
        [
            (-80, ground),
            (s.w * 0.3, ground - 26),
            (s.w * 0.7, ground + 12),
            (s.w + 80, ground - 20),
            (s.w + 80, s.h + 80),
            (-80, s.h + 80),
        ],
        "#f1f5fb",
        soft=False,
    )
    b.shape([(s.w * 0.42, ground), (s.w * 0.56, ground), (s.w * 0.9, s.h), (s.w * 0.1, s.h)], "#dbe5f2", soft=False)
    for i in range(9):
        x = s.w * (i + 0.5) / 9 + s.dice.uniform(-40, 40)
        wide = s.dice.uniform(20, 46)
        _birch(b, s, x, ground + wide * 2.2, wide)
    b.box(s.w * 0.7, ground + 60, s.w * 0.26, 22, "#7c5b45")
    b.box(s.w * 0.7, ground + 50, s.w * 0.26, 13, "#ffffff")
    for part in (0.73, 0.92):
        b.box(s.w * part, ground + 80, 14, 60, "#4d4048")


def _birch(b: Canvas, s: _Stage, x: float, foot: float, wide: float) -> None:
    lean = s.dice.uniform(-30, 30)
    b.shape(
        [(x + lean - wide * 0.32, -30), (x + lean + wide * 0.32, -30), (x + wide * 0.5, foot), (x - wide * 0.5, foot)],
        "#fbfaf8",
        soft=False,
    )
    b.shape(
        [(x + lean + wide * 0.1, -30), (x + lean + wide * 0.32, -30), (x + wide * 0.5, foot), (x + wide * 0.16, foot)],
        "#d5d6df",
        soft=False,
    )
    y = 10.0
    while y < foot - 30:
        at, span = x + lean * (1 - y / foot), wide * s.dice.uniform(0.22, 0.5)
        side = s.dice.choice((-1, 1))
        b.stroke(
            [(at + side * wide * 0.34, y), (at + side * (wide * 0.34 - span), y + 3)],
            "#3d3a42",
            wide * s.dice.uniform(0.08, 0.2),
            soft=False,
        )
        y += s.dice.uniform(30, 80)
    for _ in range(3):
        y, side = s.dice.uniform(20, foot * 0.5), s.dice.choice((-1, 1))
        b.stroke(
            [
                (x + lean * (1 - y / foot), y),
                (x + side * 70, y - 50),
                (x + side * 130, y - 36),
                (x + side * 150, y + 20),
            ],
            "#6d5a61",
            4,
        )


def _library(s: _Stage) -> None:
    b = s.back
    b.slope("#6d4630", "#4a2d22")
    row_tall = 196.0
    for row in range(int(s.h // row_tall) + 2):
        floor = 30 + row * row_tall
        _books(b, s, floor)
        b.box(0, floor, s.w, 22, "#8d5d3b")
        b.box(0, floor + 22, s.w, 12, "#3c241d", alpha=0.5)
    for part in (0.0, 0.335, 0.67, 1.0):
        b.box(s.w * part - 17, 0, 34, s.h, "#7e5134")
        b.box(s.w * part + 8, 0, 9, s.h, "#5d3a28")
    b.glow(s.w * 0.86, s.h * 0.26, 430, "#ffd591", alpha=0.55)
    b.glow(s.w * 0.08, s.h * 0.5, 330, "#ffcf86", alpha=0.35)


def _books(b: Canvas, s: _Stage, floor: float) -> None:
    colours = ["#9b3b38", "#2f5d62", "#c58b3c", "#44507a", "#6d7b4b", "#e2d3b0", "#7a4a63", "#b9664b"]
    x = 4.0
    while x < s.w:
        if s.dice.random() < 0.05:
            x += s.dice.uniform(20, 44)
            continue
        wide, tall, tone = s.dice.uniform(18, 44), s.dice.uniform(112, 154), s.dice.choice(colours)
        b.box(x, floor - tall, wide - 3, tall, tone)
        b.box(x, floor - tall * 0.8, wide - 3, 7, lighter(tone, 0.4))
        b.box(x, floor - tall * 0.22, wide - 3, 5, lighter(tone, 0.4))
        b.box(x + wide - 9, floor - tall, 6, tall, darker(tone, 0.3))
        x += wide


def _street(s: _Stage) -> None:
    b, ground = s.back, s.h * 0.76
    b.slope("#3f4d7c", "#c99bb0", bottom=0.76)
    x = -60.0
    while x < s.w:
        wide, top = s.dice.uniform(250, 360), s.h * s.dice.uniform(0.14, 0.34)
        _house(b, s, x, top, wide, ground)
        x += wide + s.dice.choice((0, 40))
    b.shape(
        [(-40, ground - 12), (s.w * 0.5, ground + 10), (s.w + 40, ground - 14), (s.w + 40, s.h + 20), (-40, s.h + 20)],
        "#dfe4f2",
        soft=False,
    )
    b.shape(
        [(s.w * 0.3, ground + 6), (s.w * 0.6, ground + 6), (s.w * 0.86, s.h), (-s.w * 0.1, s.h)], "#b9bfd8", soft=False
    )
    for part in (0.1, 0.87):
        lamp = s.w * part
        b.box(lamp - 6, s.h * 0.3, 12, ground - s.h * 0.3 + 26, "#35314a")
        b.glow(lamp, s.h * 0.29, 240, "#ffdf9e", alpha=0.75)
        b.oval(lamp, s.h * 0.29, 24, 30, "#fff3d0")


def _house(b: Canvas, s: _Stage, x: float, top: float, wide: float, ground: float) -> None:
    wall = s.dice.choice(["#a8767a", "#8a7a98", "#b89377", "#7883a3"])
    b.box(x, top, wide, ground - top, wall)
    b.box(x - 10, top - 22, wide + 20, 30, "#eef1f9")
    y = top + 40
    while y < ground - 70:
        for column in range(int(wide // 76)):
            lit = s.dice.random() < 0.5
            wx = x + 24 + column * 76
            b.box(wx - 5, y - 5, 46, 66, lighter(wall, 0.3))
            b.box(wx, y, 36, 56, s.dice.choice(["#ffd98a", "#f8c66b"]) if lit else mixed(wall, "#2b2f52", 0.65))
            b.box(wx - 7, y + 58, 50, 9, "#eef1f9")
        y += 104


def _study(s: _Stage) -> None:
    b = s.back
    b.slope("#d9cba8", "#bfa981")
    for row in range(int(s.h // 80) + 2):
        for column in range(int(s.w // 80) + 2):
            b.oval(column * 80 + row % 2 * 40, row * 80, 9, 13, "#c5b086")
    _carpet(b, s.w * 0.02, s.h * 0.16, s.w * 0.56, s.h * 0.7)
    for column, (dy, tall) in enumerate(((0.12, 210), (0.16, 170))):
        x, y = s.w * (0.66 + column * 0.15), s.h * dy
        b.box(x - 12, y - 12, 174, tall + 24, "#7a4f34")
        b.box(x, y, 150, tall, "#efe5d2")
        b.oval(x + 75, y + tall * 0.42, 34, 42, "#8a7a66")
        b.shape(
            [(x + 20, y + tall), (x + 40, y + tall * 0.74), (x + 110, y + tall * 0.74), (x + 130, y + tall)],
            "#6d6052",
            soft=False,
        )
    b.box(s.w * 0.62, s.h * 0.62, s.w * 0.4, s.h * 0.4, "#7d5138")
    b.box(s.w * 0.61, s.h * 0.6, s.w * 0.4, 26, "#96653f")
    x, y = s.w * 0.88, s.h * 0.6
    b.box(x - 7, y - 150, 14, 150, "#6d5331")
    b.glow(x, y - 190, 380, "#ffdf9a", alpha=0.8)
    b.shape([(x - 44, y - 250), (x + 44, y - 250), (x + 84, y - 140), (x - 84, y - 140)], "#f6cf7c", soft=False)
    b.box(s.w * 0.65, y - 84, 150, 84, "#5b4634")
    b.box(s.w * 0.65 + 14, y - 70, 84, 56, "#d9c79c")


def _carpet(b: Canvas, x: float, y: float, width: float, height: float) -> None:
    rings = (("#5d1f2b", 0.0), ("#a8323e", 0.05), ("#2f3a5c", 0.1), ("#d8b26a", 0.125), ("#8a2833", 0.14))
    for colour, inset in rings:
        b.box(x + width * inset, y + width * inset, width * (1 - 2 * inset), height - 2 * width * inset, colour)
    cx, cy = x + width / 2, y + height / 2
    for k, colour in ((1.0, "#2f3a5c"), (0.78, "#d8b26a"), (0.7, "#a8323e"), (0.45, "#2f3a5c"), (0.22, "#d8b26a")):
        rx, ry = width * 0.3 * k, height * 0.34 * k
        b.shape([(cx, cy - ry), (cx + rx, cy), (cx, cy + ry), (cx - rx, cy)], colour, soft=False)
    for i in range(11):
        for edge in (y + width * 0.075, y + height - width * 0.075):
            px = x + width * (0.1 + 0.08 * i)
            b.shape([(px, edge - 14), (px + 12, edge), (px, edge + 14), (px - 12, edge)], "#e4c789", soft=False)


PLACES: dict[Place, tuple[Callable[[_Stage], None], Air, bool]] = {
    "kitchen": (_kitchen, "snow", False),
    "classroom": (_classroom, "snow", False),
    "embankment": (_embankment, "snow", True),
    "birches": (_birches, "snow", True),
    "library": (_library, "dust", False),
    "street": (_street, "snow", True),
    "study": (_study, "dust", False),
}


def air(kind: Air, width: int, height: int, seed: str, *, near: bool = False) -> Image.Image:
    """Flakes or motes on a transparent tile, `width` × 2 `height`: the upper half equals the lower one.

    Slid down by `height` it is where it began.
    """
    from PIL import Image

    unit, dice = min(width, height) / SHORTER, random.Random(f"{kind} {seed} {near}")  # noqa: S311 - a picture
    canvas = Canvas(width / unit, height / unit, unit, fine=1)
    crowd = round(width * height / unit**2 / (42_000 if near else 9_000 if kind == "snow" else 26_000))
    for _ in range(crowd):
        r = dice.uniform(7, 12) if near else dice.uniform(2.6, 6.0) if kind == "snow" else dice.uniform(1.5, 3.4)
        x, y = dice.uniform(r, width / unit - r), dice.uniform(2 * r, height / unit - 2 * r)
        tone, alpha = ("#ffffff", 0.75 if near else 0.85) if kind == "snow" else ("#ffe2a8", 0.5)
        canvas.oval(x, y, r, r, tone, alpha=alpha * dice.uniform(0.6, 1))
    once = canvas.picture(blur=unit * (3.2 if near else 1.2))
    tile = Image.new("RGBA", (width, height * 2))
    tile.paste(once, (0, 0))
    tile.paste(once, (0, height))
    return tile
