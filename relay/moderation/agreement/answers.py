"""The author's side: what the page of a link shows, and what becomes of the answer. Each answer is a new consent.

A yes of somebody under 18 counts only with a parent or guardian. A no, and taking the video back, need nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from sqlalchemy import update
from sqlmodel import Session, col

from relay.context import Relay
from relay.errors import Refused
from relay.language.sentence import filled
from relay.language.text import one_line
from relay.models import (
    Campaign,
    Clip,
    ClipState,
    ConsentAsk,
    ConsentScope,
    ConsentWay,
    EventKind,
    Video,
    need_id,
)
from relay.moderation.agreement import links, wording
from relay.moderation.review.answers import PARTICIPANT
from relay.permissions import notes, standing
from relay.permissions.notes import ConsentTerms, ShownWords
from relay.permissions.rules import Use, is_minor
from relay.records import add_event


@dataclass(frozen=True, slots=True)
class GivenConsent:
    """What the author ticked and wrote. `refused`: no, to everything. `until`: ISO, or empty for no end."""

    name: str = ""
    uses: frozenset[Use] = frozenset()
    until: str = ""
    minor: bool = False
    guardian: str = ""
    guardian_agreed: bool = False
    refused: bool = False


@dataclass(frozen=True, slots=True)
class StandingAnswer:
    """What was agreed last: `scope` empty where nothing was. `words` as they were shown."""

    scope: str = ""
    archive: bool = False
    broadcast: bool = False
    abroad: bool = False
    until: str = ""
    minor: bool = False
    guardian: str = ""
    name: str = ""
    words: str = ""
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class AgreePage:
    """What the page of a link shows. `is_child`: by the age on record. `answered`: by this link."""

    clip: int
    name: str
    url: str
    clip_state: ClipState
    campaign: Campaign
    is_child: bool
    answered: bool
    standing: StandingAnswer


def page(relay: Relay, secret: str) -> AgreePage:
    """Raises NotFound, in the same words for every link that does not work."""
    with relay.reading() as session:
        row = links.opened(relay, session, secret)
        clip = session.get_one(Clip, row.clip_id)
        video = session.get(Video, clip.video_id)
        return AgreePage(
            clip=need_id(clip),
            name=clip.name,
            url=video.url if video is not None and video.url.startswith(("http://", "https://")) else "",
            clip_state=clip.state,
            campaign=session.get_one(Campaign, clip.campaign_id),
            is_child=is_minor(clip.age),
            answered=row.answered_at is not None,
            standing=_standing(session, need_id(clip)),
        )


def answer(relay: Relay, secret: str, given: GivenConsent, *, language: str, visitor: str) -> None:
    """Keeps the answer with the words as they stood on the page in this `language`. `visitor`: see Consent.

    Raises NotFound; Refused for an answer that says nothing, or a child's without a guardian.
    """
    with relay.transaction() as session:
        row = links.opened(relay, session, secret)
        clip = session.get_one(Clip, row.clip_id)
        campaign = session.get_one(Campaign, clip.campaign_id)
        if clip.state is ClipState.withdrawn:
            raise Refused("The clip has been withdrawn by its participant.")
        until = _last_day(given, standing.today(campaign.tz, relay.now()))
        neat = _checked(given, is_child=is_minor(clip.age))
        guardian = neat.guardian if _is_child(neat, is_child=is_minor(clip.age)) else ""
        words = (
            wording.refused(language)
            if neat.refused
            else wording.agreed(campaign, neat.uses, language, until=until, guardian=guardian)
        )
        shown = ShownWords("\n".join(words), neat.name, language, visitor, ConsentWay.link)
        consent = notes.append(
            session,
            need_id(clip),
            _scope(neat),
            " ".join((*words, f"— {neat.name}")),
            person=PARTICIPANT,
            now=relay.now(),
            terms=ConsentTerms(
                archive=Use.archive in neat.uses,
                broadcast=Use.broadcast in neat.uses,
                abroad=Use.abroad in neat.uses,
                until=until,
                for_ever=until is None,
                guardian=guardian,
            ),
            shown=shown,
        )
        consent.minor = _is_child(neat, is_child=is_minor(clip.age))
        session.add(consent)
        session.exec(update(ConsentAsk).where(col(ConsentAsk.id) == row.id).values(answered_at=relay.now()))
        details = {"scope": consent.scope, "evidence": consent.evidence}
        add_event(session, relay.now(), clip, EventKind.consent, PARTICIPANT, **details)


class WithdrawAuthorsClip(Protocol):
    """Withdraws a clip with all that follows (erasure.taking_back.withdraw)."""

    def __call__(self, relay: Relay, clip_id: int, /, *, reason: str, person: str) -> list[int]: ...


def take_back(relay: Relay, secret: str, *, words: str = "", withdraw: WithdrawAuthorsClip) -> None:
    """The author takes the clip back. Raises NotFound, Refused."""
    with relay.reading() as session:
        clip = links.opened(relay, session, secret).clip_id
    said = one_line(words, notes.LONGEST_NOTE)
    reason = filled("The author took it back on the page of their link. {words}", words=said)
    withdraw(relay, clip, reason=reason, person=PARTICIPANT)


def _checked(given: GivenConsent, *, is_child: bool) -> GivenConsent:
    """In one line each. Raises Refused."""
    neat = GivenConsent(
        one_line(given.name),
        frozenset() if given.refused else given.uses,
        given.until,
        given.minor,
        one_line(given.guardian),
        given.guardian_agreed,
        given.refused,
    )
    if len(neat.name) < 2:
        raise Refused("Write your name, so that we know who has answered.")
    if neat.refused:
        return neat
    if not neat.uses:
        raise Refused("Tick what may be done with the video, or say no.")
    if neat.uses & {Use.broadcast, Use.abroad} and Use.film not in neat.uses:
        raise Refused("To be broadcast or shown abroad, the video has to be in the film: tick that too.")
    if _is_child(neat, is_child=is_child) and not (len(neat.guardian) > 1 and neat.guardian_agreed):
        raise Refused("For a participant under 18 a parent or guardian has to agree.")
    return neat


def _is_child(given: GivenConsent, *, is_child: bool) -> bool:
    return given.minor or is_child


def _last_day(given: GivenConsent, today: date) -> date | None:
    """Raises Refused for what is no day to come."""
    last = None if given.refused else notes.day_of(given.until)
    if last is not None and last < today:
        raise Refused("The last day on which it holds lies in the past.")
    return last


def _scope(given: GivenConsent) -> ConsentScope:
    if given.refused:
        return ConsentScope.refused
    return ConsentScope.film if Use.film in given.uses else ConsentScope.archive


def _standing(session: Session, clip_id: int) -> StandingAnswer:
    """The newest consent; the words of another one than the author's own are the desk's."""
    row = standing.newest(session, [clip_id]).get(clip_id)
    if row is None:
        return StandingAnswer()
    return StandingAnswer(
        scope=row.scope.value,
        archive=bool(row.archive),
        broadcast=bool(row.broadcast),
        abroad=bool(row.abroad),
        until=row.until.isoformat() if row.until is not None else "",
        minor=row.minor,
        guardian=row.guardian if row.way is ConsentWay.link else "",
        name=row.name if row.way is ConsentWay.link else "",
        words=row.words if row.way is ConsentWay.link else "",
        is_own=row.way is ConsentWay.link,
    )
