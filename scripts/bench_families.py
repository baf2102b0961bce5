"""How well one recording is found again in its copies, and how often two are taken for one that are not.

Every source is cut to at most 12 s and edited in sixteen ways, as people do when they post a video once more. Pairs of
a source and its edits should be found; pairs of two sources, and of two pieces of one long recording (same camera, same
person, other words), should not.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np

from relay.intake import families, likeness, sound_prints, views

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
SECONDS = 12
VIDEOS = frozenset({".mp4", ".mov", ".webm", ".mkv", ".avi"})


@dataclass(frozen=True, slots=True)
class Source:
    """A file of the corpus; `pieces`: seconds at which pieces of it begin, the first one is edited."""

    file: str
    pieces: tuple[float, ...] = (0.0,)

    @property
    def name(self) -> str:
        return "".join(sign if sign.isalnum() else "_" for sign in Path(self.file).stem)


SOURCES = (
    Source("people/d3.mp4"),
    Source("people/d6.mp4", (0.0, 11.0, 22.0)),
    Source("people/d10.mp4"),
    Source("people/d13.mp4"),
    Source("people/s13.mp4"),
    Source("people/s18.mp4"),
    Source("people/s20.mp4"),
    Source("people/again.mkv"),
    Source("people/one-by-one-person-detection.mp4", (0.0, 40.0, 90.0)),
    Source("people/flipping_a_pancake.mkv"),
    Source("people/internal_emulator_transformer_output_270_rotated.mp4"),
    Source("people/chaplin.mp4"),
    Source("general/dv84.mp4"),
    Source("general/hdr10-av1.mp4"),
    Source("general/sample.avi"),
    Source("general/av1_video.mkv"),
    Source("general/awesome'movie.mov"),
    Source("general/file+with+data&streams=works?.mp4"),
    Source("general/example.mp4", (0.0, 14.0, 28.0)),
    Source("general/spherical.mp4"),
    Source("odd/nellymoser-discont.mp4"),
    Source("general/chair-orig-22-sd-bar.mp4", (0.0, 10.5)),
)
"""Thresholds were chosen on these. Any other folder of videos (`--corpus`) is a set that they have not seen."""
CHAIRS = ("general/chair-22-sd-grey-bar.mp4", "general/chair-22-with-large-logo-bar.mp4", "general/chair-19-sd-bar.mp4")

BLOCKS = ",".join(
    f"drawbox=x=iw*{0.12 + 0.11 * n:.2f}:y=ih*.87:w=iw*.09:h=ih*.06:color=white:t=fill:enable='gt(mod(t*{n + 3},7),2)'"
    for n in range(7)
)
LOGO = (
    "drawbox=x=iw*.70:y=ih*.05:w=iw*.25:h=ih*.11:color=white@.85:t=fill,"
    "drawbox=x=iw*.72:y=ih*.07:w=iw*.08:h=ih*.07:color=red@.9:t=fill"
)
TUNE = (
    "aevalsrc='.16*sin(2*PI*t*(262+66*mod(floor(t*2),4)))+.16*sin(2*PI*t*(392+98*mod(floor(t),3)))"
    "+.1*sin(2*PI*98*t)*lt(mod(t,.5),.2)':s=44100"
)


@dataclass(frozen=True, slots=True)
class Edit:
    """`picture`, `sound`: filters; `wide`: those for a picture that is wider than high, where they differ."""

    name: str
    picture: str = "null"
    wide: str = ""
    sound: str = "anull"
    words: tuple[str, ...] = ()


def _blurred(canvas: str) -> str:
    return (
        f"split[a][b];[a]scale={canvas}:force_original_aspect_ratio=increase,crop={canvas},boxblur=20:2[c];"
        f"[b]scale={canvas}:force_original_aspect_ratio=decrease[d];[c][d]overlay=(W-w)/2:(H-h)/2"
    )


EDITS = (
    Edit("re-encode", words=("-crf", "33")),
    Edit("scale", "scale=trunc(iw/4)*2:trunc(ih/4)*2"),
    Edit("crop 10 %", "crop=iw*.9:ih*.9"),
    Edit("square", "crop='min(iw,ih)':'min(iw,ih)'"),
    Edit("letterbox", "pad=trunc(ih*8/9)*2:ih:-1:-1", "pad=iw:iw:-1:-1"),
    Edit("blur-pad", _blurred("640:360"), _blurred("360:640")),
    Edit("mirror", "hflip"),
    Edit("watermark", LOGO),
    Edit("intro card"),
    Edit("trim"),
    Edit("speed 1.1", "setpts=PTS/1.1", sound="atempo=1.1"),
    Edit("subtitles", f"drawbox=x=iw*.08:y=ih*.85:w=iw*.84:h=ih*.10:color=black@.6:t=fill,{BLOCKS}"),
    Edit("music bed"),
    Edit("brightness", "eq=brightness=.10:contrast=1.2:saturation=1.4"),
    Edit("combo", f"crop=iw*.94:ih*.94,hflip,{LOGO},scale=trunc(iw*.3)*2:trunc(ih*.3)*2", words=("-crf", "34")),
    Edit("low bitrate", "scale=trunc(iw/6)*2:trunc(ih/6)*2", words=("-b:v", "60k", "-b:a", "24k")),
)  # fmt: skip


def run(arguments: Sequence[object]) -> str:
    done = subprocess.run(
        [FFMPEG, "-hide_banner", "-y", "-nostdin", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"ffmpeg failed: {' '.join(map(str, arguments))}\n{done.stderr[-800:]}")
    return done.stderr


@dataclass(frozen=True, slots=True)
class Made:
    """A video of the test set. `source`: its recording; `piece`: of it; `edit`: empty for the cut that is edited."""

    path: Path
    source: str
    piece: int
    edit: str


def sources_in(corpus: Path) -> Sequence[Source]:
    """The set's own sources, or else every video of the folder, long ones in pieces too."""
    if (corpus / SOURCES[0].file).exists():
        return SOURCES
    found = []
    for path in sorted(path for path in corpus.iterdir() if path.suffix in VIDEOS):
        seconds = facts(path)[0]
        starts = range(0, max(1, int(seconds) - SECONDS), SECONDS) if seconds > 2 * SECONDS else (0,)
        found.append(Source(path.name, tuple(map(float, starts))[:4]))
    return found


