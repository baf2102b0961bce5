"""What people say about a moment of a version: written while watching, answered, ticked off when dealt with.

A remark goes on with the film: in a version that came later it stands at the same picture (carrying.py), or is said to
be of something that is not in it any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import func, update
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from relay.almanac.delivery import versions
from relay.almanac.delivery.reviewing import carrying, drawing, letters, stills
from relay.almanac.delivery.reviewing.drawing import Stroke
from relay.almanac.delivery.versions import Version
from relay.almanac.plan.store import find
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.language.text import one_line
from relay.models import Almanac, EventKind, EventSubject, Remark, RemarkReply, Render, need_id
from relay.records import add_event
from relay.views import HIDDEN

LONGEST = 1000
MOST_REPLIES = 50
"""To one remark: whoever has more to say talks to the others."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What somebody notices. `seconds`: the moment, None for the whole film; `until`: where a range ends."""

    text: str
    seconds: float | None = None
    until: float | None = None
    strokes: Sequence[Stroke] = ()


def add(
    relay: Relay,
    slug: str,
    name: str,
    version: int,
    text: str,
    *,
    seconds: float | None = None,
    until: float | None = None,
    strokes: Sequence[Stroke] = (),
    person: str,
) -> int:
    """Its number. `seconds`: the moment of the film, None for the whole of it. Raises NotFound, Refused."""
    with relay.transaction() as session:
        shown = versions.version(relay, session, slug, name, version)
        return need_id(written(relay, session, shown, Observation(text, seconds, until, strokes), person))


def written(
    relay: Relay, session: Session, shown: Version, said: Observation, person: str, sign_off: int | None = None
) -> Remark:
    """The row, its Event and the letters about it, in the caller's unit of work. Raises Refused."""
    text = _text(said.text)
    frame, until = _frame(shown, said.seconds), _frame(shown, said.until)
    if until is not None and (frame is None or until <= frame):
        raise Refused("A range ends after it begins.", hint="Write two moments, like 0:12 and 0:15.")
    if said.strokes and frame is None:
        raise Refused("A drawing is of one moment.", hint="Say at which moment of the film.")
    row = Remark(
        render_id=shown.number,
        frame=frame,
        until_frame=until,
        text=text,
        drawing=drawing.stored(said.strokes),
        person=person,
        sign_off_id=sign_off,
        at=relay.now(),
    )
    session.add(row)
    session.flush()
    kept = {"remark": row.id, "version": shown.row.version} | ({} if sign_off is None else {"sign_off": sign_off})
    add_event(session, row.at, (EventSubject.almanac, shown.row.almanac_id), EventKind.remarked, person, **kept)
    letters.remarked(relay, session, shown, row)
    return row


def reply(relay: Relay, slug: str, name: str, remark: int, text: str, *, person: str) -> int:
    """An answer below a remark; its number. Raises NotFound, Refused."""
    text = _text(text)
    with relay.transaction() as session:
        almanac, row = _of_film(session, slug, name, remark)
        before = session.exec(select(RemarkReply).where(RemarkReply.remark_id == remark)).all()
        if len(before) >= MOST_REPLIES:
            raise Refused("There are {most} answers already.", hint="Talk to each other.", most=MOST_REPLIES)
        answer = RemarkReply(remark_id=remark, text=text, person=person, at=relay.now())
        session.add(answer)
        session.flush()
        add_event(session, answer.at, almanac, EventKind.remark_answered, person, remark=remark, reply=answer.id)
        shown = versions.version_of(relay, session, session.get_one(Render, row.render_id))
        letters.answered(relay, session, shown, row, answer)
        return need_id(answer)


