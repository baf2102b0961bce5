"""OK (ok.ru), as far as its public pages go: the videos of a group, and single videos.

A group's page shows its newest videos, without dates; each video's own page carries, for the player, the JSON
that yt-dlp's extractor reads (yt_dlp/extractor/odnoklassniki.py) and the day of the upload. OK's programming
interface would need a session.

Further pages of a list come as a browser asks for them that is scrolled down: by a form posted to the block that the
list stands in, with the last video that was shown and the version of the page's script. Public readers of OK's
channels do so (cyberdrop-dl's, for one); that a group's list answers alike was not tried on the living site. So a
list that gives no further page ends the reading, and the reading says that it may not have gone back far enough.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bs4 import BeautifulSoup, Tag

from relay.addresses import leads_to
from relay.config import Settings
from relay.errors import Closed, Refused, TryLater
from relay.language.sentence import filled, prefixed
from relay.models import Doubt, NoVideo
from relay.ports import (
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
from relay.sources.markup import text_of
from relay.sources.rechecks import one_by_one
from relay.sources.web import AGAIN_BY_ITSELF, REDIRECTS, Reply, Web
from relay.sources.youtube import links as youtube_links
from relay.store import Store

NETWORK = "ok"
HOSTS = frozenset(
    {
        *("ok.ru", "www.ok.ru", "m.ok.ru", "mobile.ok.ru"),
        *("odnoklassniki.ru", "www.odnoklassniki.ru", "m.odnoklassniki.ru", "mobile.odnoklassniki.ru"),
    }
)
PER_SECOND = 1.0
MOST_PAGES = 50
"""Of a list in one reading: a thousand videos, each of which costs a second."""
EXAMPLES = "Known are ok:group/57024524746860 and https://ok.ru/group/57024524746860."

ELSEWHERE = "The video is hosted elsewhere, not on OK: ask its author for the file."
NOT_UNDERSTOOD = "OK answers with a page that is not understood."
PASSING = ("временно", "позже", "обрабатыв", "temporar", "later", "process")
CLOSED_WORDS = ("ограничен", "скры", "приват", "только для", "restricted", "private")
GONE_WORDS = ("не найден", "удал", "не существует", "not found", "deleted", "removed", "does not exist")

_VIDEO = re.compile(r"/(?:video(?:embed)?|live|web-api/video/moviePlayer)/(\d{5,20}(?:-\d)?)(?:/|$)", re.ASCII)
_GROUP = re.compile(r"/?group/?(\d{5,20})(?:/|$)", re.ASCII)
_CHANNEL = re.compile(r"/video/c\d", re.ASCII)
_STUB = "vp_video_stub_txt"
_BLOCK = re.compile(r"hook_Block_(\w{1,80})", re.ASCII)
_SCRIPT = re.compile(r"""gwtHash["']?\s*:\s*["'](\w{1,64})["']""", re.ASCII)


def on_ok(url: str) -> bool:
    return leads_to(url, HOSTS)


def video_of(url: str) -> SeenVideo | None:
    """The video behind `/video/1`, `/videoembed/1`, `/live/1`, `/dk?st.mvId=1`, `/dk?st.cmd=movieLayer&st.discId=1`."""
    if not on_ok(url):
        return None
    parts = urlsplit(url if "://" in url else f"https://{url}")
    found = _VIDEO.match(parts.path)
    query = parse_qs(parts.query)
    named = "st.discId" if query.get("st.cmd") == ["movieLayer"] else "st.mvId"
    number = found[1] if found else query.get(named, [""])[0]
    if not re.fullmatch(r"\d{5,20}(-\d)?", number, re.ASCII):
        return None
    return SeenVideo(NETWORK, "", number, f"https://ok.ru/video/{number}")


def no_video(url: str) -> NoVideo | None:
    """`/video/c…` is a channel of videos."""
    return NoVideo.playlist if _CHANNEL.search(url) else None


class OkSource:
    """`SourceAdapter` and `Rechecks` for OK. A place's `owner_id` is the group's number."""

    description = NetworkDescription(
        name=NETWORK,
        titles={"en": "OK", "fr": "OK", "ru": "ОК"},
        extractors=("odnoklassniki",),
        links=NetworkLinks(hosts=("ok.ru", "odnoklassniki.ru"), claims=on_ok, video_of=video_of, no_video=no_video),
    )
    polling = PollingPolicy(timedelta(minutes=30), 20_000)

    def __init__(
        self, settings: Settings, store: Store, clock: Clock, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._web = Web(
            settings, store, clock, sleep, network=NETWORK, name=self.description.title(), per_second=PER_SECOND
        )

    def claims(self, address: str) -> bool:
        address = address.strip()
        return address.startswith(f"{NETWORK}:") or on_ok(address)

    def resolve(self, address: str) -> Place:
        """Asks for the group's page of videos. Raises Closed for a group that shows none to us."""
        number = _group_in(address)
        reply = self._group(number)
        if reply.status in (404, 410):
            raise Refused("OK knows no group number {number}.", hint=EXAMPLES, number=number)
        return Place(NETWORK, f"{NETWORK}:group/{number}", number, _shown(reply).title)

    def read(
        self,
        place: Place,
        *,
        since: datetime,
        until: datetime,  # noqa: ARG002 - the page begins with the newest, always
        tags: Sequence[str],  # noqa: ARG002 - the tags are looked for by us
    ) -> Iterator[Page]:
        """A page for each video until one is older than `since`; lists are asked for as they are needed."""
        reply = self._group(place.owner_id)
        if reply.status in (404, 410):
            raise Closed(
                "OK has no group {owner_id} any more.", gone=True, requests=reply.requests, owner_id=place.owner_id
            )
        listed, requests, seen = _shown(reply), reply.requests, 0
        for page in range(1, MOST_PAGES + 1):
            for number in listed.numbers:
                post, spent = self._video(number)
                older = post is not None and post.published_at < since
                faults = () if post else (prefixed(number, filled("its page is not understood, or it is not for us")),)
                yield Page((post,) if post else (), requests + spent, None, since if older else None, faults)
                if older:
                    return
                requests, seen = 0, seen + 1
            further, spent = self._further(place.owner_id, listed, page + 1)
            requests += spent
            if further is None:
                break
            listed = further
        short = filled(
            "OK shows the newest {seen} videos of this group only, and all of them are newer than asked for", seen=seen
        )
        yield Page((), requests, None, since, () if listed.is_whole else (short,))

    def posts_behind(self, links: Sequence[str]) -> list[SeenPost]:
        numbers = dict.fromkeys(video.video_id for link in links if (video := video_of(link)) is not None)
        return [post for number in numbers if (post := self._video(number)[0]) is not None]

    def recheck(self, posts: Sequence[PostRef]) -> Iterator[RecheckResult]:
        """The page of a video says in a stub of its own whether it was deleted or closed; other words say nothing."""
        return one_by_one(posts, self._again)

    def _again(self, known: PostRef) -> RecheckResult:
        video = video_of(known.url)
        if video is None:
            return RecheckResult(known, unclear=NOT_UNDERSTOOD, requests=0)
        reply = self._web.get(f"https://ok.ru/video/{video.video_id}", hosts=HOSTS)
        if reply.status != 200:
            return RecheckResult(known, unclear=NOT_UNDERSTOOD, requests=reply.requests)
        if post := _post(video.video_id, reply.text):
            seen = tuple(replace(one, blocked="", blocked_for_good=False) for one in post.videos)
            return RecheckResult(known, replace(post, videos=seen), requests=reply.requests)
        lost = loss_told(_stub(BeautifulSoup(reply.text, "html.parser")))
        return RecheckResult(known, lost=lost, unclear="" if lost else NOT_UNDERSTOOD, requests=reply.requests)

    def _group(self, number: str) -> Reply:
        return self._web.get(f"https://ok.ru/group/{number}/video", hosts=HOSTS)

    def _further(self, group: str, shown: _List, page: int) -> tuple[_List | None, int]:
        """The list's next page, None where there is none; and what it cost."""
        if not (shown.block and shown.last):
            return None, 0
        form = {"fetch": "false", "st.page": str(page), "st.lastelem": shown.last, "gwt.requested": shown.script}
        reply = self._web.get(f"https://ok.ru/group/{group}/video?cmd={shown.block}", hosts=HOSTS, form=form)
        numbers = [number for number in _numbers(_soup(reply.text)) if number not in shown.before]
        if reply.status != 200 or not numbers:
            return None, reply.requests
        return shown.followed_by(numbers, reply.headers.get("lastelem", "")), reply.requests

    def _video(self, number: str) -> tuple[SeenPost | None, int]:
        reply = self._web.get(f"https://ok.ru/video/{number}", hosts=HOSTS)
        return (_post(number, reply.text) if reply.status == 200 else None), reply.requests


