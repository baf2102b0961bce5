"""The desk: one clip after another gets its verdict, by whoever is faster, with a record of who and why.

A state moves by `UPDATE … WHERE state = :seen`, and the Decision row stands in the same transaction; so two
moderators, or a moderator and the command line, need no lock, and the slower one gets Stale with the fresh state.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, tuple_, update
from sqlmodel import Session, col, select

from relay.context import Relay
from relay.errors import NotFound, Refused, Stale
from relay.language.sentence import as_sentence, joined
from relay.language.text import one_line
from relay.models import (
    Campaign,
    Clip,
    ClipState,
    ClipVideo,
    Consent,
    ConsentScope,
    Decision,
    Doubt,
    Event,
    EventSubject,
    Finding,
    Inspection,
    Match,
    MatchKind,
    Post,
    Sighting,
    TextOrigin,
    Verdict,
    Video,
    need_id,
)
from relay.moderation import ages, claims, rules
from relay.moderation import consent as consents
from relay.moderation.review import beside, turns
from relay.permissions import overrides
from relay.recordings import cards, origins
from relay.records import correct_clip, find_campaign
from relay.search import counting
from relay.store import run
from relay.tombstones import burial
from relay.views import key, widened

FIELDS = cards.FIELDS
CHUNK = 500
COMES_BACK = "Its participant may hand it in again: relay privacy readmit."


@dataclass(frozen=True, slots=True)
class ParticipantView:
    name: str
    town: str
    district: str
    age: str
    relation: str


@dataclass(frozen=True, slots=True)
class ConsentView:
    """What the participant agreed to; `evidence` says where it is written."""

    scope: ConsentScope
    evidence: str


@dataclass(frozen=True, slots=True)
class ClipPostView:
    """A post that carries a clip; `match` is None where the campaign does not know the post."""

    id: int
    url: str
    author: str
    text: str
    published_at: str
    match: MatchKind | None


@dataclass(frozen=True, slots=True)
class ClipView:
    """A clip in a listing. `duration` is seconds, `width` and `height` pixels; `poster` … `proxy` are made of it.

    `origin`: where the text is from, as somebody said; `text_author`: whose words it is.
    `returned`: since when it waits for its participant, who was asked for something; empty while it does not.
    """

    id: int
    campaign: str
    state: ClipState
    reason: str
    doubt: Doubt
    network: str
    owner_id: str
    video_id: str
    url: str
    title: str
    author: str
    published_at: str
    posts: list[ClipPostView]
    participant: ParticipantView
    quote: str
    origin: TextOrigin
    text_author: str
    consent: ConsentView | None
    sha256: str
    duration: float
    width: int
    height: int
    family: int | None
    flags: list[str]
    finding: Finding
    finding_reason: str
    poster: str
    storyboard: str
    proxy: str
    returned: str


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """What happened to a clip: a decision, which has an `id` and two states, or an event.

    `verdict` is a Verdict, or the name of an event, which has `changes`, {field: [before, after]}, and a `scope`, what
    the participant agreed to.
    """

    at: str
    person: str
    verdict: str
    changes: Mapping[str, list[str]]
    scope: str
    reason: str
    id: int | None = field(default=None, metadata=key(optional=True))
    from_state: ClipState | None = field(default=None, metadata=key("from", optional=True))
    to_state: ClipState | None = field(default=None, metadata=key("to", optional=True))
    undone: bool = False


@dataclass(frozen=True, slots=True)
class StandingDecision:
    """The decision on a clip that can be taken back, and whose it is."""

    id: int
    verdict: Verdict
    person: str


@dataclass(frozen=True, slots=True)
class ClipDetails(ClipView):
    """A clip with what happened to it, oldest first, and the other clips of its family.

    `card`: ids of the clips that share its card, the one in front first; empty where it is alone.
    """

    history: list[HistoryEntry]
    family_members: list[ClipView]
    last_decision: StandingDecision | None
    card: list[int]


def campaign(relay: Relay, slug: str) -> Campaign:
    """Raises NotFound."""
    with relay.reading() as session:
        return find_campaign(session, slug)


def slug_of(relay: Relay, clip_id: int) -> str:
    """Of the clip's campaign. Raises NotFound."""
    with relay.reading() as session:
        slug = run(session, _SLUG, clip=clip_id).scalar()
    if slug is None:
        raise _no_clip(clip_id)
    return str(slug)


