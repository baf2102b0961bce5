"""What was made of a video to be looked at: poster, storyboard, proxy. All of it can be made again of the original."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlmodel import col, select

from relay.context import Relay
from relay.errors import RelayError
from relay.models import Inspection
from relay.upkeep.damages.check import Check, named
from relay.upkeep.damages.originals import is_whole

Look = Callable[[Relay, str], object]
"""The one look at an original, which makes what is missing (intake/inspect.py). Raises RelayError."""


def made_of_videos(relay: Relay, fix: bool, deep: bool, look: Look | None = None) -> Iterator[Check]:
    """Sizes are compared with those noted when they were made; `deep` the bytes too."""
    with relay.reading() as session:
        rows = session.exec(select(Inspection).where(col(Inspection.poster) != "").order_by(Inspection.sha256)).all()
    bad = {row.sha256: keys for row in rows if (keys := _damaged(relay, row, deep))}
    if not bad:
        yield Check("posters and proxies", "in place: {count}", words={"count": len(rows)})
        return
    left = _made_again(relay, bad, look) if fix and look is not None else list(bad)
    if len(left) < len(bad):
        count = len(bad) - len(left)
        yield Check(
            "posters and proxies", "missing or changed, made again: {count}", fixed=True, words={"count": count}
        )
    if left:
        words = {"count": len(left), "names": named([key for sha in left for key in bad[sha]])}
        yield Check("posters and proxies", "missing or changed: {count} ({names})", wrong=True, words=words)


def _damaged(relay: Relay, row: Inspection, deep: bool) -> list[str]:
    return [
        key
        for key in (row.poster, row.storyboard, row.proxy)
        if key and not _is_as_noted(relay, key, row.sums.get(key), deep)
    ]


def _is_as_noted(relay: Relay, key: str, noted: list[object] | None, deep: bool) -> bool:
    if not relay.media.has(key):
        return False
    there = relay.media.facts(key).size
    size, sha = noted or (None, None)
    if there != (size if size is not None else there) or there == 0:
        return False
    return not deep or sha is None or relay.media.digest(key) == sha


def _made_again(relay: Relay, bad: dict[str, list[str]], look: Look) -> list[str]:
    """Returns those for which it can't be done now: their original has to be fetched first."""
    left = []
    for sha, keys in bad.items():
        try:
            if not is_whole(relay, sha, None, deep=True):
                left.append(sha)
                continue
            for key in keys:
                relay.media.delete(key)
            look(relay, sha)
        except RelayError:
            left.append(sha)
    return left
