from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from relay.sandbox.vk.network import (
    FIRST_VIDEO_ID,
    Attached,
    Call,
    InjectedFault,
    Key,
    Network,
    Owner,
    VkComment,
    VkPost,
    VkVideo,
)
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


# Everything that is said is kept, and nothing else


def test_owners_are_kept_as_they_came(network: Network) -> None:
    tosno, club = network.has_group("Tosno", "Тосно"), network.has_group("", "Клуб", closed=True)
    seventh = network.has_group("", "Седьмая", number=-7)
    anna = network.has_resident("Анна", "Ильина")
    boris = network.has_resident("Борис", "", town="Мга", closed=True, sex=2, screen_name="Boris")
    assert (tosno, club, seventh, anna, boris) == (-210000001, -210000002, -7, 700000001, 700000002)
    assert network.owners() == [
        Owner(tosno, "Tosno", "Тосно", "", "", 0, "open", "page"),
        Owner(club, "club210000002", "Клуб", "", "", 0, "closed", "page"),
        Owner(-7, "club7", "Седьмая", "", "", 0, "open", "page"),
        Owner(anna, "id700000001", "Анна", "Ильина", "", 0, "open", "page"),
        Owner(boris, "Boris", "Борис", "", "Мга", 2, "closed", "page"),
    ]
    assert [owner.full_name for owner in network.owners()][3:] == ["Анна Ильина", "Борис"]
    assert network.has_group("", "Четвёртая") == -210000004
    with pytest.raises(ValueError, match="taken"):
        network.has_group("another", "Другая", number=7)


def test_names_lead_to_owners_of_their_kind(network: Network) -> None:
    group, anna = network.has_group("", "Клуб", number=5), network.has_resident("Анна", "Ильина")
    for name, owner in (("club5", group), ("public5", group), ("EVENT5", group), (f"id{anna}", anna)):
        assert getattr(network.owner_named(name), "id", None) == owner, name
    for name in ("id5", f"club{anna}", "5", "club", "clubx", "public-5", "x5"):
        assert network.owner_named(name) is None, name
    assert network.owner(5) is None


def test_states_of_owners_follow_what_happens(network: Network) -> None:
    group, other = network.has_group("tosno", "Тосно"), network.has_group("luga", "Луга")
    for verb, state in ((network.closes, "closed"), (network.opens, "open"), (network.blocks, "blocked")):
        verb(group)
        assert getattr(network.owner_named("tosno"), "state", "") == state
    network.leaves(group)
    assert [getattr(network.owner(number), "state", "") for number in (group, other)] == ["deleted", "open"]
    assert network.owner_named("tosno") is None
    assert getattr(network.owner_named("luga"), "id", 0) == other
    assert network.has_group("tosno", "Другая") != group


def test_an_upload_is_kept_whole(network: Network, clock: FakeClock) -> None:
    anna = network.has_resident("Анна", "Ильина")
    hour = clock() - timedelta(hours=1)
    plain = network.uploads(anna, Path("a"))
    whole = network.uploads(
        anna, Path("b"), title="Читаю", description="о войне", kind="live", processing=True, width=1, height=2,
        duration=2.6, at=hour, by=7, platform="YouTube",
    )  # fmt: skip
    first, second = network.upload(plain), network.upload(whole)
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
    assert network.upload_numbered(first.number) == first
    assert network.upload_numbered(1) is network.upload(Key(anna, 1)) is None


@pytest.mark.parametrize(("told", "kept"), [(0, 0), (0.2, 1), (1.4, 1), (1.6, 2), (60.0, 60)])
def test_a_video_is_at_least_a_second_long(network: Network, told: float, kept: int) -> None:
    anna = network.has_resident("Анна", "Ильина")
    assert getattr(network.upload(network.uploads(anna, Path("a"), duration=told)), "duration", None) == kept


def test_states_of_a_video_follow_what_happens(network: Network) -> None:
    anna = network.has_resident("Анна", "Ильина")
    video, other = (network.uploads(anna, Path("a")) for _ in range(2))
    for verb, state in (
        (network.deletes_video, "deleted"),
        (network.hides_video, "private"),
        (network.restricts_video, "restricted"),
        (network.processes_video, "processing"),
        (network.finishes_video, "ready"),
    ):
        verb(video)
        assert [getattr(network.upload(key), "state", "") for key in (video, other)] == [state, "ready"]


