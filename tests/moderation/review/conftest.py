from __future__ import annotations

import pytest

from relay.context import Relay
from relay.models import ClipState, Role, Verdict
from relay.moderation import desk
from relay.moderation.people import accounts
from relay.moderation.team import queue

PEOPLE = {"anna": "Анна", "kira": "Кира", "olga": "Ольга", "boris": "Борис"}


class Room:
    """Anna and Kira moderate, Ольга organizes, Борис edits films. `room.next("Кира")`: the number of her next clip."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay

    def come(self) -> None:
        roles = {"olga": Role.organizer, "boris": Role.editor}
        for login, name in PEOPLE.items():
            accounts.create(self.relay, login, name, roles.get(login, Role.moderator), password="a long password")

    def next(self, person: str, after: int | None = None) -> int | None:
        """Nothing is claimed, so that both may look."""
        found = queue.beside(self.relay, "proryv80", person, state=ClipState.awaiting, after=after or 0).following
        return found.id if found is not None else None

    def decides(self, person: str, clip: int, verdict: Verdict = Verdict.approve, reason: str = "") -> int:
        seen: ClipState = desk.show(self.relay, clip).state
        return desk.decide(self.relay, clip, verdict, person=person, seen=seen, reason=reason).id or 0


@pytest.fixture
def room(relay: Relay) -> Room:
    return Room(relay)
