"""Rows that every stage looks up or adds, and times as people of a campaign read them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, bindparam, update
from sqlmodel import Session, col, select

from relay.errors import NotFound, Stale
from relay.models import (
    Account,
    Almanac,
    Campaign,
    CampaignRole,
    Clip,
    Event,
    EventKind,
    EventSubject,
    HandIn,
    Match,
    Post,
    Role,
    Source,
    SourceState,
    Video,
    need_id,
)
from relay.models.columns import StoredRow

IS_SWEPT = col(Source.state).in_([SourceState.active, SourceState.attention])
"""Sources that are tried: neither paused by a person nor gone."""

_SUBJECTS: Mapping[type, EventSubject] = {
    Campaign: EventSubject.campaign,
    Source: EventSubject.source,
    Post: EventSubject.post,
    Video: EventSubject.video,
    Clip: EventSubject.clip,
    Almanac: EventSubject.almanac,
    HandIn: EventSubject.hand_in,
    Account: EventSubject.account,
}
_OF_SLUG = select(Campaign).where(Campaign.slug == bindparam("wanted"))


def leads_to(campaign: Any, table: type[Clip | Match] = Clip) -> ColumnElement[bool]:
    """The condition that a row, to which a few other rows lead, is of the campaign (its number, or a `bindparam`).

    It keeps the index of campaigns out of it: SQLite would rather go through all clips of the campaign, and ask of each
    whether such a row is there, which is felt on every page from some thousand clips on.
    """
    number: Any = col(table.campaign_id) + 0
    return cast("ColumnElement[bool]", number == campaign)


def find_campaign(session: Session, slug: str) -> Campaign:
    """Inside a unit of work. Raises NotFound."""
    campaign = session.exec(_OF_SLUG, params={"wanted": slug}).first()
    if campaign is None:
        raise NotFound("There is no campaign {slug}.", hint="See: relay campaign list", slug=slug)
    return campaign


def find_account(session: Session, login: str) -> Account:
    """Inside a unit of work. Raises NotFound."""
    account = session.exec(select(Account).where(Account.login == login.strip().casefold())).first()
    if account is None:
        raise NotFound("There is no account {login}.", hint="See: relay account list", login=login)
    return account


def film_makers(session: Session, campaign_id: int) -> list[Account]:
    """Whose account may change films of the campaign: by the role there, else by the usual one."""
    roles = dict(
        session.exec(
            select(CampaignRole.account_id, CampaignRole.role).where(CampaignRole.campaign_id == campaign_id)
        ).all()
    )
    makers = (Role.organizer, Role.editor)
    accounts = session.exec(select(Account).where(Account.active).order_by(col(Account.id))).all()
    return [one for one in accounts if one.role is Role.organizer or roles.get(need_id(one), one.role) in makers]


def local(campaign: Campaign, moment: datetime) -> str:
    """ISO time in the campaign's zone, with its offset."""
    return moment.astimezone(ZoneInfo(campaign.tz)).isoformat(timespec="seconds")


def add_event(
    session: Session,
    at: datetime,
    of: StoredRow | tuple[EventSubject, int],
    what: EventKind,
    person: str = "",
    /,
    **details: object,
) -> Event:
    """Notes what happened to a row (or to the row of that table and number), inside a unit of work."""
    subject, number = of if isinstance(of, tuple) else (_SUBJECTS[type(of)], need_id(of))
    event = Event(at=at, subject=subject, subject_id=number, what=what, person=person, details=details)
    session.add(event)
    return event


def is_forgotten(session: Session, subject: EventSubject, number: int) -> bool:
    """Whether what was written of a person in this row was erased, and they have not come back since: what a network
    says of it is not written down again.
    """
    said = col(Event.what).in_([EventKind.erased, EventKind.let_in_again])
    last = select(Event.what).where(Event.subject == subject, Event.subject_id == number, said)
    return session.exec(last.order_by(col(Event.id).desc()).limit(1)).first() is EventKind.erased


def correct_clip(
    session: Session, clip: Clip, changes: Mapping[str, str], seen: Mapping[str, str], *, person: str, now: datetime
) -> None:
    """Fields of a clip as a person has them; no hand-in writes over them any more. `seen`: what stood in those fields
    when the person looked, by default what stands now. Raises Stale when somebody else has changed one since.
    """
    session.refresh(clip, ["corrected"], with_for_update=True)  # whoever corrects another field waits
    before = {field: getattr(clip, field) for field in changes}
    corrected = sorted({*clip.corrected, *changes})
    unseen = [col(getattr(Clip, field)) == seen.get(field, before[field]) for field in changes]
    changed = session.exec(
        update(Clip)
        .where(col(Clip.id) == clip.id, *unseen)
        .values(corrected=corrected, **changes)
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount != 1:
        raise Stale(
            "Somebody else has changed the same field in the meantime.",
            state=clip.state.value,
            hint="Look at it again.",
        )
    add_event(
        session,
        now,
        (EventSubject.clip, need_id(clip)),
        EventKind.edited,
        person,
        **{field: [before[field], changes[field]] for field in changes},
    )
