"""Which process leads: a lease that one process holds, and a fence that keeps an earlier holder from writing.

A lease ends by itself when its holder stops renewing it, and at once when the holder is known to be dead. The fence
grows with each new holder; `Relay.transaction` refuses to write behind an old one.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import col

from relay import clocks
from relay.context import Relay
from relay.models import Lease
from relay.store import add_new


def acquire(relay: Relay, name: str, seconds: float) -> int:
    """Takes or keeps a lease; returns its fence, which grows with each new holder, or 0 while another one holds it."""
    now, until = relay.now(), relay.now() + timedelta(seconds=seconds)
    with relay.transaction() as session:
        if add_new(session, Lease(name=name, holder=relay.holder, until=until)):
            return 1
        lease = session.get_one(Lease, name)
        if lease.holder != relay.holder and is_kept(relay, lease, now, seconds):
            return 0
        fence = lease.fence + (lease.holder != relay.holder)
        taken = session.exec(
            update(Lease)
            .where(col(Lease.name) == name, col(Lease.holder) == lease.holder, col(Lease.fence) == lease.fence)
            .values(holder=relay.holder, until=until, fence=fence)
        )
        return fence if taken.rowcount else 0


def is_kept(relay: Relay, lease: Lease, now: datetime, seconds: float) -> bool:
    """Whether its holder still has it. An end that lies further ahead than a lease lasts was written before the clock
    was set back, and says nothing about the holder.
    """
    return clocks.holds(lease.until, now, timedelta(seconds=seconds)) and not relay.is_dead(lease.holder)


def release(relay: Relay, name: str) -> None:
    """Ends the lease now, if this process holds it. Its row stays, so that a fence is never given out twice."""
    with relay.transaction() as session:
        session.exec(
            update(Lease)
            .where(col(Lease.name) == name, col(Lease.holder) == relay.holder)
            .values(until=relay.now(), fence=Lease.fence + 1)
        )