def local(campaign: Campaign, moment: datetime) -> datetime:
    """A time in the campaign's zone."""
    return moment.astimezone(_zone(campaign))


def listing(relay: Relay, slug: str, *, state: ClipState | None = None) -> list[ClipView]:
    """All clips of a campaign in the order of their posts, with the fields of design section 9."""
    with relay.reading() as session:
        campaign = find_campaign(session, slug)
        clips = session.exec(_in_order(campaign, state)).all()
        return [view for chunk in _chunks(clips) for view in _views(session, campaign, chunk)]


def page(
    relay: Relay,
    slug: str,
    *,
    state: ClipState | None = None,
    after: int | None = None,
    size: int = 48,
    doubtful: bool = False,
) -> list[ClipView]:
    """Up to `size` clips behind the clip `after` (its id), in the same order as `listing`; `doubtful`: only such.

    Of those that share a card only the one in front, but each that is in doubt.
    """
    with relay.reading() as session:
        campaign = find_campaign(session, slug)
        wanted = _in_order(campaign, state)
        wanted = wanted.where(*_in_doubt()) if doubtful else wanted.where(~cards.behind())
        place = _place(session, campaign, after)
        if place is not None:
            wanted = wanted.where(tuple_(col(Clip.published_at), col(Clip.id)) > place)
        return _views(session, campaign, session.exec(wanted.limit(size)).all())


def show(relay: Relay, clip_id: int) -> ClipDetails:
    """One clip, as in `listing`, with its history and the other clips of its family. Raises NotFound."""
    with relay.reading() as session:
        return _whole(session, _clip(session, clip_id))


def counts(relay: Relay, slug: str) -> dict[str, int]:
    """How many clips are in each state, one for each card; every state is in it. See relay/search/counting.py."""
    with relay.reading() as session:
        return counted(session, need_id(find_campaign(session, slug)))


def counted(session: Session, campaign_id: int) -> dict[str, int]:
    """As `counts`, inside a unit of work."""
    return counting.counted(session, _BY_STATE, campaign=campaign_id)


def doubtful(relay: Relay, slug: str) -> int:
    """How many clips may have been withdrawn and wait for a person to say so."""
    with relay.reading() as session:
        campaign_id = need_id(find_campaign(session, slug))
        return counting.counted(session, _DOUBTFUL, campaign=campaign_id)["doubtful"]


def decide(
    relay: Relay,
    clip_id: int,
    verdict: Verdict,
    *,
    person: str,
    seen: ClipState,
    reason: str = "",
    override: str = "",
    at_desk: bool = False,
) -> Decision:
    """Gives a verdict on a clip whose state the person saw as `seen`; nobody has the clip any more.

    It is given to all clips of its card. `reason` is one of rules.REASONS, `code: note`, or a text of one's own.
    `override`: why the person approves a clip that lacks permission (relay/permissions). Raises Refused where the rules
    say so, NotPermitted where the permission is lacking, Stale when the clip's state is no longer `seen`, Claimed
    `at_desk` when a colleague has it, NotFound.
    """
    with relay.transaction() as session:
        return decide_in(
            relay,
            session,
            clip_id,
            verdict,
            person=person,
            seen=seen,
            reason=reason,
            override=override,
            at_desk=at_desk,
        )


def decide_in(
    relay: Relay,
    session: Session,
    clip_id: int,
    verdict: Verdict,
    *,
    person: str,
    seen: ClipState,
    reason: str = "",
    override: str = "",
    at_desk: bool = False,
) -> Decision:
    """As `decide`, inside a unit of work."""
    reason = one_line(reason, rules.LONGEST_REASON)
    target = rules.move(seen, verdict, reason)
    if isinstance(target, rules.Refusal):
        raise Refused(target.line, hint=target.hint, **target.words)
    clip = _clip(session, clip_id)
    if at_desk:
        claims.respect(session, clip, person, relay.now())
    if verdict is Verdict.approve and clip.state is seen:
        overrides.approving(session, clip_id, person=person, override=override, now=relay.now())
    before = clip.reason
    _compare_and_set(session, clip, seen=seen, to=target, reason=reason)
    claims.forget(session, clip_id)
    decision = Decision(
        clip_id=clip_id,
        verdict=verdict,
        from_state=seen,
        to_state=target,
        person=person,
        reason=reason,
        previous_reason=before,
        at=relay.now(),
    )
    session.add(decision)
    cards.decide_too(session, decision)
    beside.decided(session, relay, clip, decision)
    return decision


