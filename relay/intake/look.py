"""The one look at a video, as data: which command decodes it once into everything, and what its log says. Pure.

One decode gives the desk's proxy, twelve stills, the storyboard, what fingerprints are made of, loudness,
and the silent, black and frozen parts: for ten seconds of 1080p 5.6 CPU seconds, where a pass for each takes 14.8.

A picture's first moment is told by `showinfo`: before the first key frame FFmpeg leaves out H.264 without a word, and
the proxy fills the time with the first picture that comes.

Strict means `-err_detect explode` and always `-xerror` beside it: alone, the first made ffmpeg 9.0.2 try one
broken packet of `odd/corrupted.mp4` for ever. A strict look decodes with one thread: with two, ffmpeg 9.0.2 missed
the corrupt frame of a damaged H.264 file in about one run of eight (frame threads) or in all (slice threads).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from relay.intake import sound_prints
from relay.media.filters import fitting, hdr
from relay.media.filters.resampling import in_time, waiting, waits
from relay.media.probe import DECODERS, Facts

MAX_PIXELS = 36_864_000
"""8K (33 megapixels) fits; measured: pixel bombs are refused in 0.4 s and 54 MB (docs/security.md, 0.2)."""
MAX_ALLOC = 1 << 30
PROXY_SIDE = 480
STILLS = 12
PRINTS_PER_SECOND = 2
MAX_RUNS = 20
PRINT_SIDE = 64
BLACK_SHARE, FROZEN_SHARE = 0.9, 0.9
SILENCE_DB = -50.0
QUIET_LUFS, LOUD_LUFS, CLIPPED_DBTP = -33.0, -9.0, 0.5
NOTHING_HEARD = -69.0
"""LUFS: ebur128 says -70 when nothing passed its gate."""

PROXY, STORYBOARD, PRINTS, SOUND = "proxy.mp4", "storyboard.jpg", "prints.gray", "sound.pcm"


def still(number: int) -> str:
    """File name of a still, counted from 0."""
    return f"still-{number + 1:02d}.jpg"


@dataclass(frozen=True, slots=True)
class Log:
    """What the decoding said. Spans are (from, to) in seconds. `packets` to `errors` are those of the picture.

    `whole`: the summary at the end was reached. `complaints`: lines tagged as errors;
    `of_missing`: those that are only about pictures which were left out.
    `frames`: of the proxy, at `rate`. `first`: when the first picture is really shown, in seconds from the file's
    beginning, None where that is not told; `lead`: when it should be. `shapes`: that the frames came in.
    """

    whole: bool
    complaints: int
    packets: int = 0
    decoded: int = 0
    errors: int = 0
    audio_decoded: int = 0
    audio_errors: int = 0
    frames: int = 0
    rate: int = 25
    first: float | None = None
    lead: float = 0.0
    loudness: float | None = None
    peak: float | None = None
    silence: tuple[tuple[float, float], ...] = ()
    black: tuple[tuple[float, float], ...] = ()
    frozen: tuple[tuple[float, float], ...] = ()
    no_memory: bool = False
    of_missing: int = 0
    shapes: tuple[fitting.Shape, ...] = ()
    said: tuple[str, ...] = field(default=())

    @property
    def seconds(self) -> float:
        """Of picture that really decoded."""
        return max(0.0, self.frames / self.rate - self.lead)

    @property
    def end(self) -> float:
        """When the picture is over: what is heard after that is never used."""
        return self.frames / self.rate

    @property
    def late(self) -> float:
        """Seconds at the beginning of the picture that can't be shown."""
        return max(0.0, (self.first or 0.0) - self.lead)


def rate(facts: Facts) -> int:
    """Frames a second of the proxy."""
    return 25 if facts.fps <= 26 and not facts.vfr else 30


def proxy_size(facts: Facts) -> tuple[int, int]:
    """Even numbers, the shorter side at most 480, never larger than the picture itself."""
    width, height = facts.shape
    share = min(1.0, PROXY_SIDE / min(width, height))
    return max(2, round(width * share / 2) * 2), max(2, round(height * share / 2) * 2)


