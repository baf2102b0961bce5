"""The damages of an installation, each seeded alone: the doctor finds it, says what to do, mends it where that can be,
and has nothing to say the second time.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Connection
from sqlmodel import col, select

from relay.almanac.delivery import pruning
from relay.almanac.film.shot_cache import ShotCache
from relay.context import Relay
from relay.models import (
    Almanac,
    Clip,
    ClipState,
    Decision,
    EventKind,
    EventSubject,
    HandIn,
    HandInState,
    Inspection,
    Lease,
    Render,
    Verdict,
    Video,
    VideoState,
)
from relay.moderation import desk, withdrawal
from relay.records import add_event
from relay.upkeep import doctor
from relay.upkeep.damages import record
from relay.upkeep.damages.check import Check
from relay.upkeep.damages.record import Move, fits
from tests.fakes.toolbox import RecordingToolbox
from tests.moderation.town import Town

PROXY = b"a proxy of some length"


class Tools(RecordingToolbox):
    @property
    def ffmpeg_version(self) -> str:  # type: ignore[override]
        return "ffmpeg version 9.1"


def without_guards(connection: Connection, table: str) -> None:
    """Whoever has the file drops the triggers that guard a table first, if there are any."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        return
    rows = connection.exec_driver_sql(f"SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '{table}'")
    for (name,) in rows.fetchall():
        connection.exec_driver_sql(f"DROP TRIGGER {name}")


class Place:
    """Two clips that were decided, a film of the first, a shot, a file that waits; `relay work` runs. All is well."""

    def __init__(self, relay: Relay) -> None:
        self.relay, self.town = relay, Town(relay)
        self.first, self.second = self._has_clip(), self._has_clip()
        for clip in (self.first, self.second):
            desk.decide(relay, clip, Verdict.approve, person="Анна", seen=ClipState.awaiting)
        desk.decide(relay, self.second, Verdict.later, person="Анна", seen=ClipState.approved)
        self.film = self._has_film()
        cache = ShotCache(relay.folder("shots"))
        made = relay.folder("work") / "shot"
        made.write_bytes(b"a shot")
        self.shot = cache.shot("a" * 64)
        cache.keep(made, self.shot)
        self._has_hand_in()
        with relay.transaction() as session:
            session.add(Lease(name="bell", holder="work", until=relay.now() + timedelta(minutes=1)))

    def _has_clip(self) -> int:
        clip = self.town.has_clip()
        sha, content = self.town.clip(clip).sha256, f"{self.town.slug} {self.town.number}".encode()
        keys = {f"originals/{sha}": content, f"posters/{sha}.jpg": b"a poster", f"proxies/{sha}.mp4": PROXY}
        self.makes(keys)
        with self.relay.transaction() as session:
            look = session.get_one(Inspection, sha)
            look.bytes, look.poster, look.proxy, look.storyboard = len(content), *list(keys)[1:], ""
            look.sums = {key: [len(made), hashlib.sha256(made).hexdigest()] for key, made in list(keys.items())[1:]}
            video = session.get_one(Video, self.town.clip(clip).video_id)
            video.state, video.sha256 = VideoState.fetched, sha
            add_event(session, self.relay.now(), (EventSubject.clip, clip), EventKind.made)
        return clip

    def makes(self, keys: dict[str, bytes]) -> None:
        for key, content in keys.items():
            part = self.relay.folder("work") / "part"
            part.write_bytes(content)
            self.relay.media.put(key, part)

    def _has_film(self) -> Path:
        relay, content = self.relay, b"a film"
        path = relay.folder("almanacs") / "v1.mp4"
        path.write_bytes(content)
        told = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content), "clips": [{"clip": self.first}]}
        path.with_suffix(".json").write_text(json.dumps(told))
        words = {"frames": 1, "fps": 25, "shots_encoded": 0, "shots_reused": 0, "seconds": 1, "at": relay.now()}
        with relay.transaction() as session:
            almanac = Almanac(campaign_id=self.town.campaign_id, name="film", title="x", created_at=relay.now())
            session.add(almanac)
            session.flush()
            files = {"file": "almanacs/v1.mp4", "manifest": "almanacs/v1.json", "sha256": told["sha256"]}
            session.add(Render(almanac_id=almanac.id, version=1, **files, **words))  # type: ignore[arg-type]
            add_event(session, relay.now(), (EventSubject.almanac, almanac.id or 0), EventKind.rendered)
        return path

    def _has_hand_in(self) -> None:
        relay = self.relay
        with relay.transaction() as session:
            row = HandIn(
                campaign_id=self.town.campaign_id, number="123-456", link_hash="x", state=HandInState.waiting,
                bytes_total=7, bytes_here=7, created_at=relay.now(),
            )  # fmt: skip
            session.add(row)
            session.flush()
            self.waiting = relay.folder("handed-in", str(row.id)) / "a.part"
        self.waiting.write_bytes(b"a video")

    def key(self, kind: str, end: str = "") -> Path:
        return self.relay.media.local(f"{kind}/{self.town.clip(self.first).sha256}{end}")

    def looks(self, relay: Relay, sha: str) -> None:
        """In the place of the one look, which makes what is missing."""
        self.makes({f"posters/{sha}.jpg": b"a poster", f"proxies/{sha}.mp4": PROXY})

    def runs(self, sql: str) -> None:
        """Past Relay, as whoever has the file can."""
        with self.relay.store.engine.begin() as connection:
            for table in ("decision", "event"):
                without_guards(connection, table)
            connection.exec_driver_sql(sql.replace("%", "%%") if self.relay.store.path is None else sql)

    def check(self, *, deep: bool, fix: bool = False) -> list[Check]:
        return doctor.check(self.relay, deep=deep, fix=fix, look=self.looks, changed_shots=pruning.changed)

    def wrong(self, *, deep: bool) -> list[str]:
        """Without what the chain of the record says: that a row was changed it finds by itself (tests/chain)."""
        return [found.what for found in self.check(deep=deep) if found.wrong and found.what != "record"]


