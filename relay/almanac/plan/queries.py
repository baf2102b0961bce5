"""Almanacs: which clips, in which order, under which name. A plan is rows; making the film is render.py's.

What may be in a film: clips that are approved now and that relay/permissions lets go out with it. A clip in doubt (its
post is gone) keeps its place in the plan, and is in no film until a person has kept it.

The rules (rules.py) choose and order; what a person did by hand (edits.py) stays through every later run of them.
"""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from relay.almanac.cards.pacing import reading_seconds
from relay.almanac.film.footage import Footage, footage, turned
from relay.almanac.formats import House
from relay.almanac.plan import name_reading, rules, store, voices
from relay.almanac.plan.document import ClipPiece, PlanDocument, in_order, in_text
from relay.almanac.plan.naming import Naming, credited
from relay.almanac.plan.rules import Candidate, Proposal
from relay.almanac.plan.store import Draft
from relay.config import Settings
from relay.context import Relay
from relay.errors import Refused
from relay.models import (
    Almanac,
    Campaign,
    Clip,
    ClipReview,
    ClipState,
    Doubt,
    EventKind,
    Inspection,
    LeftOut,
    Quote,
    Render,
    Segment,
    SegmentPin,
    Video,
    need_id,
)
from relay.permissions import gate, standing, views
from relay.permissions.rules import FILM, Permission, Use, uses_of
from relay.permissions.views import ClipPermissionView
from relay.recordings import cards
from relay.recordings.origins import origin_of
from relay.records import add_event, find_campaign, local
from relay.sources import networks
from relay.store import add_new
from relay.views import key

find = store.find
NAME_LENGTH = 64
ALL_APPROVED = {"clips": "approved"}


@dataclass(frozen=True, slots=True)
class SegmentView:
    """The part of a clip that a film uses, in seconds and in frames; `by_hand`: what of it a person set.

    `unread`: says that its name can't be read in that time, and what to do; empty where it can. `sentences`: first and
    last of the film's text that are read in this piece, counted from 1; None in other films.
    """

    clip: int
    start: float = field(metadata=key("in"))
    end: float = field(metadata=key("out"))
    in_frame: int
    out_frame: int
    name: str
    town: str
    by_hand: list[str]
    pinned: SegmentPin
    unread: str = ""
    sentences: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class LeftOutView:
    """A clip that a person took out of a film."""

    clip: int
    reason: str
    person: str


@dataclass(frozen=True, slots=True)
class RenderView:
    """A finished version. Files are absolute paths, `duration` and `seconds`, which it took, are seconds."""

    version: int
    file: str
    manifest: str
    duration: float
    frames: int
    sha256: str
    loudness: float | None
    shots_encoded: int
    shots_reused: int
    seconds: float
    format: str
    poster: str
    at: str


@dataclass(frozen=True, slots=True)
class PlanView:
    """An almanac: its segments in order, and its finished versions, oldest first. `version` names this state of it.

    `uses`: where it goes besides being shown. `lacking`: clips that lack permission for it, those of the plan first,
    then approved ones that were kept out for it.
    """

    name: str
    title: str
    subtitle: str
    campaign: str
    fps: int
    rules: Mapping[str, str]
    version: str
    segments: list[SegmentView]
    left_out: list[LeftOutView]
    renders: list[RenderView]
    uses: list[str]
    lacking: list[ClipPermissionView]


@dataclass(frozen=True, slots=True)
class ProposalView:
    """What the rules propose about a clip; `sentence` is a message id that says why.

    `hand`: it undoes a person's work, and is done only when the clip is named. `must`: the clip may not be shown.
    """

    kind: rules.ProposalKind
    clip: int
    name: str
    town: str
    after: int | None
    reason: rules.Reason
    sentence: str
    hand: bool
    must: bool


