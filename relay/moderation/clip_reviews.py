"""What a moderator proposes for a clip's picture: in and out, a quarter turn, the poster, a note to the editor.

It is a proposal: every film takes it over until an editor trims the clip there. Rows are appended (models.ClipReview),
so undoing puts the row before back. Times are milliseconds here, and seconds where people write them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.language.text import one_line
from relay.models import Clip, ClipReview, EventKind, EventSubject, Inspection
from relay.records import add_event
from relay.store import run
from relay.views import key

FIELDS = ("begins", "ends", "turn", "poster_at", "editor_note")
TURNS = (0, 90, 180, 270)
LONGEST_NOTE = 500
SHORTEST = 40
"""Milliseconds that have to be left: a frame at 25 a second."""


@dataclass(frozen=True, slots=True)
class ReviewProposal:
    """`begins`, `ends`, `poster_at`: milliseconds, None where nothing is proposed. `turn`: degrees clockwise."""

    begins: int | None = None
    ends: int | None = None
    turn: int = 0
    poster_at: int | None = None
    editor_note: str = ""

    def words(self) -> dict[str, str]:
        """The same as people write it: seconds, and nothing for nothing."""
        return {
            "begins": in_seconds(self.begins),
            "ends": in_seconds(self.ends),
            "turn": str(self.turn),
            "poster_at": in_seconds(self.poster_at),
            "editor_note": self.editor_note,
        }


@dataclass(frozen=True, slots=True)
class ReviewView:
    """A clip's proposal; times in seconds. `undoable`: the row that undoing takes back, None where nothing is."""

    clip: int
    begins: float | None = field(metadata=key("in"))
    ends: float | None = field(metadata=key("out"))
    turn: int
    poster_at: float | None
    editor_note: str
    person: str
    undoable: int | None


@dataclass(frozen=True, slots=True)
class Footing:
    """What a proposal stands on: the clip's `seconds`, and the frames a second of its copy at the desk."""

    seconds: float
    fps: int
    has_sound: bool


def in_seconds(at: int | None) -> str:
    """`1250` → `1.25`."""
    return "" if at is None else f"{at / 1000:.3f}".rstrip("0").rstrip(".")


def milliseconds(text: str) -> int | None:
    """A time as people write it, `1:02.5` or `62,5`, taken to whole milliseconds; None for nothing. Raises Refused."""
    parts = text.strip().replace(",", ".").split(":")
    if parts == [""]:
        return None
    try:
        numbers = [float(part) for part in parts]
        seconds = sum((number * 60.0**power for power, number in enumerate(reversed(numbers))), 0.0)
        if len(parts) > 3 or min(numbers) < 0:
            raise ValueError
        return round(seconds * 1000)
    except (ValueError, OverflowError) as error:
        hint = "Write seconds (12.5) or minutes (1:02.5)."
        raise Refused("{time} is no time.", hint=hint, time=one_line(text, 40)) from error


def tidied(field: str, text: str) -> str:
    """What was typed in a field, as it is kept. Raises Refused for what can't be read."""
    if field == "editor_note":
        return one_line(text, LONGEST_NOTE)
    if field != "turn":
        return in_seconds(milliseconds(text))
    turn = text.strip() or "0"
    if turn not in map(str, TURNS):
        raise Refused("A video is turned by 90, 180 or 270 degrees, not by {turn}.", turn=one_line(turn, 20))
    return turn


def current(session: Session, clip_id: int) -> ReviewProposal:
    """What is proposed for a clip now, inside a unit of work."""
    return of_row(newest(session, clip_id))


def newest(session: Session, clip_id: int) -> ClipReview | None:
    return session.exec(_NEWEST, params={"clip": clip_id}).first()


_NEWEST = (
    select(ClipReview).where(col(ClipReview.clip_id) == bindparam("clip")).order_by(col(ClipReview.id).desc()).limit(1)
)


def of_row(row: ClipReview | None) -> ReviewProposal:
    return ReviewProposal() if row is None else ReviewProposal(**{name: getattr(row, name) for name in FIELDS})


def propose_in(relay: Relay, session: Session, clip: Clip, typed: Mapping[str, str], *, person: str) -> None:
    """Changes fields of a clip's proposal, as they were `tidied`, inside a unit of work that holds the clip.

    Raises Refused where nothing would be left of the clip, or a time lies behind its end.
    """
    before = newest(session, _number(clip))
    was = of_row(before)
    wanted = replace(was, **{name: _value(name, text) for name, text in typed.items()})
    _check(wanted, session.get_one(Inspection, clip.sha256).duration)
    if wanted != was:
        _append(relay, session, clip, wanted, was, previous=before.id if before else None, person=person)


