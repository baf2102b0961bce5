from __future__ import annotations

import pytest
from sqlmodel import select

from relay.almanac import plans, remarks
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.models import ClipState, Event
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
        plans.new(relay, "proryv80", film, title=film, all_approved=True)
    has_version(relay)
    return town


def add(relay: Relay, text: str, seconds: float | None = None, version: int = 1) -> int:
    return remarks.add(relay, *FILM, version, text, seconds=seconds, person="Ольга")


def events(relay: Relay) -> list[tuple[str, str, dict[str, object]]]:
    with relay.reading() as session:
        rows = session.exec(select(Event).where(Event.subject == "almanac").order_by(Event.id)).all()  # type: ignore[arg-type]
        return [(row.what, row.person, row.details) for row in rows if row.what.startswith("remark")]


@pytest.mark.slow
def test_a_remark_knows_its_moment_and_who_is_on_screen(relay: Relay, town: Town) -> None:
    number = add(relay, "  громче\n пожалуйста ", 12.4)
    assert remarks.listing(relay, *FILM) == [
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
    assert [one["text"] for one in listed] == ["первое", "второе", "третье"]
    whole = listed[0]
    assert (whole["frame"], whole["seconds"], whole["clock"], whole["clip"], whole["who"]) == (None, None, "", None, "")


@pytest.mark.slow
@pytest.mark.parametrize(("seconds", "frame"), [(0.0, 0), (0.019, 0), (0.021, 1), (19.96, 499), (19.97, 499)])
def test_every_moment_of_the_film_can_be_spoken_of(relay: Relay, town: Town, seconds: float, frame: int) -> None:
    add(relay, "x", seconds)
    assert remarks.listing(relay, *FILM)[0]["frame"] == frame


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [-0.1, 20.0, 1000.0])
def test_a_moment_that_is_not_in_the_film_is_refused(relay: Relay, town: Town, seconds: float) -> None:
    with pytest.raises(Refused, match="The film lasts 0:20"):
        add(relay, "x", seconds)
    assert remarks.listing(relay, *FILM) == []
    assert events(relay) == []


@pytest.mark.slow
@pytest.mark.parametrize("text", ["", "  \n", "\u202e"])
def test_a_remark_says_something(relay: Relay, town: Town, text: str) -> None:
    with pytest.raises(Refused, match="says something"):
        add(relay, text)


@pytest.mark.slow
@pytest.mark.parametrize(("signs", "kept"), [(999, 999), (1000, 1000), (1001, 1000)])
def test_a_remark_has_a_thousand_signs_at_most(relay: Relay, town: Town, signs: int, kept: int) -> None:
    add(relay, "а" * signs)
    assert len(remarks.listing(relay, *FILM)[0]["text"]) == kept


@pytest.mark.slow
def test_it_is_ticked_off_and_opened_again_and_who_comes_second_changes_nothing(
    relay: Relay, town: Town, clock: FakeClock
) -> None:
    number = add(relay, "громче", 3.0)
    clock.moves(hours=1)
    for person in ("Борис", "Вера"):
        remarks.settle(relay, *FILM, number, done=True, person=person)
    (done,) = remarks.listing(relay, *FILM)
    assert (done["done_at"], done["done_by"]) == ("2023-01-12T13:00:00+03:00", "Борис")
    for person in ("Анна", "Вера"):
        remarks.settle(relay, *FILM, number, done=False, person=person)
    (opened,) = remarks.listing(relay, *FILM)
    assert (opened["done_at"], opened["done_by"]) == (None, "")
    assert events(relay)[1:] == [
        ("remark done", "Борис", {"remark": number}),
        ("remark opened", "Анна", {"remark": number}),
    ]


@pytest.mark.slow
def test_one_remark_is_settled_and_no_other(relay: Relay, town: Town) -> None:
    first, second = add(relay, "раз", 1.0), add(relay, "два", 2.0)
    remarks.settle(relay, *FILM, second, done=True, person="Борис")
    assert {one["id"]: one["done_by"] for one in remarks.listing(relay, *FILM)} == {first: "", second: "Борис"}


@pytest.mark.slow
def test_a_remark_of_another_film_is_not_there(relay: Relay, town: Town) -> None:
    number = add(relay, "громче")
    for film, remark in (("other", number), ("film", 99)):
        with pytest.raises(NotFound, match="no such remark"):
            remarks.settle(relay, "proryv80", film, remark, done=True, person="Борис")
    assert remarks.listing(relay, "proryv80", "other") == []
    with pytest.raises(NotFound, match="no such version"):
        add(relay, "x", version=7)
    assert remarks.listing(relay, *FILM)[0]["done_by"] == ""


@pytest.mark.slow
def test_the_newest_version_comes_first_and_one_can_be_asked_for(relay: Relay, town: Town) -> None:
    add(relay, "старое")
    has_version(relay, number=2)
    add(relay, "новое", version=2)
    assert [(one["version"], one["text"]) for one in remarks.listing(relay, *FILM)] == [(2, "новое"), (1, "старое")]
    assert [one["text"] for one in remarks.listing(relay, *FILM, 1)] == ["старое"]
    assert remarks.listing(relay, *FILM, 3) == []
