from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlmodel import select

from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.models import ClipState, Consent, ConsentAsk, ConsentScope, ConsentWay, Event
from relay.moderation import consent, desk
from relay.moderation.agreement import answers, links
from relay.moderation.agreement.answers import GivenConsent
from relay.moderation.agreement.links import AskState, AskView
from relay.moderation.withdrawal import withdraw
from relay.permissions import views
from relay.permissions.rules import Lack, Use
from tests.fakes.clock import FakeClock
from tests.moderation.town import Town

BASE = "https://desk.example/"
YES = GivenConsent(name=" Анна \n Крылова ", uses=frozenset({Use.archive, Use.film}))


@pytest.fixture
def clip(relay: Relay) -> int:
    return Town(relay).has_clip(name="Анна")


def ask(relay: Relay, clip: int, **more: int) -> AskView:
    return links.ask(relay, clip, person="Вера", base_url=BASE, **more)


def secret_of(asked: AskView) -> str:
    return asked.link.rpartition("/")[2]


def answer(relay: Relay, secret: str, given: GivenConsent, language: str = "en") -> Consent:
    answers.answer(relay, secret, given, language=language, visitor="d" * 64)
    return newest(relay)


def newest(relay: Relay) -> Consent:
    with relay.reading() as session:
        return session.exec(select(Consent).order_by(Consent.id.desc())).first()  # type: ignore[union-attr, return-value]


@pytest.mark.slow
def test_the_message_is_there_in_every_language_the_campaign_s_own_first_and_leads_to_the_page(
    relay: Relay, clip: int
) -> None:
    asked = ask(relay, clip)
    assert list(asked.messages) == ["ru", "en", "fr"]
    assert asked.link.startswith("https://desk.example/agree/")
    for message in asked.messages.values():
        assert message.count(asked.link) == 1
        assert "Прорыв. Голоса памяти" in message
    assert "Хотели бы" not in asked.messages["en"]
    assert "11 February 2023" in asked.messages["en"]
    assert (asked.state, asked.asked_by, asked.answered_at) == (AskState.open, "Вера", "")


@pytest.mark.slow
def test_the_secret_is_kept_nowhere_and_asking_again_gives_the_same_link_for_longer(
    relay: Relay, clip: int, clock: FakeClock
) -> None:
    first = ask(relay, clip)
    secret = secret_of(first)
    with relay.reading() as session:
        (row,) = session.exec(select(ConsentAsk))
        told = " ".join(
            map(str, [*row.model_dump().values(), *(event.details for event in session.exec(select(Event)))])
        )
    assert secret not in told
    assert row.link_hash == links.digest(secret)
    clock.moves(hours=24 * 20)
    again = ask(relay, clip)
    assert (again.link, again.number) == (first.link, first.number)
    assert again.expires_at > first.expires_at
    assert [one.number for one in links.of_clip(relay, clip, BASE)] == [first.number]


def test_the_answer_is_kept_with_the_words_as_they_were_shown_and_who_gave_it_when(relay: Relay, clip: int) -> None:
    secret = secret_of(ask(relay, clip))
    assert not answers.page(relay, secret).answered
    row = answer(relay, secret, replace(YES, uses=YES.uses | {Use.broadcast}, until="2030-01-31"))
    assert (row.scope, row.archive, row.broadcast, row.abroad, row.until) == (
        ConsentScope.film, True, True, False, date(2030, 1, 31),
    )  # fmt: skip
    assert (row.way, row.name, row.language, row.visitor, row.at) == (
        ConsentWay.link, "Анна Крылова", "en", "d" * 64, relay.now(),
    )  # fmt: skip
    assert row.words.splitlines() == [
        "The video may be kept in the archive of “Прорыв. Голоса памяти”.",
        "The video, my name and my town may be shown in the film “Прорыв. Голоса памяти” and in public.",
        "The film with it may be broadcast on television and on the internet.",
        "It may not be shown abroad.",
        "This holds until 31 January 2030.",
    ]
    page = answers.page(relay, secret)
    assert (page.answered, page.standing.words, page.standing.name) == (True, row.words, "Анна Крылова")
    (asked,) = links.of_clip(relay, clip, BASE)
    assert (asked.state, bool(asked.answered_at)) == (AskState.answered, True)
    (entry,) = [one for one in desk.history(relay, clip) if one.verdict == "consent"]
    assert (entry.scope, entry.person) == ("film", "the participant")


