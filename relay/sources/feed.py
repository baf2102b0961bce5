"""An RSS or Atom feed of anybody's site: entries that link to videos of networks we fetch from, or enclose video files.

The bytes come through web.py (limits, guard); feedparser is handed bytes only and never opens an address itself.
A feed has no pages: what has fallen off its end is not seen, so a reading says when it may not go back far enough.
"""

from __future__ import annotations

import calendar
import hashlib
import io
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

from bs4 import BeautifulSoup, Tag

from relay.config import Settings
from relay.errors import Closed, Refused, TryLater, filled
from relay.ports import POST_GONE, VIDEO_GONE, Again, Author, Clock, Known, Manners, Page, Place, SeenPost, SeenVideo
from relay.sources import known as known_links
from relay.sources.again import one_by_one
from relay.sources.known import FILE_MARK
from relay.sources.web import AGAIN_BY_ITSELF, Reply, Web
from relay.store import Store

NETWORK = "rss"
PREFIXES = ("rss:", "feed:", "atom:")
PER_SECOND = 1.0
REDIRECTS = 3
GONE = (404, 410)
FORBIDDEN = (401, 403, 451)
NO_ADDRESS = "The entry of the feed has no page of its own to look at."
NO_WITNESS = "The page is gone, but so is the feed: the whole site may be in trouble."
EXAMPLES = "Known is rss:https://example.org/feed.xml."


class FeedSource:
    """`Source` and `LooksAgain` for feeds. A place's `owner_id` is the feed's address. `guarded=False` is for tests."""

    network = NETWORK
    manners = Manners(timedelta(minutes=30), 5_000)

    def __init__(
        self,
        settings: Settings,
        store: Store,
        clock: Clock,
        sleep: Callable[[float], None] = time.sleep,
        *,
        guarded: bool = True,
    ) -> None:
        self._web = Web(
            settings,
            store,
            clock,
            sleep,
            network=NETWORK,
            name="The site",
            per_second=PER_SECOND,
            guarded=guarded,
        )

    def claims(self, address: str) -> bool:
        return address.strip().startswith(PREFIXES)

    def resolve(self, address: str) -> Place:
        """Asks for the feed. Raises Refused for what is no feed."""
        url = _address_in(address)
        reply = self._get(url)
        if reply.status in GONE or reply.status in FORBIDDEN:
            raise Refused("There is no feed at {url} (HTTP {status}).", hint=EXAMPLES, url=url, status=reply.status)
        feed = _parsed(reply)
        if feed is None:
            raise Refused("What lies at {url} is no RSS or Atom feed.", hint=EXAMPLES, url=url)
        return Place(NETWORK, f"{NETWORK}:{url}", url, _text(feed.feed.get("title")) or url)

    def read(
        self,
        place: Place,
        *,
        since: datetime,
        until: datetime,  # noqa: ARG002 - a feed comes whole
        tags: Sequence[str],  # noqa: ARG002 - the tags are looked for by us
    ) -> Iterator[Page]:
        reply = self._get(place.owner_id)
        if reply.status in FORBIDDEN:
            raise Closed("The site does not show the feed to us.", requests=reply.requests)
        if reply.status in GONE:
            raise Closed("The feed is not there any more.", gone=True, requests=reply.requests)
        feed = _parsed(reply)
        if feed is None:
            raise TryLater("The site answers with no feed.", hint=AGAIN_BY_ITSELF, requests=reply.requests)
        posts, faults = _posts(feed.entries, place.owner_id, reply.url)
        if posts and len(posts) > 1 and posts[-1].published_at > since:
            faults += (f"the feed holds {len(posts)} entries only, and all of them are newer than asked for",)
        yield Page(tuple(posts), reply.requests, len(feed.entries), since, faults)

    def look(self, links: Sequence[str]) -> list[SeenPost]:
        """Nothing: the entries of a feed have no addresses of their own that we could tell apart."""
        del links
        return []

    def look_again(self, posts: Sequence[Known]) -> Iterator[Again]:
        """That a feed lists an entry no longer says nothing; its page and its video file are asked themselves, and are
        gone when their site answers 404 or 410 to them and still has the feed.
        """
        return one_by_one(posts, self._again)

    def _again(self, known: Known) -> Again:
        page = [] if known.url == known.owner_id else [known.url]
        files = [link.removesuffix(FILE_MARK) for link in known.videos if link.endswith(FILE_MARK)]
        requests = 0
        for links, what in ((page, POST_GONE), (files, VIDEO_GONE)):
            replies = [self._web.get(link, redirects=REDIRECTS, headers_only=True) for link in links]
            requests += sum(reply.requests for reply in replies)
            statuses = {reply.status for reply in replies}
            if odd := sorted(statuses - {200, *GONE}):
                words = filled("The site answers with HTTP {status}.", status=odd[0])
                return Again(known, unclear=words, requests=requests)
            if statuses and 200 not in statuses:
                feed = self._get(known.owner_id)
                there = _parsed(feed) is not None
                lost, unclear = (what, "") if there else ("", NO_WITNESS)
                return Again(known, lost=lost, unclear=unclear, requests=requests + feed.requests)
        return Again(known, unclear="" if page or files else NO_ADDRESS, requests=requests)

    def _get(self, url: str) -> Reply:
        wanted = "application/rss+xml, application/atom+xml, application/xml;q=0.9, */*;q=0.5"
        return self._web.get(url, redirects=REDIRECTS, accept=wanted)


