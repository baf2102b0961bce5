"""The film job: Relay's compositor, other ways of making the same film, and the limit, in one run.

Each engine runs as a process of its own; `os.wait4` tells CPU seconds of it and all its children, and the largest
resident size of any one process (never less than the bench itself has, up to 0.2 GB once it has drawn cards). Engines:

relay           an empty cache
relay_one_clip  the same film with another cut of one clip
relay_one_name  the same film with another name on one clip
relay_join      nothing changed
filtergraph     one ffmpeg, one filter graph, x264 with as many threads as it likes
melt            the MLT framework's command line (Debian package melt), two frames at a time
moviepy         a plain MoviePy 2 script
limit           decoding the used parts, plus one x264 encode of the finished frames, plus one AAC encode of the
                finished sound, one thread each; its wall time is CPU seconds through cores, which nothing can beat
limit_composed  the same, with the frames as they are composed; `limit` takes those of the encoded film. Left out unless
                named, or with `--quality`
relay_20, relay_300   films of so many clips (the job's, each time a frame later) at 640×360, for the memory that they
                take: of the process itself and of its largest child together. Left out unless named

`--quality` also compares the films of relay and filtergraph, frame by frame, each with a lossless film of the same
making (VMAF of every fifth frame, SSIM of all).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from relay.almanac.cards.people import Person
from relay.almanac.film import mp4
from relay.almanac.film.cut import Cut, Subclip, Words, draw_up
from relay.almanac.film.encoder import make_film
from relay.almanac.film.ffmpeg import Still, fitted
from relay.almanac.film.footage import footage
from relay.almanac.film.sound.mix import gain, read_loudness
from relay.almanac.film.timeline import lay_out
from relay.almanac.formats import House
from relay.media.probe import Facts, probe
from relay.media.toolbox import Toolbox

JOBS = {"S": ("01", "02", "04", "06", "11", "12"), "L": tuple(f"{n:02}" for n in range(1, 21))}
HOUSE = House(strip_in_fades=True, title_seconds=3, page_seconds=3, end_seconds=0)
CLIP_FRAMES, SPARE_FRAMES = 100, 15
"""Of a clip: those that are used, and those that are left."""
CHANGED = 2
MANY = {"relay_20": 20, "relay_300": 300}
WORDS = Words("Прорыв блокады", "Чтения жителей области", "#proryv80", "11–18 января 2023")
PEOPLE = (
    ("Анна Щёголева", "посёлок Мга"), ("Борис Йотов", "Кировск"), ("Вера Павлова", "Шлиссельбург"),
    ("Глеб Ёлкин", "Синявино"), ("Дарья Цветкова", "Отрадное"), ("Егор Южин", "Волхов"),
    ("Жанна Эйхе", "Тосно"), ("Захар Чащин", "Любань"), ("Ирина Щукина", "Луга"), ("Кирилл Фомин", "Тихвин"),
    ("Лидия Хмара", "Пикалёво"), ("Марк Объедков", "Сясьстрой"), ("Нина Ярцева", "Кингисепп"),
    ("Олег Тышко", "Ивангород"), ("Полина Грач", "Сосновый Бор"), ("Роман Ильин", "Выборг"),
    ("Софья Бут", "Приозерск"), ("Тимур Ахметов", "Всеволожск"), ("Ульяна Дым", "Сертолово"), ("Фаина Цой", "Гатчина"),
)  # fmt: skip


@dataclass(frozen=True)
class Cost:
    wall_s: float
    cpu_s: float
    rss_mb: float
    frames: int


@dataclass(frozen=True)
class Desk:
    """Where a run works, and on what."""

    job: str
    film: Path
    work: Path
    facts: dict[str, dict[str, Any]]

    @property
    def clips(self) -> list[Path]:
        return [next(self.film.glob(f"{number}_*")) for number in JOBS[self.job]]


def run(words: argparse.Namespace) -> int:
    if not words.film.is_dir():
        print(f"There is no folder {words.film} with the clips.", file=sys.stderr)
        return 1
    usual = [name for name in ENGINES if name not in MANY and (words.quality or name != "limit_composed")]
    wanted = [name for name in words.engines.split(",") if name] or usual
    if unknown := set(wanted) - set(ENGINES):
        print(f"There is no engine {', '.join(sorted(unknown))}; there are {', '.join(ENGINES)}.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        work = (words.work or Path(temporary)).absolute()
        work.mkdir(parents=True, exist_ok=True)
        desk = prepared(words.job, words.film.absolute(), work)
        costs = {}
        for name in wanted:
            if why := missing(name):
                print(f"{name:<15} left out: {why}", file=sys.stderr)
                continue
            costs[name] = ENGINES[name](desk, name)
            print(f"{name:<15} {costs[name].wall_s:7.1f} s  {costs[name].cpu_s:7.1f} CPU s", file=sys.stderr)
        seen = {name: LOSSLESS[name](desk) for name in costs if name in LOSSLESS} if words.quality else {}
    print(table(costs))
    if seen:
        print(quality_table(seen))
    if words.json:
        figures = {name: {**asdict(cost), **asdict(seen[name])} if name in seen else asdict(cost)
                   for name, cost in costs.items()}  # fmt: skip
        words.json.write_text(json.dumps(figures, indent=2) + "\n")
    return 0


def missing(name: str) -> str:
    """Why an engine can't be run here; empty when it can."""
    if name == "melt" and shutil.which("melt") is None:
        return "there is no melt on this machine (Debian: apt-get install melt)"
    return ""