@pytest.fixture
def place(relay: Relay) -> Place:
    settings = relay.settings.model_copy(update={"min_free_gb": 0, "vk_token": SecretStr("t")})
    return Place(dataclasses.replace(relay, settings=settings, toolbox=Tools()))


def flip(path: Path) -> None:
    path.chmod(0o600)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def cut(path: Path) -> None:
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-2])


def stale_lease(place: Place) -> None:
    with place.relay.transaction() as session:
        words = {"network": "vk", "owner_id": "9", "url": "u", "created_at": place.relay.now()}
        ended = place.relay.now() - timedelta(seconds=1)
        session.add(Video(video_id="9", state=VideoState.fetching, lease_until=ended, lease_holder="dead", **words))


def shows_a_withdrawn_clip(place: Place) -> None:
    withdrawal.withdraw(place.relay, place.first, reason="a letter", person="Анна")


def is_open_to_others(place: Place) -> None:
    place.film.chmod(0o644)


SEEDS: dict[str, tuple[Callable[[Place], object], bool, str, bool]] = {
    "an original is gone": (lambda p: p.key("originals").unlink(), False, "originals", True),
    "an original is short": (lambda p: cut(p.key("originals")), False, "originals", True),
    "an original is flipped": (lambda p: flip(p.key("originals")), True, "originals", True),
    "a film is flipped": (lambda p: flip(p.film), True, "films", False),
    "a film is short": (lambda p: cut(p.film), False, "films", False),
    "a film is gone": (lambda p: p.film.unlink(), False, "films", False),
    "a lease is stale": (stale_lease, False, "unfinished fetches", True),
    "a proxy is flipped": (lambda p: flip(p.key("proxies", ".mp4")), True, "posters and proxies", True),
    "a proxy is short": (lambda p: cut(p.key("proxies", ".mp4")), False, "posters and proxies", True),
    "a proxy is gone": (lambda p: p.key("proxies", ".mp4").unlink(), False, "posters and proxies", True),
    "a poster is gone": (lambda p: p.key("posters", ".jpg").unlink(), False, "posters and proxies", True),
    "a manifest is gone": (lambda p: p.film.with_suffix(".json").unlink(), False, "films", False),
    "a manifest is cut": (lambda p: cut(p.film.with_suffix(".json")), False, "films", False),
    "a manifest is of another film": (
        lambda p: p.film.with_suffix(".json").write_text('{"clips": [], "sha256": "0"}'),
        False,
        "films",
        False,
    ),
    "a shot is flipped": (lambda p: flip(p.shot), True, "shots", True),
    "a decision is deleted": (lambda p: p.runs("DELETE FROM decision WHERE id = 2"), False, "decisions", False),
    "a decision is rewritten": (
        lambda p: p.runs("UPDATE decision SET verdict = 'reject' WHERE id = 1"),
        False,
        "decisions",
        False,
    ),
    "a decision leads elsewhere": (
        lambda p: p.runs("UPDATE decision SET to_state = 'rejected', verdict = 'reject' WHERE id = 2"),
        False,
        "decisions",
        False,
    ),
    "a state is nobody's decision": (
        lambda p: p.runs(f"UPDATE clip SET state = 'approved' WHERE id = {p.second}"),
        False,
        "decisions",
        True,
    ),
    "half of the events are deleted": (lambda p: p.runs("DELETE FROM event WHERE id % 2 = 0"), False, "events", False),
    "the newer half of the events is deleted": (
        lambda p: p.runs("DELETE FROM event WHERE id > (SELECT max(id) / 2 FROM event)"),
        False,
        "events",
        False,
    ),
    "a film shows a withdrawn clip": (shows_a_withdrawn_clip, False, "withdrawn clips", False),
    "a file that waits is gone": (lambda p: p.waiting.unlink(), False, "handed in", False),
    "a file that waits is short": (lambda p: cut(p.waiting), False, "handed in", False),
    "a film is open to others": (is_open_to_others, False, "rights", True),
}
"""What is damaged → by what, whether only the deep look can see it, where the doctor tells of it, whether it mends."""


