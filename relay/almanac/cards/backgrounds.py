"""Everything of a card that is no letter: grounds, frames, plates, ornaments, shadows, as arrays. Pure.

RGB or RGBA, bytes, shape (height, width, channels). Lengths are pixels of the film.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from relay.almanac.cards.themes import Colour, Theme
from relay.almanac.formats import House

Pixels = NDArray[np.uint8]

WHITE = 255

FRAMES = {"double": ((54, 0.42), (66, 0.18)), "single": ((58, 0.55),), "none": ()}
"""Hairlines of a ground's frame: how far inside the edge, in units of a card's page, and how strong."""
HAIRLINE = 2
"""Units of width."""

GLOW_MIDDLE = 0.44
"""Share of the height where the ground is lightest: behind the words, which stand above the middle."""
GLOW_WIDE, GLOW_HIGH, GLOW_REACH, GLOW_FALL = 1.25, 1.35, 0.78, 1.4
"""How much closer than the frame's edges the glow ends to each side, the distance where it does (1: from edge to edge),
and how steeply it falls; so the corners are of the ground's own colour."""
GRAIN = 80
"""Seed of the grain: the same in every still, or an encoder would see it move."""
STILL_GRAIN = 0.85
"""Of a theme's grain, how much a ground has that stands still: there it dithers (see `dither`), and less is enough."""

FADE_FALL = 0.9
"""How a plate runs out: almost evenly, a little later, so that the last letter still stands on it."""
LOZENGE_LINE, LOZENGE_SPACE, LOZENGE_STROKE = 220, 1.1, 18
"""Most opacity of the lines beside a lozenge (of 255), where they begin, in its heights, and their part of its height
in thickness (1/18)."""

MOST_LOST = 0.30
"""Share of an archive picture that may fall outside the frame."""
UPPER_EDGE, LOWER_EDGE = 0.075, 0.785
"""Of the room for a picture that doesn't fill the frame, in heights of the film."""
MOST_WIDTH = 0.84
"""Of that room, in widths of the film."""
MAT, MAT_WIDTH, LEAST_MAT = (246, 243, 236), 108, 2
"""The light border of such a picture: its colour, its part of the film's shorter side (1/108), and its least pixels."""
FACES = 0.4
"""Share of what a tall picture loses that it loses at its upper edge: faces are rather in the upper part."""
SHADOW_REACH, LEAST_REACH, SHADOW_FALL, SHADOW_SOFT = 36, 4.0, 0.35, 2.2
"""Of the shadow: its reach as a part of the film's shorter side (1/36) and in pixels at least, how far it lies below
the picture and how far it runs out, both in reaches."""
SHADOW_ON_DARK, SHADOW_ON_LIGHT, LIGHT_GROUND = 0.55, 0.28, 384
"""How dark it is, by the ground: one whose red, green and blue sum up to 384 of 765 is light."""


def ground(theme: Theme, house: House, scale: float) -> Pixels:
    """The theme's colour, lighter towards the middle, within its frame. RGB."""
    pixels = bare(theme, house)
    for inset, strength in FRAMES[theme.frame]:
        _hollow(pixels, round(inset * scale), max(1, round(HAIRLINE * scale)), theme.colours.accent, strength)
    return pixels


def bare(theme: Theme, house: House, *, moves: bool = False) -> Pixels:
    """The ground without a frame, dithered, so that no encoder breaks the gradient into bands.

    Where the camera `moves` over it, each frame is drawn anew between the pixels, which wipes fine dither out: there
    the grain is coarse and fine.
    """
    height, width = house.height, house.width
    x = (np.arange(width, dtype=np.float32) / width - 0.5) * GLOW_WIDE
    y = (np.arange(height, dtype=np.float32) / height - GLOW_MIDDLE) * GLOW_HIGH
    distance = np.sqrt((x * x)[None, :] + (y * y)[:, None])
    glow = np.clip(1 - distance / np.float32(GLOW_REACH), 0, 1) ** np.float32(GLOW_FALL)
    grain = grain_of(height, width) if moves else dither(height, width) * np.float32(STILL_GRAIN)
    grain *= np.float32(theme.grain)
    pixels = np.empty((height, width, 3), np.uint8)
    for channel, (dark, light) in enumerate(zip(theme.colours.ground, theme.colours.glow, strict=True)):
        pixels[..., channel] = np.clip(dark + 0.5 + glow * (light - dark) + grain, 0, WHITE)
    return pixels


