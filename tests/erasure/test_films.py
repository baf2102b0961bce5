"""Versions that show somebody who is erased, without a file being rendered; the whole walk: test_walk.py."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from sqlmodel import col, select

from relay.almanac.plan import queries
from relay.context import Relay
from relay.erasure import films, target
from relay.erasure.target import ErasureTarget, Removed
from relay.models import (
    Card,
    CardKind,
    ClipState,
    Erasure,
    ErasureCause,
    Event,
    EventKind,
    LeftOut,
    PlanMarker,
    Recall,
    Render,
    Segment,
    SignOff,
)
from tests.almanac.cinema import has_version
from tests.moderation.town import Town

pytestmark = pytest.mark.slow

FILM = ("proryv80", "film")


class Reel:
    """Four clips in a film, of which the second is erased."""

    def __init__(self, relay: Relay) -> None:
        self.relay, self.town = relay, Town(relay)
        self.clips = [self.town.has_clip(state=ClipState.approved, duration=10) for _ in range(4)]
        queries.new(relay, *FILM, all_approved=True)
        self.gone = self.clips[1]
        with relay.transaction() as session:
            session.add(
                Erasure(
                    number="E-1", clip_id=self.gone, cause=ErasureCause.withdrawn, sha256=self.town.sha256(self.gone),
                    digest="d", asked_at=relay.now(),
                )
            )  # fmt: skip

    @property
    def target(self) -> ErasureTarget:
        with self.relay.reading() as session:
            return target.load(session, session.get_one(Erasure, 1))

    def version(self, number: int, *clips: int, told: dict[str, object] | None = None, label: str = "") -> Render:
        """A version that shows these clips."""
        shown = {"clips": [{"clip": clip} for clip in clips]} if told is None else told
        return has_version(self.relay, number=number, content=f"film {number}".encode(), told=shown, format_=label)

    def manifest(self, number: int) -> Path:
        return self.relay.folder("almanacs") / f"proryv80_film-v{number}.json"

    def told(self) -> list[tuple[int, bool, int]]:
        """Of the closed versions: number, whether another is wanted, which was made instead."""
        with self.relay.reading() as session:
            return [(one["version"], one["wanted"], one["made"]) for one in session.get_one(Erasure, 1).films]

    def closed(self) -> list[int]:
        with self.relay.reading() as session:
            rows = session.exec(select(Render).where(col(Render.closed_at).is_not(None)).order_by(col(Render.version)))
            return [row.version for row in rows]


@pytest.fixture
def reel(relay: Relay) -> Reel:
    return Reel(relay)


def test_a_plan_loses_its_clip_and_a_card_before_it_stands_before_the_next(reel: Reel) -> None:
    relay, (first, gone, after, last) = reel.relay, reel.clips
    with relay.transaction() as session:
        for clip in (first, gone, last):
            session.add(Card(almanac_id=1, before_clip_id=clip, kind=CardKind.chapter, words={"title": str(clip)}))
        words = {"almanac_id": 1, "person": "x", "at": relay.now()}
        for clip in (gone, last):
            session.add(PlanMarker(clip_id=clip, frame=1, **words))
            session.add(LeftOut(clip_id=clip, reason="x", **words))
    with relay.transaction() as session:
        films.leave_plans(session, reel.target)
    with relay.reading() as session:
        assert session.exec(select(Segment.clip_id).order_by(col(Segment.position))).all() == [first, after, last]
        cards = {card.words["title"]: card.before_clip_id for card in session.exec(select(Card))}
        assert cards == {str(first): first, str(gone): after, str(last): last}
        assert session.exec(select(PlanMarker.clip_id)).all() == session.exec(select(LeftOut.clip_id)).all() == [last]


def test_a_card_before_the_last_clip_stands_behind_all(reel: Reel) -> None:
    with reel.relay.transaction() as session:
        erasure = session.get_one(Erasure, 1)
        erasure.clip_id, erasure.sha256 = reel.clips[3], reel.town.sha256(reel.clips[3])
        session.add(Card(almanac_id=1, before_clip_id=reel.clips[3], kind=CardKind.chapter, words={}))
    with reel.relay.transaction() as session:
        films.leave_plans(session, reel.target)
        assert session.exec(select(Card.before_clip_id)).one() is None


def test_versions_are_closed_by_what_they_show_and_another_one_is_wanted_of_the_newest(reel: Reel) -> None:
    relay, gone, other = reel.relay, reel.gone, reel.clips[0]
    reel.version(1, gone, other)
    reel.version(2, other)
    reel.version(3, told={"clips": [{"sha256": reel.town.sha256(gone)}]})
    reel.version(4, other)
    reel.version(5, gone, label="1:1")
    films.close(relay, reel.target)
    assert reel.closed() == [1, 3, 5]
    assert reel.told() == [(1, False, 0), (3, False, 0), (5, True, 0)], "a newer one of the same format is there"
    with relay.reading() as session:
        recalls = session.exec(select(Recall).order_by(col(Recall.id))).all()
        events = session.exec(select(Event).where(Event.what == EventKind.version_closed)).all()
    assert [(one.render_id, one.clip_id) for one in recalls] == [(1, gone), (3, gone), (5, gone)]
    assert [one.details for one in events] == [{"version": number, "number": "E-1"} for number in (1, 3, 5)]
    films.close(relay, reel.target)
    assert len(reel.told()) == 3, "done twice it is done once"


def test_what_somebody_signs_is_wanted_anew_though_it_is_not_the_newest(reel: Reel) -> None:
    relay = reel.relay
    for number in (1, 2):
        reel.version(number, reel.gone)
    reel.version(3, reel.clips[0])
    words = {"sha256": "s", "person": "Глава", "invited_by": "x", "created_at": relay.now(), "expires_at": relay.now()}
    with relay.transaction() as session:
        session.add(SignOff(render_id=1, link_hash="a", **words))
        session.add(SignOff(render_id=2, link_hash="b", revoked_at=relay.now(), **words))
    films.close(relay, reel.target)
    assert reel.told() == [(1, True, 0), (2, False, 0)]


def test_without_a_manifest_what_the_withdrawal_took_for_shown_is_believed(reel: Reel) -> None:
    relay = reel.relay
    for number in (1, 2, 3):
        reel.version(number, reel.clips[0])
    for number in (1, 2):
        reel.manifest(number).unlink()
    with relay.transaction() as session:
        for number, clip in ((1, reel.gone), (3, reel.gone), (3, reel.clips[0])):
            session.add(Recall(render_id=number, clip_id=clip, at=relay.now()))
    films.close(relay, reel.target)
    assert reel.closed() == [1]
    with relay.reading() as session:
        left = session.exec(select(Recall.render_id, Recall.clip_id).order_by(col(Recall.id))).all()
    assert left == [(1, reel.gone), (3, reel.clips[0])], "the plan held it, the third version does not"


def test_versions_are_wanted_as_long_as_none_was_made_and_of_no_plan_that_is_empty(reel: Reel) -> None:
    relay = reel.relay
    reel.version(1, reel.gone)
    films.close(relay, reel.target)
    ((number, film),) = films.wanted(relay)
    assert (number, film["version"]) == (1, 1)
    reel.version(2, reel.clips[0])
    assert films.make_instead(relay, number, film) == 2, "somebody has rendered meanwhile"
    assert (films.wanted(relay), reel.told()) == ([], [(1, True, 2)])
    with relay.transaction() as session:
        session.get_one(Erasure, 1).films = [{**film, "made": 0}]
        session.exec(select(Render).where(Render.version == 2)).one().closed_at = relay.now()
        for segment in session.exec(select(Segment)):
            session.delete(segment)
    assert films.make_instead(relay, number, film) == 0
    assert (films.wanted(relay), reel.told()) == ([], [(1, False, 0)])


def test_all_files_of_a_closed_version_go_and_no_others(reel: Reel) -> None:
    relay, folder = reel.relay, reel.relay.folder("almanacs")
    closed = reel.version(1, reel.gone)
    reel.version(10, reel.clips[0])
    names = ["proryv80_film-v1.ru.vtt", "proryv80_film-v1-signed.mp4", "proryv80_film-v1-protocol.pdf"]
    kept = ["proryv80_film-v10.ru.vtt", "proryv80_film-v1x.mp4.txt"]
    for name in (*names, *kept):
        (folder / name).write_bytes(b"x")
    still = relay.folder("almanacs", "stills") / f"{closed.sha256}-5.jpg"
    other = relay.folder("almanacs", "stills") / "other-5.jpg"
    for path in (still, other):
        path.write_bytes(b"still")
    films.close(relay, reel.target)
    removed = Removed()
    films.remove(relay, reel.target, removed)
    assert removed.files == {"films": 7}
    assert sorted(path.name for path in folder.iterdir() if path.is_file()) == sorted(
        [*kept, *(f"proryv80_film-v10.{end}" for end in ("mp4", "jpg", "json"))]
    )
    assert [path.name for path in other.parent.iterdir()] == ["other-5.jpg"]


@pytest.mark.parametrize(
    ("clips", "aged", "goes"),
    [([1, 2], 61, True), ([1], 61, False), ([], 61, True), (None, 61, True), ([2], 30, False)],
    ids=["shows her", "shows another", "tells nothing", "has no manifest", "just gets its row"],
)
def test_a_film_that_was_killed_before_it_had_its_row_goes_if_it_may_show_her(
    reel: Reel, clips: list[int] | None, aged: float, goes: bool
) -> None:
    film = reel.relay.folder("almanacs") / "proryv80_film-v7.mp4"
    film.write_bytes(b"film")
    then = film.stat().st_mtime - aged
    os.utime(film, (then, then))
    if clips is not None:
        film.with_suffix(".json").write_text(json.dumps({"clips": [{"clip": reel.clips[n - 1]} for n in clips]}))
    removed = Removed()
    films.remove(reel.relay, reel.target, removed)
    assert film.exists() is not goes
    assert removed.files == ({"films": 1 if clips is None else 2} if goes else {})


@pytest.mark.parametrize(
    ("clip", "older", "goes"), [(2, 0, True), (1, 0, False), (1, 5, True)],
    ids=["shows her", "shows another", "its manifest is of the one before"],
)  # fmt: skip
def test_a_preview_that_may_show_her_goes(reel: Reel, clip: int, older: float, goes: bool) -> None:
    film = reel.relay.folder("almanacs", "previews") / "proryv80_film.mp4"
    film.write_bytes(b"film")
    told = film.with_suffix(".json")
    told.write_text(json.dumps({"clips": [{"clip": reel.clips[clip - 1]}]}))
    then = film.stat().st_mtime - older
    os.utime(told, (then, then))
    removed = Removed()
    films.remove(reel.relay, reel.target, removed)
    assert film.exists() is not goes
    assert removed.files == ({"previews": 2} if goes else {})


def test_a_copy_of_a_version_belongs_to_it() -> None:
    known = {"film-v1", "film-v2"}
    told = [films._is_of(name, known) for name in ("film-v1", "film-v2-signed", "film-v10", "film-v3", "film")]
    assert told == [True, True, False, False, False]