def argv(
    ffmpeg: str, path: str, facts: Facts, *, seconds: float, strict: bool, without_unkeyed: bool = False
) -> list[str]:
    """The command that looks at the file at `path` once and writes everything into its working folder.

    `seconds`: the longest that any output may become. `without_unkeyed`: pictures that hang on frames which are not
    there stay away from the decoder.
    """
    heard = facts.audio_index is not None
    outputs = ["-map", "[proxy]", *(["-map", "[sound]", "-c:a", "aac", "-b:a", "96k"] if heard else [])]
    return [
        *(ffmpeg, "-hide_banner", "-nostdin", "-nostats", "-y", "-loglevel", "level+verbose"),
        *("-filter_threads", "2", "-filter_complex_threads", "2", "-max_alloc", str(MAX_ALLOC)),
        *(["-err_detect", "explode", "-xerror"] if strict else []),
        *("-f", facts.container, "-format_whitelist", facts.container, "-protocol_whitelist", "file"),
        *("-codec_whitelist", ",".join(DECODERS), "-max_pixels", str(MAX_PIXELS)),
        *("-threads", "1" if strict else "2"),
        *(dropped(facts.video_index or 0, facts.unkeyed) if without_unkeyed else []),
        *("-reinit_filter", "0", *waiting(_waits(facts)), "-i", f"file:{path}"),
        *("-filter_complex", graph(facts)),
        *outputs,
        *("-c:v", "libx264", "-preset", "veryfast", "-crf", "26", "-profile:v", "high", "-threads", "2", "-g", "60"),
        *("-movflags", "+faststart", *_bare(), "-t", f"{seconds:.3f}", "-fs", "400M", PROXY),
        *("-map", "[stills]", "-fps_mode", "passthrough", "-q:v", "3", *_bare()),
        *("-frames:v", str(STILLS), "-f", "image2", "still-%02d.jpg"),
        *("-map", "[board]", "-fps_mode", "passthrough", "-q:v", "4", *_bare()),
        *("-frames:v", "1", "-update", "1", STORYBOARD),
        *("-map", "[prints]", "-fps_mode", "passthrough", "-frames:v", str(math.ceil(seconds * PRINTS_PER_SECOND) + 2)),
        *("-f", "rawvideo", PRINTS),
        *(["-map", "[heard]", "-t", f"{seconds:.3f}", "-c:a", "pcm_s16le", "-f", "s16le", SOUND] if heard else []),
    ]


def _waits(facts: Facts) -> float:
    """A track that isn't looked at may begin before those that are."""
    heads = [facts.video_head, facts.audio_head] if facts.audio_index is not None else [facts.video_head]
    return waits(facts.container, facts.start, heads)


def dropped(stream: int, runs: Sequence[Sequence[int]]) -> list[str]:
    """Input words that leave out runs of a stream's packets, each [first, last)."""
    if not runs:
        return []
    within = "+".join(f"between(n,{first},{last - 1})" for first, last in runs[:MAX_RUNS])
    return [f"-bsf:{stream}", "noise=drop=" + within.replace(",", "\\,")]


def _bare() -> tuple[str, ...]:
    """No place, no name, no device of the person who filmed may live on in what we make."""
    return ("-map_metadata", "-1", "-map_chapters", "-1", "-sn", "-dn")


def graph(facts: Facts) -> str:
    """The filters, as ffmpeg reads them."""
    width, height = proxy_size(facts)
    across, down = (6, 2) if height > width else (4, 3)
    board = 160 / min(width, height)
    frames = max(1, round((facts.lead + facts.video_duration) * rate(facts)))
    first = [
        f"{_of_one_size(facts)}bwdif=mode=send_frame" if facts.interlaced else "",
        f"fps={rate(facts)}:start_time=0,trim=end_frame={frames}",
        f"scale={fitting.sides(width, height)}:flags=area"
        + ("" if facts.hdr else ":out_range=tv:out_color_matrix=bt709"),
        f"pad={width}:{height}:-1:-1:eval=frame",
        tone(facts),
        "setsar=1,format=yuv420p",
        "split=4[watch][s][b][p]",
    ]
    pause = max(facts.video_duration / STILLS, 0.001)
    sparse = f"select='isnan(prev_selected_t)+gte(t-prev_selected_t,{pause:.6f}-0.001)'"
    still_range = "scale=out_range=pc,format=yuvj420p"
    parts = [
        f"[0:{facts.video_index}]split[all][first]",
        "[first]select='eq(n,0)',showinfo=checksum=0,nullsink",
        "[all]" + ",".join(step for step in first if step),
        "[watch]blackdetect=d=0.1:pic_th=0.98:pix_th=0.10,freezedetect=n=-60dB:d=2[proxy]",
        f"[s]{sparse},{still_range}[stills]",
        f"[b]{sparse},scale={_even(width * board)}:{_even(height * board)},tile={across}x{down},{still_range}[board]",
        f"[p]select='isnan(prev_selected_t)+gte(t-prev_selected_t,{1 / PRINTS_PER_SECOND}-0.001)',"
        f"scale={PRINT_SIDE}:{PRINT_SIDE}:flags=area,format=gray[prints]",
    ]
    if facts.audio_index is not None:
        parts.append(
            f"[0:{facts.audio_index}]{in_time(48_000)},ebur128=peak=true:framelog=quiet,"
            f"silencedetect=noise={SILENCE_DB:.0f}dB:d=1,asplit[loud][low];"
            f"[loud]aformat=sample_rates=48000:channel_layouts=stereo[sound];"
            f"[low]aresample={sound_prints.RATE},aformat=sample_fmts=s16:channel_layouts=mono[heard]"
        )
    return ";".join(parts)


