"""The words of Relay, as tables. One name per thing: here, in the code, in URLs, on screens, on the command line.

Campaign    hashtags and their aliases, opening and closing time with zone: `draft → running → stopped → archived`
Source      one place where posts are looked for: a VK wall, VK hashtag search, a folder of hand-ins
Sweep       one reading of a source: interval covered, posts seen, requests spent, faults met
Post        what someone published. Unique (network, owner_id, post_id)
Match       why a Post belongs to a Campaign (`exact`), looks like it (`near`), or came too early or late (`outside`);
            a near miss that a person looked at is accepted (then it is `exact`) or turned down
            an `exact` one whose post has no video that can be fetched waits for a person too, until its link is
            handed in or it is put aside
Spotting    a Source showed a Post (one post may be seen by a wall and by the search)
Video       the network's video that a post carries. Unique (network, owner_id, video_id). The thing to fetch:
            `found → fetching → fetched | unavailable (try later) | refused (reason) | gone`
Sighting    a Post carries a Video (reposts: one Video, many Sightings)
Inspection  the one look at a file (sha256): what it is, what is wrong with it, where its poster and proxy are
Clip        one piece of content (sha256) in one campaign: what a moderator judges:
            `awaiting → approved | rejected | later → withdrawn`;
            in doubt (*withdrawn?*) while its post is gone and nobody has said yet what that means
ClipVideo   the Videos whose bytes are this Clip (the same file uploaded twice is one Clip)
Family      Clips that show the same recording (re-uploads, crops, watermarks): clips with one `family` number
Decision    a verdict on a clip by a person at a time, for a reason. Appended, never overwritten
Consent     what may be done with the clip, and the evidence. Appended; the newest row counts
Almanac     a film: what was chosen, in which order, with which cards and format
Segment     a Clip placed in an Almanac: in/out in whole frames of the film's rate, card texts
LeftOut     a Clip that an editor took out of an Almanac by hand: its rules don't bring it back
Card        something that stands between segments: a chapter's title, a quote, an archive picture
Quote       one text of the campaign's selection, with author and the collection's link
Caption     what is said in a Clip, in one language, with times
Track       a piece of music that is cleared for the campaign's films
Picture     an archive picture with the line that says where it is from
Render      a finished version of an Almanac, with its manifest
Remark      what someone says about a moment of a Render
SignOff     an official is asked to agree to one Render, by a link of their own; what they said
Event       something that happened to a campaign, source, video or clip. Appended
Alert       something that needs a person, once per `key` until it is resolved
Parking     a token, or a method of a token, that must not be used before a time
Spending    how many calls of a method a token made in one hour (the daily quotas count over 24 of them)
Pace        when the next call with a token may be made (one token, one rate, across processes)
Lease       who does a thing now, until when; `fence` grows with each holder
HandIn      what a participant gave on the public page, with their words of consent and a receipt:
            `begun → waiting → taken in | refused → withdrawn`
Delivery    an alert on its way to a person, by mail or webhook. Written with the alert, sent afterwards
Account     a person who signs in to the desk, with a role; WebSession: one sign-in

A Shot (a piece of film that is encoded once) is a file in the shot cache, named by the hash of everything
that shapes it; it has no row, because the file is the fact.

State moves only by compare-and-set, with the Decision or Event row in the same transaction.
Times are aware datetimes, stored in UTC. Identifiers given by networks are text on every network.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Index, LargeBinary, TypeDecorator, UniqueConstraint
from sqlalchemy import Enum as SqlEnum
from sqlmodel import AutoString, Field, SQLModel

from relay.language.sentence import from_json, recalled, stored, with_words

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


Blob = bytes  # some tables have a column called `bytes`


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes in Python, UTC in every database; a naive datetime is a bug and is refused."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError(f"naive datetime {value!r} given to the database")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else value.replace(tzinfo=UTC)


class SentenceText(TypeDecorator[str]):
    """A sentence of ours with its words, or somebody's text, which is a sentence without words. See
    relay/language/sentence.py for how it is stored.
    """

    impl = AutoString
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else stored(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else recalled(value)


class Details(TypeDecorator[dict[str, Any]]):
    """A document whose values may be sentences of ours."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: dict[str, Any] | None, dialect: Dialect) -> Any:  # noqa: ARG002
        return with_words(value)

    def process_result_value(self, value: dict[str, Any] | None, dialect: Dialect) -> Any:  # noqa: ARG002
        return from_json(value)