def prepared(job: str, film: Path, work: Path) -> Desk:
    """What every engine may know beforehand: facts about the files, and the loudness of the used parts."""
    toolbox, facts = Toolbox(), {}
    for path in Desk(job, film, work, {}).clips:
        found = probe(toolbox, path, work, max_seconds=300)
        loud = None
        if found.audio_index is not None:
            argv = [
                toolbox.ffmpeg,
                "-hide_banner",
                "-i",
                str(path),
                "-t",
                "4",
                "-vn",
                "-af",
                "ebur128",
                "-f",
                "null",
                "-",
            ]
            loud = read_loudness(subprocess.run(argv, capture_output=True, text=True, check=True).stderr).integrated
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        facts[path.name] = {"facts": found.to_json(), "loudness": loud, "sha256": digest}
    desk = Desk(job, film, work, facts)
    (work / "job.json").write_text(json.dumps({"job": job, "film": str(film), "facts": facts}))
    return desk


def run_engine(words: argparse.Namespace) -> int:
    """In a process of its own: one engine's work."""
    job = json.loads((words.work / "job.json").read_text())
    desk = Desk(job["job"], Path(job["film"]), words.work, job["facts"])
    INSIDE[words.name](desk)
    return 0


def table(costs: dict[str, Cost]) -> str:
    limit, graph = costs.get("limit"), costs.get("filtergraph")
    heads = ("wall s", "CPU s", "RSS MB", "frames", "CPU/limit", "CPU/graph", "wall/graph")
    lines = [f"{'engine':<15}" + "".join(f"{head:>{8 if n < 4 else 11}}" for n, head in enumerate(heads))]
    for name, cost in costs.items():
        ratios = [
            _ratio(cost.cpu_s, limit.cpu_s if limit else 0),
            _ratio(cost.cpu_s, graph.cpu_s if graph else 0),
            _ratio(cost.wall_s, graph.wall_s if graph else 0),
        ]
        figures = f"{name:<15}{cost.wall_s:>8.1f}{cost.cpu_s:>8.1f}{cost.rss_mb:>8.0f}{cost.frames:>8}"
        lines.append(figures + "".join(f"{ratio:>11}" for ratio in ratios))
    return "\n".join(lines)


def _ratio(value: float, of: float) -> str:
    return f"{value / of:.3f}" if of else "-"


def measured(argv: Sequence[str], frames: int | Path, *, cwd: Path) -> Cost:
    """Runs a process to its end; `frames` is the number, or the film in which to count them."""
    log = cwd / "engine.log"
    started = time.monotonic()
    with log.open("ab") as out:
        child = subprocess.Popen(argv, cwd=cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(map(str, argv))[:200]} failed:\n{log.read_text(errors='replace')[-3000:]}")
    count = frames if isinstance(frames, int) else mp4.read(frames).track("vide").samples
    return Cost(round(wall, 3), round(usage.ru_utime + usage.ru_stime, 3), round(usage.ru_maxrss / 1024, 1), count)