def loss_told(words: str) -> str:
    """What the words in place of a player mean: deleted, closed to us, or ("") neither of both for sure."""
    said = words.casefold()
    if any(word in said for word in PASSING):
        return ""
    if any(word in said for word in CLOSED_WORDS):
        return Doubt.private
    return Doubt.post if any(word in said for word in GONE_WORDS) else ""


def _stub(soup: BeautifulSoup) -> str:
    return " ".join(text_of(soup.find(class_=_STUB)).split())


def _group_in(address: str) -> str:
    address = address.strip()
    name = address.removeprefix(f"{NETWORK}:").strip() if address.startswith(f"{NETWORK}:") else ""
    link = name or address
    path = urlsplit(link if "://" in link else f"https://{link}").path if on_ok(link) else f"/{name}"
    found = _GROUP.match(path)
    if found is None:
        raise Refused("{address} is no group on OK.", hint=EXAMPLES, address=address)
    return found[1]


@dataclass(frozen=True, slots=True)
class _List:
    """A page of a group's videos: their numbers in its order, and what the next page is asked for with.

    `last`: the video after which it goes on, empty at the end; `before`: numbers of all pages up to this one.
    """

    title: str
    numbers: tuple[str, ...]
    block: str
    script: str
    last: str
    before: frozenset[str]

    @property
    def is_whole(self) -> bool:
        """Whether the group has no further videos, as far as the page says it."""
        return not self.numbers or (bool(self.block) and not self.last)

    def followed_by(self, numbers: Sequence[str], last: str) -> _List:
        fresh = tuple(dict.fromkeys(numbers))
        return replace(self, numbers=fresh, last=last, before=self.before | set(fresh))


