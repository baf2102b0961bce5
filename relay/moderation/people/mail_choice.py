"""Where a person wants letters about films, and how often. Kept with the account, chosen on one's own page."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete
from sqlmodel import col

from relay.channels.mail import can_write, checked_address
from relay.context import Relay
from relay.errors import Refused
from relay.models import Account, LetterLine, MailChoice, MailPace, need_id


@dataclass(frozen=True, slots=True)
class MailChoiceView:
    """`reason`: why the last letter could not be sent, if so. `possible`: whether this installation can send any."""

    address: str
    pace: MailPace
    reason: str
    possible: bool


def of(relay: Relay, account: Account) -> MailChoiceView:
    with relay.reading() as session:
        row = session.get(MailChoice, need_id(account))
    possible = can_write(relay.settings)
    if row is None:
        return MailChoiceView("", MailPace.at_once, "", possible)
    return MailChoiceView(row.address, row.pace, row.reason, possible)


def choose(relay: Relay, account: Account, address: str, pace: str) -> None:
    """From now on; what waits goes with the next letter, or nowhere. Raises Refused."""
    if pace not in list(MailPace):
        raise Refused("Letters come at once, daily, or never.")
    address = checked_address(address)
    if MailPace(pace) is not MailPace.none and not address:
        raise Refused("Letters need an address.", hint="Write yours, or choose to get none.")
    number = need_id(account)
    with relay.transaction() as session:
        row = session.get(MailChoice, number) or MailChoice(account_id=number, pace=MailPace(pace), next_at=relay.now())
        row.address, row.pace, row.next_at = address, MailPace(pace), relay.now()
        row.attempts, row.reason = 0, ""
        session.add(row)
        if row.pace is MailPace.none:
            waiting = col(LetterLine.account_id) == number, col(LetterLine.sent_at).is_(None)
            session.exec(delete(LetterLine).where(*waiting))
