from __future__ import annotations

import pytest

from relay.almanac.assets import cards, styles
from relay.almanac.assets.styles import Change
from relay.almanac.delivery import manifests, remarks, sign_off, standing
from relay.almanac.delivery.standing import FilmCard, Standing
from relay.almanac.plan import edits, queries
from relay.context import Relay
from relay.errors import NotFound
from relay.models import ClipState
from relay.moderation.withdrawal import withdraw
from tests.almanac.cinema import has_preview, has_version
from tests.fakes.clock import FakeClock
from tests.moderation.town import Town

FILM = ("proryv80", "film")


@pytest.fixture
def town(relay: Relay) -> Town:
    town = Town(relay)
    for name in ("Анна", "Глеб"):
        town.has_clip(name=name, state=ClipState.approved, duration=10)
    queries.new(relay, *FILM, title="Голоса памяти", all_approved=True)
    return town


def card(relay: Relay, name: str = "film") -> FilmCard:
    return next(one for one in standing.listing(relay, "proryv80") if one.name == name)


def made(relay: Relay, number: int = 1) -> None:
    """A version whose manifest tells all that manifests tell today."""
    with relay.reading() as session:
        almanac = queries.find(session, *FILM)
    has_version(relay, number=number, told=manifests.planned(relay, almanac))


@pytest.mark.slow
def test_from_the_plan_to_the_signature(relay: Relay, town: Town) -> None:
    drafted = card(relay)
    assert (drafted.standings, drafted.seconds, drafted.version, drafted.clips) == ([Standing.draft], 20.0, None, 2)
    has_preview(relay)
    assert card(relay).standings == [Standing.preview]
    made(relay)
    done = card(relay)
    assert (done.standings, done.version, done.poster, done.made_at) == (
        [Standing.finished],
        1,
        True,
        "2023-01-12T12:00:00+03:00",
    )
    asked = [sign_off.ask(relay, *FILM, to=to, person="Борис") for to in ("Веденеев", "Громова")]
    sign_off.decide(relay, asked[0].secret, "agreed")
    assert card(relay).standings == [Standing.finished], "one has not answered yet"
    sign_off.decide(relay, asked[1].secret, "agreed")
    assert card(relay).standings == [Standing.signed]
    made(relay, 2)
    assert card(relay).standings == [Standing.finished], "nobody has agreed to the new version"


def test_a_link_that_was_revoked_does_not_stand_in_the_way(relay: Relay, town: Town) -> None:
    made(relay)
    agreed, revoked = (sign_off.ask(relay, *FILM, to=to, person="Борис") for to in ("Веденеев", "Громова"))
    sign_off.decide(relay, agreed.secret, "agreed")
    sign_off.revoke(relay, revoked.number, person="Борис")
    assert card(relay).standings == [Standing.signed]


@pytest.mark.slow
@pytest.mark.parametrize("what", ["trimmed", "renamed", "left out", "moved", "title", "card", "theme"])
def test_a_plan_that_has_changed_since_is_told(relay: Relay, town: Town, what: str) -> None:
    made(relay)
    assert card(relay).standings == [Standing.finished]
    if what == "trimmed":
        edits.trim(relay, *FILM, 1, first=1.0, last=None, person="Борис")
    elif what == "renamed":
        edits.retitle(relay, *FILM, 1, who="А. Петрова", town=None, person="Борис")
    elif what == "left out":
        edits.leave_out(relay, *FILM, 1, reason="", person="Борис")
    elif what == "moved":
        edits.place(relay, *FILM, 2, before=1, person="Борис")
    elif what == "title":
        styles.change(relay, *FILM, Change(title="Память"), person="Борис")
    elif what == "card":
        cards.add(relay, *FILM, "chapter", before=2, words={"title": "Мга"}, person="Борис")
    else:
        styles.change(relay, *FILM, Change(theme="night"), person="Борис")
    assert card(relay).standings == [Standing.stale, Standing.finished]
    made(relay, 2)
    assert card(relay).standings == [Standing.finished]


@pytest.mark.slow
def test_a_film_in_another_format_is_not_stale_for_that(relay: Relay, town: Town) -> None:
    has_version(relay, format_="9:16", each=120)
    assert card(relay).standings == [Standing.finished]
    edits.leave_out(relay, *FILM, 1, reason="", person="Борис")
    assert card(relay).standings == [Standing.stale, Standing.finished]


@pytest.mark.slow
def test_a_film_that_shows_somebody_who_withdrew_is_told_first(relay: Relay, town: Town) -> None:
    made(relay)
    withdraw(relay, 2, reason="asked", person="Ольга")
    found = card(relay)
    assert (found.standings, found.withdrawn) == ([Standing.withdrawn, Standing.stale, Standing.finished], 1)


@pytest.mark.slow
def test_the_card_tells_who_was_asked_and_what_they_said(relay: Relay, town: Town) -> None:
    made(relay)
    first, second, third = (sign_off.ask(relay, *FILM, to=to, person="Борис") for to in ("Б", "А", "В"))
    sign_off.decide(relay, first.secret, "remarks", words="Громче")
    sign_off.remark(relay, second.secret, "Тише", seconds=1.0)
    sign_off.decide(relay, second.secret, "remarks")
    sign_off.revoke(relay, third.number, person="Борис")
    made(relay, 2)
    sign_off.ask(relay, *FILM, to="Г", person="Борис")
    found = card(relay)
    assert [(one.person, one.version, one.state, one.words, one.outdated) for one in found.asked] == [
        ("Г", 2, "open", "", False),
        ("А", 1, "remarks", "Тише", True),
        ("Б", 1, "remarks", "Громче", True),
        ("В", 1, "revoked", "", True),
    ]
    assert found.open_remarks == 1


@pytest.mark.slow
def test_two_films_of_one_title_are_told_apart_and_the_newest_comes_first(
    relay: Relay, town: Town, clock: FakeClock
) -> None:
    clock.moves(hours=1)
    queries.new(relay, "proryv80", "vertical", title="Голоса памяти")
    assert [(one.title, one.name) for one in standing.listing(relay, "proryv80")] == [
        ("Голоса памяти", "vertical"),
        ("Голоса памяти", "film"),
    ]
    clock.moves(hours=1)
    made(relay)
    assert [one.name for one in standing.listing(relay, "proryv80")] == ["film", "vertical"]
    with pytest.raises(NotFound):
        standing.listing(relay, "nowhere")


@pytest.mark.slow
def test_remarks_of_another_film_are_not_counted(relay: Relay, town: Town) -> None:
    queries.new(relay, "proryv80", "other", title="Другой", all_approved=True)
    made(relay)
    remarks.add(relay, *FILM, 1, "x", person="Борис")
    assert (card(relay).open_remarks, card(relay, "other").open_remarks) == (1, 0)
