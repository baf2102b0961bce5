"""Files that were handed in and wait to be looked at."""

from __future__ import annotations

from collections.abc import Iterator

from sqlmodel import col, select

from relay.context import Relay
from relay.models import HandIn, HandInState
from relay.upkeep.backups.contents import HANDED_IN
from relay.upkeep.damages.check import Check, named


def uploads(relay: Relay, _fix: bool, _deep: bool) -> Iterator[Check]:
    """Nobody has them but their participant, and a backup."""
    with relay.reading() as session:
        waiting = select(HandIn).where(HandIn.state == HandInState.waiting, HandIn.url == "")
        rows = session.exec(waiting.order_by(col(HandIn.id))).all()
    lost = [row.number for row in rows if not _is_here(relay, row)]
    if lost:
        yield Check(
            "handed in",
            "files that wait are gone or not whole: {count} ({names}). Take them from a backup, or ask again",
            wrong=True,
            words={"count": len(lost), "names": named(lost)},
        )
    else:
        yield Check("handed in", "waiting: {count}", words={"count": len(rows)})


def _is_here(relay: Relay, row: HandIn) -> bool:
    """Another host shows a file only when it is whole."""
    folder = relay.settings.data_dir.absolute() / HANDED_IN / str(row.id)
    sizes = [path.stat().st_size for path in folder.glob("*") if path.is_file()]
    if row.video_id is not None or row.bytes_total in sizes:
        return True
    return relay.settings.in_bucket and any(relay.shared.names(folder))
