from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from relay.almanac.delivery import remarks, sign_off, versions
from relay.almanac.delivery.reviewing import protocols, sealed_films
from relay.almanac.delivery.reviewing.drawing import Stroke, Tool
from relay.almanac.delivery.reviewing.protocols import SEALS
from relay.almanac.delivery.reviewing.sealed_films import SignedProtocol
from relay.almanac.delivery.sign_off import MOST_REMARKS
from relay.almanac.plan import edits, queries
from relay.context import Relay
from relay.errors import NotFound, Refused, Stale
from relay.media.files import file_sha256
from relay.models import ClipState, Event, Render, SignOff
from relay.views import as_json
from relay.web.words import films
from tests.almanac.cinema import has_version
from tests.fakes.clock import FakeClock
from tests.moderation.town import Town

FILM = ("proryv80", "film")


@pytest.fixture
def town(relay: Relay) -> Town:
    """A film of two clips, whose first version is made."""
    town = Town(relay)
    for name in ("Анна", "Глеб"):
        town.has_clip(name=name, town="Мга", state=ClipState.approved, duration=10)
    queries.new(relay, *FILM, title="Голоса памяти", all_approved=True)
    has_version(relay)
    return town


def ask(relay: Relay, **known: object) -> sign_off.SignOffLink:
    return sign_off.ask(relay, *FILM, **{"to": "К. А. Веденеев", "position": "глава", "person": "Ольга", **known})  # type: ignore[arg-type]


def events(relay: Relay) -> list[tuple[str, str]]:
    with relay.reading() as session:
        rows = session.exec(select(Event).where(Event.subject == "almanac").order_by(Event.id)).all()  # type: ignore[arg-type]
        return [(row.what, row.person) for row in rows if row.what != "planned"]


def shows_nothing(relay: Relay, secret: str) -> bool:
    for attempt in (sign_off.shown, sign_off.film, lambda *link: sign_off.decide(*link, "agreed")):
        with pytest.raises(NotFound):
            attempt(relay, secret)
    return True


@pytest.mark.slow
def test_an_official_agrees_to_exactly_one_version(relay: Relay, town: Town, clock: FakeClock) -> None:
    asked = ask(relay)
    shown = sign_off.shown(relay, asked.secret)
    assert (shown.title, shown.version, shown.seconds) == ("Голоса памяти", 1, 20.0)
    assert as_json(shown.people) == [{"name": "Анна", "town": "Мга"}, {"name": "Глеб", "town": "Мга"}]
    assert sign_off.film(relay, asked.secret).read_bytes()[:4] == b"film"
    clock.moves(hours=2)
    done = sign_off.decide(relay, asked.secret, "agreed")
    assert (done.verdict, done.sha256) == ("agreed", hashlib.sha256(b"film" * 1000).hexdigest())
    assert sign_off.shown(relay, asked.secret).verdict == "agreed"
    assert events(relay) == [("sign-off asked", "Ольга"), ("sign-off agreed", "К. А. Веденеев")]


@pytest.mark.slow
def test_remarks_come_before_the_verdict_and_stand_in_the_protocol(relay: Relay, town: Town) -> None:
    asked, other = ask(relay), ask(relay, to="М. Громова")
    sign_off.remark(relay, asked.secret, "Синявино, а не Синявина", seconds=12.4)
    assert sign_off.shown(relay, other.secret).remarks == []
    done = sign_off.decide(relay, asked.secret, "remarks", words="Остальное хорошо")
    assert [(one.clock, one.text, one.who) for one in done.remarks] == [("0:12", "Синявино, а не Синявина", "Глеб")]
    assert done.evidence["remarks"] == [{"at": "0:12", "text": "Синявино, а не Синявина"}]
    (listed,) = remarks.listing(relay, *FILM)
    assert (listed.person, listed.seconds, listed.clip) == ("К. А. Веденеев", 12.4, 2)


