"""Walls, as Vk shows them."""

from __future__ import annotations

from datetime import timedelta

from relay.sandbox.vk.network import Vk
from relay.sandbox.vk.records import Key
from tests.fakes.clock import FakeClock


def test_a_wall_shows_the_pinned_post_first_then_the_newest(vk: Vk, clock: FakeClock) -> None:
    public = vk.has_group("tosno", "Тосно")
    rules = vk.posts(public, "правила", at=clock() - timedelta(days=9), pinned=True)
    late = vk.posts(public, "последний", at=clock() - timedelta(hours=1))
    middle = vk.posts(public, "раньше, но записан позже", at=clock() - timedelta(hours=2))

    assert [post.key for post in vk.wall(public)] == [rules, late, middle]
    vk.pins(middle)
    assert [post.key for post in vk.wall(public)] == [middle, late, rules]


def test_pages_of_a_wall_are_parts_of_it(vk: Vk, clock: FakeClock) -> None:
    public = vk.has_group("tosno", "Тосно")
    posts = [vk.posts(public, "слово", at=clock() - timedelta(hours=hours)) for hours in (1, 2, 2, 3, 5)]
    vk.posts(public, "завтра", at=clock() + timedelta(hours=3))
    for pinned in (None, *posts):
        if pinned is not None:
            vk.pins(pinned)
        whole = vk.wall(public)
        assert [post.pinned for post in whole] == [pinned is not None, *[False] * 4]
        for offset in range(7):
            for count in range(7):
                assert vk.wall_page(public, offset, count) == (whole[offset : offset + count], 5)


def test_posts_of_the_past_take_their_place(vk: Vk, clock: FakeClock) -> None:
    public = vk.has_group("tosno", "Тосно")
    days = (5, 1, 9, 3)
    posts = {ago: vk.posts(public, "слово", at=clock() - timedelta(days=ago)) for ago in days}
    assert [post.key for post in vk.wall(public)] == [posts[ago] for ago in sorted(days)]
    posts[4] = vk.posts(public, "слово", at=clock() - timedelta(days=4))
    vk.deletes(posts[3])
    shown = [posts[1], posts[4], posts[5], posts[9]]
    assert [post.key for post in vk.wall(public)] == [post.key for post in vk.everything()] == shown


def test_an_edit_moves_nothing(vk: Vk, clock: FakeClock) -> None:
    public = vk.has_group("tosno", "Тосно")
    first = vk.posts(public, "без тега")
    clock.moves(hours=1)
    second = vk.posts(public, "второй")
    clock.moves(hours=1)
    vk.edits(first, "с тегом")

    assert [post.key for post in vk.wall(public)] == [second, first]
    edited = vk.post(first)
    assert edited is not None
    assert (edited.text, edited.edited_at) == ("с тегом", clock())


def test_a_deleted_post_leaves_wall_and_search_and_may_come_back(vk: Vk) -> None:
    public = vk.has_group("tosno", "Тосно")
    post = vk.posts(public, "слово")
    vk.deletes(post)

    assert vk.wall(public) == vk.everything() == []
    vk.restores(post)
    assert [found.key for found in vk.wall(public)] == [post]


def test_a_stretch_of_time_has_both_its_ends(vk: Vk, clock: FakeClock) -> None:
    group = vk.has_group("tosno", "Тосно")
    hours = [vk.posts(group, str(ago), at=clock() - timedelta(hours=ago)) for ago in range(5)]
    soon = vk.posts(group, "soon", at=clock() + timedelta(seconds=1))

    def between(first: float, last: float) -> list[Key]:
        found = vk.published(clock() - timedelta(hours=first), clock() - timedelta(hours=last))
        return [post.key for post in found]

    assert between(3, 1) == hours[1:4]
    assert between(2.999, 1.001) == [hours[2]]
    assert between(1, -9) == hours[:2]
    assert between(1, 3) == []
    vk.deletes(hours[2])
    assert between(3, 1) == [hours[1], hours[3]]
    vk.blocks(group)
    assert between(3, 1) == []
    assert vk.post(soon) is None
    clock.moves(seconds=1)
    assert getattr(vk.post(soon), "key", None) == soon


def test_what_happens_to_a_post_is_seen_on_wall_and_search_alike(vk: Vk) -> None:
    group = vk.has_group("tosno", "Тосно")
    one, two, hidden = (vk.posts(group, "x", indexed=indexed) for indexed in (True, True, False))

    def shown() -> tuple[set[Key], list[Key]]:
        return {post.key for post in vk.wall(group)}, [post.key for post in vk.everything()]

    assert shown() == ({one, two, hidden}, [two, one])
    vk.edits(hidden, "y")
    vk.pins(one)
    vk.deletes(two)
    assert shown() == ({one, hidden}, [one])
    vk.restores(two)
    vk.deletes(hidden)
    assert shown() == ({one, two}, [two, one])
    vk.restores(hidden)
    assert [post.pinned for post in vk.wall(group)] == [True, False, False]
    assert shown() == ({one, two, hidden}, [two, one])
    vk.posts(group, "z", pinned=True)
    assert [post.pinned for post in vk.wall(group)] == [True, False, False, False]
    assert getattr(vk.post(one), "pinned", None) is False
