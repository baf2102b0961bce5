"""How programs come in: tokens of people."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from relay.models.columns import UtcDateTime


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
