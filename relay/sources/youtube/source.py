"""YouTube: a hashtag's videos, a channel's videos and shorts, as yt-dlp lists them (in a child: ports.Lister).

The lists tell the time of publication roughly ("3 days ago"), and for shorts not at all; then the video's own page is
asked, a few of them in a reading. A hashtag's list holds a part of what there is: it discovers, it does not guarantee.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote, unquote, urlsplit

from relay.config import Settings
from relay.errors import Closed, Refused
from relay.language.sentence import filled, prefixed
from relay.models import Doubt
from relay.ports import (
    Clock,
    Listed,
    Lister,
    NetworkDescription,
    Page,
    Place,
    PollingPolicy,
    PostRef,
    RecheckResult,
    SeenPost,
    SeenVideo,
)
from relay.sources.rechecks import one_by_one
from relay.sources.youtube import links
from relay.store import Store

NETWORK = links.NETWORK
MOST_LISTED = 200
MOST_DATED = 20
"""Videos whose own page is asked in one reading, because the list gives no date."""
NOT_UNDERSTOOD = "YouTube answers with a page that is not understood."
GONE_WORDS = (
    "removed by the uploader",
    "account associated with this video has been",
    "no longer available because",
    "has been deleted",
    "video does not exist",
    "isn't available anymore",
    "is no longer available",
)
EXAMPLES = "Known are yt:#tag, yt:@channel and the links to both."

_CHANNEL = re.compile(r"@[\w.·-]{3,60}|channel/UC[\w-]{22}")
_TAG = re.compile(r"\w{1,100}")


class YoutubeSource:
    """`SourceAdapter` and `Rechecks` for YouTube.

    A place's `owner_id` is `@channel`, `channel/UC…`, or empty for a hashtag.
    """

    description = NetworkDescription(
        name=NETWORK,
        titles={"en": "YouTube", "fr": "YouTube", "ru": "YouTube"},
        extractors=("youtube",),
        list_extractors=("youtube", "youtube:tab"),
        links=links.LINKS,
    )
    polling = PollingPolicy(timedelta(minutes=60), 2_000)

    def __init__(self, settings: Settings, store: Store, clock: Clock, lists: Lister) -> None:
        del settings, store
        self._clock, self._lists = clock, lists

    def claims(self, address: str) -> bool:
        address = address.strip()
        return address.startswith(f"{NETWORK}:") or links.on_youtube(address)

    def resolve(self, address: str) -> Place:
        """Lists the newest video of the place. Raises Refused where there is none."""
        name = _name_in(address)
        if name.startswith("#"):
            return Place(NETWORK, f"{NETWORK}:{name}", "", f"YouTube: {name}")
        try:
            title, _ = self._lists.entries(_pages(name)[0], most=1)
        except Closed as error:
            raise Refused("YouTube knows no channel {name}.", hint=EXAMPLES, name=name) from error
        return Place(NETWORK, f"{NETWORK}:{name}", name, title.removesuffix(" - Videos") or name)

    def read(
        self,
        place: Place,
        *,
        since: datetime,
        until: datetime,  # noqa: ARG002 - lists begin with the newest
        tags: Sequence[str],  # noqa: ARG002 - the tags are looked for by us
    ) -> Iterator[Page]:
        """A page for each list. Dates are rough, so nothing is left out because of them."""
        name = place.address.removeprefix(f"{NETWORK}:")
        pages = _pages(name)
        asked = 0
        for number, url in enumerate(pages, start=1):
            posts, faults, requests = [], [], 1
            for listed in self._lists.entries(url, most=MOST_LISTED)[1]:
                known = listed
                if listed.at is None and not listed.blocked and asked < MOST_DATED:
                    known, asked, requests = self._own_page(listed), asked + 1, requests + 1
                if known.at is None:
                    faults.append(prefixed(listed.id, filled("YouTube does not tell when it was published")))
                else:
                    posts.append(_post(known, known.at))
            done = number == len(pages)
            yield Page(tuple(posts), requests, None, since if done else None, tuple(faults))

    def posts_behind(self, wanted: Sequence[str]) -> list[SeenPost]:
        numbers = dict.fromkeys(video.video_id for link in wanted if (video := links.video_of(link)) is not None)
        found = (self._own_page(Listed(number)) for number in numbers)
        return [_post(listed, listed.at or self._clock()) for listed in found if listed.title or listed.at]

    def recheck(self, posts: Sequence[PostRef]) -> Iterator[RecheckResult]:
        """Gone is what YouTube gives a reason for; "unavailable" alone is also what it tells a visitor it distrusts.

        The texts of lists and of pages differ, so the post itself is not brought along.
        """
        return one_by_one(posts, self._again)

    def _again(self, known: PostRef) -> RecheckResult:
        try:
            _, told = self._lists.entries(_watch(known.post_id), most=1)
        except Closed as error:
            lost = loss_told(str(error.words.get("words", "")))
            return RecheckResult(known, lost=lost, unclear="" if lost else error.line, requests=error.requests)
        there = any(one.id == known.post_id and one.title for one in told)
        return RecheckResult(known, unclear="" if there else NOT_UNDERSTOOD)

    def _own_page(self, listed: Listed) -> Listed:
        """What the video's own page tells; what the list said where the page isn't for us."""
        try:
            _, told = self._lists.entries(_watch(listed.id), most=1)
        except (Closed, Refused):
            return listed
        return told[0] if told else listed


def loss_told(words: str) -> str:
    """What YouTube's reason means (as yt-dlp repeats it): deleted, closed to us, or ("") neither of both for sure."""
    said = words.casefold()
    if "private video" in said or "video is private" in said:
        return Doubt.private
    return Doubt.post if any(word in said for word in GONE_WORDS) else ""


