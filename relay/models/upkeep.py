"""What happened, what needs a person, and who does a thing now."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from relay.models.columns import Details, SentenceText, TextEnum, UtcDateTime, enum_type


class EventSubject(StrEnum):
    """What an Event happened to: a row of the table of that name."""

    campaign = "campaign"
    source = "source"
    post = "post"
    video = "video"
    clip = "clip"
    almanac = "almanac"
    hand_in = "hand-in"
    account = "account"


class EventKind(StrEnum):
    """What happened, for people to read. What the program decides by has a column or a row of its own."""

    # of a campaign
    created = "created"
    extended = "extended"
    frozen = "frozen"
    started = "started"
    stopped = "stopped"
    accepted = "accepted"
    turned_down = "turned down"
    alias = "alias"
    put_aside = "put aside"
    taken_up = "taken up again"
    comments_on = "comments on"
    comments_off = "comments off"
    hand_in_opened = "hand-in opened"
    hand_in_closed = "hand-in closed"
    table_taken = "table taken"
    asset_changed = "film material changed"
    asset_removed = "film material removed"
    credits_changed = "credits changed"
    window_moved = "window moved"
    settings_changed = "settings changed"
    hashtag_added = "hashtag added"
    tag_dropped = "tag dropped"
    archived = "archived"
    brought_back = "brought back"
    # of a source
    added = "added"
    active = "active"
    paused = "paused"
    resumed = "resumed"
    district_set = "district set"
    attention = "attention"
    gone = "gone"
    unreadable = "unreadable"
    recount = "count"
    not_shown = "not shown"
    shown = "shown after all"
    comments_read = "comments read"
    # of a post
    handed_in = "handed in"
    post_edited = "post edited"
    tag_removed = "tag removed"
    tag_in_comment = "tag in a comment"
    # of a video; `gone` too
    found = "found"
    fetched = "fetched"
    unavailable = "unavailable"
    refused = "refused"
    reclaimed = "reclaimed"
    # of a clip; `handed_in` too
    made = "made"
    edited = "edited"
    taken_from_words = "taken from words"
    reading_confirmed = "reading confirmed"
    reading_refused = "reading refused"
    reading_unsaid = "reading unsaid"
    consent = "consent"
    consent_asked = "consent asked"
    consent_link_ended = "consent link ended"
    permission_overridden = "permission overridden"
    override_taken_back = "override taken back"
    in_doubt = "in doubt"
    seen_again = "seen again"
    shots_failed = "shots failed"
    captioned = "captioned"
    captions_removed = "captions removed"
    taken_over = "taken over"
    joined = "joined a card"
    parted = "parted from a card"
    put_in_front = "put in front"
    said_same = "said the same"
    said_other = "said another"
    unsaid = "unsaid"
    common_piece = "common piece"
    opinion_asked = "opinion asked"
    opinion_given = "opinion given"
    question_closed = "question closed"
    returned_called_off = "return called off"
    participant_answered = "participant answered"
    mended = "mended"
    looked_again = "looked again"
    erased = "erased"
    let_in_again = "let in again"
    # of an almanac
    planned = "planned"
    uses_changed = "uses changed"
    plan_changed = "plan changed"
    styled = "styled"
    card_added = "card added"
    card_removed = "card removed"
    card_changed = "card changed"
    look_undone = "look undone"
    rendered = "rendered"
    exported = "exported"
    clip_withdrawn = "clip withdrawn"
    remarked = "remarked"
    remark_done = "remark done"
    remark_opened = "remark opened"
    remark_answered = "remark answered"
    sign_off_asked = "sign-off asked"
    sign_off_agreed = "sign-off agreed"
    sign_off_remarks = "sign-off remarks"
    sign_off_revoked = "sign-off revoked"
    sign_off_mailed = "sign-off mailed"
    signed = "signed"
    version_closed = "version closed"
    protocol_attached = "protocol attached"
    # of a hand-in
    put_off = "put off"
    # of an account; `created` too
    sign_in_tried = "sign-in tried"
    signed_in = "signed in"
    new_password = "password changed"  # noqa: S105 - nobody's password
    new_role = "role changed"
    renamed = "renamed"
    closed = "closed"
    reopened = "opened again"
    invited = "invited"
    sign_ins_ended = "sign-ins ended"
    second_factor_on = "second factor on"
    second_factor_off = "second factor off"
    second_factor_demanded = "second factor demanded"
    second_factor_optional = "second factor optional"
    token_made = "token made"  # noqa: S105 - nobody's password
    token_revoked = "token revoked"  # noqa: S105 - nobody's password
    by_token = "by token"  # noqa: S105 - nobody's password


class NotificationState(StrEnum):
    """What a message to a person says: a trouble is there, it is over, or nothing (`relay alert test`)."""

    open = "open"
    over = "over"
    test = "test"


class Event(SQLModel, table=True):
    __table_args__ = (
        Index("ix_event_subject_subject_id", "subject", "subject_id"),
        Index("ix_event_at", "at", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    subject: EventSubject = Field(sa_type=TextEnum(EventSubject))
    subject_id: int
    what: EventKind = Field(sa_type=TextEnum(EventKind))
    person: str = ""
    details: dict[str, Any] = Field(default_factory=dict, sa_type=Details)


class Alert(SQLModel, table=True):
    """Open while `resolved_at` is None; the same trouble again only raises `times`."""

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    text: str = Field(sa_type=SentenceText)
    action_url: str = ""
    times: int = 1
    first_at: datetime = Field(sa_type=UtcDateTime)
    last_at: datetime = Field(sa_type=UtcDateTime)
    resolved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Delivery(SQLModel, table=True):
    """`channel`: the name of one in relay/channels. `about`: whether it tells of the trouble, or of its end.

    `sent_at` None: still to be sent, not before `next_try_at`.
    """

    __table_args__ = (Index("ix_delivery_sent_at_next_try_at", "sent_at", "next_try_at"),)

    id: int | None = Field(default=None, primary_key=True)
    alert_id: int = Field(foreign_key="alert.id", index=True)
    channel: str = Field(max_length=16)
    about: NotificationState = Field(default=NotificationState.open, sa_type=enum_type(NotificationState))
    text: str = Field(sa_type=SentenceText)
    action_url: str = ""
    attempts: int = 0
    reason: str = Field(default="", sa_type=SentenceText)
    created_at: datetime = Field(sa_type=UtcDateTime)
    next_try_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Restoration(SQLModel, table=True):
    """`made_at`: when the backup was made, as it says itself. `held_back`: clips that wait for a person since then,
    until `released_at`, which is at once where there were tombstones; `kept_out`: those that they knew.

    Links to sign in by that were made before `at` are void: they may have been used since the backup.
    """

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    made_at: str = Field(default="", max_length=40)
    held_back: int = 0
    kept_out: int = 0
    released_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    released_by: str = ""


class WorkerProcess(SQLModel, table=True):
    holder: str = Field(primary_key=True)
    host: str
    fetch: int
    encode: int
    since: datetime = Field(sa_type=UtcDateTime)
    until: datetime = Field(sa_type=UtcDateTime)


class Lease(SQLModel, table=True):
    name: str = Field(primary_key=True)
    holder: str
    until: datetime = Field(sa_type=UtcDateTime)
    fence: int = 1
