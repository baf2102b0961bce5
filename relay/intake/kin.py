"""Which clips of a campaign show the same recording, and what a comparison or a person has said of two of them.

Clips that certainly do share a card (relay/recordings/cards.py); those that possibly do are shown side by side, until a
person says what they are. Both are one `family`, of which a film has one clip.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import numpy as np
from sqlalchemy import update
from sqlmodel import Session, col, select

from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.intake import fingerprints, likeness
from relay.intake.families import NEARER
from relay.intake.likeness import Fingerprint, Likeness
from relay.intake.lookup import index
from relay.models import CardMember, Certainty, Clip, CommonPiece, EventKind, EventSubject, Kinship, Said, need_id
from relay.recordings import cards, kinships
from relay.records import add_event
from relay.store import add_new

COMMON_TO = 4
"""A frame that is found in more recordings than so many, which else have nothing in common, is everybody's card."""
LEAST_PIECE = 2
"""Frames: a second."""

Kin = Mapping[int, Likeness]
"""Clip id → how the clip is like the one in question; `offset`: where it begins in that one."""
Piece = tuple[str, float, float]
"""The file that has it, from and to seconds."""


def find(relay: Relay, sha256: str, campaign_ids: Sequence[int]) -> dict[int, Likeness]:
    """Clips of these campaigns that may show the same recording as this file. `offset`: where theirs begins in it.

    Notes, as it goes, the pieces that too many recordings share. Outside any transaction: comparing takes its time.
    """
    found: dict[int, Likeness] = {}
    for campaign_id in campaign_ids:
        found |= _find(relay, sha256, campaign_id)
    return found


def _find(relay: Relay, sha256: str, campaign_id: int) -> dict[int, Likeness]:
    with relay.reading() as session:
        own = fingerprints.known(session, [sha256]).get(sha256)
        pieces = fingerprints.common(session, [campaign_id])
    if own is None:
        return {}
    mine = bared(own, pieces)
    nominated = index.nominees(relay, mine).all - {sha256}
    with relay.reading() as session:
        rows = _clips_on(session, campaign_id, nominated)
        prints = fingerprints.known(session, [other for _, other, _ in rows])
    found = _compared(mine, {other: prints[other] for _, other, _ in rows}, pieces)
    strangers = {other: card or clip_id or 0 for clip_id, other, card in rows if not _sure(found.get(other))}
    shared = _common_frames(mine, {other: prints[other] for other in strangers}, strangers)
    noted = [_note(relay, piece[0], campaign_id, prints[piece[0]], piece) for piece in shared]
    if any(noted):
        return _find(relay, sha256, campaign_id)
    return {clip_id: found[other] for clip_id, other, _ in rows if clip_id is not None and other in found}


def _clips_on(session: Session, campaign_id: int, hashes: Iterable[str]) -> list[tuple[int | None, str, int | None]]:
    """Clip, hash and card of the campaign's clips on these files, as they were made."""
    wanted = sorted(hashes)
    rows: list[tuple[int | None, str, int | None]] = []
    for start in range(0, len(wanted), 500):
        rows += session.exec(
            select(Clip.id, Clip.sha256, CardMember.card)
            .outerjoin(CardMember, col(CardMember.clip_id) == col(Clip.id))
            .where(Clip.campaign_id == campaign_id, col(Clip.sha256).in_(wanted[start : start + 500]))
        )
    return sorted(rows, key=lambda row: row[0] or 0)


def _sure(like: Likeness | None) -> bool:
    return like is not None and like.certainty is Certainty.certain


def _compared(
    mine: Fingerprint, others: Mapping[str, Fingerprint], pieces: Sequence[tuple[likeness.Table, bytes]]
) -> dict[str, Likeness]:
    """Most have nothing in common, so only where two are alike the second one's common pieces are taken out too."""
    found = {}
    for name, other in others.items():
        like = likeness.compare(mine, other)
        if like is not None and pieces:
            like = likeness.compare(mine, bared(other, pieces))
        if like is not None:
            found[name] = like
    return found


