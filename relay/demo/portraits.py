"""Draws a person, head and shoulders, in flat colours.

Two drawings make a portrait: the body with all that hangs behind the head, which keeps still, and the head, which
nods, blinks and speaks. Units: a face is about 250 wide; (0, 0) lies between the eyes, y grows downwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from relay.demo.canvas import Canvas, Point, darker, lighter, mirrored, mixed
from relay.demo.cast import Appearance

if TYPE_CHECKING:
    from PIL import Image

HEAD_WIDTH, HEAD_HEIGHT, HEAD_ORIGIN = 560.0, 640.0, (280.0, 330.0)
BODY_WIDTH, BODY_HEIGHT, BODY_ORIGIN = 1240.0, 1180.0, (620.0, 330.0)
MOUTHS = 4
"""How wide a mouth can be open: 0 is closed."""

INK = "#33242c"
FACES: dict[str, list[Point]] = {
    "child": mirrored([(0, -158), (78, -144), (126, -72), (132, 10), (114, 82), (66, 132), (0, 148)]),
    "adult": mirrored([(0, -165), (76, -150), (119, -80), (123, 0), (113, 72), (80, 132), (36, 166), (0, 172)]),
    "elder": mirrored([(0, -162), (76, -148), (118, -80), (122, 0), (117, 76), (88, 136), (40, 168), (0, 172)]),
}


def heads(look: Appearance, scale: float) -> dict[tuple[int, bool], Image.Image]:
    """The head once for every (mouth, eyes shut), `scale` pixels a unit, all of the same size."""
    bare = Canvas(HEAD_WIDTH, HEAD_HEIGHT, scale, fine=2, origin=HEAD_ORIGIN)
    _face(bare, look)
    return {
        (mouth, shut): _with_expression(bare.copy(), look, mouth, shut=shut)
        for mouth in range(MOUTHS)
        for shut in (False, True)
    }


def body(look: Appearance, scale: float) -> Image.Image:
    """Shoulders, clothes, what is held, and the hair that falls behind."""
    canvas = Canvas(BODY_WIDTH, BODY_HEIGHT, scale, fine=2, origin=BODY_ORIGIN)
    _hair_behind(canvas, look)
    shoulders = _shoulders(look)
    _neck(canvas, look)
    CLOTHES[look.clothes](canvas, look, shoulders)
    _hair_over_shoulders(canvas, look)
    _held(canvas, look)
    return canvas.picture()


def _with_expression(canvas: Canvas, look: Appearance, mouth: int, *, shut: bool) -> Image.Image:
    _eyes(canvas, look, shut=shut)
    _mouth(canvas, look, mouth)
    if look.beard:
        _moustache(canvas, look)
    if look.glasses:
        _glasses(canvas, look)
    return canvas.picture()


def _face(canvas: Canvas, look: Appearance) -> None:
    face, skin = FACES[look.age], look.skin
    shadow = darker(skin, 0.16)
    for side in (-1, 1):
        canvas.oval(side * 123, 14, 19, 31, shadow)
        canvas.oval(side * 122, 16, 10, 19, darker(skin, 0.3))
    canvas.shape(face, skin)
    canvas.shape(
        [(30, -190), (160, -160), (170, 190), (10, 190), (62, 110), (84, 20), (70, -80)],
        shadow,
        alpha=0.55,
        within=face,
    )
    for side in (-1, 1):
        canvas.glow(side * 72, 60, 58, "#e0604f", alpha=0.5 if look.age == "child" else 0.3)
    if look.age == "elder":
        _wrinkles(canvas, look)
    if look.age == "child":
        for x, y in ((-66, 46), (-48, 54), (-82, 58), (64, 46), (48, 55), (80, 57)):
            canvas.oval(x, y, 3.2, 3.2, darker(skin, 0.35), alpha=0.7)
    if look.beard == "full":
        _beard(canvas, look)
    _nose(canvas, look)
    _hair_in_front(canvas, look)
    _brows(canvas, look)
    _hat(canvas, look)


def _nose(canvas: Canvas, look: Appearance) -> None:
    tone, drop = darker(look.skin, 0.34), -10 if look.age == "child" else 0
    canvas.stroke([(6, 6), (14, 34 + drop), (18, 50 + drop), (6, 58 + drop), (-8, 56 + drop)], tone, 5.5)


def _wrinkles(canvas: Canvas, look: Appearance) -> None:
    tone = darker(look.skin, 0.38)
    for side in (-1, 1):
        canvas.stroke([(side * 84, -2), (side * 96, -8)], tone, 3.5, alpha=0.6, soft=False)
        canvas.stroke([(side * 85, 8), (side * 99, 10)], tone, 3.5, alpha=0.6, soft=False)
        canvas.stroke([(side * 34, 62), (side * 46, 78), (side * 50, 98)], tone, 4, alpha=0.55)
        canvas.stroke([(side * 34, 24), (side * 52, 31), (side * 70, 24)], tone, 3, alpha=0.4)
    for y in (-98, -82):
        canvas.stroke([(-44, y + 4), (0, y), (44, y + 4)], tone, 3, alpha=0.35)


def _brows(canvas: Canvas, look: Appearance) -> None:
    tone = darker(look.hair_colour, 0.3) if look.age != "elder" else darker(look.hair_colour, 0.14)
    width = 6.5 if look.lips or look.age == "child" else 10
    for side in (-1, 1):
        canvas.stroke([(side * 26, -43), (side * 50, -52), (side * 78, -42)], tone, width)


def _eyes(canvas: Canvas, look: Appearance, *, shut: bool) -> None:
    big = 1.14 if look.age == "child" else 0.94 if look.age == "elder" else 1.0
    for side in (-1, 1):
        x, y = side * 51.0, -6.0
        if shut:
            canvas.stroke([(x - 23, y + 2), (x, y + 9), (x + 23, y + 2)], INK, 5)
            continue
        lid = [(x - 24 * big, y + 2), (x - 10 * big, y - 13 * big), (x + 10 * big, y - 13 * big), (x + 24 * big, y + 2)]
        white = [*lid, (x + 10 * big, y + 12 * big), (x - 10 * big, y + 12 * big)]
        canvas.shape(white, "#fffaf4")
        canvas.oval(x, y - 1, 12 * big, 12.5 * big, look.eyes, within=white)
        canvas.oval(x, y - 1, 6 * big, 6.5 * big, INK, within=white)
        canvas.oval(x + 4, y - 6, 3.4 * big, 3.4 * big, "#ffffff")
        canvas.stroke(lid, INK, 5.5 if look.lips else 4.5)
        if look.lips:
            canvas.stroke([(x + side * 22 * big, y), (x + side * 30 * big, y - 6)], INK, 4, soft=False)


def _mouth(canvas: Canvas, look: Appearance, mouth: int) -> None:
    lip = look.lips or darker(look.skin, 0.42)
    y = 92.0 if look.age == "child" else 104.0
    wide, low = ((31, 0), (27, 9), (27, 17), (23, 27))[mouth]
    if not mouth:
        canvas.stroke([(-wide, y - 3), (-12, y + 3), (12, y + 3), (wide, y - 3)], lip, 8 if look.lips else 5.5)
        canvas.stroke([(-14, y + 15), (0, y + 18), (14, y + 15)], darker(look.skin, 0.25), 3.5, alpha=0.6)
        return
    inside: list[Point] = [
        (-wide, y),
        (-wide * 0.5, y - 5),
        (0, y - 3),
        (wide * 0.5, y - 5),
        (wide, y),
        (wide * 0.6, y + low * 0.8),
        (0, y + low),
        (-wide * 0.6, y + low * 0.8),
    ]
    canvas.shape(inside, "#6b2430")
    if mouth > 1:
        canvas.shape(
            [(-wide, y - 8), (wide, y - 8), (wide * 0.7, y + 3), (-wide * 0.7, y + 3)],
            "#fffaf2",
            within=inside,
            soft=False,
        )
        canvas.oval(0, y + low + 2, wide * 0.62, low * 0.42, "#c9606a", within=inside)
    canvas.stroke(inside, lip, 6.5 if look.lips else 4.5, closed=True)


def _moustache(canvas: Canvas, look: Appearance) -> None:
    tone = look.hair_colour
    half: list[Point] = [(0, 70), (22, 68), (44, 78), (58, 94), (40, 92), (20, 90), (0, 86)]
    canvas.shape(mirrored(half), tone)
    canvas.stroke([(0, 74), (0, 84)], darker(tone, 0.2), 3, soft=False)


def _beard(canvas: Canvas, look: Appearance) -> None:
    tone = look.hair_colour
    outer = mirrored(
        [(0, 196), (48, 188), (96, 146), (124, 74), (126, 2), (112, 6), (98, 64), (62, 78), (34, 84), (0, 86)][::-1]
    )
    canvas.shape(outer, tone)
    canvas.shape([(20, 84), (130, 0), (130, 200), (10, 200), (50, 150)], darker(tone, 0.25), alpha=0.5, within=outer)


def _glasses(canvas: Canvas, look: Appearance) -> None:
    rim = "#5a3d2e" if look.lips else "#3b3f46"
    for side in (-1, 1):
        canvas.oval(side * 51, -2, 39, 34, "#ffffff", alpha=0.14)
        ring: list[Point] = [
            (side * 51 + 40 * dx, -2 + 35 * dy)
            for dx, dy in ((0, -1), (0.74, -0.72), (1, 0), (0.74, 0.72), (0, 1), (-0.74, 0.72), (-1, 0), (-0.74, -0.72))
        ]
        canvas.stroke(ring, rim, 6, closed=True)
        canvas.stroke([(side * 90, -8), (side * 121, -2)], rim, 6, soft=False)
        canvas.stroke([(side * 51 - 20, -22), (side * 51 - 6, -28)], "#ffffff", 4, alpha=0.6, soft=False)
    canvas.stroke([(-13, -6), (0, -12), (13, -6)], rim, 6)


def _hair_behind(canvas: Canvas, look: Appearance) -> None:
    tone = darker(look.hair_colour, 0.28)
    if look.hair == "bob":
        canvas.shape(mirrored([(0, -190), (110, -168), (160, -70), (166, 60), (158, 150), (110, 178), (0, 180)]), tone)
    if look.hair == "long":
        canvas.shape(mirrored([(0, -186), (108, -164), (156, -60), (168, 120), (176, 300), (120, 360), (0, 360)]), tone)
    if look.hair == "bun" and not look.hat:
        canvas.oval(0, -196, 66, 58, tone)
        canvas.stroke([(-40, -206), (0, -222), (40, -206)], lighter(tone, 0.25), 5, alpha=0.7)
    if look.hair == "curly":
        for x, y, r in ((-130, -60, 62), (130, -60, 62), (-138, 20, 54), (138, 20, 54), (-120, 88, 44), (120, 88, 44)):
            canvas.oval(x, y, r, r, tone)
    if look.hat == "headscarf":
        canvas.shape(
            mirrored([(0, -190), (116, -164), (160, -60), (158, 90), (120, 200), (60, 250), (0, 260)]),
            darker(look.hat_colour, 0.35),
        )


def _hair_over_shoulders(canvas: Canvas, look: Appearance) -> None:
    tone = look.hair_colour
    if look.hair == "long":
        for side in (-1, 1):
            lock: list[Point] = [
                (side * 120, 20),
                (side * 152, 60),
                (side * 172, 210),
                (side * 184, 380),
                (side * 150, 450),
                (side * 116, 380),
                (side * 112, 200),
            ]
            canvas.shape(lock, tone)
            canvas.stroke([(side * 140, 120), (side * 150, 260), (side * 152, 390)], lighter(tone, 0.18), 5, alpha=0.6)
    if look.hair == "braids":
        for side in (-1, 1):
            _braid(canvas, look, side)


def _braid(canvas: Canvas, look: Appearance, side: int) -> None:
    tone = look.hair_colour
    for step in range(7):
        x, y = side * (128 + 5 * step), 90 + 38 * step
        canvas.oval(x, y, 29 - step * 0.8, 27, tone if step % 2 else darker(tone, 0.12))
        canvas.stroke([(x - 18, y - 8), (x + side * 2, y + 8), (x + 18, y - 8)], darker(tone, 0.3), 3.5, alpha=0.7)
    x, y = side * 162, 352
    for wing in (-1, 1):
        canvas.shape([(x, y), (x + wing * 44, y - 26), (x + wing * 50, y + 22)], "#fbf7f2")
        canvas.stroke([(x, y), (x + wing * 34, y - 6)], "#d9d3cf", 3, soft=False)
    canvas.oval(x, y, 12, 12, "#efe9e4")
    canvas.shape([(x - 14, y + 10), (x + 14, y + 10), (x + 20, y + 70), (x, y + 92), (x - 18, y + 68)], tone)


FRINGES: dict[str, list[Point]] = {
    "short": [(-130, 0), (-134, -80), (-100, -170), (0, -200), (100, -172), (134, -80), (130, 0), (116, -40),
              (104, -92), (50, -112), (-20, -104), (-84, -112), (-108, -80), (-116, -40)],
    "parted": [(-128, 6), (-138, -80), (-108, -172), (-30, -208), (70, -202), (128, -140), (134, -60), (126, 6),
               (116, -44), (104, -90), (40, -104), (-36, -142), (-72, -108), (-108, -76), (-116, -40)],
    "bob": [(-152, 120), (-160, 0), (-140, -110), (-80, -182), (10, -200), (96, -172), (146, -100), (160, 0),
            (152, 120), (126, 126), (122, 30), (112, -50), (40, -84), (-40, -118), (-104, -66),
            (-120, 20), (-126, 124)],
    "long": [(-136, 110), (-150, 0), (-136, -110), (-76, -180), (0, -194), (76, -180), (136, -110), (150, 0),
             (136, 110), (122, 60), (116, -30), (84, -92), (0, -128), (-84, -92), (-116, -30), (-122, 60)],
    "bun": [(-128, 10), (-138, -80), (-104, -166), (0, -196), (104, -166), (138, -80), (128, 10), (116, -44), (92, -94),
            (40, -118), (-8, -130), (-52, -116), (-98, -90), (-116, -44)],
    "braids": [(-130, 60), (-142, -60), (-110, -160), (0, -190), (110, -160), (142, -60), (130, 60), (118, 0),
               (110, -60), (60, -104), (0, -140), (-60, -104), (-110, -60), (-118, 0)],
}  # fmt: skip
SHINES: dict[str, list[list[Point]]] = {
    "parted": [[(-40, -146), (10, -170), (70, -164)]],
    "bob": [[(-100, -120), (-40, -158), (30, -164)]],
    "long": [[(-96, -112), (-60, -146), (-14, -162)]],
    "bun": [[(x, -122), (x * 0.8, -160), (x * 0.5, -186)] for x in (-60.0, -20.0, 24.0, 66.0)],
    "braids": [[(side * 30, -128), (side * 70, -140), (side * 106, -110)] for side in (-1, 1)],
}
CURLS = (
    (-118, -62, 42), (-104, -112, 46), (-62, -150, 48), (-8, -166, 50), (48, -156, 48), (96, -118, 46),
    (118, -64, 42), (-66, -112, 34), (-20, -122, 34), (28, -120, 34), (70, -104, 32),
)  # fmt: skip


def _hair_in_front(canvas: Canvas, look: Appearance) -> None:
    tone, shine = look.hair_colour, lighter(look.hair_colour, 0.22)
    if look.hair in FRINGES:
        canvas.shape(FRINGES[look.hair], tone)
    for line in SHINES.get(look.hair, []):
        canvas.stroke(line, shine, 5.5, alpha=0.55)
    if look.hair == "braids":
        canvas.stroke([(0, -140), (0, -188)], darker(tone, 0.25), 4, soft=False)
    if look.hair == "curly":
        _curls(canvas, tone, shine)
    if look.hair == "bald":
        _bald(canvas, look)


def _curls(canvas: Canvas, tone: str, shine: str) -> None:
    for x, y, r in CURLS:
        canvas.oval(x, y, r, r * 0.92, tone)
    for x, y in ((-96, -126), (-52, -164), (0, -180), (52, -170), (98, -130)):
        canvas.stroke([(x - 16, y + 4), (x, y - 8), (x + 16, y + 4)], shine, 5, alpha=0.6)


def _bald(canvas: Canvas, look: Appearance) -> None:
    for side in (-1, 1):
        rest: list[Point] = [(110, -100), (130, -70), (140, 0), (132, 44), (118, 20), (112, -40)]
        canvas.shape([(side * x, y) for x, y in rest], look.hair_colour)
    canvas.stroke([(-60, -134), (-30, -148), (6, -152)], lighter(look.skin, 0.5), 8, alpha=0.5)


def _hat(canvas: Canvas, look: Appearance) -> None:
    tone = look.hat_colour
    match look.hat:
        case "headscarf":
            outer = mirrored([(0, -196), (96, -178), (150, -92), (156, 10), (140, 100), (96, 170), (40, 204), (0, 208)])
            opening = mirrored([(0, 176), (44, 166), (84, 128), (106, 70), (110, 0), (98, -70), (58, -108), (0, -122)])
            canvas.shape(outer[:8] + opening[:8], tone, soft=True)
            left = [(-x, y) for x, y in outer[:8] + opening[:8]]
            canvas.shape(left, tone)
            canvas.shape([(-70, -188), (0, -198), (70, -188), (64, -102), (0, -126), (-64, -102)], tone)
            _flowers(canvas)
            for side in (-1, 1):
                canvas.stroke(
                    [(side * 112, 0), (side * 104, 78), (side * 78, 134), (side * 30, 176)],
                    darker(tone, 0.3),
                    5,
                    alpha=0.7,
                )
            canvas.oval(0, 196, 26, 20, darker(tone, 0.12))
            for side in (-1, 1):
                canvas.shape([(side * 6, 200), (side * 50, 226), (side * 58, 292), (side * 20, 262)], tone)
        case "ushanka":
            fur, dark = tone, darker(tone, 0.3)
            for side in (-1, 1):
                canvas.shape(
                    [
                        (side * 96, -110),
                        (side * 152, -96),
                        (side * 170, 0),
                        (side * 160, 100),
                        (side * 128, 132),
                        (side * 108, 80),
                        (side * 112, 0),
                    ],
                    fur,
                )
                canvas.stroke([(side * 138, -60), (side * 148, 10), (side * 138, 84)], lighter(fur, 0.16), 7, alpha=0.5)
            canvas.shape(mirrored([(0, -256), (96, -244), (140, -190), (136, -120), (0, -108)]), dark)
            band = mirrored([(0, -196), (84, -192), (150, -166), (158, -110), (120, -78), (0, -74)])
            canvas.shape(band, fur)
            for x in range(-132, 140, 24):
                canvas.stroke(
                    [(x, -158 + abs(x) // 8), (x + 6, -122 + abs(x) // 10)],
                    lighter(fur, 0.2),
                    5,
                    alpha=0.45,
                    soft=False,
                )
        case "beanie":
            canvas.oval(0, -262, 42, 40, lighter(tone, 0.55))
            canvas.shape(mirrored([(0, -240), (80, -224), (130, -160), (140, -96), (0, -84)]), tone)
            canvas.stroke([(-96, -196), (0, -222), (96, -196)], lighter(tone, 0.5), 12, alpha=0.8)
            canvas.shape(
                mirrored([(0, -142), (110, -136), (146, -122), (150, -84), (136, -70), (0, -78)]), darker(tone, 0.15)
            )
            for x in range(-126, 130, 21):
                canvas.stroke([(x, -126), (x * 1.02, -84)], darker(tone, 0.35), 3.5, alpha=0.5, soft=False)
        case "beret":
            canvas.shape(
                [(-142, -110), (-150, -170), (-80, -226), (50, -244), (160, -206), (184, -150), (140, -116), (0, -122)],
                tone,
            )
            canvas.shape([(-142, -110), (0, -134), (140, -116), (128, -96), (0, -112), (-130, -92)], darker(tone, 0.3))
            canvas.stroke([(-70, -196), (30, -216), (110, -196)], lighter(tone, 0.25), 7, alpha=0.45)
            canvas.stroke([(24, -240), (30, -262)], darker(tone, 0.2), 8, soft=False)


def _flowers(canvas: Canvas) -> None:
    for x, y in (
        (0, -158),
        (-62, -142),
        (62, -142),
        (-116, -84),
        (116, -84),
        (-132, 0),
        (132, 0),
        (-118, 84),
        (118, 84),
    ):
        for dx, dy in ((-8, -5), (8, -5), (0, 9)):
            canvas.oval(x + dx, y + dy, 8, 8, "#f6e3c8")
        canvas.oval(x, y, 5, 5, "#e0a53a")
        canvas.oval(x + 18, y + 10, 7, 4, "#58795a")


def _neck(canvas: Canvas, look: Appearance) -> None:
    half = 42 if look.age == "child" else 50 if look.lips else 58
    shade = darker(look.skin, 0.22)
    canvas.shape(
        [(-half, 90), (half, 90), (half + 4, 230), (half + 40, 290), (0, 330), (-half - 40, 290), (-half - 4, 230)],
        shade,
    )
    canvas.shape([(-half, 206), (half, 206), (half + 26, 290), (0, 326), (-half - 26, 290)], look.skin)


def _shoulders(look: Appearance) -> list[Point]:
    wide = 250 if look.age == "child" else 300 if look.lips else 340
    return mirrored(
        [
            (0, 222),
            (70, 226),
            (wide * 0.62, 262),
            (wide * 0.9, 318),
            (wide * 1.02, 430),
            (wide * 1.12, 660),
            (wide * 1.16, 900),
            (0, 930),
        ]
    )


def _collar(canvas: Canvas, colour: str, *, spread: float = 96, low: float = 340) -> None:
    for side in (-1, 1):
        canvas.shape(
            [(side * 40, 214), (side * spread, 262), (side * spread * 0.72, low), (0, 300), (side * 10, 276)],
            colour,
            soft=False,
        )
        canvas.stroke(
            [(0, 302), (side * spread * 0.72, low), (side * spread, 262)], darker(colour, 0.18), 3.5, soft=False
        )


def _torso(canvas: Canvas, shoulders: list[Point], colour: str) -> None:
    canvas.shape(shoulders, colour)
    canvas.shape(
        [(110, 200), (420, 260), (460, 960), (130, 960), (190, 620)], darker(colour, 0.22), alpha=0.5, within=shoulders
    )
    for side in (-1, 1):
        canvas.stroke([(side * 208, 470), (side * 222, 600), (side * 214, 800)], darker(colour, 0.3), 5, alpha=0.6)


def _throat(canvas: Canvas, look: Appearance, low: float = 372, wide: float = 78) -> None:
    canvas.shape([(-wide, 216), (wide, 216), (0, low)], look.skin, soft=False)
    canvas.shape([(-wide, 216), (wide, 216), (40, 236), (-40, 236)], darker(look.skin, 0.22), soft=False)


def _coat(canvas: Canvas, look: Appearance, shoulders: list[Point]) -> None:
    _torso(canvas, shoulders, look.cloth)
    dark = darker(look.cloth, 0.25)
    for side in (-1, 1):
        lapel: list[Point] = [
            (side * 60, 250),
            (side * 170, 300),
            (side * 196, 420),
            (side * 140, 440),
            (side * 8, 640),
            (0, 420),
        ]
        canvas.shape(lapel, lighter(look.cloth, 0.1), soft=False)
        canvas.stroke([*lapel[1:5]], dark, 4, soft=False)
    canvas.stroke([(0, 640), (0, 940)], dark, 5, soft=False)
    for y in (690, 800):
        canvas.oval(34, y, 13, 13, dark)
    _scarf(canvas, look.second)


def _scarf(canvas: Canvas, colour: str) -> None:
    canvas.shape([(20, 300), (92, 296), (112, 470), (100, 560), (36, 560), (28, 440)], darker(colour, 0.14))
    for x in (44, 62, 80, 96):
        canvas.stroke([(x, 556), (x + 2, 590)], darker(colour, 0.14), 5, soft=False)
    canvas.shape(mirrored([(0, 190), (78, 178), (124, 206), (128, 262), (84, 312), (0, 330)]), colour)
    for y in (226, 262):
        canvas.stroke([(-112, y - 14), (0, y + 28), (112, y - 14)], darker(colour, 0.2), 5, alpha=0.7)
    canvas.stroke([(-100, 292 - 20), (0, 314), (90, 280)], lighter(colour, 0.25), 5, alpha=0.5)


def _cardigan(canvas: Canvas, look: Appearance, shoulders: list[Point]) -> None:
    _torso(canvas, shoulders, look.cloth)
    canvas.shape([(-84, 226), (84, 226), (74, 420), (40, 940), (-40, 940), (-74, 420)], look.second, soft=False)
    _throat(canvas, look, 350, 66)
    _collar(canvas, lighter(look.second, 0.4), spread=104, low=352)
    for side in (-1, 1):
        canvas.stroke([(side * 92, 240), (side * 84, 420), (side * 44, 940)], darker(look.cloth, 0.2), 16)
    for y in (460, 560, 660, 760):
        canvas.oval(0, y, 8, 8, darker(look.second, 0.25))
    canvas.oval(118, 420, 20, 20, lighter(look.cloth, 0.45))
    canvas.oval(118, 420, 11, 11, "#d9a441")


def _suit(canvas: Canvas, look: Appearance, shoulders: list[Point]) -> None:
    _torso(canvas, shoulders, look.cloth)
    canvas.shape([(-90, 226), (90, 226), (0, 700)], "#f4f1ec", soft=False)
    _collar(canvas, "#fdfbf7", spread=92, low=346)
    canvas.shape(
        [(-22, 304), (22, 304), (14, 346), (34, 600), (0, 650), (-34, 600), (-14, 346)], look.second, soft=False
    )
    for y in (400, 470, 540):
        canvas.stroke([(-20, y + 18), (20, y - 8)], lighter(look.second, 0.3), 6, alpha=0.7, soft=False)
    for side in (-1, 1):
        lapel: list[Point] = [
            (side * 84, 232),
            (side * 150, 300),
            (side * 168, 400),
            (side * 116, 410),
            (side * 4, 730),
        ]
        canvas.shape(lapel, lighter(look.cloth, 0.1), soft=False)
        canvas.stroke(lapel[1:], darker(look.cloth, 0.3), 4, soft=False)
    for row, colours in enumerate((("#9b2f36", "#d9a441"), ("#d9a441", "#40659b"))):
        for column, colour in enumerate(colours):
            canvas.box(168 + column * 42, 440 + row * 24, 38, 18, colour)


def _pinafore(canvas: Canvas, look: Appearance, shoulders: list[Point]) -> None:
    _torso(canvas, shoulders, look.second)
    bib: list[Point] = [(-120, 420), (120, 420), (180, 960), (-180, 960)]
    canvas.shape(bib, look.cloth, soft=False)
    for side in (-1, 1):
        canvas.shape([(side * 70, 240), (side * 124, 252), (side * 128, 430), (side * 84, 430)], look.cloth, soft=False)
        canvas.oval(side * 104, 446, 11, 11, "#d9a441")
    _throat(canvas, look, 320, 60)
    _collar(canvas, lighter(look.second, 0.5), spread=118, low=336)
    for side in (-1, 1):
        canvas.shape([(0, 322), (side * 54, 300), (side * 58, 350)], "#a8323e")
    canvas.oval(0, 324, 13, 13, "#8a2833")


def _hoodie(canvas: Canvas, look: Appearance, shoulders: list[Point]) -> None:
    canvas.shape(mirrored([(0, 150), (120, 170), (176, 230), (150, 300), (0, 340)]), darker(look.cloth, 0.3))
    _torso(canvas, shoulders, look.cloth)
    _throat(canvas, look, 330, 72)
    canvas.shape([(-70, 256), (70, 256), (0, 350)], look.second, alpha=1.0)
    _throat(canvas, look, 306, 64)
    for side in (-1, 1):
        canvas.shape(
            [
                (side * 66, 206),
                (side * 128, 216),
                (side * 150, 270),
                (side * 84, 352),
                (0, 380),
                (side * 10, 340),
                (side * 62, 280),
            ],
            lighter(look.cloth, 0.1),
        )
        canvas.stroke([(side * 40, 358), (side * 46, 470)], look.second, 7, soft=False)
        canvas.oval(side * 46, 476, 7, 12, look.second)
    canvas.stroke([(-150, 760), (-100, 690), (100, 690), (150, 760)], darker(look.cloth, 0.3), 6)


def _sweater(canvas: Canvas, look: Appearance, shoulders: list[Point]) -> None:
    _torso(canvas, shoulders, look.cloth)
    wide = 70 if look.lips else 78
    canvas.shape([(-wide, 196), (wide, 196), (wide + 14, 268), (0, 296), (-wide - 14, 268)], lighter(look.cloth, 0.2))
    for rib in range(-60, 70, 20):
        canvas.stroke([(rib, 206), (rib * 1.12, 276)], darker(look.cloth, 0.16), 4, alpha=0.6, soft=False)
    for y in (430, 560):
        canvas.stroke([(-300, y + 20), (0, y - 4), (300, y + 20)], look.second, 7, alpha=0.9)
    for x in [column * 60.0 - 270 for column in range(10)]:
        level = 494 + abs(x) / 14
        canvas.shape([(x, level - 34), (x + 24, level), (x, level + 34), (x - 24, level)], look.second, soft=False)
        canvas.shape(
            [(x, level - 14), (x + 10, level), (x, level + 14), (x - 10, level)], lighter(look.cloth, 0.3), soft=False
        )


def _shawl(canvas: Canvas, look: Appearance, shoulders: list[Point]) -> None:
    _torso(canvas, shoulders, look.second)
    for side in (-1, 1):
        wrap: list[Point] = [
            (side * 30, 232),
            (side * 190, 262),
            (side * 316, 340),
            (side * 366, 620),
            (side * 350, 940),
            (side * 150, 940),
            (side * 60, 620),
            (side * -16, 420),
        ]
        canvas.shape(wrap, look.cloth if side < 0 else darker(look.cloth, 0.08))
        canvas.stroke([*wrap[-2:], (side * 20, 330)], darker(look.cloth, 0.2), 4, alpha=0.5)
    for row in range(6):
        for column in range(-5, 6):
            x, y = column * 58 + (row % 2) * 29, 400 + row * 78
            if abs(x) > 70 + row * 14:
                canvas.stroke(
                    [(x - 12, y), (x, y - 14), (x + 12, y), (x, y + 14)],
                    darker(look.cloth, 0.16),
                    3,
                    alpha=0.6,
                    closed=True,
                    soft=False,
                )


def _parka(canvas: Canvas, look: Appearance, shoulders: list[Point]) -> None:
    canvas.shape(mirrored([(0, 120), (120, 140), (190, 210), (180, 300), (0, 350)]), lighter(look.second, 0.5))
    _torso(canvas, shoulders, look.cloth)
    for side in (-1, 1):
        for step in range(8):
            x, y = side * (190 - step * 24), 226 + step * 17
            canvas.oval(x, y, 40, 32, lighter("#c8a27c", 0.2 + 0.1 * (step % 2)))
    canvas.stroke([(0, 360), (0, 940)], darker(look.cloth, 0.35), 8, soft=False)
    canvas.oval(0, 378, 11, 16, look.second)
    for side in (-1, 1):
        canvas.stroke([(side * 30, 470), (side * 236, 456)], darker(look.cloth, 0.25), 5, alpha=0.7)
        canvas.box(-230 if side < 0 else 70, 600, 160, 16, look.second)


CLOTHES = {
    "coat": _coat,
    "cardigan": _cardigan,
    "suit": _suit,
    "pinafore": _pinafore,
    "hoodie": _hoodie,
    "sweater": _sweater,
    "shawl": _shawl,
    "parka": _parka,
}


def _held(whole: Canvas, look: Appearance) -> None:
    canvas = whole.at(0, -185 if look.held == "photo" else -150)
    match look.held:
        case "sheet":
            canvas.shape([(-150, 470), (142, 456), (158, 830), (-140, 846)], "#fbf6ea", soft=False)
            for row in range(8):
                y = 510 + row * 38
                canvas.stroke([(-118 + row, y), (118 - (row % 3) * 34, y - 10)], "#8d8a9a", 6, alpha=0.6, soft=False)
            _hands(canvas, look, 150, 690)
        case "photo":
            canvas.shape([(-140, 430), (140, 430), (140, 800), (-140, 800)], "#6b4a33", soft=False)
            canvas.shape([(-118, 452), (118, 452), (118, 778), (-118, 778)], "#e9e0cf", soft=False)
            _photograph(canvas)
            _hands(canvas, look, 140, 700)
        case "book":
            canvas.shape([(-236, 520), (0, 560), (236, 520), (252, 830), (0, 872), (-252, 830)], "#7a3b32", soft=False)
            for side in (-1, 1):
                canvas.shape(
                    [(0, 548), (side * 120, 510), (side * 222, 514), (side * 236, 812), (side * 120, 812), (0, 852)],
                    mixed("#faf3e2", "#d8c7a4", 0.0 if side < 0 else 0.35),
                    soft=False,
                )
                for row in range(6):
                    y = 566 + row * 40
                    canvas.stroke(
                        [(side * 34, y + 14), (side * 110, y - 12), (side * 196, y - 12)], "#8d8290", 5, alpha=0.5
                    )
            _hands(canvas, look, 236, 720)


def _photograph(canvas: Canvas) -> None:
    frame: list[Point] = [(-104, 466), (104, 466), (104, 764), (-104, 764)]
    canvas.shape(frame, "#b9a88c", soft=False)
    canvas.shape(mirrored([(0, 664), (30, 668), (86, 700), (98, 764), (0, 764)]), "#5f5341", soft=False)
    canvas.oval(0, 604, 40, 50, "#e4d6bb")
    canvas.shape([(-52, 580), (-40, 540), (12, 526), (52, 552), (48, 578)], "#5f5341")
    canvas.oval(0, 556, 8, 8, "#d8c9a8")
    for side in (-1, 1):
        canvas.oval(side * 14, 598, 3.6, 3.6, "#4a3f31")
    canvas.stroke([(2, 602), (5, 616), (-2, 617)], "#a8977a", 2.5)
    canvas.stroke([(-10, 632), (0, 633), (10, 632)], "#7a6a52", 3.5)


def _hands(canvas: Canvas, look: Appearance, x: float, y: float) -> None:
    """Two hands that hold something by its sides, `x` from the middle."""
    skin, line = look.skin, darker(look.skin, 0.3)
    for side in (-1, 1):
        sleeve: list[Point] = [
            (side * (x + 34), y + 40),
            (side * (x + 120), y + 30),
            (side * (x + 190), y + 330),
            (side * (x + 10), y + 330),
        ]
        canvas.shape(sleeve, darker(look.cloth, 0.12))
        canvas.shape(
            [
                (side * (x - 6), y - 30),
                (side * (x + 52), y - 56),
                (side * (x + 92), y + 10),
                (side * (x + 92), y + 80),
                (side * (x + 26), y + 84),
            ],
            skin,
        )
        for finger in range(4):
            fy = y - 34 + finger * 29
            canvas.stroke([(side * (x + 34), fy + 6), (side * (x - 30 + finger * 3), fy)], skin, 26, soft=False)
            if finger:
                canvas.stroke(
                    [(side * (x + 16), fy - 10), (side * (x - 24 + finger * 3), fy - 14)],
                    line,
                    3,
                    alpha=0.5,
                    soft=False,
                )
