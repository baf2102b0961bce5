"""Files that an organizer gives, and texts that the machine reads: what is taken, what is refused, what is left."""

from __future__ import annotations

import hashlib
import wave
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from relay.almanac.assets import aligning, import_file, music, pictures, speech_timing
from relay.almanac.assets.aligning import RATE, Spoken
from relay.almanac.film.ducking import MusicBed
from relay.almanac.film.ffmpeg import Footage
from relay.context import Relay
from relay.errors import DiskFull, NotFound, Refused, ToolFailed
from relay.media import music as media_music
from relay.media import pictures as media_pictures
from relay.media import text_to_speech
from relay.media.music import MeasuredMusic
from relay.media.text_to_speech import SpokenLine
from relay.media.toolbox import Done
from tests.moderation.town import Town

SUM = hashlib.sha256(b"tune").hexdigest()


@pytest.fixture
def town(relay: Relay) -> Town:
    return Town(relay)


@pytest.fixture
def tune(tmp_path: Path) -> Path:
    path = tmp_path / "Время.MP3"
    path.write_bytes(b"tune")
    return path


def left(relay: Relay) -> list[Path]:
    return list(relay.folder("incoming").iterdir())


def test_a_given_file_is_copied_kept_and_its_copy_is_gone(relay: Relay, tune: Path) -> None:
    with import_file.import_file(relay, tune, "music") as given:
        assert (given.path.name, given.sha256, given.path.read_bytes()) == ("given.mp3", SUM, b"tune")
        assert given.path.parent.parent == relay.folder("incoming"), "beside the store, so that it is only moved"
        (given.path.parent / "left by a child").touch()
        given.keep()
    assert relay.media.local(f"music/{SUM}").read_bytes() == b"tune"
    assert tune.read_bytes() == b"tune"
    assert left(relay) == []


def test_what_is_not_kept_is_gone(relay: Relay, tune: Path) -> None:
    with pytest.raises(Refused, match="no"), import_file.import_file(relay, tune, "music"):
        raise Refused("no")
    assert left(relay) == []
    assert not relay.media.has(f"music/{SUM}")
    assert import_file.MOST_MB == 512


def test_an_ending_is_kept_short_and_small(relay: Relay, tmp_path: Path) -> None:
    for name, ending in (("a.JPEG", ".jpeg"), ("b.Something", ".somet"), ("c", "")):
        (tmp_path / name).write_bytes(b"x")
        with import_file.import_file(relay, tmp_path / name, "pictures") as given:
            assert given.path.name == f"given{ending}"


@pytest.mark.parametrize(("megabytes", "taken"), [(512, True), (513, False)])
def test_a_given_file_has_a_size_that_is_bearable(
    relay: Relay, tune: Path, monkeypatch: pytest.MonkeyPatch, megabytes: int, *, taken: bool
) -> None:
    monkeypatch.setattr(import_file, "MOST_MB", 1)
    tune.write_bytes(b"")
    with tune.open("r+b") as file:
        file.truncate((1 << 20) + (megabytes - 512))
    if taken:
        with import_file.import_file(relay, tune, "music"):
            pass
    else:
        with (
            pytest.raises(Refused, match=r"Время\.MP3 is larger than 1 MB"),
            import_file.import_file(relay, tune, "music"),
        ):
            pass


def test_a_folder_and_nothing_are_no_files(relay: Relay, tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(Refused, match="There is no file"), import_file.import_file(relay, path, "music"):
            pass


@pytest.mark.parametrize(("number", "error"), [(28, DiskFull), (5, Refused)])
def test_a_full_disk_is_told_from_a_file_that_can_not_be_read(
    relay: Relay, tune: Path, monkeypatch: pytest.MonkeyPatch, number: int, error: type[Exception]
) -> None:
    def breaks(*_words: object) -> None:
        raise OSError(number, "x")

    monkeypatch.setattr(import_file.shutil, "copyfile", breaks)
    with pytest.raises(error), import_file.import_file(relay, tune, "music"):
        pass
    assert left(relay) == []


# --- music and pictures ---


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media_music, "measure", lambda *_words: MeasuredMusic("mp3", 60.12345, -14.2))


