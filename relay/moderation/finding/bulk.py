"""One thing done to many clips, each by compare-and-set with what the person saw, and all of it undone at once.

Every clip goes the way that it goes alone (moderation/desk.py), so whatever forbids a decision on one clip forbids it
here too: that clip is left as it is, and told of. Some hundred clips are one transaction; what was done before a power
cut is on record as a part of the change, and is undone with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from relay.chain import links
from relay.context import Relay
from relay.errors import NotFound, Refused, Stale
from relay.language.sentence import Sentence, as_sentence
from relay.language.text import one_line
from relay.models import (
    BulkChange,
    BulkKind,
    BulkStep,
    Clip,
    ClipState,
    Consent,
    Decision,
    Event,
    EventKind,
    EventSubject,
    Verdict,
    need_id,
)
from relay.moderation import consent as consents
from relay.moderation import desk, rules
from relay.moderation.finding import tags
from relay.moderation.finding.clip_filter import ClipFilter, conditions
from relay.records import find_campaign
from relay.store import Store

MOST_CLIPS = 5000
CHUNK = 100
RECENT = timedelta(hours=12)
"""So long a list tells what a person did last."""
STATES: Mapping[Verdict, ClipState] = {
    Verdict.approve: ClipState.approved,
    Verdict.reject: ClipState.rejected,
    Verdict.later: ClipState.later,
}
"""Verdicts that may be given to many."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Clips by number with the state that the person saw each in, on a page that was made at `seen_at`."""

    clips: Mapping[int, ClipState]
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class LeftClip:
    """A clip that was not changed, and why."""

    clip: int
    why: str


@dataclass(frozen=True, slots=True)
class BulkView:
    """One thing done to many clips. `what`: the verdict, the tag, or the fields; `clips`: how many it changed."""

    id: int
    kind: BulkKind
    what: str
    clips: int
    left: list[LeftClip]
    at: str
    undone: bool


Act = Callable[[Relay, Session, Clip], BulkStep | None]
"""Does it to one clip; None: there was nothing to do. Raises Refused."""


def everything(relay: Relay, slug: str, chosen: ClipFilter, *, seen_at: datetime) -> Selection:
    """All clips that the filter finds, but for those that came after `seen_at`.

    Raises Refused where they are too many.
    """
    with relay.reading() as session:
        campaign = find_campaign(session, slug)
        found = select(Clip.id, Clip.state).where(*conditions(campaign, chosen), Clip.created_at <= seen_at)
        rows = session.exec(found.order_by(col(Clip.published_at), col(Clip.id)).limit(MOST_CLIPS + 1)).all()
    _bounded(len(rows))
    return Selection({number: ClipState(state) for number, state in rows if number is not None}, seen_at)


def decide(relay: Relay, slug: str, chosen: Selection, verdict: Verdict, *, person: str, reason: str = "") -> BulkView:
    """Gives one verdict to all. Clips that have it already are passed over. Raises Refused as desk.decide does."""
    if verdict not in STATES:
        raise Refused("This can't be done to many clips at once.")
    if isinstance(refusal := rules.move(ClipState.awaiting, verdict, reason), rules.Refusal):
        raise Refused(refusal.line, hint=refusal.hint, **refusal.words)

    def act(inside: Relay, _session: Session, clip: Clip) -> BulkStep | None:
        number, seen = need_id(clip), chosen.clips[need_id(clip)]
        if clip.state is seen is STATES[verdict]:
            return None
        given = desk.decide(inside, number, verdict, person=person, seen=seen, reason=reason, at_desk=True)
        return BulkStep(change_id=0, clip_id=number, decision_id=_id_of(_session, given))

    return _done(relay, slug, chosen, BulkKind.decide, verdict.value, act, person=person)


def edit(
    relay: Relay,
    slug: str,
    chosen: Selection,
    fields: Mapping[str, str],
    *,
    person: str,
    consent: str = "",
    evidence: str = "",
) -> BulkView:
    """Writes the fields that are filled in into all clips. Raises Refused where none is, or one is unknown."""
    wanted = {name: one_line(value) for name, value in fields.items() if name in desk.FIELDS and one_line(value)}
    if not wanted and not consent:
        raise Refused("Fill in what is to be written into the clips.")
    if consent and consent not in consents.SCOPES:
        raise Refused("There is no consent scope {scope}.", scope=consent)

    def act(inside: Relay, session: Session, clip: Clip) -> BulkStep | None:
        number = need_id(clip)
        changed = {name: value for name, value in wanted.items() if getattr(clip, name) != value}
        agreed = consents.current(session, [number]).get(number)
        scope = consent if consent and (agreed is None or agreed.scope != consent or evidence) else None
        if not changed and scope is None:
            return None
        before = {name: getattr(clip, name) for name in changed}
        desk.edit(
            inside, number, person=person, **changed, consent=scope, evidence=evidence if scope else "", seen=before
        )
        newest = consents.current(session, [number]).get(number) if scope else None
        consent_id = need_id(newest) if newest is not None else None
        return BulkStep(change_id=0, clip_id=number, consent_id=consent_id, before=before, after=changed)

    what = ", ".join([*wanted, *(["consent"] if consent else [])])
    return _done(relay, slug, chosen, BulkKind.edit, what, act, person=person)


