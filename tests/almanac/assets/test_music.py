"""Music that may be used: what is taken, and what is known of it in a film."""

from __future__ import annotations

from pathlib import Path

import pytest

from relay.almanac.assets import music
from relay.almanac.film.sound.ducking import MusicBed
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.media import music as media_music
from relay.media.music import MeasuredMusic
from tests.almanac.assets.given import SUM, left, town, tune
from tests.moderation.town import Town

__all__ = ["town", "tune"]  # fixtures


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media_music, "measure", lambda *_words: MeasuredMusic("mp3", 60.12345, -14.2))


@pytest.mark.slow
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
    assert [(one.id, one.title) for one in music.listing(relay, "other")] == [(1, "Время вперёд")]
    assert [(one.id, one.title) for one in music.listing(relay, "proryv80")] == [(2, "Другое")]
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


@pytest.mark.slow
def test_what_can_not_be_heard_is_refused_by_the_name_that_it_was_given_with(
    relay: Relay, town: Town, tune: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deaf(*_words: object) -> MeasuredMusic:
        raise Refused("There is no sound in {file}.", hint="Give another.", file="given.mp3")

    monkeypatch.setattr(media_music, "measure", deaf)
    with pytest.raises(Refused, match=r"There is no sound in Время\.MP3\.") as refused:
        music.add(relay, "proryv80", tune, title="Время", cleared="Договор", person="o")
    assert refused.value.hint == "Give another."


@pytest.mark.slow
def test_music_of_another_campaign_is_not_found(relay: Relay, town: Town, tune: Path, heard: None) -> None:
    other = Town(relay, "other")
    row = music.add(relay, "other", tune, title="Время", cleared="Договор", person="o")
    with relay.reading() as session:
        assert music.find(session, other.campaign_id, row.id or 0).title == "Время"
        with pytest.raises(NotFound):
            music.find(session, town.campaign_id, row.id or 0)