def test_music_is_taken_with_its_licence_and_once(relay: Relay, town: Town, tune: Path, heard: None) -> None:
    Town(relay, "other")
    words = {"title": " Время  вперёд ", "author": "Георгий\n Свиридов", "cleared": " Договор  7 "}
    row = music.add(relay, "other", tune, **words, person="o")
    assert row.model_dump() == {
        "id": 1, "campaign_id": 2, "sha256": SUM, "title": "Время вперёд", "author": "Георгий Свиридов",
        "cleared": "Договор 7", "seconds": 60.123, "loudness": -14.2, "person": "o", "at": relay.now(),
    }  # fmt: skip
    assert relay.media.local(f"music/{SUM}").read_bytes() == b"tune"
    with pytest.raises(Refused, match=r"^This piece is there already: number 1\.$"):
        music.add(relay, "other", tune, title="Другое", cleared="Договор 8", person="o")
    assert music.add(relay, "proryv80", tune, title="Другое", cleared="Договор 9", person="p").id == 2
    assert [(one["id"], one["title"]) for one in music.listing(relay, "other")] == [(1, "Время вперёд")]
    assert [(one["id"], one["title"]) for one in music.listing(relay, "proryv80")] == [(2, "Другое")]
    assert left(relay) == []


def test_a_piece_lies_under_a_film_with_all_that_is_known_of_it(
    relay: Relay, town: Town, tune: Path, heard: None
) -> None:
    tune.write_bytes(b"\0\0\0\x20ftypM4A " + bytes(40))
    row = music.add(relay, "proryv80", tune, title="Время", author="Свиридов", cleared="Договор 7", person="o")
    bed, path = music.bed(relay, row, "cards")
    assert bed == MusicBed(row.sha256, "mov", "Время", "Свиридов", "cards", "Договор 7")
    assert path == relay.media.local(f"music/{row.sha256}")
    path.unlink()
    with pytest.raises(NotFound):
        music.bed(relay, row, "film")


@pytest.mark.parametrize(
    ("title", "cleared", "said"), [("Время", " ", "only with the licence"), (" ", "Договор", "needs its title")]
)
def test_music_without_a_licence_or_a_title_is_not_taken(
    relay: Relay, town: Town, tune: Path, heard: None, title: str, cleared: str, said: str
) -> None:
    with pytest.raises(Refused, match=said):
        music.add(relay, "proryv80", tune, title=title, cleared=cleared, person="o")
    assert not relay.media.has(f"music/{SUM}")


def test_what_can_not_be_heard_is_refused_by_the_name_that_it_was_given_with(
    relay: Relay, town: Town, tune: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deaf(*_words: object) -> MeasuredMusic:
        raise Refused("There is no sound in {file}.", hint="Give another.", file="given.mp3")

    monkeypatch.setattr(media_music, "measure", deaf)
    with pytest.raises(Refused, match=r"There is no sound in Время\.MP3\.") as refused:
        music.add(relay, "proryv80", tune, title="Время", cleared="Договор", person="o")
    assert refused.value.hint == "Give another."


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, Path, int]]:
    """Every picture is of 640×480, and black; which were looked at, where, and how large they were to be."""
    asked: list[tuple[Path, Path, int]] = []

    def decode(
        _toolbox: object, path: Path, folder: Path, *, longest: int = media_pictures.LONGEST
    ) -> media_pictures.Seen:
        assert folder.is_dir()
        asked.append((path, folder, longest))
        if path.read_bytes() == b"noise":
            raise Refused("{file} is not a picture.", hint="Give another.", file=path.name)
        return media_pictures.Seen(640, 480, np.zeros((3, 4, 3), np.uint8))

    monkeypatch.setattr(media_pictures, "decode", decode)
    return asked


