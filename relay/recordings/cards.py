"""One recording is one card: which clips share it, which of them stands in front, and whose recording it is.

A card is what hangs together by kinships that are certain, or of which a person said so, and never holds two clips of
which a person said that they are two recordings. The front is what queue and lists show; the others stand behind it.
The original is where the recording was published first, by a person rather than a public: its participant is credited,
whoever's copy is in front.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from relay.errors import Stale
from relay.models import (
    CardMember,
    Certainty,
    Clip,
    ClipState,
    Decision,
    Doubt,
    EventKind,
    Inspection,
    JointDecision,
    Kinship,
    RecordingPrint,
    Said,
    Verdict,
    Video,
    need_id,
)
from relay.recordings import kinships
from relay.records import add_event

FIELDS = ("name", "town", "district", "age", "relation", "quote", "origin", "text_author")
DECIDED = (ClipState.approved, ClipState.rejected, ClipState.later)
LOOK_AGAIN = "bad_quality"
"""Reason of a rejection that says nothing about a better copy."""


def behind() -> ColumnElement[bool]:
    """The condition, over Clip, that another clip of its card stands in front. Asked of each clip: a list of all that
    stand behind one would be made anew for every page.
    """
    member = aliased(CardMember)
    there = exists().where(col(member.clip_id) == col(Clip.id), col(member.front).is_(False))
    return there.correlate(Clip)


def joint() -> ColumnElement[bool]:
    """The condition, over Decision, that it was made together with one on another clip of the card."""
    return col(Decision.id).in_(select(JointDecision.decision_id))


def members(session: Session, clip_id: int) -> list[CardMember]:
    """All of the clip's card, the front first; none when it is alone."""
    own = session.get(CardMember, clip_id)
    if own is None:
        return []
    wanted = select(CardMember).where(CardMember.card == own.card)
    return list(session.exec(wanted.order_by(col(CardMember.front).desc(), col(CardMember.clip_id))))


def regroup(session: Session, clip_ids: Iterable[int], now: datetime, person: str = "") -> None:
    """Brings the cards of these clips, and of all that hang together with them, to what is known by now."""
    session.flush()
    concerned = set().union(*kinships.groups(session, clip_ids), *_co_members(session, clip_ids))
    for group in _together(concerned, kinships.of(session, concerned)):
        _settle(session, group, now, person)


def credit(session: Session, clip_id: int, now: datetime) -> None:
    """Takes the participant over anew, after something about one of the card's clips was learned."""
    card = [session.get_one(Clip, row.clip_id) for row in members(session, clip_id)]
    if card:
        _settle(session, {need_id(clip) for clip in card}, now, "")


def put_in_front(session: Session, clip_id: int, now: datetime, person: str) -> None:
    """A person's choice, which no better copy overrules."""
    for row in members(session, clip_id):
        row.chosen_by = person if row.clip_id == clip_id else ""
        session.add(row)
    credit(session, clip_id, now)


def stand_down(session: Session, clip: Clip) -> None:
    """A clip of a card was withdrawn: another comes to the front, and a person says what it means for the others."""
    rows = members(session, need_id(clip))
    if not rows:
        return
    for row in rows:
        other = session.get_one(Clip, row.clip_id)
        if other.state in (ClipState.awaiting, ClipState.approved, ClipState.later) and other.id != clip.id:
            session.exec(
                update(Clip)
                .where(col(Clip.id) == other.id, col(Clip.doubt) == Doubt.none)
                .values(doubt=Doubt.hand_in)
            )  # fmt: skip
            session.refresh(other)
    session.refresh(clip)
    _fronts(session, rows, _best([session.get_one(Clip, row.clip_id) for row in rows], _looks(session, rows), rows))


def _co_members(session: Session, clip_ids: Iterable[int]) -> list[set[int]]:
    return [{row.clip_id for row in members(session, one)} for one in clip_ids]