def enum_type(kind: type[StrEnum]) -> SqlEnum:
    """A column that stores the *values* of a StrEnum as text."""
    return SqlEnum(kind, values_callable=lambda members: [m.value for m in members], native_enum=False, length=32)


class CampaignState(StrEnum):
    draft = "draft"
    running = "running"
    stopped = "stopped"
    archived = "archived"


class SourceState(StrEnum):
    active = "active"
    paused = "paused"
    attention = "attention"
    gone = "gone"


class MatchKind(StrEnum):
    exact = "exact"
    near = "near"
    outside = "outside"


class VideoState(StrEnum):
    found = "found"
    fetching = "fetching"
    fetched = "fetched"
    unavailable = "unavailable"
    refused = "refused"
    gone = "gone"


class ClipState(StrEnum):
    awaiting = "awaiting"
    approved = "approved"
    rejected = "rejected"
    later = "later"
    withdrawn = "withdrawn"


class Verdict(StrEnum):
    approve = "approve"
    reject = "reject"
    later = "later"
    undo = "undo"
    withdraw = "withdraw"
    keep = "keep"


class Role(StrEnum):
    organizer = "organizer"
    moderator = "moderator"
    editor = "editor"
    viewer = "viewer"


class Finding(StrEnum):
    """What the one look at a file said."""

    accepted = "accepted"
    review = "review"
    refused = "refused"


class NoVideo(StrEnum):
    """Why a post carries no video that Relay can fetch, those that most likely were meant to have one first.

    `hidden`: the network's public page doesn't show the post; `blocked`: its videos are known and can't be had;
    `elsewhere`: a link to a site with videos that Relay doesn't read; `link`: one to any other page.
    """

    hidden = "hidden"
    blocked = "blocked"
    broadcast = "broadcast"
    story = "story"
    playlist = "playlist"
    document = "document"
    elsewhere = "elsewhere"
    link = "link"
    article = "article"
    sound = "sound"
    other = "other"
    pictures = "pictures"
    text = "text"


class HandInState(StrEnum):
    begun = "begun"
    waiting = "waiting"
    taken_in = "taken in"
    refused = "refused"
    withdrawn = "withdrawn"


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
    created_at: datetime = Field(sa_type=UtcDateTime)
    stopped_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Source(SQLModel, table=True):
    """`high_water` is a time: everything published up to it had its chance to be seen (never an id)."""

    __table_args__ = (UniqueConstraint("campaign_id", "address"),)

    id: int | None = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaign.id", index=True)
    address: str
    """Canonical spelling, e.g. `vk:club1`, `vk:tag`."""
    network: str = Field(max_length=16)
    owner_id: str = ""
    """The network's own id of the place; empty for a search."""
    title: str = ""
    district: str = ""
    state: SourceState = Field(default=SourceState.active, sa_type=enum_type(SourceState))
    reason: str = Field(default="", sa_type=SentenceText)
    high_water: datetime | None = Field(default=None, sa_type=UtcDateTime)
    covered_from: datetime | None = Field(default=None, sa_type=UtcDateTime)
    next_sweep_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reread_from: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """The next sweep goes back to here: a hole, the nightly second look, a count that does not add up."""
    failures: int = 0
    """Sweeps in a row that ended in a fault."""
    posts_total: int | None = None
    """What the network last said it holds."""
    created_at: datetime = Field(sa_type=UtcDateTime)