def make_set(corpus: Path, work: Path, sources: Iterable[Source]) -> list[Made]:
    work.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(2) as pool:
        return [made for found in pool.map(lambda one: _make(corpus, work, one), sources) for made in found]


def _make(corpus: Path, work: Path, source: Source) -> list[Made]:
    found = []
    for number, start in enumerate(source.pieces):
        base = work / f"{source.name}-{number}.mp4"
        if not base.exists():
            _encode(base, ["-ss", start, "-t", SECONDS, "-i", corpus / source.file],
                    "scale='trunc(min(iw,iw*480/min(iw,ih))/2)*2':'trunc(min(ih,ih*480/min(iw,ih))/2)*2',setsar=1,"
                    "format=yuv420p", "anull", ("-crf", "20"))  # fmt: skip
        found.append(Made(base, source.name, number, ""))
    base = found[0].path
    for edit in EDITS:
        path = work / f"{source.name}-0-{''.join(s for s in edit.name if s.isalnum())}.mp4"
        if not path.exists():
            _edit(base, edit, path)
        found.append(Made(path, source.name, 0, edit.name))
    return found


def facts(path: Path) -> tuple[float, int, int, bool]:
    """Seconds, width, height, whether it has sound."""
    import av

    with av.open(str(path)) as container:
        video = container.streams.video[0]
        return float(container.duration or 0) / 1e6, video.width, video.height, bool(container.streams.audio)