def new(
    relay: Relay,
    slug: str,
    name: str,
    *,
    title: str = "",
    all_approved: bool = False,
    given: Mapping[str, str] | None = None,
    may_wait: bool = False,
    person: str = "",
) -> Almanac:
    """An almanac: empty, with every approved clip in the order of publication, or with what the rules `given` choose.

    `title` stands on the opening card; without one the campaign's does. `given`: see rules.NAMES. `may_wait`: while no
    clip is approved, or nobody reads a sentence of its text, it waits with its rules and is empty. Raises NotFound, and
    Refused for a name that is taken or unfit, for rules that are none, or when no clip is approved.
    """
    name = checked_name(name)
    kept = {**rules.CHOOSING, **given} if given else ALL_APPROVED if all_approved else {}
    rules.read(kept)
    with relay.transaction() as session:
        campaign = find_campaign(session, slug)
        almanac = Almanac(
            campaign_id=need_id(campaign),
            name=name,
            title=" ".join(title.split()) or campaign.title,
            rules=kept,
            created_at=relay.now(),
        )
        if not add_new(session, almanac):
            raise Refused(
                "There is already an almanac {name} in {slug}.", hint="Take another name.", name=name, slug=slug
            )
        almanac = find(session, slug, name)
        if kept and not (may_wait and not approved(session, campaign, now=relay.now())):
            before = store.load(session, almanac)
            draft = Draft(session, campaign, almanac, before, before, relay.now())
            try:
                follow_rules(relay, draft)
            except voices.NotYetRead:
                if not may_wait:
                    raise
            store.save(session, almanac, before, draft.sheet, relay=relay, person=person)
        add_event(session, relay.now(), almanac, EventKind.planned, person, clips=len(_segments(session, almanac)))
    return almanac


def plan(
    relay: Relay,
    slug: str,
    name: str,
    *,
    given: Mapping[str, str] | None = None,
    only: Collection[int] | None = None,
    person: str = "",
    seen: str = "",
) -> Almanac:
    """Follows the rules again: all that they propose and that undoes no person's work, or what they propose for `only`.

    `given`: rules that change, or new ones. What may not be shown any more leaves in any case; in and out points and
    card texts stay as they were set. Raises NotFound, Stale (see drafts.changing), and Refused when no clip is
    approved, for rules that are none, and for a clip of `only` about which nothing is proposed.
    """
    with store.changing(relay, slug, name, did="planned", person=person, seen=seen) as draft:
        if given:
            kept = {**(rules.CHOOSING if draft.sheet.rules in ({}, ALL_APPROVED) else {}), **draft.sheet.rules, **given}
            rules.read(kept)
            draft.sheet = dataclasses.replace(draft.sheet, rules=kept)
        follow_rules(relay, draft, only)
    return draft.almanac


def set_rules(
    relay: Relay, slug: str, name: str, given: Mapping[str, str], *, person: str = "", seen: str = ""
) -> None:
    """Other rules, all of them; nothing in the plan moves until somebody follows them. Raises what `plan` does."""
    kept = {**ALL_APPROVED, **given}
    rules.read(kept)
    with store.changing(relay, slug, name, did="ruled", person=person, seen=seen) as draft:
        draft.sheet = dataclasses.replace(draft.sheet, rules=kept)


def proposals(relay: Relay, slug: str, name: str, *, given: Mapping[str, str] | None = None) -> list[ProposalView]:
    """What `plan` would do, in the order of the film. Raises what `plan` does."""
    with relay.reading() as session:
        campaign, almanac = find_campaign(session, slug), find(session, slug, name)
        sheet = store.load(session, almanac)
        if given:
            sheet = dataclasses.replace(sheet, rules={**rules.CHOOSING, **sheet.rules, **given})
        found = proposed(session, relay.settings, campaign, almanac, sheet, now=relay.now()).found
        people = _people(session, [one.clip for one in found])
    return [_proposal_view(one, people) for one in found]


def follow_rules(relay: Relay, draft: Draft, only: Collection[int] | None = None) -> None:
    """Sets the draft's sheet to what the rules make of it, and its chapters. `only`: see `plan`."""
    aim = aim_of(relay, draft)
    for clip in only or ():
        if clip not in {one.clip for one in aim.found}:
            raise Refused("The rules propose nothing about clip {clip}.", clip=clip)
    if only is not None and draft.sheet.rules.get("voices"):
        leaving = {one.clip for one in aim.found if one.kind is rules.ProposalKind.remove}
        among = ({*draft.sheet.order, *only}) - leaving.intersection(only)
        aim = aim_of(relay, draft, among=among)
        only = {*only, *(one.clip for one in aim.found if not one.hand)}
    draft.sheet = aim.followed(draft.sheet, only)
    store.set_chapters(draft.session, draft.almanac, draft.sheet, aim.pool)