def _together(clip_ids: Iterable[int], rows: Sequence[Kinship]) -> list[set[int]]:
    """Groups of clips; a person's word is heeded before the program's, and what is surer before what is less so."""
    group = {one: {one} for one in clip_ids}
    parted = {(row.a_id, row.b_id) for row in rows if row.said is Said.other}
    joining = [row for row in rows if row.said is Said.same or (row.said is Said.nothing and _sure(row))]
    for row in sorted(joining, key=lambda row: (row.said is not Said.same, -row.seen - (row.heard or 0), row.id)):
        one, other = group[row.a_id], group[row.b_id]
        if one is other or any((min(a, b), max(a, b)) in parted for a in one for b in other):
            continue
        one |= other
        group |= dict.fromkeys(one, one)
    return list({id(found): found for found in group.values()}.values())


def _sure(row: Kinship) -> bool:
    return row.certainty is Certainty.certain


def _settle(session: Session, group: set[int], now: datetime, person: str) -> None:
    """The rows of one group of clips, as they should be."""
    known = {row.clip_id: row for one in group for row in members(session, one)}
    clips = {one: session.get_one(Clip, one) for one in sorted(group)}
    if len(group) == 1:
        (alone,) = group
        if alone in known:
            _part(session, clips[alone], known[alone], now, person)
        return
    before = _base(clips, known)
    new = [clips[one] for one in sorted(group) if one not in known]
    came = [clip for one, clip in clips.items() if one != before and not _shared(known, one, before)]
    rows = _as_card(session, clips, known, now)
    looks, original = _looks(session, rows), _original(session, list(clips.values()))
    undecided = clips[before].state not in DECIDED
    front = _best(list(clips.values()), looks, rows) if undecided or _chosen(rows) else before
    lead = _standing(session, before)
    better = _better(came, clips[before], looks)
    if better is not None:
        front = better
    _fronts(session, rows, front)
    for row in rows:
        row.original = row.clip_id == original
    _take_over(session, clips, rows, front, original, now)
    for clip in new:
        add_event(
            session, now, clip, EventKind.joined, person, clips=", ".join(f"№ {one}" for one in group - {clip.id})
        )
    for clip in came:
        if lead is not None and clip.id != better:
            _tell(session, clip, lead, now, person)


def _base(clips: dict[int, Clip], known: dict[int, CardMember]) -> int:
    """The clip whose verdict holds for all: one that is decided before one that waits, a front before one behind."""
    return min(
        clips,
        key=lambda one: (
            clips[one].state is ClipState.withdrawn,
            clips[one].state not in DECIDED,
            clips[one].state is ClipState.later,
            not (one in known and known[one].front),
            one,
        ),
    )


def _shared(known: dict[int, CardMember], one: int, base: int) -> bool:
    return one in known and base in known and known[one].card == known[base].card


def _as_card(session: Session, clips: dict[int, Clip], known: dict[int, CardMember], now: datetime) -> list[CardMember]:
    """A row for each clip; those of clips that don't belong here any more get a card of their own by `_settle`."""
    number = min(clips)
    rows = []
    for one in clips:
        row = known.get(one) or CardMember(clip_id=one, card=number, at=now)
        row.card = number
        session.add(row)
        rows.append(row)
    session.flush()
    return rows


def _part(session: Session, clip: Clip, row: CardMember, now: datetime, person: str) -> None:
    """A clip has a card to itself again: its own participant, and no verdict that was given to another."""
    _give_back(session, clip, row)
    session.delete(row)
    add_event(session, now, clip, EventKind.parted, person)
    session.flush()
    _untell(session, clip, now, person)


def _looks(session: Session, rows: Iterable[CardMember]) -> dict[int, tuple[Inspection, bool]]:
    """The look at each clip's file, and whether its picture has a border."""
    ids = [row.clip_id for row in rows]
    found = session.exec(
        select(Clip.id, Inspection, RecordingPrint.border)
        .join(Inspection, col(Inspection.sha256) == col(Clip.sha256))
        .outerjoin(RecordingPrint, col(RecordingPrint.sha256) == col(Clip.sha256))
        .where(col(Clip.id).in_(ids))
    )
    return {one or 0: (look, bool(border)) for one, look, border in found}


