"""Letters about films: what waits for one person goes out together, in that person's language.

The rows are the queue (relay/almanac/delivery/reviewing/letters.py writes them). Whoever sends a letter first moves the
person's `next_at` ahead, so that of several processes one sends it; after it comes a pause, and what happens in it goes
out together again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from relay import clocks, logs
from relay.alerts import GIVE_UP
from relay.channels.mail import LONGEST_SUBJECT, Mail, can_write
from relay.context import Relay
from relay.errors import NotSent, Refused
from relay.language.catalogue import translator
from relay.language.sentence import Sentence, filled
from relay.models import Account, Almanac, Campaign, LetterLine, MailChoice, MailPace, need_id
from relay.records import film_makers
from relay.upkeep.outbox import CLAIM, pause_after

PAUSE = timedelta(minutes=10)
"""Between two letters to one person."""
LONGEST = timedelta(days=1, hours=1)
"""The farthest ahead that a letter is put: to the next morning."""
MOST_LINES = 60
"""In one letter; more are counted."""

log = logs.get_logger()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A letter that is due: to whom, and the rows that it tells of."""

    account: Account
    choice: MailChoice
    lines: list[LetterLine]
    films: dict[int, str]


def send_due(relay: Relay) -> int:
    """Sends what is due and returns how many letters went out. A server that fails is left until the next call."""
    if not can_write(relay.settings):
        return 0
    sent = 0
    for number in _due(relay):
        letter = _claimed(relay, number)
        if letter is None:
            continue
        try:
            _send(relay, letter)
        except (NotSent, Refused) as error:
            log.warning("a letter was not sent", account=letter.account.login, fault=error.line)
            _postpone(relay, letter, error.line)
            if isinstance(error, NotSent):
                break
        else:
            _confirm(relay, letter)
            sent += 1
    return sent


def text_of(letter: Waiting, desk: str) -> tuple[str, list[str]]:
    """Subject and lines, in the reader's language. `desk`: its address."""
    tell = translator(letter.account.language).tell
    return _subject(tell(_topic(letter))), list(_lines(letter, desk))


def _topic(letter: Waiting) -> Sentence:
    films = list(dict.fromkeys(letter.films[line.almanac_id] for line in letter.lines))
    if len(films) == 1:
        return filled("News of the film “{film}”", film=films[0])
    return filled("News of your films")


def _subject(topic: str) -> str:
    subject = " ".join(f"Relay: {topic}".split())
    return subject if len(subject) <= LONGEST_SUBJECT else f"{subject[: LONGEST_SUBJECT - 1]}…"


def _lines(letter: Waiting, desk: str) -> Iterator[str]:
    tell = translator(letter.account.language).tell
    yield tell(filled("Hello, {name}!", name=letter.account.name))
    for line in letter.lines[:MOST_LINES]:
        yield from ("", tell(line.text), f"{desk}{line.path}")
    if len(letter.lines) > MOST_LINES:
        yield from ("", tell(filled("And {more} more; they stand on the films' pages.",
                                    more=len(letter.lines) - MOST_LINES)))  # fmt: skip
    yield from ("", tell(filled("How often Relay writes to you, you choose here: {link}", link=f"{desk}/me#letters")))


def _due(relay: Relay) -> list[int]:
    waits = select(LetterLine.account_id).where(col(LetterLine.sent_at).is_(None)).distinct()
    due = clocks.run_out(col(MailChoice.next_at), relay.now(), LONGEST)
    with relay.reading() as session:
        return list(session.exec(select(MailChoice.account_id).where(col(MailChoice.account_id).in_(waits), due)))


def _claimed(relay: Relay, number: int) -> Waiting | None:
    """None where another process was first, or nothing is left to be told."""
    now = relay.now()
    with relay.transaction() as session:
        due = clocks.run_out(col(MailChoice.next_at), now, LONGEST)
        held = update(MailChoice).where(col(MailChoice.account_id) == number, due).values(next_at=now + CLAIM)
        if not session.exec(held).rowcount:
            return None
        choice, account = session.get_one(MailChoice, number), session.get_one(Account, number)
        mine = col(LetterLine.account_id) == number, col(LetterLine.sent_at).is_(None)
        lines = list(session.exec(select(LetterLine).where(*mine).order_by(col(LetterLine.id))))
        known = _known(session, account, lines)
        told = [line for line in lines if _is_to_be_told(relay, choice, line) and line.almanac_id in known]
        for line in lines:
            if line not in told:
                session.exec(delete(LetterLine).where(col(LetterLine.id) == line.id))
    return Waiting(account, choice, told, known) if told else None


def _is_to_be_told(relay: Relay, choice: MailChoice, line: LetterLine) -> bool:
    """What could not be sent for days is given up."""
    given_up = choice.attempts > 0 and line.at + GIVE_UP <= relay.now()
    return bool(choice.address) and choice.pace is not MailPace.none and not given_up


def _known(session: Session, account: Account, lines: Sequence[LetterLine]) -> dict[int, str]:
    """Titles of those films that the person still makes."""
    found = {}
    for number in {line.almanac_id for line in lines}:
        almanac = session.get_one(Almanac, number)
        if account.id in {one.id for one in film_makers(session, almanac.campaign_id)}:
            found[number] = almanac.title or session.get_one(Campaign, almanac.campaign_id).title
    return found


def _send(relay: Relay, letter: Waiting) -> None:
    subject, lines = text_of(letter, relay.settings.desk_url)
    tell = translator(letter.account.language).tell
    Mail(relay.settings, relay.clock, tell).send_letter(letter.choice.address, subject, lines, id_=_id(letter))


def _id(letter: Waiting) -> str:
    """The letter's own: a second copy tells of the same rows."""
    first, last = letter.lines[0], letter.lines[-1]
    whole = f"letter {letter.account.id} {first.id} {last.id} {first.at.isoformat()}"
    return hashlib.sha256(whole.encode()).hexdigest()[:32]


def _confirm(relay: Relay, letter: Waiting) -> None:
    now = relay.now()
    with relay.transaction() as session:
        told = col(LetterLine.id).in_([need_id(line) for line in letter.lines])
        session.exec(update(LetterLine).where(told).values(sent_at=now))
        _set(session, letter, next_at=now + PAUSE, attempts=0, reason="")


def _postpone(relay: Relay, letter: Waiting, reason: str) -> None:
    attempts = letter.choice.attempts + 1
    with relay.transaction() as session:
        _set(session, letter, next_at=relay.now() + pause_after(attempts), attempts=attempts, reason=reason)


def _set(session: Session, letter: Waiting, **values: object) -> None:
    session.exec(update(MailChoice).where(col(MailChoice.account_id) == letter.account.id).values(**values))
