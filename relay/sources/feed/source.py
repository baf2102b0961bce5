"""An RSS or Atom feed of anybody's site: entries that link to videos of networks we fetch from, or enclose video files.

The bytes come through web.py (limits, guard); feedparser is handed bytes only and never opens an address itself.
A feed has no pages: what has fallen off its end is not seen, so a reading says when it may not go back far enough.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit, urlunsplit

from relay.config import Settings
from relay.errors import Closed, Refused, TryLater
from relay.language.sentence import filled
from relay.models import Doubt
from relay.ports import (
    Clock,
    NetworkDescription,
    OwnerKind,
    Page,
    Place,
    PollingPolicy,
    PostRef,
    RecheckResult,
    SeenPost,
)
from relay.sources import dates
from relay.sources.feed import parse
from relay.sources.rechecks import one_by_one
from relay.sources.video_links import FILE_MARK
from relay.sources.web import AGAIN_BY_ITSELF, Reply, Web
from relay.store import Store

NETWORK = parse.NETWORK
PREFIXES = ("rss:", "feed:", "atom:")
PER_SECOND = 1.0
REDIRECTS = 3
GONE = (404, 410)
FORBIDDEN = (401, 403, 451)
NO_ADDRESS = "The entry of the feed has no page of its own to look at."
NO_WITNESS = "The page is gone, but so is the feed: the whole site may be in trouble."
EXAMPLES = "Known is rss:https://example.org/feed.xml."


class FeedSource:
    """`SourceAdapter` and `Rechecks` for feeds. `owner_id` is the feed's address. `guarded=False` is for tests."""

    description = NetworkDescription(
        name=NETWORK, titles={"en": "feeds", "fr": "flux", "ru": "ленты"}, owners=OwnerKind.collection
    )
    polling = PollingPolicy(timedelta(minutes=30), 5_000)

    def __init__(
        self,
        settings: Settings,
        store: Store,
        clock: Clock,
        sleep: Callable[[float], None] = time.sleep,
        *,
        guarded: bool = True,
    ) -> None:
        self._clock = clock
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
        return Place(NETWORK, f"{NETWORK}:{url}", url, feed.title or url)

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
        zone = dates.zone_named(place.zone)
        posts, faults = parse.posts(feed, place.owner_id, reply.url, zone=zone, now=self._clock())
        if posts and len(posts) > 1 and posts[-1].published_at > since:
            faults += (
                filled(
                    "the feed holds {count} entries only, and all of them are newer than asked for", count=len(posts)
                ),
            )
        yield Page(tuple(posts), reply.requests, len(feed.entries), since, faults)

    def posts_behind(self, links: Sequence[str]) -> list[SeenPost]:
        """Nothing: the entries of a feed have no addresses of their own that we could tell apart."""
        del links
        return []

    def recheck(self, posts: Sequence[PostRef]) -> Iterator[RecheckResult]:
        """That a feed lists an entry no longer says nothing; its page and its video file are asked themselves, and are
        gone when their site answers 404 or 410 to them and still has the feed.
        """
        return one_by_one(posts, self._again)

    def _again(self, known: PostRef) -> RecheckResult:
        page = [] if known.url == known.owner_id else [known.url]
        files = [link.removesuffix(FILE_MARK) for link in known.videos if link.endswith(FILE_MARK)]
        requests = 0
        for links, what in ((page, Doubt.post), (files, Doubt.video)):
            replies = [self._web.get(link, redirects=REDIRECTS, headers_only=True) for link in links]
            requests += sum(reply.requests for reply in replies)
            statuses = {reply.status for reply in replies}
            if odd := sorted(statuses - {200, *GONE}):
                words = filled("The site answers with HTTP {status}.", status=odd[0])
                return RecheckResult(known, unclear=words, requests=requests)
            if statuses and 200 not in statuses:
                feed = self._get(known.owner_id)
                there = _parsed(feed) is not None
                lost, unclear = (what, "") if there else ("", NO_WITNESS)
                return RecheckResult(known, lost=lost, unclear=unclear, requests=requests + feed.requests)
        return RecheckResult(known, unclear="" if page or files else NO_ADDRESS, requests=requests)

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


def _parsed(reply: Reply) -> parse.Feed | None:
    """The feed in an answer, None when there is none."""
    return parse.parsed(reply.body) if reply.status == 200 else None