def of_these(session: Session, clip: Clip, others: Iterable[Clip]) -> dict[int, Likeness]:
    """How a few clips are like this one, inside a unit of work."""
    hashes = {need_id(other): other.sha256 for other in others}
    prints = fingerprints.known(session, [clip.sha256, *hashes.values()]) if hashes else {}
    if clip.sha256 not in prints:
        return {}
    pieces = fingerprints.common(session, [clip.campaign_id])
    found = _compared(bared(prints[clip.sha256], pieces), {name: prints[name] for name in hashes.values()}, pieces)
    return {one: found[sha256] for one, sha256 in hashes.items() if sha256 in found}


def link(session: Session, clip: Clip, kin: Kin, now: datetime) -> None:
    """Writes down what was found about a clip, and gives all of its family one number, the smallest clip id."""
    for other, like in kin.items():
        _write(session, need_id(clip), other, like, now)
    kinships.renumber(session, [need_id(clip), *kin])


def compare_again(relay: Relay, clip_ids: Iterable[int]) -> set[int]:
    """Compares clips anew with all of their campaign, where nobody has said what they are; returns whom it concerns."""
    touched: set[int] = set()
    for clip_id in sorted(set(clip_ids)):
        with relay.reading() as session:
            clip = session.get_one(Clip, clip_id)
        kin = find(relay, clip.sha256, [clip.campaign_id])
        with relay.transaction() as session:
            lost = [row for row in kinships.of(session, [clip_id]) if row.said is Said.nothing]
            gone = {one for row in lost for one in (row.a_id, row.b_id)} - {clip_id, *kin}
            for row in lost:
                if gone & {row.a_id, row.b_id}:
                    session.delete(row)
            link(session, session.get_one(Clip, clip_id), kin, relay.now())
            kinships.renumber(session, gone)
        touched |= {clip_id, *kin, *gone}
    return touched


def mark_common(relay: Relay, clip_id: int, start: float, end: float, *, person: str) -> None:
    """A person says that from `start` to `end`, in seconds, a clip shows what everybody uses, a card or a jingle.

    What rested on that alone is compared again. Raises NotFound, Refused where there is nothing in that span.
    """
    with relay.reading() as session:
        clip = session.get(Clip, clip_id)
        if clip is None:
            raise NotFound("There is no clip {clip}.", clip=clip_id)
        prints = fingerprints.piece(fingerprints.known(session, [clip.sha256])[clip.sha256], start, end)
        concerned = {one for row in kinships.of(session, [clip_id]) for one in (row.a_id, row.b_id)} | {clip_id}
    if not 0 <= start < end or not any(prints):
        hint = "Give its beginning and end in seconds."
        raise Refused("Nothing is seen or heard in that part of the clip.", hint=hint)
    with relay.transaction() as session:
        add_piece(session, clip_id, clip.campaign_id, (start, end), prints, person, relay.now())
    touched = compare_again(relay, concerned)
    with relay.transaction() as session:
        cards.regroup(session, touched, relay.now())


def renew(relay: Relay, limit: int = fingerprints.AT_ONCE) -> int:
    """Prints files that were looked at by an older version, a few at a time, and compares their clips anew.

    Returns how many; 0 when all are done. Beside everything else: nothing waits for it.
    """
    done = fingerprints.outdated(relay, limit)
    for sha256 in done:
        changed = fingerprints.print_again(relay, sha256)
        with relay.transaction() as session:
            index.leave(session, sha256)
        if not changed:
            continue
        with relay.reading() as session:
            ids = [one for one in session.exec(select(Clip.id).where(Clip.sha256 == sha256)) if one is not None]
        touched = compare_again(relay, ids)
        with relay.transaction() as session:
            cards.regroup(session, touched, relay.now())
    return len(done)


def bared(print_: Fingerprint, pieces: Iterable[tuple[likeness.Table, bytes]]) -> Fingerprint:
    for pictures, sounds in pieces:
        print_ = print_.without(pictures, sounds)
    return print_


