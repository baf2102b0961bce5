"""Keeps the shots within the bounds of RELAY_SHOTS_GB: what was used longest ago goes first.

Nothing goes that a film of today's plans needs, nor what was used within the last hours: a film that is just being
made needs it, whatever its plan says. So the bounds may be exceeded; `relay doctor` tells.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import select

from relay import logs
from relay.almanac.delivery import render
from relay.almanac.delivery.exports import shelf
from relay.almanac.film.cut import Cut
from relay.almanac.film.needs import FilmNeeds
from relay.almanac.film.shot_cache import CachedFile, ShotCache
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.models import Almanac, Campaign, CampaignState

IN_USE_HOURS = 6.0
log = logs.get_logger()


@dataclass(frozen=True, slots=True)
class Pruned:
    """Bytes: what there was, what went, and the bound (0: none)."""

    found: int
    removed: int
    bound: int

    @property
    def left(self) -> int:
        return self.found - self.removed


def stock(relay: Relay) -> Pruned:
    """What there is, with nothing removed."""
    return Pruned(sum(kept.size for kept in _kept(relay)), 0, _bound(relay))


def changed(relay: Relay, fix: bool) -> int:
    """How many shots and sounds are not what they were made as; with `fix` they go, and are made again when a film
    needs them.
    """
    found = [(shots, path) for shots in _stores(relay) for path in shots.changed()]
    for shots, path in found if fix else []:
        shots.remove(path)
    return len(found)


def prune(relay: Relay) -> Pruned:
    """Removes what is too much, old raw frames and old exports. Raises nothing for files that others removed."""
    shelf.prune(relay)
    for shots in _stores(relay):
        shots.sweep_out()
        shots.trim_sums()
    kept, bound = _kept(relay), _bound(relay)
    found = sum(one.size for one in kept)
    if not bound or found <= bound:
        return Pruned(found, 0, bound)
    going = too_much(kept, bound, needed=needed(relay), in_use=time.time() - IN_USE_HOURS * 3600)
    for one in going:
        ShotCache(one.path.parent).remove(one.path)
    removed = sum(one.size for one in going)
    log.info("shots pruned", removed=len(going), megabytes=removed >> 20)
    return Pruned(found, removed, bound)


def too_much(kept: Sequence[CachedFile], bound: int, *, needed: Collection[Path], in_use: float) -> list[CachedFile]:
    """Which of them go so that `bound` bytes are left: those used longest ago, before `in_use` (a time)."""
    over = sum(one.size for one in kept) - bound
    going: list[CachedFile] = []
    for one in sorted(kept, key=lambda one: (one.used, one.path)):
        if over <= 0 or one.used >= in_use:
            break
        if one.path not in needed:
            going.append(one)
            over -= one.size
    return going


def needed(relay: Relay) -> set[Path]:
    """Every shot and sound of the films that today's plans make, and what is made ahead for approved clips.

    A plan that can't be rendered as it stands (a clip is not approved any more) keeps what is made ahead.
    """
    shots = ShotCache(relay.folder("shots"))
    found: set[Path] = set()
    for cut in _cuts(relay):
        found |= FilmNeeds(cut, shots, relay.toolbox.ffmpeg_version).files()
    return found


def _cuts(relay: Relay) -> Iterator[Cut]:
    with relay.reading() as session:
        named = select(Campaign.slug, Almanac.name).where(Almanac.campaign_id == Campaign.id)
        almanacs = [(slug, name) for slug, name in session.exec(named)]
        slugs = session.exec(select(Campaign.slug).where(Campaign.state != CampaignState.archived)).all()
    for slug, name in almanacs:
        with contextlib.suppress(Refused, NotFound):
            yield render.drawn(relay, slug, name)
    for slug in slugs:
        yield from render.ahead(relay, slug)


def _kept(relay: Relay) -> list[CachedFile]:
    return [one for shots in _stores(relay) for one in shots.kept()]


def _stores(relay: Relay) -> list[ShotCache]:
    return [ShotCache(relay.folder(*parts)) for parts in (("shots",), ("shots", "previews"))]


def _bound(relay: Relay) -> int:
    return int(relay.settings.shots_gb * 1e9)