@dataclass(frozen=True, slots=True)
class PlanAim:
    """Proposals, the order that all of them lead to, what there was to choose from, and the pieces of clips in it."""

    found: Sequence[Proposal]
    target: Sequence[int]
    pool: Sequence[Candidate]
    pieces: Mapping[int, tuple[ClipPiece, ...]]

    def followed(self, sheet: PlanDocument, named: Collection[int] | None) -> PlanDocument:
        """The plan after the proposals, or those of the clips `named` (rules.accept)."""
        after = in_order(sheet, rules.accept(sheet.order, self.target, self.found, named))
        rows = tuple(dataclasses.replace(row, pieces=self.pieces.get(row.clip, ())) for row in after.rows)
        return dataclasses.replace(after, rows=rows)


def aim_of(relay: Relay, draft: Draft, among: Collection[int] | None = None) -> PlanAim:
    """As `proposed`, of a draft."""
    return proposed(
        draft.session, relay.settings, draft.campaign, draft.almanac, draft.sheet, among=among, now=draft.now
    )


def proposed(
    session: Session,
    settings: Settings,
    campaign: Campaign,
    almanac: Almanac,
    sheet: PlanDocument,
    *,
    among: Collection[int] | None = None,
    now: datetime,
) -> PlanAim:
    """What the rules make of a plan; `among`: if they may choose from these clips only. Raises Refused."""
    pool = candidates(session, settings, campaign, almanac, sheet, now=now)
    fit = pool if among is None else [one for one in pool if one.clip in among]
    aim = chosen(session, settings, campaign, almanac, sheet, fit)
    target = in_order(sheet, rules.merge(sheet.order, aim.choice.order, sheet.placed)).order
    was = {row.clip: row.pieces for row in sheet.rows}
    recut = {
        clip: rules.Reason.sentences if aim.pieces.get(clip) else rules.Reason.whole
        for clip in target
        if clip in was and was[clip] != aim.pieces.get(clip, ())
    }
    allowed = {one.clip for one in pool}
    found = rules.propose(sheet.order, target, aim.choice, allowed=allowed, hand=sheet.touched, recut=recut)
    return PlanAim(found, target, pool, aim.pieces)


def chosen(
    session: Session,
    settings: Settings,
    campaign: Campaign,
    almanac: Almanac,
    sheet: PlanDocument,
    pool: Sequence[Candidate],
) -> voices.VoicesChoice:
    given = rules.read(sheet.rules)
    if given.voices:
        fps = house_of(settings, almanac).fps
        return voices.choose(session, campaign, pool, given, sheet.rows, sheet.left_out, fps)
    return voices.VoicesChoice(
        rules.choose(
            pool,
            given,
            kept=sheet.touched,
            left_out=sheet.left_out,
            opening=sheet.pinned(SegmentPin.opening),
            closing=sheet.pinned(SegmentPin.closing),
        )
    )