def _chosen(rows: Iterable[CardMember]) -> bool:
    return any(row.chosen_by for row in rows)


def _best(clips: Sequence[Clip], looks: dict[int, tuple[Inspection, bool]], rows: Sequence[CardMember]) -> int:
    """Which copy stands in front: a person's choice, else the one that shows most."""
    chosen = {row.clip_id for row in rows if row.chosen_by}

    def place(clip: Clip) -> tuple[Any, ...]:
        there = clip.state is not ClipState.withdrawn, clip.doubt is Doubt.none, clip.id in chosen
        return *there, *_quality(*looks[need_id(clip)]), -need_id(clip)

    return need_id(max(clips, key=place))


def _quality(look: Inspection, bordered: bool) -> tuple[bool, int, bool, float]:
    """No border, the larger picture, sound, and more of it; half a second makes no difference."""
    return not bordered, min(look.width, look.height) // 16, look.has_audio, round(look.duration * 2)


def _better(came: Sequence[Clip], front: Clip, looks: dict[int, tuple[Inspection, bool]]) -> int | None:
    """A copy that waits and looks better than the one that was turned down for its quality."""
    if front.state is not ClipState.rejected or not str(front.reason).startswith(LOOK_AGAIN):
        return None
    mark = _quality(*looks[need_id(front)])
    waiting = [clip for clip in came if clip.state is ClipState.awaiting]
    better = [need_id(clip) for clip in waiting if _quality(*looks[need_id(clip)]) > mark]
    return max(better, key=lambda one: _quality(*looks[one]), default=None)


def _original(session: Session, clips: Sequence[Clip]) -> int:
    """Handed in or on a person's own page before a public's; the earliest of these."""
    videos = {
        row.id: row for row in session.exec(select(Video).where(col(Video.id).in_([clip.video_id for clip in clips])))
    }

    def place(clip: Clip) -> tuple[bool, datetime, int]:
        video = videos[clip.video_id]
        public = video.owner_id.startswith("-") or video.author_id.startswith("-")
        return clip.handed_in is None and public, clip.published_at, need_id(clip)

    return need_id(min(clips, key=place))


def _fronts(session: Session, rows: Iterable[CardMember], front: int) -> None:
    for row in rows:
        row.front = row.clip_id == front
        session.add(row)
    session.flush()


def _take_over(
    session: Session, clips: dict[int, Clip], rows: Sequence[CardMember], front: int, original: int, now: datetime
) -> None:
    """The original's participant stands on the front's card, save what a person has corrected on any of them."""
    for row in rows:
        if row.clip_id != front and row.own:
            _give_back(session, clips[row.clip_id], row)
    shown = clips[front]
    (row,) = (row for row in rows if row.clip_id == front)
    wanted = {field: _credited(clips, field, front, original) for field in FIELDS}
    changes = {
        field: [getattr(shown, field), new] for field, new in wanted.items() if new not in ("", getattr(shown, field))
    }
    if not changes:
        return
    row.own = row.own | {field: [row.own.get(field, [before])[0], new] for field, (before, new) in changes.items()}
    for field, (_, new) in changes.items():
        setattr(shown, field, new)
    session.add(shown)
    session.add(row)
    add_event(session, now, shown, EventKind.edited, "", **changes)


def _credited(clips: dict[int, Clip], field: str, front: int, original: int) -> str:
    by_hand = [one for one in (front, original, *clips) if field in clips[one].corrected]
    return str(getattr(clips[by_hand[0] if by_hand else original], field))


def _give_back(session: Session, clip: Clip, row: CardMember) -> None:
    """A clip has the participant again that it had before it stood in front."""
    for field, (before, taken) in row.own.items():
        if getattr(clip, field) == taken and field not in clip.corrected:
            setattr(clip, field, before)
    row.own = {}
    session.add(clip)


# One decision for all


