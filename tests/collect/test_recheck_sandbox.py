"""What changes later, told by VK's own answers: the real vk_api against the sandbox network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from relay.collect import crawl, recheck, sources
from relay.collect.ledger import coverage
from relay.context import Relay
from relay.models import Campaign
from relay.moderation import desk
from relay.ports import PostRef, RecheckResult, SourceAdapter
from relay.sandbox.network import Network
from relay.sandbox.server import Sandbox
from relay.sandbox.vk.records import Key
from relay.sources.rutube import RutubeSource
from relay.sources.telegram.source import TelegramSource
from relay.sources.vk.source import VkSource
from tests.collect.conftest import SLUG
from tests.collect.test_recheck import found
from tests.fakes.clock import FakeClock
from tests.fakes.source import FakeSource
from tests.sources.sandboxed import a_film, source_over

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
    anna = town.vk.has_resident("Анна", "Иванова")
    file = tmp_path / "clip.mp4"
    file.write_bytes(b"x")
    video = town.vk.uploads(anna, file, title="Письмо деда", duration=31)
    post = town.vk.posts(anna, "Письмо #proryv80", videos=[video], at=clock() - timedelta(hours=5))
    sources.add(real, SLUG, "vk:tag")
    crawl.crawl(real, SLUG)
    found(real, FakeSource())
    return post, video, anna


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda town, post, video, anna: town.vk.deletes(post), "post"),
        (lambda town, post, video, anna: town.vk.hides_video(video), "private"),
        (lambda town, post, video, anna: town.vk.closes(anna), "post"),
        (lambda town, post, video, anna: town.vk.edits(post, "Письмо, исправлено #proryv80"), ""),
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


@pytest.fixture
def elsewhere(
    relay: Relay, town: Network, clock: FakeClock, campaign: Campaign, tmp_path: Path
) -> Iterator[tuple[Relay, Callable[[], object], Callable[[], object]]]:
    """A clip from Telegram and one from RuTube, both approved, and how each is deleted by its author."""
    film = a_film(tmp_path, 2560)
    town.telegram.has_channel("gorod", "Город")
    town.rutube.has_channel(639184, "Школа 47")
    at = clock() - timedelta(hours=5)
    town.telegram.posts("gorod", "Новости", at=at)
    number = town.telegram.posts("gorod", "Письмо #proryv80", videos=[film], at=at)
    name = town.rutube.uploads(639184, film, "Письмо #proryv80", at=at)
    with Sandbox(town) as sandbox:
        adapters = {
            "tg": source_over(sandbox, relay.store, clock, TelegramSource),
            "rutube": source_over(sandbox, relay.store, clock, RutubeSource),
        }
        there = replace(relay, sources=adapters)
        for address in ("tg:gorod", "rutube:channel/639184"):
            sources.add(there, SLUG, address)
        found(there, FakeSource())
        yield there, lambda: town.telegram.deletes("gorod", number), lambda: town.rutube.deletes(name)


def _doubts(relay: Relay) -> list[str]:
    return sorted(clip["doubt"] for clip in desk.listing(relay, SLUG))


def test_posts_outside_vk_are_looked_up_too(
    elsewhere: tuple[Relay, Callable[[], object], Callable[[], object]], town: Network, clock: FakeClock
) -> None:
    there, *deletions = elsewhere
    for _ in range(2):
        clock.moves(hours=25)
        assert recheck.recheck(there).faults == ()
    assert _doubts(there) == ["", ""]
    for delete in deletions:
        delete()
    clock.moves(hours=25)
    recheck.recheck(there)
    assert _doubts(there) == ["", ""], "one look is no proof"
    clock.moves(minutes=25)
    assert recheck.recheck(there).doubted == 2
    assert _doubts(there) == ["post", "post"]


@pytest.mark.parametrize("trouble", ["is_down", "pages_answer_html", "pages_break_off"])
def test_a_broken_page_takes_no_clip_out_of_a_film(
    elsewhere: tuple[Relay, Callable[[], object], Callable[[], object]], town: Network, clock: FakeClock, trouble: str
) -> None:
    there, *_ = elsewhere
    getattr(town, trouble)(*([99] if trouble != "is_down" else []))
    for _ in range(4):
        clock.moves(hours=25)
        recheck.recheck(there)
    assert _doubts(there) == ["", ""]


def test_twin_a_look_that_takes_what_is_not_shown_for_gone_empties_the_film(
    elsewhere: tuple[Relay, Callable[[], object], Callable[[], object]],
    town: Network,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    there, *_ = elsewhere
    for source in there.sources.values():

        def careless(posts: Sequence[PostRef], source: SourceAdapter = source) -> Iterator[RecheckResult]:
            for known in posts:
                seen = source.posts_behind([known.url])
                yield RecheckResult(known, seen[0] if seen else None, "" if seen else "post")

        monkeypatch.setattr(source, "recheck", careless)
    town.pages_answer_html(99)
    for _ in range(2):
        clock.moves(hours=25)
        recheck.recheck(there)
    assert "post" in _doubts(there)


def test_a_wall_is_audited_by_vks_own_count(real: Relay, town: Network, clock: FakeClock) -> None:
    gorod = town.vk.has_group("gorod", "Город")
    for hours in range(1, 30):
        town.vk.posts(gorod, "Ярмарка", at=clock() - timedelta(hours=hours))
    wall = sources.add(real, SLUG, "https://vk.com/gorod").id or 0
    crawl.sweep(real, wall)
    clock.moves(hours=1)
    town.vk.posts(gorod, "Новая #proryv80", at=clock() - timedelta(minutes=30))
    crawl.sweep(real, wall)
    assert coverage.report(real, SLUG)["sources"][0]["unaccounted"] == 0
    for number in range(2):
        town.vk.posts(gorod, f"Вернулась {number} #proryv80", at=clock() - timedelta(hours=30))
    clock.moves(hours=1)
    crawl.sweep(real, wall)
    assert coverage.report(real, SLUG)["sources"][0]["unaccounted"] == 2
