from __future__ import annotations

import pytest
from sqlmodel import col, select

from relay.context import Relay
from relay.erasure import rows, target
from relay.erasure.target import ErasureTarget
from relay.models import (
    Caption,
    CaptionOrigin,
    Clip,
    Erasure,
    ErasureCause,
    Event,
    EventKind,
    EventSubject,
    Finding,
    HeardRecording,
    HearingTry,
    Inspection,
    Post,
    QuoteVerdict,
    ReadingAnswer,
    ReadingBasis,
    ReadingProposal,
    ReadingSearch,
    RecordingPrint,
    SearchSubject,
    SearchWord,
    Sighting,
    Video,
)
from relay.records import add_event
from relay.tombstones.stones import KEPT_OUT
from tests.moderation.town import Town

pytestmark = pytest.mark.slow

DIGEST = "d" * 64
FILMS = [{"render": 1, "almanac": 1, "version": 1, "wanted": True, "made": 0}]


@pytest.fixture
def town(relay: Relay) -> Town:
    """Two clips, each with what describes it; the first is erased, in two campaigns."""
    town, other = Town(relay), Town(relay, "other")
    words = {"cause": ErasureCause.withdrawn, "digest": DIGEST, "asked_at": relay.now(), "person": "olga"}
    for _ in range(2):
        clip = town.clip(town.has_clip())
        cues = [{"from": 0, "to": 1, "text": "слова"}]
        with relay.transaction() as session:
            session.add(RecordingPrint(sha256=clip.sha256, version=1, pictures=b"p", sounds=b"s", at=relay.now()))
            session.add(HeardRecording(sha256=clip.sha256, model="a", document={"said": "слова"}, at=relay.now()))
            session.add(HearingTry(sha256=clip.sha256, model="a", tries=1))
            session.add(ReadingSearch(clip_id=clip.id, texts="t", at=relay.now()))
            session.add(
                ReadingProposal(
                    clip_id=clip.id, place=0, number="7", verdict=QuoteVerdict.read, evidence=1.0, margin=1.0,
                    covered=1.0, first=0, last=9, start=0.0, end=1.0, basis=ReadingBasis.heard,
                    answer=ReadingAnswer.confirmed, said="7", person="a", at=relay.now(),
                )
            )  # fmt: skip
            session.add(SearchWord(subject=SearchSubject.heard, word="слов", number=clip.id))
            hand = {"origin": CaptionOrigin.hand, "person": "a", "at": relay.now()}
            session.add(Caption(clip_id=clip.id, language="ru", cues=cues, **hand))
            add_event(session, relay.now(), (EventSubject.video, clip.video_id), EventKind.fetched, sha256=clip.sha256)
            post = session.exec(select(Post).order_by(col(Post.id).desc()).limit(1)).one()
            post.raw = {"text": "answer"}
    first = town.clip(1)
    twin = Clip(
        campaign_id=other.campaign_id, sha256=first.sha256, video_id=first.video_id, created_at=relay.now(),
        published_at=relay.now(),
    )  # fmt: skip
    with relay.transaction() as session:
        session.add(twin)
        session.flush()
        more = {"removed": {"work": 1}, "bytes": 5, "films": FILMS}
        session.add(Erasure(number="E-1", clip_id=1, sha256=first.sha256, **words, **more))
        session.add(Erasure(number="E-2", clip_id=twin.id, sha256=first.sha256, **words))
        session.add(Erasure(number="E-3", clip_id=2, sha256=town.sha256(2), **{**words, "digest": "e" * 64}))
    return town


def target_of(relay: Relay) -> ErasureTarget:
    with relay.reading() as session:
        return target.load(session, session.get_one(Erasure, 1))


