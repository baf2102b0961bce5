from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from relay.sandbox.network import FIRST_VIDEO_ID, Key, Network
from tests.fakes.clock import FakeClock


def test_owners_are_known_by_number_and_by_name(network: Network) -> None:
    public = network.has_group("Tosno", "Подслушано в Тосно")
    anna = network.has_resident("Анна", "Ильина")

    assert public < 0 < anna
    for name in ("tosno", "TOSNO", f"club{-public}", f"public{-public}"):
        owner = network.owner_named(name)
        assert owner is not None
        assert owner.id == public
    assert network.owner_named(f"id{anna}") == network.owner(anna)
    assert network.owner_named("id7") is None
    assert network.owner_named("nobody") is None
    with pytest.raises(ValueError, match="taken"):
        network.has_group("TOSNO", "Другая")


def test_a_public_may_have_the_number_one_needs(network: Network) -> None:
    assert network.has_group("", "Без имени", number=1) == -1
    assert network.owner_named("club1") == network.owner(-1)


def test_nobody_can_not_publish(network: Network, film: Path) -> None:
    with pytest.raises(ValueError, match="nobody"):
        network.posts(-7, "слово")
    with pytest.raises(ValueError, match="nobody"):
        network.uploads(7, film)


def test_video_numbers_repeat_from_owner_to_owner(network: Network, film: Path) -> None:
    anna, boris = network.has_resident("Анна", "Ильина"), network.has_resident("Борис", "Орлов")

    assert network.uploads(anna, film) == Key(anna, FIRST_VIDEO_ID)
    assert network.uploads(boris, film) == Key(boris, FIRST_VIDEO_ID)
    assert network.uploads(anna, film) == Key(anna, FIRST_VIDEO_ID + 1)


def test_a_wall_shows_the_pinned_post_first_then_the_newest(network: Network, clock: FakeClock) -> None:
    public = network.has_group("tosno", "Тосно")
    rules = network.posts(public, "правила", at=clock() - timedelta(days=9), pinned=True)
    late = network.posts(public, "последний", at=clock() - timedelta(hours=1))
    middle = network.posts(public, "раньше, но записан позже", at=clock() - timedelta(hours=2))

    assert [post.key for post in network.wall(public)] == [rules, late, middle]
    network.pins(middle)
    assert [post.key for post in network.wall(public)] == [middle, late, rules]


def test_pages_of_a_wall_are_parts_of_it(network: Network, clock: FakeClock) -> None:
    public = network.has_group("tosno", "Тосно")
    posts = [network.posts(public, "слово", at=clock() - timedelta(hours=hours)) for hours in (1, 2, 2, 3, 5)]
    network.posts(public, "завтра", at=clock() + timedelta(hours=3))
    for pinned in (None, *posts):
        if pinned is not None:
            network.pins(pinned)
        whole = network.wall(public)
        assert [post.pinned for post in whole] == [pinned is not None, *[False] * 4]
        for offset in range(7):
            for count in range(7):
                assert network.wall_page(public, offset, count) == (whole[offset : offset + count], 5)


def test_a_post_shows_up_when_its_time_has_come(network: Network, clock: FakeClock) -> None:
    public = network.has_group("tosno", "Тосно")
    coming = network.posts(public, "завтра", at=clock() + timedelta(hours=3))

    assert network.wall(public) == []
    assert network.post(coming) is None
    clock.moves(hours=3)
    assert [post.key for post in network.wall(public)] == [coming]


def test_posts_of_the_past_take_their_place(network: Network, clock: FakeClock) -> None:
    public = network.has_group("tosno", "Тосно")
    days = (5, 1, 9, 3)
    posts = {ago: network.posts(public, "слово", at=clock() - timedelta(days=ago)) for ago in days}
    assert [post.key for post in network.wall(public)] == [posts[ago] for ago in sorted(days)]
    posts[4] = network.posts(public, "слово", at=clock() - timedelta(days=4))
    network.deletes(posts[3])
    shown = [posts[1], posts[4], posts[5], posts[9]]
    assert [post.key for post in network.wall(public)] == [post.key for post in network.everything()] == shown


def test_an_edit_moves_nothing(network: Network, clock: FakeClock) -> None:
    public = network.has_group("tosno", "Тосно")
    first = network.posts(public, "без тега")
    clock.moves(hours=1)
    second = network.posts(public, "второй")
    clock.moves(hours=1)
    network.edits(first, "с тегом")

    assert [post.key for post in network.wall(public)] == [second, first]
    edited = network.post(first)
    assert edited is not None
    assert (edited.text, edited.edited_at) == ("с тегом", clock())


def test_a_deleted_post_leaves_wall_and_search_and_may_come_back(network: Network) -> None:
    public = network.has_group("tosno", "Тосно")
    post = network.posts(public, "слово")
    network.deletes(post)

    assert network.wall(public) == network.everything() == []
    network.restores(post)
    assert [found.key for found in network.wall(public)] == [post]


def test_search_knows_neither_closed_walls_nor_posts_that_were_not_indexed(network: Network) -> None:
    public, closed = network.has_group("tosno", "Тосно"), network.has_group("club", "Клуб")
    shown = network.posts(public, "слово")
    network.posts(public, "слово", indexed=False)
    network.posts(closed, "слово")
    network.closes(closed)

    assert [post.key for post in network.everything()] == [shown]
    network.opens(closed)
    assert len(network.everything()) == 2


def test_an_ordered_error_comes_as_often_as_it_was_ordered(network: Network) -> None:
    network.fails("wall.get", 10, times=2)
    network.fails("*", 9)

    assert [fault.code for _ in range(3) if (fault := network.fault_of("wall.get"))] == [10, 10, 9]
    assert network.fault_of("wall.get") is None
    network.fails_always("wall.get", 29)
    assert {fault.code for _ in range(5) if (fault := network.fault_of("wall.get"))} == {29}
    network.heals("wall.get")
    assert network.fault_of("wall.get") is None


def test_the_quota_rolls_with_the_clock(network: Network, clock: FakeClock) -> None:
    network.quota("wall.get", 2)

    assert [network.over_quota("wall.get", "mine") for _ in range(3)] == [False, False, True]
    clock.moves(hours=23)
    assert network.over_quota("wall.get", "mine")
    clock.moves(hours=1)
    assert not network.over_quota("wall.get", "mine")
    network.quota("wall.get", 0)
    assert not any(network.over_quota("wall.get", "mine") for _ in range(9))


def test_the_rate_counts_over_one_second(network: Network) -> None:
    moment = [100.0]
    network.steady = lambda: moment[0]
    network.rate(3)

    assert [network.too_fast("mine") for _ in range(4)] == [False, False, False, True]
    moment[0] += 0.99
    assert network.too_fast("mine")
    moment[0] += 0.02
    assert not network.too_fast("mine")


def test_broken_connections_come_in_the_share_that_was_ordered(network: Network) -> None:
    network.breaks_connections(0.3, seed=7)
    broken = [network.resets() for _ in range(1000)]
    network.breaks_connections(0.3, seed=7)

    assert 250 < sum(broken) < 350
    assert [network.resets() for _ in range(1000)] == broken
    network.heals()
    assert not any(network.resets() for _ in range(100))
