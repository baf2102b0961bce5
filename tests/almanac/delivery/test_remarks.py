from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from relay.almanac.delivery import remarks
from relay.almanac.delivery.reviewing import drawing
from relay.almanac.delivery.reviewing.drawing import Stroke, Tool
from relay.almanac.plan import edits, queries
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
            "until": None,
            "opened_at": None,
            "opened_by": "",
            "drawing": (),
            "replies": (),
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


# Ranges, drawings, answers

BOX = Stroke(Tool.rectangle, ((0.25, 0.5), (0.5, 1.0)))


@pytest.mark.slow
def test_a_remark_may_last_and_be_drawn(relay: Relay, town: Town) -> None:
    remarks.add(relay, *FILM, 1, "герб", seconds=12.0, until=13.6, strokes=[BOX], person="Ольга")
    (one,) = remarks.listing(relay, *FILM)
    assert (one.seconds, one.until, one.drawing) == (12.0, 13.6, (drawing.path(BOX),))


@pytest.mark.slow
def test_a_range_or_a_drawing_of_no_moment_is_refused(relay: Relay, town: Town) -> None:
    for seconds, until in ((5.0, 5.0), (5.0, 4.0), (None, 4.0)):
        with pytest.raises(Refused, match="ends after it begins"):
            remarks.add(relay, *FILM, 1, "x", seconds=seconds, until=until, person="Ольга")
    with pytest.raises(Refused, match="not in it"):
        remarks.add(relay, *FILM, 1, "x", seconds=5.0, until=20.0, person="Ольга")
    with pytest.raises(Refused, match="of one moment"):
        remarks.add(relay, *FILM, 1, "x", strokes=[BOX], person="Ольга")
    assert remarks.listing(relay, *FILM) == []


@pytest.mark.slow
def test_answers_stand_below_the_remark_in_their_order(relay: Relay, town: Town, clock: FakeClock) -> None:
    number = add(relay, "громче", 3.0)
    clock.moves(hours=1)
    first = remarks.reply(relay, *FILM, number, " сделано\n ", person="Борис")
    second = remarks.reply(relay, *FILM, number, "спасибо", person="Ольга")
    (one,) = remarks.listing(relay, *FILM)
    assert [(reply.id, reply.text, reply.person) for reply in one.replies] == [
        (first, "сделано", "Борис"),
        (second, "спасибо", "Ольга"),
    ]
    assert one.replies[0].at == "2023-01-12T13:00:00+03:00"
    assert events(relay)[1] == ("remark answered", "Борис", {"remark": number, "reply": first})


@pytest.mark.slow
def test_an_answer_says_something_to_a_remark_of_this_film(relay: Relay, town: Town) -> None:
    number = add(relay, "громче")
    with pytest.raises(Refused, match="says something"):
        remarks.reply(relay, *FILM, number, " ", person="Борис")
    for film, remark in (("other", number), ("film", 99)):
        with pytest.raises(NotFound, match="no such remark"):
            remarks.reply(relay, "proryv80", film, remark, "x", person="Борис")
    for _ in range(remarks.MOST_REPLIES):
        remarks.reply(relay, *FILM, number, "x", person="Борис")
    with pytest.raises(Refused, match="answers already"):
        remarks.reply(relay, *FILM, number, "x", person="Борис")


@pytest.mark.slow
def test_who_opened_it_again_and_when_is_known(relay: Relay, town: Town, clock: FakeClock) -> None:
    number = add(relay, "громче", 3.0)
    remarks.settle(relay, *FILM, number, done=False, person="Вера")
    assert remarks.listing(relay, *FILM)[0].opened_by == "", "it was open"
    remarks.settle(relay, *FILM, number, done=True, person="Борис")
    clock.moves(hours=1)
    remarks.settle(relay, *FILM, number, done=False, person="Анна")
    (one,) = remarks.listing(relay, *FILM)
    assert (one.opened_by, one.opened_at, one.done_at) == ("Анна", "2023-01-12T13:00:00+03:00", None)


# Remarks go on with the film


@pytest.mark.slow
def test_in_the_next_version_a_remark_stands_at_the_same_face(relay: Relay, town: Town) -> None:
    add(relay, "Глеб", 12.0)
    add(relay, "весь фильм")
    edits.place(relay, *FILM, 2, before=1, person="Борис")
    has_version(relay, number=2)
    add(relay, "новое", 15.0, version=2)
    found = remarks.in_version(relay, *FILM, 2)
    assert [(one.text, one.seconds, one.clock, one.version, one.here) for one in found] == [
        ("весь фильм", None, "", 1, True),
        ("Глеб", 2.0, "0:02", 1, True),
        ("новое", 15.0, "0:15", 2, True),
    ]
    assert [one.frame for one in found] == [None, 50, 375]


@pytest.mark.slow
def test_what_is_not_in_the_version_any_more_is_told_last(relay: Relay, town: Town) -> None:
    add(relay, "Анна", 2.0)
    remarks.add(relay, *FILM, 1, "Глеб", seconds=12.0, until=14.0, person="Ольга")
    edits.leave_out(relay, *FILM, 1, reason="тихо", person="Борис")
    has_version(relay, number=2)
    gone = remarks.in_version(relay, *FILM, 2)
    assert [(one.text, one.here, one.seconds, one.until) for one in gone] == [
        ("Глеб", True, 2.0, 4.0),
        ("Анна", False, 2.0, None),
    ]
    assert [one.text for one in remarks.in_version(relay, *FILM, 1)] == ["Анна", "Глеб"], (
        "in the first one nothing moves"
    )


@pytest.mark.slow
def test_without_its_manifest_a_remark_keeps_its_time(relay: Relay, town: Town) -> None:
    add(relay, "Глеб", 12.0)
    edits.place(relay, *FILM, 2, before=1, person="Борис")
    has_version(relay, number=2)
    (relay.settings.data_dir / "almanacs" / "proryv80_film-v1.json").unlink()
    assert [(one.seconds, one.here) for one in remarks.in_version(relay, *FILM, 2)] == [(12.0, True)]


@pytest.mark.slow
def test_open_ones_are_counted_over_all_versions(relay: Relay, town: Town) -> None:
    done = add(relay, "раз")
    has_version(relay, number=2)
    add(relay, "два", version=2)
    remarks.settle(relay, *FILM, done, done=True, person="Борис")
    with relay.reading() as session:
        assert remarks.count_open(session, queries.find(session, *FILM)) == 1
        assert remarks.count_open(session, queries.find(session, "proryv80", "other")) == 0