@pytest.mark.slow
def test_the_seal_covers_what_was_agreed_to(relay: Relay, town: Town) -> None:
    evidence = dict(sign_off.decide(relay, ask(relay).secret, "agreed").evidence)
    seal = evidence.pop("digest")
    signed = SignedProtocol({}, evidence.pop("key"), evidence.pop("signature"))
    assert sealed_films._is_right(replace(signed, protocol=evidence))
    assert not sealed_films._is_right(replace(signed, protocol={**evidence, "verdict": "remarks"}))
    assert signed.key == protocols.public_key(relay)
    assert hashlib.sha256(json.dumps(evidence, ensure_ascii=False, sort_keys=True).encode()).hexdigest() == seal


@pytest.mark.slow
def test_a_verdict_is_final(relay: Relay, town: Town) -> None:
    asked = ask(relay)
    sign_off.decide(relay, asked.secret, "agreed")
    for again in (
        lambda: sign_off.decide(relay, asked.secret, "remarks", words="нет"),
        lambda: sign_off.remark(relay, asked.secret, "ещё"),
    ):
        with pytest.raises(Refused, match="final"):
            again()


@pytest.mark.slow
def test_remarks_without_a_word_are_none(relay: Relay, town: Town) -> None:
    asked = ask(relay)
    with pytest.raises(Refused, match="no remark"):
        sign_off.decide(relay, asked.secret, "remarks")
    with pytest.raises(Refused, match="A verdict"):
        sign_off.decide(relay, asked.secret, "perhaps")
    with pytest.raises(Refused, match="not in it"):
        sign_off.remark(relay, asked.secret, "после конца", seconds=20.0)
    assert sign_off.decide(relay, asked.secret, "remarks", words="нет").verdict == "remarks"
    said = ask(relay)
    sign_off.remark(relay, said.secret, "слово")
    assert sign_off.decide(relay, said.secret, "remarks").words == ""


@pytest.mark.slow
def test_a_link_ends_by_itself_and_by_hand(relay: Relay, town: Town, clock: FakeClock) -> None:
    asked, other = ask(relay, days=1), ask(relay, days=9)
    clock.moves(hours=24)
    assert shows_nothing(relay, asked.secret)
    assert sign_off.shown(relay, other.secret).verdict == ""
    sign_off.revoke(relay, other.number, person="Ольга")
    assert shows_nothing(relay, other.secret)
    assert shows_nothing(relay, "forged")
    assert [row.state for row in sign_off.listing(relay, *FILM)] == ["revoked", "expired"]


@pytest.mark.slow
def test_all_that_does_not_work_says_the_same(relay: Relay, town: Town, clock: FakeClock) -> None:
    asked, revoked = ask(relay, days=1), ask(relay, days=9)
    sign_off.revoke(relay, revoked.number, person="Ольга")
    clock.moves(hours=24)
    said = set()
    for secret in (asked.secret, revoked.secret, "forged", ""):
        with pytest.raises(NotFound) as error:
            sign_off.shown(relay, secret)
        said.add(error.value.line)
    assert said == {"This link does not work. Ask those who sent it for a new one."}


@pytest.mark.slow
def test_a_link_to_a_row_that_was_exchanged_does_not_work(relay: Relay, town: Town) -> None:
    asked = ask(relay)
    with relay.transaction() as session:
        row = session.exec(select(Render)).one()
        row.sha256 = "0" * 64
        session.add(row)
    with pytest.raises(NotFound, match=r"^This link does not work"):
        sign_off.shown(relay, asked.secret)


@pytest.mark.slow
def test_people_stand_once_in_the_protocol_and_those_without_a_name_not_at_all(relay: Relay, town: Town) -> None:
    path = relay.folder("almanacs") / "proryv80_film-v1.json"
    manifest = json.loads(path.read_text())
    names = [("Глеб", "Мга"), ("", "Мга"), ("Анна", "Мга"), ("Глеб", "Мга"), ("Глеб", "Луга")]
    manifest["credits"] = [{"name": name, "town": town} for name, town in names]
    path.write_text(json.dumps({**manifest, "title": ""}))
    shown = sign_off.shown(relay, ask(relay).secret)
    assert [(one.name, one.town) for one in shown.people] == [
        ("Глеб", "Мга"), ("Анна", "Мга"), ("Глеб", "Луга"),
    ]  # fmt: skip
    assert shown.title == "Голоса памяти", "the almanac's, where the manifest has none"