def _name_in(address: str) -> str:
    address = address.strip()
    name = address.removeprefix(f"{NETWORK}:").strip() if address.startswith(f"{NETWORK}:") else ""
    if not name or links.on_youtube(name):
        path = unquote(urlsplit(_with_scheme(name or address)).path)
        hashtag = re.match(r"/hashtag/([^/]+)", path)
        name = f"#{hashtag[1]}" if hashtag else "/".join(path.strip("/").split("/")[: 2 if "/channel/" in path else 1])
    if name.startswith("#") and _TAG.fullmatch(name[1:]):
        return name.casefold()
    if _CHANNEL.fullmatch(name):
        return name
    raise Refused("{address} is no hashtag or channel on YouTube.", hint=EXAMPLES, address=address)


def _pages(name: str) -> list[str]:
    if name.startswith("#"):
        tag = quote(name[1:])
        return [f"https://www.youtube.com/hashtag/{tag}", f"https://www.youtube.com/hashtag/{tag}/shorts"]
    return [f"https://www.youtube.com/{quote(name, safe='@/')}/{tab}" for tab in ("videos", "shorts")]


def _post(listed: Listed, at: datetime) -> SeenPost:
    video = SeenVideo(
        network=NETWORK,
        owner_id="",
        video_id=listed.id,
        url=_watch(listed.id),
        title=listed.title,
        description=listed.description,
        duration=listed.duration,
        author=listed.author,
        blocked=listed.blocked,
    )
    texts = (("video title", listed.title), ("video description", listed.description))
    return SeenPost(
        network=NETWORK,
        owner_id="",
        post_id=listed.id,
        url=video.url,
        published_at=at,
        text="\n".join(part for _, part in texts if part),
        author=listed.author,
        texts=tuple(pair for pair in texts if pair[1]),
        videos=(video,),
    )


def _watch(number: str) -> str:
    return f"https://www.youtube.com/watch?v={number}"


def _with_scheme(link: str) -> str:
    return link if "://" in link else f"https://{link}"
