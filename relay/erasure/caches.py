"""Shots, sounds and raw frames carry no name of the clip that is in them: they are named by all that shapes them.

So everything goes that no plan of today needs, and plans hold the clip no more; what a render that runs beside this
needs stays, if the clip isn't in it. All of that can be made again.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from relay import processes
from relay.almanac.delivery import pruning
from relay.almanac.film.shot_cache import CHUNKS, ShotCache, ShotClaim
from relay.context import Relay
from relay.erasure.target import ErasureTarget, Removed

SHOTS, FACES = "shots", "faces"


def sweep(relay: Relay, target: ErasureTarget, removed: Removed) -> bool:
    """Returns False while something is still being made of the clip: then it has to be swept once more."""
    is_clean = clear(relay, removed, lambda sha256: sha256 == target.sha256)
    folder = relay.folder(SHOTS, FACES)
    for path in {*folder.glob("*.json"), *relay.shared.names(folder, target.sha256)}:
        of = path.name.partition("-")[0]
        if of in (target.sha256, path.stem):  # the other ones are of an older version, which told no clip
            removed.shared(relay, FACES, path)
    return is_clean


def clear(relay: Relay, removed: Removed, is_erased: Callable[[str], bool]) -> bool:
    """All that no plan needs, but what is being made of other clips. `is_erased` is asked of the bytes' sum."""
    for shots in stores(relay):
        for folder in shots.abandoned():
            removed.folder(SHOTS, folder)
            processes.clear(folder)
    needed = pruning.needed(relay)
    is_clean = True
    for shots in stores(relay):
        claims = shots.claims()
        others = [claim for claim in claims if not any(map(is_erased, claim.of))]
        is_clean &= len(others) == len(claims)
        _sweep(relay, shots, needed, others, removed)
    return is_clean


def stores(relay: Relay) -> list[ShotCache]:
    return [ShotCache(relay.folder(*parts)) for parts in ((SHOTS,), (SHOTS, "previews"))]


def _sweep(relay: Relay, shots: ShotCache, needed: set[Path], others: list[ShotClaim], removed: Removed) -> None:
    kept = needed.union(*(claim.paths for claim in others))
    kept |= {path.with_suffix(".json") for path in kept if path.parent.name in ("sounds", CHUNKS)}
    since = min((claim.since for claim in others), default=None)
    for one in shots.everything():
        is_of_a_mix = one.path.parent.name == CHUNKS  # which of them a running render needs, it learns at its end
        if one.path in kept or (is_of_a_mix and since is not None and one.used >= since):
            continue
        removed.shared(relay, SHOTS, one.path)
    for path in relay.shared.names(shots.root):
        if path not in kept and not path.exists() and path.parent.name != FACES:
            removed.shared(relay, SHOTS, path)
    if not others:
        for card in shots.cards.glob("*"):
            if card.is_file() and not shots.claims():
                removed.file("cards", card)