def tag(relay: Relay, slug: str, chosen: Selection, name: str, *, person: str, remove: bool = False) -> BulkView:
    """Puts a tag on all clips, or takes it off them. Raises Refused for an empty one."""
    kept = tags.spelled(name)

    def act(inside: Relay, session: Session, clip: Clip) -> BulkStep | None:
        number = need_id(clip)
        changed = (
            tags.remove(session, number, kept)
            if remove
            else tags.add(session, number, kept, person=person, now=inside.now())
        )
        return BulkStep(change_id=0, clip_id=number) if changed else None

    return _done(relay, slug, chosen, BulkKind.untag if remove else BulkKind.tag, kept, act, person=person)


def undo(relay: Relay, slug: str, change_id: int, *, person: str) -> BulkView:
    """Takes a change of the campaign back, on every clip that nobody has touched in the same way since.

    Raises NotFound, and Refused where it is somebody else's or was undone before.
    """
    with relay.transaction() as session:
        change = session.get(BulkChange, change_id)
        if change is None or change.campaign_id != find_campaign(session, slug).id:
            raise NotFound("There is no such change.")
        if change.person != person:
            raise Refused("Only who has done this can take it back.")
        if change.undone_at is not None:
            raise Refused("This was taken back already.")
        change.left = []
        steps = [need_id(step) for step in session.exec(_steps(change_id))]
    for chunk in _chunks(steps):
        with _unit(relay) as (inside, session):
            change = session.get_one(BulkChange, change_id)
            left = [_undone(inside, session, change, session.get_one(BulkStep, number)) for number in chunk]
            _note(change, [each for each in left if each is not None], 0)
    with relay.transaction() as session:
        session.get_one(BulkChange, change_id).undone_at = relay.now()
    return shown(relay, change_id)


def shown(relay: Relay, change_id: int) -> BulkView:
    with relay.reading() as session:
        return _view(session.get_one(BulkChange, change_id))


def newest(relay: Relay, slug: str, person: str) -> BulkView | None:
    """What the person did last to many clips of the campaign, within half a day."""
    with relay.reading() as session:
        campaign = find_campaign(session, slug)
        own = select(BulkChange).where(BulkChange.campaign_id == campaign.id, BulkChange.person == person)
        own = own.where(BulkChange.at >= relay.now() - RECENT)
        change = session.exec(own.order_by(col(BulkChange.id).desc()).limit(1)).first()
        return None if change is None else _view(change)


def _view(change: BulkChange) -> BulkView:
    left = [LeftClip(each["clip"], as_sentence(each["why"])) for each in change.left]
    undone = change.undone_at is not None
    return BulkView(need_id(change), change.kind, change.what, change.clips, left, change.at.isoformat(), undone)


def _done(relay: Relay, slug: str, chosen: Selection, kind: BulkKind, what: str, act: Act, *, person: str) -> BulkView:
    _bounded(len(chosen.clips))
    with relay.transaction() as session:
        campaign = find_campaign(session, slug)
        change = BulkChange(campaign_id=need_id(campaign), person=person, kind=kind, what=what, at=relay.now())
        session.add(change)
        session.flush()
        change_id, campaign_id = need_id(change), need_id(campaign)
    for chunk in _chunks(list(chosen.clips)):
        with _unit(relay) as (inside, session):
            _do_chunk(inside, session, session.get_one(BulkChange, change_id), chunk, chosen, act, campaign_id)
    return shown(relay, change_id)


def _do_chunk(
    inside: Relay,
    session: Session,
    change: BulkChange,
    numbers: Sequence[int],
    chosen: Selection,
    act: Act,
    campaign_id: int,
) -> None:
    rows = session.exec(select(Clip).where(col(Clip.id).in_(numbers), Clip.campaign_id == campaign_id))
    clips = {need_id(clip): clip for clip in rows}
    touched = _touched_since(session, change, clips, chosen.seen_at)
    left: list[LeftClip] = []
    done = 0
    for number in numbers:
        try:
            if number not in clips:
                raise NotFound("There is no clip {clip}.", clip=number)
            if number in touched:
                raise Stale("Somebody else was faster.", state=clips[number].state.value)
            step = act(inside, session, clips[number])
        except Refused as error:
            left.append(LeftClip(number, _why(error)))
            continue
        if step is not None:
            session.add(BulkStep(**{**step.model_dump(exclude={"id"}), "change_id": need_id(change)}))
            done += 1
    _note(change, left, done)


