from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from relay.sandbox.vk.network import FIRST_VIDEO_ID, Vk
from relay.sandbox.vk.records import Attached, Key, Owner, VkComment, VkPost, VkVideo
from tests.fakes.clock import FakeClock


def test_owners_are_known_by_number_and_by_name(vk: Vk) -> None:
    public = vk.has_group("Tosno", "Подслушано в Тосно")
    anna = vk.has_resident("Анна", "Ильина")

    assert public < 0 < anna
    for name in ("tosno", "TOSNO", f"club{-public}", f"public{-public}"):
        owner = vk.owner_named(name)
        assert owner is not None
        assert owner.id == public
    assert vk.owner_named(f"id{anna}") == vk.owner(anna)
    assert vk.owner_named("id7") is None
    assert vk.owner_named("nobody") is None
    with pytest.raises(ValueError, match="taken"):
        vk.has_group("TOSNO", "Другая")


def test_a_public_may_have_the_number_one_needs(vk: Vk) -> None:
    assert vk.has_group("", "Без имени", number=1) == -1
    assert vk.owner_named("club1") == vk.owner(-1)


def test_nobody_can_not_publish(vk: Vk, film: Path) -> None:
    with pytest.raises(ValueError, match="nobody"):
        vk.posts(-7, "слово")
    with pytest.raises(ValueError, match="nobody"):
        vk.uploads(7, film)


def test_video_numbers_repeat_from_owner_to_owner(vk: Vk, film: Path) -> None:
    anna, boris = vk.has_resident("Анна", "Ильина"), vk.has_resident("Борис", "Орлов")

    assert vk.uploads(anna, film) == Key(anna, FIRST_VIDEO_ID)
    assert vk.uploads(boris, film) == Key(boris, FIRST_VIDEO_ID)
    assert vk.uploads(anna, film) == Key(anna, FIRST_VIDEO_ID + 1)


def test_a_post_shows_up_when_its_time_has_come(vk: Vk, clock: FakeClock) -> None:
    public = vk.has_group("tosno", "Тосно")
    coming = vk.posts(public, "завтра", at=clock() + timedelta(hours=3))

    assert vk.wall(public) == []
    assert vk.post(coming) is None
    clock.moves(hours=3)
    assert [post.key for post in vk.wall(public)] == [coming]


def test_search_knows_neither_closed_walls_nor_posts_that_were_not_indexed(vk: Vk) -> None:
    public, closed = vk.has_group("tosno", "Тосно"), vk.has_group("club", "Клуб")
    shown = vk.posts(public, "слово")
    vk.posts(public, "слово", indexed=False)
    vk.posts(closed, "слово")
    vk.closes(closed)

    assert [post.key for post in vk.everything()] == [shown]
    vk.opens(closed)
    assert len(vk.everything()) == 2


def test_owners_are_kept_as_they_came(vk: Vk) -> None:
    tosno, club = vk.has_group("Tosno", "Тосно"), vk.has_group("", "Клуб", closed=True)
    seventh = vk.has_group("", "Седьмая", number=-7)
    anna = vk.has_resident("Анна", "Ильина")
    boris = vk.has_resident("Борис", "", town="Мга", closed=True, sex=2, screen_name="Boris")
    assert (tosno, club, seventh, anna, boris) == (-210000001, -210000002, -7, 700000001, 700000002)
    assert vk.owners() == [
        Owner(tosno, "Tosno", "Тосно", "", "", 0, "open", "page"),
        Owner(club, "club210000002", "Клуб", "", "", 0, "closed", "page"),
        Owner(-7, "club7", "Седьмая", "", "", 0, "open", "page"),
        Owner(anna, "id700000001", "Анна", "Ильина", "", 0, "open", "page"),
        Owner(boris, "Boris", "Борис", "", "Мга", 2, "closed", "page"),
    ]
    assert [owner.full_name for owner in vk.owners()][3:] == ["Анна Ильина", "Борис"]
    assert vk.has_group("", "Четвёртая") == -210000004
    with pytest.raises(ValueError, match="taken"):
        vk.has_group("another", "Другая", number=7)


