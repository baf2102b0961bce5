"""What an editor does to a plan by hand. Every function is one unit of work that can be undone by the next.

`person`: who does it, for the record. `seen`: the token of the plan as that person saw it (plans.show's `version`);
all of them raise NotFound, Refused, and Stale when the plan has been changed since. They return the new token.
"""

from __future__ import annotations

from sqlmodel import Session

from relay.almanac.plan import document, queries, store
from relay.almanac.plan.rules import Chapters, ProposalKind, accept, read
from relay.almanac.plan.store import Draft, changing
from relay.almanac.plan.voices import NotYetRead
from relay.context import Relay
from relay.errors import Refused
from relay.models import Clip, Inspection, need_id
from relay.permissions import gate
from relay.permissions.rules import uses_of


def place(
    relay: Relay, slug: str, name: str, clip: int, *, before: int | None = None, person: str, seen: str = ""
) -> str:
    """Puts a clip before another one, or at the end (None); one that is not in the film comes in."""
    with changing(relay, slug, name, did="placed", person=person, seen=seen, clip=clip) as draft:
        if clip not in draft.sheet.order:
            _may_come_in(draft, clip)
        draft.sheet = document.place(draft.sheet, clip, before)
        _renew_chapters(relay, draft)
    return draft.sheet.token


def trim(
    relay: Relay,
    slug: str,
    name: str,
    clip: int,
    *,
    first: float | None = None,
    last: float | None = None,
    person: str,
    seen: str = "",
) -> str:
    """In and out points in seconds of the clip, taken to the nearest frame of the film; None leaves one as it is."""
    with changing(relay, slug, name, did="trimmed", person=person, seen=seen, clip=clip) as draft:
        house = queries.house_of(relay.settings, draft.almanac)
        available = queries.footage_of(_seen(draft.session, clip)).frames(house)
        proposed = queries.proposed_bounds(queries.reviews(draft.session, [clip]).get(clip), house, available)
        if pieces := draft.sheet.row(clip).pieces:
            proposed = pieces[0].first, pieces[-1].last
        draft.sheet = document.trim(
            draft.sheet,
            clip,
            first=None if first is None else house.frames(first),
            last=None if last is None else house.frames(last),
            available=available,
            proposed=proposed,
        )
    return draft.sheet.token


def untrim(relay: Relay, slug: str, name: str, clip: int, *, person: str, seen: str = "") -> str:
    """The whole clip, also where a moderator has proposed less of it, or the rules take pieces of it."""
    with changing(relay, slug, name, did="trimmed", person=person, seen=seen, clip=clip) as draft:
        is_less = draft.sheet.row(clip).pieces or queries.reviews(draft.session, [clip])
        draft.sheet = (document.whole if is_less else document.untrim)(draft.sheet, clip)
    return draft.sheet.token


def as_proposed(relay: Relay, slug: str, name: str, clip: int, *, person: str, seen: str = "") -> str:
    """In and out points as a moderator has proposed them; where nobody has, the whole clip."""
    with changing(relay, slug, name, did="trimmed", person=person, seen=seen, clip=clip) as draft:
        draft.sheet = document.untrim(draft.sheet, clip)
    return draft.sheet.token


def retitle(
    relay: Relay, slug: str, name: str, clip: int, *, who: str | None, town: str | None, person: str, seen: str = ""
) -> str:
    """Name and town on the cards of this film only; None takes the clip's own."""
    with changing(relay, slug, name, did="retitled", person=person, seen=seen, clip=clip) as draft:
        draft.sheet = document.retitle(draft.sheet, clip, name=who, town=town)
    return draft.sheet.token


def leave_out(relay: Relay, slug: str, name: str, clip: int, *, reason: str = "", person: str, seen: str = "") -> str:
    """Takes a clip out; no rule brings it back."""
    with changing(relay, slug, name, did="left out", person=person, seen=seen, clip=clip) as draft:
        draft.sheet = document.leave_out(draft.sheet, clip, reason)
        _renew_chapters(relay, draft)
    return draft.sheet.token