def grain_of(height: int, width: int) -> NDArray[np.float32]:
    """White noise of deviation 1, the same every time."""
    return np.random.default_rng(GRAIN).standard_normal((height, width), dtype=np.float32)


def dither(height: int, width: int) -> NDArray[np.float32]:
    """Blue noise of deviation 1, the same every time: each pixel against the mean of its four neighbours.

    An encoder's quantizer swallows what is spread over all frequencies sooner than what lies in the highest ones; after
    x264 at crf 21 a third of a ground's 8×8 blocks was one flat colour with white noise of 1.1 steps, one in two
    hundred with this (measured, docs/almanac.md). It is also what eyes see least (Ulichney, "Dithering with Blue
    Noise", 1988).
    """
    noise = grain_of(height, width)
    around = sum(np.roll(noise, step, axis) for step in (-1, 1) for axis in (0, 1))
    return (noise - around / 4) / np.float32(np.sqrt(5 / 4))


def _hollow(pixels: Pixels, inset: int, stroke: int, colour: Colour, strength: float) -> None:
    """A rectangle of four hairlines, well inside what old screens cut off."""
    inner = pixels[inset:-inset, inset:-inset]
    sides = (inner[:stroke], inner[-stroke:], inner[stroke:-stroke, :stroke], inner[stroke:-stroke, -stroke:])
    for side in sides:
        side[:] = side * (1 - strength) + np.array(colour) * strength


def plate(
    width: int, height: int, colour: Colour, opacity: float, *, bar: int = 0, accent: Colour = (0, 0, 0)
) -> Pixels:
    """A flat plate, with a bar of another colour on its left. RGBA."""
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[...] = (*colour, round(WHITE * opacity))
    pixels[:, :bar] = (*accent, WHITE)
    return pixels


def faded(pixels: Pixels, fading: float) -> Pixels:
    """A plate that runs out over its last pixels on the right."""
    width = pixels.shape[1]
    fade = np.clip((width - np.arange(width)) / fading, 0, 1) ** FADE_FALL
    pixels[..., 3] = (pixels[..., 3] * fade[None, :]).astype(np.uint8)
    return pixels


def rounded(pixels: Pixels, radius: float) -> Pixels:
    """The same with round corners."""
    height, width = pixels.shape[:2]
    x = np.maximum(radius - 0.5 - np.arange(width), np.arange(width) - (width - radius - 0.5)).clip(0)
    y = np.maximum(radius - 0.5 - np.arange(height), np.arange(height) - (height - radius - 0.5)).clip(0)
    inside = np.clip(radius + 0.5 - np.hypot(x[None, :], y[:, None]), 0, 1)
    pixels[..., 3] = (pixels[..., 3] * inside).astype(np.uint8)
    return pixels


def lozenge(width: int, height: int, colour: Colour) -> Pixels:
    """A hairline that runs out to both sides of a small lozenge."""
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[..., :3] = colour
    x = np.abs(np.arange(width) - (width - 1) / 2)
    y = np.abs(np.arange(height) - (height - 1) / 2)
    line = np.clip(1 - x / (width / 2), 0, 1) * LOZENGE_LINE * (x > height * LOZENGE_SPACE)
    stroke = y <= max(0.5, height / LOZENGE_STROKE)
    diamond = np.clip(height / 2 - (x[None, :] + y[:, None]), 0, 1) * WHITE
    pixels[..., 3] = np.maximum(stroke[:, None] * line[None, :], diamond).astype(np.uint8)
    return pixels


def scrim(width: int, height: int, colour: Colour, opacity: float) -> Pixels:
    """Darkness that grows towards the lower edge, for words over a picture. Smooth at both ends."""
    rise = np.linspace(0, 1, height, dtype=np.float32)
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[..., :3] = colour
    pixels[..., 3] = (WHITE * opacity * (rise * rise * (3 - 2 * rise)))[:, None].astype(np.uint8)
    return pixels