def test_a_post_is_kept_whole(network: Network, clock: FakeClock) -> None:
    group, anna = network.has_group("tosno", "Тосно"), network.has_resident("Анна", "Ильина")
    hour, video = clock() - timedelta(hours=1), network.uploads(anna, Path("a"))
    plain = network.posts(group)
    link = Attached("link", link="https://x.example")
    whole = network.posts(
        group, "слово", videos=[video], at=hour, from_id=anna, signer_id=anna, pinned=True, repost_of=plain,
        indexed=False, donut=True, attached=[link],
    )  # fmt: skip
    assert network.post(plain) == VkPost(
        plain, group, clock(), "", (), None, 0, pinned=False, repost_of=None, indexed=True, donut=False,
        deleted=False, attached=(),
    )  # fmt: skip
    assert network.post(whole) == VkPost(
        whole, anna, hour, "слово", (video,), None, anna, pinned=True, repost_of=plain, indexed=False, donut=True,
        deleted=False, attached=(link,),
    )  # fmt: skip
    assert (str(Key(-5, 7)), network.post(Key(group, 1_000_000))) == ("-5_7", None)


def test_posts_and_comments_share_numbers_that_leave_small_gaps(network: Network) -> None:
    group, other = network.has_group("tosno", "Тосно"), network.has_group("luga", "Луга")
    first = network.posts(group)
    numbers = [first.id, *(network.posts(group).id for _ in range(300))]
    assert {later - before for before, later in pairwise(numbers)} == set(range(1, 16))
    assert 1 < first.id <= 915
    assert network.comments(first, "слово", by=other) == numbers[-1] + 1
    assert network.comments(network.posts(other), "слово", by=group) != numbers[-1] + 2


def test_the_same_seed_gives_the_same_numbers(clock: FakeClock) -> None:
    def first_post(network: Network) -> Key:
        return network.posts(network.has_group("tosno", "Тосно"))

    assert first_post(Network(clock)) == first_post(Network(clock, seed=1)) != first_post(Network(clock, seed=2))
    assert (Network(clock).token, Network(token="mine").token) == ("sandbox-service-token", "mine")


def test_an_edit_changes_only_what_it_says(network: Network, clock: FakeClock) -> None:
    anna = network.has_resident("Анна", "Ильина")
    one, two = (network.uploads(anna, Path("a")) for _ in range(2))
    post = network.posts(anna, "слово", videos=[one])
    before = network.post(post)
    hour = clock() + timedelta(hours=1)
    network.edits(post, videos=[two], at=hour)
    assert before is not None
    assert network.post(post) == VkPost(post, anna, before.at, "слово", (two,), hour)
    network.edits(post, "иначе")
    assert network.post(post) == VkPost(post, anna, before.at, "иначе", (two,), clock())
    network.edits(post, "", videos=[])
    assert (getattr(network.post(post), "text", None), getattr(network.post(post), "videos", None)) == ("", ())


def test_a_document_is_found_by_its_post_and_its_place(network: Network) -> None:
    anna = network.has_resident("Анна", "Ильина")
    link, doc = Attached("link", link="https://x.example"), Attached("doc", path=Path("a.pdf"))
    post = network.posts(anna, "x", attached=[link, doc])
    assert [network.document(post, number) for number in (-1, 0, 1, 2)] == [None, None, doc, None]
    assert network.document(Key(anna, 1_000_000), 1) is None
    network.deletes(post)
    assert network.document(post, 1) is None


# Comments


def test_comments_are_told_in_the_order_of_their_numbers(network: Network, clock: FakeClock) -> None:
    anna = network.has_resident("Анна", "Ильина")
    post = network.posts(anna, "x")
    assert not network.is_talked_about(post)
    assert network.comments_below(post) == []
    first = network.comments(post, "раз", by=7)
    second = network.comments(post, "два", by=8, answers=first, at=clock() - timedelta(hours=1))
    coming = network.comments(post, "три", by=9, at=clock() + timedelta(seconds=1))
    lone = network.comments(post, "четыре", by=9)
    told = [
        VkComment(first, 7, clock(), "раз", 0),
        VkComment(second, 8, clock() - timedelta(hours=1), "два", first),
        VkComment(lone, 9, clock(), "четыре", 0),
    ]
    assert network.comments_below(post) == told
    assert network.is_talked_about(post)
    network.deletes_comment(post, lone)
    network.deletes_comment(post, first)
    assert network.comments_below(post) == [VkComment(first, 7, clock(), "раз", 0, deleted=True), told[1]]
    network.deletes_comment(post, second)
    assert network.comments_below(post) == []
    clock.moves(seconds=1)
    assert [one.id for one in network.comments_below(post) or ()] == [coming]


