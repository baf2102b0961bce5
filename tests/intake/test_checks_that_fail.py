"""A file whose check fails: tried again, later and rarer, and then it is over, with a reason that people read."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from sqlmodel import select

from relay.context import Relay
from relay.errors import DiskFull, Interrupted, RelayError, ToolFailed, ToolMissing
from relay.intake import clips, fetch
from relay.intake.hand_in import hand_ins
from relay.intake.inspect import original
from relay.language.catalogue import translator
from relay.media.toolbox import Done
from relay.models import Event, EventKind, Finding, Inspection, VideoState
from tests.fakes.clock import FakeClock
from tests.fakes.toolbox import RecordingToolbox
from tests.intake.participants import SLUG, Participants, sha256_of
from tests.intake.scene import Scene

MINUTES = fetch.BACKOFF_MINUTES


class FailingToolbox(RecordingToolbox):
    """Every child ends with the error that it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.error: RelayError | BaseException = ToolFailed("python failed (1): no message")

    def run(self, *words: object, **more: object) -> Done:
        super().run(*words, **more)  # type: ignore[arg-type]
        raise self.error


@pytest.fixture
def toolbox() -> FailingToolbox:
    return FailingToolbox()


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"\0\0\0\x18ftypmp42" + bytes(40))
    return path


@pytest.fixture
def guests(relay: Relay, tmp_path: Path, toolbox: FailingToolbox) -> Participants:
    """Participants of a machine on which every check fails."""
    relay = dataclasses.replace(relay, toolbox=toolbox)
    scene = Scene(relay, tmp_path)
    scene.campaign(SLUG)
    hand_ins.switch(relay, SLUG, is_open=True, person="Ольга")
    return Participants(relay, scene)


def comes_often(guests: Participants, clock: FakeClock, *, hours: float, every: int = 10) -> None:
    """The worker looks every so many minutes."""
    for _ in range(round(hours * 60 / every)):
        guests.worker_comes()
        clock.moves(minutes=every)


@pytest.mark.slow
def test_a_file_that_was_handed_in_is_checked_again_later_and_rarer_and_not_for_ever(
    guests: Participants, toolbox: FailingToolbox, clock: FakeClock, film: Path
) -> None:
    begin = clock()
    secret = guests.hands_in(film)
    comes_often(guests, clock, hours=1, every=1)
    assert len(toolbox.calls) == 4, "at 0, 2, 7 and 22 minutes"
    assert guests.state(secret) == "waiting"
    comes_often(guests, clock, hours=24)

    hand_in = guests.hand_in(secret)
    assert (hand_in.state.value, len(toolbox.calls)) == ("refused", hand_ins.MOST_TRIES)
    assert hand_in.reason == hand_ins.CHECK_FAILS.format(times=7)
    assert hand_in.finished_at is not None
    assert sum(MINUTES) <= (hand_in.finished_at - begin).total_seconds() / 60 < sum(MINUTES) + 30
    assert not guests.relay.media.has(original(sha256_of(film)))
    assert list(guests.relay.folder("handed-in").iterdir()) == []
    assert "неудачных попыток: 7" in translator("ru").tell(hand_in.reason)


@pytest.mark.slow
def test_the_organizer_reads_whose_file_it_was_and_why(guests: Participants, clock: FakeClock, film: Path) -> None:
    guests.begins(name="Вера Павлова")
    guests.hands_in(film)
    comes_often(guests, clock, hours=10)

    (told,) = hand_ins.not_taken(guests.relay, SLUG)
    assert told.participant.name == "Анна Иванова"
    assert told.contact
    assert told.reason.startswith("This file can't be checked")
    with guests.relay.reading() as session:
        tries = session.exec(select(Event).where(Event.what == EventKind.put_off)).all()
    assert {event.details["why"] for event in tries} == {"python failed (1): no message"}