def _common_frames(mine: Fingerprint, others: Mapping[str, Fingerprint], owners: Mapping[str, int]) -> list[Piece]:
    """The pieces of a recording that too many others have, as (whose, from, to) in seconds of one that has it.

    `others` have nothing else in common with it; `owners`: the card that each stands on, so that a recording which was
    posted forty times counts once.
    """
    if len(set(owners.values())) <= COMMON_TO:
        return []
    whole = mine.views.get("whole", likeness.NOTHING)
    has: dict[int, dict[str, int]] = defaultdict(dict)
    for name, other in others.items():
        rows = other.views.get("whole", likeness.NOTHING)
        if not len(rows) or not len(whole):
            continue
        grid = likeness.grid(whole, rows)
        for frame in np.flatnonzero(grid.min(axis=1) <= NEARER):
            has[int(frame)][name] = int(grid[frame].argmin())
    common = [frame for frame, who in has.items() if len({owners[name] for name in who}) > COMMON_TO]
    return [_piece_of(run, has) for run in _runs(sorted(common))]


def _piece_of(run: Sequence[int], has: Mapping[int, Mapping[str, int]]) -> Piece:
    """Of the recording that has most of these frames."""
    count = Counter(name for frame in run for name in has[frame])
    name = max(sorted(count), key=lambda one: count[one])
    frames = [has[frame][name] for frame in run if name in has[frame]]
    per_second = likeness.FRAMES_PER_SECOND
    return name, min(frames) / per_second, (max(frames) + 1) / per_second


def _runs(frames: Sequence[int]) -> list[list[int]]:
    """Frames that follow each other, at least a second of them."""
    runs: list[list[int]] = []
    for frame in frames:
        if runs and frame == runs[-1][-1] + 1:
            runs[-1].append(frame)
        else:
            runs.append([frame])
    return [run for run in runs if len(run) >= LEAST_PIECE]


def _note(relay: Relay, sha256: str, campaign_id: int, print_: Fingerprint, piece: Piece) -> bool:
    _, start, end = piece
    pictures, sounds = fingerprints.piece(print_, start, end)
    with relay.transaction() as session:
        clip = session.exec(select(Clip.id).where(Clip.campaign_id == campaign_id, Clip.sha256 == sha256)).first()
        if clip is None or not (pictures or sounds):
            return False
        add_piece(session, clip, campaign_id, (start, end), (pictures, sounds), "", relay.now())
    return True


def add_piece(
    session: Session, clip_id: int, campaign_id: int, span: tuple[float, float], prints: tuple[bytes, bytes],
    person: str, now: datetime,
) -> None:  # fmt: skip
    """From and to seconds of a clip are no recording of anybody's own. `prints`: its pictures and its sounds."""
    start, end = span
    session.add(
        CommonPiece(
            campaign_id=campaign_id,
            clip_id=clip_id,
            start=start,
            seconds=end - start,
            pictures=prints[0],
            sounds=prints[1],
            person=person,
            at=now,
        )
    )
    add_event(session, now, (EventSubject.clip, clip_id), EventKind.common_piece, person)


def _write(session: Session, clip_id: int, other: int, like: Likeness, now: datetime) -> None:
    """What a person has said stays; what was only compared takes what was found now."""
    a, b = sorted((clip_id, other))
    begins = like.offset if a == clip_id else -like.offset
    values = {"certainty": like.certainty, "begins": begins, "seen": like.seen, "heard": like.heard}
    row = Kinship(
        a_id=a, b_id=b, at=now, certainty=like.certainty, begins=begins, seen=like.seen, heard=like.heard
    )  # fmt: skip
    if not add_new(session, row):
        session.exec(
            update(Kinship)
            .where(col(Kinship.a_id) == a, col(Kinship.b_id) == b, col(Kinship.said) == Said.nothing)
            .values(at=now, **values)
        )
