from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from sqlmodel import select

from relay.almanac.assets import quotes
from relay.almanac.captions import speech_timing
from relay.almanac.captions import store as captions
from relay.almanac.captions.aligning import Spoken
from relay.almanac.film import cues
from relay.almanac.film.cues import Cue
from relay.almanac.film.footage import Footage
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.media.text_to_speech import SpokenLine, can_speak, speak
from relay.models import Campaign, Event, Inspection
from relay.views import as_json
from tests.almanac.captions.test_aligning import bare
from tests.almanac.filming import Camera
from tests.almanac.hearing.said import heard
from tests.fakes.clock import FakeClock
from tests.moderation.town import Town

SRT = "1\n00:00:01,000 --> 00:00:03,000\nМы ехали.\n"


@pytest.mark.slow
def test_captions_come_from_a_file_and_replace_those_before(relay: Relay, tmp_path: Path) -> None:
    clip = Town(relay).has_clip(name="Анна")
    file = tmp_path / "a.srt"
    file.write_text(SRT)
    for _ in range(2):
        captions.from_file(relay, clip, file, language="ru", person="anna")
    captions.from_file(relay, clip, file, language="en", person="anna")
    found = captions.listing(relay, clip)
    assert [(row.language, row.origin) for row in found] == [("en", "file"), ("ru", "file")]
    assert found[1].cues == [{"from": 1.0, "to": 3.0, "text": "Мы ехали."}]
    with relay.reading() as session:
        assert len(session.exec(select(Event).where(Event.what == "captioned")).all()) == 3
        assert captions.of_clips(session, [clip])[clip]["ru"][0].text == "Мы ехали."
    captions.drop(relay, clip, language="en", person="anna")
    with pytest.raises(NotFound):
        captions.drop(relay, clip, language="en", person="anna")


def test_captions_come_from_the_quote_that_is_read(relay: Relay) -> None:
    town = Town(relay)
    clip = town.has_clip(name="Анна")
    with pytest.raises(Refused, match="Which quote clip 1 reads is not known"):
        captions.from_quote(relay, clip, language="ru", person="anna")
    quotes.add(relay, "proryv80", "Лёд трещал. Мы ехали молча.", number="7")
    with relay.transaction() as session:
        row = town.clip(clip)
        row.quote = "7"
        session.add(row)
    made = captions.from_quote(relay, clip, language="ru", person="anna")
    assert made.origin == "quote"
    assert " ".join(cue["text"] for cue in made.cues) == "Лёд трещал. Мы ехали молча."


SENTENCES = ("Лёд трещал под колёсами машины.", "Мы ехали молча, и никто не плакал.", "Утром был берег.")


def reads(relay: Relay, camera: Camera, tmp_path: Path, sentences: Sequence[str]) -> tuple[int, list[float]]:
    """A clip in which somebody reads these sentences with pauses, and when each begins; the campaign has SENTENCES."""
    town = Town(relay)
    clip = town.has_clip(name="Анна", size=(320, 180))
    quotes.add(relay, "proryv80", " ".join(SENTENCES), number="7")
    lines = [SpokenLine(text, "ru+f3", f"{number}.wav", 120, 70) for number, text in enumerate(sentences)]
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
    made = captions.from_quote(relay, clip, language="ru", person="anna")
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
    made = captions.from_quote(relay, clip, language="ru", person="anna")
    assert made.origin == "quote"
    assert made.cues[0]["from"] == pytest.approx(begins[0], abs=0.2)


@pytest.mark.slow
def test_captions_are_in_the_campaigns_language_unless_another_is_named(relay: Relay) -> None:
    clip = Town(relay).has_clip()
    with relay.transaction() as session:
        campaign = session.exec(select(Campaign)).one()
        campaign.language = "fr"
        session.add(campaign)
    assert captions.usual_language(relay, clip) == "fr"
    with pytest.raises(NotFound):
        captions.usual_language(relay, clip + 1)


