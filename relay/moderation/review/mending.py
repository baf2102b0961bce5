"""Clips that are returned: their participant is asked for something, and answers by a private page.

The clip awaits a decision again, in nobody's queue, until an answer comes or a moderator calls it off. A mended video
takes the clip's place (relay/intake/hand_in/mended.py). Whoever has the page's link may answer: it is in the receipt of
what was handed in, or in the message that a moderator sends to the author of a post.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, func, or_, update
from sqlmodel import Session, col, select

from relay.context import Relay
from relay.errors import NotFound, Refused, Stale
from relay.installation_key import secret as server_key
from relay.language.catalogue import N_, translator
from relay.language.text import one_line
from relay.models import (
    Campaign,
    Clip,
    ClipState,
    Decision,
    EventKind,
    Mending,
    MendingState,
    Verdict,
    Video,
    need_id,
)
from relay.moderation.review import asks, opinions, second_looks, turns
from relay.moderation.rules import LONGEST_REASON
from relay.records import add_event, find_campaign, local
from relay.sources.networks import HAND_IN

GREETING = N_("Hello! Thank you for your video for “{title}”.")
WISH = N_("To take it into the film we ask you for this:")
WHERE = N_("Please answer on this page; it is yours alone, and needs no account: {link}")


@dataclass(frozen=True, slots=True)
class MendingView:
    """A returned clip. `since`: when; `days`: how long ago, whole ones; `overdue`: longer than RELAY_MENDING_DAYS.

    `asks`: codes of asks.ASKS; `brought`: what has come. `message`: what a moderator can send, in the campaign's
    language, with the `link`. `handed_in`: the participant reads the same on their receipt. `new_clip_id`: the clip
    that took the place of `clip_id`.
    """

    id: int
    clip_id: int
    sha256: str
    name: str
    author: str
    asks: list[str]
    note: str
    asked_by: str
    since: str
    days: int
    overdue: bool
    state: MendingState
    brought: list[str]
    words: str
    answered_at: str
    new_clip_id: int | None
    settled: bool
    handed_in: bool
    link: str
    message: str


def send_back(
    relay: Relay, clip_id: int, codes: Sequence[str], *, person: str, seen: ClipState | None = None, note: str = ""
) -> Mending:
    """Returns a clip to its participant, who is asked for `codes` (of asks.ASKS), all at once.

    `seen`: the state that the person saw. Raises NotFound, Refused when nothing is asked, for a withdrawn clip and for
    one that is returned already; Stale when the state is another now.
    """
    note, known = one_line(note, LONGEST_REASON), asks.tidied(codes)
    _refuse_what_says_nothing(codes, known, note)
    with relay.transaction() as session:
        clip = _clip(session, clip_id)
        session.refresh(clip, with_for_update=True)  # two who return it at once
        _refuse_what_can_not_be_returned(session, clip, seen)
        decision = Decision(
            clip_id=clip_id,
            verdict=Verdict.send_back,
            from_state=clip.state,
            to_state=ClipState.awaiting,
            person=person,
            reason=asks.reason(known, note),
            previous_reason=clip.reason,
            at=relay.now(),
        )
        session.add(decision)
        clip.state, clip.reason = ClipState.awaiting, ""
        session.flush()
        opinions.settled(session, decision)
        second_looks.overtaken(session, decision)
        settled(session, decision)
        nonce = secrets.token_urlsafe(12)
        mending = Mending(
            clip_id=clip_id,
            asks=known,
            note=note,
            asked_by=person,
            decision_id=need_id(decision),
            nonce=nonce,
            link_hash=digest_of(_secret(relay, nonce)),
            at=relay.now(),
        )
        session.add(mending)
    return mending


def call_off(relay: Relay, clip_id: int, *, person: str) -> None:
    """The clip is back in the queue as it is; the participant's page says so. Raises NotFound, Stale."""
    with relay.transaction() as session:
        clip = _clip(session, clip_id)
        moved = session.exec(
            update(Mending)
            .where(col(Mending.clip_id) == clip_id, col(Mending.state) == MendingState.open)
            .values(state=MendingState.called_off)
        )
        if moved.rowcount == 0:
            raise Stale("This clip does not wait for its participant any more.", state=clip.state.value)
        add_event(session, relay.now(), clip, EventKind.returned_called_off, person)


def of_clip(relay: Relay, clip_id: int, base_url: str) -> list[MendingView]:
    """What the clip, or the one that it took the place of, was returned for; oldest first. `base_url`: of the links."""
    with relay.reading() as session:
        return [_view(relay, *row, base_url) for row in session.exec(_OF_CLIP, params={"clip": clip_id})]


def listing(relay: Relay, slug: str, base_url: str) -> list[MendingView]:
    """Clips of a campaign that wait for their participants, longest first; then answers that nobody has judged yet."""
    with relay.reading() as session:
        campaign = find_campaign(session, slug)
        unsettled = col(Mending.state) != MendingState.called_off, col(Mending.settled_by).is_(None)
        rows = session.exec(_WHOLE.where(Clip.campaign_id == campaign.id, *unsettled))
        found = [_view(relay, *row, base_url) for row in rows]
    return sorted(found, key=lambda view: view.state is not MendingState.open)


def pair_of(session: Session, clip_ids: Sequence[int]) -> set[int]:
    """The same clips, those that took their places, and those whose places they took: one participant's."""
    known: set[int] = set(clip_ids)
    while True:
        linked = select(Mending.clip_id, Mending.new_clip_id).where(
            col(Mending.new_clip_id).is_not(None),
            or_(col(Mending.clip_id).in_(known), col(Mending.new_clip_id).in_(known)),
        )
        found = {number for row in session.exec(linked) for number in row if number is not None}
        if found <= known:
            return known
        known |= found


