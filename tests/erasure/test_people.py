from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
from sqlmodel import col, select

from relay.collect import ingest
from relay.collect.hashtags import Hit
from relay.erasure import people, readmitting, walk
from relay.erasure.people import HeldKind
from relay.errors import NotFound, Refused
from relay.models import (
    BulkChange,
    BulkKind,
    BulkStep,
    Campaign,
    Clip,
    ClipState,
    ClipTag,
    Consent,
    ConsentScope,
    Decision,
    Event,
    EventKind,
    HandIn,
    HandInState,
    MatchKind,
    Mending,
    PlanChange,
    Post,
    Question,
    Verdict,
    Video,
    VideoState,
)
from relay.moderation import desk
from relay.ports import Author
from relay.records import add_event
from relay.tombstones.entrance import is_kept_out
from relay.tombstones.stones import Name
from relay.upkeep.backups.holding import nobody
from relay.upkeep.backups.making import backup
from relay.upkeep.backups.restoring import restore
from relay.upkeep.record import looks
from tests.beside import relay_in
from tests.erasure.scene import LaidOut
from tests.fakes.source import a_post, a_video
from tests.moderation.town import Town

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


@pytest.mark.parametrize("forget", [people.forget_again, nobody])
def test_an_older_backup_brings_nothing_of_her_back(relay, told: LaidOut, tmp_path, forget) -> None:
    """Neither her clip nor what she wrote without a video. The twin forgets nobody."""
    place = tmp_path / "backups"
    place.mkdir()
    with relay.transaction() as session:
        session.add(a_post_of_hers(relay))
    backup(relay, place / "b.tar")
    for who in ("1", "vk:101"):
        people.erase(relay, who, reason="a letter", person="olga")
    there = relay_in(relay, tmp_path / "elsewhere")
    restore(there, place / "b.tar", forget=forget)
    walk.carry_out(there, walk.due(there))
    held = LaidOut.tells_of(SimpleNamespace(relay=there), HERS)
    assert (held == []) is (forget is people.forget_again), held
    with there.reading() as session:
        assert session.get_one(Clip, told.other).name == "Глеб"
    there.store.close()


def a_post_of_hers(relay) -> Post:
    return Post(
        network="vk", owner_id="101", post_id="77", url="https://vk.com/wall101_77", author_id="101", author=HERS,
        text=f"Моя бабушка. {HERS}", published_at=relay.now(), first_seen_at=relay.now(), last_seen_at=relay.now(),
    )  # fmt: skip


def test_what_the_desk_wrote_of_her_is_forgotten_too(relay, told: LaidOut) -> None:
    clip, at = told.clip, relay.now()
    with relay.transaction() as session:
        session.add(Question(clip_id=clip, asked_by="olga", text=f"{HERS}?", answer=HERS, at=at))
        session.add(ClipTag(clip_id=clip, tag=HERS, person="olga", at=at))
        change = BulkChange(campaign_id=1, person="olga", kind=BulkKind.edit, what="name", at=at)
        moves = {"from_state": ClipState.awaiting, "to_state": ClipState.approved, "person": "olga", "at": at}
        noted = Decision(clip_id=clip, verdict=Verdict.approve, reason=f"sound: {HERS}", previous_reason=HERS, **moves)
        session.add_all([change, noted])
        session.flush()
        step = {"before": {"name": HERS}, "after": {"name": "A"}}
        session.add(BulkStep(change_id=change.id or 0, clip_id=clip, **step))
        rows = {"rows": {str(clip): {"name": HERS}}}
        session.add(PlanChange(almanac_id=1, at=at, did="named", clip_id=clip, before=rows, token="x"))
        asked = {"note": HERS, "words": HERS, "asked_by": "olga", "decision_id": noted.id or 0}
        session.add(Mending(clip_id=clip, nonce="n", link_hash="h", at=at, **asked))
    assert {"question", "cliptag", "bulkstep", "planchange", "mending", "decision"} <= set(told.tells_of(HERS))
    people.erase(relay, "1", reason="a letter", person="olga")
    assert told.tells_of(HERS) == []
    with relay.reading() as session:
        reasons = session.exec(select(Decision.reason).order_by(col(Decision.id))).all()
    assert reasons[-1] == "a letter", "why it was withdrawn stays"
    assert looks.verify(relay).is_whole


def test_what_she_wrote_without_a_video_is_hers_too(relay, told: LaidOut) -> None:
    post = a_post(HERS, "77", "101", videos=(), author=Author("101", HERS))
    with relay.transaction() as session:
        number = ingest.keep_post(session, post, relay.now())
    for who in ("vk:101", "https://vk.com/wall101_77"):
        assert number in {row.number for row in people.report(relay, who).held if row.kind is HeldKind.post}
    people.erase(relay, "vk:101", reason="a letter", person="olga")
    assert told.tells_of(HERS) == []


def test_what_a_network_still_shows_of_her_is_not_written_down_again(relay, told: LaidOut) -> None:
    """Twin: before she is erased, it is; and once she has come back."""
    with relay.reading() as session:
        row, film = session.get_one(Post, 1), session.get_one(Video, told.town.clip(told.clip).video_id)
    video = a_video(film.video_id, film.owner_id, title=f"{HERS} again")
    video = replace(video, network=film.network, author=Author("101", HERS))
    post = a_post(f"{HERS} again", row.post_id, row.owner_id, videos=(video,), author=Author("101", HERS))

    def is_shown() -> bool:
        with relay.transaction() as session:
            ingest.keep(session, session.get_one(Campaign, 1), post, Hit(MatchKind.exact, "text", "#a"), relay.now())
        return told.tells_of(f"{HERS} again") != []

    assert is_shown()
    people.erase(relay, "1", reason="a letter", person="olga")
    assert not is_shown()
    readmitting.readmit(relay, "1", person="olga")
    assert is_shown()


@pytest.mark.parametrize(
    ("given", "who"),
    [
        ("Anna@Example.org", " anna@example.org"), ("+7 (921) 000-00-00", "+7 921 0000000"),
        ("+79210000000", "+7 921 000 00 00"),
        ("АННА", "анна"),
    ],
)  # fmt: skip
def test_a_contact_is_hers_however_it_is_written(relay, told: LaidOut, given: str, who: str) -> None:
    with relay.transaction() as session:
        hand_in = session.exec(select(HandIn)).one()
        hand_in.contact = given
        session.add(hand_in)
    assert people.report(relay, who).hand_ins == ["1-1"]
    assert people.report(relay, "№ 1-1").hand_ins == ["1-1"]
    with pytest.raises(NotFound):
        people.report(relay, "+7 921 000 00 01")


def test_what_is_held_stands_under_its_own_campaign(relay, told: LaidOut) -> None:
    other = Town(relay, "other")
    other.number = told.town.number
    clip = other.has_clip(name="Пётр")
    assert {row.campaign for row in people.report(relay, str(clip)).held} == {"other"}


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
