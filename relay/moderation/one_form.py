"""Corrections and decision as one form: both are kept in one unit of work, or neither, and then nothing is lost.

Whoever corrects a field that somebody else has changed meanwhile, or decides what has been decided, gets EditConflict
with both versions. A form that comes twice (a lost answer, an offline browser) counts once, by its key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlmodel import Session, select

from relay.context import Relay
from relay.errors import Refused, Stale
from relay.language.text import one_line
from relay.models import Clip, ClipState, Decision, LookState, SentDecision, Verdict, need_id
from relay.moderation import ages, clip_reviews, consent, desk
from relay.moderation.review import second_looks
from relay.recordings import origins

FIELDS = (*desk.FIELDS, "scope", *clip_reviews.FIELDS)
"""What of a clip may be typed or chosen in the form; `scope` is that of the consent."""
KEY = re.compile(r"[\w-]{16,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class TypedForm:
    """What a person left in the fields, and what stood there when they began (`was`). A missing field is unchanged."""

    typed: Mapping[str, str] = field(default_factory=dict)
    was: Mapping[str, str] = field(default_factory=dict)
    evidence: str = ""

    def changed(self) -> dict[str, str]:
        """Field → what it shall be, for those that the person touched. Raises Refused for what can't be read."""
        touched = {name: text for name, text in self.typed.items() if text != self.was.get(name, "")}
        return {name: _tidied(name, text) for name, text in touched.items()}


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict on a clip whose state was `seen`. `key`: of the form, so that it counts once; empty for none."""

    verdict: Verdict
    seen: ClipState
    reason: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class BothVersions:
    """One field: what stands there now, and what was typed."""

    field: str
    theirs: str
    mine: str


class EditConflict(Stale):
    """`fields`: those that two people changed. `decided`: somebody has decided meanwhile. Nothing was written."""

    def __init__(self, state: str, fields: tuple[BothVersions, ...], *, decided: bool) -> None:
        super().__init__(
            "Somebody else has changed the same field in the meantime.", state=state, hint="Look at it again."
        )
        self.fields = fields
        self.decided = decided


def submit(
    relay: Relay, clip_id: int, form: TypedForm, *, person: str, judgement: Judgement | None = None
) -> Decision | None:
    """Keeps what was typed, and decides where there is a judgement; returns the decision.

    Raises EditConflict; Refused where the rules say so, or a field can't be read; NotFound.
    """
    changed = form.changed()
    with relay.transaction() as session:
        clip = clip_reviews.held(session, clip_id)
        known = _counted(session, judgement)
        if known is not None:
            changed, form = _not_kept_yet(session, clip, changed, form)
        _compare(session, clip, changed, form.was, decided=_is_overtaken(session, clip, judgement, known))
        _correct(relay, session, clip, changed, form, person=person)
        if judgement is None or known is not None:
            return known
        decision = desk.decide_in(
            relay,
            session,
            clip_id,
            judgement.verdict,
            person=person,
            seen=judgement.seen,
            reason=judgement.reason,
            at_desk=True,
        )
        if judgement.key:
            session.flush()
            session.add(SentDecision(key=judgement.key, decision_id=need_id(decision)))
    return decision


def look_again(relay: Relay, clip_id: int, form: TypedForm, verdict: Verdict, *, person: str) -> LookState:
    """A second look (second_looks.give), and what was typed beside it. Raises as both do; then neither is kept."""
    changed = form.changed()
    with relay.transaction() as session:
        clip = clip_reviews.held(session, clip_id)
        _compare(session, clip, changed, form.was)
        _correct(relay, session, clip, changed, form, person=person)
        return second_looks.give_in(relay, session, clip_id, verdict, person=person)


def values(session: Session, clip: Clip) -> dict[str, str]:
    """What the form's fields say now."""
    agreed = consent.current(session, [need_id(clip)]).get(need_id(clip))
    return {
        **{name: getattr(clip, name) for name in desk.FIELDS},
        "scope": agreed.scope.value if agreed is not None else "",
        **clip_reviews.current(session, need_id(clip)).words(),
    }


def shown(relay: Relay, clip_id: int) -> dict[str, str]:
    """What the form's fields say now. Raises NotFound."""
    with relay.reading() as session:
        clip = session.get(Clip, clip_id)
        return values(session, clip) if clip is not None else {}


def _tidied(name: str, text: str) -> str:
    if name in clip_reviews.FIELDS:
        return clip_reviews.tidied(name, text)
    neat = one_line(text)
    return {"age": ages.checked, "origin": origins.checked}.get(name, str)(neat)


def _counted(session: Session, judgement: Judgement | None) -> Decision | None:
    """The decision that this very form has led to before."""
    sent = session.get(SentDecision, judgement.key) if judgement is not None and judgement.key else None
    return session.get(Decision, sent.decision_id) if sent is not None else None


def _is_overtaken(session: Session, clip: Clip, judgement: Judgement | None, known: Decision | None) -> bool:
    """Whether the person has to look at the clip again before their judgement can be taken.

    A form that counted may come once more with another verdict, when its person heard nothing and thought again; or
    its decision was taken back.
    """
    if judgement is None:
        return False
    if known is None:
        return clip.state is not judgement.seen
    if (known.clip_id, known.verdict, known.reason) != (clip.id, judgement.verdict, judgement.reason):
        return True
    return session.exec(select(Decision.id).where(Decision.undoes == known.id)).first() is not None


def _not_kept_yet(
    session: Session, clip: Clip, changed: Mapping[str, str], form: TypedForm
) -> tuple[dict[str, str], TypedForm]:
    """Of a form that counted before: what was typed since."""
    now = values(session, clip)
    agreed = consent.current(session, [need_id(clip)]).get(need_id(clip))
    evidence = "" if agreed is not None and agreed.evidence == one_line(form.evidence) else form.evidence
    left = {name: text for name, text in changed.items() if text != now[name]}
    return left, TypedForm(form.typed, form.was, evidence)


def _compare(
    session: Session, clip: Clip, changed: Mapping[str, str], was: Mapping[str, str], *, decided: bool = False
) -> None:
    now = values(session, clip)
    both = tuple(
        BothVersions(name, now[name], mine)
        for name, mine in changed.items()
        if name in was and now[name] not in (was[name], mine)
    )
    if both or decided:
        raise EditConflict(clip.state.value, both, decided=decided)


def _correct(
    relay: Relay, session: Session, clip: Clip, changed: Mapping[str, str], form: TypedForm, *, person: str
) -> None:
    picture = {name: text for name, text in changed.items() if name in clip_reviews.FIELDS}
    desk.correct_in(
        relay,
        session,
        clip,
        {name: text for name, text in changed.items() if name in desk.FIELDS},
        person=person,
        consent=changed.get("scope") or None,
        evidence=form.evidence,
    )
    if picture:
        clip_reviews.propose_in(relay, session, clip, picture, person=person)


def checked_key(text: str) -> str:
    """A form's key, or nothing. Raises Refused for what no form of ours has."""
    if text and not KEY.fullmatch(text):
        raise Refused("This request can't be understood.")
    return text
