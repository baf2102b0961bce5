from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from relay.almanac.delivery import remarks
from relay.almanac.plan import queries
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.models import ClipState, Event
from relay.views import as_json
from tests.almanac.cinema import has_version
from tests.fakes.clock import FakeClock
from tests.moderation.town import Town

FILM = ("proryv80", "film")


@pytest.fixture
def town(relay: Relay) -> Town:
    """A film of two clips of ten seconds, whose first version is made, and another film of the same clips."""
    town = Town(relay)
    for name in ("Анна", "Глеб"):
        town.has_clip(name=name, state=ClipState.approved, duration=10)
    for film in ("other", "film"):
        queries.new(relay, "proryv80", film, title=film, all_approved=True)
    has_version(relay)
    return town


@pytest.mark.slow
def test_remarks_of_one_moment_stand_as_they_were_written(relay: Relay, town: Town) -> None:
    for text, seconds in (("в", 2.0), ("а", 0.0), ("б", None), ("г", 2.0)):
        add(relay, text, seconds)
    assert [one.text for one in remarks.listing(relay, *FILM)] == ["а", "б", "в", "г"]


def add(relay: Relay, text: str, seconds: float | None = None, version: int = 1) -> int:
    return remarks.add(relay, *FILM, version, text, seconds=seconds, person="Ольга")


def events(relay: Relay) -> list[tuple[str, str, dict[str, object]]]:
    with relay.reading() as session:
        rows = session.exec(select(Event).where(Event.subject == "almanac").order_by(Event.id)).all()  # type: ignore[arg-type]
        return [(row.what, row.person, row.details) for row in rows if row.what.startswith("remark")]


@pytest.mark.slow
def test_a_remark_knows_its_moment_and_who_is_on_screen(relay: Relay, town: Town) -> None:
    number = add(relay, "  громче\n пожалуйста ", 12.4)
    assert as_json(remarks.listing(relay, *FILM)) == [
        {
            "id": number,
            "version": 1,
            "frame": 310,
            "seconds": 12.4,
            "clock": "0:12",
            "text": "громче пожалуйста",
            "person": "Ольга",
            "at": "2023-01-12T12:00:00+03:00",
            "done_at": None,
            "done_by": "",
            "clip": 2,
            "who": "Глеб",
        }
    ]
    assert events(relay) == [("remarked", "Ольга", {"remark": number, "version": 1})]


@pytest.mark.slow
def test_a_remark_on_the_whole_film_has_no_moment_and_stands_first(relay: Relay, town: Town) -> None:
    add(relay, "третье", 5.0)
    add(relay, "второе", 1.0)
    add(relay, "первое")
    listed = remarks.listing(relay, *FILM)
    assert [one.text for one in listed] == ["первое", "второе", "третье"]
    whole = listed[0]
    assert (whole.frame, whole.seconds, whole.clock, whole.clip, whole.who) == (None, None, "", None, "")


@pytest.mark.slow
def test_every_moment_of_the_film_can_be_spoken_of_and_no_other(relay: Relay, town: Town) -> None:
    for seconds in (-0.1, -0.03, 20.0, 1000.0):
        with pytest.raises(Refused) as refused:
            add(relay, "x", seconds)
        assert refused.value.line == "The film lasts 0:20; this moment is not in it."
    for text in ("", "  \n", "\u202e"):
        with pytest.raises(Refused) as refused:
            add(relay, text)
        assert refused.value.line == "A remark says something. Write what you noticed."
    assert remarks.listing(relay, *FILM) == events(relay) == []
    for seconds in (0.0, 0.019, 0.021, 19.96, 19.97):
        add(relay, "x", seconds)
    assert [one.frame for one in remarks.listing(relay, *FILM)] == [0, 0, 1, 499, 499]


@pytest.mark.slow
def test_a_remark_has_a_thousand_signs_at_most(relay: Relay, town: Town) -> None:
    for signs in (999, 1000, 1001):
        add(relay, "а" * signs)
    assert [len(one.text) for one in remarks.listing(relay, *FILM)] == [999, 1000, 1000]


@pytest.mark.slow
def test_it_is_ticked_off_and_opened_again_and_who_comes_second_changes_nothing(
    relay: Relay, town: Town, clock: FakeClock
) -> None:
    number = add(relay, "громче", 3.0)
    clock.moves(hours=1)
    for person in ("Борис", "Вера"):
        remarks.settle(relay, *FILM, number, done=True, person=person)
    with relay.reading() as session:
        found = session.exec(select(Event).where(Event.what == "remark done")).one()
        assert (found.at, found.subject, found.subject_id) == (relay.now(), "almanac", 2)
        found = session.exec(select(Event).where(Event.what == "remarked")).one()
        assert (found.at, found.subject, found.subject_id) == (relay.now() - timedelta(hours=1), "almanac", 2)
    (done,) = remarks.listing(relay, *FILM)
    assert (done.done_at, done.done_by) == ("2023-01-12T13:00:00+03:00", "Борис")
    for person in ("Анна", "Вера"):
        remarks.settle(relay, *FILM, number, done=False, person=person)
    (opened,) = remarks.listing(relay, *FILM)
    assert (opened.done_at, opened.done_by) == (None, "")
    assert events(relay)[1:] == [
        ("remark done", "Борис", {"remark": number}),
        ("remark opened", "Анна", {"remark": number}),
    ]


@pytest.mark.slow
def test_one_remark_is_settled_and_no_other(relay: Relay, town: Town) -> None:
    first, second = add(relay, "раз", 1.0), add(relay, "два", 2.0)
    remarks.settle(relay, *FILM, second, done=True, person="Борис")
    assert {one.id: one.done_by for one in remarks.listing(relay, *FILM)} == {first: "", second: "Борис"}


@pytest.mark.slow
def test_a_remark_of_another_film_is_not_there(relay: Relay, town: Town) -> None:
    number = add(relay, "громче")
    for film, remark in (("other", number), ("film", 99)):
        with pytest.raises(NotFound, match="no such remark"):
            remarks.settle(relay, "proryv80", film, remark, done=True, person="Борис")
    assert remarks.listing(relay, "proryv80", "other") == []
    with pytest.raises(NotFound, match="no such version"):
        add(relay, "x", version=7)
    assert remarks.listing(relay, *FILM)[0].done_by == ""


@pytest.mark.slow
def test_the_newest_version_comes_first_and_one_can_be_asked_for(relay: Relay, town: Town) -> None:
    add(relay, "старое")
    has_version(relay, number=2)
    add(relay, "новое", version=2)
    assert [(one.version, one.text) for one in remarks.listing(relay, *FILM)] == [(2, "новое"), (1, "старое")]
    assert [one.text for one in remarks.listing(relay, *FILM, 1)] == ["старое"]
    assert remarks.listing(relay, *FILM, 3) == []
