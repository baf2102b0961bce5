"""Who is told of a source that can't be read, and when it is over: one alert for a source, one for a whole network that
does not answer, one for a token or a method of it that rests.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from relay import alerts
from relay.collect import rows, sources
from relay.context import Relay
from relay.errors import Closed, Parked, SourceError
from relay.language.sentence import filled
from relay.models import Alert, Source, SourceState, Sweep, need_id

TELL_AFTER = 2
"""Failures in a row of one source before an alert; a network that comes back sooner causes none."""


def tell(session: Session, relay: Relay, source: Source, error: SourceError) -> None:
    """A reading of the source has just failed, as its row says; in the transaction that says so."""
    if isinstance(error, Closed):
        sources.closed(session, relay, source, error)
    elif isinstance(error, Parked):
        known = session.exec(select(Alert).where(Alert.key == error.key, col(Alert.resolved_at).is_(None))).first()
        url = error.action_url or (known.action_url if known else "")
        alerts.raise_alert(session, error.key, error.line, relay.now(), action_url=url)
    elif source.failures >= TELL_AFTER:
        if no_source_answers(session, source):
            told = {"network": source.network, "line": error.line}
            text = filled("No source of {network} can be read any more. {line}", **told)
            if source.owner_id and search_answers(session, source.network):
                text = filled("No page of {network} can be read any more, only its search. {line}", **told)
            alerts.raise_alert(session, network_key(source.network), text, relay.now())
            return
        text = filled(
            "{source}: readings in a row that failed: {times}. {line}",
            source=source.title or source.address,
            times=source.failures,
            line=error.line,
        )
        alerts.raise_alert(session, sources.trouble_key(need_id(source)), text, relay.now())


def resolve_network(session: Session, relay: Relay, source: Source) -> None:
    """Whatever of this network was parked and isn't any more has been put right. That its search answers says nothing
    of walls that don't.
    """
    network = source.network
    whole = network_key(network) if source.owner_id or not _walls_fail(session, network) else ""
    for key in rows.alerts_without_reason(session, beginning=f"{network}:", whole=whole):
        alerts.resolve(session, key, relay.now())


def network_key(network: str) -> str:
    """The key of the alert about a whole network that does not answer: one for all its sources."""
    return f"network:{network}"


def no_source_answers(session: Session, source: Source) -> bool:
    """There are other sources of its network, and none has been read since this one began to fail. Walls are compared
    with walls: a search may answer while none of them does.
    """
    since = session.exec(
        select(func.min(Sweep.started_at)).where(
            Sweep.source_id == source.id, col(Sweep.started_at) > (source.high_water or source.created_at)
        )
    ).one()
    others: list[ColumnElement[bool] | bool] = [Source.network == source.network, Source.id != source.id]
    others += [col(Source.state) == SourceState.active, *([col(Source.owner_id) != ""] if source.owner_id else [])]
    if since is None or session.exec(select(Source.id).where(*others)).first() is None:
        return False
    return session.exec(select(Source.id).where(*others, col(Source.high_water) > since)).first() is None


def search_answers(session: Session, network: str) -> bool:
    fine = (Source.network == network, Source.owner_id == "", Source.failures == 0)
    return session.exec(select(Source.id).where(*fine, Source.state == SourceState.active)).first() is not None


def _walls_fail(session: Session, network: str) -> bool:
    failing = (Source.network == network, col(Source.owner_id) != "", col(Source.failures) >= TELL_AFTER)
    return session.exec(select(Source.id).where(*failing, Source.state == SourceState.active)).first() is not None
