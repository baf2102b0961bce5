"""The head of each day: a file in `heads` below the data folder, and a letter to those who keep it elsewhere.

The file `sent` names the last day whose letter went out; a server that fails is asked again with the next call.
"""

from __future__ import annotations

import contextlib
import hashlib
from datetime import date, datetime, time, timedelta
from pathlib import Path

from sqlmodel import Session

from relay import logs
from relay.chain import heads
from relay.chain.heads import ChainHead
from relay.channels.mail import Mail, can_write
from relay.context import Relay
from relay.errors import NotSent, Refused
from relay.language.catalogue import translator
from relay.language.dates import window
from relay.language.sentence import filled
from relay.media.files import replace_file
from relay.upkeep.zone import zone_of

FOLDER, SENT = "heads", "sent"

log = logs.get_logger()


def daily(relay: Relay) -> ChainHead | None:
    """Keeps the head of the day that has ended, and mails it; once for each day. None where there is nothing to do."""
    if relay.store.chain_keys is None:
        return None
    with relay.reading() as session:
        day = relay.now().astimezone(zone_of(session)).date() - timedelta(days=1)
        path = file_of(relay, day)
        made = None
        if not path.exists():
            made = heads.head(session.connection(), relay.store.chain_keys, before=end_of(session, day))
    if made is not None and made.position:
        replace_file(path, made.as_text().encode(), mode=0o600)
    with contextlib.suppress(Refused):  # it can't be read any more, which a look at the record tells
        if path.exists():
            _mail(relay, day, heads.read_head(path))
    return made


def kept(relay: Relay) -> tuple[list[ChainHead], list[str]]:
    """All heads that lie in the data folder, and the names of files in which there is none any more."""
    found: list[ChainHead] = []
    damaged: list[str] = []
    for path in sorted(relay.folder(FOLDER).glob("*.json")):
        try:
            found.append(heads.read_head(path))
        except Refused:
            damaged.append(path.name)
    return found, damaged


def file_of(relay: Relay, day: date) -> Path:
    return relay.folder(FOLDER) / f"{day.isoformat()}.json"


def end_of(session: Session, day: date) -> datetime:
    """The first moment after it, in the zone of the installation."""
    return datetime.combine(day + timedelta(days=1), time(), zone_of(session))


def letter(relay: Relay, day: date, head: ChainHead) -> tuple[str, list[str]]:
    """Subject and lines, in the language of the installation."""
    language = relay.settings.language
    tell, when = translator(language).tell, window(day, day, language)
    subject = tell(filled("Relay: the head of the record, {day}", day=when))
    return subject, [
        tell(
            filled(
                "This is the head of the record at the end of {day}. Keep this letter: it shows later whether "
                "anybody has changed or removed what was recorded until then.",
                day=when,
            )
        ),
        "",
        head.words,
        "",
        tell(filled("To compare: relay audit verify --since-head {head}", head=head.words)),
    ]


def _mail(relay: Relay, day: date, head: ChainHead) -> None:
    to, sent = relay.settings.record_addresses, relay.folder(FOLDER) / SENT
    if not to or not can_write(relay.settings) or _read(sent) >= day.isoformat():
        return
    subject, lines = letter(relay, day, head)
    mail = Mail(relay.settings, relay.clock, translator(relay.settings.language).tell)
    for address in to:
        number = hashlib.sha256(f"head {day.isoformat()} {head.digest} {address}".encode()).hexdigest()[:32]
        try:
            mail.send_letter(address, subject, lines, id_=number)
        except (NotSent, Refused) as error:
            log.warning("the head of the record was not sent", fault=error.line)
            return
    replace_file(sent, day.isoformat().encode(), mode=0o600)


def _read(path: Path) -> str:
    """The day that stands there; empty where none does."""
    try:
        return path.read_text("utf-8")
    except (FileNotFoundError, UnicodeDecodeError):
        return ""