def undo(
    relay: Relay, clip_id: int, *, person: str, decision_id: int | None = None, at_desk: bool = False, own: bool = False
) -> Decision:
    """Takes back the last decision that still counts, and appends that this was done.

    With `decision_id`, only that decision: Stale when another has been made since. Raises Refused when there is
    nothing to take back, for a withdrawal (its video is erased), or when it is not the person's `own`; Claimed
    `at_desk` when a colleague has the clip.
    """
    with relay.transaction() as session:
        clip = _clip(session, clip_id)
        last = rules.standing(_decisions(session, clip_id))
        if last is None:
            raise Refused("There is no decision on this clip that could be taken back.")
        if decision_id not in (None, last.id):
            raise Stale("Another decision has been made on this clip since.", state=clip.state.value)
        if last.verdict is Verdict.withdraw and burial.of_clip(session, clip_id) is not None:
            raise Refused("The video was taken back and is erased.", hint=COMES_BACK)
        if own and last.person != person:
            raise Refused("{person} decided this; only an organizer can take it back.", person=last.person)
        if at_desk:
            claims.respect(session, clip, person, relay.now())
        before = clip.reason
        _compare_and_set(session, clip, seen=last.to_state, to=last.from_state, reason=last.previous_reason)
        if last.doubt:
            session.exec(update(Clip).where(col(Clip.id) == clip_id).values(doubt=last.doubt))
        decision = Decision(
            clip_id=clip_id,
            verdict=Verdict.undo,
            from_state=last.to_state,
            to_state=last.from_state,
            person=person,
            reason=last.previous_reason,
            previous_reason=before,
            undoes=last.id,
            at=relay.now(),
        )
        session.add(decision)
        cards.undo_too(session, last, decision)
        beside.undone(session, need_id(last))
    return decision


def keep(relay: Relay, clip_id: int, *, person: str, seen: str) -> Decision:
    """Keeps a clip whose post is gone: the doubt that the person saw as `seen` is settled, the state stays.

    Raises Stale when the clip is not in that doubt (any more), NotFound.
    """
    doubt = Doubt(seen) if seen in list(Doubt) else Doubt.none
    with relay.transaction() as session:
        clip = _clip(session, clip_id)
        settled = session.exec(
            update(Clip)
            .where(col(Clip.id) == clip_id, col(Clip.state) == clip.state)
            .where(col(Clip.doubt) == doubt, col(Clip.doubt) != Doubt.none)
            .values(doubt=Doubt.none)
            .execution_options(synchronize_session=False)
        )
        if settled.rowcount != 1:
            raise Stale("Clip {clip} is not in doubt any more.", state=clip.state.value, clip=clip_id)
        decision = Decision(
            clip_id=clip_id,
            verdict=Verdict.keep,
            from_state=clip.state,
            to_state=clip.state,
            person=person,
            reason=clip.reason,
            previous_reason=clip.reason,
            doubt=doubt,
            at=relay.now(),
        )
        session.add(decision)
    return decision


def edit(
    relay: Relay,
    clip_id: int,
    *,
    person: str,
    name: str | None = None,
    town: str | None = None,
    district: str | None = None,
    age: str | None = None,
    relation: str | None = None,
    quote: str | None = None,
    origin: str | None = None,
    text_author: str | None = None,
    consent: str | None = None,
    evidence: str = "",
    seen: Mapping[str, str] | None = None,
) -> ClipDetails:
    """Corrects what is known about the participant; None leaves a field as it is. Returns the clip as `show` does.

    `consent` is one of consent.SCOPES, `evidence` says where it is written. `seen` holds what the person saw in
    the fields that they change: Stale when somebody else has changed one of these since.
    """
    given = {
        "name": name, "town": town, "district": district, "age": age, "relation": relation, "quote": quote,
        "origin": origin, "text_author": text_author,
    }  # fmt: skip
    wanted = {field: one_line(value) for field, value in given.items() if value is not None}
    with relay.transaction() as session:
        clip = _clip(session, clip_id)
        correct_in(relay, session, clip, wanted, person=person, consent=consent, evidence=evidence, seen=seen)
    return show(relay, clip_id)