def trim(relay: Relay, clip_id: int, typed: Mapping[str, str], *, person: str) -> ReviewView:
    """Changes what is proposed for a clip; fields that are not in `typed` stay. Raises Refused, NotFound."""
    tidy = {name: tidied(name, text) for name, text in typed.items()}
    with relay.transaction() as session:
        propose_in(relay, session, held(session, clip_id), tidy, person=person)
    return show(relay, clip_id)


def undo(relay: Relay, clip_id: int, *, person: str, seen: int | None = None) -> ReviewView:
    """Takes the last change of a clip's proposal back, and with each call the one before it.

    `seen`: the row that the person saw as the last one. Raises Refused when it is another one, or there is none.
    """
    with relay.transaction() as session:
        clip = held(session, clip_id)
        last = newest(session, clip_id)
        if last is None or (last.previous is None and of_row(last) == ReviewProposal()):
            raise Refused("There is nothing to undo in what is proposed for this clip.")
        if seen not in (None, last.id):
            raise Refused("Somebody has changed this proposal since.", hint="Look at it again.")
        before = session.get(ClipReview, last.previous) if last.previous is not None else None
        further = before.previous if before is not None else None
        _append(relay, session, clip, of_row(before), of_row(last), previous=further, person=person)
    return show(relay, clip_id)


def show(relay: Relay, clip_id: int) -> ReviewView:
    """Raises NotFound."""
    with relay.reading() as session:
        if session.get(Clip, clip_id) is None:
            raise NotFound("There is no clip {clip}.", clip=clip_id)
        row = newest(session, clip_id)
    told = of_row(row)
    is_bare = row is None or (row.previous is None and told == ReviewProposal())
    return ReviewView(
        clip=clip_id,
        begins=_seconds(told.begins),
        ends=_seconds(told.ends),
        turn=told.turn,
        poster_at=_seconds(told.poster_at),
        editor_note=told.editor_note,
        person=row.person if row is not None else "",
        undoable=None if is_bare or row is None else row.id,
    )


def proposal(relay: Relay, clip_id: int) -> ReviewProposal:
    with relay.reading() as session:
        return current(session, clip_id)


def footing(relay: Relay, sha256: str) -> Footing:
    """Of a clip that was looked at."""
    with relay.reading() as session:
        duration, rate, technical, has_audio = run(session, _FOOTING, sha256=sha256).one()
    fps = 30 if rate > 26 or technical.get("vfr") else 25  # as intake/look.py makes the copy
    return Footing(duration, fps, has_audio)


_FOOTING: Any = select(Inspection.duration, Inspection.fps, Inspection.technical, Inspection.has_audio).where(
    col(Inspection.sha256) == bindparam("sha256")
)


def held(session: Session, clip_id: int) -> Clip:
    """The clip, which nobody else changes until the unit of work ends. Raises NotFound."""
    clip = session.get(Clip, clip_id, with_for_update=True)
    if clip is None:
        raise NotFound("There is no clip {clip}.", clip=clip_id)
    return clip


def _check(wanted: ReviewProposal, seconds: float) -> None:
    end = round(seconds * 1000)
    last = end if wanted.ends is None else min(wanted.ends, end)
    if last - (wanted.begins or 0) < SHORTEST:
        raise Refused("Nothing would be left of the clip between these points.")
    if wanted.poster_at is not None and wanted.poster_at > end:
        raise Refused("The picture for the poster lies behind the clip's end.")


def _append(
    relay: Relay,
    session: Session,
    clip: Clip,
    wanted: ReviewProposal,
    was: ReviewProposal,
    *,
    previous: int | None,
    person: str,
) -> None:
    now = relay.now()
    session.add(ClipReview(clip_id=_number(clip), previous=previous, person=person, at=now, **asdict(wanted)))
    before, after = was.words(), wanted.words()
    changes = {name: [before[name], after[name]] for name in FIELDS if before[name] != after[name]}
    add_event(session, now, (EventSubject.clip, _number(clip)), EventKind.edited, person, **changes)


def _value(field: str, text: str) -> Any:
    if field == "editor_note":
        return text
    return int(text or 0) if field == "turn" else milliseconds(text)


def _number(clip: Clip) -> int:
    assert clip.id is not None  # it was read from the table
    return clip.id


def _seconds(at: int | None) -> float | None:
    return None if at is None else at / 1000