def settle(relay: Relay, slug: str, name: str, remark: int, *, done: bool, person: str) -> None:
    """Ticks a remark off, or opens it again; who comes second changes nothing. Raises NotFound."""
    with relay.transaction() as session:
        almanac, _row = _of_film(session, slug, name, remark)
        open_now = col(Remark.done_at).is_(None)
        opened = {"done_at": None, "done_by": "", "opened_at": relay.now(), "opened_by": person}
        values = {"done_at": relay.now(), "done_by": person} if done else opened
        moved = session.exec(
            update(Remark).where(col(Remark.id) == remark, open_now if done else ~open_now).values(**values)
        )
        if moved.rowcount:
            what = EventKind.remark_done if done else EventKind.remark_opened
            add_event(session, relay.now(), almanac, what, person, remark=remark)


def still(relay: Relay, slug: str, name: str, remark: int) -> Path:
    """The frame that its drawing is over. Raises NotFound, ToolFailed, ToolMissing."""
    with relay.reading() as session:
        _almanac, row = _of_film(session, slug, name, remark)
        return stills.of_remark(relay, session, row)


@dataclass(frozen=True, slots=True)
class ReplyView:
    id: int
    text: str
    person: str
    at: str


@dataclass(frozen=True, slots=True)
class RemarkView:
    """`frame`, `seconds`, `clock`: its moment, none for the whole film; `clip`, `who`: who is on screen then.

    `until`: where its range ends, in seconds. `version`: the one that it was made in. `here`: whether it is in the
    version that was asked about; `drawing`: strokes of an SVG of drawing.WIDE × drawing.HIGH.
    """

    id: int
    version: int
    frame: int | None
    seconds: float | None
    clock: str
    text: str
    person: str
    at: str
    done_at: str | None
    done_by: str
    clip: int | None
    who: str
    until: float | None = None
    opened_at: str | None = None
    opened_by: str = ""
    drawing: tuple[str, ...] = ()
    replies: tuple[ReplyView, ...] = ()
    here: bool = field(default=True, metadata=HIDDEN)


def listing(relay: Relay, slug: str, name: str, version: int = 0) -> list[RemarkView]:
    """The newest version first, then by time. `version`: only of that one. Raises NotFound."""
    with relay.reading() as session:
        almanac = find(session, slug, name)
        renders = _spoken_of(almanac).order_by(col(Render.version).desc())
        found = []
        for row in session.exec(renders.where(Render.version == version) if version else renders).all():
            shown = versions.version_of(relay, session, row)
            found += views(session, shown, session.exec(select(Remark).where(Remark.render_id == row.id)).all())
        return found


def count_open(session: Session, almanac: Almanac) -> int:
    """Those that nobody has dealt with, of all versions."""
    still = select(func.count()).select_from(Remark).join(Render, col(Render.id) == col(Remark.render_id))
    return session.exec(still.where(Render.almanac_id == almanac.id, col(Remark.done_at).is_(None))).one()


def in_version(relay: Relay, slug: str, name: str, version: int) -> list[RemarkView]:
    """Of all versions, each at its moment in this one, in the order of the film; behind them those whose moment is
    not in it any more (`here` is false). Raises NotFound.
    """
    with relay.reading() as session:
        shown = versions.version(relay, session, slug, name, version)
    return placed_in(listing(relay, slug, name), _manifests(relay, slug, name), shown)


def placed_in(rows: Sequence[RemarkView], made_in: dict[int, carrying.Manifest], shown: Version) -> list[RemarkView]:
    """`made_in`: manifests by version. `shown` may be a preview, whose version is 0."""
    moved = [_moved(one, made_in.get(one.version, {}), shown) for one in rows]
    return sorted(moved, key=lambda one: (not one.here, one.seconds or 0.0, one.id))


def for_preview(relay: Relay, slug: str, name: str, preview: Version) -> list[RemarkView]:
    """Those that are still open, at their moments in the preview; what is not in it is left out. Raises NotFound."""
    rows = [one for one in listing(relay, slug, name) if one.done_at is None and one.seconds is not None]
    return [one for one in placed_in(rows, _manifests(relay, slug, name), preview) if one.here]


