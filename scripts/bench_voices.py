"""A film "one text by many voices" of twelve readers, looked at from its own sound.

Needs `apt-get install festival festvox-ru`, the extra `speech` and a model (--model, a folder). The one voice of
festvox-ru is made twelve people: other pitch and pace, 18 dB between the faintest and the loudest, noise at 10 to 40
dB, some of them in a room, each with pauses of their own, some sentences run together. Each reads seven sentences of
twelve.

Then the film is made by the rule, and its sound is heard with the model like any clip's. Told, for each piece: which
words were understood in the uncut clip and are not in the film (`lost`; `at the edges`: the first or last one) and the
other way round (`gained`), its loudness beside the film's: integrated, the loudest short-term value (3 s), and what it
would be if clips were evened by all of their sound instead of the piece's (`by clip`); and the largest step between
two samples at the cut beside the largest within the speech.

Ends with 1 where a sentence is not heard in the film, in its place, where a piece's first or last word is lost, or
where the pieces' loudest three seconds lie further than MOST_LU from their mean.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import time
import wave
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relay.almanac.film.sentences import places_of
from relay.almanac.film.sound.mix import read_loudness
from relay.almanac.plan.many_voices import SURE
from relay.almanac.plan.voices import sentences_read
from relay.almanac.readings.bank import QuoteBank
from relay.almanac.readings.which_quote import readings
from relay.media.hearing import listening, model
from relay.media.hearing.heard import Hearing
from relay.media.hearing.model import SpeechModel
from relay.media.probe import probe
from relay.media.toolbox import Toolbox
from scripts import bench_desk, bench_speech, desk_rows

READERS, SENTENCES, READ, RATE = 12, 12, 7, 16_000
MOST_LU = 1.0
FILM, NUMBER = "film", "1"
NAMES = (
    "Анна Щёголева", "Борис Йотов", "Вера Павлова", "Глеб Ёлкин", "Дарья Цветкова", "Егор Южин", "Жанна Эйхе",
    "Захар Чащин", "Ирина Щукина", "Кирилл Фомин", "Лидия Хмара", "Марк Объедков",
)  # fmt: skip
STYLE = {"width": 640, "height": 360, "preset": "ultrafast", "title_seconds": 2, "page_seconds": 2, "end_seconds": 1}
Samples = NDArray[np.float32]


@dataclass(frozen=True)
class PieceFigures:
    """`loudness`: LU beside all pieces together. `step`: of the samples at the cut, in shares of the speech's."""

    clip: int
    name: str
    sentences: str
    seconds: float
    words: int
    lost: list[str]
    gained: int
    at_edges: int
    loudness: float
    short_term: float
    by_clip: float
    step: float


def lines() -> list[str]:
    return [line for text in bench_speech.sections()["bank"][:4] for line in text][:SENTENCES]


