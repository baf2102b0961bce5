"""Chapters of a finished film, as ffmpeg reads them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Chapter:
    """`start`: the film's frame in which it begins."""

    start: int
    title: str


def in_order(chapters: Sequence[Chapter], frames: int) -> list[Chapter]:
    """Without those that begin together with the next one or outside the film; the first begins with the film."""
    inside = sorted((c for c in chapters if 0 <= c.start < frames and c.title), key=lambda chapter: chapter.start)
    kept = [c for n, c in enumerate(inside) if n + 1 == len(inside) or inside[n + 1].start > c.start]
    return [Chapter(0, kept[0].title), *kept[1:]] if kept else []


def ffmetadata(chapters: Sequence[Chapter], frames: int, fps: int) -> str:
    """A metadata file for ffmpeg (ffmpeg-formats, "Metadata"): `=`, `;`, `#`, `\\` and line ends are escaped."""
    lines = [";FFMETADATA1"]
    listed = in_order(chapters, frames)
    for number, chapter in enumerate(listed):
        end = listed[number + 1].start if number + 1 < len(listed) else frames
        lines += ["[CHAPTER]", f"TIMEBASE=1/{fps}", f"START={chapter.start}", f"END={end}"]
        lines.append(f"title={_escaped(chapter.title)}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    one_line = " ".join(text.split())
    return "".join(f"\\{sign}" if sign in "=;#\\" else sign for sign in one_line)
