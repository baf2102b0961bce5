from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import select

from relay.almanac import quotes, subtitles
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.models import Event
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


@pytest.mark.parametrize("language", ["", "russian", "r", "../", "RU"])
def test_an_odd_language_is_refused(relay: Relay, language: str, tmp_path: Path) -> None:
    clip = Town(relay).has_clip(name="Анна")
    file = tmp_path / "a.srt"
    file.write_text(SRT)
    with pytest.raises(Refused, match="is no language"):
        subtitles.from_file(relay, clip, file, language=language, person="anna")
    with pytest.raises(NotFound):
        subtitles.from_file(relay, 99, file, language="ru", person="anna")
