"""`relay doctor`: is everything there, is it whole, and what is left to do."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Protocol

from sqlalchemy import text, update
from sqlmodel import col, select

from relay import clocks
from relay.alerts import open_alerts
from relay.context import Relay
from relay.errors import ConfigError, MediaError, NotFound, RelayError, StoreError
from relay.media.files import is_unfinished
from relay.media.hearing import model
from relay.models import Emblem, Inspection, Picture, Track, Video, VideoState
from relay.search import index
from relay.tombstones import file as tombstones
from relay.upkeep import health, outbox
from relay.upkeep.damages.bucket import bucket
from relay.upkeep.damages.check import Check, none_or
from relay.upkeep.damages.films import films, held_back, shown_after_all
from relay.upkeep.damages.originals import originals
from relay.upkeep.damages.pictures import Look, made_of_videos
from relay.upkeep.damages.record import decisions, events
from relay.upkeep.damages.rights import rights
from relay.upkeep.damages.uploads import uploads
from relay.upkeep.record import looks

ORPHAN_SECONDS = 3600
"""A file without a row may belong to work that is just being done; after an hour it does not."""
SCRATCH = "dask-scratch-space"
"""What a worker of a cluster has for itself (relay/engine/worker.py), and tidies up itself."""


class Tables(Protocol):
    """Of the look-up of recordings: how many recordings it holds, how many are in none yet, files that are wrong."""

    @property
    def recordings(self) -> int: ...
    @property
    def new(self) -> int: ...
    @property
    def wrong(self) -> int: ...


class Stock(Protocol):
    """Bytes of what can be made again: what there was, what went, and the bound (0: none)."""

    @property
    def found(self) -> int: ...
    @property
    def removed(self) -> int: ...
    @property
    def bound(self) -> int: ...


def check(
    relay: Relay,
    *,
    fix: bool = False,
    deep: bool = False,
    shots: Callable[[Relay], Stock] | None = None,
    look: Look | None = None,
    changed_shots: Callable[[Relay, bool], int] | None = None,
    tables: Callable[[Relay, bool], Tables] | None = None,
) -> list[Check]:
    """All findings, good and bad. `fix` mends what can be mended; `deep` reads every file.

    `shots` counts them, or with `fix` removes what is too much; `changed_shots` counts those that are not what they
    were made as, and removes them with `fix` (both almanac/delivery/pruning.py). `look` makes what is missing of a
    video (intake/inspect.py). `tables` looks at those by which recordings are found again, and with `fix` makes anew
    what is wrong of them (intake/lookup/index.py).
    """
    findings = [*_tools(relay), *_disk(relay), *_certificates(relay)]
    try:
        relay.store.check()
    except StoreError as error:
        return [*findings, Check("database", error.line, wrong=True)]
    checks: list[Callable[[Relay, bool, bool], Iterator[Check]]] = [
        _database,
        bucket,
        originals,
        partial(made_of_videos, look=look),
        films,
        shown_after_all,
        held_back,
        uploads,
        decisions,
        events,
        _leases,
        _leftovers,
        _orphans,
        _alerts,
        _messages,
        _work,
        _token,
        _speech,
        _search,
        rights,
        _record,
    ]
    findings += [finding for check in checks for finding in check(relay, fix, deep)]
    if tables is not None:
        findings.append(_tables(tables(relay, fix), fix=fix))
    if deep and changed_shots is not None:
        findings.append(_changed(changed_shots(relay, fix), fix=fix))
    return findings if shots is None else [*findings, _shots(shots(relay), fix=fix)]


def _tables(tables: Tables, *, fix: bool) -> Check:
    if tables.wrong and fix:
        return Check("look-up", "tables that were wrong, made anew: {count}", fixed=True, words={"count": tables.wrong})
    if tables.wrong:
        return Check("look-up", "tables that are wrong: {count}", wrong=True, words={"count": tables.wrong})
    words = {"recordings": tables.recordings, "new": tables.new}
    return Check("look-up", "recordings: {recordings}, not in tables yet: {new}", words=words)


def _changed(count: int, *, fix: bool) -> Check:
    if count and fix:
        return Check("shots", "changed, removed: {count}", fixed=True, words={"count": count})
    if count:
        return Check("shots", "changed: {count}", wrong=True, words={"count": count})
    return Check("shots", "as they were made")


def _shots(stock: Stock, *, fix: bool) -> Check:
    left, bound = stock.found - stock.removed, stock.bound
    words = {"left": left / 1e9, "bound": bound / 1e9, "removed": stock.removed / 1e9}
    if bound and left > bound and not fix:
        return Check("shots", "{left:.1f} GB, more than RELAY_SHOTS_GB={bound:g}", wrong=True, words=words)
    if bound and left > bound:
        return Check(
            "shots",
            "{left:.1f} GB, more than RELAY_SHOTS_GB={bound:g}: the plans need them, or they were just used",
            wrong=True,
            words=words,
        )
    if stock.removed:
        return Check("shots", "removed: {removed:.1f} GB, left: {left:.1f} GB", fixed=True, words=words)
    return Check("shots", "{left:.1f} GB", words=words)


def _tools(relay: Relay) -> Iterator[Check]:
    try:
        yield Check("ffmpeg", relay.toolbox.ffmpeg_version.partition(" Copyright")[0])
    except MediaError as error:
        yield Check("ffmpeg", error.line, wrong=True)
    walls = relay.toolbox.walls
    if walls == "limits":
        yield Check(
            "walls around children",
            "only resource limits: install bubblewrap, or a kernel with Landlock, before opening to the public",
            wrong=True,
        )
    else:
        yield Check("walls around children", walls)


def _disk(relay: Relay) -> Iterator[Check]:
    root = relay.settings.data_dir.absolute()
    there = next(path for path in (root, *root.parents) if path.exists())
    free = shutil.disk_usage(there).free / 1e9
    least = relay.settings.min_free_gb
    words = {"free": free, "least": least}
    yield Check("disk", "{free:.1f} GB free, {least:g} GB are kept free", wrong=free < least, words=words)


def _certificates(relay: Relay) -> Iterator[Check]:
    """Only where RELAY_CA_BUNDLE is set."""
    try:
        if relay.settings.trusted_file is not None:
            yield Check("certificates", "in place")
    except ConfigError as error:
        yield Check("certificates", error.line, wrong=True)


def _database(relay: Relay, _fix: bool, _deep: bool) -> Iterator[Check]:
    if relay.store.path is None:
        yield Check("database", "on a server")
        return
    with relay.reading() as session:
        said = session.connection().execute(text("PRAGMA quick_check")).scalar()
        broken = session.connection().execute(text("PRAGMA foreign_key_check")).fetchall()
    whole = said == "ok" and not broken
    if whole:
        yield Check("database", "whole")
    else:
        yield Check("database", "damaged ({said}): restore a backup", wrong=True, words={"said": said})


def _search(relay: Relay, fix: bool, deep: bool) -> Iterator[Check]:
    """Texts that changed since are no fault: their words are written before the next search."""
    with relay.reading() as session:
        if not index.is_told_of_changes(session):
            yield Check("search", "changes of texts are not noted: restore a backup", wrong=True)
            return
    wrong = index.wrong(relay.store) if fix or deep else 0
    if wrong and fix:
        index.rebuild(relay.store)
        yield Check("search", "texts whose words were wrong, written anew: {count}", fixed=True, words={"count": wrong})
    elif wrong:
        yield Check("search", "texts whose words are wrong: {count}", wrong=True, words={"count": wrong})
    else:
        yield Check("search", "hears of every change")


def _record(relay: Relay, _fix: bool, _deep: bool) -> Iterator[Check]:
    """A record that was tampered with is not mended: what stands in it is evidence."""
    try:
        found = looks.verify(relay)
    except RelayError as error:
        yield Check("record", error.line, wrong=True)
        return
    words = {"links": found.links, "faults": found.found}
    if found.is_whole:
        yield Check("record", "whole, entries: {links}", words=words)
    else:
        yield Check(
            "record",
            "changed by somebody who is not Relay, places: {faults}; look at them: relay audit verify",
            wrong=True,
            words=words,
        )


def _leases(relay: Relay, fix: bool, _deep: bool) -> Iterator[Check]:
    stale = (col(Video.state) == VideoState.fetching) & clocks.run_out(
        col(Video.lease_until), relay.now(), health.LONGEST_LEASE
    )
    with relay.reading() as session:
        count = len(session.exec(select(Video.id).where(stale)).all())
    if count and fix:
        with relay.transaction() as session:
            session.exec(update(Video).where(stale).values(state=VideoState.found, lease_holder="", lease_until=None))
        yield Check("unfinished fetches", "back in the queue: {count}", fixed=True, words={"count": count})
        return
    yield none_or("unfinished fetches", count)


def _leftovers(relay: Relay, fix: bool, _deep: bool) -> Iterator[Check]:
    old = _left_over(relay)
    if old and fix:
        clear_leftovers(relay)
        yield Check("leftovers", "removed: {count}", fixed=True, words={"count": len(old)})
        return
    yield none_or("leftovers", len(old))


def clear_leftovers(relay: Relay) -> None:
    """Removes what killed processes left on this host, once it is old."""
    for path in _left_over(relay):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)  # another may be at it, too
        else:
            path.unlink(missing_ok=True)


def _left_over(relay: Relay) -> list[Path]:
    kept = _fetches(relay) | {SCRATCH}
    work = relay.folder("work").absolute()
    found = [path for path in work.iterdir() if path.name not in kept]
    found += [path for path in _unfinished(relay) if not path.is_relative_to(work)]
    return [path for path in found if _untouched(path)]


def _unfinished(relay: Relay) -> Iterator[Path]:
    """What a killed writer left in the data folder and the media, and beside the backups' tombstones."""
    data, media = relay.settings.data_dir.absolute(), relay.settings.media_folder.absolute()
    beside = {path.parent for path in tombstones.places(relay)} - {data}
    roots = [data] if media.is_relative_to(data) else [data, media]
    there = [*(root.rglob("*") for root in roots), *(folder.glob(f".{tombstones.NAME}-*") for folder in beside)]
    yield from (path for paths in there for path in paths if is_unfinished(path) and path.is_file())


