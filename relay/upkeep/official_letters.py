"""Letters to officials with the link by which they sign a film off, in the language that was chosen for them.

The rows are the queue (relay/almanac/delivery/reviewing/mailing.py writes them). Whoever sends a letter first moves its
`next_at` ahead, so that of several processes one sends it. The link is made for this one try, and kept as its digest.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, update
from sqlmodel import Session, col, select

from relay import clocks, logs
from relay.alerts import GIVE_UP
from relay.channels.mail import LONGEST_SUBJECT, Mail, can_write
from relay.context import Relay
from relay.errors import NotSent, Refused
from relay.language.catalogue import translator
from relay.language.dates import when
from relay.language.sentence import Sentence, filled
from relay.models import (
    Almanac,
    Campaign,
    MailedLink,
    OfficialLetterKind,
    Recall,
    Render,
    SignOff,
    SignOffLetter,
    need_id,
)
from relay.records import local
from relay.upkeep.outbox import CLAIM, pause_after

LONGEST = timedelta(days=91)
"""The farthest ahead that a letter is put: a reminder, by one day less than a link works."""

log = logs.get_logger()


@dataclass(frozen=True, slots=True)
class OfficialMail:
    """A letter that is due, what it is about, and the secret of the link that it brings."""

    letter: SignOffLetter
    row: SignOff
    version: int
    campaign: Campaign
    secret: str


def send_due(relay: Relay) -> int:
    """Sends what is due and returns how many letters went out. One that fails waits, and the others are still tried."""
    if not can_write(relay.settings):
        return 0
    sent = 0
    for number in _due(relay):
        mail = _claimed(relay, number)
        if mail is None:
            continue
        try:
            _send(relay, mail)
        except (NotSent, Refused) as error:
            log.warning("a letter to an official was not sent", sign_off=mail.row.id, fault=error.line)
            _postpone(relay, mail.letter, error.line, for_good=isinstance(error, Refused))
        else:
            _set(relay, mail.letter, next_at=None, sent_at=relay.now(), reason="")
            sent += 1
    return sent


def text_of(mail: OfficialMail, link: str, zone_until: str) -> tuple[str, list[str]]:
    """Subject and lines. `zone_until`: when the link ends, in the campaign's zone."""
    tell = translator(mail.letter.language).tell
    return tell(_topic(mail)), list(_lines(mail, link, zone_until))


def _topic(mail: OfficialMail) -> Sentence:
    if mail.letter.kind is OfficialLetterKind.reminder:
        return filled("Reminder: sign-off of the film “{film}”", film=mail.letter.film)
    return filled("Sign-off of the film “{film}”", film=mail.letter.film)


def _lines(mail: OfficialMail, link: str, zone_until: str) -> Iterator[str]:
    tell, letter = translator(mail.letter.language).tell, mail.letter
    until = f"{when(zone_until, letter.language)} ({mail.campaign.tz})"
    yield tell(filled("Hello, {name}!", name=mail.row.person))
    yield from ("", tell(_request(mail)))
    yield from ("", tell(filled("The film, with room for remarks and for your answer:")), link)
    yield from ("", tell(filled("The link is yours alone and needs no password. It works until {until}.", until=until)))
    yield from ("", tell(filled("If you did not expect this letter, leave it unanswered.")))


def _request(mail: OfficialMail) -> Sentence:
    words = {"person": mail.row.invited_by, "film": mail.letter.film, "version": mail.version}
    words["campaign"] = mail.campaign.title
    if mail.letter.kind is OfficialLetterKind.reminder:
        return filled("{person} asked you to sign off version {version} of the film “{film}” (“{campaign}”). "
                      "Your answer is still awaited.", **words)  # fmt: skip
    return filled("{person} asks you to watch version {version} of the film “{film}” (“{campaign}”) and to agree to "
                  "it, or to write what has to be changed.", **words)  # fmt: skip


def _due(relay: Relay) -> list[int]:
    due = clocks.run_out(col(SignOffLetter.next_at), relay.now(), LONGEST)
    waits = select(SignOffLetter.id).where(col(SignOffLetter.next_at).is_not(None), due).order_by(col(SignOffLetter.id))
    with relay.reading() as session:
        return [number for number in session.exec(waits) if number is not None]


def _claimed(relay: Relay, number: int) -> OfficialMail | None:
    """With a link of its own. None where another process was first, or there is nothing to be signed any more."""
    now = relay.now()
    with relay.transaction() as session:
        due = clocks.run_out(col(SignOffLetter.next_at), now, LONGEST)
        held = update(SignOffLetter).where(col(SignOffLetter.id) == number, due).values(next_at=now + CLAIM)
        if not session.exec(held).rowcount:
            return None
        letter = session.get_one(SignOffLetter, number)
        row = session.get_one(SignOff, letter.sign_off_id)
        if _is_closed(relay, row) or _is_recalled(session, row):
            letter.next_at = None
            session.add(letter)
            return None
        secret = secrets.token_urlsafe(32)
        digest = hashlib.sha256(secret.encode()).hexdigest()
        session.add(MailedLink(sign_off_id=letter.sign_off_id, letter_id=number, link_hash=digest))
        version, campaign = _about(session, row)
    return OfficialMail(letter, row, version, campaign, secret)


def _is_closed(relay: Relay, row: SignOff) -> bool:
    return bool(row.verdict) or row.revoked_at is not None or relay.now() >= row.expires_at


def _is_recalled(session: Session, row: SignOff) -> bool:
    """Whether somebody in that version has taken their video back: then its page shows nothing."""
    return session.exec(select(Recall.id).where(Recall.render_id == row.render_id)).first() is not None


def _about(session: Session, row: SignOff) -> tuple[int, Campaign]:
    made = session.get_one(Render, row.render_id)
    almanac = session.get_one(Almanac, made.almanac_id)
    return made.version, session.get_one(Campaign, almanac.campaign_id)


def _send(relay: Relay, mail: OfficialMail) -> None:
    link = f"{relay.settings.desk_url}/sign-off/{mail.secret}"
    subject, lines = text_of(mail, link, local(mail.campaign, mail.row.expires_at))
    subject = subject if len(subject) <= LONGEST_SUBJECT else f"{subject[: LONGEST_SUBJECT - 1]}…"
    tell = translator(mail.letter.language).tell
    Mail(relay.settings, relay.clock, tell).send_letter(mail.letter.address, subject, lines, id_=_id(mail.letter))


def _id(letter: SignOffLetter) -> str:
    """Another one for each try: a first one that arrived after all holds another link, and both lead there."""
    whole = f"sign-off letter {letter.id} {letter.attempts} {letter.at.isoformat()}"
    return hashlib.sha256(whole.encode()).hexdigest()[:32]


def _postpone(relay: Relay, letter: SignOffLetter, reason: str, *, for_good: bool) -> None:
    """A reminder ends with its link."""
    attempts, now = letter.attempts + 1, relay.now()
    is_old = letter.kind is OfficialLetterKind.asked and now >= letter.at + GIVE_UP
    next_at = None if for_good or is_old else now + pause_after(attempts)
    not_dropped = col(SignOffLetter.next_at).is_not(None)
    _set(relay, letter, not_dropped, next_at=next_at, attempts=attempts, reason=reason)


def _set(relay: Relay, letter: SignOffLetter, *conditions: ColumnElement[bool], **values: object) -> None:
    mine = col(SignOffLetter.id) == need_id(letter)
    with relay.transaction() as session:
        session.exec(update(SignOffLetter).where(mine, *conditions).values(**values))
