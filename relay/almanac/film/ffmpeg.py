"""Shots as ffmpeg words. Pure: facts about files in, argument lists out.

One process with one thread makes one *take*: a run of frames of one item, from which it writes one or more *parts*
(shots, and the raw frames that the dissolves at both ends need). Two processes with a thread each do 1.65 times the
work of one with two threads, for less CPU (measured, reference figures in docs/almanac.md).

Order of the steps, and why:
* a picture that isn't needed is dropped (`fps`, `trim`) before anything is done to it;
* it is made smaller before it is turned, tone-mapped or recoloured, because all of these cost by the pixel;
* matrices are converted by `colorspace` (0.6 ms a frame), not by `scale` (8 ms: it goes by way of RGB);
* the blurred background is made from the fitted picture at an eighth of the size.

Every stream ends in the same pixel shape, matrix, range and chroma place: otherwise shots differ in a bit of their
headers and a player may stumble where they are joined. The join checks it.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from relay import kinds
from relay.almanac.film.footage import Footage
from relay.almanac.film.timeline import Span
from relay.almanac.formats import House
from relay.media.filters import fitting, hdr
from relay.media.filters.resampling import in_time, waiting

RECIPE = 4
"""Part of every shot's key. Raise it with each change that changes pictures or sound."""

MAX_PIXELS = 36_864_000
"""Of a foreign picture, as at the intake: 8K and a little."""

ORDINARY = ",".join(kinds.DEMUXERS)
"""Formats that may be opened when a file's own is not known. None of them can name another file."""

STILLS_FINER, FADES_FINER = 5, 2
"""Of x264's crf, for what stands alone and is short: at the film's own one, cards came out 1.2 VMAF below those of a
film that is encoded in one go, and dissolves up to 1.5 (`scripts/bench render --quality`).
"""

SEEK_MARGIN = 1
"""Seconds: the picture that shows at a cut began a little before it."""


@dataclass(frozen=True, slots=True)
class Still:
    """A picture of the house's own making, of the film's size (PNG)."""

    sha256: str


@dataclass(frozen=True, slots=True)
class Overlay:
    """A picture with transparency (PNG) that lies over an item while `span` lasts.

    `fade_in`, `fade_out`: frames in which it comes and goes, within `span`.
    """

    sha256: str
    x: int
    y: int
    span: Span
    fade_in: int = 0
    fade_out: int = 0


@dataclass(frozen=True, slots=True)
class View:
    """What of a still is seen: its middle, as shares of width and height, and how much it is enlarged (from 1)."""

    x: float
    y: float
    zoom: float


@dataclass(frozen=True, slots=True)
class Hold:
    """From frame `frame` of the clip's used part on, the frame's middle lies at `at` of the picture (0 to 1).

    The way from the hold before takes `ease` frames and ends there.
    """

    frame: int
    at: float
    ease: int = 0


@dataclass(frozen=True, slots=True)
class Composition:
    """How an item looks: `frames` of a source from its frame `first`, and what lies over it.

    `from_black`, `to_black`: frames in which a still rises from and sinks into black (the layer fades by itself).
    `above`: more layers, over the first. `motion`: the camera's way over a still, from one view to the other.
    `framing`: the picture fills the frame, and what is seen of it lies around these places; empty: all of it is seen.
    """

    source: Footage | Still
    frames: int
    first: int = 0
    layer: Overlay | None = None
    from_black: int = 0
    to_black: int = 0
    above: tuple[Overlay, ...] = ()
    motion: tuple[View, View] | None = None
    framing: tuple[Hold, ...] = ()

    @property
    def layers(self) -> tuple[Overlay, ...]:
        return (*([self.layer] if self.layer is not None else []), *self.above)


@dataclass(frozen=True, slots=True)
class ShotPart:
    """`span` of an item, as a shot (H.264 in MP4) or, `raw`, as the bare frames that a dissolve is made of."""

    span: Span
    raw: bool = False

    @property
    def file(self) -> str:
        return f"{self.span.first}-{self.span.last}.{'yuv' if self.raw else 'mp4'}"


# --- keys ---------------------------------------------------------------------------------------------------