def test_names_lead_to_owners_of_their_kind(vk: Vk) -> None:
    group, anna = vk.has_group("", "Клуб", number=5), vk.has_resident("Анна", "Ильина")
    for name, owner in (("club5", group), ("public5", group), ("EVENT5", group), (f"id{anna}", anna)):
        assert getattr(vk.owner_named(name), "id", None) == owner, name
    for name in ("id5", f"club{anna}", "5", "club", "clubx", "public-5", "x5"):
        assert vk.owner_named(name) is None, name
    assert vk.owner(5) is None


def test_states_of_owners_follow_what_happens(vk: Vk) -> None:
    group, other = vk.has_group("tosno", "Тосно"), vk.has_group("luga", "Луга")
    for verb, state in ((vk.closes, "closed"), (vk.opens, "open"), (vk.blocks, "blocked")):
        verb(group)
        assert getattr(vk.owner_named("tosno"), "state", "") == state
    vk.leaves(group)
    assert [getattr(vk.owner(number), "state", "") for number in (group, other)] == ["deleted", "open"]
    assert vk.owner_named("tosno") is None
    assert getattr(vk.owner_named("luga"), "id", 0) == other
    assert vk.has_group("tosno", "Другая") != group


def test_an_upload_is_kept_whole(vk: Vk, clock: FakeClock) -> None:
    anna = vk.has_resident("Анна", "Ильина")
    hour = clock() - timedelta(hours=1)
    plain = vk.uploads(anna, Path("a"))
    whole = vk.uploads(
        anna, Path("b"), title="Читаю", description="о войне", kind="live", processing=True, width=1, height=2,
        duration=2.6, at=hour, by=7, platform="YouTube",
    )  # fmt: skip
    first, second = vk.upload(plain), vk.upload(whole)
    assert first is not None
    assert second is not None
    assert first == VkVideo(
        plain, Path("a"), clock(), 1_000_000_007_919, "", "", "video", "ready", 640, 360, 5, 0, "", first.access_key
    )
    assert second == VkVideo(
        whole, Path("b"), hour, 1_000_000_015_838, "Читаю", "о войне", "live", "processing", 1, 2, 3, 7, "YouTube",
        second.access_key,
    )  # fmt: skip
    keys = [first.access_key, second.access_key]
    assert [len(key) for key in keys] == [18, 18]
    assert len({int(key, 16) for key in keys}) == 2
    assert vk.upload_numbered(first.number) == first
    assert vk.upload_numbered(1) is vk.upload(Key(anna, 1)) is None


@pytest.mark.parametrize(("told", "kept"), [(0, 0), (0.2, 1), (1.4, 1), (1.6, 2), (60.0, 60)])
def test_a_video_is_at_least_a_second_long(vk: Vk, told: float, kept: int) -> None:
    anna = vk.has_resident("Анна", "Ильина")
    assert getattr(vk.upload(vk.uploads(anna, Path("a"), duration=told)), "duration", None) == kept


def test_states_of_a_video_follow_what_happens(vk: Vk) -> None:
    anna = vk.has_resident("Анна", "Ильина")
    video, other = (vk.uploads(anna, Path("a")) for _ in range(2))
    for verb, state in (
        (vk.deletes_video, "deleted"),
        (vk.hides_video, "private"),
        (vk.restricts_video, "restricted"),
        (vk.processes_video, "processing"),
        (vk.finishes_video, "ready"),
    ):
        verb(video)
        assert [getattr(vk.upload(key), "state", "") for key in (video, other)] == [state, "ready"]


def test_a_post_is_kept_whole(vk: Vk, clock: FakeClock) -> None:
    group, anna = vk.has_group("tosno", "Тосно"), vk.has_resident("Анна", "Ильина")
    hour, video = clock() - timedelta(hours=1), vk.uploads(anna, Path("a"))
    plain = vk.posts(group)
    link = Attached("link", link="https://x.example")
    whole = vk.posts(
        group, "слово", videos=[video], at=hour, from_id=anna, signer_id=anna, pinned=True, repost_of=plain,
        indexed=False, donut=True, attached=[link],
    )  # fmt: skip
    assert vk.post(plain) == VkPost(
        plain, group, clock(), "", (), None, 0, pinned=False, repost_of=None, indexed=True, donut=False,
        deleted=False, attached=(),
    )  # fmt: skip
    assert vk.post(whole) == VkPost(
        whole, anna, hour, "слово", (video,), None, anna, pinned=True, repost_of=plain, indexed=False, donut=True,
        deleted=False, attached=(link,),
    )  # fmt: skip
    assert (str(Key(-5, 7)), vk.post(Key(group, 1_000_000))) == ("-5_7", None)