def in_child(name: str, desk: Desk) -> Cost:
    argv = [sys.executable, str(Path(__file__).with_name("bench.py")), "engine", name, str(desk.work)]
    return measured(argv, desk.work / f"{name}.mp4", cwd=desk.work)


# --- relay ------------------------------------------------------------------------------------------------------


def takes(desk: Desk) -> list[Subclip]:
    made = []
    for number, path in enumerate(desk.clips):
        facts = Facts.from_json(desk.facts[path.name]["facts"])
        width, height = facts.shape
        seen = footage(
            desk.facts[path.name]["sha256"],
            width=width,
            height=height,
            seconds=facts.video_duration,
            has_audio=facts.audio_index is not None,
            technical=facts.to_json(),
        )
        made.append(Subclip(seen, path, Person(*PEOPLE[number]), 0, CLIP_FRAMES))
    return made


def cut_of(used: Sequence[Subclip], house: House, folder: Path) -> Cut:
    """Title, clips, and one page of credits: the job knows no second one, however many people there are."""
    cut = draw_up(used, WORDS, house, folder)
    count = len(used) + 2
    return replace(cut, timeline=lay_out(cut.timeline.items[:count], house), compositions=cut.compositions[:count])


def filmed(cut: Cut, cache: Path, target: Path) -> None:
    make_film(cut, toolbox=Toolbox(), cache=cache, target=target, workers=os.cpu_count() or 1)


def relay(desk: Desk, name: str) -> Cost:
    if name == "relay":
        shutil.rmtree(desk.work / "cache", ignore_errors=True)
    elif not (desk.work / "cache").exists():
        in_child("relay", desk)
    return in_child(name, desk)


def _relay_inside(name: str, change: Callable[[Subclip], Subclip]) -> Callable[[Desk], None]:
    def work(desk: Desk) -> None:
        used = takes(desk)
        used[CHANGED] = change(used[CHANGED])
        cache = desk.work / "cache"
        cut = cut_of(used, HOUSE, cache / "cards")
        filmed(cut, cache, desk.work / f"{name}.mp4")

    return work


def many(desk: Desk, name: str) -> Cost:
    cost, own = in_child(name, desk), float((desk.work / f"{name}.mb").read_text())
    return replace(cost, rss_mb=round(own + cost.rss_mb, 1))