def correct_in(
    relay: Relay,
    session: Session,
    clip: Clip,
    wanted: Mapping[str, str],
    *,
    person: str,
    consent: str | None = None,
    evidence: str = "",
    seen: Mapping[str, str] | None = None,
) -> None:
    """As `edit`, inside a unit of work; `wanted`: fields of FIELDS, each on one line.

    Raises Refused for what is no age, and for an origin that there is not.
    """
    clip_id = need_id(clip)
    changes = {field: value for field, value in wanted.items() if value != getattr(clip, field)}
    ages.checked(changes.get("age", ""))
    origins.checked(changes.get("origin", ""))
    if changes:
        correct_clip(session, clip, changes, seen or {}, person=person, now=relay.now())
    if evidence or consent is not None:
        consents.note_in(relay, session, clip_id, consent, evidence, person=person)


def history(relay: Relay, clip_id: int) -> list[HistoryEntry]:
    """What happened to a clip, oldest first. Raises NotFound."""
    with relay.reading() as session:
        clip = _clip(session, clip_id)
        return _history(session, clip_id, _decisions(session, clip_id), _zone(_owner(session, clip)))


def visible(relay: Relay, sha256: str) -> bool:
    """Whether a file may be looked at: some clip is made of it that its participant has not withdrawn."""
    with relay.reading() as session:
        return run(session, _VISIBLE, sha256=sha256).first() is not None