def views(session: Session, shown: Version, rows: Sequence[Remark]) -> list[RemarkView]:
    """By time, as they stand in the version that they were made in."""
    replies = _replies(session, shown, [need_id(row) for row in rows])
    ordered = sorted(rows, key=lambda one: (one.frame or 0, need_id(one)))
    return [_view(shown, row, replies.get(need_id(row), ())) for row in ordered]


def _view(shown: Version, row: Remark, replies: Sequence[ReplyView]) -> RemarkView:
    seconds = None if row.frame is None else row.frame / shown.row.fps
    clip = None if row.frame is None else shown.clip_at(row.frame)
    return RemarkView(
        id=need_id(row),
        version=shown.row.version,
        frame=row.frame,
        seconds=None if seconds is None else round(seconds, 3),
        clock="" if seconds is None else versions.clock(seconds),
        text=row.text,
        person=row.person,
        at=shown.local(row.at),
        done_at=shown.local(row.done_at) if row.done_at else None,
        done_by=row.done_by,
        clip=clip["clip"] if clip else None,
        who=clip["name"] if clip else "",
        until=None if row.until_frame is None else round(row.until_frame / shown.row.fps, 3),
        opened_at=shown.local(row.opened_at) if row.opened_at else None,
        opened_by=row.opened_by,
        drawing=tuple(drawing.path(one) for one in drawing.strokes(row.drawing)),
        replies=tuple(replies),
    )


def _moved(one: RemarkView, made_in: carrying.Manifest, shown: Version) -> RemarkView:
    if one.seconds is None or one.version == shown.row.version:
        return one
    at = carrying.carried(one.seconds, made_in, shown.manifest, shown.seconds)
    if at is None:
        return replace(one, here=False)
    until = None if one.until is None else min(at + one.until - one.seconds, shown.seconds)
    frame = min(round(at * shown.row.fps), shown.row.frames - 1)
    return replace(one, seconds=round(at, 3), frame=frame, clock=versions.clock(at + carrying.NOTHING), until=until)


def _manifests(relay: Relay, slug: str, name: str) -> dict[int, carrying.Manifest]:
    """Of those versions of which something was said, by their numbers."""
    with relay.reading() as session:
        almanac = find(session, slug, name)
        rows = session.exec(_spoken_of(almanac)).all()
    return {row.version: versions.manifest(relay, row) for row in rows}


def _spoken_of(almanac: Almanac) -> SelectOfScalar[Render]:
    """Versions of which something was said."""
    said = select(Remark.render_id).distinct()
    return select(Render).where(Render.almanac_id == almanac.id, col(Render.id).in_(said))


def _replies(session: Session, shown: Version, remarks: Sequence[int]) -> dict[int, list[ReplyView]]:
    found: dict[int, list[ReplyView]] = {}
    for start in range(0, len(remarks), 500):
        some = col(RemarkReply.remark_id).in_(remarks[start : start + 500])
        for row in session.exec(select(RemarkReply).where(some).order_by(col(RemarkReply.id))):
            view = ReplyView(need_id(row), row.text, row.person, shown.local(row.at))
            found.setdefault(row.remark_id, []).append(view)
    return found


def _of_film(session: Session, slug: str, name: str, remark: int) -> tuple[Almanac, Remark]:
    almanac = find(session, slug, name)
    row = session.get(Remark, remark)
    if row is None or session.get_one(Render, row.render_id).almanac_id != almanac.id:
        raise NotFound("There is no such remark.")
    return almanac, row


def _text(text: str) -> str:
    text = one_line(text, LONGEST)
    if not text:
        raise Refused("A remark says something.", hint="Write what you noticed.")
    return text


def _frame(shown: Version, seconds: float | None) -> int | None:
    frame = None if seconds is None else round(seconds * shown.row.fps)
    if frame is not None and not 0 <= frame < shown.row.frames:
        raise Refused("The film lasts {length}; this moment is not in it.", length=versions.clock(shown.seconds))
    return frame