def test_posts_and_comments_share_numbers_that_leave_small_gaps(vk: Vk) -> None:
    group, other = vk.has_group("tosno", "Тосно"), vk.has_group("luga", "Луга")
    first = vk.posts(group)
    numbers = [first.id, *(vk.posts(group).id for _ in range(300))]
    assert {later - before for before, later in pairwise(numbers)} == set(range(1, 16))
    assert 1 < first.id <= 915
    assert vk.comments(first, "слово", by=other) == numbers[-1] + 1
    assert vk.comments(vk.posts(other), "слово", by=group) != numbers[-1] + 2


def test_the_same_seed_gives_the_same_numbers(clock: FakeClock) -> None:
    def first_post(vk: Vk) -> Key:
        return vk.posts(vk.has_group("tosno", "Тосно"))

    assert first_post(Vk(clock)) == first_post(Vk(clock, seed=1)) != first_post(Vk(clock, seed=2))
    assert (Vk(clock).api.token, Vk(clock, token="mine").api.token) == ("sandbox-service-token", "mine")


def test_an_edit_changes_only_what_it_says(vk: Vk, clock: FakeClock) -> None:
    anna = vk.has_resident("Анна", "Ильина")
    one, two = (vk.uploads(anna, Path("a")) for _ in range(2))
    post = vk.posts(anna, "слово", videos=[one])
    before = vk.post(post)
    hour = clock() + timedelta(hours=1)
    vk.edits(post, videos=[two], at=hour)
    assert before is not None
    assert vk.post(post) == VkPost(post, anna, before.at, "слово", (two,), hour)
    vk.edits(post, "иначе")
    assert vk.post(post) == VkPost(post, anna, before.at, "иначе", (two,), clock())
    vk.edits(post, "", videos=[])
    assert (getattr(vk.post(post), "text", None), getattr(vk.post(post), "videos", None)) == ("", ())


def test_a_document_is_found_by_its_post_and_its_place(vk: Vk) -> None:
    anna = vk.has_resident("Анна", "Ильина")
    link, doc = Attached("link", link="https://x.example"), Attached("doc", path=Path("a.pdf"))
    post = vk.posts(anna, "x", attached=[link, doc])
    assert [vk.document(post, number) for number in (-1, 0, 1, 2)] == [None, None, doc, None]
    assert vk.document(Key(anna, 1_000_000), 1) is None
    vk.deletes(post)
    assert vk.document(post, 1) is None


def test_comments_are_told_in_the_order_of_their_numbers(vk: Vk, clock: FakeClock) -> None:
    anna = vk.has_resident("Анна", "Ильина")
    post = vk.posts(anna, "x")
    assert not vk.is_talked_about(post)
    assert vk.comments_below(post) == []
    first = vk.comments(post, "раз", by=7)
    second = vk.comments(post, "два", by=8, answers=first, at=clock() - timedelta(hours=1))
    coming = vk.comments(post, "три", by=9, at=clock() + timedelta(seconds=1))
    lone = vk.comments(post, "четыре", by=9)
    told = [
        VkComment(first, 7, clock(), "раз", 0),
        VkComment(second, 8, clock() - timedelta(hours=1), "два", first),
        VkComment(lone, 9, clock(), "четыре", 0),
    ]
    assert vk.comments_below(post) == told
    assert vk.is_talked_about(post)
    vk.deletes_comment(post, lone)
    vk.deletes_comment(post, first)
    assert vk.comments_below(post) == [VkComment(first, 7, clock(), "раз", 0, deleted=True), told[1]]
    vk.deletes_comment(post, second)
    assert vk.comments_below(post) == []
    clock.moves(seconds=1)
    assert [one.id for one in vk.comments_below(post) or ()] == [coming]


def test_comments_may_be_closed(vk: Vk) -> None:
    anna = vk.has_resident("Анна", "Ильина")
    post, other = vk.posts(anna, "x"), vk.posts(anna, "y")
    vk.closes_comments(post)
    assert (vk.comments_below(post), vk.comments_below(other)) == (None, [])
    assert (vk.is_talked_about(post), vk.is_talked_about(other)) == (True, False)