@pytest.mark.slow
def test_a_new_version_inherits_nothing(relay: Relay, town: Town) -> None:
    asked = ask(relay)
    has_version(relay, number=2, content=b"another")
    assert sign_off.film(relay, asked.secret).name == "proryv80_film-v1.mp4"
    sign_off.decide(relay, asked.secret, "agreed")
    assert [row.version for row in sign_off.listing(relay, *FILM)] == [1]
    assert sign_off.shown(relay, ask(relay).secret).verdict == ""


@pytest.mark.parametrize("guarded", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_nobody_agrees_to_a_file_that_was_exchanged(
    relay: Relay, town: Town, monkeypatch: pytest.MonkeyPatch, *, guarded: bool
) -> None:
    """The twin takes the file at its word, and another film is signed off."""
    asked = ask(relay)
    sign_off.film(relay, asked.secret).write_bytes(b"another film")
    if guarded:
        with pytest.raises(Refused, match="not the one"):
            sign_off.decide(relay, asked.secret, "agreed")
    else:
        monkeypatch.setattr(sign_off, "file_sha256", lambda _path: hashlib.sha256(b"film" * 1000).hexdigest())
        assert sign_off.decide(relay, asked.secret, "agreed").verdict == "agreed"


@pytest.mark.parametrize("guarded", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_a_version_with_a_withdrawn_clip_is_shown_to_nobody(
    relay: Relay, town: Town, monkeypatch: pytest.MonkeyPatch, *, guarded: bool
) -> None:
    """The twin does not ask, and the participant is still on screen."""
    asked = ask(relay)
    with relay.transaction() as session:
        clip = town.clip(2)
        clip.state = ClipState.withdrawn
        session.add(clip)
    if guarded:
        assert shows_nothing(relay, asked.secret)
        with pytest.raises(NotFound, match="taken a clip back"):
            ask(relay)
    else:
        monkeypatch.setattr(versions, "withdrawn_from", lambda *_: [])
        assert sign_off.film(relay, asked.secret).exists()


@pytest.mark.slow
def test_the_secret_is_kept_nowhere(relay: Relay, town: Town) -> None:
    asked = ask(relay)
    with relay.reading() as session:
        row = session.exec(select(SignOff)).one()
        kept = repr([row.model_dump(), *(event.model_dump() for event in session.exec(select(Event)))])
    assert asked.secret not in kept
    assert row.link_hash == hashlib.sha256(asked.secret.encode()).hexdigest()


@pytest.mark.slow
def test_who_and_what_has_to_be_known(relay: Relay, town: Town) -> None:
    refused: list[tuple[dict[str, object], str]] = [
        ({"to": " \n"}, "A sign-off needs the name of the person who gives it."),
        ({"days": 0}, "A link works for 1 to 90 days."),
        ({"days": 91}, "A link works for 1 to 90 days."),
        ({"version": 7}, "There is no such version of the film."),
    ]
    for wrong, said in refused:
        with pytest.raises((Refused, NotFound)) as error:
            ask(relay, **wrong)
        assert error.value.line == said
    for days in (1, 90):
        assert ask(relay, days=days).expires_at - relay.now() == timedelta(days=days)
    (relay.folder("almanacs") / "proryv80_film-v1.mp4").unlink()
    with pytest.raises(NotFound, match="not there any more"):
        ask(relay)
    assert events(relay) == [("sign-off asked", "Ольга")] * 2


@pytest.mark.slow
def test_a_remark_is_ticked_off_once(relay: Relay, town: Town) -> None:
    number = remarks.add(relay, *FILM, 1, "громче", seconds=3.0, person="Ольга")
    remarks.settle(relay, *FILM, number, done=True, person="Борис")
    remarks.settle(relay, *FILM, number, done=True, person="Вера")
    assert remarks.listing(relay, *FILM)[0].done_by == "Борис"
    remarks.settle(relay, *FILM, number, done=False, person="Вера")
    assert remarks.listing(relay, *FILM)[0].done_at is None
    assert [what for what, _ in events(relay)] == ["remarked", "remark done", "remark opened"]
    with pytest.raises(NotFound):
        remarks.settle(relay, *FILM, 99, done=True, person="Борис")


@pytest.mark.slow
def test_without_a_number_the_newest_version_is_asked_about_for_a_week(relay: Relay, town: Town) -> None:
    has_version(relay, number=2)
    asked = ask(relay)
    assert (asked.version, asked.number) == (2, 1)
    assert (asked.expires_at - relay.now()).days == 7
    assert ask(relay, version=1).version == 1


@pytest.mark.slow
def test_the_whole_view(relay: Relay, town: Town, clock: FakeClock) -> None:
    asked = ask(relay, to=" К. А.\n Веденеев ", position=" глава  ")
    assert asked.expires_at.isoformat() == "2023-01-19T12:00:00+03:00"
    clock.moves(hours=1)
    sign_off.remark(relay, asked.secret, "позже", seconds=3.0)
    sign_off.remark(relay, asked.secret, "раньше", seconds=1.0)
    sign_off.remark(relay, asked.secret, "обо всём")
    returned = sign_off.decide(relay, asked.secret, "remarks", words="  Хорошо,\nно громче ")
    shown = sign_off.protocol(relay, asked.number)
    assert (shown, shown.state) == (returned, "remarks")
    assert sign_off.listing(relay, *FILM) == [shown]
    assert sign_off.shown(relay, asked.secret) == returned
    assert [one.text for one in shown.remarks] == ["обо всём", "раньше", "позже"]
    assert sign_off.poster(relay, asked.secret).read_bytes() == b"picture"
    told = as_json(shown)
    facts = {name: told[name] for name in told if name not in ("evidence", "people", "remarks", "sha256")}
    assert facts == {
        "number": 1,
        "title": "Голоса памяти",
        "campaign": "Прорыв. Голоса памяти",
        "slug": "proryv80",
        "name": "film",
        "version": 1,
        "seconds": 20.0,
        "made_at": "2023-01-12T12:00:00+03:00",
        "person": "К. А. Веденеев",
        "position": "глава",
        "invited_by": "Ольга",
        "asked_at": "2023-01-12T12:00:00+03:00",
        "expires_at": "2023-01-19T12:00:00+03:00",
        "revoked_at": None,
        "decided_at": "2023-01-12T13:00:00+03:00",
        "verdict": "remarks",
        "words": "Хорошо, но громче",
        "state": "remarks",
        "since": {"before": None, "changes": []},
    }
    evidence = shown.evidence
    assert {name: evidence[name] for name in evidence if name not in SEALS} == {
        "sign_off": 1,
        "person": "К. А. Веденеев",
        "position": "глава",
        "almanac": "film",
        "version": 1,
        "film": hashlib.sha256(b"film" * 1000).hexdigest(),
        "verdict": "remarks",
        "words": "Хорошо, но громче",
        "remarks": [{"at": "", "text": "обо всём"}, {"at": "0:01", "text": "раньше"}, {"at": "0:03", "text": "позже"}],
        "at": "2023-01-12T13:00:00+03:00",
    }
    frozen = json.dumps(
        {name: value for name, value in evidence.items() if name not in SEALS}, ensure_ascii=False, sort_keys=True
    )
    assert evidence["digest"] == hashlib.sha256(frozen.encode()).hexdigest()
    with relay.reading() as session:
        told = session.exec(select(Event).where(Event.what == "sign-off remarks")).one()
    assert (told.at, told.subject, told.subject_id, told.person) == (relay.now(), "almanac", 1, "К. А. Веденеев")
    assert told.details == {"sign_off": 1, "version": 1, "to": "К. А. Веденеев", "sha256": shown.sha256}


@pytest.mark.slow
def test_the_newest_comes_first_and_each_says_how_it_stands(relay: Relay, town: Town, clock: FakeClock) -> None:
    agreed, revoked, short, open_ = (ask(relay), ask(relay), ask(relay, days=1), ask(relay, days=9))
    sign_off.decide(relay, agreed.secret, "agreed")
    for _ in range(2):
        sign_off.revoke(relay, revoked.number, person="Ольга")
    clock.moves(hours=24)
    states = [(one.number, one.state) for one in sign_off.listing(relay, *FILM)]
    assert states == [
        (open_.number, "open"),
        (short.number, "expired"),
        (revoked.number, "revoked"),
        (agreed.number, "agreed"),
    ]
    assert [what for what, _person in events(relay)].count("sign-off revoked") == 1
    assert sign_off.protocol(relay, revoked.number).revoked_at == "2023-01-12T12:00:00+03:00"
    queries.new(relay, "proryv80", "other", all_approved=True)
    assert sign_off.listing(relay, "proryv80", "other") == []
    for attempt in (sign_off.protocol, lambda relay, number: sign_off.revoke(relay, number, person="x")):
        with pytest.raises(NotFound, match="no sign-off 99"):
            attempt(relay, 99)


@pytest.mark.slow
@pytest.mark.parametrize("meanwhile", ["decided", "revoked", "expired"])
def test_a_verdict_comes_too_late_when_the_link_has_ended_meanwhile(
    relay: Relay, town: Town, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    """It ends while the file is compared, which takes long for a large film."""
    asked, other = ask(relay), ask(relay)

    def compared(path: Path) -> str:
        monkeypatch.undo()
        if meanwhile == "decided":
            sign_off.decide(relay, asked.secret, "agreed")
        elif meanwhile == "revoked":
            sign_off.revoke(relay, asked.number, person="Ольга")
        else:
            clock.moves(hours=24 * 7)
        return file_sha256(path)

    monkeypatch.setattr(sign_off, "file_sha256", compared)
    with pytest.raises(Stale) as late:
        sign_off.decide(relay, asked.secret, "remarks", words="нет")
    assert late.value.line == "This sign-off has been decided, or its link has ended."
    assert sign_off.protocol(relay, asked.number).verdict == ("agreed" if meanwhile == "decided" else "")
    assert sign_off.protocol(relay, other.number).verdict == ""
    assert "sign-off remarks" not in [what for what, _ in events(relay)]


@pytest.mark.slow
def test_one_link_takes_so_many_remarks_and_no_more(relay: Relay, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    assert 20 <= MOST_REMARKS <= 1000
    monkeypatch.setattr(sign_off, "MOST_REMARKS", 3)
    asked, other = ask(relay), ask(relay)
    for number in range(3):
        sign_off.remark(relay, asked.secret, f"раз {number}", seconds=1.0)
    with pytest.raises(Refused, match="3 remarks already"):
        sign_off.remark(relay, asked.secret, "ещё")
    sign_off.remark(relay, other.secret, "а другой может")
    assert len(sign_off.shown(relay, asked.secret).remarks) == 3


@pytest.mark.slow
def test_an_official_sees_what_is_new_and_what_was_answered(relay: Relay, town: Town) -> None:
    first = ask(relay)
    sign_off.remark(relay, first.secret, "громче", seconds=3.0, until=4.0, strokes=[Stroke(Tool.pen, ((0.5, 0.5),))])
    number = remarks.listing(relay, *FILM)[0].id
    remarks.reply(relay, *FILM, number, "сделано", person="Ольга")
    (one,) = sign_off.shown(relay, first.secret).remarks
    assert (one.until, len(one.drawing), [reply.text for reply in one.replies]) == (4.0, 1, ["сделано"])
    edits.leave_out(relay, *FILM, 1, reason="тихо", person="Ольга")
    has_version(relay, number=2)
    second = sign_off.shown(relay, ask(relay).secret)
    assert (second.since.before, [str(films.change(one)) for one in second.since.changes]) == (
        1,
        ["Not in it any more: Анна, Мга."],
    )
    assert second.remarks == [], "what was said of the first version is its own"