def test_a_picture_is_taken_with_the_line_that_says_where_it_is_from_and_once(
    relay: Relay, town: Town, tune: Path, seen: list[tuple[Path, Path, int]]
) -> None:
    Town(relay, "other")
    row = pictures.add(relay, "other", tune, source=" ЦГАКФФД\n 12 ", title=" Ладога  зимой ", person="o")
    assert row.model_dump() == {
        "id": 1, "campaign_id": 2, "sha256": SUM, "title": "Ладога зимой", "source": "ЦГАКФФД 12", "width": 640,
        "height": 480, "person": "o", "at": relay.now(),
    }  # fmt: skip
    with pytest.raises(Refused, match=r"^This picture is there already: number 1\.$"):
        pictures.add(relay, "other", tune, source="x", person="o")
    assert pictures.add(relay, "proryv80", tune, source="x", person="p").id == 2
    assert [(one["id"], one["title"]) for one in pictures.listing(relay, "other")] == [(1, "Ладога зимой")]
    assert [(one["id"], one["title"]) for one in pictures.listing(relay, "proryv80")] == [(2, "")]
    assert {(path.parent == folder, longest) for path, folder, longest in seen} == {(True, 64)}, "a glance is enough"
    tune.write_bytes(b"noise")
    with pytest.raises(Refused, match=r"^Время\.MP3 is not a picture\.") as refused:
        pictures.add(relay, "proryv80", tune, source="x", person="o")
    assert refused.value.hint == "Give another."
    assert left(relay) == []


def test_a_picture_is_decoded_when_it_is_drawn_and_leaves_nothing(
    relay: Relay, town: Town, tune: Path, seen: list[tuple[Path, Path, int]]
) -> None:
    photo = pictures.photo(relay, pictures.add(relay, "proryv80", tune, source="x", person="o"))
    assert (photo.sha256, photo.width, photo.height) == (SUM, 640, 480)
    seen.clear()
    assert photo.pixels().shape == (3, 4, 3)
    ((path, folder, longest),) = seen
    assert (path, folder.parent) == (relay.media.local(f"pictures/{SUM}"), relay.folder("incoming"))
    assert longest == media_pictures.LONGEST
    assert left(relay) == []


def test_music_of_another_campaign_is_not_found(relay: Relay, town: Town, tune: Path, heard: None) -> None:
    other = Town(relay, "other")
    row = music.add(relay, "other", tune, title="Время", cleared="Договор", person="o")
    with relay.reading() as session:
        assert music.find(session, other.campaign_id, row.id or 0).title == "Время"
        with pytest.raises(NotFound):
            music.find(session, town.campaign_id, row.id or 0)


# --- the machine's own reading ---