def candidates(
    session: Session, settings: Settings, campaign: Campaign, almanac: Almanac, sheet: PlanDocument, *, now: datetime
) -> list[Candidate]:
    """What may be in the film, in the order of publication. Raises Refused when no clip is approved."""
    clips = approved(session, campaign, doubtful=True, uses=uses_of(almanac.uses), now=now)
    if all(clip.doubt for clip in clips):
        raise Refused(
            "No clip of {slug} is approved yet, so there is nothing to make a film of.",
            hint="Approve some at the desk, or with: relay clip approve",
            slug=campaign.slug,
        )
    planned = set(sheet.order)
    may = [clip for clip in clips if not clip.doubt or clip.id in planned]
    looks = {one.sha256: one for one in _some(session, Inspection, "sha256", [clip.sha256 for clip in may])}
    videos = {one.id: one for one in _some(session, Video, "id", [clip.video_id for clip in may])}
    others = (
        select(Segment.clip_id)
        .join(Almanac, col(Almanac.id) == col(Segment.almanac_id))
        .where(Almanac.campaign_id == campaign.id, Almanac.id != almanac.id)
    )
    used, house, trims = set(session.exec(others)), house_of(settings, almanac), {row.clip: row for row in sheet.rows}
    proposed = reviews(session, [need_id(clip) for clip in may])
    numbers = set(session.exec(select(Quote.number).where(Quote.campaign_id == campaign.id)))
    found = []
    for clip in may:
        look, row = looks[clip.sha256], trims.get(need_id(clip))
        usable = first, last = proposed_bounds(proposed.get(clip.id), house, footage_of(look).frames(house))
        if row is not None:
            first, last = row.bounds(first, last, footage_of(look).frames(house))
        found.append(
            Candidate(
                clip=need_id(clip),
                seconds=max(0.0, (last - first - house.fade) / house.fps),
                district=clip.district,
                quote=clip.quote,
                origin=origin_of(clip.origin, clip.quote, numbers),
                age=rules.age_of(clip.age),
                authors=_authors(clip, videos.get(clip.video_id)),
                family=clip.family,
                flags=tuple(look.flags),
                used=clip.id in used,
                recording=clip.sha256,
                usable=usable,
                naming=reading_seconds(clip.name, clip.town) if house.strip_seconds else 0.0,
            )
        )
    return found


def show(relay: Relay, slug: str, name: str) -> PlanView:
    """Raises NotFound."""
    with relay.reading() as session:
        return _shown(session, relay.settings, find_campaign(session, slug), find(session, slug, name), relay.now())


def listing(relay: Relay, slug: str) -> list[PlanView]:
    """The campaign's almanacs as `show` gives them, oldest first."""
    with relay.reading() as session:
        campaign = find_campaign(session, slug)
        almanacs = session.exec(
            select(Almanac).where(Almanac.campaign_id == campaign.id).order_by(col(Almanac.id))
        ).all()
        return [_shown(session, relay.settings, campaign, almanac, relay.now()) for almanac in almanacs]


@dataclass(frozen=True, slots=True)
class Entry:
    """A segment with all that is known about its clip. `permission`: whether it may go out with this film.

    `review`: what a moderator proposes for its picture, which counts where no editor has set anything else. `part`:
    which of its pieces it is, where the film shows several (`played`); `named`: its name stands there.
    """

    segment: Segment
    clip: Clip
    inspection: Inspection
    permission: Permission
    review: ClipReview | None = None
    adults: Naming = Naming.full
    children: Naming = Naming.full
    part: int | None = None
    named: bool = True

    @property
    def free(self) -> bool:
        return self.permission.passes

    @property
    def footage(self) -> Footage:
        return footage_of(self.inspection, self.turn)

    @property
    def turn(self) -> int:
        return self.review.turn if self.review is not None else 0

    @property
    def name(self) -> str:
        return self.clip.name if self.segment.name is None else self.segment.name

    @property
    def credited(self) -> str:
        """The name as the film says it; what an editor typed for this film stands as it was typed."""
        if self.segment.name is not None:
            return self.segment.name
        return credited(self.clip.name, self.clip.age, adults=self.adults, children=self.children)

    @property
    def town(self) -> str:
        return self.clip.town if self.segment.town is None else self.segment.town

    def spans(self, house: House) -> list[tuple[int, int]]:
        """First frame, and the one after the last, of each piece that is used, at the film's rate."""
        available = self.footage.frames(house)
        return store.row_of(self.segment).cut(*proposed_bounds(self.review, house, available), available)

    def bounds(self, house: House) -> tuple[int, int]:
        """Of the piece that it is, or from the first to the last one's end."""
        spans = self.spans(house)
        return spans[self.part] if self.part is not None else (spans[0][0], spans[-1][1])

    def unread(self, house: House) -> str:
        """What there is to say about a name that can't be read in its clip; empty for one that can."""
        if not self.named:
            return ""
        spans = self.spans(house) if self.part is None else [self.bounds(house)]
        room = 0 if self.segment.pieces else self.footage.frames(house)
        told = [
            name_reading.unread(self.name, self.town, last - first, room or last - first, house)
            for first, last in spans
        ]
        return told[0].sentence if told[0] is not None and None not in told else ""

    def points(self, house: House) -> tuple[int, int | None]:
        """As `bounds`; the clip's own end is None, which is its end at any other rate too."""
        if self.review is None and not self.segment.pieces:
            return self.segment.first, self.segment.last
        first, last = self.bounds(house)
        return first, None if last >= self.footage.frames(house) else last


