"""VK's wall.getComments through the real vk_api, against the sandbox network."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from relay.errors import Parked, TryLater
from relay.ports import CommentPage, CommentThread
from relay.sandbox.network import Network
from relay.sandbox.vk.records import Key
from relay.sources.vk import source as vk_source
from relay.sources.vk.source import VkSource
from tests.fakes.clock import FakeClock

LONG = "Читаю письмо деда с фронта, которое бабушка хранила восемьдесят лет в шкатулке на комоде. #proryv80"


@pytest.fixture
def anna(network: Network) -> int:
    return network.vk.has_resident("Анна", "Иванова")


@pytest.fixture
def post(network: Network, anna: int, clock: FakeClock) -> Key:
    return network.vk.posts(anna, "Письмо", at=clock() - timedelta(hours=1))


def thread(post: Key, **more: Any) -> CommentThread:
    return CommentThread(str(post.owner_id), str(post.id), **more)


def texts(talk: CommentPage) -> list[str]:
    return [comment.text for comment in talk.comments]


@pytest.mark.slow
def test_comments_come_whole_with_their_authors_and_answers(
    vk: VkSource, network: Network, anna: int, post: Key, clock: FakeClock
) -> None:
    boris = network.vk.has_resident("Борис", "Петров")
    first = network.vk.comments(post, "А где &тег?", by=boris)
    answer = network.vk.comments(post, LONG, by=anna, answers=first)
    network.vk.deletes_comment(post, network.vk.comments(post, "лишнее", by=boris))
    (talk,) = vk.comments([thread(post)])
    assert texts(talk) == ["А где &тег?", LONG]
    said = talk.comments[1]
    assert (said.author.id, said.author.name) == (str(anna), "Анна Иванова")
    assert (said.url, said.at) == (f"https://vk.com/wall{post}?reply={answer}", clock())


@pytest.mark.slow
def test_twin_without_the_preview_length_vk_cuts_the_tag_off(
    vk: VkSource, network: Network, anna: int, post: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    network.vk.comments(post, LONG, by=anna)
    usual = vk_source.comments_call

    def careless(thread: CommentThread) -> dict[str, Any]:
        call = usual(thread)
        del call["preview_length"]
        return call

    monkeypatch.setattr(vk_source, "comments_call", careless)
    (talk,) = vk.comments([thread(post)])
    assert "#proryv80" not in texts(talk)[0]


@pytest.mark.slow
def test_the_newest_come_first_where_they_are_asked_for(vk: VkSource, network: Network, anna: int, post: Key) -> None:
    for number in range(5):
        network.vk.comments(post, f"{number}", by=anna)
    (talk,) = vk.comments([thread(post, newest=True, count=2)])
    assert texts(talk) == ["4", "3"]


@pytest.mark.slow
def test_posts_say_how_many_comments_they_have(vk: VkSource, network: Network, anna: int, post: Key) -> None:
    network.vk.comments(post, "Спасибо", by=anna)
    assert [seen.comments for seen in vk.posts_behind([f"https://vk.com/wall{post}"])] == [1]


@pytest.mark.slow
def test_twenty_five_threads_share_a_request_and_each_counts(
    vk: VkSource, network: Network, anna: int, clock: FakeClock
) -> None:
    posts = [network.vk.posts(anna, f"{number}", at=clock() - timedelta(hours=1)) for number in range(30)]
    for post in posts:
        network.vk.comments(post, f"под {post.id}", by=anna)
    talks = list(vk.comments([thread(post) for post in posts]))
    assert [texts(talk) for talk in talks] == [[f"под {post.id}"] for post in posts]
    assert (network.vk.api.requests, network.vk.api.calls["wall.getComments"], network.vk.api.calls["execute"]) == (
        2,
        30,
        2,
    )
    quota = vk.comments_quota()
    assert (quota.spent, quota.this_hour) == (30, 30)
    clock.moves(hours=2)
    assert (vk.comments_quota().spent, vk.comments_quota().this_hour) == (30, 0)


@pytest.mark.slow
def test_where_a_token_may_not_batch_each_is_asked_alone(
    vk: VkSource, network: Network, anna: int, clock: FakeClock
) -> None:
    posts = [network.vk.posts(anna, f"{number}", at=clock() - timedelta(hours=1)) for number in range(3)]
    network.vk.api.fails_always("execute", 28)
    assert len(list(vk.comments([thread(post) for post in posts]))) == 3
    assert network.vk.api.calls["wall.getComments"] == 3


def test_closed_comments_are_none_and_stop_nothing(
    vk: VkSource, network: Network, anna: int, post: Key, clock: FakeClock
) -> None:
    other = network.vk.posts(anna, "Ещё", at=clock() - timedelta(hours=1))
    network.vk.comments(post, "Спасибо", by=anna)
    network.vk.closes_comments(other)
    for wanted in ([thread(other), thread(post)], [thread(other)]):
        talks = list(vk.comments(wanted))
        assert talks[0].comments == ()
        assert talks[0].closed
    assert texts(next(iter(vk.comments([thread(post)])))) == ["Спасибо"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (lambda network: network.vk.api.fails_always("wall.getComments", 29), Parked),
        (lambda network: network.vk.api.fails_always("wall.getComments", 7), Parked),
        (lambda network: network.vk.api.fails_always("wall.getComments", 10), TryLater),
        (lambda network: network.is_down(), TryLater),
    ],
    ids=["quota", "no right", "their fault", "down"],
)
def test_trouble_is_raised(
    vk: VkSource, network: Network, anna: int, post: Key, trouble: Callable[[Network], None], error: type[Exception]
) -> None:
    trouble(network)
    with pytest.raises(error):
        list(vk.comments([thread(post)]))


@pytest.mark.slow
def test_the_days_budget_holds(make_vk: Callable[..., VkSource], network: Network, post: Key) -> None:
    vk = make_vk(vk_comments_quota=2)
    for _ in range(2):
        list(vk.comments([thread(post)]))
    with pytest.raises(Parked):
        list(vk.comments([thread(post)]))
    assert network.vk.api.calls["wall.getComments"] == 2