def _many_inside(desk: Desk, name: str) -> None:
    used = takes(desk)
    later = [replace(used[n % len(used)], first=n // len(used) % SPARE_FRAMES) for n in range(MANY[name])]
    cut = draw_up(later, WORDS, replace(HOUSE, width=640, height=360), desk.work / name / "cards")
    filmed(cut, desk.work / name, desk.work / f"{name}.mp4")
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    (desk.work / f"{name}.mb").write_text(f"{own:.1f}")


# --- one filter graph ---------------------------------------------------------------------------------------------


def filtergraph(desk: Desk, name: str) -> Cost:
    words = ("-preset", HOUSE.preset, "-crf", str(HOUSE.crf), "-profile:v", "high", "-level", "4.1")
    return measured(graph_argv(desk, desk.work / f"{name}.mp4", words), desk.work / f"{name}.mp4", cwd=desk.work)


def graph_argv(desk: Desk, target: Path, words: Sequence[str]) -> list[str]:
    cut = cut_of(takes(desk), HOUSE, desk.work / "pictures")
    inputs, graph = whole_graph(cut, desk)
    return [
        *(Toolbox().ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "warning", *inputs, "-filter_complex", graph),
        *("-map", "[film]", "-map", "[sound]", "-c:v", "libx264", *words),
        *("-pix_fmt", "yuv420p", "-g", str(HOUSE.gop), "-bf", "3"),
        *("-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv"),
        *("-c:a", "aac", "-b:a", "160k", "-movflags", "+faststart", "-y", str(target)),
    ]


def whole_graph(cut: Cut, desk: Desk) -> tuple[list[str], str]:
    """The film as one graph, in the way that the reference describes (ffmpeg turns, `scale` converts)."""
    inputs: list[str] = []
    chains: list[str] = []
    sounds: list[str] = []
    count = 0
    ground = str(next(path for sha, path in cut.files.items() if sha == cut.compositions[0].source.sha256))
    clips = iter(desk.clips)
    for number, look in enumerate(cut.compositions):
        seconds = look.frames / HOUSE.fps
        if number in (0, len(cut.compositions) - 1):
            inputs += ["-loop", "1", "-framerate", "25", "-t", str(seconds), "-i", ground]
            chains.append(f"[{count}:v]scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,setsar=1[c{number}]")
            count += 1
        else:
            path = next(clips)
            entry = desk.facts[path.name]
            facts = Facts.from_json(entry["facts"])
            inputs += ["-i", str(path)]
            chains += _clip_chains(count, facts, number, look.frames)
            if facts.audio_index is not None:
                level = gain(entry["loudness"], HOUSE.loudness)
                delay = cut.timeline.starts[number] * HOUSE.samples
                fade = 12 / HOUSE.fps
                chains.append(
                    f"[{count}:a]aresample=48000:async=1:first_pts=0,aformat=sample_fmts=flt:channel_layouts=stereo,"
                    f"apad,atrim=end_sample={look.frames * HOUSE.samples},volume={level}dB,"
                    f"afade=t=in:d={fade}:curve=qsin,afade=t=out:st={seconds - fade}:d={fade}:curve=qsin,"
                    f"adelay=delays={delay}S:all=1[a{number}]"
                )
                sounds.append(f"[a{number}]")
            count += 1
        layer = look.layer
        if layer is None:
            chains.append(f"[c{number}]null[v{number}]")
            continue
        inputs += ["-i", str(cut.files[layer.sha256])]
        chains.append(
            f"[{count}:v]scale=out_color_matrix=bt709:out_range=tv,format=yuva420p[l{number}];"
            f"[c{number}][l{number}]overlay={layer.x}:{layer.y}:eof_action=repeat:format=yuv420,"
            f"trim=end_frame={look.frames},setsar=1,settb=1/25,fps=25[v{number}]"
        )
        count += 1
    left, at = "v0", cut.compositions[0].frames
    for number in range(1, len(cut.compositions)):
        at -= 12
        chains.append(f"[{left}][v{number}]xfade=transition=fade:duration=0.48:offset={at / 25}[x{number}]")
        left, at = f"x{number}", at + cut.compositions[number].frames
    total = cut.timeline.frames * HOUSE.samples
    chains.append(
        f"{''.join(sounds)}amix=inputs={len(sounds)}:normalize=0:duration=longest,alimiter=limit=0.84:level=0,"
        f"apad,atrim=end_sample={total}[sound];[{left}]null[film]"
    )
    return inputs, ";".join(chains)


def _clip_chains(index: int, facts: Facts, number: int, frames: int) -> list[str]:
    steps = ["bwdif=0"] if facts.interlaced else []
    if facts.hdr:
        steps.append("zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt709,tonemap=hable:desat=0")
        steps.append("zscale=t=bt709:m=bt709:r=tv,format=yuv420p")
    steps.append(f"fps=25:start_time=0,trim=end_frame={frames}")
    width, height = facts.shape
    if width * 9 == height * 16:
        scale = "scale=1920:1080:reset_sar=1:out_range=tv:out_color_matrix=bt709:flags=bicubic"
        return [f"[{index}:v]{','.join(steps)},{scale},format=yuv420p,setsar=1,trim=end_frame={frames}[c{number}]"]
    return [
        f"[{index}:v]{','.join(steps)},split[s{number}][t{number}]",
        f"[t{number}]scale=240:136:force_original_aspect_ratio=increase:reset_sar=1:out_range=tv"
        ":out_color_matrix=bt709:flags=area,crop=240:136,format=yuv420p,gblur=sigma=5,"
        f"scale=1920:1080:flags=bilinear[b{number}]",
        f"[s{number}]scale=w=1920:h=1080:force_original_aspect_ratio=decrease:force_divisible_by=2:reset_sar=1"
        f":out_range=tv:out_color_matrix=bt709:flags=bicubic,format=yuv420p[f{number}]",
        f"[b{number}][f{number}]overlay=(W-w)/2:(H-h)/2:format=yuv420,trim=end_frame={frames},setsar=1[c{number}]",
    ]


# --- melt -------------------------------------------------------------------------------------------------------


def melt(desk: Desk, name: str) -> Cost:
    target = desk.work / f"{name}.mp4"
    cut = cut_of(takes(desk), HOUSE, desk.work / "pictures")
    words = ["melt", "-silent", "-profile", "atsc_1080p_25"]
    clips = iter(desk.clips)
    for number, look in enumerate(cut.compositions):
        last = ["in=0", f"out={look.frames - 1}"]
        if isinstance(look.source, Still):
            words += [f"pixbuf:{cut.files[look.source.sha256]}", *last]
        else:
            path = next(clips)
            width, height = fitted(look.source, HOUSE)
            place = f"rect={(HOUSE.width - width) // 2} {(HOUSE.height - height) // 2} {width} {height}"
            words += [f"avformat:{path}", *last, "-attach-cut", "pillar_echo", place, "blur=3"]
            if desk.facts[path.name]["loudness"] is not None:
                level = gain(desk.facts[path.name]["loudness"], HOUSE.loudness)
                words += ["-attach-cut", "volume", f"level={level:.2f}"]
        if look.layer is not None:
            picture = _full_frame(cut.files[look.layer.sha256], look.layer.x, look.layer.y, desk.work)
            words += ["-attach-cut", f"watermark:{picture}"]
        if number:
            words += ["-mix", str(HOUSE.fade), "-mixer", "luma", "-mixer", "mix:-1"]
    words += [
        *("-consumer", f"avformat:{target}", "real_time=-2", "progressive=1", "vcodec=libx264", "pix_fmt=yuv420p"),
        *(f"preset={HOUSE.preset}", f"crf={HOUSE.crf}", f"g={HOUSE.gop}", "bf=3", "acodec=aac", "ab=160k"),
        *("ar=48000", "channels=2", "movflags=+faststart"),
    ]
    return measured(words, target, cwd=desk.work)


def _full_frame(picture: Path, x: int, y: int, folder: Path) -> Path:
    """The layer in its place on an empty frame: a watermark covers the whole picture."""
    from PIL import Image

    frame = Image.new("RGBA", (HOUSE.width, HOUSE.height))
    frame.paste(Image.open(picture).convert("RGBA"), (x, y))
    path = folder / f"full-{picture.stem[:16]}.png"
    frame.save(path)
    return path


# --- moviepy ------------------------------------------------------------------------------------------------------


def moviepy(desk: Desk, name: str) -> Cost:
    draw_up(takes(desk), WORDS, HOUSE, desk.work / "pictures")
    return in_child(name, desk)


def _moviepy_inside(desk: Desk) -> None:
    """As a user would write it: everything in MoviePy, which hands frames to its own ffmpeg."""
    import numpy as np
    from moviepy import CompositeAudioClip, CompositeVideoClip, ImageClip, VideoFileClip, afx, vfx
    from PIL import Image, ImageFilter

    cut = cut_of(takes(desk), HOUSE, desk.work / "pictures")
    ground = cut.files[cut.compositions[0].source.sha256]
    parts, clips = [], iter(desk.clips)
    for number, look in enumerate(cut.compositions):
        seconds = look.frames / HOUSE.fps
        if number in (0, len(cut.compositions) - 1):
            base = ImageClip(str(ground)).with_duration(seconds)
        else:
            path = next(clips)
            clip = VideoFileClip(str(path)).subclipped(0, seconds)
            scale = min(1920 / clip.w, 1080 / clip.h)
            picture = clip.resized(scale)
            if picture.w < 1900 or picture.h < 1060:

                def blurred(frame: Any) -> Any:
                    small = Image.fromarray(frame).resize((240, 136)).filter(ImageFilter.GaussianBlur(5))
                    return np.asarray(small.resize((1920, 1080)))

                far = clip.without_audio().image_transform(blurred)
                picture = CompositeVideoClip([far, picture.with_position("center")], size=(1920, 1080))
            level = desk.facts[path.name]["loudness"]
            if picture.audio is not None:
                picture = picture.with_audio(
                    picture.audio.with_effects(
                        [
                            afx.MultiplyVolume(10 ** (gain(level, -16) / 20)),
                            afx.AudioFadeIn(0.48),
                            afx.AudioFadeOut(0.48),
                        ]
                    )
                )
            base = picture
        pieces = [base]
        if look.layer is not None:
            layer = ImageClip(str(cut.files[look.layer.sha256])).with_duration(seconds)
            pieces.append(layer.with_position((look.layer.x, look.layer.y)))
        whole = CompositeVideoClip(pieces, size=(1920, 1080)).with_start(cut.timeline.starts[number] / HOUSE.fps)
        parts.append(whole.with_effects([vfx.CrossFadeIn(0.48)]) if number else whole)
    film = CompositeVideoClip(parts, size=(1920, 1080)).with_duration(cut.timeline.frames / HOUSE.fps)
    assert isinstance(film.audio, CompositeAudioClip)
    film.write_videofile(
        str(desk.work / "moviepy.mp4"), fps=25, codec="libx264", preset=HOUSE.preset, audio_codec="aac",
        audio_bitrate="160k", audio_fps=48000, threads=os.cpu_count(), ffmpeg_params=["-crf", str(HOUSE.crf)],
        logger=None, temp_audiofile_path=str(desk.work),
    )  # fmt: skip


# --- the limit ------------------------------------------------------------------------------------------------------


def limit(desk: Desk, _name: str) -> Cost:
    return _least(desk, ["-threads", "1", "-i", str(_made_by_relay(desk)), "-an"])


def limit_composed(desk: Desk, _name: str) -> Cost:
    raw = desk.work / "composed.yuv"
    _ffmpeg("-i", str(_lossless(desk)), "-an", "-pix_fmt", "yuv420p", "-f", "rawvideo", "-y", str(raw))
    size = ["-pix_fmt", "yuv420p", "-video_size", f"{HOUSE.width}x{HOUSE.height}", "-framerate", str(HOUSE.fps)]
    try:
        return _least(desk, ["-f", "rawvideo", *size, "-i", str(raw)])
    finally:
        raw.unlink()


def _least(desk: Desk, pictures: list[str]) -> Cost:
    """What no way of making the film can do without. `pictures`: ffmpeg's words for reading the film's."""
    film, cpu, rss = _made_by_relay(desk), 0.0, 0.0

    def spent(*words: str) -> float:
        nonlocal rss
        cost = measured([Toolbox().ffmpeg, "-v", "error", "-nostdin", *words], 1, cwd=desk.work)
        rss = max(rss, cost.rss_mb)
        return cost.cpu_s

    for path in desk.clips:
        read = ["-noautorotate", "-threads", "1", "-i", str(path), "-t", "4"]
        cpu += spent(*read, "-fps_mode", "passthrough", "-f", "null", "-")
    x264 = ["-c:v", "libx264", "-preset", HOUSE.preset, "-crf", str(HOUSE.crf), "-g", str(HOUSE.gop), "-bf", "3"]
    both = spent(*pictures, *x264, "-profile:v", "high", "-level", "4.1", "-threads", "1", "-f", "null", "-")
    cpu += both - spent(*pictures, "-f", "null", "-")
    raw = desk.work / "sound.f32"
    _ffmpeg("-i", str(film), "-vn", "-f", "f32le", "-y", str(raw))
    pcm = ["-f", "f32le", "-ar", "48000", "-ac", "2", "-i", str(raw)]
    cpu += spent(*pcm, "-c:a", "aac", "-aac_coder", "fast", "-b:a", "160k", "-f", "null", "-")
    return Cost(round(cpu / (os.cpu_count() or 1), 3), round(cpu, 3), rss, mp4.read(film).track("vide").samples)


def _ffmpeg(*words: str) -> None:
    subprocess.run([Toolbox().ffmpeg, "-v", "error", "-nostdin", *words], check=True)


def _made_by_relay(desk: Desk) -> Path:
    film = desk.work / "relay.mp4"
    if not film.exists():
        relay(desk, "relay")
    return film


# --- quality ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Quality:
    """`vmaf` and `ssim`: means over the film; `vmaf_low`: what 99 of 100 frames reach; `mb`: of the file."""

    vmaf: float
    vmaf_low: float
    ssim: float
    mb: float


def compared(film: Path, lossless: Path, work: Path) -> Quality:
    scores = work / "vmaf.json"
    graph = (
        "[0:v]split[a][b];[1:v]split[c][d];"
        f"[a][c]libvmaf=n_threads={os.cpu_count()}:n_subsample=5:log_fmt=json:log_path={scores.name}[v];[b][d]ssim[s]"
    )
    argv = [Toolbox().ffmpeg, "-hide_banner", "-nostdin", "-i", str(film), "-i", str(lossless), "-lavfi", graph]
    outputs = ["-map", "[v]", "-f", "null", "-", "-map", "[s]", "-f", "null", "-"]
    said = subprocess.run([*argv, *outputs], cwd=work, capture_output=True, text=True, check=True).stderr
    ssim = re.search(r"SSIM .*All:([\d.]+)", said)
    assert ssim is not None
    frames = sorted(frame["metrics"]["vmaf"] for frame in json.loads(scores.read_text())["frames"])
    mean = sum(frames) / len(frames)
    low = frames[len(frames) // 100]
    return Quality(round(mean, 2), round(low, 2), float(ssim.group(1)), round(film.stat().st_size / 1e6, 2))


def quality_table(seen: dict[str, Quality]) -> str:
    lines = [f"{'against lossless':<17}{'VMAF':>7}{'lowest 1 %':>12}{'SSIM':>9}{'MB':>8}"]
    for name, found in seen.items():
        lines.append(f"{name:<17}{found.vmaf:>7.2f}{found.vmaf_low:>12.2f}{found.ssim:>9.5f}{found.mb:>8.1f}")
    return "\n".join(lines)


def _relay_lossless(desk: Desk) -> Quality:
    return compared(desk.work / "relay.mp4", _lossless(desk), desk.work)


def _lossless(desk: Desk) -> Path:
    """Relay's film as it is composed, before anything is lost."""
    target = desk.work / "whole.mp4"
    if not target.exists():
        house, cache = replace(HOUSE, preset="ultrafast", crf=0), desk.work / "lossless"
        cut = cut_of(takes(desk), house, cache / "cards")
        filmed(cut, cache, target)
    return target


def _graph_lossless(desk: Desk) -> Quality:
    target = desk.work / "whole-graph.mp4"
    measured(graph_argv(desk, target, ("-preset", "ultrafast", "-qp", "0")), target, cwd=desk.work)
    return compared(desk.work / "filtergraph.mp4", target, desk.work)


LOSSLESS: dict[str, Callable[[Desk], Quality]] = {"relay": _relay_lossless, "filtergraph": _graph_lossless}

ENGINES: dict[str, Callable[[Desk, str], Cost]] = {
    "relay": relay,
    "limit": limit,
    "limit_composed": limit_composed,
    "relay_one_clip": relay,
    "relay_one_name": relay,
    "relay_join": relay,
    "filtergraph": filtergraph,
    "melt": melt,
    "moviepy": moviepy,
    **dict.fromkeys(MANY, many),
}
INSIDE: dict[str, Callable[[Desk], None]] = {
    "relay": _relay_inside("relay", lambda take: take),
    "relay_one_clip": _relay_inside("relay_one_clip", lambda take: replace(take, first=8, last=8 + CLIP_FRAMES)),
    "relay_one_name": _relay_inside(
        "relay_one_name", lambda take: replace(take, person=Person("Вера Павлова-Сухова", "Шлиссельбург"))
    ),
    "relay_join": _relay_inside("relay_join", lambda take: take),
    "moviepy": _moviepy_inside,
    **{name: partial(_many_inside, name=name) for name in MANY},
}