def played(session: Session, almanac: Almanac, house: House, *, now: datetime) -> list[Entry]:
    """What the film shows, one after the other: of clips that stand in it in pieces each piece. A clip's name stands
    over the first one that is long enough to read it, else over the longest.
    """
    rows = entries(session, almanac, now=now)
    found = []
    for place, number in in_text([store.row_of(entry.segment) for entry in rows]):
        entry = rows[place]
        lengths = [last - first for first, last in entry.spans(house)]
        if not entry.segment.pieces:
            found.append(entry)
        elif lengths[number]:
            reading = house.frames(reading_seconds(entry.name, entry.town))
            named = next((at for at, frames in enumerate(lengths) if frames >= reading), lengths.index(max(lengths)))
            found.append(dataclasses.replace(entry, part=number, named=number == named))
    return found


def shown_in(almanac: Almanac) -> tuple[Any, ...]:
    """Conditions on Segment and Clip: no film may show clips again that are withdrawn, or in doubt."""
    is_sure = (col(Clip.doubt) == Doubt.none) | (col(Clip.state) != ClipState.approved)
    return col(Segment.almanac_id) == almanac.id, col(Clip.state) != ClipState.withdrawn, is_sure


def entries(session: Session, almanac: Almanac, *, now: datetime, only: Sequence[int] | None = None) -> list[Entry]:
    """The plan's segments in order, without clips that no film may show again. `only`: of these few clips."""
    wanted = [] if only is None else [col(Segment.clip_id).in_(only)]
    rows = session.exec(
        select(Segment, Clip, Inspection)
        .join(Clip, col(Segment.clip_id) == col(Clip.id))
        .join(Inspection, col(Inspection.sha256) == col(Clip.sha256))
        .where(*shown_in(almanac), *wanted)
        .order_by(col(Segment.position), col(Segment.id))
    ).all()
    clips = [need_id(clip) for _, clip, _ in rows]
    permitted = standing.of_clips(session, clips, uses=uses_of(almanac.uses), now=now)
    proposed = reviews(session, clips)
    adults, children = naming_of(almanac)
    return [
        Entry(segment, clip, seen, permitted[need_id(clip)], proposed.get(clip.id), adults, children)
        for segment, clip, seen in rows
    ]


def language_of(campaign: Campaign, almanac: Almanac) -> str:
    """Of what stands on a film's cards: the film's own, or the campaign's."""
    return str(almanac.style.get("language") or campaign.language)


def naming_of(almanac: Almanac) -> tuple[Naming, Naming]:
    """How a film names adults, and children."""
    style = almanac.style
    return Naming(style.get("names", Naming.full)), Naming(style.get("children", Naming.full))


def reviews(session: Session, clip_ids: Sequence[int]) -> dict[int | None, ClipReview]:
    """What moderators propose for the pictures of clips (relay/moderation/clip_reviews.py); most clips have nothing."""
    newest: dict[int | None, ClipReview] = {}
    for start in range(0, len(clip_ids), 500):
        some = col(ClipReview.clip_id).in_(clip_ids[start : start + 500])
        newest |= {
            row.clip_id: row for row in session.exec(select(ClipReview).where(some).order_by(col(ClipReview.id)))
        }
    return newest


def proposed_bounds(review: ClipReview | None, house: House, available: int) -> tuple[int, int]:
    """What a moderator proposes to use of a clip, in frames of the film; all of it where nothing would be left."""
    if review is None:
        return 0, available
    first = house.frames((review.begins or 0) / 1000)
    last = available if review.ends is None else min(available, house.frames(review.ends / 1000))
    return (first, last) if first < last else (0, available)


