"""What a fetched video becomes: clips, and the families of those that show one recording."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from relay.context import Relay
from relay.intake import clips
from relay.intake.hand_in.files import add_files
from relay.intake.likeness import Likeness
from relay.models import (
    Campaign,
    CampaignState,
    Certainty,
    ClipVideo,
    Event,
    Finding,
    Inspection,
    MatchKind,
    Post,
    Video,
    VideoState,
)
from tests.fakes.clock import FakeClock
from tests.intake.scene import Scene, some_prints


@pytest.fixture
def scene(relay: Relay, tmp_path: Path) -> Scene:
    scene = Scene(relay, tmp_path)
    scene.campaign()
    return scene


def comes(scene: Scene, name: str, prints: bytes) -> int:
    (clip_id,) = add_files(scene.relay, "proryv80", [scene.film(name, prints=prints)], person="Анна")
    return clip_id


def numbers(scene: Scene) -> dict[int, int | None]:
    return {clip.id or 0: clip.family for clip in scene.clips()}


BEGIN, END, OTHER_BEGIN, OTHER_END = (some_prints(seed) for seed in (11, 12, 13, 14))


@pytest.mark.slow
def test_two_families_that_a_clip_connects_become_one_with_all_their_members(scene: Scene) -> None:
    """The last one is like one member of each family only, and brings the others along."""
    comes(scene, "a", BEGIN)
    comes(scene, "b", BEGIN + END)
    comes(scene, "c", OTHER_BEGIN)
    comes(scene, "d", OTHER_BEGIN + OTHER_END)
    comes(scene, "stranger", some_prints(99))
    assert numbers(scene) == {1: 1, 2: 1, 3: 3, 4: 3, 5: None}

    comes(scene, "e", END + OTHER_END)
    assert numbers(scene) == {1: 1, 2: 1, 3: 1, 4: 1, 5: None, 6: 1}


ORDERS = [order for order in permutations("abcde") if order[0] in "ae"][::7]


@pytest.mark.slow
@pytest.mark.parametrize("order", [*ORDERS[:2], *(pytest.param(order, marks=pytest.mark.slow) for order in ORDERS[2:])])
def test_in_whatever_order_they_come_the_end_is_the_same(scene: Scene, order: tuple[str, ...]) -> None:
    pieces = {"a": BEGIN, "b": BEGIN + END, "c": OTHER_BEGIN, "d": OTHER_BEGIN + OTHER_END, "e": END + OTHER_END}
    for name in order:
        comes(scene, name, pieces[name])
    assert set(numbers(scene).values()) == {1}


def test_a_clip_is_used_as_long_as_it_stands_on_the_bytes(scene: Scene) -> None:
    comes(scene, "a", BEGIN)
    (clip,) = scene.clips()
    assert clips.uses(scene.relay, clip.sha256)
    assert not clips.uses(scene.relay, "0" * 64)


# --- row by row ---

HOUR = timedelta(hours=1)
POSSIBLY = Likeness(Certainty.possible, 0.0, 0.4, None)


def arrived(scene: Scene, sha256: str, *, prints: bytes | None = None, **who: str) -> int:
    """A video that was fetched and looked at."""
    video_id = scene.video(**who)
    with scene.relay.transaction() as session:
        video = session.get_one(Video, video_id)
        video.state, video.sha256 = VideoState.fetched, sha256
        session.add(video)
        look = Inspection(sha256=sha256, bytes=1, finding=Finding.accepted, at=scene.relay.now(), prints=prints)
        session.merge(look)
    return video_id


def made(scene: Scene, video_id: int, kin: Sequence[int] = (), *, campaign: int = 1, minutes: float = 0) -> int:
    with scene.relay.transaction() as session:
        at = scene.relay.now() + timedelta(minutes=minutes)
        return clips.make(session, at, campaign, session.get_one(Video, video_id), dict.fromkeys(kin, POSSIBLY))


def rows(scene: Scene, table: Any) -> list[Any]:
    with scene.relay.reading() as session:
        return list(session.exec(select(table).order_by(col(table.id))))


@pytest.mark.slow
def test_a_clip_is_what_the_campaigns_own_posts_tell(scene: Scene) -> None:
    now, other = scene.relay.now(), scene.campaign("other")
    video = arrived(scene, "a" * 64, author=" ", author_id="7")
    late = scene.post(1, video, hours=-1, author="Борис", author_id="8")
    early = scene.post(1, video, hours=-2, author="Подслушано", author_id="-1")
    scene.post(1, video, hours=-3, kind=MatchKind.near, author="Вера", author_id="9")
    scene.post(other, video, hours=-4, author="Глеб", author_id="10")
    scene.post(1, scene.video(), hours=-5, author="Дина", author_id="11")
    with scene.relay.transaction() as session:
        for post_id, town in ((late, "Мга"), (early, "")):
            post = session.get_one(Post, post_id)
            post.raw = {"town": town}
            session.add(post)
    assert made(scene, video, minutes=5) == 1
    (clip,) = scene.clips()
    assert (clip.campaign_id, clip.sha256, clip.video_id, clip.family) == (1, "a" * 64, video, None)
    assert (clip.name, clip.town) == ("Борис", "Мга")
    assert (clip.created_at, clip.published_at) == (now + timedelta(minutes=5), now - 2 * HOUR)
    (event,) = rows(scene, Event)
    assert (event.at, event.subject, event.subject_id, event.what, event.details) == (
        clip.created_at, "clip", 1, "made", {"video": video},
    )  # fmt: skip
    assert [(pair.clip_id, pair.video_id) for pair in rows(scene, ClipVideo)] == [(1, video)]


@pytest.mark.slow
def test_a_clip_without_a_post_is_published_when_it_is_made(scene: Scene) -> None:
    made(scene, arrived(scene, "a" * 64), minutes=7)
    (clip,) = scene.clips()
    assert clip.published_at == clip.created_at == scene.relay.now() + timedelta(minutes=7)
    assert (clip.name, clip.town) == ("Анна Иванова", "")


@pytest.mark.slow
def test_the_same_bytes_again_add_a_video_and_at_most_an_earlier_time(scene: Scene) -> None:
    now = scene.relay.now()
    first, second, third = (arrived(scene, "a" * 64, author=name) for name in ("Анна", "Борис", "Вера"))
    for video, hours in ((first, -2), (second, -1), (third, -9)):
        scene.post(1, video, hours=hours)
    times = []
    for video in (first, second, second, third, first):
        assert made(scene, video, minutes=5) == 1
        times.append(scene.clips()[0].published_at)
    assert times == [now - 2 * HOUR] * 3 + [now - 9 * HOUR] * 2
    (clip,) = scene.clips()
    assert (clip.name, clip.video_id) == ("Анна", first)
    assert [(pair.clip_id, pair.video_id) for pair in rows(scene, ClipVideo)] == [(1, first), (1, second), (1, third)]
    assert len(rows(scene, Event)) == 1
    other = scene.campaign("other")
    assert made(scene, first, campaign=other) == 2
    assert [(one.campaign_id, one.sha256) for one in scene.clips()] == [(1, "a" * 64), (other, "a" * 64)]


@pytest.mark.slow
def test_clips_that_are_lacking_are_made_for_the_campaigns_own_videos(scene: Scene) -> None:
    draft, running, stopped = (
        scene.campaign("later", CampaignState.draft), scene.campaign("other"),
        scene.campaign("over", CampaignState.stopped),
    )  # fmt: skip
    there = arrived(scene, "a" * 64, prints=BEGIN)
    for campaign in (1, draft, running):
        scene.post(campaign, there)
    scene.post(1, there)
    made(scene, there)
    lacking = arrived(scene, "b" * 64, prints=BEGIN)
    scene.post(1, lacking)
    scene.post(stopped, arrived(scene, "c" * 64))
    scene.post(1, arrived(scene, "d" * 64), kind=MatchKind.near)
    scene.post(1, scene.video())
    arrived(scene, "e" * 64)
    assert sorted(clips.adopt(scene.relay)) == [2, 3, 4]
    found = {(clip.campaign_id, clip.sha256[0]): clip.family for clip in scene.clips()}
    assert found == {(1, "a"): 1, (running, "a"): None, (1, "b"): 1, (stopped, "c"): None}
    assert clips.adopt(scene.relay) == []


@pytest.mark.slow
def test_again_and_again_only_what_is_new_is_looked_at(scene: Scene, clock: FakeClock) -> None:
    other, draft = scene.campaign("other"), scene.campaign("later", CampaignState.draft)
    old, came_late = arrived(scene, "a" * 64), scene.video()
    scene.post(draft, arrived(scene, "c" * 64))
    scene.post(1, came_late)
    adoption = clips.Adoption()
    assert adoption.tick(scene.relay) == []
    with scene.relay.transaction() as session:
        session.get_one(Campaign, draft).state = CampaignState.running
    clock.moves(seconds=30)
    assert adoption.tick(scene.relay) == [], "no row is new"
    scene.post(other, old)
    assert adoption.tick(scene.relay) == [1]
    with scene.relay.transaction() as session:
        session.add(Inspection(sha256="b" * 64, bytes=1, finding=Finding.accepted, at=clock()))
        video = session.get_one(Video, came_late)
        video.state, video.sha256, video.fetched_at = VideoState.fetched, "b" * 64, clock()
    assert adoption.tick(scene.relay) == [2]
    clock.moves(seconds=30)
    assert adoption.tick(scene.relay) == [3], "after a minute everything is gone through"
    assert adoption.tick(scene.relay) == []


@pytest.mark.slow
def test_a_video_belongs_to_the_campaigns_that_one_of_its_posts_matches(scene: Scene) -> None:
    near, draft = scene.campaign("near"), scene.campaign("later", CampaignState.draft)
    archived, video = scene.campaign("old", CampaignState.archived), scene.video()
    for campaign in (1, 1, draft, archived):
        scene.post(campaign, video)
    scene.post(near, video, kind=MatchKind.near)
    scene.post(near, scene.video())
    assert sorted(clips.campaigns_of(scene.relay, video)) == [1, archived]


@pytest.mark.slow
def test_kin_are_clips_of_the_same_campaigns_with_the_same_recording(scene: Scene) -> None:
    other, third = scene.campaign("other"), scene.campaign("third")
    same, again, strange, unseen = (
        arrived(scene, name * 64, prints=prints)
        for name, prints in (("a", BEGIN), ("b", BEGIN + END), ("c", OTHER_BEGIN), ("d", None))
    )
    for video in (same, again, strange, unseen):
        made(scene, video)
    made(scene, again, campaign=other)
    made(scene, again, campaign=third)
    assert set(clips.family_of(scene.relay, "a" * 64, [1, other])) == {2, 5}
    assert set(clips.family_of(scene.relay, "b" * 64, [1])) == {1}
    assert set(clips.family_of(scene.relay, "d" * 64, [1])) == set()
    assert set(clips.family_of(scene.relay, "f" * 64, [1])) == set()
    assert set(clips.family_of(scene.relay, "a" * 64, [])) == set()


@pytest.mark.slow
def test_a_family_takes_in_the_families_that_a_new_clip_connects(scene: Scene) -> None:
    other = scene.campaign("other")
    one, two, three, four, five = (arrived(scene, name * 64) for name in "abcde")
    made(scene, one, campaign=other, minutes=-60)
    for number, video in enumerate((one, two, three), start=2):
        made(scene, video, minutes=-60)
        assert numbers(scene)[number] is None
    made(scene, four, [3, 4], minutes=-60)
    assert numbers(scene) == {1: None, 2: None, 3: 3, 4: 3, 5: 3}
    made(scene, five, [5, 2, 1])
    assert numbers(scene) == {1: None, 2: 2, 3: 2, 4: 2, 5: 2, 6: 2}


@pytest.mark.slow
@pytest.mark.parametrize(("minutes", "family"), [(-1, 1), (-1.1, None), (0, 1)])
def test_what_was_made_while_we_compared_is_compared_once_more(
    scene: Scene, minutes: float, family: int | None
) -> None:
    made(scene, arrived(scene, "a" * 64, prints=BEGIN), minutes=minutes)
    made(scene, arrived(scene, "b" * 64, prints=OTHER_BEGIN), minutes=minutes)
    made(scene, arrived(scene, "c" * 64, prints=BEGIN + END))
    assert numbers(scene) == {1: family, 2: None, 3: family}