class Reader:
    """In the place of speech: writes one second of a tone for each line, at 8 kHz."""

    def __init__(self) -> None:
        self.lines: list[SpokenLine] = []
        self.fails = False

    def speak(self, _toolbox: object, lines: list[SpokenLine], folder: Path) -> list[Path]:
        if self.fails:
            raise ToolFailed("no voice")
        self.lines += lines
        found = []
        for line in lines:
            path = folder / line.file
            with wave.open(str(path), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(8000)
                file.writeframes((np.arange(8000) % 100 * 100).astype("<i2").tobytes())
            found.append(path)
        return found


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Reader:
    found = Reader()
    monkeypatch.setattr(text_to_speech, "speak", found.speak)
    monkeypatch.setattr(text_to_speech, "can_speak", lambda: True)
    monkeypatch.setattr(aligning, "align", lambda _heard, sentences: [Spoken(0, 1, 0.3)] * len(sentences))
    monkeypatch.setattr(aligning, "is_read", lambda *_words: True)
    monkeypatch.setattr(aligning, "pace", lambda *_words: 1.0)
    return found


SOUND = np.ones(RATE, np.float32)


def test_each_sentence_is_read_in_its_language(relay: Relay, reader: Reader) -> None:
    assert len(speech_timing.reading(relay, SOUND, ["Раз.", "Два."], "ru")) == 2
    assert [(line.text, line.voice, line.rate) for line in reader.lines] == [("Раз.", "ru", 150), ("Два.", "ru", 150)]
    assert list((relay.folder("shots") / "work").iterdir()) == []


@pytest.mark.parametrize(
    ("pace", "rates"),
    [(1.0, [150]), (0.81, [150]), (1.24, [150]), (0.8, [150, 188]), (1.25, [150, 120]), (0.3, [150, 260]),
     (4.0, [150, 80])],
)  # fmt: skip
def test_a_text_that_is_read_faster_or_slower_is_read_so_again(
    relay: Relay, reader: Reader, monkeypatch: pytest.MonkeyPatch, pace: float, rates: list[int]
) -> None:
    monkeypatch.setattr(aligning, "pace", lambda *_words: pace)
    speech_timing.reading(relay, SOUND, ["Раз."], "ru")
    assert [line.rate for line in reader.lines] == rates


def test_another_text_than_the_one_that_is_read_has_no_times(
    relay: Relay, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aligning, "is_read", lambda *_words: False)
    assert speech_timing.reading(relay, SOUND, ["Раз."], "ru") == []
    monkeypatch.setattr(aligning, "align", lambda *_words: [])
    assert speech_timing.reading(relay, SOUND, ["Раз."], "ru") == []


@pytest.mark.parametrize(
    ("sound", "sentences", "reads"),
    [
        (SOUND, ["а" * 8000], True),
        (SOUND, ["а" * 4000, "а" * 4001], False),
        (SOUND, [""], False),
        (SOUND, [], False),
        (SOUND[:0], ["Раз."], False),
    ],
)
def test_nothing_and_too_much_is_not_read(
    relay: Relay, reader: Reader, sound: Any, sentences: list[str], *, reads: bool
) -> None:
    assert bool(speech_timing.reading(relay, sound, sentences, "ru")) is reads
    assert bool(reader.lines) is reads


def test_without_a_voice_there_are_no_times(relay: Relay, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    reader.fails = True
    assert speech_timing.reading(relay, SOUND, ["Раз."], "ru") == []
    reader.fails = False
    monkeypatch.setattr(text_to_speech, "can_speak", lambda: False)
    assert speech_timing.reading(relay, SOUND, ["Раз."], "ru") == []


def test_a_reading_is_brought_to_the_rate_at_which_it_is_compared(
    relay: Relay, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(aligning, "align", lambda _heard, sentences: seen.extend(sentences) or [])
    speech_timing.reading(relay, SOUND, ["Раз."], "ru")
    (samples,) = seen
    assert (len(samples), samples.dtype) == (RATE, np.float32)
    assert samples[2] == pytest.approx(100 / 32768)
    assert samples[3] == pytest.approx(150 / 32768)
    assert np.abs(samples).max() < 0.31


class Ear:
    """In the place of a toolbox: writes half a second of sound."""

    ffmpeg = "/usr/bin/ffmpeg"

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def run(self, argv: list[str], *, folder: Path, reads: list[Path], limits: Any) -> Done:
        self.asked.append((argv, reads, limits))
        np.full(RATE // 2, 0.25, np.float32).tofile(folder / "heard.f32")
        return Done("", "", 0, 0.0)


def test_a_clips_sound_is_heard_and_a_mute_one_is_not_asked(relay: Relay) -> None:
    ear = Ear()
    deaf = replace(relay, toolbox=ear)  # type: ignore[arg-type]
    footage = Footage("a", 320, 180, 10, container="mov", audio=1)
    found = speech_timing.timed_speech(deaf, footage, Path("/a"))
    assert (len(found), float(found[0])) == (RATE // 2, 0.25)
    ((_argv, reads, limits),) = ear.asked
    assert reads == [Path("/a")]
    assert (limits.cpu_seconds, limits.wall_seconds) == (300, 600)
    assert len(speech_timing.timed_speech(deaf, replace(footage, audio=None), Path("/a"))) == 0
    assert len(ear.asked) == 1


def test_a_picture_needs_the_line_that_says_where_it_is_from(relay: Relay, town: Town, tune: Path) -> None:
    with pytest.raises(Refused):
        pictures.add(relay, "proryv80", tune, source=" ", title="Ладога", person="o")
    assert pictures.listing(relay, "proryv80") == []
