"""Links by which the author of a clip says what may be done with it. Whoever has the link may answer.

A link's secret is made of the server's key and the row's nonce, so that moderators can copy it again; the database
holds its sha256. It ends by itself, and by hand; who asks again while it works gets the same one, for longer.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import update
from sqlmodel import Session, col, select

from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.installation_key import secret as server_key
from relay.language.catalogue import languages
from relay.models import Campaign, Clip, ClipState, ConsentAsk, EventKind, need_id
from relay.moderation.agreement import wording
from relay.permissions import standing
from relay.records import add_event, local

DAYS, MOST_DAYS = 30, 180


class AskState(StrEnum):
    open = "open"
    answered = "answered"
    expired = "expired"
    ended = "ended"


@dataclass(frozen=True, slots=True)
class AskView:
    """The author is asked by `link`. `messages`: what can be sent to them, by language; times in the campaign's zone.

    `state`: `open`; `answered`, which may be changed until it expires; `expired`; `ended` by hand.
    """

    number: int
    clip: int
    state: AskState
    asked_by: str
    asked_at: str
    expires_at: str
    answered_at: str
    link: str
    messages: Mapping[str, str]


def ask(relay: Relay, clip_id: int, *, person: str, base_url: str, days: int = DAYS) -> AskView:
    """A link that works for so many days. Raises NotFound, Refused for a withdrawn clip or other days."""
    if not 1 <= days <= MOST_DAYS:
        raise Refused("A link works for 1 to {most} days.", most=MOST_DAYS)
    with relay.transaction() as session:
        clip = session.get(Clip, clip_id)
        if clip is None:
            raise NotFound("There is no clip {clip}.", clip=clip_id)
        if clip.state is ClipState.withdrawn:
            raise Refused("The clip has been withdrawn by its participant.", hint="Nothing can be decided about it.")
        ends = relay.now() + timedelta(days=days)
        row = _working(relay, session, clip_id)
        if row is None:
            nonce = secrets.token_urlsafe(12)
            row = ConsentAsk(
                clip_id=clip_id,
                asked_by=person,
                nonce=nonce,
                link_hash=digest(_secret(relay, nonce)),
                at=relay.now(),
                expires_at=ends,
            )
        row.expires_at = max(row.expires_at, ends)
        session.add(row)
        session.flush()
        add_event(session, relay.now(), clip, EventKind.consent_asked, person)
        return _view(relay, session, row, clip, base_url)


def end(relay: Relay, clip_id: int, *, person: str) -> None:
    """The clip's link shows nothing any more; what was answered by it stays. Raises NotFound where none works."""
    with relay.transaction() as session:
        clip = session.get(Clip, clip_id)
        if clip is None:
            raise NotFound("There is no clip {clip}.", clip=clip_id)
        ended = session.exec(
            update(ConsentAsk)
            .where(col(ConsentAsk.clip_id) == clip_id, col(ConsentAsk.revoked_at).is_(None))
            .where(col(ConsentAsk.expires_at) > relay.now())
            .values(revoked_at=relay.now())
        )
        if not ended.rowcount:
            raise NotFound("No link to ask the author of clip {clip} works.", clip=clip_id)
        add_event(session, relay.now(), clip, EventKind.consent_link_ended, person)


def of_clip(relay: Relay, clip_id: int, base_url: str) -> list[AskView]:
    """All that were made, the oldest first."""
    with relay.reading() as session:
        clip = session.get(Clip, clip_id)
        if clip is None:
            return []
        rows = session.exec(_OF_CLIP.where(ConsentAsk.clip_id == clip_id)).all()
        return [_view(relay, session, row, clip, base_url) for row in rows]


def opened(relay: Relay, session: Session, secret: str) -> ConsentAsk:
    """Raises NotFound, in the same words for every link that does not work."""
    row = session.exec(select(ConsentAsk).where(ConsentAsk.link_hash == digest(secret))).first()
    if row is None or row.revoked_at is not None or relay.now() >= row.expires_at:
        raise NotFound("This link does not work.", hint="Ask those who sent it for a new one.")
    return row


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _secret(relay: Relay, nonce: str) -> str:
    made = hmac.new(server_key(relay), f"agree:{nonce}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made[:24]).decode()


def _working(relay: Relay, session: Session, clip_id: int) -> ConsentAsk | None:
    mine = _OF_CLIP.where(ConsentAsk.clip_id == clip_id, col(ConsentAsk.revoked_at).is_(None))
    return session.exec(mine.where(ConsentAsk.expires_at > relay.now())).first()


def _state(relay: Relay, row: ConsentAsk) -> AskState:
    if row.revoked_at is not None:
        return AskState.ended
    if relay.now() >= row.expires_at:
        return AskState.expired
    return AskState.answered if row.answered_at is not None else AskState.open


def _view(relay: Relay, session: Session, row: ConsentAsk, clip: Clip, base_url: str) -> AskView:
    campaign, state = session.get_one(Campaign, clip.campaign_id), _state(relay, row)
    works = state in (AskState.open, AskState.answered)
    link = f"{base_url.rstrip('/')}/agree/{_secret(relay, row.nonce)}" if works else ""
    last = standing.today(campaign.tz, row.expires_at)
    return AskView(
        number=need_id(row),
        clip=row.clip_id,
        state=state,
        asked_by=row.asked_by,
        asked_at=local(campaign, row.at),
        expires_at=local(campaign, row.expires_at),
        answered_at=local(campaign, row.answered_at) if row.answered_at is not None else "",
        link=link,
        messages={one: wording.message(campaign, link, last, one) for one in _spoken(campaign)} if works else {},
    )


def _spoken(campaign: Campaign) -> list[str]:
    """The campaign's language first."""
    return [campaign.language, *(one for one in languages() if one != campaign.language)]


_OF_CLIP = select(ConsentAsk).order_by(col(ConsentAsk.id))
