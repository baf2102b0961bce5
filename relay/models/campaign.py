"""What is collected, and until when; what its organizers tell people."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from relay.models.columns import Details, TextEnum, UtcDateTime, enum_type


class PermissionRule(StrEnum):
    """What a campaign takes for permission to show a clip.

    `public_post`: the author's public post with the tag; `asked`: a yes that somebody has noted; `written`: a yes in
    writing, by a form or with the place where it is written.
    """

    public_post = "public-post"
    asked = "asked"
    written = "written"


class PermissionGate(StrEnum):
    """What happens with a clip that lacks permission. `tell`: people are told, and it passes; `override`: it passes
    only when a named person takes it upon them, with a reason.
    """

    tell = "tell"
    override = "override"


class CampaignState(StrEnum):
    draft = "draft"
    running = "running"
    stopped = "stopped"
    archived = "archived"


class Campaign(SQLModel, table=True):
    """`opens_at` and `closes_at` bound the window that counts, both inclusive; `tz` is an IANA zone name."""

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(unique=True, max_length=64)
    title: str
    hashtags: list[str] = Field(default_factory=list, sa_type=JSON)
    aliases: list[str] = Field(default_factory=list, sa_type=JSON)
    opens_at: datetime = Field(sa_type=UtcDateTime)
    closes_at: datetime = Field(sa_type=UtcDateTime)
    tz: str
    language: str = Field(default="ru", max_length=8)
    state: CampaignState = Field(default=CampaignState.draft, sa_type=enum_type(CampaignState))
    held: bool = False
    """Stopped by hand before its closing time: it does not start again by itself."""
    last_sweep_due: bool = False
    """Stopped, but the one last sweep after the stop has not been made yet."""
    hand_in: bool = False
    """Whether the public hand-in page is open."""
    comments: bool = False
    """Whether comments are searched for the tag too (each costs calls)."""
    permission: PermissionRule = Field(default=PermissionRule.public_post, sa_type=TextEnum(PermissionRule, 16))
    """What counts as permission to show a clip in a film."""
    gate: PermissionGate = Field(default=PermissionGate.tell, sa_type=TextEnum(PermissionGate, 16))
    """What happens with a clip that lacks it."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    stopped_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class CampaignTexts(SQLModel, table=True):
    """`guidelines`: for moderators. `introduction`, `contact`: of the hand-in page. `districts`: those that the
    campaign wants to hear from, in the organizers' order. A campaign without a row has none of them.
    """

    campaign_id: int = Field(primary_key=True, foreign_key="campaign.id")
    guidelines: str = ""
    introduction: str = ""
    contact: str = ""
    districts: list[str] = Field(default_factory=list, sa_type=JSON)


class CampaignDraft(SQLModel, table=True):
    """What one person has answered of the questions of a new campaign, until it is made.

    `answers`: see relay.collect.leading.answers.SetupAnswers; `tried`: what the dry run of exactly these found.
    """

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    answers: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    tried: dict[str, Any] = Field(default_factory=dict, sa_type=Details)
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