def _address_in(address: str) -> str:
    """The feed's address in one spelling. Raises Refused."""
    rest = address.strip().partition(":")[2].strip()
    try:
        parts = urlsplit(rest if "://" in rest else f"https://{rest.lstrip('/')}")
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    if parts.scheme not in ("http", "https") or not host or parts.username is not None:
        raise Refused("{address} is no address of a feed.", hint=EXAMPLES, address=address)
    place = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}[parts.scheme]
    return urlunsplit(
        (parts.scheme, place if port in (None, usual) else f"{place}:{port}", parts.path or "/", parts.query, "")
    )


def _parsed(reply: Reply) -> Any:
    """What feedparser understood, None when it is no feed (a page for people, half an answer)."""
    import feedparser

    if reply.status != 200:
        return None
    feed = feedparser.parse(io.BytesIO(reply.body), sanitize_html=False, resolve_relative_uris=False)
    whole = not feed.bozo or b"</rss>" in reply.body or b"</feed>" in reply.body or b"</rdf:RDF>" in reply.body
    return feed if feed.version and whole else None


def _posts(entries: Sequence[Any], feed_url: str, base: str) -> tuple[list[SeenPost], tuple[str, ...]]:
    """Newest first. An entry without a date can't be placed in time, and is told."""
    posts, faults = [], []
    for entry in entries:
        at = _moment(_told(entry, "published_parsed")) or _moment(_told(entry, "updated_parsed"))
        if at is None:
            faults.append(f"entry {_text(entry.get('title'))[:60] or '?'}: it has no date")
            continue
        posts.append(_post(entry, at, feed_url, base))
    return sorted(posts, key=lambda post: post.published_at, reverse=True), tuple(faults)


def _post(entry: Any, at: datetime, feed_url: str, base: str) -> SeenPost:
    title, page = _text(entry.get("title")), urljoin(base, _text(entry.get("link")))
    written = [BeautifulSoup(part, "html.parser") for part in _bodies(entry)]
    words = "\n".join(part.get_text(" ", strip=True) for part in written)
    number = _text(entry.get("id")) or page or hashlib.sha256(f"{at}{title}".encode()).hexdigest()
    tags = [_text(tag.get("term")) for tag in entry.get("tags") or ()]
    author, updated = Author(name=_text(entry.get("author"))), _moment(_told(entry, "updated_parsed"))
    texts = (("text", "\n".join(part for part in (title, words) if part)), ("tags", _hashed(tags)))
    return SeenPost(
        network=NETWORK,
        owner_id=feed_url,
        post_id=number[:500],
        url=page if urlsplit(page).scheme in ("http", "https") else feed_url,
        published_at=at,
        text=texts[0][1],
        edited_at=updated if updated and updated > at else None,
        author=author,
        texts=tuple(pair for pair in texts if pair[1]),
        videos=tuple(_videos(entry, written, page, base, author)),
        raw={"id": number, "title": title, "tags": tags},
    )


def _videos(entry: Any, written: Sequence[BeautifulSoup], page: str, base: str, author: Author) -> Iterator[SeenVideo]:
    links = [page, *(link for part in written for link in _linked(part, page or base))]
    videos = known_links.videos_of(links)
    yield from videos
    if videos:
        return
    files = [*(entry.get("enclosures") or ()), *(entry.get("media_content") or ())]
    seen = set()
    for file in files:
        link = urljoin(base, _text(file.get("href") or file.get("url")))
        kind = _text(file.get("type")).casefold()
        is_video = kind.startswith("video/") or urlsplit(link).path.casefold().endswith(known_links.VIDEO_ENDINGS)
        video = known_links.file_of(link, title=_text(entry.get("title"))) if is_video else None
        if video is not None and video.video_id not in seen:
            seen.add(video.video_id)
            yield SeenVideo(
                video.network,
                video.owner_id,
                video.video_id,
                video.url,
                title=video.title,
                kind=video.kind,
                author=author,
            )


def _bodies(entry: Any) -> Iterator[str]:
    bodies = [_text(part.get("value")) for part in entry.get("content") or ()]
    yield from bodies or [_text(entry.get("summary"))]


def _linked(part: BeautifulSoup, base: str) -> Iterator[str]:
    """Addresses in the text of an entry: links, embedded players, and bare ones."""
    for tag in part.find_all(["a", "iframe", "video", "source", "embed"]):
        link = (tag.get("href") or tag.get("src")) if isinstance(tag, Tag) else None
        if isinstance(link, str):
            yield urljoin(base, link)
    yield from known_links.links_in(part.get_text(" "))


def _hashed(tags: Sequence[str]) -> str:
    """Categories as hashtags; those of several words are written together."""
    return " ".join(f"#{tag.lstrip('#').replace(' ', '')}" for tag in tags if tag)


def _told(entry: Any, name: str) -> Any:
    """What the entry itself says: feedparser answers for `updated` with `published`, and warns that it does."""
    return dict.get(entry, name)


def _moment(parsed: Any) -> datetime | None:
    """feedparser gives UTC."""
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError, TypeError):
        return None


def _text(value: object) -> str:
    return value.replace("\0", "").strip() if isinstance(value, str) else ""