def _edit(base: Path, edit: Edit, path: Path) -> None:
    seconds, width, height, heard = facts(base)
    picture = edit.wide if edit.wide and width > height else edit.picture
    if edit.name == "trim":
        _encode(path, ["-ss", f"{seconds * 0.2:.2f}", "-t", f"{seconds * 0.6:.2f}", "-i", base], picture, edit.sound)
    elif edit.name == "intro card":
        _with_card(base, path, width, height, heard=heard)
    elif edit.name == "music bed" and heard:
        run(["-i", base, "-f", "lavfi", "-t", seconds, "-i", TUNE, "-filter_complex",
             "[0:a]aresample=44100[v];[v][1:a]amix=inputs=2:duration=first:normalize=0[a]", "-map", "0:v",
             "-map", "[a]", *_as_h264(("-crf", "26")), path])  # fmt: skip
    else:
        _encode(path, ["-i", base], picture, edit.sound, edit.words or ("-crf", "26"))


def _with_card(base: Path, path: Path, width: int, height: int, *, heard: bool) -> None:
    card = (
        f"color=c=0x203050:s={width}x{height}:r=25:d=2.5,drawbox=x=iw*.2:y=ih*.3:w=iw*.6:h=ih*.12:color=white:t=fill,"
    )
    card += "drawbox=x=iw*.3:y=ih*.55:w=iw*.4:h=ih*.06:color=0xb0c0d0:t=fill,format=yuv420p,setsar=1"
    graph = f"{card}[c];[0:v]fps=25,format=yuv420p,setsar=1[v];"
    graph += (
        f"{TUNE}:d=2.5,aformat=channel_layouts=mono[t];[0:a]aresample=44100,aformat=channel_layouts=mono[s];"
        if heard
        else ""
    )
    graph += "[c][t][v][s]concat=n=2:v=1:a=1[o][p]" if heard else "[c][v]concat=n=2[o]"
    run(["-i", base, "-filter_complex", graph, "-map", "[o]", *(["-map", "[p]"] if heard else []),
         *_as_h264(("-crf", "26")), path])  # fmt: skip


def _encode(
    path: Path, inputs: Sequence[object], picture: str, sound: str, words: Sequence[str] = ("-crf", "26")
) -> None:
    graph = f"[0:v:0]{picture}[v]"
    run([*inputs, "-filter_complex", graph, "-map", "[v]", "-map", "0:a:0?",
         *([] if sound == "anull" else ["-af", sound]), *_as_h264(words), path])  # fmt: skip


def _as_h264(words: Sequence[str]) -> list[str]:
    return ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-threads", "1", *words, "-c:a", "aac"]


@dataclass(frozen=True, slots=True)
class Known:
    """What every method is given of a video: 64x64 gray frames, two a second, and the sound."""

    prints: likeness.Fingerprint
    published: likeness.Table
    small: Any
    seconds: float


def look_at(video: Made, cache: Path, spent: dict[str, float]) -> Known:
    kept = cache / f"{video.path.stem}.npz"
    if not kept.exists():
        _decoded(video.path, kept)
    with np.load(kept) as stored:
        frames, sound, shape = stored["frames"].tobytes(), stored["sound"].tobytes(), stored["shape"]
    start = time.process_time()
    pictures = views.of(frames, int(shape[0]), int(shape[1]))
    spent["pictures"] += time.process_time() - start
    start = time.process_time()
    words = sound_prints.prints(sound)
    spent["sound"] += time.process_time() - start
    spent["clips"] += 1
    spent["seconds"] += float(shape[2])
    spent["bytes"] += len(views.packed(pictures)) + len(words)
    grays = np.frombuffer(frames, np.uint8).reshape(-1, 64, 64)
    return Known(
        likeness.Fingerprint.of(pictures, words), views.as_rows(pictures["whole"]), _phashes(grays), float(shape[2])
    )


def _decoded(path: Path, kept: Path) -> None:
    """By the filters of the one look (relay/intake/look.py), without what it makes besides."""
    seconds, width, height, heard = facts(path)
    with tempfile.TemporaryDirectory() as folder:
        gray, pcm = Path(folder, "gray"), Path(folder, "pcm")
        words = ["-ac", 1, "-ar", sound_prints.RATE, "-f", "s16le", pcm]
        run(["-i", path, "-map", "0:v:0", "-vf",
             "fps=25:start_time=0,select='isnan(prev_selected_t)+gte(t-prev_selected_t,0.5-0.001)',"
             "scale=64:64:flags=area,format=gray", "-fps_mode", "passthrough", "-f", "rawvideo", gray,
             *(["-map", "0:a:0", *words] if heard else [])])  # fmt: skip
        sound = pcm.read_bytes() if heard else b""
        part = kept.with_suffix(".part.npz")
        np.savez(part, frames=np.frombuffer(gray.read_bytes(), np.uint8), sound=np.frombuffer(sound, np.uint8),
                 shape=np.array([width, height, seconds]))  # fmt: skip
        part.rename(kept)


