"""What editors of one plan are told while they have it open: that it is another one now, who changed it, and how."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import col, select

from relay.almanac.plan import queries, store
from relay.almanac.plan.editor_view import ACTIONS
from relay.context import Relay
from relay.models import Event, EventKind, EventSubject

UNDONE = "A change was taken back"


@dataclass(frozen=True, slots=True)
class PlanNews:
    """`mark`: another one after each change. `person` did the newest, `did` says what; both empty before the first."""

    mark: str
    person: str
    did: str


def newest(relay: Relay, slug: str, name: str) -> PlanNews:
    """Raises NotFound."""
    with relay.reading() as session:
        almanac = queries.find(session, slug, name)
        wanted = select(Event).where(Event.subject == EventSubject.almanac, Event.subject_id == almanac.id)
        wanted = wanted.where(Event.what == EventKind.plan_changed).order_by(col(Event.id).desc()).limit(1)
        event = session.exec(wanted).first()
        mark = store.mark(session, almanac)
    if event is None:
        return PlanNews(mark, "", "")
    did = str(event.details.get("did", ""))
    return PlanNews(mark, event.person, UNDONE if did == "undone" else ACTIONS.get(did, did))