@pytest.mark.slow
def test_an_odd_language_is_refused(relay: Relay, tmp_path: Path) -> None:
    clip = Town(relay).has_clip(name="Анна")
    file = tmp_path / "a.srt"
    file.write_text(SRT)
    for language in ("", "russian", "r", "../", "RU", "ru\n"):
        for take in (
            lambda language: captions.from_file(relay, clip, file, language=language, person="anna"),
            lambda language: captions.from_quote(relay, clip, language=language, person="anna"),
        ):
            with pytest.raises(Refused) as refused:
                take(language)
            assert refused.value.line == f"{language!r} is no language. Write it in two letters, like ru or en."
    assert [captions.checked_language(language) for language in ("ru", "tat")] == ["ru", "tat"]
    with pytest.raises(NotFound, match=r"^There is no clip 99\.$"):
        captions.from_file(relay, 99, file, language="ru", person="anna")
    with pytest.raises(Refused, match=r"^The file .*gone\.srt can't be read\.$"):
        captions.from_file(relay, clip, tmp_path / "gone.srt", language="ru", person="anna")
    file.write_bytes(b" " * cues.MOST_BYTES + SRT.encode())
    with pytest.raises(Refused, match=r"larger"):
        captions.from_file(relay, clip, file, language="ru", person="anna")
    assert captions.listing(relay, clip) == []


@pytest.mark.slow
def test_captions_of_one_clip_are_its_own_and_each_change_is_on_record(
    relay: Relay, tmp_path: Path, clock: FakeClock
) -> None:
    town = Town(relay)
    clip, other = town.has_clip(), town.has_clip()
    file = tmp_path / "a.srt"
    file.write_text(SRT)
    for one, language in ((other, "ru"), (other, "en"), (clip, "ru")):
        captions.from_file(relay, one, file, language=language, person="anna")
    clock.moves(hours=1)
    file.write_text(SRT.replace("ехали", "шли") + "\n2\n00:00:04,000 --> 00:00:06,000\nДа.\n")
    row = captions.from_file(relay, clip, file, language="ru", person="boris")
    cues = [{"from": 1.0, "to": 3.0, "text": "Мы шли."}, {"from": 4.0, "to": 6.0, "text": "Да."}]
    assert row.model_dump() == {
        "id": 3, "clip_id": clip, "language": "ru", "origin": "file", "cues": cues, "person": "boris",
        "at": relay.now(),
    }  # fmt: skip
    assert as_json(captions.listing(relay, clip)) == [
        {"language": "ru", "origin": "file", "cues": cues, "person": "boris", "at": "2023-01-12T13:00:00+03:00"}
    ]
    with relay.reading() as session:
        found = captions.of_clips(session, [*range(1000, 1499), clip, other])
    assert {one: sorted(said) for one, said in found.items()} == {clip: ["ru"], other: ["en", "ru"]}
    assert found[clip]["ru"] == (Cue(1.0, 3.0, "Мы шли."), Cue(4.0, 6.0, "Да."))
    for missing in ((clip, "en"), (99, "ru")):
        with pytest.raises(NotFound) as error:
            captions.drop(relay, missing[0], language=missing[1], person="anna")
        assert error.value.line == f"Clip {missing[0]} has no captions in {missing[1]}."
    captions.drop(relay, other, language="ru", person="vera")
    assert [[row.language for row in captions.listing(relay, one)] for one in (clip, other)] == [["ru"], ["en"]]
    with relay.reading() as session:
        rows = session.exec(select(Event).where(Event.subject == "clip").order_by(Event.id)).all()  # type: ignore[arg-type]
        told = [(row.what, row.subject_id, row.person, row.details, row.at) for row in rows][-2:]
    assert told == [
        ("captioned", clip, "boris", {"language": "ru", "origin": "file", "cues": 2}, relay.now()),
        ("captions removed", other, "vera", {"language": "ru"}, relay.now()),
    ]


LONG = "Лёд трещал. Мы ехали молча, никто не пел."


@pytest.mark.slow
def test_the_text_that_a_clip_reads(relay: Relay) -> None:
    Town(relay, "other")
    quotes.add(relay, "other", "чужая", number="7")
    town = Town(relay)
    quotes.add(relay, "proryv80", "своя", number="7")
    clip = town.clip(town.has_clip())
    with relay.reading() as session:
        for written, read in (
            ("", ""), (" ", ""), (" 7 ", "своя"), ("8", ""), ("а" * 32, ""), ("а" * 33, "а" * 33), (f" {LONG} ", LONG),
        ):  # fmt: skip
            clip.quote = written
            assert captions.text_of(session, clip) == read


