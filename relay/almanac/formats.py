"""Formats of a film: shape, size, rate and loudness, from one plan. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from relay.errors import Refused

SHAPES = {"16:9": (16, 9), "9:16": (9, 16), "1:1": (1, 1), "4:5": (4, 5), "4:3": (4, 3)}
SIZES = (360, 480, 720, 1080, 1440, 2160)
NAMED = {"hd": 720, "fullhd": 1080, "2k": 1440, "4k": 2160, "uhd": 2160}
RATES = (24, 25, 30, 50, 60)
LOUDEST, QUIETEST = -9.0, -31.0


@dataclass(frozen=True, slots=True)
class House:
    """The house format: what every shot of a film has in common.

    `fade`: frames of a dissolve between neighbours. `strip_seconds`: how long a clip carries its name.
    `strip_in_fades`: whether the name already stands in the dissolves at both ends of the clip; without it a
    corrected name leaves the dissolves as they are. `loudness` in LUFS, `peak` in dBTP, `audio_kbps` in kbit/s.
    Preset and crf: veryfast 21 is transparent enough on phone video and 2–3 times faster than medium
    (measured, reference figures in docs/almanac.md).
    """

    width: int = 1920
    height: int = 1080
    fps: int = 25
    preset: str = "veryfast"
    crf: int = 21
    sample_rate: int = 48_000
    audio_kbps: int = 160
    loudness: float = -16.0
    peak: float = -1.0
    fade: int = 12
    strip_seconds: float = 4.0
    strip_in_fades: bool = False
    title_seconds: float = 4.0
    page_seconds: float = 5.0
    end_seconds: float = 4.0

    def __post_init__(self) -> None:
        if self.width % 2 or self.height % 2 or min(self.width, self.height) < 64:
            raise Refused(
                "A film can't be {width}×{height}: both sides are even, from 64 up.",
                width=self.width,
                height=self.height,
            )
        if not 1 <= self.fps <= 120 or self.sample_rate % self.fps:
            raise Refused("A film can't have {fps} pictures a second: take 24, 25, 30, 50 or 60.", fps=self.fps)
        if self.fade < 0 or self.strip_seconds < 0:
            raise Refused("A film's fades and strips can't have a negative length.")

    @property
    def gop(self) -> int:
        """A key frame at least every two seconds: seeking in a browser stays quick."""
        return 2 * self.fps

    @property
    def piece(self) -> int:
        """The most frames of one shot: long clips are encoded by several processes. A multiple of `gop`."""
        return 5 * self.gop

    @property
    def samples(self) -> int:
        """Sound samples of one frame."""
        return self.sample_rate // self.fps

    @property
    def tick(self) -> int:
        """Time units of one frame in a file whose track counts in 512 × fps (12800 for 25 fps)."""
        return 512

    def frames(self, seconds: float) -> int:
        """Seconds as the nearest whole frames."""
        return int(seconds * self.fps + 0.5)


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
    """The house format with the request's changes."""
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


def of_label(named: str) -> Format:
    """The format that `label` names so. Raises Refused for what it never says."""
    shape = size = ""
    fps, loudness, last = 0, None, ""
    for word in named.split():
        if word == "fps":
            fps = int(last)
        elif word == "LUFS":
            loudness = float(last)
        elif word.endswith("p"):
            size = word
        elif word in SHAPES:
            shape = word
        last = word
    return read(shape, size, fps, loudness)


def ending(named: str) -> str:
    """A format's name as part of a file's: `9x16-1080p-30fps`."""
    kept = named.replace(":", "x").replace(" fps", "fps").replace(" LUFS", "lufs").replace("-", "")
    return "-".join(kept.split())


def _shape(house: House) -> str:
    for name, (across, up) in SHAPES.items():
        if abs(house.width * up - house.height * across) <= 2 * max(across, up):
            return name
    return f"{house.width}×{house.height}"
