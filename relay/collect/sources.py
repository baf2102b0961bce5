"""The sources of a campaign: the walls and searches where its posts are looked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NoReturn

from sqlalchemy import ColumnElement, delete, func, update
from sqlmodel import Session, col, select

from relay import alerts
from relay.collect import campaigns
from relay.context import Relay
from relay.errors import Closed, NotFound, Refused, SourceError, TryLater
from relay.language.sentence import Sentence, prefixed
from relay.language.text import one_line
from relay.models import Campaign, EventKind, Parking, Source, SourceState, Sweep, need_id
from relay.ports import BatchResolves, Place, SourceAdapter
from relay.records import IS_SWEPT, add_event
from relay.store import add_new
from relay.views import key


@dataclass(frozen=True, slots=True)
class ReadSpan:
    """The time that a source is read of, without a hole."""

    start: str | None = field(metadata=key("from"))
    end: str | None = field(metadata=key("to"))


@dataclass(frozen=True, slots=True)
class SourceView:
    """A source in a listing. `reason`: what keeps it from being read; `posts_total`: as its network counts."""

    id: int
    address: str
    network: str
    title: str
    district: str
    state: SourceState
    reason: str
    last_sweep: str | None
    last_fault: str
    next_sweep: str | None
    covered: ReadSpan | None
    posts_total: int | None


def add(relay: Relay, slug: str, address: str, *, district: str = "", person: str = "") -> Source:
    """Looks the address up on its network and adds it. Raises Refused for one that is there already, and SourceErrors
    (nothing is added) when the network can't be asked or the place is closed to us.
    """
    campaign = campaigns.get(relay, slug)
    place = _resolved(relay, address)
    source, is_new = keep_place(relay, campaign, place, district=district, person=person)
    if not is_new:
        raise Refused("{address} is a source of campaign {slug} already.", address=place.address, slug=slug)
    return source


def keep_place(
    relay: Relay, campaign: Campaign, place: Place, *, district: str = "", person: str = ""
) -> tuple[Source, bool]:
    """The source at a place that was looked up, and whether it is new."""
    row = Source(
        campaign_id=need_id(campaign),
        address=place.address,
        network=place.network,
        owner_id=place.owner_id,
        title=place.title,
        district=district.strip(),
        next_sweep_at=relay.now(),
        created_at=relay.now(),
    )
    with relay.transaction() as session:
        is_new = add_new(session, row)
        source = _find(session, campaign, place.address)
        if is_new:
            add_event(session, relay.now(), source, EventKind.added, person)
        return source, is_new


def listing(relay: Relay, slug: str) -> list[SourceView]:
    """The sources as the command line and the desk show them; times in the campaign's zone."""
    campaign = campaigns.get(relay, slug)
    with relay.reading() as session:
        rows = session.exec(select(Source).where(Source.campaign_id == campaign.id).order_by(col(Source.id))).all()
        last = _last_sweeps(session, campaign)
        return [_shown(campaign, row, last.get(need_id(row))) for row in rows]


@dataclass(frozen=True, slots=True)
class CheckedSources:
    """`unread`: addresses of those that can't be read now."""

    sources: list[SourceView]
    unread: list[str]


def check(relay: Relay, slug: str) -> list[SourceView]:
    """As `look_over`; all sources of the campaign afterwards."""
    return look_over(relay, slug).sources


def look_over(relay: Relay, slug: str) -> CheckedSources:
    """Asks the network about every source again, and lifts what keeps a token or method resting: whoever asks for a
    check has put something right. Sources that were closed and are open now go on.
    """
    campaign = campaigns.get(relay, slug)
    with relay.transaction() as session:
        rows = session.exec(select(Source).where(Source.campaign_id == campaign.id).order_by(col(Source.id))).all()
        for name in {row.network for row in rows}:
            rests = col(Parking.key).startswith(f"{name}:") | (col(Parking.key) == f"extractor:{name}")
            session.exec(delete(Parking).where(rests))
    asked = [row for row in rows if row.state is not SourceState.paused]
    unread = []
    for name in dict.fromkeys(row.network for row in asked):
        if (network := relay.sources.get(name)) is not None:
            mine = [row for row in asked if row.network == name]
            for row, resolve in zip(mine, looked_up(network, [row.address for row in mine]), strict=True):
                if not _check(relay, resolve, row):
                    unread.append(row.address)
    return CheckedSources(listing(relay, slug), unread)


