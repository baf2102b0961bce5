"""A town's residents, with whatever the board counts of them, written straight into the tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import select, update

from relay.board import figures
from relay.context import Relay
from relay.models import (
    Campaign,
    CampaignState,
    Clip,
    ClipState,
    Decision,
    HandIn,
    HandInState,
    Quote,
    Source,
    Spotting,
    Verdict,
    Video,
    VideoState,
)
from tests.moderation.town import OPENS, Town

VERDICTS = {ClipState.approved: Verdict.approve, ClipState.rejected: Verdict.reject, ClipState.later: Verdict.later}


class Region(Town):
    """`region.has_reader(town="Волхов", age="44")` is a clip of somebody, approved if nothing else is said."""

    def __init__(self, relay: Relay, slug: str = "proryv80") -> None:
        super().__init__(relay, slug)

    def has_reader(self, *, state: ClipState = ClipState.approved, guardian: str = "", **told: Any) -> int:
        clip_id = self.has_clip(state=state)
        with self.relay.transaction() as session:
            clip = session.get_one(Clip, clip_id)
            for name, value in told.items():
                setattr(clip, name, value)
            if guardian:
                clip.handed_in = f"H{clip_id}"
                session.add(self._hand_in(clip.handed_in, guardian))
            session.add(clip)
        return clip_id

    def _hand_in(self, number: str, guardian: str) -> HandIn:
        words = {"number": number, "link_hash": number, "guardian": guardian, "contact": "+7 900", "consent": "Да"}
        return HandIn(campaign_id=self.campaign_id, state=HandInState.taken_in, created_at=OPENS, **words)

    def decided(self, clip_id: int, person: str, at: datetime, state: ClipState = ClipState.approved) -> None:
        with self.relay.transaction() as session:
            moved = {"from_state": ClipState.awaiting, "to_state": state, "verdict": VERDICTS[state]}
            session.add(Decision(clip_id=clip_id, person=person, at=at, **moved))

    def video_of(self, clip_id: int, **changed: Any) -> None:
        number = select(Clip.video_id).where(Clip.id == clip_id).scalar_subquery()
        with self.relay.transaction() as session:
            session.exec(update(Video).where(Video.id == number).values(**changed))

    def finds(self, clip_id: int, at: datetime, fetched: datetime | None) -> None:
        state = VideoState.fetched if fetched is not None else VideoState.found
        self.video_of(clip_id, created_at=at, fetched_at=fetched, state=state)

    def reads(self, address: str, *, district: str = "", owner: str = "", **more: Any) -> int:
        with self.relay.transaction() as session:
            source = Source(
                campaign_id=self.campaign_id, address=address, network="vk", owner_id=owner, district=district,
                created_at=OPENS, **more,
            )  # fmt: skip
            session.add(source)
        return source.id or 0

    def shows(self, source_id: int, posts: Sequence[int]) -> None:
        with self.relay.transaction() as session:
            session.add_all(Spotting(post_id=post, source_id=source_id, at=OPENS) for post in posts)

    def has_text(self, number: str, text: str) -> None:
        with self.relay.transaction() as session:
            session.add(Quote(campaign_id=self.campaign_id, number=number, text=text))

    def lasts(
        self, opens: datetime, closes: datetime, state: CampaignState = CampaignState.running, **more: Any
    ) -> None:
        with self.relay.transaction() as session:
            mine = update(Campaign).where(Campaign.id == self.campaign_id)
            session.exec(mine.values(opens_at=opens, closes_at=closes, state=state, **more))

    def board(self, **chosen: Any) -> figures.Board:
        return figures.board(self.relay, self.slug, **chosen)
