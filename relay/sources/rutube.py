"""RuTube, read from the lists that its own pages load as JSON: a tag's videos, a channel's videos.

The addresses and fields are those that yt-dlp's extractors read (yt_dlp/extractor/rutube.py). Times come without a
zone and are taken for UTC, as yt-dlp does. The order of the lists is not promised, so a reading goes on until
many videos in a row are older than what is asked for. A video is its own post; its number is unique on all of RuTube.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from relay.addresses import leads_to
from relay.config import Settings
from relay.errors import Closed, Refused, TryLater
from relay.language.sentence import Sentence, filled, prefixed
from relay.models import Doubt, NoVideo
from relay.ports import (
    ON_AIR,
    Author,
    Clock,
    NetworkDescription,
    NetworkLinks,
    Page,
    Place,
    PollingPolicy,
    PostRef,
    RecheckResult,
    SeenPost,
    SeenVideo,
)
from relay.sources.rechecks import one_by_one
from relay.sources.web import AGAIN_BY_ITSELF, Reply, Web
from relay.store import Store

NETWORK = "rutube"
HOSTS = frozenset({"rutube.ru", "www.rutube.ru", "m.rutube.ru"})
API = "https://rutube.ru/api"
PER_SECOND = 1.0
OLD_IN_A_ROW = 40
MOST_PAGES = 500
NOT_UNDERSTOOD = "RuTube answers with something that is not understood."
EXAMPLES = "Known are rutube:tag/1800, rutube:channel/639184, and the links to both."

_PLACE = re.compile(r"(tag|channel)/(\d{1,12})", re.ASCII)
_PATHS = (
    (re.compile(r"/tags/video/(\d{1,12})", re.ASCII), "tag"),
    (re.compile(r"/(?:channel|video/person)/(\d{1,12})", re.ASCII), "channel"),
)
_VIDEO = re.compile(r"/(?:(?:live/)?video(?:/private|/embed)?|play/embed|embed|shorts)/([\da-z]{32})(?:/|$)", re.ASCII)
_ID = re.compile(r"[\da-z]{32}", re.ASCII)


def on_rutube(url: str) -> bool:
    return leads_to(url, HOSTS)


def video_of(url: str) -> SeenVideo | None:
    """The video behind any of RuTube's addresses; a private one keeps the key (`?p=`) that its link carries."""
    if not on_rutube(url):
        return None
    parts = urlsplit(url if "://" in url else f"https://{url}")
    found = _VIDEO.match(parts.path)
    if found is None:
        return None
    key = parse_qs(parts.query).get("p", [""])[0]
    key = key if re.fullmatch(r"[\w-]{8,64}", key, re.ASCII) else ""
    address = f"https://rutube.ru/video/private/{found[1]}/?p={key}" if key else page_of(found[1])
    return SeenVideo(NETWORK, "", found[1], address, access_key=key)


def page_of(video_id: str) -> str:
    return f"https://rutube.ru/video/{video_id}/"


def no_video(url: str) -> NoVideo | None:
    return NoVideo.playlist if "/plst/" in url else None


