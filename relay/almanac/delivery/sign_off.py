"""An official agrees to one version of a film, by a link of their own. No account; nothing else can be reached by it.

Of the link's secret only the sha256 is kept; a letter brings a link of its own (reviewing/mailing.py). A link works
for one version until it expires or is revoked; a new version needs a new one. The verdict is final: whoever gave it is
shown the protocol from then on. A version with a clip that has been taken back since is shown to nobody.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from relay.almanac.delivery import remarks, versions
from relay.almanac.delivery.reviewing import comparing, letters, mailing, protocols, stills
from relay.almanac.delivery.reviewing.comparing import SinceLast
from relay.almanac.delivery.reviewing.drawing import Stroke
from relay.almanac.delivery.versions import Version
from relay.almanac.plan.store import find
from relay.chain import links
from relay.context import Relay
from relay.errors import NotFound, Refused, Stale
from relay.language.text import one_line
from relay.media.files import file_sha256
from relay.models import EventKind, EventSubject, Remark, Render, SignOff, SignOffVerdict, need_id
from relay.records import add_event

LONGEST_DAYS = 90
_SAID = {
    SignOffVerdict.agreed: EventKind.sign_off_agreed,
    SignOffVerdict.remarks: EventKind.sign_off_remarks,
}
MOST_REMARKS = 100
"""By one link: whoever has more to say talks to the editor."""


@dataclass(frozen=True, slots=True)
class SignOffLink:
    """`secret` ends the link; it can't be shown again. `expires_at` in the campaign's zone."""

    number: int
    secret: str
    version: int
    expires_at: datetime


def ask(
    relay: Relay,
    slug: str,
    name: str,
    *,
    version: int = 0,
    to: str,
    position: str = "",
    days: int = 7,
    mail: str = "",
    language: str = "",
    person: str,
) -> SignOffLink:
    """A new link. `version` 0: the newest. `mail`: an address that is sent a link of its own, and a reminder before it
    ends, in this `language` (empty: the campaign's). Raises NotFound, Refused.
    """
    to, position, mail = one_line(to), one_line(position), mailing.address_of(relay, mail)
    if not to:
        raise Refused("A sign-off needs the name of the person who gives it.")
    if not 1 <= days <= LONGEST_DAYS:
        raise Refused("A link works for 1 to {most} days.", most=LONGEST_DAYS)
    secret = secrets.token_urlsafe(32)
    with relay.transaction() as session:
        shown = versions.version(relay, session, slug, name, version)
        versions.film(relay, shown.row)
        _refuse_withdrawn(session, shown)
        row = SignOff(
            render_id=shown.number,
            sha256=shown.row.sha256,
            link_hash=digest(secret),
            person=to,
            position=position,
            invited_by=person,
            created_at=relay.now(),
            expires_at=relay.now() + timedelta(days=days),
        )
        session.add(row)
        session.flush()
        _note(relay, session, shown, row, EventKind.sign_off_asked, person)
        letters.asked(relay, session, shown, row)
        if mail:
            mailing.asked(relay, session, shown, row, mail, language)
        expires = datetime.fromisoformat(shown.local(row.expires_at))
    return SignOffLink(need_id(row), secret, shown.row.version, expires)


@dataclass(frozen=True, slots=True)
class CreditedPerson:
    name: str
    town: str


@dataclass(frozen=True, slots=True)
class SignOffView:
    """One version of a film, who was asked to agree to it, and what they said. `seconds`: the film's length.

    `state`: see `state`. `evidence`: the sealed protocol, empty before the verdict. `since`: what is new in it.
    """

    number: int
    title: str
    campaign: str
    slug: str
    name: str
    version: int
    sha256: str
    seconds: float
    made_at: str
    people: list[CreditedPerson]
    person: str
    position: str
    invited_by: str
    asked_at: str
    expires_at: str
    revoked_at: str | None
    decided_at: str | None
    verdict: SignOffVerdict
    words: str
    evidence: Mapping[str, Any]
    remarks: list[remarks.RemarkView]
    state: str
    since: SinceLast


def shown(relay: Relay, secret: str) -> SignOffView:
    """What the link shows. Raises NotFound, in the same words for every link that does not work."""
    with relay.reading() as session:
        row, shown = _opened(relay, session, secret)
        return _view(relay, session, row, shown)


def film(relay: Relay, secret: str) -> Path:
    """The file of the one film that the link is for. Raises NotFound."""
    with relay.reading() as session:
        _row, shown = _opened(relay, session, secret)
    return versions.film(relay, shown.row)


def captioned(relay: Relay, secret: str) -> tuple[str, ...]:
    """The languages of that film's captions. Raises NotFound."""
    with relay.reading() as session:
        return _opened(relay, session, secret)[1].captions


def captions(relay: Relay, secret: str, language: str) -> Path:
    """Those captions as a player reads them (WebVTT). Raises NotFound."""
    with relay.reading() as session:
        _row, shown = _opened(relay, session, secret)
    return versions.captions(relay, shown, language, "vtt")


def poster(relay: Relay, secret: str) -> Path:
    """That film's picture. Raises NotFound."""
    with relay.reading() as session:
        _row, shown = _opened(relay, session, secret)
    return versions.poster(relay, shown.row)


def still(relay: Relay, secret: str, remark: int) -> Path:
    """The frame that a drawing of this very link is over. Raises NotFound, ToolFailed, ToolMissing."""
    with relay.reading() as session:
        row, _shown = _opened(relay, session, secret)
        said = session.get(Remark, remark)
        if said is None or said.sign_off_id != row.id:
            raise NotFound("There is no such remark.")
        return stills.of_remark(relay, session, said)


def remark(
    relay: Relay,
    secret: str,
    text: str,
    *,
    seconds: float | None = None,
    until: float | None = None,
    strokes: Sequence[Stroke] = (),
) -> None:
    """See remarks.add. Raises NotFound, and Refused once the verdict is given."""
    said = remarks.Observation(text, seconds, until, strokes)
    with relay.transaction() as session:
        row, shown = _opened(relay, session, secret)
        _refuse_decided(row)
        if len(_remarks(session, row)) >= MOST_REMARKS:
            raise Refused("There are {most} remarks already.", hint="Talk to the editor.", most=MOST_REMARKS)
        remarks.written(relay, session, shown, said, row.person, sign_off=row.id)


def decide(relay: Relay, secret: str, verdict: str, *, words: str = "") -> SignOffView:
    """The verdict, `agreed` or `remarks`: given once, and about a file that still is the one that was shown.

    Returns the protocol. Raises NotFound, Refused, Stale when it was given a moment ago.
    """
    words = one_line(words, remarks.LONGEST)
    with relay.reading() as session:
        row, shown = _opened(relay, session, secret)
        said = _view(relay, session, row, shown).remarks
    _refuse_decided(row)
    if not verdict or verdict not in list(SignOffVerdict):
        raise Refused("A verdict is to agree, or to have remarks.")
    answer = SignOffVerdict(verdict)
    if answer is SignOffVerdict.remarks and not said and not words:
        raise Refused("There is no remark yet.", hint="Write what has to be changed.")
    if file_sha256(versions.film(relay, shown.row)) != row.sha256:
        raise Refused("The film's file is not the one that was to be signed off.", hint="Tell those who sent the link.")
    evidence = _evidence(relay, row, shown, answer, words, said)
    still_open = (
        col(SignOff.id) == row.id,
        col(SignOff.verdict) == SignOffVerdict.none,
        col(SignOff.revoked_at).is_(None),
        col(SignOff.expires_at) > relay.now(),
    )
    with relay.transaction() as session:
        with links.rewriting(session, SignOff, [need_id(row)], why="the verdict", at=relay.now()):
            given = {"verdict": answer, "words": words, "decided_at": relay.now(), "evidence": evidence}
            moved = session.exec(update(SignOff).where(*still_open).values(**given))
        if moved.rowcount != 1:
            raise Stale("This sign-off has been decided, or its link has ended.", state=row.verdict)
        _note(relay, session, shown, row, _SAID[answer], row.person)
        mailing.dropped(session, row)
        letters.decided(relay, session, shown, row, answer, words)
        session.expire_all()
        return _view(relay, session, session.get_one(SignOff, row.id), shown)


def revoke(relay: Relay, number: int, *, person: str) -> None:
    """The link shows nothing any more; a verdict that was given stays on record. Raises NotFound."""
    with relay.transaction() as session:
        row = session.get(SignOff, number)
        if row is None:
            raise NotFound("There is no sign-off {number}.", number=number)
        shown = versions.version_of(relay, session, session.get_one(Render, row.render_id))
        with links.rewriting(session, SignOff, [number], why="revoked", at=relay.now()):
            not_yet = col(SignOff.id) == number, col(SignOff.revoked_at).is_(None)
            moved = session.exec(update(SignOff).where(*not_yet).values(revoked_at=relay.now()))
        if moved.rowcount:
            mailing.dropped(session, row)
            _note(relay, session, shown, row, EventKind.sign_off_revoked, person)


def listing(relay: Relay, slug: str, name: str) -> list[SignOffView]:
    """All sign-offs of an almanac, the newest first. Raises NotFound."""
    with relay.reading() as session:
        almanac = find(session, slug, name)
        rows = session.exec(
            select(SignOff, Render)
            .join(Render, col(Render.id) == col(SignOff.render_id))
            .where(Render.almanac_id == almanac.id)
            .order_by(col(SignOff.id).desc())
        ).all()
        return [_view(relay, session, row, versions.version_of(relay, session, made)) for row, made in rows]


def protocol(relay: Relay, number: int) -> SignOffView:
    """As `shown`, for the desk, by the sign-off's number; also of a link that has ended. Raises NotFound."""
    with relay.reading() as session:
        row = session.get(SignOff, number)
        if row is None:
            raise NotFound("There is no sign-off {number}.", number=number)
        shown = versions.version_of(relay, session, session.get_one(Render, row.render_id))
        return _view(relay, session, row, shown)


def state(row: SignOff, now: datetime) -> str:
    """`agreed`, `remarks`, `revoked`, `expired` or `open`."""
    if row.verdict:
        return row.verdict
    if row.revoked_at is not None:
        return "revoked"
    return "expired" if now >= row.expires_at else "open"


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _opened(relay: Relay, session: Session, secret: str) -> tuple[SignOff, Version]:
    row = _by_link(session, digest(secret))
    if row is None or row.revoked_at is not None or relay.now() >= row.expires_at:
        raise NotFound("This link does not work.", hint="Ask those who sent it for a new one.")
    made = session.get_one(Render, row.render_id)
    if made.sha256 != row.sha256:
        raise NotFound("This link does not work.", hint="Ask those who sent it for a new one.")
    versions.check_open(made)
    shown = versions.version_of(relay, session, made)
    _refuse_withdrawn(session, shown)
    versions.check_goes_out(relay, made)
    return row, shown


def _by_link(session: Session, link_hash: str) -> SignOff | None:
    """By the link that was made by hand, or by one of those that were mailed."""
    found = session.exec(select(SignOff).where(SignOff.link_hash == link_hash)).first()
    if found is not None:
        return found
    number = mailing.number_of(session, link_hash)
    return None if number is None else session.get_one(SignOff, number)


def _refuse_withdrawn(session: Session, shown: Version) -> None:
    clips = [int(one["clip"]) for one in shown.manifest.get("clips", [])]
    if versions.withdrawn_from(session, clips):
        raise versions.not_shown()


def _refuse_decided(row: SignOff) -> None:
    if row.verdict:
        raise Refused("The verdict has been given; it is final.", hint="A new version gets a new link.")


def _remarks(session: Session, row: SignOff) -> list[Remark]:
    """Those that were written by this very link."""
    return list(session.exec(select(Remark).where(Remark.sign_off_id == row.id)).all())


def _view(relay: Relay, session: Session, row: SignOff, shown: Version) -> SignOffView:
    return SignOffView(
        number=need_id(row),
        title=shown.manifest.get("title") or shown.almanac.title,
        campaign=shown.campaign.title,
        slug=shown.campaign.slug,
        name=shown.almanac.name,
        version=shown.row.version,
        sha256=row.sha256,
        seconds=shown.seconds,
        made_at=shown.local(shown.row.at),
        people=_people(shown.manifest.get("credits", [])),
        person=row.person,
        position=row.position,
        invited_by=row.invited_by,
        asked_at=shown.local(row.created_at),
        expires_at=shown.local(row.expires_at),
        revoked_at=shown.local(row.revoked_at) if row.revoked_at else None,
        decided_at=shown.local(row.decided_at) if row.decided_at else None,
        verdict=row.verdict,
        words=row.words,
        evidence=row.evidence,
        remarks=remarks.views(session, shown, _remarks(session, row)),
        state=state(row, relay.now()),
        since=comparing.since_last(relay, session, shown),
    )


def _people(credits: Sequence[dict[str, str]]) -> list[CreditedPerson]:
    """Everybody in the film once, in its order; without those whose name is not known."""
    found = {(one["name"], one["town"]): one for one in credits if one["name"]}
    return [CreditedPerson(name, town) for name, town in found]


def _evidence(
    relay: Relay, row: SignOff, shown: Version, verdict: SignOffVerdict, words: str, said: Sequence[remarks.RemarkView]
) -> dict[str, object]:
    """What was agreed to, frozen, with its sha256 and the installation's signature, so that nobody changes it unseen:
    neither here (the row is chained) nor where it goes with the film (reviewing/protocols.py).
    """
    frozen: dict[str, object] = {
        "sign_off": row.id,
        "person": row.person,
        "position": row.position,
        "almanac": shown.almanac.name,
        "version": shown.row.version,
        "film": row.sha256,
        "verdict": verdict.value,
        "words": words,
        "remarks": [{"at": one.clock, "text": one.text} for one in said],
        "at": shown.local(relay.now()),
    }
    text = json.dumps(frozen, ensure_ascii=False, sort_keys=True)
    return {**frozen, "digest": hashlib.sha256(text.encode()).hexdigest(), **protocols.sealed(relay, frozen)}


def _note(relay: Relay, session: Session, shown: Version, row: SignOff, what: EventKind, person: str) -> None:
    details = {"sign_off": row.id, "version": shown.row.version, "to": row.person, "sha256": row.sha256}
    add_event(session, relay.now(), (EventSubject.almanac, shown.row.almanac_id), what, person, **details)