def _of_one_size(facts: Facts) -> str:
    """Fields are made whole in frames of one size only; where it never changes, `scale` hands them on as they are."""
    upright = facts.rotation not in (90, 270)
    width, height = (facts.coded_width, facts.coded_height) if upright else (facts.coded_height, facts.coded_width)
    return f"scale={width}:{height}:interl=-1,"


def tone(facts: Facts) -> str:
    """HDR to BT.709; what the file does not tell is taken as BT.2020, as phones mean it."""
    if not facts.hdr:
        return ""
    matrix = facts.matrix if facts.matrix.startswith("bt2020") else "bt2020nc"
    primaries = facts.primaries or "bt2020"
    full = facts.range == "pc"
    return ",".join(hdr.ordinary(facts.hdr, matrix=matrix.removesuffix("c") + "c", primaries=primaries, full=full))


def cost(facts: Facts) -> int:
    """CPU seconds that looking at the file may take: an 8K film may take longer than a phone clip, none for ever."""
    megapixels = facts.coded_width * facts.coded_height * max(1.0, min(facts.fps, 240.0)) / 1e6
    return min(3600, round(60 + facts.video_duration * max(4.0, megapixels / 20)))


_IN = re.compile(
    r"^\[in#0/[^\]]*\] \[verbose\]\s+Input stream #0:(\d+) \(\w+\): (\d+) packets read \(\d+ bytes\); "
    r"(\d+) frames decoded; (\d+) decode errors",
    re.MULTILINE,
)
_OUT = re.compile(r"^\[out#0/[^\]]*\] \[verbose\]\s+Output stream #0:0 \(video\): (\d+) frames encoded", re.MULTILINE)
_COMPLAINT = re.compile(
    r"^(?:\[[^\]\n]*\] )*\[(?:error|fatal|panic)\] (?!Codec \(\w+\) not on whitelist ')(.*)$", re.MULTILINE
)
"""That a decoder is closed is our own doing (`-codec_whitelist`): subtitles, a second track of sound. What is shown and
heard has one that is open, or it would not have come so far.
"""
_HANGING = re.compile(r"\] \[error\] mmco: unref short failure|\[libdav1d @ \w+\] \[error\] ")
"""What is said of pictures that were left out because they hang on missing ones: H.264 that resumes at a recovery point
lets go of frames that never were there, and the reader of AV1 that comes before the decoder still sees them. Where the
decoder itself fails, that is counted as a decode error.
"""
_OPENED = "\n[info] Input #0, "
_OF_CONTAINER = "[in#"
"""How lines begin that the reader of the file says, not a decoder: what it finds wrong is wrong with the whole."""
_FIRST = re.compile(r"^\[Parsed_showinfo_\d+ @ \w+\] \[info\] n:\s*0 pts:\s*-?\d+ pts_time:(-?[\d.]+)", re.MULTILINE)
_LOUDNESS = re.compile(r"^\s+I:\s+(-?[\d.]+|-?inf|nan) LUFS", re.MULTILINE)
_PEAK = re.compile(r"^\s+Peak:\s+(-?[\d.]+|-?inf|nan) dBFS", re.MULTILINE)
_BLACK = re.compile(r"black_start:(-?[\d.]+) black_end:(-?[\d.]+)")
_SILENT = re.compile(r"silence_(start|end): (-?[\d.]+)")
_FROZEN = re.compile(r"freezedetect\.freeze_(start|end): (-?[\d.]+)")


