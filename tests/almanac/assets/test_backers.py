from __future__ import annotations

import pytest
from sqlmodel import select

from relay.almanac.assets import backers, looks
from relay.almanac.assets.backers import CreditEntry
from relay.almanac.plan import queries
from relay.context import Relay
from relay.errors import NotFound, Refused, Stale
from relay.models import Event
from relay.records import find_campaign
from tests.almanac.assets.film import FILM, has_emblem, has_film

LIBRARY, PAPER = CreditEntry("Организаторы", "Библиотека"), CreditEntry("Партнёры", "Газета «Ладога»")


def sections(relay: Relay) -> list[tuple[str, list[tuple[str, bool]]]]:
    with relay.reading() as session:
        campaign, almanac = find_campaign(session, "proryv80"), queries.find(session, *FILM)
        found = backers.sections(relay, session, campaign, almanac)
    return [(one.role, [(who.name, who.emblem is not None) for who in one.backers]) for one in found]


@pytest.mark.slow
def test_lines_of_a_campaign_stand_in_every_film_together_under_their_headings(relay: Relay):
    has_film(relay)
    emblem = has_emblem(relay)
    lines = [LIBRARY, CreditEntry("Организаторы", "", emblem), PAPER, CreditEntry("Организаторы", "Район")]
    backers.set_campaign(relay, "proryv80", lines, person="olga")
    assert sections(relay) == [
        ("Организаторы", [("Библиотека", False), ("", True)]),
        ("Партнёры", [("Газета «Ладога»", False)]),
        ("Организаторы", [("Район", False)]),
    ]
    with relay.reading() as session:
        what = [(row.person, row.details) for row in session.exec(select(Event).where(Event.what == "credits changed"))]
    assert what == [("olga", {"lines": 4})]


@pytest.mark.slow
def test_a_film_may_have_lines_of_its_own_which_are_undone_like_its_look(relay: Relay):
    has_film(relay)
    backers.set_campaign(relay, "proryv80", [LIBRARY], person="olga")
    own = backers.set_film(relay, *FILM, [PAPER], person="boris")
    assert (own.own, own.lines, backers.of_campaign(relay, "proryv80").lines) == (True, (PAPER,), (LIBRARY,))
    assert sections(relay) == [("Партнёры", [("Газета «Ладога»", False)])]
    looks.undo(relay, *FILM, person="boris")
    assert backers.of_film(relay, *FILM).lines == (LIBRARY,)
    backers.set_film(relay, *FILM, [], person="boris")
    assert (sections(relay), backers.of_film(relay, *FILM).own) == ([], True), "a film may also have none"
    backers.set_film(relay, *FILM, None, person="boris")
    assert backers.of_film(relay, *FILM).own is False


@pytest.mark.slow
def test_two_organizers_never_overwrite_each_other(relay: Relay):
    has_film(relay)
    seen = backers.of_campaign(relay, "proryv80").token
    backers.set_campaign(relay, "proryv80", [LIBRARY], person="olga", seen=seen)
    with pytest.raises(Stale, match=r"^Somebody changed these lines while you had them open\."):
        backers.set_campaign(relay, "proryv80", [PAPER], person="boris", seen=seen)
    assert backers.of_campaign(relay, "proryv80").lines == (LIBRARY,)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "said"),
    [
        (CreditEntry(" ", "Библиотека"), "A line of the credits needs its heading: organizers, partners …"),
        (CreditEntry("Партнёры", " "), "A line of the credits needs a name or an emblem."),
        (CreditEntry("Партнёры", "x", 9), "There is no emblem 9 in this campaign."),
    ],
)
def test_a_line_that_says_nothing_is_refused_and_nothing_is_changed(relay: Relay, line, said):
    has_film(relay)
    backers.set_campaign(relay, "proryv80", [LIBRARY], person="olga")
    for deed in (
        lambda: backers.set_campaign(relay, "proryv80", [PAPER, line], person="olga"),
        lambda: backers.set_film(relay, *FILM, [PAPER, line], person="olga"),
    ):
        with pytest.raises(Refused) as refused:
            deed()
        assert refused.value.line.startswith(said)
    assert backers.of_film(relay, *FILM).lines == (LIBRARY,)


def test_a_line_moves_within_the_bounds():
    lines = [CreditEntry("r", name) for name in "abc"]
    assert [line.name for line in backers.moved(lines, 2, 0)] == ["c", "a", "b"]
    assert [line.name for line in backers.moved(lines, 0, 9)] == ["b", "c", "a"]
    assert [line.name for line in backers.moved(lines, 0, -1)] == ["a", "b", "c"]
    with pytest.raises(NotFound):
        backers.moved(lines, 3, 0)
    assert [line.name for line in backers.without(lines, 1)] == ["a", "c"]
    with pytest.raises(NotFound):
        backers.without(lines, 3)


@pytest.mark.slow
def test_no_credits_are_endless(relay: Relay):
    has_film(relay)
    with pytest.raises(Refused, match=r"^The credits take up to 60 lines\."):
        backers.set_campaign(relay, "proryv80", [LIBRARY] * 61, person="olga")


@pytest.mark.slow
def test_what_is_written_there_is_told_for_fonts(relay: Relay):
    has_film(relay)
    backers.set_campaign(relay, "proryv80", [LIBRARY, PAPER], person="olga")
    with relay.reading() as session:
        words = backers.words(session, find_campaign(session, "proryv80"), queries.find(session, *FILM))
    assert words == ["Организаторы", "Библиотека", "Партнёры", "Газета «Ладога»"]
