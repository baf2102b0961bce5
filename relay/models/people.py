"""What people at the desk may do beside their usual role, what they prove besides a password, and the tokens with
which their programs come in.
"""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from relay.models.columns import UtcDateTime, enum_type
from relay.models.moderation import Role


class CampaignRole(SQLModel, table=True):
    """What an Account may do in one campaign, instead of its usual role."""

    __table_args__ = (UniqueConstraint("account_id", "campaign_id"),)

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    campaign_id: int = Field(foreign_key="campaign.id")
    role: Role = Field(sa_type=enum_type(Role))


class SecondFactor(SQLModel, table=True):
    """`salt`: what the secret is made of, together with the key in the data folder; alone it tells nothing.

    `confirmed_at` None: begun, and not yet asked for. `last_step`: the half minute whose code was taken last.
    """

    account_id: int = Field(primary_key=True, foreign_key="account.id")
    salt: str = Field(max_length=64)
    last_step: int = 0
    begun_at: datetime = Field(sa_type=UtcDateTime)
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class RecoveryCode(SQLModel, table=True):
    """`code_hash`: sha256 of 79 random bits."""

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    code_hash: str = Field(max_length=64)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class DeskPolicy(SQLModel, table=True):
    """What an organizer demands of everybody: one row, number 1."""

    id: int | None = Field(default=None, primary_key=True)
    second_factor: bool = False


class DirectoryIdentity(SQLModel, table=True):
    """Who of a museum's directory has an Account. `subject`: the directory's own number of the person, for good."""

    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    issuer: str = Field(max_length=255)
    subject: str = Field(max_length=255)
    since: datetime = Field(sa_type=UtcDateTime)


class ApiToken(SQLModel, table=True):
    """`token_hash`: sha256 of 256 random bits. `last_address`: without its last part.

    Nothing is deleted: one that is over stands in its owner's list, and what was done with it in the record.
    """

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    name: str = Field(max_length=64)
    token_hash: str = Field(max_length=64, unique=True)
    may_write: bool = False
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_address: str = Field(default="", max_length=64)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
