"""Letters that bring officials the link of their sign-off, and remind them of it. The rows are written here, in the
unit of work of what they belong to; relay/upkeep/official_letters.py sends them.

Of the link that was made by hand Relay keeps only the digest, so it can't be written down a second time: each letter
gets a link of its own, made when it is sent and kept as its digest too. All end together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from relay.almanac.delivery import versions
from relay.almanac.delivery.versions import Version
from relay.almanac.plan.store import find
from relay.channels.mail import can_write, checked_address
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.language.catalogue import is_spoken
from relay.models import (
    EventKind,
    EventSubject,
    MailedLink,
    OfficialLetterKind,
    Render,
    SignOff,
    SignOffLetter,
    need_id,
)
from relay.records import add_event

REMINDED = timedelta(days=1)
"""Before the link ends."""
WORTH_REMINDING = timedelta(days=3)
"""Whoever has less time than that is asked once."""
MOST_LETTERS = 5
"""For one sign-off, by hand: who does not answer them is called."""
MOST_A_DAY = 100
"""By hand, of the whole installation: its mail server is not to be taken for one that sends what nobody wants."""


class LetterState(StrEnum):
    """`planned`: its day has not come. `failing`: it is tried again. `given_up`: it is not."""

    planned = "planned"
    waiting = "waiting"
    sent = "sent"
    failing = "failing"
    given_up = "given_up"


@dataclass(frozen=True, slots=True)
class OfficialLetter:
    """`at`: when it was sent, else when it is due (given up: when it was written), in the campaign's zone.

    `reason`: why it did not go out, a sentence of ours.
    """

    number: int
    sign_off: int
    kind: OfficialLetterKind
    address: str
    state: LetterState
    at: str
    reason: str


def address_of(relay: Relay, mail: str) -> str:
    """Where a letter is to go; empty for nowhere. Raises Refused where none can be sent."""
    address = checked_address(mail)
    if address and not can_write(relay.settings):
        raise Refused(
            "No mail server is set up here, so no letter can be sent.",
            hint="Make the link without an address, and give it to the person yourself.",
        )
    return address


def asked(relay: Relay, session: Session, shown: Version, row: SignOff, address: str, language: str) -> None:
    """The first letter, and the reminder before the end. Raises Refused."""
    _refuse_too_many(relay, session)
    letter = _letter(relay, shown, row, address, language or shown.campaign.language)
    session.add(letter)
    if row.expires_at - row.created_at >= WORTH_REMINDING:
        session.add(_reminder(letter, row))


def again(relay: Relay, number: int, *, mail: str, person: str) -> None:
    """One more letter of an open sign-off. `mail` empty: to the address of the last one. Raises NotFound, Refused."""
    with relay.transaction() as session:
        row = session.get(SignOff, number)
        if row is None:
            raise NotFound("There is no sign-off {number}.", number=number)
        if row.verdict or row.revoked_at is not None or relay.now() >= row.expires_at:
            raise Refused("This sign-off has been decided, or its link has ended.")
        before = _rows(session, [number])
        address = address_of(relay, mail or (before[-1].address if before else ""))
        _refuse_again(relay, session, before, address)
        shown = versions.version_of(relay, session, session.get_one(Render, row.render_id))
        letter = _letter(relay, shown, row, address, before[-1].language if before else shown.campaign.language)
        session.add(letter)
        _move_reminder(session, letter, row, before)
        details = {"sign_off": row.id, "version": shown.row.version, "to": row.person}
        about = (EventSubject.almanac, shown.row.almanac_id)
        add_event(session, relay.now(), about, EventKind.sign_off_mailed, person, **details)


def dropped(session: Session, row: SignOff) -> None:
    """Nothing more is sent: it was answered, or revoked."""
    waits = col(SignOffLetter.sign_off_id) == row.id, col(SignOffLetter.next_at).is_not(None)
    session.exec(update(SignOffLetter).where(*waits).values(next_at=None, reason=""))


def number_of(session: Session, link_hash: str) -> int | None:
    """The sign-off that a mailed link leads to."""
    return session.exec(select(MailedLink.sign_off_id).where(MailedLink.link_hash == link_hash)).first()


def listing(relay: Relay, slug: str, name: str) -> Mapping[int, list[OfficialLetter]]:
    """Of all sign-offs of an almanac, by their number, the oldest letter first. Raises NotFound."""
    with relay.reading() as session:
        almanac = find(session, slug, name)
        rows = session.exec(
            select(SignOff, Render)
            .join(Render, col(Render.id) == col(SignOff.render_id))
            .where(Render.almanac_id == almanac.id)
        ).all()
        made = {need_id(row): versions.version_of(relay, session, render) for row, render in rows}
        found: dict[int, list[OfficialLetter]] = {}
        for letter in _rows(session, list(made)):
            if view := _view(made[letter.sign_off_id], letter):
                found.setdefault(letter.sign_off_id, []).append(view)
    return found


def _rows(session: Session, sign_offs: Sequence[int]) -> list[SignOffLetter]:
    """The reminder, which is written beforehand, comes last."""
    of_them = select(SignOffLetter).where(col(SignOffLetter.sign_off_id).in_(sign_offs))
    return sorted(session.exec(of_them), key=lambda one: (one.kind is OfficialLetterKind.reminder, one.id or 0))


def _letter(relay: Relay, shown: Version, row: SignOff, address: str, language: str) -> SignOffLetter:
    if not is_spoken(language):
        raise Refused("There is no language “{language}” here.", language=language)
    return SignOffLetter(
        sign_off_id=need_id(row),
        kind=OfficialLetterKind.asked,
        address=address,
        language=language,
        film=shown.manifest.get("title") or shown.almanac.title or shown.almanac.name,
        at=relay.now(),
        next_at=relay.now(),
    )


def _reminder(letter: SignOffLetter, row: SignOff) -> SignOffLetter:
    words = letter.model_dump(include={"sign_off_id", "address", "language", "film", "at"})
    return SignOffLetter(**words, kind=OfficialLetterKind.reminder, next_at=row.expires_at - REMINDED)


def _move_reminder(session: Session, letter: SignOffLetter, row: SignOff, before: Sequence[SignOffLetter]) -> None:
    """It goes where the last letter went; a link that was given by hand gets one too."""
    reminder = next((one for one in before if one.kind is OfficialLetterKind.reminder), None)
    if reminder is not None:
        reminder.address = letter.address
        session.add(reminder)
    elif row.expires_at - letter.at >= WORTH_REMINDING:
        session.add(_reminder(letter, row))


def _refuse_again(relay: Relay, session: Session, before: Sequence[SignOffLetter], address: str) -> None:
    by_hand = [one for one in before if one.kind is OfficialLetterKind.asked]
    if not address:
        raise Refused("A letter needs an address.")
    if any(one.next_at is not None and one.address == address for one in by_hand):
        raise Refused("A letter to {address} is on its way.", hint="It is tried until it goes out.", address=address)
    if len(by_hand) >= MOST_LETTERS:
        raise Refused("There were {most} letters already.", hint="Call the person.", most=MOST_LETTERS)
    _refuse_too_many(relay, session)


def _refuse_too_many(relay: Relay, session: Session) -> None:
    lately = col(SignOffLetter.at) > relay.now() - timedelta(days=1)
    by_hand = SignOffLetter.kind == OfficialLetterKind.asked
    if session.exec(select(func.count()).select_from(SignOffLetter).where(lately, by_hand)).one() >= MOST_A_DAY:
        raise Refused("{most} letters a day are the most.", hint="Try again tomorrow.", most=MOST_A_DAY)


def _view(shown: Version, letter: SignOffLetter) -> OfficialLetter | None:
    state = _state(letter)
    if state is None:
        return None
    at = shown.local(letter.sent_at or letter.next_at or letter.at)
    return OfficialLetter(need_id(letter), letter.sign_off_id, letter.kind, letter.address, state, at, letter.reason)


def _state(letter: SignOffLetter) -> LetterState | None:
    """None: it was dropped before it went out."""
    if letter.sent_at is not None:
        return LetterState.sent
    if letter.next_at is None:
        return LetterState.given_up if letter.reason else None
    if letter.attempts:
        return LetterState.failing
    return LetterState.planned if letter.kind is OfficialLetterKind.reminder else LetterState.waiting
