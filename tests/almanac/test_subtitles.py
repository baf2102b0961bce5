from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from sqlmodel import select

from relay.almanac import quotes, subtitles
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.media.speech import Line, can_speak, speak
from relay.models import Event, Inspection
from tests.almanac.filming import Camera
from tests.almanac.test_aligning import bare
from tests.moderation.town import Town

SRT = "1\n00:00:01,000 --> 00:00:03,000\nМы ехали.\n"


def test_captions_come_from_a_file_and_replace_those_before(relay: Relay, tmp_path: Path) -> None:
    clip = Town(relay).has_clip(name="Анна")
    file = tmp_path / "a.srt"
    file.write_text(SRT)
    for _ in range(2):
        subtitles.from_file(relay, clip, file, language="ru", person="anna")
    subtitles.from_file(relay, clip, file, language="en", person="anna")
    found = subtitles.listing(relay, clip)
    assert [(row["language"], row["origin"]) for row in found] == [("en", "file"), ("ru", "file")]
    assert found[1]["cues"] == [{"from": 1.0, "to": 3.0, "text": "Мы ехали."}]
    with relay.reading() as session:
        assert len(session.exec(select(Event).where(Event.what == "captioned")).all()) == 3
        assert subtitles.of_clips(session, [clip])[clip]["ru"][0].text == "Мы ехали."
    subtitles.drop(relay, clip, language="en", person="anna")
    with pytest.raises(NotFound):
        subtitles.drop(relay, clip, language="en", person="anna")


def test_captions_come_from_the_quote_that_is_read(relay: Relay) -> None:
    town = Town(relay)
    clip = town.has_clip(name="Анна")
    with pytest.raises(Refused, match="Which quote clip 1 reads is not known"):
        subtitles.from_quote(relay, clip, language="ru", person="anna")
    quotes.add(relay, "proryv80", "Лёд трещал. Мы ехали молча.", number="7")
    with relay.transaction() as session:
        row = town.clip(clip)
        row.quote = "7"
        session.add(row)
    made = subtitles.from_quote(relay, clip, language="ru", person="anna")
    assert made.origin == "quote"
    assert " ".join(cue["text"] for cue in made.cues) == "Лёд трещал. Мы ехали молча."


SENTENCES = ("Лёд трещал под колёсами машины.", "Мы ехали молча, и никто не плакал.", "Утром был берег.")


def reads(relay: Relay, camera: Camera, tmp_path: Path, sentences: Sequence[str]) -> tuple[int, list[float]]:
    """A clip in which somebody reads these sentences with pauses, and when each begins; the campaign has SENTENCES."""
    town = Town(relay)
    clip = town.has_clip(name="Анна", size=(320, 180))
    quotes.add(relay, "proryv80", " ".join(SENTENCES), number="7")
    lines = [Line(text, "ru+f3", f"{number}.wav", 120, 70) for number, text in enumerate(sentences)]
    parts, begins = [np.zeros(16_000, np.float32)], []
    for path in speak(relay.toolbox, lines, tmp_path):
        begins.append(sum(map(len, parts)) / 16_000)
        parts += [bare(path), np.zeros(8_000, np.float32)]
    (tmp_path / "voice.f32").write_bytes(np.concatenate(parts).astype(np.float32).tobytes())
    film, whole = camera.films("reader", frames=300, sound=0), tmp_path / "whole.mp4"
    argv = [camera.toolbox.ffmpeg, "-v", "error", "-i", str(film), "-f", "f32le", "-ar", "16000", "-ac", "1"]
    argv += ["-i", str(tmp_path / "voice.f32"), "-c:v", "copy", "-c:a", "aac", "-y", str(whole)]
    camera.toolbox.run(argv, folder=tmp_path, reads=[film])
    facts = camera.facts(whole)
    with relay.transaction() as session:
        row = town.clip(clip)
        row.quote = "7"
        seen = session.get_one(Inspection, row.sha256)
        seen.duration, seen.has_audio, seen.technical = facts.video_duration, True, facts.to_json()
        session.add_all([row, seen])
    relay.media.put(f"originals/{town.sha256(clip)}", whole)
    return clip, begins


@pytest.mark.media
@pytest.mark.skipif(not can_speak(), reason="there is no speech package (extra: captions)")
def test_captions_of_a_quote_stand_when_it_is_read(relay: Relay, camera: Camera, tmp_path: Path) -> None:
    clip, begins = reads(relay, camera, tmp_path, SENTENCES)
    made = subtitles.from_quote(relay, clip, language="ru", person="anna")
    assert made.origin == "reading"
    assert [cue["text"].replace("\n", " ") for cue in made.cues] == list(SENTENCES)
    assert [cue["from"] for cue in made.cues] == pytest.approx(begins, abs=0.25)


@pytest.mark.media
@pytest.mark.skipif(not can_speak(), reason="there is no speech package (extra: captions)")
def test_where_another_text_is_read_its_captions_are_spread_over_the_voice(
    relay: Relay, camera: Camera, tmp_path: Path
) -> None:
    others = ("Здравствуйте, дорогие друзья.", "Сегодня у нас в гостях детский хор.", "Поприветствуем его!")
    clip, begins = reads(relay, camera, tmp_path, others)
    made = subtitles.from_quote(relay, clip, language="ru", person="anna")
    assert made.origin == "quote"
    assert made.cues[0]["from"] == pytest.approx(begins[0], abs=0.2)


@pytest.mark.parametrize("language", ["", "russian", "r", "../", "RU"])
def test_an_odd_language_is_refused(relay: Relay, language: str, tmp_path: Path) -> None:
    clip = Town(relay).has_clip(name="Анна")
    file = tmp_path / "a.srt"
    file.write_text(SRT)
    with pytest.raises(Refused, match="is no language"):
        subtitles.from_file(relay, clip, file, language=language, person="anna")
    with pytest.raises(NotFound):
        subtitles.from_file(relay, 99, file, language="ru", person="anna")
