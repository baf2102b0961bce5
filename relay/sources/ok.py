"""OK (ok.ru), as far as its public pages go: the videos of a group, and single videos.

A group's page shows its newest videos only, without dates; each video's own page carries, for the player, the JSON
that yt-dlp's extractor reads (yt_dlp/extractor/odnoklassniki.py) and the day of the upload. OK's programming
interface would need a session. So a reading says when a page may not have gone back far enough.
"""

from __future__ import annotations

import html
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bs4 import BeautifulSoup, Tag

from relay.config import Settings
from relay.errors import Closed, Refused, TryLater
from relay.ports import Author, Clock, Page, Place, SeenPost, SeenVideo
from relay.sources.web import AGAIN_BY_ITSELF, REDIRECTS, Reply, Web
from relay.store import Store

NETWORK = "ok"
HOSTS = frozenset({"ok.ru", "www.ok.ru", "m.ok.ru", "odnoklassniki.ru", "www.odnoklassniki.ru"})
PER_SECOND = 1.0
EXAMPLES = "Known are ok:group/57024524746860 and https://ok.ru/group/57024524746860."

_VIDEO = re.compile(r"/(?:video(?:embed)?|live|web-api/video/moviePlayer)/(\d{5,20}(?:-\d)?)(?:/|$)", re.ASCII)
_GROUP = re.compile(r"/?group/?(\d{5,20})(?:/|$)", re.ASCII)
_STUB = "vp_video_stub_txt"


def on_ok(url: str) -> bool:
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        return parts.scheme in ("http", "https") and (parts.hostname or "") in HOSTS
    except ValueError:
        return False


def video_of(url: str) -> SeenVideo | None:
    """The video behind `/video/1`, `/videoembed/1`, `/live/1`, `/dk?st.mvId=1`."""
    if not on_ok(url):
        return None
    parts = urlsplit(url if "://" in url else f"https://{url}")
    found = _VIDEO.match(parts.path)
    number = found[1] if found else parse_qs(parts.query).get("st.mvId", [""])[0]
    if not re.fullmatch(r"\d{5,20}(-\d)?", number, re.ASCII):
        return None
    return SeenVideo(NETWORK, "", number, f"https://ok.ru/video/{number}")


class OkSource:
    """`Source` for OK. A place's `owner_id` is the group's number."""

    network = NETWORK

    def __init__(
        self, settings: Settings, store: Store, clock: Clock, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._web = Web(settings, store, clock, sleep, network=NETWORK, name="OK", per_second=PER_SECOND)

    def claims(self, address: str) -> bool:
        address = address.strip()
        return address.startswith(f"{NETWORK}:") or on_ok(address)

    def resolve(self, address: str) -> Place:
        """Asks for the group's page of videos. Raises Closed for a group that shows none to us."""
        number = _group_in(address)
        reply = self._group(number)
        if reply.status in (404, 410):
            raise Refused("OK knows no group number {number}.", hint=EXAMPLES, number=number)
        title, _ = _shown(reply)
        return Place(NETWORK, f"{NETWORK}:group/{number}", number, title)

    def read(
        self,
        place: Place,
        *,
        since: datetime,
        until: datetime,  # noqa: ARG002 - the page begins with the newest, always
        tags: Sequence[str],  # noqa: ARG002 - the tags are looked for by us
    ) -> Iterator[Page]:
        """One page for the list, then one for each video until one is older than `since`."""
        reply = self._group(place.owner_id)
        if reply.status in (404, 410):
            raise Closed(
                "OK has no group {owner_id} any more.", gone=True, requests=reply.requests, owner_id=place.owner_id
            )
        _, numbers = _shown(reply)
        requests, older = reply.requests, False
        for number in numbers:
            post, spent = self._video(number)
            faults = () if post else (f"video {number}: its page is not understood, or it is not for us",)
            yield Page((post,) if post else (), requests + spent, None, None, faults)
            requests = 0
            older = post is not None and post.published_at < since
            if older:
                break
        short = f"OK shows the newest {len(numbers)} videos of a group only, and all of them are newer than asked for"
        yield Page((), requests, None, since, () if older or not numbers else (short,))

    def look(self, links: Sequence[str]) -> list[SeenPost]:
        numbers = dict.fromkeys(video.video_id for link in links if (video := video_of(link)) is not None)
        return [post for number in numbers if (post := self._video(number)[0]) is not None]

    def _group(self, number: str) -> Reply:
        return self._web.get(f"https://ok.ru/group/{number}/video", hosts=HOSTS)

    def _video(self, number: str) -> tuple[SeenPost | None, int]:
        reply = self._web.get(f"https://ok.ru/video/{number}", hosts=HOSTS)
        return (_post(number, reply.text) if reply.status == 200 else None), reply.requests


def _group_in(address: str) -> str:
    address = address.strip()
    name = address.removeprefix(f"{NETWORK}:").strip() if address.startswith(f"{NETWORK}:") else ""
    link = name or address
    path = urlsplit(link if "://" in link else f"https://{link}").path if on_ok(link) else f"/{name}"
    found = _GROUP.match(path)
    if found is None:
        raise Refused("{address} is no group on OK.", hint=EXAMPLES, address=address)
    return found[1]


def _shown(reply: Reply) -> tuple[str, list[str]]:
    """The group's title and the numbers of its videos in the order of the page."""
    if reply.status in REDIRECTS or reply.status in (401, 403):
        raise Closed("OK shows this group to its members only.", requests=reply.requests)
    soup = BeautifulSoup(reply.text, "html.parser")
    title = soup.find("meta", property="og:title")
    if reply.status != 200 or "</html>" not in reply.text or not isinstance(title, Tag):
        raise TryLater("OK answers with a page that is not understood.", hint=AGAIN_BY_ITSELF, requests=reply.requests)
    links = [str(link.get("href", "")) for link in soup.find_all("a", class_="video-card_lk")]
    numbers = [found[1] for link in links if (found := _VIDEO.match(urlsplit(link).path))]
    return str(title.get("content", "")), list(dict.fromkeys(numbers))


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
    video = SeenVideo(
        network=NETWORK,
        owner_id="",
        video_id=number,
        url=f"https://ok.ru/video/{number}",
        title=title,
        description=description,
        duration=_seconds(movie.get("duration")),
        author=who,
        blocked="The video is hosted elsewhere, not on OK: ask its author for the file." if foreign else "",
        blocked_for_good=foreign,
    )
    return SeenPost(
        network=NETWORK,
        owner_id="",
        post_id=number,
        url=video.url,
        published_at=at,
        text="\n".join(part for part in (title, description) if part),
        author=who,
        texts=tuple(pair for pair in (("video title", title), ("video description", description)) if pair[1]),
        videos=(video,),
        raw={"movie": {key: movie[key] for key in ("title", "duration", "id") if key in movie}},
    )


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
    return html.unescape(str(tag.get("content", ""))).replace("\0", "") if isinstance(tag, Tag) else ""


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
