"""The record: all that people did, newest first, out of decisions and events. Nothing is written here.

A deed is what somebody did whose name is known; what the program did by itself is no deed. Places in the listing are
keys (time, kind of row, number), so that a page is the same however many deeds are added meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, false, or_, union
from sqlmodel import Session, col, select

from relay import spreadsheets
from relay.context import Relay
from relay.errors import Refused
from relay.language.sentence import Sentence, as_sentence, joined
from relay.models import (
    Account,
    Almanac,
    Campaign,
    Clip,
    Decision,
    Event,
    EventKind,
    EventSubject,
    HandIn,
    LookState,
    Match,
    Post,
    SecondLook,
    Source,
    Verdict,
    Video,
)
from relay.moderation import pace
from relay.moderation.pace import Agreement, WorkPace
from relay.records import find_campaign

DECISION, EVENT = 1, 0
"""Kinds of rows, in the order in which deeds of one moment are told (the later kind first)."""
CHUNK = 500
MOST_PAGES = 10_000
SIGN_INS = (EventKind.sign_in_tried, EventKind.signed_in)
"""So many that they hide all else: told only to who asks for them."""
COLUMNS = ("at", "campaign", "person", "what", "subject", "subject_id", "title", "before", "after", "reason")


@dataclass(frozen=True, slots=True)
class DeedFilter:
    """`kind`: a verdict or a kind of event. `since`, `until`: days, both included. `after`: the place of a deed."""

    slug: str = ""
    person: str = ""
    kind: str = ""
    clip: int | None = None
    since: date | None = None
    until: date | None = None
    after: str = ""


@dataclass(frozen=True, slots=True)
class Deed:
    """`what`: a verdict or a kind of event; `title`: of what it was done to; `before` and `after`: states, or fields.

    `place`: where the listing goes on behind it.
    """

    at: str
    campaign: str
    person: str
    what: str
    subject: EventSubject
    subject_id: int
    title: str
    before: str
    after: str
    reason: str
    place: str


@dataclass(frozen=True, slots=True)
class PersonPace:
    """A moderator's work: their pace, and how often a colleague who looked again said the same."""

    person: str
    pace: WorkPace
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class _KeysetPlace:
    at: datetime
    kind: int
    number: int


def listing(relay: Relay, wanted: DeedFilter, *, size: int = 100) -> list[Deed]:
    """Up to `size` deeds, newest first. Raises NotFound for the campaign, Refused for a place that is none."""
    with relay.reading() as session:
        campaign = find_campaign(session, wanted.slug) if wanted.slug else None
        zone = ZoneInfo(campaign.tz) if campaign is not None else UTC
        rows = _rows(session, wanted, campaign, zone, size)
        return _deeds(session, rows, zone)


def everything(relay: Relay, wanted: DeedFilter) -> Iterator[Deed]:
    """All of them, read a part at a time."""
    for _ in range(MOST_PAGES):
        part = listing(relay, wanted, size=CHUNK)
        yield from part
        if len(part) < CHUNK:
            return
        wanted = replace(wanted, after=part[-1].place)


def people(relay: Relay) -> list[str]:
    """All who have done something."""
    with relay.reading() as session:
        by_decisions, by_events = select(Decision.person), select(Event.person).where(Event.person != "")
        return sorted(filter(None, session.scalars(union(by_decisions, by_events))))


def paces(relay: Relay, slug: str = "") -> list[PersonPace]:
    """Of all who have judged clips (of one campaign), by name."""
    with relay.reading() as session:
        here = _clips_of(find_campaign(session, slug) if slug else None)
        judged = [Verdict.approve, Verdict.reject, Verdict.later, Verdict.send_back]
        made = session.exec(
            select(Decision.person, Decision.at)
            .where(col(Decision.verdict).in_(judged), col(Decision.clip_id).in_(here))
            .order_by(col(Decision.at), col(Decision.id))
        ).all()
        looks = session.exec(select(SecondLook).where(*_looked_twice(), col(SecondLook.clip_id).in_(here))).all()
    times: dict[str, list[datetime]] = {}
    for person, at in made:
        times.setdefault(person, []).append(at)
    return [
        PersonPace(person, pace.pace(found), pace.agreement(_pairs(looks, person)))
        for person, found in sorted(times.items())
    ]


def agreement(relay: Relay, slug: str = "") -> Agreement:
    """Of all clips that two people looked at."""
    with relay.reading() as session:
        here = _clips_of(find_campaign(session, slug) if slug else None)
        looks = session.exec(select(SecondLook).where(*_looked_twice(), col(SecondLook.clip_id).in_(here))).all()
    return pace.agreement(_pairs(looks))


