"""0005: what the program decided by events, it decides by columns and rows after the upgrade, and decides the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from sqlmodel import Session, col, select

from relay import alerts
from relay.almanac.plan import store as plans
from relay.collect.ledger import coverage
from relay.context import Relay
from relay.intake import breaker
from relay.intake.hand_in import hand_ins
from relay.models import Almanac, Clip, CommentCount, Delivery, Match, Parking, Remark, SignOff, Source, Video
from relay.moderation import withdrawal
from relay.store import Store
from relay.views import as_json
from tests.fakes.clock import FakeClock

pytestmark = pytest.mark.slow

BROKEN = "The downloader no longer understands the network."
UNCHECKED = "The file could not be checked. python failed (1): no message"
NOTHING: dict[type, Any] = {sa.String: "", sa.Integer: 0, sa.Float: 0.0, sa.Boolean: False, sa.JSON: {}}


class OldDatabase:
    """A database of revision 0004. Whatever a row must have and nobody names is empty, 0, or `now`."""

    def __init__(self, connection: sa.Connection, clock: FakeClock) -> None:
        self._connection, self._clock = connection, clock
        self._tables = sa.MetaData()

    def has(self, name: str, /, **values: object) -> None:
        table = sa.Table(name, self._tables, autoload_with=self._connection)
        missing = [one for one in table.c if not one.nullable and one.server_default is None and one.name != "id"]
        now = self._clock().replace(tzinfo=None)
        filled = {one.name: _nothing(one.type, now) for one in missing}
        self._connection.execute(sa.insert(table).values(**{**filled, **values}))

    def happened(self, subject: str, number: int, what: str, *, person: str = "", **details: object) -> None:
        at = self._clock().replace(tzinfo=None)
        self.has("event", at=at, subject=subject, subject_id=number, what=what, person=person, details=details)


def _nothing(kind: object, now: datetime) -> Any:
    return next((nothing for each, nothing in NOTHING.items() if isinstance(kind, each)), now)


def test_decisions_are_the_same_after_the_upgrade(relay: Relay, clock: FakeClock, tmp_path: Path) -> None:
    before = Store(f"sqlite:///{tmp_path / 'old.db'}")
    with before.engine.connect() as connection:
        command.upgrade(before._alembic(connection), "0004")
        _fill(OldDatabase(connection, clock), clock)
        connection.commit()
    before.upgrade(clock())
    upgraded = replace(relay, store=before)
    _decides(upgraded, clock)
    with before.engine.connect() as connection:
        command.downgrade(before._alembic(connection), "0004")
        command.upgrade(before._alembic(connection), "head")
    before.close()


def _fill(old: OldDatabase, clock: FakeClock) -> None:
    old.has("campaign", id=1, slug="s", tz="UTC", state="running", hashtags=["t"], aliases=[])
    old.has("source", id=3, campaign_id=1, address="vk:club1", network="vk", owner_id="-1", state="active")
    old.has("post", id=5, network="vk", owner_id="1", post_id="2")
    old.has("match", campaign_id=1, post_id=5, kind="exact", matched_in="accepted by Анна")
    _videos(old, clock)
    for missing in (3, 4):
        old.happened("source", 3, "count", missing=missing)
    old.happened("source", 3, "not shown", posts=["a", "b"])
    old.happened("source", 3, "shown after all", posts=["a"])
    for counts in ({"1_1": 2, "1_2": 5}, {"1_1": 7}):
        old.happened("source", 3, "comments read", **counts)
    for number in (1, 2):
        old.has(
            "handin", id=number, campaign_id=1, number=f"A{number}", link_hash=f"{number}", url="u", state="waiting"
        )
    for _ in range(2):
        old.happened("hand-in", 1, "put off", why="VK does not answer.")
    _clips(old)
    _films(old)
    old.has("alert", id=1, key="k", resolved_at=clock().replace(tzinfo=None))
    for text in ("It hurts.", "It is over: It hurts."):
        old.has("delivery", alert_id=1, channel="mail", text=text)


def _videos(old: OldDatabase, clock: FakeClock) -> None:
    """Of vk, two tries that failed after the last success, and one before it; of ok, three checks that failed."""
    for number, network, state, reason in (
        (6, "vk", "unavailable", BROKEN),
        (7, "vk", "fetched", ""),
        (8, "ok", "unavailable", UNCHECKED),
    ):
        at = clock().replace(tzinfo=None) if state == "fetched" else None
        words = {"state": state, "reason": reason, "attempts": 3, "fetched_at": at}
        old.has("video", id=number, network=network, owner_id="1", video_id=str(number), **words)
    old.happened("video", 6, "unavailable", reason=BROKEN)
    clock.moves(minutes=1)
    for _ in range(2):
        old.happened("video", 6, "unavailable", reason=BROKEN)
        old.happened("video", 6, "reclaimed", holder="h")
    for _ in range(3):
        old.happened("video", 8, "unavailable", reason=UNCHECKED)


def _clips(old: OldDatabase) -> None:
    for sha256 in "xyz":
        old.has("inspection", sha256=sha256, finding="accepted", flags=[])
    for number, sha256, state in ((1, "x", "approved"), (2, "y", "approved"), (3, "z", "withdrawn")):
        old.has("clip", id=number, campaign_id=1, sha256=sha256, video_id=7, state=state)
    old.happened("clip", 1, "edited", name=["Аня", "Анна"])
    old.happened("clip", 1, "edited", town=["", "Мга"], name=["Анна", "Анна Щ."])
    for number in ("A2", "A1"):
        old.happened("clip", 1, "handed in", hand_in=number)
    old.happened("clip", 2, "handed in", file="a.mp4")
    old.happened("clip", 2, "shots failed", why="ffmpeg failed.")


def _films(old: OldDatabase) -> None:
    old.has("almanac", id=4, campaign_id=1, name="film")
    old.has("segment", almanac_id=4, clip_id=1, position=1, pinned="opening")
    for number, details in enumerate(
        (
            {"did": "planned", "before": {"order": []}, "token": "first"},
            {"did": "pinned", "clip": 1, "before": {"rules": {}}, "token": "second"},
            {"did": "placed", "clip": 1, "before": {"rules": {}}, "token": "third"},
        ),
        start=101,
    ):
        old.has(
            "event", id=number, subject="almanac", subject_id=4, what="plan changed", person="Борис", details=details
        )
    old.happened("almanac", 4, "plan changed", did="undone", undoes=103, before={}, token="second")
    old.has("render", id=9, almanac_id=4, version=1)
    old.happened("almanac", 4, "clip withdrawn", clip=3)
    old.has("signoff", id=2, render_id=9, link_hash="h")
    for number in (1, 2):
        old.has("remark", id=number, render_id=9)
    old.happened("almanac", 4, "remarked", remark=1)
    old.happened("almanac", 4, "remarked", remark=2, sign_off=2)


def _decides(relay: Relay, clock: FakeClock) -> None:
    assert hand_ins.waiting(relay) == [2], "the first was put off twice just now"
    clock.moves(minutes=2)
    assert hand_ins.waiting(relay) == [1, 2]
    with relay.transaction() as session:
        _decides_on_videos(session, clock)
        source = session.get_one(Source, 3)
        assert coverage.tell_not_shown(session, source, ["a", "b"], clock()) == ["a"]
        assert source.unseen == 7
        counts = session.exec(select(CommentCount.post, CommentCount.comments).order_by(CommentCount.post)).all()
        assert counts == [("1_1", 7), ("1_2", 5)]
        assert session.get_one(Match, 1).accepted_by == "Анна"
        first, second, _ = session.exec(select(Clip).order_by(col(Clip.id)))
        assert (first.corrected, first.handed_in, first.shots_failed) == (["name", "town"], "A2", False)
        assert (second.corrected, second.handed_in, second.shots_failed) == ([], "", True)
        change = plans.last_change(session, session.get_one(Almanac, 4))
        assert change is not None
        assert (change.did, change.clip_id, change.token, change.person) == ("pinned", 1, "second", "Борис")
        assert change.before == {"rules": {}}
        assert as_json(withdrawal.films_to_remake(relay)) == [
            {"campaign": "s", "name": "film", "title": "", "version": 1, "clips": [3]}
        ]
        said = session.exec(select(Remark.id).where(Remark.sign_off_id == session.get_one(SignOff, 2).id)).all()
        assert said == [2]
        assert [alerts.is_over(row) for row in session.exec(select(Delivery).order_by(col(Delivery.id)))] == [
            False,
            True,
        ]


def _decides_on_videos(session: Session, clock: FakeClock) -> None:
    broken, unchecked = session.get_one(Video, 6), session.get_one(Video, 8)
    breaker.failed(session, broken, BROKEN, clock())
    assert session.exec(select(Parking)).all() == [], "two in a row are no reason yet"
    assert (broken.failures, broken.unfinished, broken.failed_checks) == (2, 2, 0)
    assert (unchecked.failures, unchecked.unfinished, unchecked.failed_checks) == (3, 0, 3)
