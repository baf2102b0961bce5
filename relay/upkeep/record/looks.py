"""`relay audit verify`: the chain, its rows and all heads that were kept; once a day by itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from relay import alerts
from relay.chain import heads, verifying
from relay.chain.heads import ChainHead
from relay.chain.seals import ChainKeys
from relay.chain.verifying import ChainFault, ChainReport, FaultKind
from relay.context import Relay
from relay.errors import StoreError
from relay.language.sentence import filled
from relay.upkeep.record import days

ALERT = "record"


def verify(relay: Relay, known: Sequence[ChainHead] = ()) -> ChainReport:
    """Against the heads in the data folder, and those that somebody brings. Raises StoreError without a key.

    A kept head that can't be read any more is a fault like any other, and hides none of the others.
    """
    keys = keys_of(relay)
    kept, damaged = days.kept(relay)
    with relay.reading() as session:
        report = verifying.verify(session.connection(), keys, [*kept, *known])
    for name in damaged:
        report.add(ChainFault(FaultKind.head_lost, what=name))
    return report


def daily(relay: Relay) -> None:
    """Once a day, when the head of the day before is kept: whoever has tampered with the record is an alert."""
    if days.daily(relay) is None:
        return
    found = verify(relay)
    with relay.transaction() as session:
        if found.is_whole:
            alerts.resolve(session, ALERT, relay.now())
        else:
            text = filled("The record was changed by somebody who is not Relay. Places: {count}.", count=found.found)
            alerts.raise_alert(session, ALERT, text, relay.now())


def head(relay: Relay, day: date | None = None) -> ChainHead:
    """Of now, or as it stood at the end of a day, in the zone of the installation."""
    keys = keys_of(relay)
    with relay.reading() as session:
        before = None if day is None else days.end_of(session, day)
        return heads.head(session.connection(), keys, before=before)


def keys_of(relay: Relay) -> ChainKeys:
    """What the record is sealed with. Raises StoreError where this process was given none."""
    if relay.store.chain_keys is None:
        raise StoreError("The record can't be looked at: the installation's key is not there.")
    return relay.store.chain_keys