def test_comments_may_be_closed(network: Network) -> None:
    anna = network.has_resident("Анна", "Ильина")
    post, other = network.posts(anna, "x"), network.posts(anna, "y")
    network.closes_comments(post)
    assert (network.comments_below(post), network.comments_below(other)) == (None, [])
    assert (network.is_talked_about(post), network.is_talked_about(other)) == (True, False)


# What search and walls show


def test_a_stretch_of_time_has_both_its_ends(network: Network, clock: FakeClock) -> None:
    group = network.has_group("tosno", "Тосно")
    hours = [network.posts(group, str(ago), at=clock() - timedelta(hours=ago)) for ago in range(5)]
    soon = network.posts(group, "soon", at=clock() + timedelta(seconds=1))

    def between(first: float, last: float) -> list[Key]:
        found = network.published(clock() - timedelta(hours=first), clock() - timedelta(hours=last))
        return [post.key for post in found]

    assert between(3, 1) == hours[1:4]
    assert between(2.999, 1.001) == [hours[2]]
    assert between(1, -9) == hours[:2]
    assert between(1, 3) == []
    network.deletes(hours[2])
    assert between(3, 1) == [hours[1], hours[3]]
    network.blocks(group)
    assert between(3, 1) == []
    assert network.post(soon) is None
    clock.moves(seconds=1)
    assert getattr(network.post(soon), "key", None) == soon


def test_what_happens_to_a_post_is_seen_on_wall_and_search_alike(network: Network) -> None:
    group = network.has_group("tosno", "Тосно")
    one, two, hidden = (network.posts(group, "x", indexed=indexed) for indexed in (True, True, False))

    def shown() -> tuple[set[Key], list[Key]]:
        return {post.key for post in network.wall(group)}, [post.key for post in network.everything()]

    assert shown() == ({one, two, hidden}, [two, one])
    network.edits(hidden, "y")
    network.pins(one)
    network.deletes(two)
    assert shown() == ({one, hidden}, [one])
    network.restores(two)
    network.deletes(hidden)
    assert shown() == ({one, two}, [two, one])
    network.restores(hidden)
    assert [post.pinned for post in network.wall(group)] == [True, False, False]
    assert shown() == ({one, two, hidden}, [two, one])
    network.posts(group, "z", pinned=True)
    assert [post.pinned for post in network.wall(group)] == [True, False, False, False]
    assert getattr(network.post(one), "pinned", None) is False


# What goes wrong


def test_an_ordered_error_is_told_with_all_that_comes_with_it(network: Network) -> None:
    network.fails("wall.get", 14, message="Just so", captcha_sid="7")
    network.fails("users.get", 5)
    network.fails_always("groups.getById", 29, message="Enough", more=1)
    fault = network.fault_of("wall.get")
    assert fault is not None
    assert (fault.code, fault.message, fault.extra) == (14, "Just so", {"captcha_sid": "7"})
    assert network.fault_of("groups.getById") == InjectedFault(29, "Enough", {"more": 1}, None)
    network.heals("groups.getById")
    assert network.fault_of("groups.getById") is None
    assert getattr(network.fault_of("users.get"), "code", 0) == 5
    network.fails("users.get", 5, times=3)
    network.fails("*", 9, times=2)
    network.is_down()
    network.heals()
    assert network.fault_of("users.get") is None
    assert not network.resets()


def test_errors_of_a_method_come_before_those_of_any(network: Network) -> None:
    network.fails("*", 9)
    network.fails("wall.get", 10)
    assert [getattr(network.fault_of("wall.get"), "code", 0) for _ in range(3)] == [10, 9, 0]


@pytest.mark.parametrize(("method", "limit"), [("wall.get", 5000), ("newsfeed.search", 1000)])
def test_a_token_has_so_many_calls_a_day(network: Network, method: str, limit: int) -> None:
    assert not any(network.over_quota(method, "mine") for _ in range(limit))
    assert network.over_quota(method, "mine")
    assert not network.over_quota(method, "yours")
    assert not any(network.over_quota("users.get", "mine") for _ in range(9))