@pytest.mark.slow
def test_a_file_that_takes_the_worker_with_it_is_given_up_as_well(
    guests: Participants, toolbox: FailingToolbox, clock: FakeClock, film: Path
) -> None:
    class Killed(BaseException):
        """As a process ends without a word."""

    secret = guests.hands_in(film)
    toolbox.error = Killed()
    for _ in range(48 * 6):
        try:
            guests.worker_comes()
        except Killed:
            again = [guests.hand_in(secret).id] if len(toolbox.calls) == hand_ins.MOST_TRIES else []
            assert hand_ins.waiting(guests.relay) == again, "not at once, but to be given up"
        clock.moves(minutes=10)
    assert (guests.state(secret), len(toolbox.calls)) == ("refused", hand_ins.MOST_TRIES)


@pytest.mark.slow
@pytest.mark.parametrize("error", [DiskFull("The disk is full."), Interrupted("Stop."), ToolMissing("No ffmpeg.")])
def test_trouble_of_this_machine_is_no_try(
    guests: Participants, toolbox: FailingToolbox, clock: FakeClock, film: Path, error: RelayError
) -> None:
    secret = guests.hands_in(film)
    toolbox.error = error
    for _ in range(20):
        with pytest.raises(type(error)):
            guests.worker_comes()
    assert hand_ins.waiting(guests.relay) == [guests.hand_in(secret).id], "due again at once"
    toolbox.error = ToolFailed("It failed.")
    guests.worker_comes()
    assert guests.state(secret) == "waiting"


@pytest.mark.slow
def test_a_check_that_works_in_the_end_makes_a_clip(
    guests: Participants, clock: FakeClock, film: Path, relay: Relay
) -> None:
    secret = guests.hands_in(film)
    comes_often(guests, clock, hours=1)
    with relay.transaction() as session:
        session.add(Inspection(sha256=sha256_of(film), bytes=52, finding="accepted", at=clock()))
    comes_often(guests, clock, hours=2)
    assert guests.state(secret) == "taken in"
    assert hand_ins.not_taken(guests.relay, SLUG) == []


@pytest.mark.slow
def test_bytes_that_a_clip_stands_on_stay_when_a_check_of_them_fails_for_good(
    guests: Participants, clock: FakeClock, film: Path
) -> None:
    first = guests.hands_in(film)
    with guests.relay.transaction() as session:
        session.add(Inspection(sha256=sha256_of(film), bytes=52, finding="accepted", at=clock()))
    guests.worker_comes()
    assert guests.state(first) == "taken in"
    with guests.relay.transaction() as session:
        session.get_one(Inspection, sha256_of(film)).finding = Finding.refused  # so it is looked at anew
    second = guests.hands_in(film, "another home")
    comes_often(guests, clock, hours=10)
    assert guests.state(second) == "refused"
    assert clips.uses(guests.relay, sha256_of(film))
    assert guests.relay.media.has(original(sha256_of(film)))


@pytest.mark.slow
@pytest.mark.parametrize("back", [{"minutes": -5}, {"hours": -2}, {"days": -30}])
def test_a_file_whose_check_failed_before_the_clock_was_set_back_is_checked_again_at_once(
    guests: Participants, toolbox: FailingToolbox, clock: FakeClock, film: Path, back: dict[str, float]
) -> None:
    guests.hands_in(film)
    guests.worker_comes()
    guests.worker_comes()
    assert len(toolbox.calls) == 1, "the next try is in two minutes"
    clock.moves(**back)
    guests.worker_comes()
    assert len(toolbox.calls) == 2


@pytest.mark.slow
def test_a_video_of_a_network_whose_check_always_fails_is_given_up_with_its_reason(
    guests: Participants, toolbox: FailingToolbox, clock: FakeClock, film: Path
) -> None:
    relay, scene = guests.relay, guests.scene
    video_id = scene.video()
    scene.post(1, video_id)
    relay.fetcher.has(scene.state(video_id).url, film)  # type: ignore[attr-defined]
    seen = []
    for _ in range(6 * 24 * 3):
        if fetch.waiting(relay):
            fetch.fetch_video(relay, video_id)
            seen.append(scene.state(video_id).reason)
        clock.moves(minutes=10)

    assert scene.state(video_id).state is VideoState.refused
    assert len(seen) == len(toolbox.calls) == fetch.MOST_CHECKS
    assert seen[0] == "The file could not be checked. python failed (1): no message"
    assert seen[-1] == "The file could not be checked; tries that failed: 7."
    assert not relay.media.has(original(sha256_of(film)))