def _phashes(grays: Any) -> Any:
    """pHash as published (DCT of 32x32, the lowest 8x8 against their median): 64 bits a frame."""
    halves = grays.reshape(-1, 32, 2, 32, 2).mean(axis=(2, 4))
    low = _dct(32)[:8]
    values = (low @ halves @ low.T).reshape(-1, 64)
    return np.packbits(values > np.median(values, axis=1, keepdims=True), axis=1).view(np.uint64)[:, 0]


def _dct(size: int) -> Any:
    k, n = np.arange(size)[:, None], np.arange(size)[None, :]
    return np.cos(np.pi * k * (2 * n + 1) / (2 * size))


def vpdq(a: Known, b: Known) -> str:
    """As published: half of the frames of either one have one in the other within 31 bits."""
    rows = [known.published[known.published.any(axis=1)] for known in (a, b)]
    if not all(len(row) for row in rows):
        return ""
    bits = np.bitwise_count(rows[0][:, None] ^ rows[1][None]).sum(axis=2)
    shares = (bits.min(axis=1) <= 31).mean(), (bits.min(axis=0) <= 31).mean()
    return "certain" if max(shares) >= 0.5 else ""


def phash(a: Known, b: Known) -> str:
    """Half of the frames within ten bits."""
    bits = np.bitwise_count(a.small[:, None] ^ b.small[None])
    return "certain" if max((bits.min(axis=1) <= 10).mean(), (bits.min(axis=0) <= 10).mean()) >= 0.5 else ""


def before(a: Known, b: Known) -> str:
    """Relay until now: pictures alone, whole, in any order, turned in eight ways."""
    return families.same_recording(a.published.tobytes(), b.published.tobytes()) or ""


def relay(a: Known, b: Known) -> str:
    found = likeness.compare(a.prints, b.prints)
    return found.certainty.value if found is not None else ""