def test_the_quota_counts_each_call_for_a_day_of_its_own(network: Network, clock: FakeClock) -> None:
    network.quota("wall.get", 2)
    assert not network.over_quota("wall.get", "mine")
    clock.moves(hours=12)
    assert not network.over_quota("wall.get", "mine")
    clock.moves(hours=12, seconds=-1)
    assert network.over_quota("wall.get", "mine")
    clock.moves(seconds=1)
    assert [network.over_quota("wall.get", "mine") for _ in range(2)] == [False, True]


def test_the_rate_is_that_of_the_last_second(network: Network) -> None:
    moment = [100.0]
    network.steady = lambda: moment[0]
    assert not any(network.too_fast("mine") for _ in range(9))
    network.rate(2)
    assert not network.too_fast("yours")
    moment[0] = 100.5
    assert [network.too_fast("yours") for _ in range(2)] == [False, True]
    moment[0] = 101.0
    assert [network.too_fast("yours") for _ in range(2)] == [False, True], "the one of 100.0 is over, that of 100.5 not"
    assert [network.too_fast("mine") for _ in range(3)] == [False, False, True]


def test_tokens_are_let_in_by_their_kind(network: Network) -> None:
    network.also_takes("second")
    network.also_takes("third", kind="group")
    tokens = (network.token, "second", "third", "fourth")
    assert [network.lets_in(token) for token in tokens] == [True, True, True, False]
    assert [network.kind_of(token) for token in tokens] == ["service", "service", "group", ""]
    network.revokes("second")
    network.revokes("fourth")
    assert [network.lets_in(token) for token in tokens] == [True, False, True, False]


@pytest.mark.parametrize(
    ("verb", "what"),
    [
        (Network.answers_html, "html"),
        (Network.truncates_json, "halves"),
        (Network.web_breaks, "media_cuts"),
        (Network.web_changes, "page_changes"),
        (Network.pages_answer_html, "page_html"),
        (Network.pages_break_off, "page_halves"),
    ],
)
def test_trouble_comes_as_often_as_it_was_ordered(network: Network, verb: Callable[..., None], what: str) -> None:
    verb(network)
    verb(network, 2)
    assert [network.spoils(what) for _ in range(5)] == [True, True, True, False, False]


def test_a_break_is_in_the_middle_unless_told(network: Network) -> None:
    network.web_breaks()
    assert network.weather.cut_after == 0.5
    network.web_breaks(after=0.25)
    assert network.weather.cut_after == 0.25


def test_statuses_are_used_up_one_by_one(network: Network) -> None:
    network.answers_status(502)
    network.answers_status(503, 2)
    network.web_refuses()
    network.web_refuses(2, status=410)
    network.pages_answer(429)
    network.pages_answer(500, 2)
    assert [network.status_instead(media=False) for _ in range(4)] == [502, 503, 503, 0]
    assert [network.status_instead(media=True) for _ in range(4)] == [403, 410, 410, 0]
    assert [network.page_status() for _ in range(4)] == [429, 500, 500, 0]


def test_lines_may_be_cut_slow_or_asked_for_a_solution(network: Network) -> None:
    calm = network.weather
    assert (calm.down, calm.seconds, calm.share, calm.challenges, network.resets()) == (False, 0.0, 0.0, False, False)
    network.is_down()
    assert (network.weather.down, network.resets()) == (True, True)
    network.heals()
    network.breaks_connections(1.0)
    assert all(network.resets() for _ in range(9))
    network.is_slow(2.5)
    network.challenges()
    assert (network.weather.seconds, network.weather.challenges, network.weather.down) == (2.5, True, False)
    network.heals()
    assert (network.weather.seconds, network.weather.challenges) == (0.0, False)


def test_all_that_is_asked_is_counted(network: Network) -> None:
    network.steady = lambda: 7.5
    network.arrives("wall.get", {"count": "1"})
    network.arrives("wall.get", {}, inner=True)
    network.is_asked(api=True, kind="")
    network.is_asked(api=False, kind="page")
    network.refuses("x.example:443")
    assert network.calls == {"wall.get": 2}
    assert list(network.history) == [
        Call("wall.get", {"count": "1"}, 7.5, inner=False),
        Call("wall.get", {}, 7.5, inner=True),
    ]
    assert (network.requests, network.visits, network.refused) == (1, {"page": 1}, ["x.example:443"])
    assert network.history.maxlen == 100_000