def _compare_and_set(session: Session, clip: Clip, *, seen: ClipState, to: ClipState, reason: str) -> None:
    """The compare-and-set. The reason is compared too: together with the state it is what a person saw."""
    moved = session.exec(
        update(Clip)
        .where(col(Clip.id) == clip.id, col(Clip.state) == seen, col(Clip.reason) == clip.reason)
        .values(state=to, reason=reason)
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount == 1:
        return
    session.refresh(clip)
    raise Stale(
        "Somebody else was faster: clip {clip} is {now} now.",
        state=clip.state.value,
        hint="Look at it again.",
        clip=clip.id,
        now=clip.state.value,
    )


def _clip(session: Session, clip_id: int) -> Clip:
    clip = session.get(Clip, clip_id)
    if clip is None:
        raise _no_clip(clip_id)
    return clip


def _no_clip(clip_id: int) -> NotFound:
    return NotFound("There is no clip {clip}.", clip=clip_id)


def _owner(session: Session, clip: Clip) -> Campaign:
    campaign = session.get(Campaign, clip.campaign_id)
    assert campaign is not None  # a foreign key
    return campaign


def _in_order(campaign: Campaign, state: ClipState | None) -> Any:
    wanted = select(Clip).where(Clip.campaign_id == campaign.id)
    if state is not None:
        wanted = wanted.where(Clip.state == state)
    return wanted.order_by(col(Clip.published_at), col(Clip.id))


def _in_doubt() -> tuple[Any, ...]:
    return col(Clip.doubt) != Doubt.none, col(Clip.state).not_in([ClipState.withdrawn, ClipState.rejected])


def _place(session: Session, campaign: Campaign, clip_id: int | None) -> tuple[Any, Any] | None:
    clip = session.get(Clip, clip_id) if clip_id is not None else None
    if clip is None or clip.campaign_id != campaign.id:
        return None
    return (clip.published_at, clip.id)


def _decisions(session: Session, clip_id: int) -> list[Decision]:
    return list(session.exec(_DECISIONS, params={"clip": clip_id}))


def _history(session: Session, clip_id: int, decisions: Sequence[Decision], zone: tzinfo) -> list[HistoryEntry]:
    undone = {decision.undoes for decision in decisions}
    events = session.exec(_EVENTS, params={"clip": clip_id})
    entries = [(row.at, _told(row, undone=row.id in undone, zone=zone)) for row in decisions]
    entries += [(event.at, _happened(event, zone)) for event in events]
    entries.sort(key=lambda entry: entry[0])  # stable: decisions of one moment keep their order
    return [entry for _at, entry in entries]


def _told(decision: Decision, *, undone: bool, zone: tzinfo) -> HistoryEntry:
    return HistoryEntry(
        at=decision.at.astimezone(zone).isoformat(),
        person=decision.person,
        verdict=decision.verdict,
        changes={},
        scope="",
        reason=decision.reason if decision.verdict not in (Verdict.undo, Verdict.keep) else "",
        id=decision.id,
        from_state=decision.from_state,
        to_state=decision.to_state,
        undone=undone,
    )


def _happened(event: Event, zone: tzinfo) -> HistoryEntry:
    """What was corrected stands in `changes`, what was agreed in `scope`."""
    details = dict(event.details)
    changes = {field: details.pop(field) for field, value in event.details.items() if isinstance(value, list)}
    return HistoryEntry(
        at=event.at.astimezone(zone).isoformat(),
        person=event.person,
        verdict=event.what,
        changes=changes,
        scope=details.pop("scope", ""),
        reason=rules.DOUBTS.get(details.get("why", "")) or _said(details),
    )


def _said(details: Mapping[str, Any]) -> str:
    """What somebody wrote below the post, the name of a file, the number of a hand-in."""
    if isinstance(said := details.get("comment"), Mapping):
        return f"{said['author'] or '?'}: {said['text']}"
    told = [as_sentence(value) for field, value in details.items() if value and field not in _OUR_NUMBERS]
    return joined(*told, by="; ")


_OUR_NUMBERS = {"video", "campaign"}
"""Fields of events that tell people nothing."""


def _whole(session: Session, clip: Clip) -> ClipDetails:
    campaign = _owner(session, clip)
    relatives: Sequence[Clip] = []
    if clip.family is not None:
        relatives = session.exec(
            _in_order(campaign, None).where(Clip.family == clip.family, Clip.id != clip.id).limit(CHUNK)
        ).all()
    decisions = _decisions(session, need_id(clip))
    last = rules.standing(decisions)
    return widened(
        ClipDetails,
        _views(session, campaign, [clip])[0],
        history=_history(session, need_id(clip), decisions, _zone(campaign)),
        family_members=_views(session, campaign, relatives),
        last_decision=None if last is None else StandingDecision(need_id(last), last.verdict, last.person),
        card=[row.clip_id for row in cards.members(session, need_id(clip))],
    )


def _zone(campaign: Campaign) -> ZoneInfo:
    return ZoneInfo(campaign.tz)


def described(session: Session, campaign: Campaign, clips: Sequence[Clip]) -> list[ClipView]:
    """Up to CHUNK clips of a campaign as `listing` gives them, inside a unit of work, in the order given."""
    return _views(session, campaign, clips)


def _chunks(clips: Sequence[Clip]) -> Iterator[Sequence[Clip]]:
    """Small enough for one `IN (…)` on every database."""
    for start in range(0, len(clips), CHUNK):
        yield clips[start : start + CHUNK]


def _views(session: Session, campaign: Campaign, clips: Sequence[Clip]) -> list[ClipView]:
    if not clips:
        return []
    ids = [clip.id for clip in clips if clip.id is not None]
    zone = _zone(campaign)
    numbers = {clip.video_id for clip in clips}
    videos = {row.id: row for row in session.exec(_VIDEOS, params={"videos": list(numbers)})}
    looks = _looks(session, {clip.sha256 for clip in clips})
    posts = _posts(session, campaign, ids, zone)
    agreed, returned = consents.current(session, ids), turns.returned_since(session, ids)
    return [
        _view(
            clip,
            videos[clip.video_id],
            looks[clip.sha256],
            posts.get(need_id(clip), []),
            agreed.get(need_id(clip)),
            campaign,
            returned.get(need_id(clip)),
        )
        for clip in clips
    ]


def _view(
    clip: Clip,
    video: Video,
    look: Any,
    posts: list[ClipPostView],
    agreed: Consent | None,
    campaign: Campaign,
    returned: datetime | None,
) -> ClipView:
    return ClipView(
        id=need_id(clip),
        campaign=campaign.slug,
        state=clip.state,
        reason=clip.reason,
        doubt=clip.doubt,
        network=video.network,
        owner_id=video.owner_id,
        video_id=video.video_id,
        url=video.url,
        title=video.title,
        author=video.author,
        published_at=clip.published_at.astimezone(_zone(campaign)).isoformat(),
        posts=posts,
        participant=ParticipantView(clip.name, clip.town, clip.district, clip.age, clip.relation),
        quote=clip.quote,
        origin=clip.origin,
        text_author=clip.text_author,
        consent=ConsentView(agreed.scope, agreed.evidence) if agreed is not None else None,
        sha256=clip.sha256,
        duration=round(look.duration, 3),
        width=look.width,
        height=look.height,
        family=clip.family,
        flags=list(look.flags),
        finding=look.finding,
        finding_reason=look.reason,
        poster=look.poster,
        storyboard=look.storyboard,
        proxy=look.proxy,
        returned=local(campaign, returned).isoformat(timespec="seconds") if returned is not None else "",
    )


def _looks(session: Session, hashes: Iterable[str]) -> Mapping[str, Any]:
    """The inspections without their fingerprints, which weigh more than all the rest."""
    return {row.sha256: row for row in run(session, _LOOKS, hashes=list(hashes))}


def _posts(session: Session, campaign: Campaign, clip_ids: list[int], zone: tzinfo) -> dict[int, list[ClipPostView]]:
    """Every post that carries the clip, oldest first; `match` is None where the campaign does not know the post."""
    rows = run(session, _POSTS, campaign=campaign.id, clips=clip_ids)
    found: dict[int, dict[int, ClipPostView]] = {}
    for clip_id, post_id, url, author, text, published_at, kind in rows:
        found.setdefault(clip_id, {})[post_id] = ClipPostView(
            id=post_id,
            url=url,
            author=author,
            text=text,
            published_at=published_at.astimezone(zone).isoformat(),
            match=kind,
        )
    return {clip_id: list(posts.values()) for clip_id, posts in found.items()}


# Statements that stand ready: they are run for every page, and building them takes longer than running them

_OF_CAMPAIGN: Any = select(Clip.id).where(col(Clip.campaign_id) == bindparam("campaign"))
_BY_STATE = counting.Tallies(
    {state.value: _OF_CAMPAIGN.where(col(Clip.state) == state, ~cards.behind()) for state in ClipState}
)
_DOUBTFUL = counting.Tallies({"doubtful": _OF_CAMPAIGN.where(*_in_doubt())})
_SLUG = (
    select(Campaign.slug).join(Clip, col(Clip.campaign_id) == col(Campaign.id)).where(col(Clip.id) == bindparam("clip"))
)
_VISIBLE: Any = (
    select(Clip.id).where(col(Clip.sha256) == bindparam("sha256"), col(Clip.state) != ClipState.withdrawn).limit(1)
)
_DECISIONS = select(Decision).where(col(Decision.clip_id) == bindparam("clip")).order_by(col(Decision.id))
_CARRIED = (
    select(Sighting.post_id)
    .join(ClipVideo, col(ClipVideo.video_id) == col(Sighting.video_id))
    .where(col(ClipVideo.clip_id) == bindparam("clip"))
)
_EVENTS = (
    select(Event)
    .where(
        ((col(Event.subject) == EventSubject.clip) & (col(Event.subject_id) == bindparam("clip")))
        | ((col(Event.subject) == EventSubject.post) & col(Event.subject_id).in_(_CARRIED))
    )
    .order_by(col(Event.id))
)
_VIDEOS = select(Video).where(col(Video.id).in_(bindparam("videos", expanding=True)))
_LOOKS: Any = select(  # type: ignore[call-overload]
    Inspection.sha256,
    Inspection.duration,
    Inspection.width,
    Inspection.height,
    Inspection.flags,
    Inspection.finding,
    Inspection.reason,
    Inspection.poster,
    Inspection.storyboard,
    Inspection.proxy,
).where(col(Inspection.sha256).in_(bindparam("hashes", expanding=True)))
_POSTS: Any = (
    select(  # type: ignore[call-overload]
        ClipVideo.clip_id, Post.id, Post.url, Post.author, Post.text, Post.published_at, Match.kind
    )
    .join(Sighting, col(Sighting.video_id) == col(ClipVideo.video_id))
    .join(Post, col(Post.id) == col(Sighting.post_id))
    .outerjoin(Match, (col(Match.post_id) == col(Post.id)) & (col(Match.campaign_id) == bindparam("campaign")))
    .where(col(ClipVideo.clip_id).in_(bindparam("clips", expanding=True)))
    .order_by(col(Post.published_at), col(Post.id))
)
