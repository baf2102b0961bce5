"""Everything of a card that is no letter: grounds, frames, plates, ornaments, shadows, as arrays. Pure.

RGB or RGBA, bytes, shape (height, width, channels). Lengths are pixels of the film.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from relay.almanac.cards.themes import Colour, Theme
from relay.almanac.formats import House

Pixels = NDArray[np.uint8]


def ground(theme: Theme, house: House, scale: float) -> Pixels:
    """The theme's colour, lighter towards the middle, within its frame. RGB.

    A little fixed grain keeps the encoder from breaking the gradient into bands.
    """
    pixels = bare(theme, house)
    insets = {"double": ((54, 0.42), (66, 0.18)), "single": ((58, 0.55),), "none": ()}[theme.frame]
    for inset, strength in insets:
        _hollow(pixels, round(inset * scale), max(1, round(2 * scale)), theme.colours.accent, strength)
    return pixels


def bare(theme: Theme, house: House) -> Pixels:
    """The ground without a frame."""
    height, width = house.height, house.width
    x = (np.arange(width, dtype=np.float32) / width - 0.5) * 1.25
    y = (np.arange(height, dtype=np.float32) / height - 0.44) * 1.35
    distance = np.sqrt((x * x)[None, :] + (y * y)[:, None])
    glow = np.clip(1 - distance / np.float32(0.78), 0, 1) ** np.float32(1.4)
    grain = np.random.default_rng(80).standard_normal((height, width), dtype=np.float32) * np.float32(theme.grain)
    pixels = np.empty((height, width, 3), np.uint8)
    for channel, (dark, light) in enumerate(zip(theme.colours.ground, theme.colours.glow, strict=True)):
        pixels[..., channel] = np.clip(dark + 0.5 + glow * (light - dark) + grain, 0, 255)
    return pixels


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
    pixels[...] = (*colour, round(255 * opacity))
    pixels[:, :bar] = (*accent, 255)
    return pixels


def faded(pixels: Pixels, fading: float) -> Pixels:
    """A plate that runs out over its last pixels on the right."""
    width = pixels.shape[1]
    fade = np.clip((width - np.arange(width)) / fading, 0, 1) ** 0.9
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
    line = np.clip(1 - x / (width / 2), 0, 1) * 220 * (x > height * 1.1)
    stroke = y <= max(0.5, height / 18)
    diamond = np.clip(height / 2 - (x[None, :] + y[:, None]), 0, 1) * 255
    pixels[..., 3] = np.maximum(stroke[:, None] * line[None, :], diamond).astype(np.uint8)
    return pixels


def scrim(width: int, height: int, colour: Colour, opacity: float) -> Pixels:
    """Darkness that grows towards the lower edge, for words over a picture. Smooth at both ends."""
    rise = np.linspace(0, 1, height, dtype=np.float32)
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[..., :3] = colour
    pixels[..., 3] = (255 * opacity * (rise * rise * (3 - 2 * rise)))[:, None].astype(np.uint8)
    return pixels


def modules(matrix: NDArray[np.bool_], pixel: int, quiet: int, dark: Colour, light: Colour) -> Pixels:
    """A QR code: `matrix` of modules, true where dark, each `pixel` wide, within `quiet` light ones. RGBA."""
    padded = np.pad(matrix, quiet)
    large = np.kron(padded, np.ones((pixel, pixel), np.bool_))
    pixels = np.empty((*large.shape, 4), np.uint8)
    pixels[..., :3] = np.where(large[..., None], np.array(dark, np.uint8), np.array(light, np.uint8))
    pixels[..., 3] = 255
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
    canvas = bare(theme, house)
    top = round(house.height * (UPPER_EDGE + LOWER_EDGE) / 2 - small.shape[0] / 2)
    left = (house.width - small.shape[1]) // 2
    _shade(canvas, left, top, small.shape[1], small.shape[0], theme)
    mat = max(2, round(min(house.width, house.height) / 108))
    canvas[top - mat : top + small.shape[0] + mat, left - mat : left + small.shape[1] + mat] = MAT
    canvas[top : top + small.shape[0], left : left + small.shape[1]] = small
    return canvas


MOST_LOST = 0.30
"""Share of an archive picture that may fall outside the frame."""
UPPER_EDGE, LOWER_EDGE = 0.075, 0.785
"""Of the room for a picture that doesn't fill the frame, in heights of the film."""
MAT = (246, 243, 236)


def fitted(shape: tuple[int, int], house: House) -> tuple[int, int]:
    """Width and height of a picture that doesn't fill the frame, as it lies on the ground."""
    fit = min(house.width * 0.84 / shape[0], house.height * (LOWER_EDGE - UPPER_EDGE) / shape[1])
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
    top, left = round((pixels.shape[0] - house.height) * 0.4), (pixels.shape[1] - house.width) // 2
    return np.ascontiguousarray(pixels[top : top + house.height, left : left + house.width])


def _shade(canvas: Pixels, left: int, top: int, width: int, height: int, theme: Theme) -> None:
    """The soft shadow that a picture throws on the ground."""
    reach = max(4.0, min(canvas.shape[:2]) / 36)
    x, y = np.arange(canvas.shape[1]), np.arange(canvas.shape[0]) - reach * 0.35
    outside_x = np.maximum(left - x, x - (left + width)).clip(0)
    outside_y = np.maximum(top - y, y - (top + height)).clip(0)
    distance = np.hypot(outside_x[None, :], outside_y[:, None]) / (2.2 * reach)
    strength = np.clip(1 - distance, 0, 1) ** 2 * (0.55 if sum(theme.colours.ground) < 384 else 0.28)
    canvas[...] = canvas * (1 - strength[..., None])


def _resized(pixels: Pixels, width: int, height: int) -> Pixels:
    from PIL import Image

    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.LANCZOS))