def _touched_since(session: Session, change: BulkChange, clips: Mapping[int, Clip], seen_at: datetime) -> set[int]:
    """Clips whose field or state was changed after the page was made: what the person saw is not there any more."""
    if change.kind is BulkKind.decide:
        decided = select(Decision.clip_id).where(col(Decision.clip_id).in_(clips), Decision.at > seen_at)
        return set(session.exec(decided))
    if change.kind is not BulkKind.edit:
        return set()
    fields = set(change.what.split(", "))
    events = session.exec(
        select(Event).where(
            Event.subject == EventSubject.clip,
            col(Event.subject_id).in_(clips),
            col(Event.what).in_([EventKind.edited, EventKind.consent]),
            Event.at > seen_at,
        )
    )
    return {event.subject_id for event in events if fields & {*event.details, event.what.value}}


def _undone(inside: Relay, session: Session, change: BulkChange, step: BulkStep) -> LeftClip | None:
    """Puts one clip back; else why not."""
    if step.undone:
        return None
    try:
        _put_back(inside, session, change, step)
    except Refused as error:
        return LeftClip(step.clip_id, _why(error))
    step.undone = True
    return None


def _put_back(inside: Relay, session: Session, change: BulkChange, step: BulkStep) -> None:
    if step.decision_id is not None:
        desk.undo(inside, step.clip_id, person=change.person, decision_id=step.decision_id, at_desk=True)
    if step.before:
        desk.edit(inside, step.clip_id, person=change.person, **step.before, seen=step.after)
    if step.consent_id is not None:
        _take_back_consent(inside, session, change, step)
    if change.kind is BulkKind.tag:
        tags.remove(session, step.clip_id, change.what)
    if change.kind is BulkKind.untag:
        tags.add(session, step.clip_id, change.what, person=change.person, now=inside.now())


def _take_back_consent(inside: Relay, session: Session, change: BulkChange, step: BulkStep) -> None:
    """The consent before counts again. The row of the slip goes, its event stays, and another says that it is gone."""
    newest = consents.current(session, [step.clip_id]).get(step.clip_id)
    if newest is None or newest.id != step.consent_id:
        raise Stale("Somebody else has changed the same field in the meantime.", state="")
    slip, step.consent_id = session.get_one(Consent, step.consent_id), None
    with links.rewriting(session, Consent, [need_id(slip)], why="a slip that was undone", at=inside.now()):
        session.delete(slip)
    before = consents.current(session, [step.clip_id]).get(step.clip_id)
    words = [slip.scope.value, before.scope.value if before is not None else ""]
    subject = (EventSubject.clip, step.clip_id)
    session.add(
        Event(
            at=inside.now(),
            subject=subject[0],
            subject_id=subject[1],
            what=EventKind.edited,
            person=change.person,
            details={"consent": words},
        )
    )


def _note(change: BulkChange, left: Sequence[LeftClip], done: int) -> None:
    change.clips += done
    change.left = [*change.left, *({"clip": each.clip, "why": each.why} for each in left)]


def _why(error: Refused) -> Sentence:
    return as_sentence(error.sentence)


def _id_of(session: Session, row: Decision) -> int:
    session.flush()
    return need_id(row)


def _bounded(number: int) -> None:
    if number == 0:
        raise Refused("Choose clips first.")
    if number > MOST_CLIPS:
        raise Refused("These are more than {most} clips: narrow the filter.", most=MOST_CLIPS)


def _steps(change_id: int) -> Any:
    return select(BulkStep).where(BulkStep.change_id == change_id, ~col(BulkStep.undone)).order_by(col(BulkStep.id))


def _chunks(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(numbers), CHUNK):
        yield numbers[start : start + CHUNK]


@contextmanager
def _unit(relay: Relay) -> Iterator[tuple[Relay, Session]]:
    """One unit of work of many: services of the desk that get this Relay work in it, each in a savepoint of its own."""
    with relay.transaction() as session:
        yield replace(relay, store=JoinedStore(relay.store, session)), session


class JoinedStore(Store):
    """A store whose units of work are parts of one that is open: what one of them raises takes back only itself."""

    def __init__(self, store: Store, session: Session) -> None:
        self.url, self.engine, self.channels, self._secret = store.url, store.engine, store.channels, store._secret
        self._session = session

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        with self._session.begin_nested():
            yield self._session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        yield self._session