def read(stderr: str, facts: Facts, *, without_unkeyed: bool = False) -> Log:
    """Reads what ffmpeg wrote while it ran `argv` for a file with these facts.

    `without_unkeyed`, as there: while FFmpeg finds out what is in a file it tries all packets, so what decoders say
    before it names the file is of those that are to stay away.
    """
    tracks = {int(m[1]): (int(m[2]), int(m[3]), int(m[4])) for m in _IN.finditer(stderr)}
    packets, decoded, errors = tracks.get(facts.video_index if facts.video_index is not None else -1, (0, 0, 0))
    _, heard, unheard = tracks.get(facts.audio_index if facts.audio_index is not None else -1, (0, 0, 0))
    frames = [int(m[1]) for m in _OUT.finditer(stderr)]
    opened = stderr.find(_OPENED) if without_unkeyed else 0
    said = [m for m in _COMPLAINT.finditer(stderr) if m.start() >= opened or m[0].startswith(_OF_CONTAINER)]
    of_missing = [one for one in said if without_unkeyed and _HANGING.search(one[0])]
    complaints = [one[1] for one in said if one not in of_missing]
    seconds = (frames[-1] if frames else 0) / rate(facts)
    first = _FIRST.search(stderr)
    return Log(
        whole=bool(tracks and frames),
        complaints=len(complaints),
        of_missing=len(of_missing),
        packets=packets,
        decoded=decoded,
        errors=errors,
        audio_decoded=heard,
        audio_errors=unheard,
        frames=frames[-1] if frames else 0,
        rate=rate(facts),
        first=float(first[1]) if first else None,
        lead=facts.lead,
        loudness=_level(_LOUDNESS, stderr),
        peak=_level(_PEAK, stderr),
        silence=_spans(_SILENT, stderr, seconds),
        black=tuple((float(m[1]), float(m[2])) for m in _BLACK.finditer(stderr)),
        frozen=_spans(_FROZEN, stderr, seconds),
        no_memory="Cannot allocate memory" in stderr,
        shapes=fitting.shapes(stderr),
        said=tuple(line[:200] for line in complaints[:5]),
    )


def _level(pattern: re.Pattern[str], text: str) -> float | None:
    found = pattern.findall(text)
    value = float(found[-1]) if found else math.nan
    return value if math.isfinite(value) and value > NOTHING_HEARD else None


def _spans(pattern: re.Pattern[str], text: str, end: float) -> tuple[tuple[float, float], ...]:
    """Pairs of start and end; the last one may be open."""
    spans: list[tuple[float, float]] = []
    start: float | None = None
    for edge, at in pattern.findall(text):
        if edge == "start":
            start = max(0.0, float(at))
        elif start is not None:
            spans.append((start, float(at)))
            start = None
    if start is not None and end > start:
        spans.append((start, end))
    return tuple(spans)


def share(spans: Sequence[tuple[float, float]], seconds: float) -> float:
    """How much of `seconds` the spans fill, 0 to 1."""
    return min(1.0, sum(end - start for start, end in spans) / seconds) if seconds > 0 else 0.0


def within(spans: Sequence[tuple[float, float]], seconds: float) -> list[tuple[float, float]]:
    """Of spans, what lies before `seconds`."""
    return [(start, min(end, seconds)) for start, end in spans if start < seconds]


def flags(facts: Facts, log: Log) -> list[str]:
    """What a moderator should know; the list is explained in relay/intake/inspect.py."""
    width, height = facts.shape
    black = share(log.black, log.seconds) >= BLACK_SHARE
    heard = facts.audio_index is not None
    silent = heard and (log.peak is None or share(within(log.silence, log.end), log.end) >= 0.98)
    found = {
        "short": min(log.seconds, facts.video_duration) < 1.0,
        "no_sound": not heard,
        "lost_sound": facts.lost_sound,
        "silent": silent,
        "quiet": not silent and log.loudness is not None and log.loudness < QUIET_LUFS,
        "loud": log.loudness is not None and log.loudness > LOUD_LUFS,
        "clipped": log.peak is not None and log.peak > CLIPPED_DBTP,
        "black": black,
        "frozen": not black and log.seconds > 2 and share(log.frozen, log.seconds) >= FROZEN_SHARE,
        "low_resolution": min(width, height) < 360,
        "vertical": height > width,
        "hdr": bool(facts.hdr),
        "vfr": facts.vfr,
        "interlaced": facts.interlaced,
        "several_sounds": facts.sounds > 1 and not facts.default_silent,
        "other_sound": facts.default_silent,
        "spherical": facts.spherical,
        "stereo": facts.stereo,
        "dolby_vision": facts.dolby_only,
        "changes_size": fitting.differ(log.shapes),
    }
    return [name for name, is_so in found.items() if is_so]


def best_still(prints: bytes, seconds: float, count: int) -> int:
    """Which of `count` evenly spread stills makes the poster: near the first third, neither dark nor flat.

    `prints`: the gray frames, two per second.
    """
    size = PRINT_SIDE * PRINT_SIDE
    frames = np.frombuffer(prints, np.uint8)[: len(prints) // size * size].reshape(-1, size)
    by_nearness = sorted(range(count), key=lambda number: abs(number - count / 3))
    for number in by_nearness:
        at = min(len(frames) - 1, round(number * seconds / max(1, count) * PRINTS_PER_SECOND))
        if at >= 0 and frames[at].mean() > 30 and frames[at].std() > 10:
            return number
    return by_nearness[0] if by_nearness else 0


def _even(value: float) -> int:
    return max(2, round(value / 2) * 2)