def part_key(composition: Composition, part: ShotPart, house: House, ffmpeg: str) -> str:
    """The name of a part: it changes with everything that shapes the frames, and with nothing else.

    It is made of the very words that ffmpeg would be given for this part alone, so nothing can be forgotten.
    """
    graph, pictures = take_graph(composition, [part], house, seek=0)
    source: list[str] = []
    if isinstance(composition.source, Footage):
        opened = [
            *foreign_words(composition.source),
            *unkeyed_words(composition.source),
            *waiting(composition.source.video_waits),
        ]
        source = [composition.source.sha256, *opened]
    words = ["-f", "rawvideo"] if part.raw else shot_words(composition, house)
    return digest("part", ffmpeg, source, pictures, graph, words)


def fade_key(left: str, right: str, frames: int, house: House, ffmpeg: str, dip: str = "") -> str:
    return digest("fade", ffmpeg, left, right, frames, fade_graph(frames, dip), encoder_words(house, FADES_FINER))


def sound_key(source: Footage, span: Span, house: House, ffmpeg: str) -> str:
    words = [*foreign_words(source), *waiting(source.audio_waits)]
    return digest("sound", ffmpeg, source.sha256, words, sound_graph(source, span, house, seek=0))


def digest(*words: object) -> str:
    text = json.dumps([RECIPE, *words], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


# --- pictures -----------------------------------------------------------------------------------------------


def take_argv(
    ffmpeg: str,
    composition: Composition,
    parts: Sequence[ShotPart],
    house: House,
    *,
    source: str,
    pictures: Mapping[str, str],
) -> list[str]:
    """ffmpeg's words for one take; it writes each part as `part.file` into its folder.

    `source`: where the footage is; `pictures`: where each PNG is, by its sha256.
    """
    seek = seek_seconds(composition, parts, house)
    graph, used = take_graph(composition, parts, house, seek=seek)
    argv = [ffmpeg, *QUIET]
    if isinstance(composition.source, Footage):
        argv += [
            *foreign_words(composition.source),
            *(unkeyed_words(composition.source) if not seek else []),
            *waiting(composition.source.video_waits, seek=seek),
            *_reading(composition, max(part.span.last for part in parts), house, seek),
            *("-an", "-sn", "-dn", "-threads", "1", "-i", source),
        ]
    for sha256 in used:
        argv += ["-framerate", str(house.fps), "-f", "png_pipe", "-threads", "1", "-i", pictures[sha256]]
    argv += ["-filter_complex", graph]
    for number, part in enumerate(parts):
        argv += ["-map", f"[p{number}]", *(RAW if part.raw else shot_words(composition, house)), "-y", part.file]
    return argv


def _reading(composition: Composition, last: int, house: House, seek: int) -> list[str]:
    """From where to where. Without an exact beginning `-t` would count from the key frame; `trim` ends the reading."""
    assert isinstance(composition.source, Footage)
    if seek and composition.source.uneven:
        return ["-noaccurate_seek", "-ss", str(seek)]
    length = (composition.first + last) / house.fps - seek + SEEK_MARGIN
    return [*(["-ss", str(seek)] if seek else []), "-t", f"{length:.3f}"]


def seek_seconds(composition: Composition, parts: Sequence[ShotPart], house: House) -> int:
    """Where to begin reading: a whole second (exact in every time base) well before the first frame that counts.

    In a file with uneven timing a picture may stand for long, so none between the key frame before that second and
    it is left out (`-noaccurate_seek`): `fps` finds the one that stands there. Fields come in pairs, so interlaced
    video is read from its beginning, and so is one whose first key frame comes later.
    """
    if isinstance(composition.source, Still) or composition.source.interlaced:
        return 0
    first = composition.first + min(part.span.first for part in parts)
    seconds = first // house.fps - SEEK_MARGIN * (2 if composition.source.uneven else 1)
    return max(0, seconds) if seconds > composition.source.lead + composition.source.hidden else 0


def take_graph(
    composition: Composition, parts: Sequence[ShotPart], house: House, *, seek: int
) -> tuple[str, list[str]]:
    """The filter graph of a take, and the pictures (sha256) that it takes as inputs, in order.

    Within the graph, frame 0 is the first frame of the earliest part.
    """
    span = Span(min(part.span.first for part in parts), max(part.span.last for part in parts))
    pictures: list[str] = []
    if isinstance(composition.source, Footage):
        begin = composition.first + span.first - seek * house.fps
        chains = [f"[0:{composition.source.video}]{_timing(composition.source, begin, span.frames, house)}[t]"]
        if composition.framing and not composition.source.reshapes:
            chains.append(f"[t]{','.join(_filled(composition, span, house))}[c]")
        else:
            chains += fit_chains(composition.source, house, "t", "c")
        inputs = 1
    else:
        pictures.append(composition.source.sha256)
        chains = [f"[0:v]{_TO_VIDEO},format=yuv420p,{_held(composition, span, house)}[c]"]
        inputs = 1
    above = "c"
    for number, layer in enumerate(layer for layer in composition.layers if layer.span.meets(span)):
        pictures.append(layer.sha256)
        mark = str(number) if number else ""
        chains.append(f"[{inputs + number}:v]{_layer(layer, span, house)}[l{mark}]")
        chains.append(
            f"[{above}][l{mark}]overlay=x={layer.x}:y={layer.y}:format=yuv420:eof_action=pass"
            f":enable='between(n,{layer.span.first - span.first},{layer.span.last - span.first - 1})'[o{mark}]"
        )
        above = f"o{mark}"
    split = [f"[s{number}]" for number in range(len(parts))]
    chains.append(f"[{above}]{TAGS}{f',split={len(parts)}' if len(parts) > 1 else ''}{''.join(split)}")
    for number, part in enumerate(parts):
        begin, end = part.span.first - span.first, part.span.last - span.first
        whole = part.span == span
        trim = "null" if whole else f"trim=start_frame={begin}:end_frame={end},setpts=PTS-STARTPTS"
        chains.append(f"[s{number}]{trim}[p{number}]")
    return ";".join(chains), pictures


def _timing(source: Footage, begin: int, frames: int, house: House) -> str:
    """The film's frames out of the file's: a picture that is missing at the end is held."""
    whole = "bwdif=mode=send_frame:parity=auto:deint=all"
    if source.reshapes:  # fields are made whole in frames of one size only
        whole = f"scale={source.coded[0]}:{source.coded[1]}:interl=-1,{whole}"
    steps = [whole] if source.interlaced else []
    steps += [
        f"fps={house.fps}:start_time=0",
        "tpad=stop=-1:stop_mode=clone",
        f"trim=start_frame={begin}:end_frame={begin + frames}",
        "setpts=PTS-STARTPTS",
    ]
    return ",".join(steps)


def fitted(source: Footage, house: House) -> tuple[int, int]:
    """The size of the picture in the frame: as large as fits, even sides, the whole frame where it nearly fits."""
    scale = min(house.width / source.width, house.height / source.height)
    width, height = source.width * scale, source.height * scale
    if width >= house.width * fitting.FILLS and height >= house.height * fitting.FILLS:
        return house.width, house.height
    return max(2, int(width / 2 + 0.5) * 2), max(2, int(height / 2 + 0.5) * 2)


def _even_up(side: float) -> int:
    return max(2, math.ceil(side / 2 - 1e-9) * 2)


def fit_chains(source: Footage, house: House, begin: str, end: str) -> list[str]:
    """Chains that bring the source's frames [begin] to the film's size and colours [end]."""
    if source.reshapes:
        return _fit_each(source, house, begin, end)
    width, height = fitted(source, house)
    steps = [*_sized(source, width, height), *_turned(source), *_coloured(source)] or ["null"]
    if (width, height) == (house.width, house.height):
        return [f"[{begin}]{','.join(steps)}[{end}]"]
    small = (_even_up(house.width / 8), _even_up(house.height / 8))
    cover = max(small[0] / width, small[1] / height)
    wide, high = (max(side, _even_up(full * cover)) for side, full in zip(small, (width, height), strict=True))
    return [
        f"[{begin}]{','.join(steps)},split[{begin}fit][{begin}far]",
        f"[{begin}far]scale={wide}:{high}:flags=area,crop={small[0]}:{small[1]},setsar=1,gblur=sigma=5,"
        f"eq=brightness=-0.06:saturation=0.9,scale={house.width}:{house.height}:flags=bilinear[{begin}far2]",
        f"[{begin}far2][{begin}fit]overlay=x=(W-w)/2:y=(H-h)/2:format=yuv420[{end}]",
    ]


def _fit_each(source: Footage, house: House, begin: str, end: str) -> list[str]:
    """For a picture that turns midway: each frame is fitted for itself, and what comes after sees frames of one size.

    The blurred picture around it is stretched, which nobody sees; HDR has black around it, because `eq` knows 8 bits.
    """
    width, height = (house.height, house.width) if source.turn in (90, 270) else (house.width, house.height)
    fit = _scaled(source, fitting.sides(width, height))[0]
    rest = ",".join([*_turned(source), *_coloured(source)] or ["null"])
    if source.hdr:
        return [f"[{begin}]{fit},format=yuv420p10le,pad={width}:{height}:-1:-1:eval=frame,setsar=1,{rest}[{end}]"]
    small = f"{_even_up(width / 8)}:{_even_up(height / 8)}"
    far = ",".join(_scaled(source, small, "area"))
    return [
        f"[{begin}]split[{begin}near][{begin}far]",
        f"[{begin}far]{far},setsar=1,gblur=sigma=5,eq=brightness=-0.06:saturation=0.9,"
        f"scale={width}:{height}:flags=bilinear[{begin}far2]",
        f"[{begin}near]{fit},format=yuva420p,setsar=1[{begin}fit]",  # as overlay wants it: a scale of its own is fixed
        f"[{begin}far2][{begin}fit]overlay=x=(W-w)/2:y=(H-h)/2:format=yuv420,{rest}[{end}]",
    ]


def filled(source: Footage, house: House) -> tuple[int, int]:
    """The size of the picture that covers the whole frame, even sides."""
    scale = max(house.width / source.width, house.height / source.height)
    return _even_up(source.width * scale), _even_up(source.height * scale)


def _filled(composition: Composition, span: Span, house: House) -> list[str]:
    """The picture as large as the frame needs, cut to it around the places of `framing`."""
    assert isinstance(composition.source, Footage)
    width, height = filled(composition.source, house)
    along = _way(composition.framing, span.first)
    x = f"clip({along}*iw-{house.width / 2:g},0,iw-{house.width})" if width > house.width else "0"
    y = f"clip({along}*ih-{house.height / 2:g},0,ih-{house.height})" if height > house.height else "0"
    steps = [*_sized(composition.source, width, height), *_turned(composition.source), *_coloured(composition.source)]
    return [*steps, f"crop=w={house.width}:h={house.height}:x='{x}':y='{y}':exact=1"]


def _way(framing: Sequence[Hold], offset: int) -> str:
    """Where the frame's middle lies at frame `n`, as an expression: holds, and eased ways between them."""
    said = f"{framing[0].at:.4f}"
    for before, hold in pairwise(framing):
        start = hold.frame - hold.ease
        part = f"clip((n+{offset - start})/{max(1, hold.ease)},0,1)"
        said += f"+{hold.at - before.at:.4f}*(st(0,{part})*0+ld(0)*ld(0)*(3-2*ld(0)))"
    return f"({said})"


def _sized(source: Footage, width: int, height: int) -> list[str]:
    """Scaling, pixel format and range in one step. It stands there also where the file says that it has them already:
    a picture may change its size midway (its form is another matter: _fit_each), and for one that doesn't the step
    costs nothing.
    """
    if source.turn in (90, 270):
        width, height = height, width
    return _scaled(source, f"{width}:{height}")


def _scaled(source: Footage, size: str, flags: str = "bicubic") -> list[str]:
    wanted = "yuv420p10le" if source.hdr else "yuv420p"
    if source.pix_fmt.startswith(("rgb", "bgr", "gbr", "pal", "argb", "abgr")):
        colours = "out_color_matrix=bt709"
    else:  # the same name on both sides: numbers stay as they are, _coloured converts them
        colours = "in_color_matrix=bt709:out_color_matrix=bt709"
    ranges = f"in_range={'pc' if source.full_range else 'tv'}:out_range=tv"
    return [f"scale={size}:flags={flags}:{colours}:{ranges}:reset_sar=1", f"format={wanted}"]


def _turned(source: Footage) -> list[str]:
    turns = {90: ["transpose=clock"], 180: ["hflip", "vflip"], 270: ["transpose=cclock"]}
    return [*turns.get(source.turn, []), *(["hflip"] if source.mirrored else [])]


def _coloured(source: Footage) -> list[str]:
    """To BT.709, limited range. Unknown colours are those of high definition from 720 lines up, else of television."""
    if source.hdr:
        matrix = "709" if source.matrix == "bt709" else "2020_ncl"
        return hdr.ordinary(source.hdr, matrix=matrix, primaries="2020", full=False)
    if source.pix_fmt.startswith(("rgb", "bgr", "gbr", "pal", "argb", "abgr")):
        return []
    matrix = source.matrix if source.matrix in ("bt709", "bt470bg", "smpte170m", "bt2020nc") else ""
    if not matrix:
        matrix = "bt709" if min(source.width, source.height) >= 720 else "smpte170m"
    if matrix == "bt709":
        return []
    if matrix == "bt2020nc":
        return ["colorspace=all=bt709:range=tv:iall=bt2020:irange=tv:format=yuv420p"]
    return [
        f"colorspace=space=bt709:trc=bt709:primaries=bt709:range=tv"
        f":ispace={matrix}:itrc=bt709:iprimaries=bt709:irange=tv:format=yuv420p:fast=1"
    ]


_TO_VIDEO = "scale=out_color_matrix=bt709:out_range=tv"
"""A PNG is RGB; left to itself, ffmpeg would take the old television matrix."""


def _held(composition: Composition, span: Span, house: House) -> str:
    """One picture, standing from the item's frame 0, out of black and into it, as the frames of `span`."""
    steps = [f"loop=loop=-1:size=1,setpts=N/({house.fps}*TB)"]
    if composition.from_black:
        steps.append(f"fade=t=in:start_frame=0:nb_frames={composition.from_black}")
    if composition.to_black:
        steps.append(
            f"fade=t=out:start_frame={composition.frames - composition.to_black}:nb_frames={composition.to_black}"
        )
    steps.append(f"trim=start_frame={span.first}:end_frame={span.last},setpts=PTS-STARTPTS")
    if composition.motion is not None:
        steps.append(_moved(composition.motion, composition.frames, span.first))
    return ",".join(steps)


def _moved(motion: tuple[View, View], frames: int, offset: int) -> str:
    """A camera's way over a still, with parts of pixels: `zoompan` moves by whole ones, and shakes."""
    begin, end = motion
    so_far = f"((in+{offset})/{max(1, frames - 1)})"

    def going(first: float, last: float) -> str:
        return f"({first:.6f}+{last - first:.6f}*{so_far})"

    half = f"(0.5/{going(begin.zoom, end.zoom)})"
    x, y = going(begin.x, end.x), going(begin.y, end.y)
    left, right, top, bottom = f"W*({x}-{half})", f"W*({x}+{half})", f"H*({y}-{half})", f"H*({y}+{half})"
    return (
        f"perspective=x0='{left}':y0='{top}':x1='{right}':y1='{top}':x2='{left}':y2='{bottom}':x3='{right}':"
        f"y3='{bottom}':interpolation=cubic:sense=source:eval=frame"
    )


def _layer(layer: Overlay, span: Span, house: House) -> str:
    """The layer's picture, coming and going, frame by frame of `span`."""
    first, last = layer.span.first, layer.span.last
    steps = [f"{_TO_VIDEO},format=yuva420p,loop=loop=-1:size=1,setpts=N/({house.fps}*TB)"]
    if layer.fade_in:
        steps.append(f"fade=t=in:start_frame={first}:nb_frames={layer.fade_in}:alpha=1")
    if layer.fade_out:
        steps.append(f"fade=t=out:start_frame={last - layer.fade_out}:nb_frames={layer.fade_out}:alpha=1")
    steps.append(f"trim=start_frame={span.first}:end_frame={min(last, span.last)},setpts=PTS-STARTPTS")
    return ",".join(steps)


TAGS = (
    "sidedata=mode=delete,setsar=1,"
    "setparams=field_mode=prog:range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
)
"""What a frame says about itself is set anew; what came with it (a display matrix, HDR figures) is taken off:
ffmpeg would hand it on to the film, and a player would turn the film.
"""


def shot_words(composition: Composition, house: House) -> list[str]:
    """Stills are encoded finer: they cost next to nothing, and all of them is looked at for long."""
    return encoder_words(house, 0 if isinstance(composition.source, Footage) else STILLS_FINER)


def encoder_words(house: House, finer: int = 0) -> list[str]:
    """The house encoder. `stitchable` and closed groups: shots can be joined without re-encoding, whatever their crf.

    The encoder's own greeting (SEI, type 6) is taken out: it would stand in the film once for every shot.
    """
    profile = "high" if house.crf else "high444"  # crf 0 is lossless, which only that profile knows
    crf = max(1, house.crf - finer) if house.crf else 0
    return [
        *("-c:v", "libx264", "-preset", house.preset, "-crf", str(crf), "-profile:v", profile),
        *("-level", level(house), "-pix_fmt", "yuv420p", "-g", str(house.gop), "-bf", "3", "-threads", "1"),
        *("-x264-params", "open-gop=0:stitchable=1"),
        *("-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv"),
        *("-video_track_timescale", str(house.tick * house.fps), "-bsf:v", "filter_units=remove_types=6"),
        *("-fps_mode", "passthrough", "-an", "-map_metadata", "-1", "-f", "mp4"),
    ]


def level(house: House) -> str:
    """The H.264 level that a player must manage (ITU-T H.264, table A-1, by macroblocks a second)."""
    blocks = ((house.width + 15) // 16) * ((house.height + 15) // 16)
    for name, size, rate in (("4.1", 8192, 245_760), ("4.2", 8704, 522_240), ("5.1", 36_864, 983_040)):
        if blocks <= size and blocks * house.fps <= rate:
            return name
    return "5.2"


QUIET = ("-hide_banner", "-nostdin", "-loglevel", "warning", "-filter_threads", "1", "-filter_complex_threads", "1")
RAW = ("-f", "rawvideo", "-pix_fmt", "yuv420p", "-fps_mode", "passthrough")


def foreign_words(source: Footage) -> list[str]:
    """What stands before the `-i` of a file that others made: it may be nothing but what it was seen to be."""
    return [
        *(["-f", source.container] if source.container else []),
        *("-format_whitelist", source.container or ORDINARY),
        *("-protocol_whitelist", "file"),
        *("-max_pixels", str(MAX_PIXELS)),
        "-noautorotate",
        *("-reinit_filter", "0"),  # a picture that changes its size midway goes on in the same graph
    ]


def unkeyed_words(source: Footage) -> list[str]:
    """What hangs on frames that are not there stays away from the decoder: some would show it as a smear."""
    return [f"-bsf:{source.video}", f"noise=drop=lt(n\\,{source.unkeyed})"] if source.unkeyed else []


# --- dissolves ----------------------------------------------------------------------------------------------


def fade_graph(frames: int, dip: str = "") -> str:
    """`dip`: the colour that lies between the two, `0xRRGGBB`; empty: they dissolve into each other.

    Not by `xfade`: that one knows no 4:2:0, so it takes twice as long and blurs the colours on the way there and back.
    """
    if dip:
        half = frames // 2
        return (
            f"[0:v]trim=end_frame={half},fade=t=out:start_frame=0:nb_frames={half}:color={dip}[a];"
            f"[1:v]trim=start_frame={half},setpts=PTS-STARTPTS,"
            f"fade=t=in:start_frame=0:nb_frames={frames - half}:color={dip}[b];"
            f"[a][b]concat=n=2:v=1:a=0,{TAGS}[p0]"
        )
    return (
        f"[1:v]format=yuva420p,fade=t=in:start_frame=0:nb_frames={frames}:alpha=1[in];"
        f"[0:v][in]overlay=format=yuv420,{TAGS}[p0]"
    )


def fade_argv(ffmpeg: str, left: str, right: str, frames: int, house: House, target: str, dip: str = "") -> list[str]:
    """`left`, `right`: raw frames of the item that goes and of the one that comes."""
    raw = [
        *("-f", "rawvideo", "-pix_fmt", "yuv420p", "-video_size", f"{house.width}x{house.height}"),
        *("-framerate", str(house.fps)),
    ]
    return [
        *(ffmpeg, *QUIET, *raw, "-i", left, *raw, "-i", right),
        *("-filter_complex", fade_graph(frames, dip), "-map", "[p0]"),
        *(*encoder_words(house, FADES_FINER), "-y", target),
    ]


# --- sound --------------------------------------------------------------------------------------------------


def sound_graph(source: Footage, span: Span, house: House, *, seek: int) -> str:
    """`span` of a clip's sound, sample exact: silence before a late beginning and after an early end."""
    begin = (span.first - seek * house.fps) * house.samples
    return (
        f"[0:{source.audio}]{in_time(house.sample_rate)},"
        "aformat=sample_fmts=flt:channel_layouts=stereo,apad,"
        f"atrim=start_sample={begin}:end_sample={begin + span.frames * house.samples},asetpts=N/SR/TB,"
        "ebur128=framelog=quiet[a]"
    )


def sound_argv(ffmpeg: str, source: Footage, span: Span, house: House, *, path: str, target: str) -> list[str]:
    """Writes 32-bit stereo samples; the loudness of the part stands at the end of stderr."""
    seek = max(0, span.first // house.fps - SEEK_MARGIN)
    length = span.last / house.fps - seek + SEEK_MARGIN
    return [
        *(ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "info", "-nostats"),
        *(*foreign_words(source), *waiting(source.audio_waits, seek=seek)),
        *(["-ss", str(seek)] if seek else []),
        *("-t", f"{length:.3f}", "-vn", "-sn", "-dn", "-threads", "1", "-i", path),
        *("-filter_complex", sound_graph(source, span, house, seek=seek), "-map", "[a]"),
        *("-f", "f32le", "-c:a", "pcm_f32le", "-y", target),
    ]


def listening_argv(ffmpeg: str, source: Footage, *, rate: int, path: str, target: str) -> list[str]:
    """Writes a whole clip's sound as 32-bit samples of one channel, from the beginning of the file."""
    heard = f"{in_time(rate)},aformat=sample_fmts=flt:channel_layouts=mono"
    return [
        *(ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "warning", *foreign_words(source)),
        *(
            *waiting(source.audio_waits),
            "-vn",
            "-sn",
            "-dn",
            "-threads",
            "1",
            "-i",
            path,
            "-map",
            f"0:{source.audio}",
            "-af",
            heard,
        ),
        *("-f", "f32le", "-c:a", "pcm_f32le", "-y", target),
    ]


def music_argv(ffmpeg: str, container: str, house: House, *, path: str, target: str) -> list[str]:
    """Writes a whole piece of music as 32-bit stereo samples; its loudness stands at the end of stderr."""
    heard = f"aresample={house.sample_rate},aformat=sample_fmts=flt:channel_layouts=stereo,ebur128=framelog=quiet"
    return [
        *(ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "info", "-nostats"),
        *("-f", container, "-format_whitelist", container, "-protocol_whitelist", "file"),
        *("-vn", "-sn", "-dn", "-threads", "1", "-i", path, "-t", str(MUSIC_SECONDS), "-map", "0:a:0"),
        *("-af", heard, "-f", "f32le", "-c:a", "pcm_f32le", "-y", target),
    ]


MUSIC_SECONDS = 900
"""Of a piece of music at the most: longer films hear it again from its beginning."""


def music_key(music: Sequence[object], house: House, ffmpeg: str) -> str:
    return digest("music", ffmpeg, music, music_argv("", "", house, path="", target=""))


def rehearsal_argv(ffmpeg: str, house: House, *, limit: float) -> list[str]:
    """The mix comes in as samples on stdin; its loudness after the limiter is told on stdout, every 100 ms."""
    graph = f"alimiter=limit={10 ** (limit / 20):.5f}:{LIMITER},ebur128=framelog=quiet:{MOMENTARY}"
    return [*(ffmpeg, "-hide_banner", "-nostats", *mixed(house), "-af", graph, "-f", "null", "-")]


def chunk_argv(ffmpeg: str, house: House, *, limit: float, target: str) -> list[str]:
    """The mix comes in as samples on stdin and goes out as AAC in an ADTS stream.

    It is decoded again in the same process: loudness every 100 ms on stdout, true peak at the end of stderr.
    `limit`: dB. The limiter works on four times the samples, because peaks stand between samples too. Of ffmpeg's two
    AAC coders the fast one takes half the time and comes closer to the original in every band (docs/almanac.md).
    `bitexact` keeps the encoder's name out of the packets.
    """
    rate = house.sample_rate
    limited = f"aresample={4 * rate},alimiter=limit={10 ** (limit / 20):.5f}:{LIMITER},aresample={rate}"
    return [
        *(ffmpeg, "-hide_banner", "-nostats", *mixed(house), "-filter_complex", f"[0:a]{limited}[a]", "-map", "[a]"),
        *("-c:a", "aac", "-aac_coder", "fast", "-b:a", f"{house.audio_kbps}k", "-flags:a", "+bitexact"),
        *("-f", "adts", "-y", target),
        *("-dec", "0:0", "-filter_complex", f"[dec:0]ebur128=framelog=quiet:peak=true:{MOMENTARY}[m]"),
        *("-map", "[m]", "-f", "null", "-"),
    ]


def stem_argv(ffmpeg: str, house: House, *, limit: float, frames: int, target: str) -> list[str]:
    """Samples on stdin become a WAV of `frames`, to the sample, through the film's limiter (`limit`: dB)."""
    rate = house.sample_rate
    limited = f"aresample={4 * rate},alimiter=limit={10 ** (limit / 20):.5f}:{LIMITER},aresample={rate}"
    return [
        *(ffmpeg, "-hide_banner", "-nostats", "-loglevel", "warning", *mixed(house)),
        *("-af", f"{limited},apad,atrim=end_sample={frames * house.samples}"),
        *("-map_metadata", "-1", "-flags:a", "+bitexact", "-c:a", "pcm_s24le", "-f", "wav", "-y", target),
    ]


MOMENTARY = "metadata=1,ametadata=mode=print:key=lavfi.r128.M:file=-"


def sound_join_argv(ffmpeg: str, packets: str, count: int, frames: int, house: House, target: str) -> list[str]:
    """Packets of a whole film's sound (ADTS) into a file that says what of them is heard: `frames`, to the sample.

    What the encoder put before the first sample lies before the film's beginning; the last packet is cut.
    """
    rate = house.sample_rate
    last = frames * house.samples - (count - 2) * 1024
    return [
        *(ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "warning"),
        *("-itsoffset", f"{-1024 / rate:.9f}", "-f", "aac", "-i", packets, "-c", "copy"),
        *("-bsf:a", f"setts=duration='if(eq(N,{count - 1}),{last}/({rate}*TB),DURATION)'"),
        *("-map_metadata", "-1", *CLOCK, "-f", "mp4", "-y", target),
    ]


LIMITER = "attack=5:release=80:level=0:latency=1"


def mixed(house: House) -> list[str]:
    return ["-f", "f32le", "-ar", str(house.sample_rate), "-ac", "2", "-i", "pipe:0"]


# --- join ---------------------------------------------------------------------------------------------------

NO_CAPTIONS: Mapping[str, str] = {}
LANGUAGES = {
    "ru": "rus", "en": "eng", "fr": "fra", "de": "deu", "be": "bel", "uk": "ukr", "kk": "kaz", "tt": "tat",
    "fi": "fin", "es": "spa", "it": "ita", "pl": "pol", "zh": "zho", "et": "est",
}  # fmt: skip
"""MP4 tracks name languages by ISO 639-2."""
CLOCK = ("-movie_timescale", "48000")
"""The file's own unit of time. Left to itself, ffmpeg 9 takes a multiple of all tracks' units: lengths in it outgrow
their 32 bits after 47 minutes at 24 pictures a second, and a sound alone (1/28 224 000 s) after two and a half.
"""


def join_argv(
    ffmpeg: str,
    pictures: str,
    sound: str,
    title: str,
    target: str,
    *,
    chapters: str = "",
    captions: Mapping[str, str] = NO_CAPTIONS,
) -> list[str]:
    """Copies pictures and sound into one film that can be played while it loads.

    `chapters`: a metadata file; `captions`: SubRip files by language.
    """
    extra = ["-f", "ffmetadata", "-i", chapters] if chapters else []
    chosen = ["-map_chapters", "2"] if chapters else []
    bare = "-map_metadata:g" if chapters else "-map_metadata"  # the latter takes the chapters' titles away too
    first = 3 if chapters else 2
    for number, (language, path) in enumerate(captions.items()):
        extra += ["-f", "srt", "-i", path]
        named = f"language={LANGUAGES.get(language, 'und')}"
        chosen += ["-map", f"{first + number}:s", f"-metadata:s:s:{number}", named]
    if captions:
        chosen += ["-c:s", "mov_text"]
    return [
        *(ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "warning"),
        *("-f", "mov", "-i", pictures, "-f", "mov", "-i", sound, *extra),
        *("-map", "0:v", "-map", "1:a", "-c", "copy", bare, "-1", "-metadata", f"title={title}", *chosen),
        *(*CLOCK, "-movflags", "+faststart", "-f", "mp4", "-y", target),
    ]
