from __future__ import annotations

from typing import Any

import pytest

from relay.almanac.delivery.watching import watch
from relay.almanac.delivery.watching.watch import FilmWatch
from relay.almanac.film.streaming.parts import StreamPart
from relay.context import Relay
from relay.errors import NotFound
from relay.models import ClipState
from relay.moderation import withdrawal
from tests.moderation.town import Town


class Stream:
    """In the place of a film that is being made: three parts of 50 frames, so many of which are there."""

    def __init__(self, *made: bool, settled: bool = False) -> None:
        self._made, self.is_settled = list(made), settled
        self.mark, self.fps, self.seconds = "mark", 25, 5.6
        self.codecs, self.louder = "avc1.640029, mp4a.40.2", 1.5 if settled else 0.0
        self.parts = [StreamPart(number, 50 * number, 50 * (number + 1), number, number + 1) for number in range(3)]

    def made(self) -> list[bool]:
        return self._made


@pytest.mark.parametrize(
    ("made", "word", "until", "codecs"),
    [
        ((False, False, False), "000", 0.0, ""),
        ((False, True, False), "010", 0.0, "avc1.640029, mp4a.40.2"),
        ((True, False, True), "101", 2.0, "avc1.640029, mp4a.40.2"),
        ((True, True, True), "111", 6.0, "avc1.640029, mp4a.40.2"),
    ],
)
def test_how_far_a_film_is_that_is_watched(made: tuple[bool, ...], word: str, until: float, codecs: str) -> None:
    stream: Any = Stream(*made)
    seen = watch.view(stream)
    assert (seen.seconds, seen.ends, seen.made) == (5.6, [2.0, 4.0, 6.0], word)
    assert (seen.until, seen.codecs, seen.settled, seen.louder) == (until, codecs, False, 0.0)
    settled: Any = Stream(*made, settled=True)
    assert (watch.view(settled).settled, watch.view(settled).louder) == (True, 1.5)


@pytest.mark.slow
def test_a_film_may_be_watched_by_its_mark_until_somebody_in_it_takes_their_video_back(relay: Relay) -> None:
    town = Town(relay)
    clips = tuple(town.has_clip(state=ClipState.approved) for _ in range(2))
    stream: Any = Stream(True)
    shown = FilmWatch(stream, clips[:1])
    withdrawal.withdraw(relay, clips[1], reason="asked", person="Анна")
    assert watch.opened(relay, shown, "mark") is stream
    for given, mark in ((None, "mark"), (shown, "another")):
        with pytest.raises(NotFound, match="nothing to be watched"):
            watch.opened(relay, given, mark)
    withdrawal.withdraw(relay, clips[0], reason="asked", person="Анна")
    with pytest.raises(NotFound):
        watch.opened(relay, shown, "mark")


def test_a_render_that_nobody_asks_to_watch_offers_nothing() -> None:
    assert watch.offered([1], None) is None
