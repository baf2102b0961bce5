"""What a campaign's organizers tell people, and campaigns that are still being thought of."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from relay.models.columns import Details, UtcDateTime


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
