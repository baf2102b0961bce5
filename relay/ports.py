"""The ports: protocols for what lies outside of Relay (networks, files, people), and the data that passes through.

Each port has an implementation that does the real thing, a fake in tests/fakes/, and one contract test that runs over
both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, runtime_checkable

if TYPE_CHECKING:
    from relay.models import NotificationState, NoVideo

Clock = Callable[[], datetime]
"""Returns the time, aware, in UTC."""

Progress = Callable[[float], None]
"""Called with the share that is done, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Place:
    """A source's address, resolved. `address` is canonical; `owner_id` is empty for a search.

    `zone`: of the campaign that reads it; times that a source writes without a zone are in this one.
    """

    network: str
    address: str
    owner_id: str = ""
    title: str = ""
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Author:
    id: str = ""
    name: str = ""


ON_AIR = "The broadcast is not over yet."
"""Why a video is `blocked` that is being sent just now."""


@dataclass(slots=True, unsafe_hash=True)
class SeenVideo:
    """A video as a post shows it; never changed, see SeenPost.

    `blocked` is empty, or says in plain words why it can't be fetched now; then `blocked_for_good` tells
    whether that may change. `duration` in seconds; `url` is a page that the fetcher understands. `linked`: only a link
    names it, so `author` is whoever gave the link, unless the network names another.
    """

    network: str
    owner_id: str
    video_id: str
    url: str
    title: str = ""
    description: str = ""
    duration: float | None = None
    kind: str = "video"
    access_key: str = ""
    author: Author = Author()
    blocked: str = ""
    blocked_for_good: bool = False
    linked: bool = False


@dataclass(slots=True, unsafe_hash=True)
class SeenPost:
    """A post as a source shows it. Never changed, but not frozen either: that would take three times as long to make,
    and sweeps make hundreds of thousands a day.

    `texts` are all places where a tag may stand, as (where, text), most telling first: `text`, `original`
    (the reposted post), `video title`, `video description`.
    `author` is the resident who deserves the credit, not the public that reposted. `comments`: how many the network
    says there are, 0 where it doesn't. `no_video`: why `videos` is empty; None where it is not, or the network does not
    say.
    """

    network: str
    owner_id: str
    post_id: str
    url: str
    published_at: datetime
    text: str = ""
    edited_at: datetime | None = None
    author: Author = Author()
    texts: tuple[tuple[str, str], ...] = ()
    videos: tuple[SeenVideo, ...] = ()
    pinned: bool = False
    comments: int = 0
    raw: dict[str, Any] = field(default_factory=dict, compare=False)
    no_video: NoVideo | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One step of a reading. `requests`: spent on this page. `total`: posts the network says it holds.

    `reached`: the time back to which the reading is complete once this page has been stored;
    None while posts in between may still be unseen.
    `faults`: one line for each post that could not be parsed; the reading goes on without it.
    `more`: the next page is there already, so that both may be stored at once.
    `others`: posts that were not asked for (see ReadRequest.wanted), by `owner_post`: their Unix time.
    """

    posts: tuple[SeenPost, ...]
    requests: int = 1
    total: int | None = None
    reached: datetime | None = None
    faults: tuple[str, ...] = ()
    more: bool = False
    others: Mapping[str, float] = field(default_factory=dict)


class OwnerKind(StrEnum):
    """What the owner of a post or video is on a network.

    wall        a page of a person or, with a number below zero, of a community; all posts on it may close at once
    channel     a page that belongs to nobody in particular; all posts on it may close at once
    account     whoever published it; it is no page that others publish on
    collection  a feed, a list, a folder: it brings posts together and says nothing about who made them
    """

    wall = "wall"
    channel = "channel"
    account = "account"
    collection = "collection"

    @property
    def is_page(self) -> bool:
        """Whether an owner's posts may all close at once."""
        return self in (OwnerKind.wall, OwnerKind.channel)

    @property
    def is_participant(self) -> bool:
        """Whether a video's owner may be taken for the participant."""
        return self in (OwnerKind.wall, OwnerKind.account)


@dataclass(frozen=True, slots=True)
class ItemKey:
    """A post, or else a video, as rows name it."""

    owner_id: str
    id: str
    is_post: bool