def _shown(reply: Reply) -> _List:
    if reply.status in REDIRECTS or reply.status in (401, 403):
        raise Closed("OK shows this group to its members only.", requests=reply.requests)
    soup = _soup(reply.text)
    title = soup.find("meta", property="og:title")
    if reply.status != 200 or "</html>" not in reply.text or not isinstance(title, Tag):
        raise TryLater(NOT_UNDERSTOOD, hint=AGAIN_BY_ITSELF, requests=reply.requests)
    script, more = _SCRIPT.search(reply.text), soup.find(True, attrs={"data-last-element": True})
    numbers = tuple(dict.fromkeys(_numbers(soup)))
    return _List(
        title=str(title.get("content", "")),
        numbers=numbers,
        block=_block_of(more) if isinstance(more, Tag) else "",
        script=script[1] if script else "",
        last=str(more.get("data-last-element", "")) if isinstance(more, Tag) else "",
        before=frozenset(numbers),
    )


def _soup(text: str) -> BeautifulSoup:
    return BeautifulSoup(text, "html.parser")


def _numbers(soup: BeautifulSoup) -> list[str]:
    links = [str(link.get("href", "")) for link in soup.find_all("a", class_="video-card_lk")]
    return [found[1] for link in links if (found := _VIDEO.match(urlsplit(link).path))]


def _block_of(tag: Tag) -> str:
    """The name of the block that the tag stands in, which is also the name of the command that brings more of it."""
    names = (_BLOCK.fullmatch(str(outer.get("id", ""))) for outer in (tag, *tag.parents))
    return next((found[1] for found in names if found), "")


def _post(number: str, text: str) -> SeenPost | None:
    """A video's page as a post; None where the page shows no video."""
    soup = BeautifulSoup(text, "html.parser")
    if soup.find(class_=_STUB) is not None:
        return None
    told = _player(soup, number)
    movie, at = _map(told.get("movie")), _day(soup)
    if not movie or at is None:
        return None
    author = _map(told.get("author"))
    who = Author(str(author.get("id") or ""), str(author.get("name") or ""))
    title, description = str(movie.get("title") or ""), _meta(soup, "og:description")
    foreign = told.get("provider") not in (None, "UPLOADED_ODKL", "LIVE_TV_APP")
    own = SeenVideo(NETWORK, "", number, f"https://ok.ru/video/{number}")
    embedded = _embedded(told, movie)
    video = replace(
        embedded or own,
        title=title,
        description=description,
        duration=_seconds(movie.get("duration")),
        author=who,
        blocked=ELSEWHERE if foreign and embedded is None else "",
        blocked_for_good=foreign and embedded is None,
        linked=embedded is not None,
    )
    return SeenPost(
        network=NETWORK,
        owner_id="",
        post_id=number,
        url=own.url,
        published_at=at,
        text="\n".join(part for part in (title, description) if part),
        author=who,
        texts=tuple(pair for pair in (("video title", title), ("video description", description)) if pair[1]),
        videos=(video,),
        raw={"movie": {key: movie[key] for key in ("title", "duration", "id") if key in movie}},
    )


def _embedded(told: Mapping[str, Any], movie: Mapping[str, Any]) -> SeenVideo | None:
    """The video on YouTube, where OK only embeds it: `contentId` is its address or number (as yt-dlp reads it)."""
    content = str(movie.get("contentId") or "") if told.get("provider") == "USER_YOUTUBE" else ""
    return youtube_links.video_of(content if "/" in content else f"https://youtu.be/{content}") if content else None


def _player(soup: BeautifulSoup, number: str) -> Mapping[str, Any]:
    """What the page tells its player about this very video."""
    for tag in soup.find_all(True, attrs={"data-options": True}):
        options = _json(tag.get("data-options"))
        metadata = _json(_map(options.get("flashvars")).get("metadata"))
        if metadata and number in json.dumps(options):
            return metadata
    return {}


def _json(value: object) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    try:
        return _map(json.loads(value)) if isinstance(value, str) else {}
    except (ValueError, RecursionError):
        return {}


def _map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _meta(soup: BeautifulSoup, name: str) -> str:
    tag = soup.find("meta", attrs={"property": name}) or soup.find("meta", attrs={"name": name})
    return str(tag.get("content", "")).replace("\0", "") if isinstance(tag, Tag) else ""


def _day(soup: BeautifulSoup) -> datetime | None:
    """The upload, to the day or, where the page says it, to the second."""
    try:
        found = datetime.fromisoformat(_meta(soup, "ya:ovs:upload_date"))
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _seconds(value: object) -> float | None:
    try:
        found = float(str(value))
    except ValueError:
        return None
    return found if 0 < found < 10**6 else None