def modules(matrix: NDArray[np.bool_], pixel: int, quiet: int, dark: Colour, light: Colour) -> Pixels:
    """A QR code: `matrix` of modules, true where dark, each `pixel` wide, within `quiet` light ones. RGBA."""
    padded = np.pad(matrix, quiet)
    large = np.kron(padded, np.ones((pixel, pixel), np.bool_))
    pixels = np.empty((*large.shape, 4), np.uint8)
    pixels[..., :3] = np.where(large[..., None], np.array(dark, np.uint8), np.array(light, np.uint8))
    pixels[..., 3] = WHITE
    return pixels


def scene(photo: Pixels, theme: Theme, house: House) -> Pixels:
    """An archive picture as a still of the film's size, RGB.

    It fills the frame where little of it is lost, else it lies on the theme's ground, with a shadow.
    """
    height, width = photo.shape[:2]
    if fills((width, height), house):
        cover = max(house.width / width, house.height / height)
        return _middle(_resized(photo, round(width * cover), round(height * cover)), house)
    small = _resized(photo, *fitted((width, height), house))
    canvas = bare(theme, house, moves=True)
    top = round(house.height * (UPPER_EDGE + LOWER_EDGE) / 2 - small.shape[0] / 2)
    left = (house.width - small.shape[1]) // 2
    _shade(canvas, left, top, small.shape[1], small.shape[0], theme)
    mat = max(LEAST_MAT, round(min(house.width, house.height) / MAT_WIDTH))
    canvas[top - mat : top + small.shape[0] + mat, left - mat : left + small.shape[1] + mat] = MAT
    canvas[top : top + small.shape[0], left : left + small.shape[1]] = small
    return canvas


def fitted(shape: tuple[int, int], house: House) -> tuple[int, int]:
    """Width and height of a picture that doesn't fill the frame, as it lies on the ground."""
    fit = min(house.width * MOST_WIDTH / shape[0], house.height * (LOWER_EDGE - UPPER_EDGE) / shape[1])
    return max(1, round(shape[0] * fit)), max(1, round(shape[1] * fit))


def lower_edge(shape: tuple[int, int], house: House) -> int:
    """Where such a picture ends."""
    return round(house.height * (UPPER_EDGE + LOWER_EDGE) / 2 + fitted(shape, house)[1] / 2)


def fills(shape: tuple[int, int], house: House) -> bool:
    """Whether a picture of this width and height may be cut to the frame."""
    cover = max(house.width / shape[0], house.height / shape[1])
    lost = 1 - (house.width * house.height) / (shape[0] * cover * shape[1] * cover)
    return lost <= MOST_LOST


def _middle(pixels: Pixels, house: House) -> Pixels:
    """What of a picture that covers the frame is in it; of a tall one rather the upper part, where faces are."""
    top, left = round((pixels.shape[0] - house.height) * FACES), (pixels.shape[1] - house.width) // 2
    return np.ascontiguousarray(pixels[top : top + house.height, left : left + house.width])


def _shade(canvas: Pixels, left: int, top: int, width: int, height: int, theme: Theme) -> None:
    """The soft shadow that a picture throws on the ground."""
    reach = max(LEAST_REACH, min(canvas.shape[:2]) / SHADOW_REACH)
    x, y = np.arange(canvas.shape[1]), np.arange(canvas.shape[0]) - reach * SHADOW_FALL
    outside_x = np.maximum(left - x, x - (left + width)).clip(0)
    outside_y = np.maximum(top - y, y - (top + height)).clip(0)
    distance = np.hypot(outside_x[None, :], outside_y[:, None]) / (SHADOW_SOFT * reach)
    strength = np.clip(1 - distance, 0, 1) ** 2 * (
        SHADOW_ON_DARK if sum(theme.colours.ground) < LIGHT_GROUND else SHADOW_ON_LIGHT
    )
    canvas[...] = canvas * (1 - strength[..., None])


def _resized(pixels: Pixels, width: int, height: int) -> Pixels:
    from PIL import Image

    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.LANCZOS))