def test_whoever_thinks_again_answers_again_and_the_newest_counts(relay: Relay, clip: int) -> None:
    secret = secret_of(ask(relay, clip))
    answer(relay, secret, YES)
    assert views.of_clip(relay, clip).passes
    row = answer(relay, secret, GivenConsent(name="Анна Крылова", refused=True, until="2030-01-31"), "ru")
    assert (row.scope, row.until, row.words) == (
        ConsentScope.refused, None, "Я не разрешаю показывать и хранить это видео.",
    )  # fmt: skip
    assert views.of_clip(relay, clip).lacks == [Lack.refused]
    answer(relay, secret, replace(YES, uses=frozenset({Use.archive})))
    assert views.of_clip(relay, clip).lacks == [Lack.not_in_films]


@pytest.mark.slow
@pytest.mark.parametrize("by_age", [True, False])
def test_a_child_s_yes_needs_a_guardian_and_a_child_s_no_needs_nobody(relay: Relay, clip: int, by_age: bool) -> None:
    if by_age:
        desk.edit(relay, clip, person="Вера", age="9")
    secret = secret_of(ask(relay, clip))
    child = replace(YES, minor=not by_age)
    for lacking in (child, replace(child, guardian="Вера"), replace(child, guardian_agreed=True)):
        with pytest.raises(Refused, match="a parent or guardian has to agree"):
            answer(relay, secret, lacking)
    row = answer(relay, secret, replace(child, guardian="Вера Крылова", guardian_agreed=True))
    assert (row.minor, row.guardian) == (True, "Вера Крылова")
    assert row.words.splitlines()[-1].startswith("I am a parent or guardian of the person in the video")
    assert views.of_clip(relay, clip).passes
    answer(relay, secret, replace(child, refused=True))
    assert views.of_clip(relay, clip).lacks == [Lack.refused]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("given", "why"),
    [
        (replace(YES, name=" "), "Write your name"),
        (replace(YES, uses=frozenset()), "Tick what may be done"),
        (replace(YES, uses=frozenset({Use.abroad})), "tick that too"),
        (replace(YES, until="2020-01-01"), "lies in the past"),
        (replace(YES, until="завтра"), "can't be read as a day"),
    ],
)
def test_an_answer_that_says_nothing_is_not_kept(relay: Relay, clip: int, given: GivenConsent, why: str) -> None:
    secret = secret_of(ask(relay, clip))
    with pytest.raises(Refused, match=why):
        answer(relay, secret, given)
    assert newest(relay) is None


@pytest.mark.slow
def test_a_link_ends_by_itself_and_by_hand_and_then_tells_nobody_anything(
    relay: Relay, clip: int, clock: FakeClock
) -> None:
    expired = secret_of(ask(relay, clip, days=1))
    clock.moves(hours=24)
    ended = secret_of(ask(relay, clip))
    assert ended != expired, "a link that has ended does not come back"
    links.end(relay, clip, person="Вера")
    for secret in (expired, ended, "forged"):
        for attempt in (
            lambda secret=secret: answers.page(relay, secret),
            lambda secret=secret: answer(relay, secret, YES),
            lambda secret=secret: answers.take_back(relay, secret, withdraw=withdraw),
        ):
            with pytest.raises(NotFound, match="This link does not work"):
                attempt()
    assert [one.state for one in links.of_clip(relay, clip, BASE)] == [AskState.expired, AskState.ended]
    assert [(one.link, one.messages) for one in links.of_clip(relay, clip, BASE)] == [("", {})] * 2
    with pytest.raises(NotFound, match="No link"):
        links.end(relay, clip, person="Вера")
    assert newest(relay) is None


