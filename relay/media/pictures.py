"""Archive pictures. They come from strangers like videos do, so they are decoded in a child, and what comes back is
bare pixels: no reader of a picture format runs in this process.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from relay.errors import Refused, ToolFailed
from relay.media.toolbox import Limits, Toolbox

MOST_PIXELS = 250_000_000
MOST_SVG = 4 << 20
"""Bytes of a drawing: emblems have some ten thousand."""
HEAD = 4096
"""A sheet of film scanned at 4000 dpi has 220 million."""
LONGEST = 4096
"""Side of what is handed out: enough for a film of 4K."""
LIMITS = Limits(memory_mb=4096, cpu_seconds=60, wall_seconds=180, file_mb=96, open_files=64)
NOT_A_PICTURE = "{file} is not a picture that Relay can read."
WHICH = "Give a JPEG, PNG, WebP or TIFF."
NOT_A_DRAWING = "The drawing {file} can't be painted."


@dataclass(frozen=True, slots=True)
class Seen:
    """`width`, `height`: of the whole picture, upright. `pixels`: RGB or RGBA, made smaller where it was larger than
    asked."""

    width: int
    height: int
    pixels: NDArray[np.uint8]


def kind(head: bytes) -> str:
    """Pillow's name of the format that a file begins with, empty for what is no picture of ours."""
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[:4] in (b"II*\0", b"MM\0*"):
        return "TIFF"
    return ""


def is_drawing(head: bytes) -> bool:
    """Whether a file that begins so is an SVG."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return text.startswith(b"<svg") or (text.startswith((b"<?xml", b"<!--", b"<!DOCTYPE svg")) and b"<svg" in text)


def decode(toolbox: Toolbox, path: Path, folder: Path, *, longest: int = LONGEST) -> Seen:
    """Decodes the picture at `path`, to RGB; `folder` is the child's own. `longest`: of the longer side of what comes
    back.

    Raises Refused for what is no picture, is damaged, or is too large.
    """
    return _decoded(toolbox, path, folder, longest=longest, found=kind(_head(path)))


def decode_emblem(toolbox: Toolbox, path: Path, folder: Path, *, longest: int) -> Seen:
    """As `decode`, to RGBA, and also for a drawing (SVG), whose longer side is painted `longest` pixels long."""
    head = _head(path)
    if is_drawing(head):
        _check_drawing(path)
        return _decoded(toolbox, path, folder, longest=longest, found="SVG", channels=4)
    return _decoded(toolbox, path, folder, longest=longest, found=kind(head), channels=4)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD)


def _check_drawing(path: Path) -> None:
    """Words would be set in whatever font there is, so their letters have to be outlines. Raises Refused."""
    if path.stat().st_size > MOST_SVG:
        raise Refused("{file} is larger than {most} MB.", file=path.name, most=MOST_SVG >> 20)
    text = path.read_bytes()
    if b"<!ENTITY" in text:
        raise Refused(NOT_A_DRAWING, hint="Save it as a plain SVG, or as PNG.", file=path.name)
    if b"<text" in text:
        raise Refused(
            "The drawing {file} has words in it, for which a font would be needed.",
            hint="Turn its letters into outlines, or save it as PNG.",
            file=path.name,
        )


def _decoded(toolbox: Toolbox, path: Path, folder: Path, *, longest: int, found: str, channels: int = 3) -> Seen:
    refusal = Refused(NOT_A_PICTURE, hint=WHICH, file=path.name)
    if not found:
        raise refusal
    target = folder / "pixels.rgb"
    job = {
        "path": str(path.absolute()),
        "format": found,
        "most": MOST_PIXELS,
        "longest": longest,
        "alpha": channels == 4,
        "target": target.name,
    }
    try:
        done = toolbox.run(
            toolbox.python("relay.media.children.picture", json.dumps(job)), folder=folder, reads=[path], limits=LIMITS
        )
        told = json.loads(done.stdout)
    except (ToolFailed, ValueError) as error:
        raise refusal from error
    if "error" in told:
        raise refusal
    try:
        width, height, inner, high = (int(told[name]) for name in ("width", "height", "inner_width", "inner_height"))
        whole = 0 < inner <= longest and 0 < high <= longest and target.stat().st_size == inner * high * channels
        if not whole:
            raise refusal
        return Seen(width, height, np.fromfile(target, np.uint8).reshape(high, inner, channels))
    finally:
        target.unlink(missing_ok=True)
