"""Where a film goes besides being shown by its campaign; whoever is in it has to have agreed to that."""

from __future__ import annotations

from collections.abc import Collection

from relay.almanac.plan import store
from relay.context import Relay
from relay.models import EventKind, FilmReach
from relay.records import add_event


def of_film(relay: Relay, slug: str, name: str) -> list[FilmReach]:
    """Raises NotFound."""
    with relay.reading() as session:
        return [FilmReach(one) for one in store.find(session, slug, name).uses]


def set_for(relay: Relay, slug: str, name: str, reaches: Collection[FilmReach], *, person: str) -> list[FilmReach]:
    """Says where the film goes, all of it. What may not go there with it is told by the plan, and stops the render.

    Raises NotFound.
    """
    wanted = [one for one in FilmReach if one in reaches]
    with relay.transaction() as session:
        almanac = store.find(session, slug, name)
        if almanac.uses != [one.value for one in wanted]:
            almanac.uses = [one.value for one in wanted]
            session.add(almanac)
            add_event(session, relay.now(), almanac, EventKind.uses_changed, person, uses=", ".join(wanted))
    return wanted
