"""What changes later, told by VK's own answers: the real vk_api against the sandbox network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from relay.collect import coverage, crawl, places, recheck
from relay.context import Relay
from relay.models import Campaign
from relay.moderation import desk
from relay.sandbox.network import Key, Network
from relay.sandbox.server import Sandbox
from relay.sources.vk import VkSource
from tests.collect.conftest import SLUG
from tests.collect.test_recheck import found
from tests.fakes.clock import FakeClock
from tests.fakes.source import FakeSource

pytestmark = pytest.mark.slow

Change = Callable[[Network, Key, Key, int], None]


@pytest.fixture
def town(clock: FakeClock) -> Network:
    return Network(clock)


@pytest.fixture
def real(relay: Relay, town: Network, clock: FakeClock, campaign: Campaign) -> Iterator[Relay]:
    with Sandbox(town) as sandbox:
        settings = relay.settings.model_copy(
            update={"vk_token": SecretStr(sandbox.token), "vk_api_url": sandbox.api_url}
        )
        vk = VkSource(settings, relay.store, clock, lambda seconds: clock.moves(seconds=seconds))
        yield replace(relay, settings=settings, sources={"vk": vk})


@pytest.fixture
def world(real: Relay, town: Network, clock: FakeClock, tmp_path: Path) -> tuple[Key, Key, int]:
    """Anna's post with a clip, approved; the post, the video, and Anna."""
    anna = town.has_resident("Анна", "Иванова")
    file = tmp_path / "clip.mp4"
    file.write_bytes(b"x")
    video = town.uploads(anna, file, title="Письмо деда", duration=31)
    post = town.posts(anna, "Письмо #proryv80", videos=[video], at=clock() - timedelta(hours=5))
    places.add(real, SLUG, "vk:tag")
    crawl.crawl(real, SLUG)
    found(real, FakeSource())
    return post, video, anna


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda town, post, video, anna: town.deletes(post), "post"),
        (lambda town, post, video, anna: town.hides_video(video), "private"),
        (lambda town, post, video, anna: town.closes(anna), "post"),
        (lambda town, post, video, anna: town.edits(post, "Письмо, исправлено #proryv80"), ""),
        (lambda town, post, video, anna: town.is_down(), ""),
    ],
    ids=["deleted", "video hidden", "profile closed", "edited", "network down"],
)
def test_vk_tells_what_is_gone(
    real: Relay, town: Network, clock: FakeClock, world: tuple[Key, Key, int], change: Change, why: str
) -> None:
    change(town, *world)
    for _ in range(3):
        clock.moves(hours=25)
        recheck.recheck(real)
    assert [clip["doubt"] for clip in desk.listing(real, SLUG)] == [why]


def test_a_wall_is_audited_by_vks_own_count(real: Relay, town: Network, clock: FakeClock) -> None:
    gorod = town.has_group("gorod", "Город")
    for hours in range(1, 30):
        town.posts(gorod, "Ярмарка", at=clock() - timedelta(hours=hours))
    wall = places.add(real, SLUG, "https://vk.com/gorod").id or 0
    crawl.sweep(real, wall)
    clock.moves(hours=1)
    town.posts(gorod, "Новая #proryv80", at=clock() - timedelta(minutes=30))
    crawl.sweep(real, wall)
    assert coverage.report(real, SLUG)["sources"][0]["unaccounted"] == 0
    for number in range(2):
        town.posts(gorod, f"Вернулась {number} #proryv80", at=clock() - timedelta(hours=30))
    clock.moves(hours=1)
    crawl.sweep(real, wall)
    assert coverage.report(real, SLUG)["sources"][0]["unaccounted"] == 2