def test_its_hash_gives_way_everywhere_and_what_describes_it_goes(relay: Relay, town: Town) -> None:
    sha256, stays = town.sha256(1), town.sha256(2)
    found = target_of(relay)
    for _ in range(2):
        rows.erase(relay, found)
    with relay.reading() as session:
        assert [clip.sha256 for clip in session.exec(select(Clip).order_by(col(Clip.id)))] == [DIGEST, stays, DIGEST]
        assert [video.sha256 for video in session.exec(select(Video).order_by(col(Video.id)))] == [DIGEST, stays]
        assert session.get(Inspection, sha256) is None
        blank = session.get_one(Inspection, DIGEST)
        assert (blank.bytes, blank.finding, blank.reason, blank.at) == (0, Finding.refused, KEPT_OUT, relay.now())
        assert session.exec(select(RecordingPrint.sha256)).all() == [stays]
        assert session.exec(select(HeardRecording.sha256)).all() == [stays]
        assert session.exec(select(HearingTry.sha256)).all() == [stays]
        for table in (Caption, ReadingSearch, ReadingProposal):
            assert session.exec(select(table.clip_id)).all() == [2]
        assert session.exec(select(SearchWord.number)).all() == [2]
        assert [post.raw for post in session.exec(select(Post).order_by(col(Post.id)))] == [{}, {"text": "answer"}]
        told = select(Event).where(Event.what == EventKind.fetched).order_by(col(Event.id))
        assert [event.details for event in session.exec(told)] == [{"sha256": DIGEST}, {"sha256": stays}]
        erased = session.exec(select(Erasure).order_by(col(Erasure.id))).all()
    assert [row.sha256 for row in erased] == ["", "", stays]
    assert [(row.removed, row.bytes) for row in erased] == [({"work": 1}, 5), ({"work": 1}, 5), ({}, 0)]
    assert [row.films for row in erased] == [FILMS, [{**FILMS[0], "wanted": False}], []], "one is made, not two"


def test_what_was_answered_about_a_post_with_other_videos_stays(relay: Relay, town: Town) -> None:
    with relay.transaction() as session:
        session.add(Sighting(post_id=1, video_id=town.clip(2).video_id, position=1))
    rows.erase(relay, target_of(relay))
    with relay.reading() as session:
        assert session.get_one(Post, 1).raw == {"text": "answer"}


def test_what_was_handed_in_is_called_by_another_name(relay: Relay, town: Town) -> None:
    sha256 = town.sha256(1)
    with relay.transaction() as session:
        for number, network in ((1, "hand-in"), (2, "vk")):
            video, post = session.get_one(Video, number), session.get_one(Post, number)
            video.network = post.network = network
            video.video_id = post.post_id = sha256
    rows.erase(relay, target_of(relay))
    with relay.reading() as session:
        found = [session.get_one(table, 1) for table in (Video, Post)]
        stays = [session.get_one(Video, 2).video_id, session.get_one(Post, 2).post_id]
    assert [found[0].video_id, found[1].post_id] == [DIGEST, DIGEST]
    assert {row.url for row in found} == {f"hand-in:{DIGEST}"}
    assert stays == [sha256, sha256]


def test_that_nothing_is_left_is_said_in_the_record_once(relay: Relay, town: Town) -> None:
    with relay.transaction() as session:
        session.get_one(Erasure, 1).trouble = "the disk"
    for _ in range(2):
        rows.finish(relay, target_of(relay))
    with relay.reading() as session:
        done = session.get_one(Erasure, 1)
        (event,) = session.exec(select(Event).where(Event.what == EventKind.erased)).all()
    assert (done.done_at, done.trouble) == (relay.now(), "")
    assert (event.subject, event.subject_id, event.person) == (EventSubject.clip, 1, "olga")
    assert event.details == {"number": "E-1", "removed": {"work": 1}, "bytes": 5}


def test_which_events_were_written_anew_is_told(relay: Relay, town: Town) -> None:
    found = target_of(relay)
    with relay.transaction() as session:
        mine = session.exec(select(Event.id).where(Event.what == EventKind.fetched).order_by(col(Event.id))).first()
        assert rows.rewrite_events(relay, session, found) == [mine]
        assert rows.rewrite_events(relay, session, found) == []