@pytest.mark.slow
def test_twin_without_its_end_an_old_link_would_work(
    relay: Relay, clip: int, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = secret_of(ask(relay, clip, days=1))
    clock.moves(hours=240)
    monkeypatch.setattr(Relay, "now", lambda self: self.clock() - timedelta(days=10))
    assert answers.page(relay, secret).clip == clip


def test_the_author_takes_the_clip_back_on_the_same_page(relay: Relay, clip: int) -> None:
    secret = secret_of(ask(relay, clip))
    answers.take_back(relay, secret, words="передумала", withdraw=withdraw)
    shown = desk.show(relay, clip)
    assert shown.state is ClipState.withdrawn
    assert "передумала" in shown.reason
    assert answers.page(relay, secret).clip_state is ClipState.withdrawn
    with pytest.raises(Refused, match="withdrawn"):
        answer(relay, secret, YES)
    with pytest.raises(Refused, match="withdrawn"):
        ask(relay, clip)


def test_nobody_is_asked_about_what_is_not_there_or_for_ever(relay: Relay, clip: int) -> None:
    with pytest.raises(NotFound):
        ask(relay, 99)
    with pytest.raises(NotFound):
        links.end(relay, 99, person="Вера")
    assert links.of_clip(relay, 99, BASE) == []
    for days in (0, 181):
        with pytest.raises(Refused, match="1 to 180 days"):
            ask(relay, clip, days=days)
    withdraw(relay, clip, reason="по телефону", person="Вера")


def test_what_the_desk_noted_is_not_shown_to_whoever_has_the_link(relay: Relay, clip: int) -> None:
    consent.note(relay, clip, "film", "сосед сказал", person="Вера")
    page = answers.page(relay, secret_of(ask(relay, clip)))
    assert (page.standing.is_own, page.standing.words, page.standing.name) == (False, "", "")


@pytest.mark.slow
def test_every_link_says_who_asked_when_and_how_it_stands_and_the_record_tells_of_it(
    relay: Relay, clip: int, clock: FakeClock
) -> None:
    first = ask(relay, clip)
    assert (first.number, first.clip, first.state, first.asked_by, first.answered_at) == (
        1, clip, AskState.open, "Вера", "",
    )  # fmt: skip
    assert (first.asked_at, first.expires_at) == ("2023-01-12T12:00:00+03:00", "2023-02-11T12:00:00+03:00")
    answer(relay, secret_of(first), YES)
    clock.moves(days=1)
    again = ask(relay, clip, days=1)
    assert (again.number, again.state, again.expires_at) == (1, AskState.answered, first.expires_at), "never shorter"
    assert again.answered_at == "2023-01-12T12:00:00+03:00"
    links.end(relay, clip, person="Анна")
    second = ask(relay, clip, days=links.MOST_DAYS)
    assert secret_of(second) != secret_of(first)
    views_ = links.of_clip(relay, clip, BASE)
    assert [(one.number, one.state, bool(one.link), bool(one.messages)) for one in views_] == [
        (1, AskState.ended, False, False), (2, AskState.open, True, True),
    ]  # fmt: skip
    clock.moves(days=links.MOST_DAYS)
    assert [one.state for one in links.of_clip(relay, clip, BASE)] == [AskState.ended, AskState.expired]
    assert links.of_clip(relay, 99, BASE) == []
    with pytest.raises(NotFound, match="No link to ask the author of clip"):
        links.end(relay, clip, person="Анна")
    with relay.reading() as session:
        told = [(row.what, row.person) for row in session.exec(select(Event).order_by(Event.id))]  # type: ignore[arg-type]
    assert [each for each in told if each[0].startswith("consent ")] == [
        ("consent asked", "Вера"), ("consent asked", "Вера"), ("consent link ended", "Анна"), ("consent asked", "Вера"),
    ]  # fmt: skip
