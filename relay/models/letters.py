"""What is answered to remarks on films, and letters to the people who make them and who sign them off."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from relay.models.columns import SentenceText, TextEnum, UtcDateTime


class RemarkReply(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    remark_id: int = Field(foreign_key="remark.id", index=True)
    text: str
    person: str
    at: datetime = Field(sa_type=UtcDateTime)


class MailPace(StrEnum):
    """How often an Account wants letters."""

    at_once = "at once"
    daily = "daily"
    none = "none"


class MailChoice(SQLModel, table=True):
    """`address` empty: nowhere. `next_at`: no letter before; whoever sends one moves it ahead, and so holds the row.

    `attempts`: tries that failed since the last letter, `reason`: why the last one did.
    """

    account_id: int = Field(primary_key=True, foreign_key="account.id")
    address: str = Field(default="", max_length=254)
    pace: MailPace = Field(sa_type=TextEnum(MailPace, 16))
    next_at: datetime = Field(sa_type=UtcDateTime)
    attempts: int = 0
    reason: str = Field(default="", sa_type=SentenceText)


class LetterKind(StrEnum):
    """What happened to a film."""

    remark = "remark"
    reply = "reply"
    asked = "sign-off asked"
    verdict = "verdict"


class LetterLine(SQLModel, table=True):
    """`text`: a sentence of ours with its words, told in the reader's language. `path`: below the desk's address.

    `sent_at` None: still to be sent.
    """

    __table_args__ = (Index("ix_letterline_account_id_sent_at", "account_id", "sent_at"),)

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id")
    almanac_id: int = Field(foreign_key="almanac.id", index=True)
    kind: LetterKind = Field(sa_type=TextEnum(LetterKind, 16))
    text: str = Field(sa_type=SentenceText)
    path: str
    at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class OfficialLetterKind(StrEnum):
    """Why an official is written to."""

    asked = "asked"
    reminder = "reminder"


class SignOffLetter(SQLModel, table=True):
    """A letter that brings an official the link of a SignOff. `film`: its title. `language`: what it is written in.

    `next_at`: no try before; None: nothing is left to be done. `attempts`: tries that failed, `reason`: why the last.
    """

    id: int | None = Field(default=None, primary_key=True)
    sign_off_id: int = Field(foreign_key="signoff.id", index=True)
    kind: OfficialLetterKind = Field(sa_type=TextEnum(OfficialLetterKind, 16))
    address: str = Field(max_length=254)
    language: str = Field(max_length=8)
    film: str
    at: datetime = Field(sa_type=UtcDateTime)
    next_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    attempts: int = 0
    reason: str = Field(default="", sa_type=SentenceText)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class MailedLink(SQLModel, table=True):
    """Another link to a SignOff, made for one try of one letter. `link_hash`: sha256 of its secret, kept nowhere."""

    id: int | None = Field(default=None, primary_key=True)
    sign_off_id: int = Field(foreign_key="signoff.id")
    letter_id: int = Field(foreign_key="signoffletter.id", index=True)
    link_hash: str = Field(unique=True, max_length=64)
