from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from relay.sandbox.network import Network
from relay.sandbox.rutube.network import RtVideo, Rutube
from tests.fakes.clock import FakeClock

GOROD, SCHOOL, TAG = 11, 12, 95


@pytest.fixture
def rutube(network: Network) -> Rutube:
    network.rutube.has_channel(GOROD, "Город")
    return network.rutube


def test_a_video_is_kept_as_it_was_uploaded(rutube: Rutube, clock: FakeClock) -> None:
    assert (rutube.has_channel(SCHOOL, "Школа"), rutube.has_tag(TAG, "proryv80")) == (SCHOOL, TAG)
    assert (rutube.channels, rutube.tags) == ({GOROD: "Город", SCHOOL: "Школа"}, {TAG: "proryv80"})
    hour = clock() - timedelta(hours=1)
    one = rutube.uploads(GOROD, Path("a"), "Первое")
    two = rutube.uploads(SCHOOL, Path("b"), "Второе", description="о войне", tags=[TAG], seconds=61, at=hour)
    assert rutube.video(one) == RtVideo(one, 1, Path("a"), "Первое", GOROD, clock(), "", (), 5, "open")
    assert rutube.video(two) == RtVideo(two, 2, Path("b"), "Второе", SCHOOL, hour, "о войне", (TAG,), 61, "open")
    assert len({one, two}) == 2
    assert all(len(name) == 32 and int(name, 16) for name in (one, two))
    assert rutube.video("x") is None


def test_lists_are_of_a_channel_or_of_a_tag_newest_first(rutube: Rutube, clock: FakeClock) -> None:
    rutube.has_channel(SCHOOL, "Школа")
    rutube.has_tag(TAG, "proryv80")
    old = rutube.uploads(GOROD, Path("a"), "x", tags=[TAG], at=clock() - timedelta(days=2))
    plain = rutube.uploads(GOROD, Path("a"), "x", tags=[1], at=clock() - timedelta(days=1))
    other = rutube.uploads(SCHOOL, Path("a"), "x", tags=[1, TAG])
    twin = rutube.uploads(SCHOOL, Path("a"), "x", tags=[TAG])
    coming = rutube.uploads(GOROD, Path("a"), "x", tags=[TAG], at=clock() + timedelta(seconds=1))

    def listed(**which: int) -> list[str]:
        return [video.id for video in rutube.listed(**which)]

    assert (listed(channel=GOROD), listed(tag=TAG)) == ([plain, old], [twin, other, old])
    rutube.hides(old)
    rutube.deletes(other)
    assert [getattr(rutube.video(name), "state", "") for name in (old, plain, other)] == ["hidden", "open", "deleted"]
    assert (listed(channel=GOROD), listed(tag=TAG)) == ([plain, old], [twin, old])
    clock.moves(seconds=1)
    assert listed(channel=GOROD) == [coming, plain, old]
    rutube.leaves(SCHOOL)
    assert rutube.channels == {GOROD: "Город"}
