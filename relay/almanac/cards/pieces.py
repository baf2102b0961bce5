"""Pieces of a card, and how they are put one over another. Moviepy composes them; nothing else in Relay imports it.

A piece is a moviepy clip of one picture with its place in the film's frame, in pixels from the left upper corner.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from relay.almanac.cards.backgrounds import Pixels
from relay.almanac.cards.themes import Colour
from relay.almanac.cards.typefaces import capital_height
from relay.almanac.cards.typography import ink
from relay.almanac.formats import House
from relay.media import carried

Layer = tuple[Pixels, int, int]
"""A picture with the place of its left upper corner in the frame: x, y."""


def text(line: str, face: str, size: float, colour: Colour, left: float, middle: float) -> Any:
    """A line that begins at `left`, its capitals centred on `middle`."""
    drawn, baseline = ink(line, face, size), middle + capital_height(face, size) / 2
    pixels = np.empty((*drawn.alpha.shape, 4), np.uint8)
    pixels[..., :3], pixels[..., 3] = colour, drawn.alpha
    return still(pixels, round(left) + drawn.left, round(baseline) + drawn.top)


def still(pixels: Pixels, x: int, y: int) -> Any:
    os.environ.setdefault(carried.NAMED, carried.ffmpeg())  # else moviepy has it run, with our tokens around
    from moviepy import ImageClip

    return ImageClip(pixels).with_position((x, y))


def compose(pieces: Sequence[Any], width: int, height: int) -> Pixels:
    """Pieces one over another on nothing, as RGBA of this size.

    Moviepy's own composition works on whole frames for every piece (30 ms each at 1920×1080) and loses what lies
    under the transparent margin of a later text; a page of credits has fifty pieces.
    """
    canvas = np.zeros((height, width, 4), np.float32)
    for piece in pieces:
        x, y = piece.pos(0)
        colours, alpha = piece.get_frame(0), piece.mask.get_frame(0)
        top, left = max(0, y), max(0, x)
        under = canvas[top : max(0, y + alpha.shape[0]), left : max(0, x + alpha.shape[1])]
        rows, columns = under.shape[:2]
        over = alpha[top - y : top - y + rows, left - x : left - x + columns, None].astype(np.float32)
        paint = colours[top - y : top - y + rows, left - x : left - x + columns, :3].astype(np.float32)
        under[..., :3] = paint * over + under[..., :3] * (1 - over)
        under[..., 3:] = over + under[..., 3:] * (1 - over)
    alpha = canvas[..., 3:]
    colours = canvas[..., :3] / np.maximum(alpha, 1 / 255)
    rgba = np.concatenate([colours, alpha * 255], axis=2) + np.float32(0.5)
    return np.asarray(np.clip(rgba, 0, 255), np.uint8)


def cropped(pieces: Sequence[Any], house: House) -> Layer:
    """Composes a full frame of pieces and keeps the part that has something in it, with even edges."""
    pixels = compose(pieces, house.width, house.height)
    ys, xs = np.nonzero(pixels[..., 3].any(axis=1))[0], np.nonzero(pixels[..., 3].any(axis=0))[0]
    if not len(ys):
        return pixels[:2, :2], 0, 0
    x, y = int(xs[0]) // 2 * 2, int(ys[0]) // 2 * 2
    return pixels[y : even(ys[-1] + 1), x : even(xs[-1] + 1)], x, y


def even(number: float) -> int:
    """The next even number of pixels, at least two: the film's colours have half its resolution (4:2:0)."""
    return max(2, int(np.ceil(number / 2)) * 2)