METHODS: Mapping[str, Callable[[Known, Known], str]] = {
    "Relay": relay, "Relay before": before, "vPDQ": vpdq, "pHash-64": phash,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pair:
    a: Made
    b: Made
    kind: str
    """`same`, `other` (two sources), `hard` (pieces of one long recording), `card` (two sources behind one card)."""


def pairs(made: Sequence[Made], chairs: Sequence[Made]) -> list[Pair]:
    cuts = {(one.source, one.piece): one for one in made if not one.edit}
    edits = [one for one in made if one.edit]
    found = [Pair(cuts[one.source, 0], one, "same") for one in edits]
    found += [Pair(cuts["chair_orig_22_sd_bar", 0], one, "same") for one in chairs]
    for cut in cuts.values():
        for one in [*edits, *cuts.values(), *chairs]:
            if cut.source != one.source and not cut.piece:
                found.append(Pair(cut, one, "other"))
            elif cut.source == one.source and cut.piece > one.piece and not one.source.startswith("chair"):
                found.append(Pair(cut, one, "hard"))
    cards = [one for one in edits if one.edit == "intro card"]
    return found + [Pair(a, b, "card") for a, b in itertools.combinations(cards, 2)]


def measure(words: argparse.Namespace) -> int:
    work = words.work or Path(tempfile.mkdtemp(prefix="families-"))
    made = make_set(words.corpus, work, sources_in(words.corpus))
    chairs = [
        Made(path, "chair_orig_22_sd_bar", 0, "chair") for path in map(words.corpus.joinpath, CHAIRS) if path.exists()
    ]
    spent = dict.fromkeys(("pictures", "sound", "clips", "seconds", "bytes"), 0.0)
    known = {one.path: look_at(one, work, spent) for one in [*made, *chairs]}
    tried = pairs(made, chairs)
    answers, seconds = {}, {}
    for name, method in METHODS.items():
        start = time.process_time()
        answers[name] = [method(known[pair.a.path], known[pair.b.path]) for pair in tried]
        seconds[name] = time.process_time() - start
    told = report(tried, answers)
    told["cpu"] = _cost(spent, seconds, len(tried))
    show(told)
    if words.json:
        words.json.write_text(json.dumps(told, indent=1, ensure_ascii=False), "utf-8")
    if words.missed:
        _show_missed(tried, answers["Relay"])
    return 0 if told["passed"] else 1


def report(tried: Sequence[Pair], answers: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Recall by edit and by half of the sources, and false merges by kind of pair."""
    names = sorted({pair.a.source for pair in tried})
    halves = {name: "AB"[number % 2] for number, name in enumerate(names)}
    told: dict[str, Any] = {"recall": {}, "false": {}}
    groups: dict[str, Callable[[Pair], bool]] = {
        edit: (lambda pair, edit=edit: pair.b.edit == edit) for edit in [*(e.name for e in EDITS), "chair"]
    }
    groups |= {
        "sources A": lambda pair: halves[pair.a.source] == "A", "sources B": lambda pair: halves[pair.a.source] == "B",
        "all": lambda _pair: True,
    }  # fmt: skip
    for name, given in answers.items():
        for group, within in groups.items():
            some = [answer for pair, answer in zip(tried, given, strict=True) if pair.kind == "same" and within(pair)]
            if some:
                told["recall"].setdefault(group, {"pairs": len(some)})[name] = _shares(some)
        for kind in ("other", "hard", "card"):
            some = [answer for pair, answer in zip(tried, given, strict=True) if pair.kind == kind]
            told["false"].setdefault(kind, {"pairs": len(some)})[name] = [
                some.count("certain"), some.count("possible")
            ]  # fmt: skip
    wrong = sum(told["false"][kind]["Relay"][0] for kind in told["false"])
    told["passed"] = told["recall"]["all"]["Relay"][0] >= 0.98 and not wrong
    return told


def _shares(some: Sequence[str]) -> list[float]:
    """(found at all, certain), 0 to 1."""
    count = max(1, len(some))
    return [round(sum(map(bool, some)) / count, 3), round(some.count("certain") / count, 3)]


def _cost(spent: Mapping[str, float], seconds: Mapping[str, float], count: int) -> dict[str, float]:
    clips = max(1.0, spent["clips"])
    return {
        "ms a clip, prints of pictures": round(1000 * spent["pictures"] / clips, 1),
        "ms a clip, prints of sound": round(1000 * spent["sound"] / clips, 1),
        "bytes a second": round(spent["bytes"] / max(1.0, spent["seconds"])),
        **{f"ms a pair, {name}": round(1000 * spent_on / count, 3) for name, spent_on in seconds.items()},
    }


def show(told: Mapping[str, Any]) -> None:
    names = list(METHODS)
    print(f"{'recall: found (certain)':24}{'pairs':>6}" + "".join(f"{name:>16}" for name in names))
    for group, row in told["recall"].items():
        cells = "".join(f"{row[name][0]:9.3f} ({row[name][1]:.2f})" for name in names)
        print(f"{group:24}{row['pairs']:>6}{cells}")
    print(f"\n{'false: certain + possible':24}{'pairs':>6}" + "".join(f"{name:>16}" for name in names))
    for kind, row in told["false"].items():
        print(f"{kind:24}{row['pairs']:>6}" + "".join(f"{row[name][0]:>10} + {row[name][1]:<3}" for name in names))
    print()
    for what, number in told["cpu"].items():
        print(f"{what:32}{number:>10}")
    print("\npassed" if told["passed"] else "\nNOT passed: recall below .98, or two recordings merged")


def _show_missed(tried: Sequence[Pair], answers: Sequence[str]) -> None:
    for pair, answer in zip(tried, answers, strict=True):
        if (pair.kind == "same") != bool(answer) or (pair.kind != "same" and answer == "certain"):
            print(f"{pair.kind}: {pair.a.path.stem} / {pair.b.path.stem}: {answer or 'not found'}")
