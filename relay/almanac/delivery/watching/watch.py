"""A render that can be watched: whose videos are in it, how far it is, and its parts, as long as they may be seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from relay.almanac.delivery import versions
from relay.almanac.film.encoder import FilmEncoder, OnBegin
from relay.almanac.film.streaming.stream import FilmStream
from relay.context import Relay
from relay.errors import NotFound
from relay.permissions import gate


@dataclass(frozen=True, slots=True)
class FilmWatch:
    """`clips`: the numbers of those that the film shows."""

    stream: FilmStream
    clips: tuple[int, ...]


OnWatch = Callable[[FilmWatch], None]


def offered(clips: Iterable[int], on_watch: OnWatch | None) -> OnBegin | None:
    """What a render calls when it begins, so that `on_watch` has the film to be watched; None where nobody asks."""
    if on_watch is None:
        return None
    shown = tuple(clips)

    def begun(encoder: FilmEncoder) -> None:
        on_watch(FilmWatch(FilmStream(encoder), shown))

    return begun


@dataclass(frozen=True, slots=True)
class WatchView:
    """How far a film is that is watched. `ends`: where each of its parts ends, in seconds; `made`: `1` for each part
    that can be watched, `0` for one that can't yet; `until`: all before this second can.

    `codecs` is empty as long as nothing is there. `settled`: what is heard from now on is the film's own sound, which
    is `louder` by so many dB than what was heard before.
    """

    seconds: float
    ends: list[float]
    made: str
    until: float
    codecs: str
    settled: bool
    louder: float


def view(stream: FilmStream) -> WatchView:
    made = stream.made()
    ends = [part.last / stream.fps for part in stream.parts]
    whole = made.index(False) if False in made else len(made)
    return WatchView(
        seconds=stream.seconds,
        ends=ends,
        made="".join("1" if there else "0" for there in made),
        until=ends[whole - 1] if whole else 0.0,
        codecs=stream.codecs if any(made) else "",
        settled=stream.is_settled,
        louder=stream.louder,
    )


def is_closed(relay: Relay, watch: FilmWatch) -> bool:
    """Whether somebody in it has taken their video back since it was begun, or the leave to show it."""
    with relay.reading() as session:
        stopped = gate.stopped(session, watch.clips, now=relay.now())
        return bool(stopped or versions.withdrawn_from(session, watch.clips))


def opened(relay: Relay, watch: FilmWatch | None, mark: str) -> FilmStream:
    """The parts of the render of that mark. Raises NotFound, also where it may not be watched any more."""
    if watch is None or watch.stream.mark != mark or is_closed(relay, watch):
        raise NotFound("There is nothing to be watched here any more.")
    return watch.stream
