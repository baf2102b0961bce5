from __future__ import annotations

import json

import pytest
from sqlmodel import select

from relay.erasure import people, readmitting
from relay.erasure.people import HeldKind
from relay.errors import NotFound, Refused
from relay.models import Clip, Consent, ConsentScope, Event, EventKind, HandIn, HandInState, Post, Video, VideoState
from relay.moderation import desk
from relay.records import add_event
from relay.tombstones.entrance import is_kept_out
from relay.tombstones.stones import Name
from tests.erasure.scene import LaidOut

pytestmark = pytest.mark.slow
HERS = "Анна Тайная"


@pytest.fixture
def told(relay, laid_out: LaidOut) -> LaidOut:
    """Something is written of her in every table that tells of people."""
    clip = laid_out.town.clip(laid_out.clip)
    desk.edit(relay, laid_out.clip, person="olga", name=HERS, town="Мга")
    with relay.transaction() as session:
        hand_in = session.exec(select(HandIn)).one()
        hand_in.name, hand_in.contact, hand_in.guardian = HERS, "anna@example.org", "мать: " + HERS
        post, video = session.get_one(Post, 1), session.get_one(Video, clip.video_id)
        post.author, post.author_id, post.text = HERS, "101", f"Читаю. {HERS}"
        video.author, video.author_id = HERS, "101"
        session.add_all([hand_in, post, video])
        add_event(session, relay.now(), hand_in, EventKind.put_off, why=HERS)
        session.add(
            Consent(clip_id=laid_out.clip, scope=ConsentScope.public, evidence=HERS, person="olga", at=relay.now())
        )
    return laid_out


@pytest.mark.parametrize("who", ["1", "1-1", "anna@example.org", "vk:101", "https://vk.com/wall101_1"])
def test_all_that_is_held_is_found_from_any_end(relay, told: LaidOut, who: str) -> None:
    found = people.report(relay, who)
    assert (found.clips, found.hand_ins) == ([told.clip], ["1-1"])
    assert [row.kind for row in found.held] == [
        HeldKind.clip, HeldKind.video, HeldKind.post, HeldKind.hand_in, HeldKind.consent,
    ]  # fmt: skip
    assert all(row.why for row in found.held)


def test_of_a_stranger_nothing_is_held(relay, told: LaidOut) -> None:
    for who in ("99", "999-999", "nobody@example.org", "vk:999", ""):
        with pytest.raises(NotFound):
            people.report(relay, who)


def test_until_when_contacts_are_kept_is_told(relay, told: LaidOut) -> None:
    assert [row.until for row in people.report(relay, "1").held] == [""] * 5
    relay.settings.keep_contacts_days = 30
    until = {row.kind: row.until for row in people.report(relay, "1").held}
    assert until[HeldKind.hand_in].startswith("2023-02-18")


def test_she_takes_all_of_it_along(relay, told: LaidOut, tmp_path) -> None:
    folder = tmp_path / "hers"
    people.export(relay, "1", folder)
    data = json.loads((folder / "data.json").read_text("utf-8"))
    assert data["clips"][0]["name"] == data["hand_ins"][0]["name"] == HERS
    assert "link_hash" not in data["hand_ins"][0]
    assert (folder / "clip-1").read_bytes() == relay.media.local(f"originals/{told.sha256}").read_bytes()
    with pytest.raises(Refused, match="already there"):
        people.export(relay, "1", folder)


def test_erased_nothing_of_her_is_written_anywhere(relay, told: LaidOut) -> None:
    assert any(told.tells_of(HERS)), "else this test looks for nothing"
    for _ in range(2):  # done again, it goes on and changes nothing
        people.erase(relay, "1", reason="a letter", person="olga")
    assert told.leftovers() == []
    assert told.tells_of(HERS) == []
    with relay.reading() as session:
        assert session.get_one(Clip, told.other).name == "Глеб"
        assert session.exec(select(HandIn)).one().state is HandInState.taken_in
        assert session.exec(select(Event).where(Event.what == EventKind.put_off)).one().details == {"why": ""}


def test_what_she_brings_back_is_let_in_and_fetched_again(relay, told: LaidOut) -> None:
    people.erase(relay, "1", reason="a letter", person="olga")
    assert is_kept_out(relay, Name.of_bytes(told.sha256))
    shown = readmitting.readmit(relay, "1", person="olga")
    assert not shown.kept_out
    assert not is_kept_out(relay, Name.of_bytes(told.sha256))
    (video,) = told.videos()
    assert (video.state, video.sha256) == (VideoState.found, None)
    with pytest.raises(NotFound):
        readmitting.readmit(relay, "E-999-999-999", person="olga")