def _fetches(relay: Relay) -> set[str]:
    """Names of the folders that a fetch is filling, or goes on with at its next try (see intake/fetch.py)."""
    with relay.reading() as session:
        rows = session.exec(
            select(Video.id, Video.lease_holder).where(
                col(Video.state).in_([VideoState.found, VideoState.fetching, VideoState.unavailable])
            )
        ).all()
    folders = ((f"fetch-{video_id}", holder.rpartition("/")[2]) for video_id, holder in rows)
    return {name for folder, attempt in folders for name in (folder, f"{folder}-{attempt}")}


def _untouched(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > ORPHAN_SECONDS
    except FileNotFoundError:
        return False


def _orphans(relay: Relay, fix: bool, _deep: bool) -> Iterator[Check]:
    with relay.reading() as session:
        known = {f"originals/{sha}" for sha in session.exec(select(Video.sha256)).all()}
        for seen in session.exec(select(Inspection)).all():
            known |= {f"originals/{seen.sha256}", seen.poster, seen.storyboard, seen.proxy}
        known |= {f"pictures/{sha}" for sha in session.exec(select(Picture.sha256)).all()}
        known |= {f"music/{sha}" for sha in session.exec(select(Track.sha256)).all()}
        known |= {f"emblems/{sha}" for sha in session.exec(select(Emblem.sha256)).all()}
    orphans = [key for key in relay.media.list() if key not in known and _old(relay, key)]
    if orphans and fix:
        for key in orphans:
            relay.media.delete(key)
        yield Check("files without a row", "removed: {count}", fixed=True, words={"count": len(orphans)})
        return
    yield none_or("files without a row", len(orphans))


def _old(relay: Relay, key: str) -> bool:
    """What is put there just now gets its row soon."""
    try:
        return time.time() - relay.media.facts(key).at.timestamp() > ORPHAN_SECONDS
    except NotFound:  # it has gone since it was listed
        return False


def _alerts(relay: Relay, _fix: bool, _deep: bool) -> Iterator[Check]:
    with relay.reading() as session:
        alerts = open_alerts(session)
    for alert in alerts:
        yield Check("alert", alert.text, wrong=True)
    if not alerts:
        yield Check("alerts", "none")


def _messages(relay: Relay, _fix: bool, _deep: bool) -> Iterator[Check]:
    """Whether alerts reach people by mail and the like."""
    for state in outbox.channel_states(relay):
        words = {"channel": state.channel, "waiting": state.waiting, "given_up": state.given_up, "reason": state.reason}
        if not state.in_trouble:
            yield Check("messages", "{channel}: waiting: {waiting}", words=words)
            continue
        yield Check(
            "messages", "{channel}: waiting: {waiting}, given up: {given_up}. {reason}", wrong=True, words=words
        )


def _work(relay: Relay, _fix: bool, _deep: bool) -> Iterator[Check]:
    """That it does not run is no fault by itself: somebody may work by hand, or by `relay work --once`."""
    vitals = health.read_vitals(relay)
    if vitals.overdue:
        words = {"jobs": ", ".join(vitals.overdue)}
        yield Check("relay work", "has not succeeded in time, see its log: {jobs}", wrong=True, words=words)
    elif vitals.has_leader:
        yield Check("relay work", "is running")
    elif vitals.wanted_since is not None:
        yield Check(
            "relay work",
            "is not running, though a campaign needs it: start relay work or relay up",
            wrong=vitals.is_silent,
        )
    else:
        yield Check("relay work", "has nothing to do")


def _token(relay: Relay, _fix: bool, _deep: bool) -> Iterator[Check]:
    if relay.settings.vk_token.get_secret_value():
        yield Check("VK token", "set")
    else:
        yield Check("VK token", "not set: RELAY_VK_TOKEN (see .env.example)", wrong=True)


def _speech(relay: Relay, _fix: bool, _deep: bool) -> Iterator[Check]:
    """Nobody has to hear words: only a setting that names a model is looked at."""
    folder = relay.settings.speech_folder
    if folder is None:
        return
    try:
        model.found(folder, folder)
    except NotFound as error:
        yield Check("speech model", error.line, wrong=True)
    else:
        yield Check("speech model", "set")
