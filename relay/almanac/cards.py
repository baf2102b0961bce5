"""Title, name strips and closing credits as pictures. Moviepy composes them; nothing else in Relay imports it.

A card is a *ground* (a still of the film's size) and a *layer* of text over it; ffmpeg lets the layer come and go,
so no frame of the film is ever drawn by moviepy (measured: 90 ms a full frame, against 3 ms for a strip).

Sizes are given for a picture of 1920×1080 and scaled to the film's. The letters are Roboto, from the package
`font-roboto`: Latin and Cyrillic with Ё, Ў, Ґ, Ї. Names are data: what the font can't draw is left out.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relay.almanac.timeline import House

CARDS = 1
"""Part of every card's name; raise it when the design changes."""

NIGHT, DUSK, GOLD, WHITE, MIST = (9, 16, 30), (24, 44, 72), (214, 178, 112), (250, 248, 243), (176, 190, 208)
COLUMNS, ROWS = 3, 8
Pixels = NDArray[np.uint8]

WORDS = {
    "ru": {"people": "В фильме участвовали", "nobody": "Участник", "made": "Собрано с помощью Relay"},
    "en": {"people": "With the voices of", "nobody": "A participant", "made": "Made with Relay"},
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG on disk: its content's sha256, and where it lies in the frame."""

    path: Path
    sha256: str
    x: int = 0
    y: int = 0


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    town: str = ""


class Cards:
    """Draws into `folder`, once for each text; what is there already is not drawn again."""

    def __init__(self, folder: Path, house: House, language: str = "ru") -> None:
        self.folder, self.house = folder, house
        self.words = WORDS.get(language, WORDS["en"])
        self._scale = min(house.width / 1920, house.height / 1080)

    @cached_property
    def ground(self) -> Picture:
        return self._kept("ground", [], lambda: (draw_ground(self.house), 0, 0))

    def title(self, title: str, subtitle: str = "", above: str = "") -> Picture:
        """`above`: a short line over the title (the hashtag); `subtitle`: one below it (dates, places)."""
        texts = [readable(text) for text in (above, title, subtitle)]
        return self._kept("title", texts, lambda: self._cropped(self._title(*texts)))

    def strip(self, person: Person) -> Picture | None:
        """The name over a clip; None where there is neither a name nor a town to show."""
        name, town = readable(person.name), readable(person.town)
        if not name and not town:
            return None
        name, town = (name, town) if name else (town, "")
        return self._kept("strip", [name, town], lambda: self._strip(name, town))

    def credits(self, people: Sequence[Person]) -> list[Picture]:
        """Pages with everybody, each person once, in the order given."""
        lines = list(dict.fromkeys((readable(p.name) or self.words["nobody"], readable(p.town)) for p in people))
        count = -(-len(lines) // (COLUMNS * ROWS))
        pages = [lines[len(lines) * n // count : len(lines) * (n + 1) // count] for n in range(count)]
        return [
            self._kept("credits", [self.words["people"], page], lambda page=page: self._cropped(self._page(page)))
            for page in pages
        ]

    def ending(self, hashtag: str, dates: str = "") -> Picture:
        texts = [readable(hashtag), readable(dates), self.words["made"]]
        return self._kept("ending", texts, lambda: self._cropped(self._ending(*texts)))

    # --- how each is drawn ---

    def _title(self, above: str, title: str, subtitle: str) -> list[Any]:
        size, lines = fit_lines(title, "Roboto-Medium", (104, 92, 80, 70, 60, 50), self._wide(1480), 3, self._scale)
        height = len(lines) * size * 1.22
        middle = self.house.height * (0.5 if above or not subtitle else 0.47)
        top = middle - height / 2
        pieces = [
            self._line(line, "Roboto-Medium", size, WHITE, y=top + size * 1.22 * (n + 0.5))
            for n, line in enumerate(lines)
        ]
        if above:
            pieces.append(self._fitted(above, "Roboto-Medium", 36, GOLD, y=top - self._u(104), wide=1480))
        pieces += self._ornament(top - self._u(46))
        if subtitle:
            pieces.append(self._fitted(subtitle, "Roboto-Light", 40, MIST, y=top + height + self._u(58), wide=1480))
        return pieces

    def _page(self, people: Sequence[tuple[str, str]]) -> list[Any]:
        columns = min(COLUMNS, -(-len(people) // ROWS) if len(people) > 4 else 1)
        rows = -(-len(people) // columns)
        pitch = self._u(88)
        top = self.house.height * 0.54 - rows * pitch / 2
        pieces = [self._line(self.words["people"], "Roboto-Light", self._u(46), GOLD, y=top - self._u(116))]
        pieces += self._ornament(top - self._u(58))
        width = self._u({1: 1200, 2: 700, 3: 540}[columns])
        left = self.house.width / 2 - columns * width / 2
        for number, (name, town) in enumerate(people):
            x, y = left + (number // rows + 0.5) * width, top + (number % rows + 0.5) * pitch
            inner = width - self._u(36)
            size, (name_line,) = fit_lines(name, "Roboto-Medium", (36, 32, 28, 24, 20), inner, 1, self._scale)
            pieces.append(self._line(name_line, "Roboto-Medium", size, WHITE, x=x, y=y - (self._u(15) if town else 0)))
            if town:
                size, (town_line,) = fit_lines(town, "Roboto-Light", (25, 22, 20), inner, 1, self._scale)
                pieces.append(self._line(town_line, "Roboto-Light", size, MIST, x=x, y=y + self._u(20)))
        return pieces

    def _ending(self, hashtag: str, dates: str, made: str) -> list[Any]:
        middle = self.house.height / 2
        pieces = (
            [self._fitted(hashtag, "Roboto-Medium", 76, WHITE, y=middle - self._u(36), wide=1480)] if hashtag else []
        )
        pieces += self._ornament(middle + self._u(36))
        if dates:
            pieces.append(self._fitted(dates, "Roboto-Light", 40, MIST, y=middle + self._u(92), wide=1480))
        pieces.append(self._line(made, "Roboto-Light", self._u(28), GOLD, y=self.house.height - self._u(96)))
        return pieces

    def _strip(self, name: str, town: str) -> tuple[Pixels, int, int]:
        from moviepy import ImageClip

        inner = self._wide(980)
        name_size, names = fit_lines(name, "Roboto-Bold", (50, 46, 42, 38, 34, 30), inner, 2, self._scale)
        town_size, towns = fit_lines(town, "Roboto-Regular", (32, 28, 25), inner, 1, self._scale) if town else (0, [])
        rows = [(line, "Roboto-Bold", name_size, WHITE) for line in names]
        rows += [(line, "Roboto-Regular", town_size, (226, 232, 240)) for line in towns]
        widest = max(text_width(line, font, size) for line, font, size, _ in rows)
        pad, bar = self._u(34), max(2, round(self._u(7)))
        width = _even(bar + pad + widest + self._u(120))
        height = _even(sum(size * 1.26 for _, _, size, _ in rows) + 1.3 * pad)
        pieces = [ImageClip(_plate(width, height, bar, self._u(110))).with_position((0, 0))]
        y = 0.65 * pad
        for line, font, size, colour in rows:
            pieces.append(_text_clip(line, font, size, colour).with_position(_corner(size, bar + pad, y + size * 0.63)))
            y += size * 1.26
        pixels = compose(pieces, width, height)
        return pixels, round(self._u(88)), self.house.height - height - round(self._u(96))

    # --- small strokes ---

    def _u(self, length: float) -> float:
        return length * self._scale

    def _wide(self, length: float) -> float:
        """A length that follows the film's width, for upright films too."""
        return min(self._u(length), self.house.width * 0.86)

    def _fitted(self, text: str, font: str, size: float, colour: tuple[int, int, int], *, y: float, wide: float) -> Any:
        sizes = [size, size * 0.85, size * 0.7, size * 0.6]
        fitting, (line,) = fit_lines(text, font, sizes, self._wide(wide), 1, self._scale)
        return self._line(line, font, fitting, colour, y=y)

    def _line(
        self, text: str, font: str, size: float, colour: tuple[int, int, int], *, y: float, x: float | None = None
    ) -> Any:
        """One line, its middle at x, y."""
        middle = self.house.width / 2 if x is None else x
        left = middle - text_width(text, font, size) / 2
        return _text_clip(text, font, size, colour).with_position(_corner(size, left, y))

    def _ornament(self, y: float) -> list[Any]:
        """A hairline that runs out to both sides of a small lozenge."""
        from moviepy import ImageClip

        pixels = _hairline(_even(self._u(520)), max(8, _even(self._u(18))))
        position = (round((self.house.width - pixels.shape[1]) / 2), round(y - pixels.shape[0] / 2))
        return [ImageClip(pixels).with_position(position)]

    def _cropped(self, pieces: list[Any]) -> tuple[Pixels, int, int]:
        """Composes a full frame of pieces and keeps the part that has something in it, with even edges."""
        pixels = compose(pieces, self.house.width, self.house.height)
        ys, xs = np.nonzero(pixels[..., 3].any(axis=1))[0], np.nonzero(pixels[..., 3].any(axis=0))[0]
        if not len(ys):
            return pixels[:2, :2], 0, 0
        x, y = int(xs[0]) // 2 * 2, int(ys[0]) // 2 * 2
        return pixels[y : _even(ys[-1] + 1), x : _even(xs[-1] + 1)], x, y

    def _kept(self, kind: str, texts: Any, draw: Any) -> Picture:
        shape = [CARDS, kind, self.house.width, self.house.height, texts]
        key = hashlib.sha256(json.dumps(shape, ensure_ascii=False).encode()).hexdigest()
        path, note = self.folder / f"{key}.png", self.folder / f"{key}.json"
        if not (path.exists() and note.exists()):
            self.folder.mkdir(parents=True, exist_ok=True)
            pixels, x, y = draw()
            _save(path, note, pixels, x, y)
        facts = json.loads(note.read_text())
        return Picture(path, facts["sha256"], facts["x"], facts["y"])


# --- text -------------------------------------------------------------------------------------------------------


def readable(text: str) -> str:
    """What of a text can be drawn: composed letters, one space between words, no control or direction marks."""
    text = unicodedata.normalize("NFC", re.sub(r"\s+", " ", text))
    kept = "".join(c for c in text if c == " " or (unicodedata.category(c)[0] != "C" and _drawable(c)))
    return re.sub(r" +", " ", kept).strip()


def fit_lines(
    text: str, font: str, sizes: Sequence[float], width: float, lines: int, scale: float
) -> tuple[float, list[str]]:
    """The largest of `sizes` (scaled) in which `text` takes at most `lines` lines; at the least it is cut."""
    for size in sizes:
        broken = wrap(text, font, size * scale, width)
        if len(broken) <= lines and all(text_width(line, font, size * scale) <= width for line in broken):
            return size * scale, balanced(broken, font, size * scale, width)
    size = sizes[-1] * scale
    kept = wrap(text, font, size, width)[:lines]
    return size, [shortened(line, font, size, width) for line in kept[:-1]] + [
        shortened(kept[-1] + ("…" if " ".join(kept) != text else ""), font, size, width)
    ]


def wrap(text: str, font: str, size: float, width: float) -> list[str]:
    """Words into lines of at most `width` pixels (a longer word has a line of its own)."""
    lines: list[str] = []
    for word in text.split(" "):
        if lines and text_width(f"{lines[-1]} {word}", font, size) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def balanced(lines: list[str], font: str, size: float, width: float) -> list[str]:
    """The same number of lines, as even as can be: no single word is left alone in the last one."""
    if len(lines) < 2:
        return lines
    text, best = " ".join(lines), lines
    for part in range(40, 100, 4):
        narrower = wrap(text, font, size, width * part / 100)
        if len(narrower) == len(lines) and all(text_width(line, font, size) <= width for line in narrower):
            best = narrower
            break
    return best


def shortened(text: str, font: str, size: float, width: float) -> str:
    if text_width(text, font, size) <= width:
        return text
    while len(text) > 1 and text_width(text.rstrip("… ") + "…", font, size) > width:
        text = text.rstrip("… ")[:-1]
    return text.rstrip("… ") + "…"


def text_width(text: str, font: str, size: float) -> float:
    return float(_font(font, size).getlength(text))


@cache
def _font(name: str, size: float) -> Any:
    from PIL import ImageFont

    return ImageFont.truetype(font_file(name), max(4, round(size)))


@cache
def font_file(name: str) -> str:
    """Where the package `font-roboto` keeps a face, e.g. `Roboto-Bold`."""
    from importlib.resources import files

    return str(files("font_roboto") / "files" / f"{name}.ttf")


@cache
def _drawable(letter: str) -> bool:
    """Whether the font has the letter: what it lacks, it draws as the same empty box."""
    font = _font("Roboto-Regular", 32)
    return bytes(font.getmask(letter)) != bytes(font.getmask("\U0010fffe")) or not letter.strip()


def _text_clip(text: str, font: str, size: float, colour: tuple[int, int, int]) -> Any:
    """A line of text in a box from ascender to descender (left to itself, moviepy cuts off what lies below)."""
    from moviepy import TextClip

    margin = _margin(size)
    return TextClip(
        font=font_file(font),
        text=text,
        font_size=max(4, round(size)),
        color=colour,
        size=(round(text_width(text, font, size)) + 2, round(size * 1.25) + 2),
        vertical_align="top",
        horizontal_align="left",
        margin=(margin, margin),
    )


def _margin(size: float) -> int:
    return max(2, round(size * 0.3))


def _corner(size: float, left: float, middle: float) -> tuple[int, int]:
    """Where a text clip's corner lies, for text that begins at `left` and whose capitals are centred on `middle`.

    Moviepy puts the ascender's top at the margin; Roboto's ascender is 0.93 and its capitals 0.71 of the size.
    """
    return round(left) - _margin(size), round(middle - size * (0.93 - 0.71 / 2)) - _margin(size)


# --- pixels -----------------------------------------------------------------------------------------------------


def draw_ground(house: House) -> Pixels:
    """Night blue that lightens towards the middle, within a thin golden frame. RGB.

    A little fixed grain keeps the encoder from breaking the gradient into bands.
    """
    height, width = house.height, house.width
    x = (np.arange(width, dtype=np.float32) / width - 0.5) * 1.25
    y = (np.arange(height, dtype=np.float32) / height - 0.44) * 1.35
    distance = np.sqrt((x * x)[None, :] + (y * y)[:, None])
    glow = np.clip(1 - distance / np.float32(0.78), 0, 1) ** np.float32(1.4)
    grain = np.random.default_rng(80).standard_normal((height, width), dtype=np.float32) * np.float32(1.1)
    pixels = np.empty((height, width, 3), np.uint8)
    for channel, (dark, light) in enumerate(zip(NIGHT, DUSK, strict=True)):
        pixels[..., channel] = np.clip(dark + 0.5 + glow * (light - dark) + grain, 0, 255)
    scale = min(width / 1920, height / 1080)
    for inset, strength in ((54, 0.42), (66, 0.18)):
        _hollow(pixels, round(inset * scale), max(1, round(2 * scale)), strength)
    return pixels


def _hollow(pixels: Pixels, inset: int, stroke: int, strength: float) -> None:
    """A golden rectangle of four hairlines, well inside what old screens cut off."""
    inner = pixels[inset:-inset, inset:-inset]
    sides = (inner[:stroke], inner[-stroke:], inner[stroke:-stroke, :stroke], inner[stroke:-stroke, -stroke:])
    for side in sides:
        side[:] = side * (1 - strength) + np.array(GOLD) * strength


def _plate(width: int, height: int, bar: int, fading: float) -> Pixels:
    """The strip's ground: dark, `fading` out over its last pixels, with a golden bar on its left. RGBA."""
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[..., :3] = NIGHT
    fade = np.clip((width - np.arange(width)) / fading, 0, 1) ** 0.9
    pixels[..., 3] = (205 * fade)[None, :].astype(np.uint8)
    pixels[:, :bar] = (*GOLD, 255)
    return pixels


def _hairline(width: int, height: int) -> Pixels:
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[..., :3] = GOLD
    x = np.abs(np.arange(width) - (width - 1) / 2)
    y = np.abs(np.arange(height) - (height - 1) / 2)
    line = np.clip(1 - x / (width / 2), 0, 1) * 220 * (x > height * 1.1)
    stroke = y <= max(0.5, height / 18)
    lozenge = np.clip(height / 2 - (x[None, :] + y[:, None]), 0, 1) * 255
    pixels[..., 3] = np.maximum(stroke[:, None] * line[None, :], lozenge).astype(np.uint8)
    return pixels


def compose(pieces: Sequence[Any], width: int, height: int) -> Pixels:
    """Moviepy clips with their positions, one over another on nothing, as RGBA.

    Moviepy's own composition works on whole frames for every piece (30 ms each at 1920×1080) and loses what lies
    under the transparent margin of a later text; a page of credits has fifty pieces.
    """
    canvas = np.zeros((height, width, 4), np.float32)
    for piece in pieces:
        x, y = piece.pos(0)
        colours, alpha = piece.get_frame(0), piece.mask.get_frame(0)
        top, left = max(0, y), max(0, x)
        under = canvas[top : y + alpha.shape[0], left : x + alpha.shape[1]]
        rows, columns = under.shape[:2]
        over = alpha[top - y : top - y + rows, left - x : left - x + columns, None].astype(np.float32)
        paint = colours[top - y : top - y + rows, left - x : left - x + columns, :3].astype(np.float32)
        under[..., :3] = paint * over + under[..., :3] * (1 - over)
        under[..., 3:] = over + under[..., 3:] * (1 - over)
    alpha = canvas[..., 3:]
    colours = canvas[..., :3] / np.maximum(alpha, 1 / 255)
    rgba = np.concatenate([colours, alpha * 255], axis=2) + np.float32(0.5)
    return np.asarray(np.clip(rgba, 0, 255), np.uint8)


def _even(number: float) -> int:
    return max(2, int(np.ceil(number / 2)) * 2)


def _save(path: Path, note: Path, pixels: Pixels, x: int, y: int) -> None:
    """The note comes last: a card with a note is whole."""
    from PIL import Image

    part = path.with_name(f"{path.stem}.{os.getpid()}.part")
    Image.fromarray(np.ascontiguousarray(pixels)).save(part, format="PNG", compress_level=1)
    sha256 = hashlib.sha256(part.read_bytes()).hexdigest()
    part.replace(path)
    half = note.with_name(f"{note.stem}.{os.getpid()}.note")
    half.write_text(json.dumps({"sha256": sha256, "x": x, "y": y}))
    half.replace(note)