class Reader:
    """In the place of hearing: `hears` so many seconds of sound, and knows when each sentence `begins`."""

    def __init__(self) -> None:
        self.sound = np.zeros(0, np.float32)
        self.begins: list[float] = []
        self.asked: list[tuple[int, list[str], str]] = []
        self.paths: list[Path] = []

    def heard(self, _relay: object, footage: Footage, path: Path) -> object:
        self.paths.append(path)
        return self.sound

    def reading(self, _relay: object, sound: Sequence[float], sentences: list[str], language: str) -> list[Spoken]:
        self.asked.append((len(sound), sentences, language))
        return [Spoken(begin, begin + 2, 1.0) for begin in self.begins]


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Reader:
    found = Reader()
    monkeypatch.setattr(speech_timing, "timed_speech", found.heard)
    monkeypatch.setattr(speech_timing, "reading", found.reading)
    return found


@pytest.mark.slow
def test_each_sentence_of_a_quote_stands_when_it_is_read(relay: Relay, reader: Reader) -> None:
    town = Town(relay)
    clip = town.has_clip(duration=20)
    with pytest.raises(Refused) as refused:
        captions.from_quote(relay, clip, language="ru", person="anna")
    assert refused.value.line == "Which quote clip 1 reads is not known. Set it with: relay clip edit --quote."
    with relay.transaction() as session:
        row = town.clip(clip)
        row.quote = LONG
        session.add(row)
    reader.begins, reader.sound = [3.0, 9.0], np.zeros(99, np.float32)
    made = captions.from_quote(relay, clip, language="ru", person="anna")
    assert (made.origin, made.person, made.language) == ("reading", "anna", "ru")
    assert [(cue["from"], cue["text"]) for cue in made.cues] == [
        (3.0, "Лёд трещал."), (9.0, "Мы ехали молча, никто не пел."),
    ]  # fmt: skip
    assert reader.paths == [], "the original is not there"
    assert reader.asked == [(0, ["Лёд трещал.", "Мы ехали молча, никто не пел."], "ru")]
    file = relay.folder("incoming") / "file"
    file.write_bytes(b"original")
    relay.media.put(f"originals/{town.sha256(clip)}", file)
    captions.from_quote(relay, clip, language="en", person="anna")
    assert (reader.paths, reader.asked[1][0]) == ([relay.media.local(f"originals/{town.sha256(clip)}")], 99)


@pytest.mark.slow
def test_a_text_is_not_spread_over_other_words_that_were_heard(relay: Relay, reader: Reader) -> None:
    pytest.importorskip("rapidfuzz", reason="texts are recognised with an extra: pip install 'hashtag-relay[speech]'")
    town = Town(relay)
    clip = town.has_clip(duration=20)
    with relay.transaction() as session:
        row = town.clip(clip)
        row.quote = LONG
        session.add(row)
    heard(town, clip, "Сегодня мы поговорим о том как правильно ухаживать за комнатными растениями и зимой")
    with pytest.raises(Refused, match=r"^In clip 1 other words are heard than those of its text\."):
        captions.from_quote(relay, clip, language="ru", person="anna")
    assert captions.listing(relay, clip) == []
    for says in ("Сегодня мы поговорим о том", f"Здравствуйте меня зовут Анна и я читаю для вас всех {LONG}"):
        heard(town, clip, says)
        assert captions.from_quote(relay, clip, language="ru", person="anna").origin == "quote", "it can't be told"


@pytest.mark.slow
@pytest.mark.parametrize(("duration", "first", "last"), [(20.0, 0.4, 19.6), (1.6, 0.2, 1.4)])
def test_where_nothing_is_heard_a_quote_is_spread_over_the_clip(
    relay: Relay, reader: Reader, duration: float, first: float, last: float
) -> None:
    town = Town(relay)
    clip = town.has_clip(duration=duration)
    with relay.transaction() as session:
        row = town.clip(clip)
        row.quote = LONG
        session.add(row)
    made = captions.from_quote(relay, clip, language="ru", person="boris")
    assert (made.origin, made.person) == ("quote", "boris")
    assert (made.cues[0]["from"], made.cues[-1]["to"]) == (pytest.approx(first), pytest.approx(last))
    assert " ".join(cue["text"].replace("\n", " ") for cue in made.cues) == LONG
