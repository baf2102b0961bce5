"""Each access token, how it stands, and what of the day's quota it has used. A token is told by its digest's end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlmodel import col, select

from relay import clocks
from relay.context import Relay
from relay.models import Parking
from relay.ports import HasTokens, TokenUsage
from relay.sources.quotas import LONGEST_REST

WORKS, PARTLY, RESTS = "works", "works in part", "rests"
TOLD = 4
"""Signs of the digest that tell one token from another; nobody can make a token of them."""


def tail(digest: str) -> str:
    return f"…{digest[-TOLD:]}"


def listing(relay: Relay) -> list[dict[str, Any]]:
    """`network token state reason until calls`; `calls` has an entry for each method, with what keeps it from working.

    Times in UTC. A network without tokens has no entry.
    """
    stands = clocks.holding(col(Parking.until), relay.now(), LONGEST_REST)
    with relay.reading() as session:
        rests = session.exec(select(Parking).where(stands).order_by(col(Parking.key))).all()
    return [
        _view(name, used, rests)
        for name, source in relay.sources.items()
        if isinstance(source, HasTokens)
        for used in source.tokens()
    ]


def _view(network: str, used: TokenUsage, rests: Sequence[Parking]) -> dict[str, Any]:
    own = f"{network}:{used.token}"
    whole = next((row for row in rests if row.key == own), None)
    parts = {row.key.removeprefix(f"{own}:"): row for row in rests if row.key.startswith(f"{own}:")}
    calls = [
        {
            "method": method,
            "made": used.calls.get(method, (0, None))[0],
            "allowed": used.calls.get(method, (0, None))[1],
            "until": parts[method].until if method in parts else None,
            "reason": parts[method].reason if method in parts else "",
        }
        for method in [*used.calls, *(name for name in parts if name not in used.calls)]
    ]
    first = whole or next(iter(parts.values()), None)
    return {
        "network": network,
        "token": tail(used.token),
        "state": RESTS if whole else PARTLY if parts else WORKS,
        "reason": first.reason if first else "",
        "until": first.until if first else None,
        "calls": calls,
    }