def pause(relay: Relay, slug: str, address_or_id: str | int, *, person: str) -> Source:
    """Leaves the source out from now on. Raises NotFound, and Refused for one that is paused."""
    return _switch(relay, slug, address_or_id, SourceState.paused, person)


def resume(relay: Relay, slug: str, address_or_id: str | int, *, person: str) -> Source:
    """Takes the source in again, whatever it was that kept it out; the next sweep tells whether it still does."""
    return _switch(relay, slug, address_or_id, SourceState.active, person)


def trouble_key(source_id: int) -> str:
    """The key of the alert about a source."""
    return f"source:{source_id}"


def closed(session: Session, relay: Relay, source: Source, error: Closed) -> None:
    """A place is closed to us: its state and reason, an event and an alert. A person's pause stays."""
    state = SourceState.gone if error.gone else SourceState.attention
    moved = session.exec(
        update(Source).where(col(Source.id) == source.id, IS_SWEPT).values(state=state, reason=error.line)
    )
    if moved.rowcount:
        if source.state is not state:
            add_event(session, relay.now(), source, EventKind(state.value), reason=error.line)
        alerts.raise_alert(session, trouble_key(need_id(source)), prefixed(_label(source), error.line), relay.now())


def opened(session: Session, relay: Relay, source: Source) -> None:
    """A place answers: what was wrong with it is over."""
    moved = session.exec(
        update(Source)
        .where(col(Source.id) == source.id, col(Source.state).in_([SourceState.attention, SourceState.gone]))
        .values(state=SourceState.active, reason="")
    )
    if moved.rowcount:
        add_event(session, relay.now(), source, EventKind.active)
    session.exec(update(Source).where(col(Source.id) == source.id, _has_reason()).values(reason=""))
    alerts.resolve(session, trouble_key(need_id(source)), relay.now())


def _has_reason() -> ColumnElement[bool]:
    return (col(Source.reason) != "") & (col(Source.state) == SourceState.active)


def _resolved(relay: Relay, address: str) -> Place:
    for network in relay.sources.values():
        if network.claims(address):
            try:
                return network.resolve(address)
            except TryLater as error:
                hint = "The source was not added: run the same command again in a few minutes."
                raise TryLater(error.sentence, hint=hint, code=error.code, requests=error.requests) from error
    known = ", ".join(f"{name}:…" for name in relay.sources)
    raise Refused(
        "{address} belongs to no network that Relay reads.", hint="Known are: {known}", address=address, known=known
    )


def looked_up(network: SourceAdapter, addresses: Sequence[str]) -> list[Callable[[], Place]]:
    """What the network says of each, asked together where it can be."""
    alone: list[Callable[[], Place]] = [partial(network.resolve, address) for address in addresses]
    if not isinstance(network, BatchResolves):
        return alone
    try:
        return network.resolve_many(addresses)
    except Closed:  # one of them, and the answer doesn't say which
        return alone
    except SourceError as error:
        return [partial(_raises, error) for _ in addresses]


def _raises(error: SourceError) -> NoReturn:
    raise error


