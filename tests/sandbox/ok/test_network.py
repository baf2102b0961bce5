from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from relay.sandbox.network import Network
from relay.sandbox.ok.network import Ok, OkVideo
from tests.fakes.clock import FakeClock

FIRST = 4_658_593_663_600


@pytest.fixture
def ok(network: Network) -> Ok:
    network.ok.has_group(7, "Клуб <Ладога>")
    return network.ok


def ids(videos: list[OkVideo]) -> list[int]:
    return [video.id for video in videos]


def test_a_video_is_kept_as_it_was_uploaded(ok: Ok, clock: FakeClock) -> None:
    assert ok.has_group(8, "Школа") == 8
    assert ok.groups == {7: "Клуб <Ладога>", 8: "Школа"}
    one = ok.uploads(7, Path("a.mp4"), "Читаю")
    two = ok.uploads(8, Path("b.mp4"), "Ещё", author="Анна", seconds=65, at=clock() - timedelta(hours=1))
    assert (one, two) == (FIRST, FIRST + 7)
    assert ok.video(one) == OkVideo(FIRST, Path("a.mp4"), "Читаю", 7, "", clock(), 5, "open")
    assert ok.video(two) == OkVideo(two, Path("b.mp4"), "Ещё", 8, "Анна", clock() - timedelta(hours=1), 65, "open")
    assert ok.video(1) is None


def test_a_group_lists_its_own_videos_newest_first_by_twenties(ok: Ok, clock: FakeClock) -> None:
    ok.has_group(8, "Школа")
    old = [ok.uploads(7, Path("a"), "x", at=clock() - timedelta(days=number + 1)) for number in range(21)]
    ok.uploads(8, Path("a"), "чужое")
    coming = ok.uploads(7, Path("a"), "скоро", at=clock() + timedelta(seconds=1))
    twins = [ok.uploads(7, Path("a"), "x"), ok.uploads(7, Path("a"), "x")]
    shown = [twins[1], twins[0], *old]
    assert ids(ok.newest(7)) == shown[:20]
    assert ids(ok.newest(7, after=shown[19])) == shown[20:]
    assert ids(ok.newest(7, after=shown[0])) == shown[1:21]
    assert ok.newest(7, after=shown[-1]) == ok.newest(7, after=1) == []
    ok.deletes(twins[1])
    ok.hides(twins[0])
    assert ids(ok.newest(7))[:2] == [twins[0], old[0]]
    assert [(ok.video(one) or OkVideo(0, Path(), "", 0, "", clock())).state for one in twins] == ["private", "deleted"]
    clock.moves(seconds=1)
    assert ids(ok.newest(7))[0] == coming