def bring_back(relay: Relay, slug: str, name: str, clip: int, *, person: str, seen: str = "") -> str:
    """Puts a clip that was left out where the rules want it, or at the end when they don't."""
    with changing(relay, slug, name, did="brought back", person=person, seen=seen, clip=clip) as draft:
        draft.sheet = document.bring_back(draft.sheet, clip)
        _may_come_in(draft, clip)
        if not _by_the_rules(relay, draft, clip):
            draft.sheet = document.place(draft.sheet, clip, None)
        _renew_chapters(relay, draft)
    return draft.sheet.token


def pin(relay: Relay, slug: str, name: str, clip: int, where: str, *, person: str, seen: str = "") -> str:
    """`opening`, `closing`, or empty to let the clip go, also from where a person had placed it."""
    with changing(relay, slug, name, did="pinned", person=person, seen=seen, clip=clip) as draft:
        draft.sheet = document.pin(draft.sheet, clip, where)
        if not where:
            draft.sheet = document.release(draft.sheet, clip)
        _renew_chapters(relay, draft)
    return draft.sheet.token


def undo(relay: Relay, slug: str, name: str, *, person: str, seen: str = "") -> str:
    """Takes the last change back, and with each call the one before it."""
    with relay.reading() as session:
        almanac = queries.find(session, slug, name)
        change = store.last_change(session, almanac)
        now = store.load(session, almanac)
    if change is None:
        raise Refused("There is nothing to undo in this plan.")
    if change.token != now.token:
        raise Refused("The plan has been changed in another way since; that can't be undone.")
    with changing(
        relay, slug, name, did="undone", person=person, seen=seen or now.token, undoes=[need_id(change)]
    ) as draft:
        draft.sheet = document.restore(draft.sheet, change.before)
        _renew_chapters(relay, draft)
    return draft.sheet.token


def back_to(relay: Relay, slug: str, name: str, step: int, *, person: str, seen: str = "") -> str:
    """Takes a change back, and all that came after it: the plan is as it was before. `step`: the change's number."""
    with relay.reading() as session:
        almanac = queries.find(session, slug, name)
        taken = [change for change in store.standing(session, almanac) if need_id(change) >= step]
        now = store.load(session, almanac)
    if not taken or need_id(taken[-1]) != step:
        raise Refused("That step is not there any more.", hint="Somebody has taken it back already.")
    if taken[0].token != now.token:
        raise Refused("The plan has been changed in another way since; that can't be undone.")
    undoes = [need_id(change) for change in taken]
    with changing(relay, slug, name, did="undone", person=person, seen=seen or now.token, undoes=undoes) as draft:
        for change in taken:
            draft.sheet = document.restore(draft.sheet, change.before)
        _renew_chapters(relay, draft)
    return draft.sheet.token


def _by_the_rules(relay: Relay, draft: Draft, clip: int) -> bool:
    """Puts a clip where the rules want it; False where they don't."""
    try:
        aim = queries.aim_of(relay, draft)
        mine = [one for one in aim.found if one.clip == clip and one.kind is ProposalKind.add]
        if mine and draft.sheet.rules.get("voices"):
            queries.follow_rules(relay, draft, {clip})
        elif mine:
            draft.sheet = document.in_order(draft.sheet, accept(draft.sheet.order, aim.target, mine, {clip}))
    except NotYetRead:
        return False
    return bool(mine)


def _may_come_in(draft: Draft, clip: int) -> None:
    uses = uses_of(draft.almanac.uses)
    gate.check(draft.session, [clip], uses=uses, now=draft.now)
    if clip not in {one.id for one in queries.approved(draft.session, draft.campaign, uses=uses, now=draft.now)}:
        raise Refused(
            "Clip {clip} can't be in this film.", hint="It has to be an approved clip of this campaign.", clip=clip
        )


def _seen(session: Session, clip: int) -> Inspection:
    row = session.get(Clip, clip)
    if row is None:
        raise Refused("Clip {clip} is not in this almanac.", clip=clip)
    return session.get_one(Inspection, row.sha256)


def _renew_chapters(relay: Relay, draft: Draft) -> None:
    """Only where the rules make chapters: otherwise nobody has to look at all clips for a move."""
    if read(draft.sheet.rules).chapters is not Chapters.none or read(draft.seen.rules).chapters is not Chapters.none:
        pool = queries.candidates(
            draft.session, relay.settings, draft.campaign, draft.almanac, draft.sheet, now=draft.now
        )
        store.set_chapters(draft.session, draft.almanac, draft.sheet, pool)
