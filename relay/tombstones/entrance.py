"""What every entrance asks before it lets a video in: the crawl's fetch, hand-ins, uploads, files of the organizer."""

from __future__ import annotations

from relay.alerts import raise_alert
from relay.context import Relay
from relay.errors import Refused
from relay.installation_key import secret
from relay.language.sentence import filled
from relay.models import Tombstone
from relay.tombstones import stones
from relay.tombstones.key import TombstoneKey
from relay.tombstones.stones import KEPT_OUT, Name


class KeptOut(Refused):
    """A tombstone knows it: its participant has taken it back."""


def key_of(relay: Relay) -> TombstoneKey:
    return TombstoneKey.of(secret(relay))


def is_kept_out(relay: Relay, *names: Name) -> bool:
    """Whether a tombstone knows one of these."""
    with relay.reading() as session:
        return stones.keeps_out(session, key_of(relay), names) is not None


def let_in(relay: Relay, *names: Name) -> None:
    """Raises KeptOut for what a tombstone knows, and tells the organizers of it."""
    with relay.reading() as session:
        standing = stones.keeps_out(session, key_of(relay), names)
    if standing is not None:
        turn_away(relay, standing)


def turn_away(relay: Relay, standing: Tombstone) -> None:
    """Raises KeptOut. The organizers are told, because a stranger may have taken back what was not theirs: then they
    let it in again (`relay privacy readmit`).
    """
    told = filled("A video knocked again that was erased as {number}; it was not let in.", number=standing.erasure)
    with relay.transaction() as session:
        raise_alert(session, f"kept-out-{standing.erasure}", told, relay.now())
    raise KeptOut(KEPT_OUT)