def approved(
    session: Session,
    campaign: Campaign,
    *,
    doubtful: bool = False,
    uses: Collection[Use] = FILM,
    now: datetime,
) -> list[Clip]:
    """Clips that may be in a film, in the order in which they were published; `doubtful`: also those in doubt.

    Of those that share a card only the one in front.
    """
    sure = [] if doubtful else [Clip.doubt == Doubt.none]
    clips = session.exec(
        select(Clip)
        .where(Clip.campaign_id == campaign.id, Clip.state == ClipState.approved, ~cards.behind(), *sure)
        .order_by(col(Clip.published_at), col(Clip.id))
    ).all()
    closed = gate.stopped(session, [need_id(clip) for clip in clips], uses=uses, now=now)
    return [clip for clip in clips if clip.id not in closed]


def footage_of(inspection: Inspection, turn: int = 0) -> Footage:
    """`turn`: degrees clockwise by which a moderator has set the picture upright."""
    whole = footage(
        inspection.sha256,
        width=inspection.width,
        height=inspection.height,
        seconds=inspection.duration,
        has_audio=inspection.has_audio,
        technical=inspection.technical,
    )
    return turned(whole, turn) if turn else whole


def house_of(settings: Settings, almanac: Almanac | None = None) -> House:
    """The settings' house format, with what the almanac's `style` changes in it."""
    house = House(preset=settings.film_preset, crf=settings.film_crf, loudness=settings.loudness)
    known = {entry.name for entry in dataclasses.fields(House)}
    changes = {name: value for name, value in (almanac.style if almanac else {}).items() if name in known}
    return dataclasses.replace(house, **changes)


def checked_name(name: str) -> str:
    """A name as people write it, in any script; it stands in addresses, so it has no slash. Raises Refused."""
    name = unicodedata.normalize("NFC", " ".join(name.split()))
    odd = any(unicodedata.category(letter)[0] == "C" for letter in name)
    if not name or len(name) > NAME_LENGTH or odd or set(name) & set("/\\?#%") or name.strip(".") == "":
        raise Refused(
            "An almanac can't be called {name}.",
            hint="Take up to 64 letters, digits, spaces and dashes.",
            name=repr(name),
        )
    return name


def _segments(session: Session, almanac: Almanac) -> Sequence[Segment]:
    return session.exec(select(Segment).where(Segment.almanac_id == almanac.id)).all()


def _authors(clip: Clip, video: Video | None) -> frozenset[str]:
    """Whatever tells the participant: the account that owns the video, and the name with the town."""
    found = set()
    has_owner = video is not None and networks.describe(video.network).owners.is_participant
    if video is not None and has_owner and not video.owner_id.startswith("-"):
        found.add(f"{video.network}:{video.owner_id}")
    if clip.name:
        found.add(f"{clip.name}, {clip.town}".casefold().replace("ё", "е"))
    return frozenset(found)


def _people(session: Session, clip_ids: Sequence[int]) -> dict[int, Clip]:
    return {need_id(clip): clip for clip in _some(session, Clip, "id", clip_ids)}


def _some(session: Session, table: Any, column: str, values: Sequence[Any]) -> list[Any]:
    """Rows by their keys, as many in one question as every database takes."""
    return [
        row
        for start in range(0, len(values), 500)
        for row in session.exec(select(table).where(getattr(table, column).in_(values[start : start + 500])))
    ]


def still_free(session: Session, clip_ids: Sequence[int], *, uses: Collection[Use] = FILM, now: datetime) -> set[int]:
    """Those of these clips that are approved, beyond doubt and permitted, whatever plan they stand in."""
    clips = _some(session, Clip, "id", clip_ids)
    sure = {need_id(clip) for clip in clips if clip.state is ClipState.approved and clip.doubt is Doubt.none}
    return sure - gate.stopped(session, clip_ids, uses=uses, now=now).keys()


