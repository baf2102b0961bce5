"""A list of links, one a line or one in each row of a table, in a file of this machine or at an address.

Each link is looked up on the network that it belongs to. Whoever keeps the list vouches for what stands in it,
so a post needs no tag; it has to lie in the campaign's window all the same, where its date is known.
"""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from relay.config import Settings
from relay.errors import Closed, Refused, SourceError, TryLater
from relay.language.sentence import Sentence, filled, prefixed
from relay.models import MatchPlace
from relay.ports import Clock, NetworkDescription, OwnerKind, Page, Place, PollingPolicy, SeenPost, SourceAdapter
from relay.sources import video_links
from relay.sources.web import AGAIN_BY_ITSELF, Web
from relay.store import Store

NETWORK = "links"
HANDED_IN = MatchPlace.handed_in
"""Where the tag is said to stand in a post that somebody vouches for (collect/campaigns.py knows the word too)."""
MOST_BYTES = 2 << 20
MOST_LINKS = 5000
PER_SECOND = 1.0
REDIRECTS = 3
EXAMPLES = "Known are links:/path/to/list.txt and links:https://example.org/list.csv."


class LinksSource:
    """`SourceAdapter` for a list of links. `owner_id` is the list's address. `others`: who can look links up."""

    description = NetworkDescription(
        name=NETWORK,
        titles={"en": "lists of links", "fr": "listes de liens", "ru": "списки ссылок"},
        owners=OwnerKind.collection,
        on_this_machine=True,
    )
    polling = PollingPolicy(timedelta(minutes=60), 5_000)

    def __init__(
        self,
        settings: Settings,
        store: Store,
        clock: Clock,
        others: Mapping[str, SourceAdapter],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._others = others
        self._web = Web(settings, store, clock, sleep, network=NETWORK, name="The site", per_second=PER_SECOND)

    def claims(self, address: str) -> bool:
        return address.strip().startswith(f"{NETWORK}:")

    def resolve(self, address: str) -> Place:
        """Reads the list. Raises Refused for one that isn't there or has no link."""
        where = address.strip().removeprefix(f"{NETWORK}:").strip()
        if not where.startswith(("http://", "https://")):
            where = str(Path(where).absolute()) if where else ""
        if not where:
            raise Refused("{address} names no list.", hint=EXAMPLES, address=address)
        try:
            text, _ = self._text(where)
        except Closed as error:
            raise Refused(error.sentence, hint=EXAMPLES) from error
        links = links_of(text)
        if not links:
            raise Refused("There is no link in {where}.", hint="Write one link a line.", where=where)
        return Place(NETWORK, f"{NETWORK}:{where}", where, f"{where.rpartition('/')[2]} ({len(links)})")

    def read(
        self,
        place: Place,
        *,
        since: datetime,
        until: datetime,  # noqa: ARG002 - a list comes whole
        tags: Sequence[str],
    ) -> Iterator[Page]:
        """A page for each network. Links that nobody reads, and those that lead to nothing, are told as faults."""
        text, requests = self._text(place.owner_id)
        links = links_of(text)
        by_network = self._by_network(links)
        claimed = {link for named in by_network.values() for link in named}
        faults = [prefixed(link, filled("no network that Relay reads")) for link in links if link not in claimed]
        for name, named in by_network.items():
            posts = [_vouched(post, tags) for post in self._looked_up(name, named)]
            missing = max(0, len(named) - len(posts))
            nothing = filled(
                "Links to {name} behind which is nothing that we may see: {missing} of {all}",
                name=name,
                missing=missing,
                all=len(named),
            )
            lost = (nothing,) if missing else ()
            yield Page(tuple(posts), requests + 1, None, None, lost)
            requests = 0
        yield Page((), requests, len(links), since, tuple(faults))

    def posts_behind(self, links: Sequence[str]) -> list[SeenPost]:
        """Nothing: each link belongs to its own network."""
        del links
        return []

    def _by_network(self, links: Sequence[str]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for link in links:
            name = next((name for name, source in self._others.items() if source.claims(link)), None)
            if name is not None:
                found.setdefault(name, []).append(link)
        return found

    def _looked_up(self, name: str, links: Sequence[str]) -> list[SeenPost]:
        try:
            return self._others[name].posts_behind(links)
        except Closed as error:  # one closed link closes no list
            raise TryLater(error.sentence, requests=error.requests) from error
        except SourceError:
            raise

    def _text(self, where: str) -> tuple[str, int]:
        if where.startswith(("http://", "https://")):
            reply = self._web.get(where, redirects=REDIRECTS, accept="text/plain, text/csv, */*;q=0.5")
            if reply.status in (401, 403, 404, 410):
                raise Closed(
                    "There is no list at {where} (HTTP {status}).",
                    requests=reply.requests,
                    where=where,
                    status=reply.status,
                )
            if reply.status != 200:
                raise TryLater("The site answers with HTTP {status}.", hint=AGAIN_BY_ITSELF, status=reply.status)
            return reply.body.decode("utf-8-sig", "replace"), reply.requests
        try:
            with Path(where).open("rb") as file:
                body = file.read(MOST_BYTES + 1)
        except (OSError, ValueError) as error:
            why = Sentence(getattr(error, "strerror", None) or "no path")
            raise Closed("The list {where} can't be read ({strerror}).", where=where[:200], strerror=why) from error
        if len(body) > MOST_BYTES:
            raise Closed("The list {where} is larger than {most} MB.", where=where, most=MOST_BYTES >> 20)
        return body.decode("utf-8-sig", "replace"), 0


def links_of(text: str) -> list[str]:
    """All links of a text or table, each once, in order; lines that begin with `#` are remarks."""
    found: dict[str, None] = {}
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for row in _rows(lines):
        for cell in row:
            word = cell.strip()
            if "://" not in word and video_links.video_of(word) is not None:
                found[word] = None
            for link in video_links.links_in(word):
                found[link] = None
        if len(found) >= MOST_LINKS:
            break
    return list(found)[:MOST_LINKS]


def _rows(lines: Sequence[str]) -> Iterator[Sequence[str]]:
    """The cells of each line; where one never ends (a quote is left open), the lines as they are."""
    try:
        yield from csv.reader(io.StringIO("\n".join(lines)), delimiter=_delimiter(lines))
    except csv.Error:
        yield from ([line] for line in lines)


def _delimiter(lines: Sequence[str]) -> str:
    """Tables from Russian spreadsheets are parted by semicolons."""
    text = "\n".join(lines[:50])
    return max("\t;,", key=text.count)


def _vouched(post: SeenPost, tags: Sequence[str]) -> SeenPost:
    said = ((HANDED_IN, f"#{tags[0].lstrip('#')}"),) if tags else ()
    return replace(post, texts=(*post.texts, *said))