def as_csv(rows: Iterator[Mapping[str, str]]) -> Iterator[str]:
    """The lines of a table that spreadsheets open as it is meant: UTF-8 with its mark, and no cell is a formula."""
    return spreadsheets.as_csv(COLUMNS, ([row[column] for column in COLUMNS] for row in rows))


# Which rows


def _rows(
    session: Session, wanted: DeedFilter, campaign: Campaign | None, zone: Any, size: int
) -> list[Decision | Event]:
    """The newest of both tables, merged: each is asked for as many as the page may need."""
    place = _place(wanted.after)
    decisions = select(Decision).where(
        *_of_decisions(wanted, campaign), *_within(Decision, DECISION, wanted, zone, place)
    )
    events = select(Event).where(*_of_events(wanted, campaign), *_within(Event, EVENT, wanted, zone, place))
    found: list[Decision | Event] = [
        *session.exec(decisions.order_by(col(Decision.at).desc(), col(Decision.id).desc()).limit(size)),
        *session.exec(events.order_by(col(Event.at).desc(), col(Event.id).desc()).limit(size)),
    ]
    found.sort(key=lambda row: (row.at, _kind(row), row.id or 0), reverse=True)
    return found[:size]


def _of_decisions(wanted: DeedFilter, campaign: Campaign | None) -> Iterator[Any]:
    if wanted.person:
        yield col(Decision.person) == wanted.person
    if wanted.kind:
        yield col(Decision.verdict) == Verdict(wanted.kind) if wanted.kind in list(Verdict) else false()
    if wanted.clip is not None:
        yield col(Decision.clip_id) == wanted.clip
    if campaign is not None:
        yield col(Decision.clip_id).in_(_clips_of(campaign))


def _of_events(wanted: DeedFilter, campaign: Campaign | None) -> Iterator[Any]:
    yield col(Event.person) == wanted.person if wanted.person else _is_deed()
    if not wanted.kind:
        yield col(Event.what).not_in(SIGN_INS)
    else:
        yield col(Event.what) == EventKind(wanted.kind) if wanted.kind in list(EventKind) else false()
    if wanted.clip is not None:
        yield and_(col(Event.subject) == EventSubject.clip, col(Event.subject_id) == wanted.clip)
    if campaign is not None:
        yield _of_campaign(campaign)


def _is_deed() -> Any:
    """Whatever somebody did; and what befell accounts, also where nobody is named (`relay init`, a new password)."""
    return or_(col(Event.person) != "", col(Event.subject) == EventSubject.account)


def _of_campaign(campaign: Campaign) -> Any:
    """Events of rows that belong to a campaign; accounts belong to none."""
    posts = select(Match.post_id).where(Match.campaign_id == campaign.id)
    owned: tuple[tuple[EventSubject, Any], ...] = (
        (EventSubject.clip, _clips_of(campaign)),
        (EventSubject.campaign, select(Campaign.id).where(Campaign.id == campaign.id)),
        (EventSubject.source, select(Source.id).where(Source.campaign_id == campaign.id)),
        (EventSubject.almanac, select(Almanac.id).where(Almanac.campaign_id == campaign.id)),
        (EventSubject.hand_in, select(HandIn.id).where(HandIn.campaign_id == campaign.id)),
        (EventSubject.post, posts),
    )
    return or_(*(and_(col(Event.subject) == kind, col(Event.subject_id).in_(ids)) for kind, ids in owned))


def _clips_of(campaign: Campaign | None) -> Any:
    return select(Clip.id) if campaign is None else select(Clip.id).where(Clip.campaign_id == campaign.id)


def _within(table: Any, kind: int, wanted: DeedFilter, zone: Any, place: _KeysetPlace | None) -> Iterator[Any]:
    if wanted.since is not None:
        yield col(table.at) >= datetime.combine(wanted.since, time(), zone)
    if wanted.until is not None:
        yield col(table.at) < datetime.combine(wanted.until + timedelta(days=1), time(), zone)
    if place is not None:
        same = (
            col(table.id) < place.number
            if kind == place.kind
            else (col(table.id) > 0 if kind < place.kind else false())
        )
        yield or_(col(table.at) < place.at, and_(col(table.at) == place.at, same))


def _place(text: str) -> _KeysetPlace | None:
    if not text:
        return None
    at, _, rest = text.partition("~")
    kind, _, number = rest.partition("~")
    try:
        return _KeysetPlace(datetime.fromisoformat(at), int(kind), int(number))
    except ValueError as error:
        raise Refused("There is no such page.") from error


