"""Who is told by letter of what was asked and answered about a film. The rows are written in the unit of work of what
they tell of; relay/upkeep/letters.py sends them.

Told are those who make films in the campaign and have said where to; nobody of their own doing. A letter never holds
the link of a sign-off: that is for one person, and Relay keeps no copy of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from relay.almanac.delivery import versions
from relay.almanac.delivery.versions import Version
from relay.context import Relay
from relay.language.sentence import Sentence, filled
from relay.models import (
    LetterKind,
    LetterLine,
    MailChoice,
    MailPace,
    Remark,
    RemarkReply,
    SignOff,
    SignOffVerdict,
    need_id,
)
from relay.records import film_makers

GATHERED = timedelta(minutes=2)
"""Whoever writes one remark writes a second one: they go out together."""
MORNING = 8
"""The hour of the campaign's day at which daily letters are sent."""
QUOTED = 200


def remarked(relay: Relay, session: Session, shown: Version, row: Remark) -> None:
    words = {**_words(shown, row.person), "text": _quoted(row.text)}
    if row.frame is None:
        text = filled("{person} remarks on “{film}”, version {version}: {text}", **words)
    else:
        clock = versions.clock(row.frame / shown.row.fps)
        text = filled("{person} remarks on “{film}”, version {version}, at {clock}: {text}", clock=clock, **words)
    _tell(relay, session, shown, LetterKind.remark, text, row.person, f"remark-{row.id}")


def answered(relay: Relay, session: Session, shown: Version, remark: Remark, reply: RemarkReply) -> None:
    words = {**_words(shown, reply.person), "text": _quoted(reply.text), "remark": _quoted(remark.text, 80)}
    text = filled("{person} answers “{remark}” on “{film}”, version {version}: {text}", **words)
    _tell(relay, session, shown, LetterKind.reply, text, reply.person, f"remark-{remark.id}")


def asked(relay: Relay, session: Session, shown: Version, row: SignOff) -> None:
    text = filled(
        "{person} has asked {to} to sign off version {version} of “{film}”.",
        to=row.person,
        **_words(shown, row.invited_by),
    )
    _tell(relay, session, shown, LetterKind.asked, text, row.invited_by, "sign-offs")


def decided(relay: Relay, session: Session, shown: Version, row: SignOff, verdict: SignOffVerdict, said: str) -> None:
    words = _words(shown, row.person)
    if verdict is SignOffVerdict.agreed:
        text = filled("{person} agrees to version {version} of “{film}”.", **words)
    elif said:
        text = filled("{person} has remarks on version {version} of “{film}”: {text}", text=_quoted(said), **words)
    else:
        text = filled("{person} has remarks on version {version} of “{film}”.", **words)
    _tell(relay, session, shown, LetterKind.verdict, text, "", "sign-offs")


def next_morning(now: datetime, zone: str) -> datetime:
    """The next time that it is MORNING there."""
    there = now.astimezone(ZoneInfo(zone))
    morning = there.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    return morning if morning > there else (morning + timedelta(days=1))


def _tell(
    relay: Relay, session: Session, shown: Version, kind: LetterKind, text: Sentence, person: str, part: str
) -> None:
    """`person`: whose doing it is."""
    makers = [one for one in film_makers(session, need_id(shown.campaign)) if one.name != person]
    path = f"/almanacs/{quote(shown.campaign.slug)}/{quote(shown.almanac.name)}?version={shown.row.version}#{part}"
    for account in makers:
        choice = session.get(MailChoice, need_id(account))
        if choice is None or not choice.address or choice.pace is MailPace.none:
            continue
        _due(relay, session, choice, shown.campaign.tz)
        session.add(
            LetterLine(
                account_id=choice.account_id,
                almanac_id=shown.row.almanac_id,
                kind=kind,
                text=text,
                path=path,
                at=relay.now(),
            )
        )


def _due(relay: Relay, session: Session, choice: MailChoice, zone: str) -> None:
    """The first line that waits says when the letter goes; those after it go along."""
    mine = (LetterLine.account_id == choice.account_id, col(LetterLine.sent_at).is_(None))
    if session.exec(select(LetterLine.id).where(*mine)).first() is not None:
        return
    now = relay.now()
    due = next_morning(now, zone) if choice.pace is MailPace.daily else now + GATHERED
    choice.next_at = max(choice.next_at, due)
    session.add(choice)


def _words(shown: Version, person: str) -> dict[str, object]:
    film = shown.manifest.get("title") or shown.almanac.title or shown.almanac.name
    return {"person": person or "—", "film": film, "version": shown.row.version}


def _quoted(text: str, longest: int = QUOTED) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"
