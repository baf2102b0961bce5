"""Exports that are ready to be taken along: one ZIP each in `exports/`, with a note beside it; old ones go.

exports/<film>/<number>.zip    what is downloaded
exports/<film>/<number>.json   its note, written last: an export counts only with it
exports/work/…                 what is being made; a folder whose process is gone is swept out
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from relay import processes
from relay.almanac.delivery.exports import archive, film
from relay.almanac.delivery.exports.film import ExportedFilm, ExportWish
from relay.almanac.delivery.render import file_name
from relay.almanac.film.encoder import OnProgress
from relay.almanac.plan import queries
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.media.files import replace_file
from relay.models import Campaign
from relay.permissions.rules import FILM, Use, uses_of

KEPT, KEPT_DAYS = 3, 7
"""Of each film so many stay, and for so many days."""
SHARE = 80
"""Per cent of the way that lie before the packing."""
WORK = "work"


@dataclass(frozen=True, slots=True)
class ReadyExport:
    """An export that can be downloaded. `size` in bytes; `called`: its file's name; `at`: when it was made."""

    number: int
    to: str
    called: str
    size: int
    frames: int
    originals: bool
    left_out: list[str]
    clips: list[int]
    person: str
    at: datetime


def prepare(
    relay: Relay,
    slug: str,
    name: str,
    wish: ExportWish,
    *,
    person: str,
    translate: Callable[[str], str] = str,
    on_progress: OnProgress = lambda _done, _total, _what: None,
) -> ReadyExport:
    """Makes an export and puts it on the shelf. `on_progress` (in per cent) may raise to end it.

    Raises what `film.export` raises.
    """
    place = _place(relay, slug, name)
    prune(relay)
    with processes.bench(relay.folder("exports", WORK)) as bench:
        made = film.export(
            relay, slug, name, bench / "film", wish, person=person, translate=translate,
            on_progress=lambda done, total, what: on_progress(SHARE * done // total, 100, what),
        )  # fmt: skip
        packed = bench / "export.zip"
        _pack(bench / "film", packed, made, on_progress)
        film.check_allowed(relay, made.clips, _uses(relay, slug, name))
        ready = _put(relay, place, packed, made, wish, person)
    prune(relay)
    return ready


def _pack(folder: Path, target: Path, made: ExportedFilm, on_progress: OnProgress) -> None:
    total, done = max(1, archive.size_of(folder)), 0

    def told(count: int) -> None:
        nonlocal done
        done += count
        on_progress(SHARE + (100 - SHARE) * done // total, 100, "export")

    archive.pack(folder, target, root=made.called, on_bytes=told)


def _put(relay: Relay, place: Path, packed: Path, made: ExportedFilm, wish: ExportWish, person: str) -> ReadyExport:
    place.mkdir(parents=True, exist_ok=True)
    before = max((int(path.stem) for path in place.glob("*.zip") if path.stem.isdigit()), default=0)
    number = max(before + 1, int(relay.now().timestamp()))  # so that no number ever stands for another export
    size = packed.stat().st_size
    packed.replace(place / f"{number}.zip")
    ready = ReadyExport(
        number=number,
        to=wish.to,
        called=f"{made.called} {relay.now():%Y-%m-%d}.zip",
        size=size,
        frames=made.frames,
        originals=wish.originals,
        left_out=made.left_out,
        clips=made.clips,
        person=person,
        at=relay.now(),
    )
    note = asdict(ready) | {"at": ready.at.isoformat()}
    replace_file(place / f"{number}.json", json.dumps(note, ensure_ascii=False).encode())
    return ready


def listing(relay: Relay, slug: str, name: str) -> list[ReadyExport]:
    """The film's exports, the newest first, without those that may not go out any more. Raises NotFound."""
    found = sorted(_ready(_place(relay, slug, name)), key=lambda one: -one.number)
    uses = _uses(relay, slug, name)
    return [one for one in found if _allowed(relay, one, uses)]


def file(relay: Relay, slug: str, name: str, number: int) -> tuple[ReadyExport, Path]:
    """An export to be downloaded. Raises NotFound; Refused, and removes it, where a clip of it was taken back."""
    place = _place(relay, slug, name)
    ready = next((one for one in _ready(place) if one.number == number), None)
    if ready is None or not (place / f"{number}.zip").is_file():
        raise NotFound("There is no such export.")
    try:
        film.check_allowed(relay, ready.clips, _uses(relay, slug, name))
    except Refused:
        _drop(place, number)
        raise
    return ready, place / f"{number}.zip"


def remove(relay: Relay, slug: str, name: str, number: int) -> None:
    """Raises NotFound."""
    place = _place(relay, slug, name)
    if not (place / f"{number}.json").is_file():
        raise NotFound("There is no such export.")
    _drop(place, number)


def prune(relay: Relay) -> int:
    """Removes what is old, what is too many, and what may not go out any more; the number of exports removed."""
    root, removed = relay.folder("exports"), 0
    processes.sweep(root / WORK)
    oldest = relay.now() - timedelta(days=KEPT_DAYS)
    for place in (path for path in root.iterdir() if path.is_dir() and path.name != WORK):
        newest = sorted(_ready(place), key=lambda one: -one.number)
        for rank, one in enumerate(newest):
            if rank >= KEPT or one.at < oldest or not _allowed(relay, one):
                _drop(place, one.number)
                removed += 1
        if not any(place.iterdir()):
            place.rmdir()
    return removed


def _allowed(relay: Relay, one: ReadyExport, uses: Collection[Use] = FILM) -> bool:
    with relay.reading() as session:
        return set(one.clips) <= queries.still_free(session, one.clips, uses=uses, now=relay.now())


def _uses(relay: Relay, slug: str, name: str) -> frozenset[Use]:
    with relay.reading() as session:
        return uses_of(queries.find(session, slug, name).uses)


def _place(relay: Relay, slug: str, name: str) -> Path:
    with relay.reading() as session:
        almanac = queries.find(session, slug, name)
        called = file_name(session.get_one(Campaign, almanac.campaign_id), almanac)
    return relay.folder("exports") / called


def _ready(place: Path) -> Iterator[ReadyExport]:
    for note in place.glob("*.json"):
        with contextlib.suppress(FileNotFoundError):
            told = json.loads(note.read_text("utf-8"))
            yield ReadyExport(**{**told, "at": datetime.fromisoformat(told["at"])})


def _drop(place: Path, number: int) -> None:
    """The note goes first: an export counts only with it."""
    (place / f"{number}.json").unlink(missing_ok=True)
    (place / f"{number}.zip").unlink(missing_ok=True)
