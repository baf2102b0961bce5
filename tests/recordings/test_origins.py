from __future__ import annotations

import pytest
from sqlmodel import select

from relay.context import Relay
from relay.errors import Refused
from relay.models import Clip, Quote, TextOrigin
from relay.moderation import desk
from relay.recordings import origins
from tests.moderation.town import Town

pytestmark = pytest.mark.slow


@pytest.fixture
def town(relay: Relay) -> Town:
    return Town(relay)


@pytest.mark.parametrize(
    ("said", "quote", "found"),
    [
        (TextOrigin.unknown, "7", TextOrigin.selection),
        (TextOrigin.unknown, "8", TextOrigin.unknown),
        (TextOrigin.unknown, "", TextOrigin.unknown),
        (TextOrigin.family, "7", TextOrigin.family),
        ("own", "", TextOrigin.own),
    ],
)
def test_a_text_of_the_selection_is_from_there_unless_somebody_said_otherwise(said, quote, found):
    assert origins.origin_of(said, quote, ["7", "12"]) is found


def test_every_origin_is_told():
    assert set(origins.TOLD) == set(TextOrigin) - {TextOrigin.unknown}
    assert {origins.checked(origin.value) for origin in TextOrigin} == set(TextOrigin)
    with pytest.raises(Refused, match="A text is not from “attic”") as told:
        origins.checked("attic")
    assert told.value.line.endswith("One of these, or nothing: selection, family, relative, own, book.")


def test_the_condition_says_the_same_of_clips(relay, town):
    with relay.transaction() as session:
        session.add(Quote(campaign_id=1, number="7", text="Мы жили у Невы."))
    said = [
        (TextOrigin.unknown, "7"), (TextOrigin.unknown, "8"), (TextOrigin.unknown, ""), (TextOrigin.family, "7"),
        (TextOrigin.selection, ""), (TextOrigin.book, ""), (TextOrigin.own, ""), (TextOrigin.relative, ""),
    ]  # fmt: skip
    clips = {town.has_clip(): told for told in said}
    with relay.transaction() as session:
        for clip, (origin, quote) in clips.items():
            row = session.get_one(Clip, clip)
            row.origin, row.quote = origin, quote
            session.add(row)
    with relay.reading() as session:
        for origin in TextOrigin:
            found = set(session.exec(select(Clip.id).where(origins.is_from(origin))))
            assert found == {clip for clip, told in clips.items() if origins.origin_of(*told, ["7"]) is origin}


def test_a_person_says_where_the_text_is_from(relay, town):
    clip = town.has_clip()
    shown = desk.edit(relay, clip, person="Анна", origin="family", text_author=" бабушка  Анна")
    assert (shown.origin, shown.text_author) == (TextOrigin.family, "бабушка Анна")
    (told,) = desk.history(relay, clip)
    assert told.changes == {"origin": ["", "family"], "text_author": ["", "бабушка Анна"]}
    with relay.reading() as session:
        assert session.get_one(Clip, clip).corrected == ["origin", "text_author"]
    with pytest.raises(Refused, match="not from “attic”"):
        desk.edit(relay, clip, person="Анна", origin="attic")