def voice_of(number: int, spoken: Sequence[Samples], dice: np.random.Generator) -> Samples:
    """What a reader says: pitch and pace go together, as on a tape; level, pauses and the room are their own."""
    speed = 0.86 + 0.28 * number / (READERS - 1)
    sound = [np.zeros(round(dice.uniform(0.6, 1.4) * RATE), np.float32)]
    for at, part in enumerate(spoken):
        loud = np.flatnonzero(np.abs(part) > 0.01)
        said = part[max(0, loud[0] - 160) : loud[-1] + 800]
        stretched = np.interp(np.arange(0, len(said), speed), np.arange(len(said)), said).astype(np.float32)
        is_hasty = number % 4 == 3 and at % 3 == 1
        sound += [stretched, np.zeros(round((0.03 if is_hasty else dice.uniform(0.35, 0.9)) * RATE), np.float32)]
    whole = np.concatenate([*sound, np.zeros(RATE // 2, np.float32)])
    noise = float(dice.uniform(10, 18)) if number % 3 == 0 else 40.0
    whole = bench_speech.roomed(whole, dice, noise) if number % 3 == 0 else _noisy(whole, noise, dice)
    return np.asarray(
        whole / np.abs(whole).max() * 10 ** (-(1 + 18 * (number * 5 % READERS) / READERS) / 20), np.float32
    )


def _noisy(sound: Samples, decibels: float, dice: np.random.Generator) -> Samples:
    level = np.sqrt((sound[np.abs(sound) > 0.01] ** 2).mean()) * 10 ** (-decibels / 20)
    return np.asarray(sound + level * dice.standard_normal(len(sound)), np.float32)


def film_reader(number: int, sound: Samples, folder: Path) -> Path:
    """A video of moving pictures in a colour of its own, with that sound."""
    spoken, target = folder / f"{number:02}.wav", folder / f"{number:02}.mp4"
    with wave.open(str(spoken), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    size = ("640x360", "360x640", "480x360")[number % 3]
    picture = f"testsrc2=size={size}:rate=25:duration={len(sound) / RATE:.3f},hue=h={30 * number}"
    coded = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-ar", "48000"]
    argv = [Toolbox().ffmpeg, "-v", "error", "-y", "-f", "lavfi", "-i", picture, "-i", str(spoken), *coded, str(target)]
    subprocess.run(argv, check=True)
    return target


def heard(path: Path, folder: Path, speaks: SpeechModel) -> Hearing:
    """Kept beside the file: listening is what takes its time."""
    kept = path.with_suffix(f".{speaks.key}.json")
    if not kept.exists():
        found = listening.hear(Toolbox(), path, folder, model=speaks, language="ru")
        kept.write_text(json.dumps(found.as_json(), ensure_ascii=False), "utf-8")
    return Hearing.from_json(json.loads(kept.read_text("utf-8")))


def fill(relay: Any, clips: Sequence[tuple[Path, Hearing]], text: str) -> None:
    from relay.models import Clip, ClipState, Finding, HeardRecording, Inspection, Quote, Video

    at = datetime.now(UTC) - timedelta(days=8)
    with relay.transaction() as session:
        campaign = bench_desk.campaign(session, at)
        session.add(Quote(campaign_id=campaign, number=NUMBER, text=text))
        for number, (path, hearing) in enumerate(clips):
            facts, sha256 = probe(relay.toolbox, path, relay.folder("work"), max_seconds=600), desk_rows.digest(number)
            copy = relay.folder("incoming") / path.name
            shutil.copy(path, copy)
            relay.media.put(f"originals/{sha256}", copy)
            width, height = facts.shape
            look = Inspection(
                sha256=sha256, bytes=path.stat().st_size, finding=Finding.accepted, duration=facts.video_duration,
                width=width, height=height, fps=25, has_audio=True, prints=b"", technical=facts.to_json(), at=at,
            )  # fmt: skip
            row = HeardRecording(
                sha256=sha256, model=hearing.model, language="ru", speech_share=1.0, document=hearing.as_json(), at=at
            )
            session.add(look)
            session.flush()
            session.add_all([Video(**{**desk_rows.video(number, at), "id": number + 1}), row])
            session.flush()
            town = bench_desk.TOWNS[number % len(bench_desk.TOWNS)]
            session.add(
                Clip(
                    id=number + 1, campaign_id=campaign, sha256=sha256, video_id=number + 1, state=ClipState.approved,
                    name=NAMES[number], town=town, district=town, created_at=at, published_at=at,
                )
            )  # fmt: skip


def made(relay: Any) -> tuple[Path, dict[str, Any], list[Any]]:
    """The film, its manifest, and its segments."""
    from relay.almanac.delivery import render
    from relay.almanac.plan import queries
    from relay.models import Almanac

    almanac = queries.new(relay, bench_desk.SLUG, FILM, title="Голоса памяти", given={"voices": NUMBER})
    with relay.transaction() as session:
        row = session.get_one(Almanac, almanac.id)
        row.style = {**STYLE, "burn": "ru"}
        session.add(row)
    version = render.render(relay, bench_desk.SLUG, FILM)
    folder = relay.settings.data_dir
    shown = queries.show(relay, bench_desk.SLUG, FILM)
    return folder / version.file, json.loads((folder / version.manifest).read_text("utf-8")), shown.segments


def words_heard(text: str, hearing: Hearing, first: float, last: float) -> set[int]:
    """Letters of the text at which words begin that were understood between these seconds."""
    said = [word for word in hearing.words if first <= (word.start + word.end) / 2 <= last]
    return {word.at for reading in readings(QuoteBank({NUMBER: text}), said) for word in reading.words}


def loudness(path: Path, first: float = 0.0, last: float = 3600.0) -> tuple[float, float]:
    """LUFS: integrated, and the loudest of three seconds."""
    argv = [Toolbox().ffmpeg, "-v", "info", "-nostdin", "-ss", f"{first:.3f}", "-t", f"{last - first:.3f}"]
    told = subprocess.run(
        [*argv, "-i", str(path), "-map", "0:a:0", "-af", "ebur128", "-f", "null", "-"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    short = [float(level) for level in re.findall(r" S:\s*(-?[\d.]+)", told.stderr.partition("Summary:")[0])]
    return read_loudness(told.stderr).integrated or -70.0, max(short)


def samples(path: Path) -> Samples:
    argv = [Toolbox().ffmpeg, "-v", "error", "-i", str(path), "-map", "0:a:0", "-ac", "1", "-ar", "48000"]
    told = subprocess.run([*argv, "-f", "f32le", "-"], check=True, capture_output=True)
    return np.frombuffer(told.stdout, np.float32)


def figures(
    text: str,
    film: Path,
    told: dict[str, Any],
    segments: Sequence[Any],
    clips: Sequence[tuple[Path, Hearing]],
    own: Hearing,
) -> list[PieceFigures]:  # fmt: skip
    places, sound = places_of(text), samples(film)
    steps = np.abs(np.diff(sound))
    rows = []
    for shown, segment in zip(told["clips"], segments, strict=True):
        at, end = segment.sentences
        begin, last = (places[at - 1][0], places[end - 1][1])
        start, stop = shown["film"]["from_seconds"], shown["film"]["to_seconds"]
        was = {
            word
            for word in words_heard(text, clips[segment.clip - 1][1], segment.start, segment.end)
            if begin <= word < last
        }
        now = {word for word in words_heard(text, own, start, stop) if begin <= word < last}
        lost = sorted(was - now)
        path, (whole, short) = clips[segment.clip - 1][0], loudness(film, start, stop)
        edge = slice(round((start - 0.02) * 48000), round((start + 0.1) * 48000))
        within = steps[round(start * 48000) : round(stop * 48000)]
        rows.append(
            PieceFigures(
                clip=segment.clip, name=NAMES[segment.clip - 1], sentences=f"{at}-{end}" if at < end else str(at),
                seconds=round(stop - start, 2), words=len(was),
                lost=[text[word:].split(maxsplit=1)[0] for word in lost],
                at_edges=sum(word in (min(was), max(was)) for word in lost),
                gained=len(now - was), loudness=whole, short_term=short,
                by_clip=loudness(path, segment.start, segment.end)[0] - loudness(path)[0],
                step=round(float(steps[edge].max() / max(1e-9, within.max())), 3),
            )
        )  # fmt: skip
    return [_beside(row, rows) for row in rows]


def _beside(row: PieceFigures, rows: Sequence[PieceFigures]) -> PieceFigures:
    """Its levels less the mean of all."""
    levels = {name: float(np.mean([getattr(one, name) for one in rows])) for name in LEVELS}
    return replace(row, **{name: round(getattr(row, name) - mean, 2) for name, mean in levels.items()})


LEVELS = ("loudness", "short_term", "by_clip")


def contact_sheet(film: Path, told: dict[str, Any], target: Path) -> None:
    """A second after each piece has begun."""
    moments = [(one["film"]["from"] + 25) for one in told["clips"]]
    chosen = "+".join(f"eq(n\\,{frame})" for frame in moments)
    argv = [Toolbox().ffmpeg, "-v", "error", "-y", "-i", str(film), "-vf"]
    look = f"select='{chosen}',scale=480:-2,tile=4x{-(-len(moments) // 4)}"
    subprocess.run([*argv, look, "-fps_mode", "vfr", "-frames:v", "1", str(target)], check=True)


def run(words: argparse.Namespace) -> int:
    if shutil.which("festival") is None:
        print("festival is missing: apt-get install festival festvox-ru")
        return 1
    from relay.bootstrap import open_relay
    from relay.config import Settings

    speaks = model.found(words.model, words.model)
    assert speaks is not None
    folder: Path = words.work
    folder.mkdir(parents=True, exist_ok=True)
    clips = _clips(folder, speaks)
    text = " ".join(lines())
    data = folder / "data"
    shutil.rmtree(data, ignore_errors=True)
    relay = open_relay(Settings(_env_file=None, data_dir=data), ready=False)  # type: ignore[call-arg]
    relay.store.upgrade(relay.now())
    fill(relay, clips, text)
    before = time.process_time()
    film, told, segments = made(relay)
    took = time.process_time() - before
    copy = folder / f"film-{told['sha256'][:12]}.mp4"
    shutil.copy(film, copy)
    own = heard(copy, folder, speaks)
    rows = figures(text, copy, told, segments, clips, own)
    read = [one.number for one in sentences_read(text, tuple(own.words), tuple(own.voice)) if one.sure >= SURE]
    contact_sheet(copy, told, folder / "contact.png")
    relay.store.close()
    _print(rows, read, took, folder)
    if words.json is not None:
        words.json.write_text(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=1), "utf-8")
    is_whole = read == list(range(SENTENCES)) and not any(row.at_edges for row in rows)
    return 0 if is_whole and max(abs(row.short_term) for row in rows) <= MOST_LU else 1


def _clips(folder: Path, speaks: SpeechModel) -> list[tuple[Path, Hearing]]:
    spoken = bench_speech.spoken(lines(), folder / "sentences")
    parts = [spoken[line] for line in lines()]
    found = []
    for number in range(READERS):
        dice = np.random.default_rng(160 + number)
        first = number * (SENTENCES - READ) // (READERS - 1)
        path = folder / f"{number:02}.mp4"
        if not path.exists():
            film_reader(number, voice_of(number, parts[first : first + READ], dice), folder)
        found.append((path, heard(path, folder, speaks)))
    return found


def _print(rows: Sequence[PieceFigures], read: Sequence[int], took: float, folder: Path) -> None:
    heads = f"{'LU':>6} {'3 s':>6} {'by clip':>7} {'step':>6} {'gained':>6}"
    print(f"{'clip':>4}  {'reader':16} {'sentences':>9} {'s':>6} {'words':>5} {heads}  lost")
    for row in rows:
        levels = f"{row.loudness:+6.2f} {row.short_term:+6.2f} {row.by_clip:+7.2f} {row.step:6.3f} {row.gained:6}"
        said = f"{row.clip:4}  {row.name:16} {row.sentences:>9} {row.seconds:6.2f} {row.words:5}"
        print(f"{said} {levels}  {', '.join(row.lost)}")
    print(f"readers: {len({row.clip for row in rows})}; pieces: {len(rows)}")
    print(f"sentences that the film's own sound has, in this order: {', '.join(str(number + 1) for number in read)}")
    lost, gained = sum(len(row.lost) for row in rows), sum(row.gained for row in rows)
    print(f"words: {sum(row.words for row in rows)}, lost {lost}, gained {gained}; ", end="")
    print(f"lost as first or last of a piece: {sum(row.at_edges for row in rows)}")
    for name in LEVELS:
        levels = [getattr(row, name) for row in rows]
        print(f"{name}: from {min(levels):+.2f} to {max(levels):+.2f} LU")
    print(f"planned and made in {took:.1f} s of this process; look at {folder / 'contact.png'}")