def _check(relay: Relay, resolve: Callable[[], Place], row: Source) -> bool:
    """Whether it can be read."""
    try:
        place = resolve()
    except Closed as error:
        with relay.transaction() as session:
            closed(session, relay, row, error)
    except (SourceError, Refused) as error:
        with relay.transaction() as session:
            session.exec(update(Source).where(col(Source.id) == row.id).values(reason=error.line))
    else:
        with relay.transaction() as session:
            title = place.title or row.title
            session.exec(update(Source).where(col(Source.id) == row.id).values(title=title, next_sweep_at=relay.now()))
            opened(session, relay, row)
        return True
    return False


def set_districts(relay: Relay, slug: str, wanted: Mapping[int, tuple[str, str]], *, person: str) -> list[SourceView]:
    """Gives sources their districts; `wanted`: source → (what stood there when it was typed, what it shall be).

    What somebody else has changed meanwhile is left alone and comes back; so does nothing else. Raises NotFound.
    """
    campaign, late = campaigns.get(relay, slug), set()
    with relay.transaction() as session:
        for number, (was, typed) in wanted.items():
            source, district = _find(session, campaign, str(number)), one_line(typed)
            if district in (was, source.district):
                continue
            moved = session.exec(
                update(Source).where(col(Source.id) == number, col(Source.district) == was).values(district=district)
            )
            if not moved.rowcount:
                late.add(number)
                continue
            add_event(session, relay.now(), source, EventKind.district_set, person, district=district)
    return [row for row in listing(relay, slug) if row.id in late]


def _switch(relay: Relay, slug: str, address_or_id: str | int, state: SourceState, person: str) -> Source:
    campaign = campaigns.get(relay, slug)
    with relay.transaction() as session:
        source = _find(session, campaign, str(address_or_id))
        if source.state is state:
            raise Refused("{address} is {now} already.", address=source.address, now=Sentence(state.value))
        session.exec(
            update(Source)
            .where(col(Source.id) == source.id, col(Source.state) == source.state)
            .values(state=state, reason="", failures=0, next_sweep_at=relay.now())
        )
        add_event(
            session, relay.now(), source, EventKind.paused if state is SourceState.paused else EventKind.resumed, person
        )
        alerts.resolve(session, trouble_key(need_id(source)), relay.now())
        session.refresh(source)
        campaigns.freeze_when_done(session, relay, campaign)
        return source


def _find(session: Session, campaign: Campaign, address_or_id: str) -> Source:
    which = Source.address == address_or_id
    if address_or_id.isascii() and address_or_id.isdigit():
        which = Source.id == int(address_or_id)
    source = session.exec(select(Source).where(Source.campaign_id == campaign.id, which)).first()
    if source is None:
        raise NotFound(
            "Campaign {slug} has no source {address_or_id}.",
            hint="See: relay source list CAMPAIGN",
            slug=campaign.slug,
            address_or_id=address_or_id,
        )
    return source


def _last_sweeps(session: Session, campaign: Campaign) -> dict[int, Sweep]:
    newest = (
        select(func.max(Sweep.id)).join(Source).where(Source.campaign_id == campaign.id).group_by(col(Sweep.source_id))
    )
    return {sweep.source_id: sweep for sweep in session.exec(select(Sweep).where(col(Sweep.id).in_(newest)))}


def _shown(campaign: Campaign, source: Source, sweep: Sweep | None) -> SourceView:
    covered = None
    if source.covered_from is not None and source.high_water is not None:
        covered = ReadSpan(campaigns.local(campaign, source.covered_from), campaigns.local(campaign, source.high_water))
    return SourceView(
        id=need_id(source),
        address=source.address,
        network=source.network,
        title=source.title,
        district=source.district,
        state=source.state,
        reason=source.reason or (sweep.fault if sweep and not sweep.complete else ""),
        last_sweep=campaigns.local(campaign, sweep.finished_at) if sweep else None,
        last_fault=sweep.fault if sweep else "",
        next_sweep=campaigns.local(campaign, source.next_sweep_at),
        covered=covered,
        posts_total=source.posts_total,
    )


def _label(source: Source) -> str:
    return f"{source.title} ({source.address})" if source.title else source.address