def settled(session: Session, decision: Decision) -> None:
    """A decision ends the waiting, and says what became of an answer."""
    about = func.coalesce(col(Mending.new_clip_id), col(Mending.clip_id)) == decision.clip_id
    unsettled = about, col(Mending.settled_by).is_(None)
    for state, then in (
        (MendingState.open, MendingState.called_off),
        (MendingState.answered, MendingState.answered),
    ):
        session.exec(
            update(Mending)
            .where(*unsettled, col(Mending.state) == state)
            .values(state=then, settled_by=decision.id)
            .execution_options(synchronize_session=False)
        )


def undone(session: Session, decision_id: int) -> None:
    """What the decision ended goes on; what it began ends."""
    of_decision = col(Mending.settled_by) == decision_id
    called_off = col(Mending.state) == MendingState.called_off
    for condition, values in (
        ((of_decision, called_off), {"state": MendingState.open, "settled_by": None}),
        ((of_decision,), {"settled_by": None}),
        (
            (col(Mending.decision_id) == decision_id, col(Mending.state) == MendingState.open),
            {"state": MendingState.called_off},
        ),
    ):
        session.exec(update(Mending).where(*condition).values(**values).execution_options(synchronize_session=False))


# The link


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def secret_of(relay: Relay, mending: Mending) -> str:
    """The answer page's secret: made of the server's key, so that it can be shown again and is stored nowhere."""
    return _secret(relay, mending.nonce)


def by_secret(session: Session, secret: str) -> Mending:
    """Raises NotFound."""
    mending = session.exec(select(Mending).where(Mending.link_hash == digest_of(secret))).first()
    if mending is None:
        raise NotFound("There is no page at this link.", hint="Look whether the link is whole.")
    return mending


def message(mending: Mending, campaign: Campaign, link: str) -> str:
    """What a moderator sends to the author of a post: in the campaign's language, a line for each thing."""
    tell = translator(campaign.language).tell
    wanted = [f"— {tell(sentence)}" for sentence in asks.sentences(mending.asks, mending.note)]
    greeting, where = tell(GREETING).format(title=campaign.title), tell(WHERE).format(link=link)
    return "\n".join((greeting, tell(WISH), *wanted, where))


def _secret(relay: Relay, nonce: str) -> str:
    made = hmac.new(server_key(relay), f"mending:{nonce}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made[:24]).decode()


# Rows


def _clip(session: Session, clip_id: int) -> Clip:
    clip = session.get(Clip, clip_id)
    if clip is None:
        raise NotFound("There is no clip {clip}.", clip=clip_id)
    return clip


def _refuse_what_says_nothing(codes: Sequence[str], known: Sequence[str], note: str) -> None:
    unknown = sorted(set(codes) - set(known))
    if unknown or not known:
        raise Refused(
            "Say what the participant is asked for.", hint="Choose among {codes}.", codes=", ".join(asks.ASKS)
        )
    if asks.OWN_WORDS in known and not note:
        raise Refused("Write in your own words what the participant is asked for.")


def _refuse_what_can_not_be_returned(session: Session, clip: Clip, seen: ClipState | None) -> None:
    if clip.state is ClipState.withdrawn:
        raise Refused("The clip has been withdrawn by its participant.", hint="Nothing can be decided about it.")
    if seen not in (None, clip.state):
        raise Stale(
            "Somebody else was faster: clip {clip} is {now} now.",
            state=clip.state.value, hint="Look at it again.", clip=clip.id, now=clip.state.value,
        )  # fmt: skip
    waits = select(Mending.id).where(Mending.clip_id == clip.id, Mending.state == MendingState.open)
    if session.exec(waits).first() is not None:
        raise Refused("Clip {clip} is returned already, and waits for its participant.", clip=clip.id)
    replaced = select(Mending.new_clip_id).where(col(Mending.clip_id) == clip.id, col(Mending.new_clip_id).is_not(None))
    if (newer := session.exec(replaced).first()) is not None:
        raise Refused("Clip {newer} has taken the place of this one.", hint="Return that one.", newer=newer)


# Statements that stand ready: building them takes longer than running them

_WHOLE = (
    select(Mending, Clip, Campaign, Video)
    .join(Clip, col(Clip.id) == col(Mending.clip_id))
    .join(Campaign, col(Campaign.id) == col(Clip.campaign_id))
    .join(Video, col(Video.id) == col(Clip.video_id))
    .order_by(col(Mending.id))
)
_OF_CLIP = _WHOLE.where(or_(col(Mending.clip_id) == bindparam("clip"), col(Mending.new_clip_id) == bindparam("clip")))


def _view(relay: Relay, mending: Mending, clip: Clip, campaign: Campaign, video: Video, base_url: str) -> MendingView:
    link = f"{base_url.rstrip('/')}/answer/{secret_of(relay, mending)}"
    return MendingView(
        id=need_id(mending),
        clip_id=mending.clip_id,
        sha256=clip.sha256,
        name=clip.name,
        author=video.author,
        asks=list(mending.asks),
        note=mending.note,
        asked_by=mending.asked_by,
        since=local(campaign, mending.at),
        days=(relay.now() - mending.at).days,
        overdue=mending.state is MendingState.open and turns.is_overdue(relay, mending),
        state=mending.state,
        brought=list(mending.brought),
        words=mending.words,
        answered_at=local(campaign, mending.answered_at) if mending.answered_at is not None else "",
        new_clip_id=mending.new_clip_id,
        settled=mending.settled_by is not None,
        handed_in=video.network == HAND_IN,
        link=link,
        message=message(mending, campaign, link),
    )
