"""Posts are drawn once, as long as nothing about them changes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from relay.sandbox import shapes
from relay.sandbox.network import Key, Network
from tests.fakes.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime(2023, 1, 12, 9, 0, tzinfo=UTC))


@pytest.fixture
def network(clock: FakeClock) -> Network:
    return Network(clock)


class Wall:
    """A public with a plain post, one with a video, and a repost of that."""

    def __init__(self, network: Network, clock: FakeClock) -> None:
        at = clock() - timedelta(hours=1)
        self.network = network
        self.anna = network.has_resident("Анна", "Ильина")
        self.public = network.has_group("tosno", "Тосно")
        self.video = network.uploads(self.anna, Path("film.mp4"), title="Читаю", at=at)
        self.plain = network.posts(self.public, "Слово «ёж» & <b>", at=at)
        self.own = network.posts(self.anna, "Моё видео", videos=[self.video], at=at)
        self.repost = network.posts(self.public, "", repost_of=self.own, at=at)
        self.carried = network.posts(self.public, "Смотрите", videos=[self.video], at=at)

    def drawn(self, key: Key) -> Mapping[str, Any]:
        post = self.network.post(key)
        assert post is not None
        return shapes.drawn(self.network, post)

    def afresh(self, key: Key) -> shapes.Json:
        post = self.network.post(key)
        assert post is not None
        return shapes.post(self.network, post)

    @property
    def keys(self) -> tuple[Key, ...]:
        return (self.plain, self.own, self.repost, self.carried)


@pytest.fixture
def wall(network: Network, clock: FakeClock) -> Wall:
    return Wall(network, clock)


def test_what_does_not_change_is_drawn_once(wall: Wall) -> None:
    first = [wall.drawn(key) for key in wall.keys]
    assert all(wall.drawn(key) is before for key, before in zip(wall.keys, first, strict=True))
    assert first == [wall.afresh(key) for key in wall.keys]


@pytest.mark.parametrize(
    "changes",
    [
        lambda wall: wall.network.edits(wall.plain, "иначе"),
        lambda wall: wall.network.pins(wall.plain),
        lambda wall: wall.network.edits(wall.own, "Моё видео, ещё раз"),
        lambda wall: wall.network.deletes(wall.own),
        lambda wall: wall.network.hides_video(wall.video),
        lambda wall: wall.network.deletes_video(wall.video),
        lambda wall: wall.network.comments(wall.plain, "Спасибо!", by=wall.anna),
    ],
)
def test_whatever_changes_is_drawn_again(wall: Wall, changes: Callable[[Wall], None]) -> None:
    before = [dict(wall.drawn(key)) for key in wall.keys]
    changes(wall)
    after = [wall.drawn(key) for key in wall.keys]
    assert after != before
    assert after == [wall.afresh(key) for key in wall.keys]


def test_an_answer_is_put_together_as_json_has_it(wall: Wall) -> None:
    items = [wall.drawn(key) for key in wall.keys]
    page = {"count": 4, "items": items, **shapes.extended(wall.network, items, ())}
    error = shapes.error(15, "", {"owner_id": "1"}, {})
    for answer in ({"response": page}, {"response": shapes.Measured([page, False, {"count": 0, "items": []}])}, error):
        assert json.loads(shapes.encoded(answer)) == answer
        written = json.dumps(answer, ensure_ascii=False, separators=(",", ":"), default=dict)
        assert shapes.encoded(answer) == written.encode()


def test_the_people_of_a_drawn_post_are_those_of_its_json(wall: Wall) -> None:
    for key in wall.keys:
        assert shapes.people_in([wall.drawn(key)]) == shapes.people_in([wall.afresh(key)])
