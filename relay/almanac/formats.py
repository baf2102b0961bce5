"""Formats of a film: shape, size, rate and loudness, from one plan. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from relay.almanac.film.timeline import House
from relay.errors import Refused

SHAPES = {"16:9": (16, 9), "9:16": (9, 16), "1:1": (1, 1), "4:5": (4, 5), "4:3": (4, 3)}
SIZES = (360, 480, 720, 1080, 1440, 2160)
NAMED = {"hd": 720, "fullhd": 1080, "2k": 1440, "4k": 2160, "uhd": 2160}
RATES = (24, 25, 30, 50, 60)
LOUDEST, QUIETEST = -9.0, -31.0


@dataclass(frozen=True, slots=True)
class Format:
    """What is to differ from the house format; empty, 0 and None leave it. `size`: the shorter side, in pixels."""

    shape: str = ""
    size: int = 0
    fps: int = 0
    loudness: float | None = None


@dataclass(frozen=True, slots=True)
class RenderRequest:
    """What somebody wants of one render. `tracks`, `burn`: languages of captions; None takes the almanac's."""

    format: Format = Format()
    tracks: tuple[str, ...] | None = None
    burn: str | None = None


def read(shape: str = "", size: str = "", fps: int = 0, loudness: float | None = None) -> Format:
    """A format as people write it: `9:16`, `1080` or `4k`, 30, -23. Raises Refused."""
    shape = shape.strip().replace("x", ":").replace("х", ":")
    if shape and shape not in SHAPES:
        raise Refused("There is no format {shape}.", hint="Formats: {shapes}.", shape=shape, shapes=", ".join(SHAPES))
    wanted = size.strip().lower().removesuffix("p")
    number = NAMED.get(wanted, int(wanted) if wanted.isascii() and wanted.isdigit() else 0)
    if wanted and number not in SIZES:
        sizes = ", ".join(map(str, SIZES))
        raise Refused(
            "A film can't be of size {size}.", hint="Sizes of the shorter side: {sizes}.", size=size, sizes=sizes
        )
    if fps and fps not in RATES:
        raise Refused("A film can't have {fps} pictures a second: take 24, 25, 30, 50 or 60.", fps=fps)
    if loudness is not None and not QUIETEST <= loudness <= LOUDEST:
        raise Refused(
            "A film can't be as loud as {loudness} LUFS.",
            hint="Take -16 for the web or -23 for broadcast.",
            loudness=loudness,
        )
    return Format(shape, number, fps, loudness)


def request(wanted: Format, captions: str | None = None, burn: str | None = None) -> RenderRequest:
    """`captions`: languages, parted by commas; an empty text or `none` asks for none, None for the almanac's own."""
    parts = None if captions is None else tuple(part.strip().lower() for part in captions.split(","))
    tracks = None if parts is None else tuple(dict.fromkeys(part for part in parts if part not in ("", "none")))
    drawn = None if burn is None else burn.strip().lower().replace("none", "")
    for language in (*(tracks or ()), *([drawn] if drawn else [])):
        if not (language.isascii() and language.isalpha() and 2 <= len(language) <= 3):
            raise Refused(
                "{language} is no language.", hint="Write it in two letters, like ru or en.", language=repr(language)
            )
    return RenderRequest(wanted, tracks, drawn)


def applied(house: House, wanted: Format) -> House:
    """The house format with what the wish changes in it."""
    width, height = house.width, house.height
    if wanted.shape or wanted.size:
        across, up = SHAPES[wanted.shape] if wanted.shape else (house.width, house.height)
        width, height = sides(across, up, wanted.size or min(house.width, house.height))
    changed = replace(house, width=width, height=height)
    if wanted.fps and wanted.fps != house.fps:
        changed = replace(changed, fps=wanted.fps, fade=round(house.fade * wanted.fps / house.fps))
    return changed if wanted.loudness is None else replace(changed, loudness=wanted.loudness)


def sides(across: int, up: int, shorter: int) -> tuple[int, int]:
    """Even width and height of this shape whose shorter side is `shorter`."""
    unit = shorter / min(across, up)
    return round(across * unit / 2) * 2, round(up * unit / 2) * 2


def label(house: House, changed: House) -> str:
    """What differs, as a person would name it: `9:16 1080p 30 fps -23 LUFS`; empty where nothing does."""
    parts = []
    if (house.width * changed.height) != (house.height * changed.width):
        parts.append(_shape(changed))
    if min(house.width, house.height) != min(changed.width, changed.height):
        parts.append(f"{min(changed.width, changed.height)}p")
    if house.fps != changed.fps:
        parts.append(f"{changed.fps} fps")
    if house.loudness != changed.loudness:
        parts.append(f"{changed.loudness:g} LUFS")
    return " ".join(parts)


def ending(named: str) -> str:
    """A format's name as part of a file's: `9x16-1080p-30fps`."""
    kept = named.replace(":", "x").replace(" fps", "fps").replace(" LUFS", "lufs").replace("-", "")
    return "-".join(kept.split())


def _shape(house: House) -> str:
    for name, (across, up) in SHAPES.items():
        if abs(house.width * up - house.height * across) <= 2 * max(across, up):
            return name
    return f"{house.width}×{house.height}"