class Sweep(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    source_id: int = Field(foreign_key="source.id", index=True)
    started_at: datetime = Field(sa_type=UtcDateTime, index=True)
    finished_at: datetime = Field(sa_type=UtcDateTime)
    covers_from: datetime = Field(sa_type=UtcDateTime)
    covers_to: datetime = Field(sa_type=UtcDateTime)
    complete: bool
    """False: a fault ended it, and the interval is not covered by it."""
    deep: bool = False
    posts_seen: int = 0
    posts_matched: int = 0
    posts_new: int = 0
    requests: int = 0
    posts_total: int | None = None
    """What the network said at the beginning of the sweep."""
    fresh: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
    """Posts published since the reading before, by day in the campaign's zone, each post once."""
    fault: str = Field(default="", sa_type=SentenceText)


class Post(SQLModel, table=True):
    __table_args__ = (UniqueConstraint("network", "owner_id", "post_id"),)

    id: int | None = Field(default=None, primary_key=True)
    network: str = Field(max_length=16)
    owner_id: str
    post_id: str
    url: str
    text: str
    author_id: str = ""
    author: str = ""
    published_at: datetime = Field(sa_type=UtcDateTime, index=True)
    edited_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    first_seen_at: datetime = Field(sa_type=UtcDateTime)
    last_seen_at: datetime = Field(sa_type=UtcDateTime)
    checked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the network last answered whether it is still there."""
    no_video: NoVideo | None = Field(default=None, sa_type=enum_type(NoVideo))
    """Why it shows no video, as far as the network's answer says; None where it shows one, or wasn't asked."""
    raw: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class Match(SQLModel, table=True):
    """`matched_in` says where the tag stood (`text`, `original`, `video title`, `video description`, `handed in`,
    `accepted by NAME`). `turned_down`: who said of a near miss that it is not ours. `put_aside`: who said of a post
    without a video that none is to be had.
    """

    __table_args__ = (UniqueConstraint("campaign_id", "post_id"),)

    id: int | None = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaign.id", index=True)
    post_id: int = Field(foreign_key="post.id", index=True)
    kind: MatchKind = Field(sa_type=enum_type(MatchKind))
    matched_in: str = ""
    tag: str = ""
    """The tag as the author wrote it."""
    turned_down: str = ""
    put_aside: str = ""
    at: datetime = Field(sa_type=UtcDateTime)


class Spotting(SQLModel, table=True):
    __table_args__ = (UniqueConstraint("post_id", "source_id"),)

    id: int | None = Field(default=None, primary_key=True)
    post_id: int = Field(foreign_key="post.id", index=True)
    source_id: int = Field(foreign_key="source.id", index=True)
    at: datetime = Field(sa_type=UtcDateTime)


class Video(SQLModel, table=True):
    """`duration` in seconds as the network says; `sha256` once fetched; `lease_until` while someone fetches."""

    __table_args__ = (
        UniqueConstraint("network", "owner_id", "video_id"),
        Index("ix_video_state_next_try_at", "state", "next_try_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    network: str = Field(max_length=16)
    owner_id: str
    video_id: str
    url: str
    title: str = ""
    description: str = ""
    author_id: str = ""
    author: str = ""
    access_key: str = ""
    kind: str = "video"
    duration: float | None = None
    state: VideoState = Field(default=VideoState.found, sa_type=enum_type(VideoState))
    reason: str = Field(default="", sa_type=SentenceText)
    attempts: int = 0
    next_try_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lease_holder: str = ""
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sha256: str | None = Field(default=None, max_length=64, index=True)
    bytes: int | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    fetched_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Sighting(SQLModel, table=True):
    """`missing_since`: a recheck did not find it; `lost_at`: a later one did not either, and `lost` says what is gone:
    the `post`, the `video` in it, or our leave to see it (`private`). `handed_in`: who gave the link to the video of a
    post that doesn't show it.
    """

    __table_args__ = (UniqueConstraint("post_id", "video_id"),)

    id: int | None = Field(default=None, primary_key=True)
    post_id: int = Field(foreign_key="post.id", index=True)
    video_id: int = Field(foreign_key="video.id", index=True)
    position: int = 0
    missing_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lost_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lost: str = ""
    handed_in: str = ""


class Inspection(SQLModel, table=True):
    """The one look at a file. Width, height: as displayed (rotation and pixel shape applied), in pixels.

    `duration`: seconds of picture that really decoded. `loudness`: LUFS integrated, None when silent or mute;
    `peak`: dBTP. `flags`: what a moderator should know (see intake/inspect.py for the list).
    `technical`: codec, pixel format, transfer, rotation, fps, scan, audio layout… as measured.
    `prints`: frame fingerprints, 32 bytes each, two per second.
    `poster`, `storyboard`, `proxy`: keys in the media store, empty when refused.
    """

    sha256: str = Field(primary_key=True, max_length=64)
    bytes: int
    finding: Finding = Field(sa_type=enum_type(Finding))
    reason: str = Field(default="", sa_type=SentenceText)
    duration: float = 0.0
    width: int = 0
    height: int = 0
    fps: float = 0.0
    has_audio: bool = False
    loudness: float | None = None
    peak: float | None = None
    flags: list[str] = Field(default_factory=list, sa_type=JSON)
    technical: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    prints: Blob | None = Field(default=None, sa_type=LargeBinary)
    poster: str = ""
    storyboard: str = ""
    proxy: str = ""
    at: datetime = Field(sa_type=UtcDateTime)


class Clip(SQLModel, table=True):
    """`name`, `town`, `district`, `age`: the participant, as credited. `quote`: which text is read, if known.

    `doubt`: why its participant may have taken it back (a Sighting's `lost`); such a clip is in no film.
    """

    __table_args__ = (
        UniqueConstraint("campaign_id", "sha256"),
        Index("ix_clip_campaign_id_state", "campaign_id", "state"),
    )

    id: int | None = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaign.id")
    sha256: str = Field(foreign_key="inspection.sha256", max_length=64, index=True)
    video_id: int = Field(foreign_key="video.id", index=True)
    """The video that the clip was first made from; ClipVideo has them all."""
    state: ClipState = Field(default=ClipState.awaiting, sa_type=enum_type(ClipState))
    reason: str = Field(default="", sa_type=SentenceText)
    doubt: str = ""
    family: int | None = Field(default=None, index=True)
    """The smallest clip id of the family; None while the clip is alone."""
    name: str = ""
    town: str = ""
    district: str = ""
    age: str = ""
    quote: str = ""
    created_at: datetime = Field(sa_type=UtcDateTime)
    published_at: datetime = Field(sa_type=UtcDateTime)
    """When the first post with it was published: the order of the queue and of a film made of all."""


class ClipVideo(SQLModel, table=True):
    __table_args__ = (UniqueConstraint("clip_id", "video_id"),)

    id: int | None = Field(default=None, primary_key=True)
    clip_id: int = Field(foreign_key="clip.id", index=True)
    video_id: int = Field(foreign_key="video.id", index=True)


class Decision(SQLModel, table=True):
    """`undoes`: the decision that an `undo` takes back. `doubt`: the clip's, which the decision settled."""

    id: int | None = Field(default=None, primary_key=True)
    clip_id: int = Field(foreign_key="clip.id", index=True)
    verdict: Verdict = Field(sa_type=enum_type(Verdict))
    from_state: ClipState = Field(sa_type=enum_type(ClipState))
    to_state: ClipState = Field(sa_type=enum_type(ClipState))
    person: str
    reason: str = Field(default="", sa_type=SentenceText)
    previous_reason: str = Field(default="", sa_type=SentenceText)
    doubt: str = ""
    undoes: int | None = Field(default=None, foreign_key="decision.id")
    at: datetime = Field(sa_type=UtcDateTime)


class Consent(SQLModel, table=True):
    """`scope`: what may be done (`archive`, `film`, `public`, `refused`); `evidence`: where that is written."""

    id: int | None = Field(default=None, primary_key=True)
    clip_id: int = Field(foreign_key="clip.id", index=True)
    scope: str
    evidence: str = ""
    person: str
    at: datetime = Field(sa_type=UtcDateTime)


class Almanac(SQLModel, table=True):
    """`style`: house format and looks that differ from the defaults (see almanac/timeline.py, class House)."""

    __table_args__ = (UniqueConstraint("campaign_id", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaign.id", index=True)
    name: str
    title: str
    subtitle: str = ""
    rules: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    style: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    created_at: datetime = Field(sa_type=UtcDateTime)


class Segment(SQLModel, table=True):
    """`first` and `last`: frames of the clip at the film's rate, `last` exclusive; None is the clip's end.

    `name`, `town`: card texts that differ from the clip's own; None takes the clip's. `by_hand`: what of it a person
    has set (`place`, `in`, `out`, `name`, `town`), which no rule changes. `pinned`: `opening`, `closing` or empty.
    """

    __table_args__ = (UniqueConstraint("almanac_id", "clip_id"),)

    id: int | None = Field(default=None, primary_key=True)
    almanac_id: int = Field(foreign_key="almanac.id", index=True)
    clip_id: int = Field(foreign_key="clip.id", index=True)
    position: int
    first: int = 0
    last: int | None = None
    name: str | None = None
    town: str | None = None
    by_hand: list[str] = Field(default_factory=list, sa_type=JSON)
    pinned: str = Field(default="", max_length=16)


class LeftOut(SQLModel, table=True):
    __table_args__ = (UniqueConstraint("almanac_id", "clip_id"),)

    id: int | None = Field(default=None, primary_key=True)
    almanac_id: int = Field(foreign_key="almanac.id", index=True)
    clip_id: int = Field(foreign_key="clip.id", index=True)
    reason: str = ""
    person: str
    at: datetime = Field(sa_type=UtcDateTime)


class Card(SQLModel, table=True):
    """`kind`: `chapter`, `quote` or `picture`. Stands before the segment of `before_clip_id`; None: after the last.

    `words`: the texts on it, by name (`title`, `text`, `author`, `link`, `source`). `seconds` 0: the theme's length.
    """

    id: int | None = Field(default=None, primary_key=True)
    almanac_id: int = Field(foreign_key="almanac.id", index=True)
    before_clip_id: int | None = Field(default=None, foreign_key="clip.id")
    position: int = 0
    kind: str = Field(max_length=16)
    words: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    picture_id: int | None = Field(default=None, foreign_key="picture.id")
    seconds: float = 0.0


class Quote(SQLModel, table=True):
    """`number`: as the selection counts them. `link`: the collection's page of the text."""

    __table_args__ = (UniqueConstraint("campaign_id", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaign.id", index=True)
    number: str = Field(max_length=32)
    text: str
    author: str = ""
    link: str = ""


class Caption(SQLModel, table=True):
    """`cues`: `[{from, to, text}]`, seconds of the clip. `origin`: `hand`, `quote` or `file`."""

    __table_args__ = (UniqueConstraint("clip_id", "language"),)

    id: int | None = Field(default=None, primary_key=True)
    clip_id: int = Field(foreign_key="clip.id", index=True)
    language: str = Field(max_length=8)
    cues: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    origin: str = Field(max_length=16)
    person: str
    at: datetime = Field(sa_type=UtcDateTime)


class Track(SQLModel, table=True):
    """`cleared`: the licence or agreement that allows it, word for word. `loudness` in LUFS, `seconds` of sound."""

    __table_args__ = (UniqueConstraint("campaign_id", "sha256"),)

    id: int | None = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaign.id", index=True)
    sha256: str = Field(max_length=64)
    title: str
    author: str = ""
    cleared: str
    seconds: float
    loudness: float | None = None
    person: str
    at: datetime = Field(sa_type=UtcDateTime)


class Picture(SQLModel, table=True):
    """`source`: the line that stands under it in the film. Width and height in pixels, as displayed."""

    __table_args__ = (UniqueConstraint("campaign_id", "sha256"),)

    id: int | None = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaign.id", index=True)
    sha256: str = Field(max_length=64)
    title: str = ""
    source: str
    width: int
    height: int
    person: str
    at: datetime = Field(sa_type=UtcDateTime)


class Render(SQLModel, table=True):
    """`file` and `manifest`: paths below the data folder. `frames`: of the film; `seconds`: it took to make."""

    __table_args__ = (UniqueConstraint("almanac_id", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    almanac_id: int = Field(foreign_key="almanac.id", index=True)
    version: int
    file: str
    manifest: str
    sha256: str = Field(max_length=64)
    frames: int
    fps: float
    loudness: float | None = None
    shots_encoded: int
    shots_reused: int
    seconds: float
    format: str = ""
    """What differs from the house format, as a person named it: `9:16`, `4k`…"""
    poster: str = ""
    at: datetime = Field(sa_type=UtcDateTime)


class Remark(SQLModel, table=True):
    """`frame`: of the film, None for the whole of it. `done_at`: when somebody had dealt with it."""

    id: int | None = Field(default=None, primary_key=True)
    render_id: int = Field(foreign_key="render.id", index=True)
    frame: int | None = None
    text: str
    person: str
    at: datetime = Field(sa_type=UtcDateTime)
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    done_by: str = ""


class SignOff(SQLModel, table=True):
    """`link_hash`: sha256 of the link's secret, which is kept nowhere. `sha256`: of the film that was shown.

    `verdict`: empty while open, then `agreed` or `remarks`; `evidence`: how it was given (time, digest of the film).
    """

    id: int | None = Field(default=None, primary_key=True)
    render_id: int = Field(foreign_key="render.id", index=True)
    sha256: str = Field(max_length=64)
    link_hash: str = Field(unique=True, max_length=64)
    person: str
    position: str = ""
    invited_by: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    verdict: str = Field(default="", max_length=16)
    words: str = ""
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    evidence: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class Event(SQLModel, table=True):
    __table_args__ = (Index("ix_event_subject_subject_id", "subject", "subject_id"),)

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    subject: str
    """`campaign`, `source`, `post`, `video`, `clip`, `almanac`."""
    subject_id: int
    what: str
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
    """`channel`: `mail` or `webhook`. `sent_at` None: still to be sent, not before `next_try_at`."""

    __table_args__ = (Index("ix_delivery_sent_at_next_try_at", "sent_at", "next_try_at"),)

    id: int | None = Field(default=None, primary_key=True)
    alert_id: int = Field(foreign_key="alert.id", index=True)
    channel: str = Field(max_length=16)
    text: str = Field(sa_type=SentenceText)
    action_url: str = ""
    attempts: int = 0
    reason: str = Field(default="", sa_type=SentenceText)
    created_at: datetime = Field(sa_type=UtcDateTime)
    next_try_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class HandIn(SQLModel, table=True):
    """`number` stands on the receipt; `link_hash` is the sha256 of its private link's secret, which is kept nowhere.

    `url`: a link that was handed in; otherwise a file of `bytes_total`, of which `bytes_here` have arrived.
    `consent`: the sentences that the participant agreed to, word for word; `guardian`: who agreed for a child.
    `visitor`: a keyed digest of the address that it came from, for the limits; of no use without the key.
    """

    id: int | None = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaign.id", index=True)
    number: str = Field(unique=True, max_length=16)
    link_hash: str = Field(unique=True, max_length=64)
    state: HandInState = Field(default=HandInState.begun, sa_type=enum_type(HandInState))
    reason: str = Field(default="", sa_type=SentenceText)
    url: str = ""
    file_name: str = ""
    bytes_total: int = 0
    bytes_here: int = 0
    name: str = ""
    town: str = ""
    district: str = ""
    age: str = ""
    quote: str = ""
    text_source: str = ""
    contact: str = ""
    consent: str = ""
    guardian: str = ""
    language: str = Field(default="ru", max_length=8)
    visitor: str = Field(default="", max_length=64, index=True)
    post_id: int | None = Field(default=None, foreign_key="post.id")
    video_id: int | None = Field(default=None, foreign_key="video.id", index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Parking(SQLModel, table=True):
    """`key`: see errors.Parked. A token stands here by a digest, never by itself."""

    key: str = Field(primary_key=True)
    reason: str = Field(sa_type=SentenceText)
    until: datetime = Field(sa_type=UtcDateTime)


class Spending(SQLModel, table=True):
    token: str = Field(primary_key=True, max_length=16)
    method: str = Field(primary_key=True, max_length=64)
    hour: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    calls: int = 0


class Pace(SQLModel, table=True):
    token: str = Field(primary_key=True, max_length=16)
    next_at: datetime = Field(sa_type=UtcDateTime)


class Lease(SQLModel, table=True):
    name: str = Field(primary_key=True)
    holder: str
    until: datetime = Field(sa_type=UtcDateTime)
    fence: int = 1


class Account(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    login: str = Field(unique=True, max_length=64)
    name: str
    role: Role = Field(sa_type=enum_type(Role))
    password_hash: str
    language: str = Field(default="ru", max_length=8)
    active: bool = True
    created_at: datetime = Field(sa_type=UtcDateTime)


class WebSession(SQLModel, table=True):
    """`token_hash`: sha256 of the cookie's value; whoever reads the database can't sign in with it."""

    token_hash: str = Field(primary_key=True, max_length=64)
    account_id: int = Field(foreign_key="account.id", index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)