def decide_too(session: Session, lead: Decision) -> None:
    """Gives a verdict to the other clips of the card too, in the same unit of work.

    Raises Stale when somebody else decides one of them meanwhile.
    """
    session.flush()
    for row in members(session, lead.clip_id):
        if row.clip_id != lead.clip_id:
            _tell(session, session.get_one(Clip, row.clip_id), lead, lead.at, lead.person, again=True)


def undo_too(session: Session, undone: Decision, undo: Decision) -> None:
    """Takes back what was decided together with a decision."""
    session.flush()
    joint = session.get(JointDecision, undone.id)
    lead = joint.lead_id if joint is not None else need_id(undone)
    ids = {lead, *session.exec(select(JointDecision.decision_id).where(JointDecision.lead_id == lead))} - {undone.id}
    taken_back = set(session.exec(select(Decision.undoes).where(col(Decision.undoes).in_(ids))))
    for one in sorted(ids - taken_back):
        decision = session.get_one(Decision, one)
        if _standing(session, decision.clip_id) == decision:
            _take_back(session, decision, undo.at, undo.person)


def _tell(session: Session, clip: Clip, lead: Decision, now: datetime, person: str, *, again: bool = False) -> None:
    """`again`: a person decides now, so what was decided before is decided anew."""
    session.refresh(clip)
    open_states = (ClipState.awaiting,) if not again else (*DECIDED, ClipState.awaiting)
    if lead.to_state is clip.state or clip.state not in open_states or lead.to_state not in DECIDED:
        return
    if not _moved(session, clip, lead.to_state, lead.reason):
        return
    decision = Decision(
        clip_id=need_id(clip), verdict=lead.verdict, from_state=clip.state, to_state=lead.to_state, person=person,
        reason=lead.reason, previous_reason=clip.reason, at=now,
    )  # fmt: skip
    session.add(decision)
    session.flush()
    session.add(JointDecision(decision_id=need_id(decision), lead_id=need_id(lead)))
    session.flush()
    session.refresh(clip)


def _untell(session: Session, clip: Clip, now: datetime, person: str) -> None:
    last = _standing(session, need_id(clip))
    if last is not None and session.get(JointDecision, last.id) is not None:
        _take_back(session, last, now, person)


def _take_back(session: Session, decision: Decision, now: datetime, person: str) -> None:
    clip = session.get_one(Clip, decision.clip_id)
    session.refresh(clip)
    before = clip.reason
    if clip.state is not decision.to_state or not _moved(session, clip, decision.from_state, decision.previous_reason):
        return
    session.add(
        Decision(
            clip_id=decision.clip_id,
            verdict=Verdict.undo,
            from_state=decision.to_state,
            to_state=decision.from_state,
            person=person,
            reason=decision.previous_reason,
            previous_reason=before,
            undoes=decision.id,
            at=now,
        )
    )
    session.flush()
    session.refresh(clip)


def _moved(session: Session, clip: Clip, to: ClipState, reason: str) -> bool:
    """The compare-and-set of one clip. Raises Stale where somebody else was faster."""
    session.flush()
    moved = session.exec(
        update(Clip)
        .where(col(Clip.id) == clip.id, col(Clip.state) == clip.state, col(Clip.reason) == clip.reason)
        .values(state=to, reason=reason)
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount != 1:
        state = clip.state.value
        line, hint = "Somebody else was faster: clip {clip} is {now} now.", "Look at it again."
        raise Stale(line, state=state, hint=hint, clip=clip.id, now=state)
    return True


def _standing(session: Session, clip_id: int) -> Decision | None:
    """The newest decision on a clip that counts."""
    undone = select(Decision.undoes).where(Decision.clip_id == clip_id, col(Decision.undoes).is_not(None))
    return session.exec(
        select(Decision)
        .where(Decision.clip_id == clip_id, Decision.verdict != Verdict.undo, col(Decision.id).not_in(undone))
        .where(col(Decision.verdict) != Verdict.keep)
        .order_by(col(Decision.id).desc())
        .limit(1)
    ).first()
