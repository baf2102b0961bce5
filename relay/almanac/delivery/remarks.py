"""What people say about a moment of a version: written while watching, ticked off when somebody has dealt with it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import update
from sqlmodel import Session, col, select

from relay.almanac.delivery import versions
from relay.almanac.delivery.versions import Version
from relay.almanac.plan.store import find
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.language.text import one_line
from relay.models import EventKind, EventSubject, Remark, Render, need_id
from relay.records import add_event

LONGEST = 1000


def add(
    relay: Relay, slug: str, name: str, version: int, text: str, *, seconds: float | None = None, person: str
) -> int:
    """Its number. `seconds`: the moment of the film, None for the whole of it. Raises NotFound, Refused."""
    with relay.transaction() as session:
        shown = versions.version(relay, session, slug, name, version)
        return need_id(written(relay, session, shown, text, seconds, person))


def written(
    relay: Relay,
    session: Session,
    shown: Version,
    text: str,
    seconds: float | None,
    person: str,
    sign_off: int | None = None,
) -> Remark:
    """The row and its Event, in the caller's unit of work. Raises Refused."""
    text = one_line(text, LONGEST)
    if not text:
        raise Refused("A remark says something.", hint="Write what you noticed.")
    frame = None if seconds is None else round(seconds * shown.row.fps)
    if frame is not None and not 0 <= frame < shown.row.frames:
        raise Refused("The film lasts {length}; this moment is not in it.", length=versions.clock(shown.seconds))
    row = Remark(render_id=shown.number, frame=frame, text=text, person=person, sign_off_id=sign_off, at=relay.now())
    session.add(row)
    session.flush()
    kept = {"remark": row.id, "version": shown.row.version} | ({} if sign_off is None else {"sign_off": sign_off})
    add_event(session, row.at, (EventSubject.almanac, shown.row.almanac_id), EventKind.remarked, person, **kept)
    return row


def settle(relay: Relay, slug: str, name: str, remark: int, *, done: bool, person: str) -> None:
    """Ticks a remark off, or opens it again; who comes second changes nothing. Raises NotFound."""
    with relay.transaction() as session:
        almanac = find(session, slug, name)
        row = session.get(Remark, remark)
        if row is None or session.get_one(Render, row.render_id).almanac_id != almanac.id:
            raise NotFound("There is no such remark.")
        open_now = col(Remark.done_at).is_(None)
        values = {"done_at": relay.now(), "done_by": person} if done else {"done_at": None, "done_by": ""}
        moved = session.exec(
            update(Remark).where(col(Remark.id) == remark, open_now if done else ~open_now).values(**values)
        )
        if moved.rowcount:
            what = EventKind.remark_done if done else EventKind.remark_opened
            add_event(session, relay.now(), almanac, what, person, remark=remark)


@dataclass(frozen=True, slots=True)
class RemarkView:
    """`frame`, `seconds`, `clock`: its moment, none for the whole film; `clip`, `who`: who is on screen then."""

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


def listing(relay: Relay, slug: str, name: str, version: int = 0) -> list[RemarkView]:
    """The newest version first, then by time. `version`: only of that one. Raises NotFound."""
    with relay.reading() as session:
        almanac = find(session, slug, name)
        renders = select(Render).where(Render.almanac_id == almanac.id).order_by(col(Render.version).desc())
        rows = session.exec(renders.where(Render.version == version) if version else renders).all()
        found = []
        for row in rows:
            shown = versions.version_of(relay, session, row)
            said = session.exec(select(Remark).where(Remark.render_id == row.id)).all()
            found += [view(shown, one) for one in sorted(said, key=lambda one: (one.frame or 0, need_id(one)))]
        return found


def view(shown: Version, row: Remark) -> RemarkView:
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
    )