def _nothing(_link: str) -> None:
    return None


def _as_it_is(link: str) -> str:
    return link


def _no_items(_text: str) -> tuple[ItemKey, ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkLinks:
    """What the links of a network mean, as far as they tell by themselves. All functions are pure and take any text.

    `hosts`: as people write them in running text, without `www.`. `claims`: whether a link leads to a page of the
    network. `video_of`: the video that a link names. `no_video`: what stands behind a link of the network that names
    no video. `unwrapped`: the link behind the network's own page for links elsewhere. `items_in`: posts and videos
    that a text names, also without the network's host. `tells_videos`: whether `video_of` can be sure that it is one.
    """

    hosts: tuple[str, ...]
    claims: Callable[[str], bool]
    video_of: Callable[[str], SeenVideo | None]
    no_video: Callable[[str], NoVideo | None] = _nothing
    unwrapped: Callable[[str], str] = _as_it_is
    items_in: Callable[[str], Sequence[ItemKey]] = _no_items
    tells_videos: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkDescription:
    """All that the rest of Relay has to know of a network without asking it.

    `name` stands in rows and begins addresses (`vk:club1`). `titles`: what people call it, by language, at least in
    English. `owners`: see OwnerKind. `extractors`, `list_extractors`: yt-dlp's names of the readers that may fetch its
    videos, and list them. `links`: None where no link leads to a video of the network. `on_this_machine`: an address
    that is none of the web names files of the machine that Relay runs on.
    """

    name: str
    titles: Mapping[str, str]
    owners: OwnerKind = OwnerKind.account
    extractors: tuple[str, ...] = ()
    list_extractors: tuple[str, ...] = ()
    links: NetworkLinks | None = None
    on_this_machine: bool = False

    def title(self, language: str = "en") -> str:
        return self.titles.get(language, self.titles["en"])


class SourceAdapter(Protocol):
    """A network where posts are looked for. Raises the SourceErrors of relay.errors and nothing of its vendor's.

    What else an adapter can do, it says by having the methods of BatchReads, BatchResolves, FetchesItself, HasQuota or
    HasPollingPolicy (one of these two), ReadsComments, HasTokens, Rechecks.
    """

    description: NetworkDescription

    def claims(self, address: str) -> bool:
        """Whether `address` (`vk:club1`, a link…) belongs to this network."""
        ...

    def resolve(self, address: str) -> Place:
        """The place behind an address. Raises Refused for an address that can't be parsed."""
        ...

    def read(self, place: Place, *, since: datetime, until: datetime, tags: Sequence[str]) -> Iterator[Page]:
        """Yields all posts published in [since, until] as pages, newest first, and may yield others.

        It goes on until nothing older than `since` can be left; only then the last page says `reached`.
        """
        ...

    def posts_behind(self, links: Sequence[str]) -> list[SeenPost]:
        """The posts behind links to posts or videos of this network, in no order; missing ones are left out."""
        ...


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """One reading of a wall, back to `since`. `expected`: how many posts that is likely to take.

    `wanted`: whether a text is looked for. A post that is nothing but a text, with pictures at most, and that is not
    looked for need not be made: it may stand among Page.others. None: all posts are wanted.
    """

    place: Place
    since: datetime
    expected: int = 100
    wanted: Callable[[str], bool] | None = None


@runtime_checkable
class BatchReads(Protocol):
    """A SourceAdapter that can ask for the first pages of several walls in one request."""

    def read_many(self, requests: Sequence[ReadRequest]) -> list[Iterator[Page]]:
        """A reading for each, as `SourceAdapter.read` returns it. Nothing is sent before a first page is asked for."""
        ...


@runtime_checkable
class BatchResolves(Protocol):
    """A SourceAdapter that can resolve several addresses in one request."""

    def resolve_many(self, addresses: Sequence[str]) -> list[Callable[[], Place]]:
        """What `SourceAdapter.resolve` would return or raise for each. Raises SourceErrors that concern them all."""
        ...


@dataclass(frozen=True, slots=True)
class Quota:
    """Calls that a network allows in 24 hours with one token, how many tokens there are, and what all have spent.

    `this_hour`: the part of `spent` since the last full hour; 0 where nothing is paced by it.
    """

    per_token: int
    tokens: int
    spent: int
    this_hour: int = 0


@runtime_checkable
class HasQuota(Protocol):
    """A SourceAdapter whose network limits the calls of a day."""

    def quota(self, *, search: bool) -> Quota:
        """The day's quota for reading walls, or for searching."""
        ...


@dataclass(frozen=True, slots=True)
class PollingPolicy:
    """How often a network without quotas is asked: the shortest time between two readings of one place, and how many
    requests a day all of its places may cost together (None: no limit, it is ours).
    """

    shortest: timedelta
    a_day: int | None = None


@runtime_checkable
class HasPollingPolicy(Protocol):
    """A SourceAdapter whose network sets no quota, so that we set one."""

    polling: PollingPolicy


@dataclass(frozen=True, slots=True)
class CommentThread:
    """Comments below a post to be read: the `count` oldest, or newest, ones."""

    owner_id: str
    post_id: str
    newest: bool = False
    count: int = 100


@dataclass(frozen=True, slots=True)
class Comment:
    id: str
    url: str
    author: Author
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CommentPage:
    """The comments of a thread, or in plain words why they are `closed` to us."""

    thread: CommentThread
    comments: tuple[Comment, ...] = ()
    closed: str = ""
    requests: int = 1


@runtime_checkable
class ReadsComments(Protocol):
    """A SourceAdapter that can read the comments below a post."""

    def comments(self, threads: Sequence[CommentThread]) -> Iterator[CommentPage]:
        """One CommentPage for each thread, in order. Raises SourceErrors; what was yielded before still counts."""
        ...

    def comments_quota(self) -> Quota: ...


@dataclass(frozen=True, slots=True)
class PostRef:
    """A post that we have, to be rechecked. `videos`: the addresses that its videos are fetched from."""

    owner_id: str
    post_id: str
    url: str
    videos: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecheckResult:
    """What a network says about a post that we have: it is there (perhaps as `post`), or what of it is `lost`
    (Doubt: all of it, a video out of it, our leave to see it). `unclear`: why neither is known.
    """

    ref: PostRef
    post: SeenPost | None = None
    lost: str = ""
    unclear: str = ""
    requests: int = 1


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """What a token has been used for in the last 24 hours. `token`: its digest. `calls`: by method, with the number
    that the network allows (None: it counts none).
    """

    token: str
    calls: Mapping[str, tuple[int, int | None]]


@runtime_checkable
class HasTokens(Protocol):
    """A SourceAdapter that reads with access tokens of ours."""

    def tokens(self) -> list[TokenUsage]: ...


@runtime_checkable
class Rechecks(Protocol):
    """A SourceAdapter that can tell a loss from a fault: it says `lost` only when the network says so in its own words.

    An error page, a wall of consent, a layout that has changed or a post that is merely not listed are `unclear`.
    """

    def recheck(self, posts: Sequence[PostRef]) -> Iterator[RecheckResult]:
        """A result for each post, in any order. Raises SourceErrors when the network can't be asked (any more)."""
        ...


@dataclass(frozen=True, slots=True)
class Fetched:
    """`path`: the file, in the given folder. The texts are data; no file is named by them. `measured`: the network said
    where the file ends; without that it may have been cut off, and only a look can tell.
    """

    path: Path
    bytes: int
    title: str = ""
    author: str = ""
    duration: float | None = None
    measured: bool = True


class Fetcher(Protocol):
    def fetch(self, url: str, folder: Path, *, progress: Progress | None = None) -> Fetched:
        """Downloads the video behind `url` into `folder`, which is empty or holds a part that is resumed.

        Raises NotYet, Gone, ExtractorBroken, Refused (too large, not ours to fetch) or DiskFull.
        """
        ...


@runtime_checkable
class FetchesItself(Protocol):
    """A SourceAdapter whose videos need no downloader: their addresses begin with the network's name and a colon."""

    def fetcher(self) -> Fetcher: ...


@dataclass(frozen=True, slots=True)
class Listed:
    """A video in a network's list. `at`: when it was published, None where the list does not say."""

    id: str
    title: str = ""
    description: str = ""
    at: datetime | None = None
    duration: float | None = None
    author: Author = Author()
    blocked: str = ""


class Lister(Protocol):
    def entries(self, url: str, *, most: int) -> tuple[str, list[Listed]]:
        """Title and videos, newest first, of a page that lists videos; of a video's own page that one.

        Raises SourceErrors, and Refused for a link that leads to no list.
        """
        ...


@dataclass(frozen=True, slots=True)
class Notification:
    """A message to people. `id` is the same whenever the same message is sent, so that receivers can drop duplicates;
    `after`: the id of the message that this one follows. `text`, `advice`: in English, as rows keep them.

    `url`: a page where something can be done about it. `campaign`: its short name.
    `zone`: the time zone in which times are written.
    """

    id: str
    key: str
    state: NotificationState
    text: str
    url: str
    at: datetime
    advice: str = ""
    campaign: str = ""
    after: str = ""
    zone: str = "UTC"


class Channel(Protocol):
    """A way to notify people, in their language, when they are not at the desk."""

    name: str

    def send(self, notification: Notification) -> str:
        """Sends it and returns the other side's answer in one line. Raises NotSent: try again later."""
        ...


@dataclass(frozen=True, slots=True)
class StoredFile:
    """`size` in bytes; `at`: when it came."""

    size: int
    at: datetime


class MediaStore(Protocol):
    """Bytes by key. Keys are ours (`sha256` or `kind/sha256.ext`), never a network's words.

    Where the bytes are on another machine, each call may raise StorageDown.
    """

    def put(self, key: str, path: Path) -> None:
        """Moves a finished file in, durably; the same key again changes nothing."""
        ...

    def local(self, key: str) -> Path:
        """A path on this machine to read the bytes from. Raises NotFound."""
        ...

    def at_hand(self, key: str) -> Path | None:
        """As `local`, but None where the bytes are not on this machine yet, or nowhere."""
        ...

    def facts(self, key: str) -> StoredFile:
        """Without the bytes. Raises NotFound."""
        ...

    def digest(self, key: str) -> str:
        """The sha256 of the bytes as they are now; reads all of them. Raises NotFound."""
        ...

    def range(self, key: str, start: int, length: int) -> BinaryIO:
        """Up to `length` bytes from `start`."""
        ...

    def delete(self, key: str) -> None: ...

    def release(self, key: str) -> None:
        """This machine needs no bytes of it any more; the media store keeps it. Raises nothing where there are none."""
        ...

    def list(self, prefix: str = "") -> Iterator[str]: ...

    def has(self, key: str) -> bool: ...

    def url(self, key: str) -> str | None:
        """A link that a browser can read directly, or None where the desk has to stream."""
        ...


class SharedFiles(Protocol):
    """Finished files below the data folder that every host sees: films and what lies beside them, shots, hand-ins.

    A path is where a file lies, or would lie, on this host. Each call may raise StorageDown where hosts share a bucket.
    """

    def reserve(self, path: Path) -> bool:
        """Takes a name that no host has; False where one has it."""
        ...

    def share(self, *paths: Path) -> None:
        """Shows finished files to the other hosts. What was shared under the name gives way."""
        ...

    def share_as(self, made: Path, place: Path) -> None:
        """As `share`, of a file that the caller moves to its place next: killed in between, no host lacks it."""
        ...

    def bring(self, path: Path) -> Path:
        """The same path, at which the file lies now if any host has shared it."""
        ...

    def has(self, path: Path) -> bool:
        """Whether any host has shared it; without asking, where one host has all files, whether it lies here."""
        ...

    def holds(self, path: Path, sha256: str) -> bool:
        """Whether what is shared under the name has this sum, as it is now: reads all of it."""
        ...

    def drop(self, path: Path) -> bool:
        """For the other hosts it is gone; the file of this host is the caller's. Whether it was shared."""
        ...

    def names(self, folder: Path, begin: str = "") -> Iterator[Path]:
        """What is shared below the folder, in order; only what begins so."""
        ...