@pytest.mark.slow
@pytest.mark.parametrize("name", SEEDS)
def test_each_damage_is_found_told_and_mended_where_that_can_be(place: Place, name: str) -> None:
    seed, deep, what, mends = SEEDS[name]
    assert place.wrong(deep=True) == [], "a healthy place has nothing to tell"
    seed(place)
    assert place.wrong(deep=True) == [what]
    assert (place.wrong(deep=False) == [what]) is not deep
    fixed = [found.what for found in place.check(deep=deep, fix=True) if found.fixed]
    assert (what in fixed) is mends
    assert place.wrong(deep=deep) == ([] if mends else [what])


@pytest.mark.slow
def test_twin_without_the_sums_a_flipped_proxy_or_shot_is_not_seen(place: Place) -> None:
    with place.relay.transaction() as session:
        for look in session.exec(select(Inspection)).all():
            look.sums = {}
    (place.relay.folder("shots") / "sums").unlink()
    flip(place.key("proxies", ".mp4"))
    flip(place.shot)
    assert place.wrong(deep=True) == []


@pytest.mark.slow
def test_twin_without_the_look_at_decisions_nothing_tells(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "fits", lambda moves: (True, moves[-1].after if moves else ClipState.awaiting))
    place.runs("UPDATE decision SET verdict = 'reject' WHERE id = 1")
    assert place.wrong(deep=True) == []


@pytest.mark.slow
def test_a_state_goes_back_to_what_was_decided(place: Place) -> None:
    place.runs(f"UPDATE clip SET state = 'approved' WHERE id = {place.second}")
    place.check(deep=False, fix=True)
    assert place.town.clip(place.second).state is ClipState.later


@pytest.mark.slow
def test_what_was_handed_in_stays_where_it_is_damaged_and_is_told_of(place: Place) -> None:
    with place.relay.transaction() as session:
        for video in session.exec(select(Video)).all():
            video.network = "hand-in"
    path = place.key("originals")
    cut(path)
    for _ in range(2):
        (found,) = [each for each in place.check(deep=False, fix=True) if each.what == "originals"]
        assert found.wrong
        assert found.text.startswith("handed in, and missing or damaged: 1 (")
    assert path.exists(), "nobody has more of it"


@pytest.mark.slow
def test_what_can_not_be_made_again_now_is_told(place: Place) -> None:
    place.key("originals").unlink()
    place.key("posters", ".jpg").unlink()
    found = {each.what: each for each in place.check(deep=False, fix=True)}
    assert found["originals"].fixed
    assert found["posters and proxies"].wrong


@pytest.mark.slow
def test_shots_that_are_gone_are_forgotten(place: Place) -> None:
    cache = ShotCache(place.relay.folder("shots"))
    place.shot.unlink()
    assert cache.changed() == []
    assert (place.relay.folder("shots") / "sums").read_text() != ""
    cache.trim_sums()
    assert (place.relay.folder("shots") / "sums").read_text() == ""


A, B, C = ClipState.awaiting, ClipState.approved, ClipState.rejected


@pytest.mark.parametrize(
    ("moves", "fit", "state"),
    [
        ([], True, A),
        ([Move(Verdict.approve, A, B)], True, B),
        ([Move(Verdict.approve, A, B), Move(Verdict.undo, B, A), Move(Verdict.reject, A, C)], True, C),
        ([Move(Verdict.approve, A, B), Move(Verdict.keep, B, B), Move(Verdict.send_back, B, A)], True, A),
        ([Move(Verdict.reject, B, C)], False, C),
        ([Move(Verdict.approve, A, C)], False, C),
        ([Move(Verdict.keep, A, B)], False, B),
        ([Move(Verdict.approve, A, B), Move(Verdict.approve, A, B)], False, B),
    ],
)
def test_which_decisions_can_follow_one_another(moves: list[Move], fit: bool, state: ClipState) -> None:
    assert fits(moves) == (fit, state)


@pytest.mark.slow
def test_every_verdict_that_people_give_adds_up(place: Place) -> None:
    relay = place.relay
    desk.decide(relay, place.first, Verdict.reject, person="Анна", seen=ClipState.approved, reason="x")
    desk.undo(relay, place.first, person="Анна")
    desk.undo(relay, place.first, person="Анна")
    withdrawal.withdraw(relay, place.second, reason="a letter", person="Анна")
    assert place.wrong(deep=False) == []
    with relay.reading() as session:
        assert len(session.exec(select(Decision).order_by(col(Decision.id))).all()) == 7
        assert session.exec(select(Clip.state).order_by(col(Clip.id))).all() == [
            ClipState.awaiting,
            ClipState.withdrawn,
        ]
