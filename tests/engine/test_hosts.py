from __future__ import annotations

import dataclasses
import os
from datetime import timedelta

import pytest
from sqlmodel import select

from relay.context import Relay
from relay.engine import hosts
from relay.engine.tasks import Room
from relay.intake import fetch, leases
from relay.models import Video, VideoState, WorkerProcess
from relay.upkeep import doctor
from relay.upkeep.hosts import SILENT, listing
from tests.fakes.clock import FakeClock

PLACES = {Room.fetch: 2, Room.encode: 1}


def far_away(relay: Relay, name: str) -> Relay:
    """A process of another machine: nobody here can tell whether it lives."""
    return dataclasses.replace(relay, holder=f"{name}~1-7-70")


def holds(relay: Relay, number: str) -> int:
    with relay.transaction() as session:
        video = Video(
            network="vk", owner_id="-1", video_id=number, url=f"https://vk.com/video-1_{number}",
            state=VideoState.fetching, lease_holder=f"{relay.holder}/1", lease_until=relay.now() + fetch.LEASE,
            attempts=1, created_at=relay.now(),
        )  # fmt: skip
        session.add(video)
        session.flush()
        assert video.id is not None
        return video.id


def told(relay: Relay) -> list[tuple[str, bool, int]]:
    return [(view.holder.partition("~")[0], view.is_silent, view.fetching) for view in listing(relay)]


def test_who_is_silent_for_half_a_minute_is_lost_and_its_videos_are_anothers(relay: Relay, clock: FakeClock) -> None:
    north, south = far_away(relay, "north"), far_away(relay, "south")
    hosts.beat(north, PLACES)
    hosts.beat(south, PLACES)
    video = holds(north, "1")
    assert told(relay) == [("north", False, 1), ("south", False, 0)]
    clock.moves(seconds=29)
    hosts.beat(south, PLACES)
    assert fetch.reclaim(relay) == []
    clock.moves(seconds=1)
    assert told(relay) == [("south", False, 0), ("north", True, 1)]
    assert fetch.reclaim(relay) == [video]
    hosts.beat(north, PLACES)
    assert told(relay) == [("north", False, 0), ("south", False, 0)], "it is back, and holds nothing any more"


def test_of_a_process_that_never_said_anything_only_the_lease_tells(relay: Relay, clock: FakeClock) -> None:
    holds(far_away(relay, "north"), "1")
    clock.moves(seconds=60)
    assert fetch.reclaim(relay) == []
    clock.moves(seconds=fetch.LEASE.total_seconds())
    assert len(fetch.reclaim(relay)) == 1


def test_who_leaves_in_order_is_forgotten_at_once_unless_something_is_left_in_its_hands(relay: Relay) -> None:
    north, south = far_away(relay, "north"), far_away(relay, "south")
    hosts.beat(north, PLACES)
    hosts.beat(south, PLACES)
    video = holds(south, "1")
    hosts.leave(north)
    hosts.leave(south)
    assert told(relay) == [("south", True, 1)]
    assert fetch.reclaim(relay) == [video]


def test_who_is_lost_is_shown_for_a_day(relay: Relay, clock: FakeClock) -> None:
    north, south = far_away(relay, "north"), far_away(relay, "south")
    hosts.beat(north, PLACES)
    clock.moves(seconds=(hosts.FORGOTTEN + SILENT).total_seconds())
    hosts.beat(south, PLACES)
    assert told(relay) == [("south", False, 0), ("north", True, 0)]
    clock.moves(seconds=1)
    hosts.beat(south, PLACES)
    assert told(relay) == [("south", False, 0)]


def test_what_is_told_of_a_process(relay: Relay, clock: FakeClock) -> None:
    hosts.beat(relay, PLACES)
    since = clock()
    clock.moves(seconds=10)
    hosts.beat(relay, {Room.fetch: 5, Room.encode: 5})
    (view,) = listing(relay)
    assert (view.fetch, view.encode, view.since, view.seen) == (5, 5, since, since + timedelta(seconds=10))
    assert view.host == relay.holder.partition("~")[0]


def test_a_sign_of_life_comes_while_something_takes_hours(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    signs: list[object] = []
    monkeypatch.setattr(hosts, "EVERY", 0.01)
    monkeypatch.setattr(hosts, "beat", lambda *words: signs.append(words))
    with hosts.living(relay, PLACES):
        while len(signs) < 3:
            pass
    assert set(map(str, signs)) == {str((relay, PLACES))}
    with relay.reading() as session:
        assert session.exec(select(WorkerProcess)).all() == []


def test_what_a_living_process_has_let_go_of_is_due_again(relay: Relay) -> None:
    """As when the database went away while it was to be told how a fetch ended."""
    video = holds(relay, "1")
    hosts.lives(relay, PLACES)
    with relay.reading() as session:
        assert session.get_one(Video, video).state is VideoState.found


def test_twin_what_it_is_at_stays_its_own(relay: Relay) -> None:
    video = holds(relay, "1")
    with leases.at_work(f"{relay.holder}/1"):
        hosts.lives(relay, PLACES)
        assert fetch.reclaim(relay) == []
    with relay.reading() as session:
        assert session.get_one(Video, video).state is VideoState.fetching


def test_what_others_hold_is_no_business_of_a_sign_of_life(relay: Relay) -> None:
    north = far_away(relay, "north")
    hosts.beat(north, PLACES)
    hosts.leave(north)
    holds(north, "1")
    assert fetch.reclaim(relay, only_own=True) == []


def test_what_killed_fetches_left_on_a_workers_host_goes_and_its_scratch_stays(relay: Relay) -> None:
    work = relay.folder("work")
    for name in ("fetch-7-abc", doctor.SCRATCH):
        (work / name).mkdir()
        os.utime(work / name, (0, 0))
    with hosts.tidying(relay):
        while (work / "fetch-7-abc").exists():
            pass
    assert [path.name for path in work.iterdir()] == [doctor.SCRATCH]