def _kind(row: Decision | Event) -> int:
    return DECISION if isinstance(row, Decision) else EVENT


# How they are told


def _deeds(session: Session, rows: Sequence[Decision | Event], zone: Any) -> list[Deed]:
    subjects = [_subject(row) for row in rows]
    titles, slugs = _titles(session, subjects), _slugs(session, subjects)
    return [
        _deed(row, about, titles.get(about, ""), slugs.get(about, ""), zone)
        for row, about in zip(rows, subjects, strict=True)
    ]


def _subject(row: Decision | Event) -> tuple[EventSubject, int]:
    return (EventSubject.clip, row.clip_id) if isinstance(row, Decision) else (row.subject, row.subject_id)


def _deed(row: Decision | Event, about: tuple[EventSubject, int], title: str, slug: str, zone: Any) -> Deed:
    before, after, reason = _told(row)
    return Deed(
        at=row.at.astimezone(zone).isoformat(timespec="seconds"),
        campaign=slug,
        person=row.person,
        what=row.verdict.value if isinstance(row, Decision) else row.what.value,
        subject=about[0],
        subject_id=about[1],
        title=title,
        before=before,
        after=after,
        reason=reason,
        place=f"{row.at.astimezone(UTC).isoformat()}~{_kind(row)}~{row.id}",
    )


def _told(row: Decision | Event) -> tuple[str, str, Sentence]:
    """States of a decision, changed fields of an event, and the words that go with it."""
    if isinstance(row, Decision):
        return row.from_state.value, row.to_state.value, as_sentence(row.reason)
    changes = {name: value for name, value in row.details.items() if isinstance(value, list) and len(value) == 2}
    rest = [as_sentence(value) for name, value in row.details.items() if _is_told(name, value)]
    before, after = ("; ".join(str(pair[side]) for pair in changes.values()) for side in (0, 1))
    return before, after, joined(*rest, by="; ") if rest else as_sentence("")


def _is_told(name: str, value: Any) -> bool:
    """Keys and digests tell people nothing."""
    return bool(value) and name not in ("key", "video", "campaign") and not isinstance(value, list | dict)


def _titles(session: Session, subjects: Sequence[tuple[EventSubject, int]]) -> dict[tuple[EventSubject, int], str]:
    columns: Mapping[EventSubject, tuple[Any, Any]] = {
        EventSubject.clip: (Clip.id, Clip.name),
        EventSubject.campaign: (Campaign.id, Campaign.title),
        EventSubject.source: (Source.id, Source.title),
        EventSubject.post: (Post.id, Post.author),
        EventSubject.video: (Video.id, Video.title),
        EventSubject.almanac: (Almanac.id, Almanac.title),
        EventSubject.hand_in: (HandIn.id, HandIn.number),
        EventSubject.account: (Account.id, Account.name),
    }
    return _looked_up(session, subjects, columns)


def _slugs(session: Session, subjects: Sequence[tuple[EventSubject, int]]) -> dict[tuple[EventSubject, int], str]:
    owners = {
        EventSubject.clip: (Clip.id, Clip.campaign_id),
        EventSubject.campaign: (Campaign.id, Campaign.id),
        EventSubject.source: (Source.id, Source.campaign_id),
        EventSubject.almanac: (Almanac.id, Almanac.campaign_id),
        EventSubject.hand_in: (HandIn.id, HandIn.campaign_id),
    }
    slugs = dict(session.execute(select(Campaign.id, Campaign.slug)).all())
    return {about: slugs.get(owner, "") for about, owner in _looked_up(session, subjects, owners).items()}


def _looked_up(
    session: Session, subjects: Sequence[tuple[EventSubject, int]], columns: Mapping[EventSubject, tuple[Any, Any]]
) -> dict[tuple[EventSubject, int], Any]:
    found: dict[tuple[EventSubject, int], Any] = {}
    for kind, (number, value) in columns.items():
        ids = {subject_id for subject, subject_id in subjects if subject is kind}
        if ids:
            rows = session.execute(select(number, value).where(col(number).in_(ids)))
            found.update({(kind, row[0]): row[1] for row in rows})
    return found


def _looked_twice() -> tuple[Any, ...]:
    return col(SecondLook.second).is_not(None), col(SecondLook.state) != LookState.waiting


def _pairs(looks: Sequence[SecondLook], person: str = "") -> Iterator[tuple[str, str]]:
    for look in looks:
        if look.second is not None and person in ("", look.first_by, look.second_by):
            yield look.first.value, look.second.value