class RutubeSource:
    """`SourceAdapter` and `Rechecks` for RuTube.

    A place's `owner_id` is the number of the tag or channel, as `tag/1` or `channel/1`.
    """

    description = NetworkDescription(
        name=NETWORK,
        titles={"en": "RuTube", "fr": "RuTube", "ru": "RuTube"},
        extractors=("rutube",),
        links=NetworkLinks(hosts=("rutube.ru",), claims=on_rutube, video_of=video_of, no_video=no_video),
    )
    polling = PollingPolicy(timedelta(minutes=15), 20_000)

    def __init__(
        self, settings: Settings, store: Store, clock: Clock, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._web = Web(
            settings, store, clock, sleep, network=NETWORK, name=self.description.title(), per_second=PER_SECOND
        )

    def claims(self, address: str) -> bool:
        address = address.strip()
        return address.startswith(f"{NETWORK}:") or on_rutube(address)

    def resolve(self, address: str) -> Place:
        """Asks for the first page of the list. Raises Refused where there is none."""
        kind, number = _place_in(address)
        answer, reply = self._page(kind, number, 1)
        if reply.status in (404, 410):
            raise Refused("RuTube knows no {kind} number {number}.", hint=EXAMPLES, kind=Sentence(kind), number=number)
        items = _listed(answer, reply)
        title = f"RuTube: tag {number}"
        if kind == "channel":
            title = next((name for item in items if (name := _author(item).name)), f"RuTube: channel {number}")
        return Place(NETWORK, f"{NETWORK}:{kind}/{number}", f"{kind}/{number}", title)

    def read(
        self,
        place: Place,
        *,
        since: datetime,
        until: datetime,  # noqa: ARG002 - lists begin with the newest, always
        tags: Sequence[str],  # noqa: ARG002 - the tags are looked for by us
    ) -> Iterator[Page]:
        kind, _, number = place.owner_id.partition("/")
        old, seen = 0, set[str]()
        for page in range(1, MOST_PAGES + 1):
            answer, reply = self._page(kind, number, page)
            if reply.status in (404, 410) and page == 1:
                raise Closed(
                    "RuTube has no {kind} {number} any more.",
                    gone=True,
                    requests=reply.requests,
                    kind=kind,
                    number=number,
                )
            items = _listed(answer, reply)
            posts, faults = _posts(items)
            fresh = [post for post in posts if post.post_id not in seen]
            seen |= {post.post_id for post in fresh}
            for post in fresh:
                old = old + 1 if post.published_at < since else 0
            last = not items or not answer.get("has_next") or not (fresh or faults)
            done = last or old >= OLD_IN_A_ROW
            yield Page(tuple(posts), reply.requests, _whole(answer.get("count")), since if done else None, faults)
            if done:
                return
        raise TryLater("RuTube's list of {address} does not end.", hint="Is it the right one?", address=place.address)

    def posts_behind(self, links: Sequence[str]) -> list[SeenPost]:
        videos = {video.video_id: video for link in links if (video := video_of(link)) is not None}
        found = []
        for video in videos.values():
            key = f"&p={video.access_key}" if video.access_key else ""
            item, reply = self._web.json(f"{API}/video/{video.video_id}/?format=json{key}", hosts=HOSTS)
            if reply.status == 200 and isinstance(item, Mapping):
                posts, _ = _posts([{**item, "id": video.video_id}], video)
                found += posts
        return found

    def recheck(self, posts: Sequence[PostRef]) -> Iterator[RecheckResult]:
        """Gone is what RuTube's own interface says, as JSON: 404, or `is_deleted`; a page for people says nothing."""
        return one_by_one(posts, self._again)

    def _again(self, known: PostRef) -> RecheckResult:
        video = video_of(next((link for link in known.videos if video_of(link)), known.url))
        if video is None:
            return RecheckResult(known, unclear=NOT_UNDERSTOOD, requests=0)
        key = f"&p={video.access_key}" if video.access_key else ""
        item, reply = self._web.json(f"{API}/video/{video.video_id}/?format=json{key}", hosts=HOSTS)
        return _standing(known, video, item, reply)

    def _page(self, kind: str, number: str, page: int) -> tuple[Any, Reply]:
        lists = {"tag": f"tags/video/{number}", "channel": f"video/person/{number}"}
        return self._web.json(f"{API}/{lists[kind]}/?page={page}&format=json", hosts=HOSTS)


def _standing(known: PostRef, video: SeenVideo, item: Any, reply: Reply) -> RecheckResult:
    told = item if isinstance(item, Mapping) else {}
    if lost := _loss_told(told, reply.status):
        return RecheckResult(known, lost=lost, requests=reply.requests)
    same = _text(told.get("id")).replace("-", "") in ("", video.video_id)
    posts = _posts([{**told, "id": video.video_id}], video)[0] if reply.status == 200 and same else []
    if not posts:
        return RecheckResult(known, unclear=NOT_UNDERSTOOD, requests=reply.requests)
    return RecheckResult(
        known, replace(posts[0], videos=(replace(posts[0].videos[0], blocked=""),)), requests=reply.requests
    )


def _loss_told(told: Mapping[str, Any], status: int) -> str:
    if (status in (404, 410) and "detail" in told) or (status == 200 and told.get("is_deleted")):
        return Doubt.post
    private = status in (401, 403) and "private" in str(told.get("detail", ""))
    return Doubt.private if private or (status == 200 and (told.get("is_hidden") or told.get("is_private"))) else ""


def _place_in(address: str) -> tuple[str, str]:
    address = address.strip()
    name = address.removeprefix(f"{NETWORK}:").strip() if address.startswith(f"{NETWORK}:") else ""
    if found := _PLACE.fullmatch(name):
        return found[1], found[2]
    link = name or address
    if on_rutube(link):
        path = urlsplit(link if "://" in link else f"https://{link}").path
        for shape, kind in _PATHS:
            if found := shape.match(path):
                return kind, found[1]
    raise Refused("{address} is no list of videos on RuTube.", hint=EXAMPLES, address=address)


def _listed(answer: Any, reply: Reply) -> list[Any]:
    if reply.status in (401, 403):
        raise Closed("RuTube does not show this list to us.", requests=reply.requests)
    if reply.status != 200 or not isinstance(answer, Mapping) or not isinstance(answer.get("results"), list):
        raise TryLater(
            "RuTube answers with something that is no list (HTTP {status}).",
            hint=AGAIN_BY_ITSELF,
            requests=reply.requests,
            status=reply.status,
        )
    return list(answer["results"])


def _posts(items: Sequence[Any], known: SeenVideo | None = None) -> tuple[list[SeenPost], tuple[str, ...]]:
    posts, faults = [], []
    for item in items:
        number = _text(item.get("id")) if isinstance(item, Mapping) else ""
        at = _moment(item) if isinstance(item, Mapping) else None
        if not _ID.fullmatch(number) or at is None:
            faults.append(prefixed(number[:40] or "?", filled("it has no number or no date")))
        elif not item.get("is_deleted"):
            posts.append(_post(item, number, at, known))
    return posts, tuple(faults)


def _post(item: Mapping[str, Any], number: str, at: datetime, known: SeenVideo | None) -> SeenPost:
    title, description, author = _text(item.get("title")), _text(item.get("description")), _author(item)
    blocked = _why_blocked(item)
    words = [_text(word) for word in item.get("hashtags") or () if isinstance(word, str)]
    texts = (
        ("video title", title),
        ("video description", description),
        ("tags", " ".join(f"#{word.lstrip('#')}" for word in words)),
    )
    video = SeenVideo(
        network=NETWORK,
        owner_id="",
        video_id=number,
        url=known.url if known else page_of(number),
        title=title,
        description=description,
        duration=float(seconds) if (seconds := _whole(item.get("duration"))) else None,
        access_key=known.access_key if known else "",
        author=author,
        blocked=blocked,
        blocked_for_good=False,
    )
    return SeenPost(
        network=NETWORK,
        owner_id="",
        post_id=number,
        url=page_of(number),
        published_at=at,
        text="\n".join(part for part in (title, description) if part),
        author=author,
        texts=tuple((where, text) for where, text in texts if text),
        videos=(video,),
        raw=dict(item),
    )


def _why_blocked(item: Mapping[str, Any]) -> str:
    if item.get("is_livestream"):
        return ON_AIR
    if item.get("is_hidden") or item.get("is_private"):
        return "The video is hidden on RuTube."
    return "The video has to be paid for on RuTube." if item.get("is_paid") else ""


def _author(item: object) -> Author:
    author = item.get("author") if isinstance(item, Mapping) else None
    if not isinstance(author, Mapping):
        return Author()
    number = _whole(author.get("id"))
    return Author(str(number) if number else "", _text(author.get("name")))


def _moment(item: Mapping[str, Any]) -> datetime | None:
    """When it became public; where that is not told, when it was uploaded."""
    for name in ("publication_ts", "created_ts"):
        try:
            found = datetime.fromisoformat(_text(item.get(name)))
        except ValueError:
            continue
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    return None


def _whole(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value < 10**12 else None


def _text(value: object) -> str:
    return value.replace("\0", "").strip() if isinstance(value, str) else ""