def _shown(session: Session, settings: Settings, campaign: Campaign, almanac: Almanac, now: datetime) -> PlanView:
    house = house_of(settings, almanac)
    shown = select(Render).where(Render.almanac_id == almanac.id, col(Render.closed_at).is_(None))
    renders = session.exec(shown.order_by(col(Render.version))).all()
    return PlanView(
        name=almanac.name,
        title=almanac.title,
        subtitle=almanac.subtitle,
        campaign=campaign.slug,
        fps=house.fps,
        rules=almanac.rules,
        version=store.load(session, almanac).token,
        segments=[_segment_view(entry, house) for entry in played(session, almanac, house, now=now)],
        left_out=[
            LeftOutView(row.clip_id, row.reason, row.person)
            for row in session.exec(select(LeftOut).where(LeftOut.almanac_id == almanac.id).order_by(col(LeftOut.id)))
        ],
        renders=[_render_view(campaign, render, settings) for render in renders],
        uses=list(almanac.uses),
        lacking=lacking(session, campaign, almanac, now=now),
    )


def lacking(
    session: Session, campaign: Campaign, almanac: Almanac, *, outside: bool = True, now: datetime
) -> list[ClipPermissionView]:
    """Clips of the plan of which something has to be told; `outside`: and approved ones that may not come in."""
    inside = select(Segment.clip_id).join(Clip, col(Clip.id) == col(Segment.clip_id))
    inside = inside.where(Segment.almanac_id == almanac.id, Clip.state != ClipState.withdrawn)
    planned = list(session.exec(inside.order_by(col(Segment.position), col(Segment.id))))
    left_out = select(LeftOut.clip_id).where(LeftOut.almanac_id == almanac.id)
    taken = select(Clip.id).where(Clip.campaign_id == campaign.id, Clip.state == ClipState.approved, ~cards.behind())
    taken = taken.where(col(Clip.id).not_in(left_out)).order_by(col(Clip.id))
    rows, inside_already = session.exec(taken).all() if outside else [], set(planned)
    others = [number for number in rows if number is not None and number not in inside_already]
    found = standing.whole(session, [*planned, *others], uses=uses_of(almanac.uses), now=now)
    told = [one for one in planned if found[one].permission.closed or found[one].permission.open]
    told += [one for one in others if not found[one].permission.passes]
    return views.of_standings(session, told, found)


def _segment_view(entry: Entry, house: House) -> SegmentView:
    first, last = entry.bounds(house)
    return SegmentView(
        clip=need_id(entry.clip),
        start=round(first / house.fps, 6),
        end=round(last / house.fps, 6),
        in_frame=first,
        out_frame=last,
        name=entry.name,
        town=entry.town,
        by_hand=list(entry.segment.by_hand),
        pinned=entry.segment.pinned,
        unread=entry.unread(house),
        sentences=_sentences(entry),
    )


def _sentences(entry: Entry) -> tuple[int, int] | None:
    if entry.part is None:
        return None
    at, end, *_ = entry.segment.pieces[entry.part]
    return at + 1, end


def _proposal_view(one: Proposal, people: Mapping[int, Clip]) -> ProposalView:
    clip = people.get(one.clip)
    return ProposalView(
        kind=one.kind,
        clip=one.clip,
        name=clip.name if clip is not None else "",
        town=clip.town if clip is not None else "",
        after=one.after,
        reason=one.reason,
        sentence=rules.SENTENCES[one.reason],
        hand=one.hand,
        must=one.must,
    )


def _render_view(campaign: Campaign, render: Render, settings: Settings) -> RenderView:
    """Paths are absolute: scripts read them from anywhere."""
    folder = settings.data_dir.absolute()
    return RenderView(
        version=render.version,
        file=str(folder / render.file),
        manifest=str(folder / render.manifest),
        duration=round(render.frames / render.fps, 6),
        frames=render.frames,
        sha256=render.sha256,
        loudness=render.loudness,
        shots_encoded=render.shots_encoded,
        shots_reused=render.shots_reused,
        seconds=render.seconds,
        format=render.format,
        poster=str(folder / render.poster) if render.poster else "",
        at=local(campaign, render.at),
    )
