"""Telegram's public pages as our posts and videos. Pure.

Shapes: captured pages of `t.me/s/<channel>` (docs/telegram.md). An album is one block with
one `data-post`; the numbers of its other messages stand only in links that end in `?single`. Files above some
20 megabytes are shown without an address. When a message was edited is not told, only that it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

from bs4 import BeautifulSoup, Tag

from relay.language.sentence import filled, prefixed
from relay.models import NoVideo
from relay.ports import Author, SeenPost, SeenVideo
from relay.sources import video_links
from relay.sources.markup import text_of as _words
from relay.sources.telegram.links import (
    NETWORK,
    PostKey,
    channel_in,
    post_key,
)

TOO_BIG = "The video is too big for Telegram's public page: ask the author for the file."
ROUND = "A round video message, which Telegram's public page does not hand out: ask the author for the file."
AS_A_FILE = "The video was sent as a file, which Telegram's public page does not show: ask the author for it."
NOT_SHOWN = "Telegram's public page does not show the video: ask the author for the file."

_KINDS = {
    "photo": "tgme_widget_message_photo_wrap",
    "video": "tgme_widget_message_video_player",
    "round video": "tgme_widget_message_roundvideo_player",
    "voice": "tgme_widget_message_voice_player",
    "document": "tgme_widget_message_document_wrap",
    "sticker": "tgme_widget_message_sticker_wrap",
    "location": "tgme_widget_message_location_wrap",
    "poll": "tgme_widget_message_poll",
    "link": "tgme_widget_message_link_preview",
    "service photo": "tgme_widget_message_service_photo",
}
MEDIA = frozenset({"photo", "voice", "document", "sticker"})
"""Kinds that may stand where a video was."""
_INSTEAD = {
    "photo": NoVideo.pictures,
    "sticker": NoVideo.pictures,
    "voice": NoVideo.sound,
    "location": NoVideo.other,
    "poll": NoVideo.other,
}
_LINKED = ".js-message_text a, a.tgme_widget_message_link_preview, a.tgme_widget_message_inline_button"
_REFUSED = re.compile(r"^this (?:message|channel|media|post) (?:couldn|can)['’]t be displayed\b", re.IGNORECASE)
"""What Telegram writes in place of a message that it keeps from some: "This message couldn't be displayed on your
device …".
"""
_POST = re.compile(r"([A-Za-z][A-Za-z0-9_]{3,31})/(\d{1,12})", re.ASCII)
_THOUSANDS = {"K": 1_000, "M": 1_000_000, "B": 1_000_000_000}


class UnreadablePage(ValueError):
    """A page or a block that lacks what every one has."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class ShownVideo:
    """`id`: of its own message. `blocked`: why the page does not hand it out. `single`: it is one of an album."""

    id: int
    duration: float | None = None
    single: bool = False
    kind: str = "video"
    blocked: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A block of a page. `ids`: of all messages in it (an album has several). `service`: Telegram's own words.

    `links`: where text, preview and buttons lead to; `files`: names of documents. `hidden`: the page says that only
    Telegram's own programs show this message, or shows nothing of it at all.
    """

    channel: str
    id: int
    at: datetime
    title: str = ""
    ids: tuple[int, ...] = ()
    text: str = ""
    signed: str = ""
    forwarded: Author | None = None
    forwarded_post: PostKey | None = None
    edited: bool = False
    service: bool = False
    views: int | None = None
    kinds: tuple[str, ...] = ()
    videos: tuple[ShownVideo, ...] = ()
    links: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class ChannelPage:
    """`before`: what to ask for to read on, None at the channel's beginning. `faults`: blocks that can't be read."""

    channel: str
    title: str
    messages: tuple[Message, ...]
    before: int | None
    faults: tuple[str, ...] = ()


# Pages


def channel_page(text: str) -> ChannelPage:
    """A page of `t.me/s/<channel>`. Raises Unreadable for half a page and for a page of something else."""
    if "</html>" not in text:
        raise UnreadablePage("the page breaks off")
    soup = BeautifulSoup(text, "html.parser")
    if soup.find(class_="tgme_channel_history") is None and soup.find(class_="tgme_channel_info") is None:
        raise UnreadablePage("the page shows no channel")
    messages, faults, ids = [], [], []
    for block in _blocks(soup):
        named = _POST.fullmatch(_attribute(block, "data-post"))
        ids += [int(named[2])] if named else []
        try:
            messages.append(message(block))
        except UnreadablePage as error:
            faults.append(prefixed(_attribute(block, "data-post") or "?", error.why))
    ids += [number for shown in messages for number in shown.ids]
    return ChannelPage(
        channel=_words(soup.find(class_="tgme_channel_info_header_username")).lstrip("@"),
        title=_title(soup),
        messages=tuple(messages),
        before=_before(soup, ids),
        faults=tuple(faults),
    )


def messages_in(text: str) -> list[Message]:
    """The messages of an embedded page (or of a piece of a page); those that can't be read are left out."""
    found = []
    for block in _blocks(BeautifulSoup(text, "html.parser")):
        try:
            found.append(message(block))
        except UnreadablePage:
            continue
    return found


def failure(text: str) -> str:
    """What an embedded page says instead of a message; empty where it shows one, or is no such page."""
    return _words(BeautifulSoup(text, "html.parser").find(class_="tgme_widget_message_error"))


def contact(text: str) -> tuple[str, str]:
    """Title and kind (`channel`, `group`, `other`, `nobody`) of what stands at `t.me/<name>`."""
    soup = BeautifulSoup(text, "html.parser")
    title = _words(soup.find(class_="tgme_page_title"))
    if not title:
        return "", "nobody"
    extra = _words(soup.find(class_="tgme_page_extra")).casefold()
    if "subscriber" in extra:
        return title, "channel"
    return title, "group" if "member" in extra else "other"


def is_contact_page(text: str) -> bool:
    """Whether it is Telegram's page about a name at all: of somebody, or of nobody ("you can contact … right away")."""
    return "</html>" in text and BeautifulSoup(text, "html.parser").find(class_="tgme_page") is not None


def message(block: Tag) -> Message:
    """One block of a page. Raises Unreadable."""
    named = _POST.fullmatch(_attribute(block, "data-post"))
    if named is None:
        raise UnreadablePage(filled("it does not say which message it is"))
    number = int(named[2])
    meta = block.find(class_="tgme_widget_message_meta")
    forwarded, original = _forwarded(block)
    text, kinds, videos = _text(block), _kinds(block), tuple(_videos(block, number))
    links, service = tuple(_links(block)), "service_message" in _classes(block)
    refused = _REFUSED.search(text) is not None
    return Message(
        channel=named[1],
        id=number,
        at=_moment(block),
        title=_words(block.find(class_="tgme_widget_message_owner_name")),
        ids=tuple(sorted({number, *_album(block)})),
        text="" if refused else text,
        signed=_words(block.find(class_="tgme_widget_message_from_author")),
        forwarded=forwarded,
        forwarded_post=original,
        edited=meta is not None and any("edited" in words for words in meta.find_all(string=True, recursive=False)),
        service=service,
        views=_count(_words(block.find(class_="tgme_widget_message_views"))),
        kinds=kinds,
        videos=videos,
        links=links,
        files=tuple(_files(block)),
        hidden=refused or (not service and not videos and (_is_closed(block) or not (text or kinds or links))),
    )


def as_post(shown: Message) -> SeenPost:
    """A block as a post. The credit belongs to the original's author, then to who signed, then to the channel."""
    channel = shown.channel.casefold()
    author = shown.forwarded or (
        Author(name=shown.signed) if shown.signed else Author(_as_public(channel), shown.title)
    )
    videos = [_as_video(shown, video, author) for video in shown.videos]
    mine = [PostKey(shown.channel, number).url for number in shown.ids]
    linked = video_links.linked_from(shown.links, author, own=mine)
    videos += [video for video in linked if video.network != NETWORK or not videos]
    return SeenPost(
        network=NETWORK,
        owner_id=channel,
        post_id=str(shown.id),
        url=PostKey(shown.channel, shown.id).url,
        published_at=shown.at,
        text=shown.text,
        author=author,
        texts=(("text", shown.text),) if shown.text else (),
        videos=tuple(videos),
        no_video=None if videos else _why_none(shown),
        raw={
            "ids": list(shown.ids),
            "kinds": list(shown.kinds),
            "views": shown.views,
            "edited": shown.edited,
            "forwarded": shown.forwarded_post.url if shown.forwarded_post else "",
        },
    )


# Inside


def _as_video(shown: Message, video: ShownVideo, author: Author) -> SeenVideo:
    """A forwarded message has the identity of its original, but is fetched from where it was seen."""
    original = shown.forwarded_post if len(shown.videos) == 1 and not video.single else None
    key = original or PostKey(shown.channel, video.id)
    address = PostKey(shown.channel, video.id).url
    return SeenVideo(
        network=NETWORK,
        owner_id=key.channel.casefold(),
        video_id=str(key.id),
        url=f"{address}?single" if video.single else address,
        duration=video.duration,
        kind=video.kind,
        author=author,
        blocked=video.blocked,
        blocked_for_good=bool(video.blocked),
    )


def _why_none(shown: Message) -> NoVideo:
    """What a message without a video is to somebody who looks for one."""
    if shown.hidden:
        return NoVideo.hidden
    kinds = (_INSTEAD.get(kind) for kind in shown.kinds)
    return video_links.likeliest(
        (*kinds, *map(video_links.kind_of_file, shown.files), *map(video_links.why_not, shown.links))
    )


def _kinds(block: Tag) -> tuple[str, ...]:
    return tuple(kind for kind, name in _KINDS.items() if block.find(class_=name) is not None)


def _is_closed(block: Tag) -> bool:
    """Whether the page asks to open Telegram for something else than a player, which says so for itself."""
    return any(
        not any(
            "player" in name or "sticker" in name
            for parent in label.parents
            if isinstance(parent, Tag)
            for name in _classes(parent)
        )
        for label in block.find_all(class_="message_media_not_supported")
    )


def _links(block: Tag) -> Iterator[str]:
    """Addresses in the text (those behind words too), of the preview and of buttons; not what is replied to."""
    for link in block.select(_LINKED):
        address = _attribute(link, "href")
        if address.startswith(("http://", "https://", "tg://")) and not _is_quoted(link):
            yield address
    yield from video_links.links_in(_text(block), bare=True)


def _files(block: Tag) -> Iterator[str]:
    for document in block.find_all(class_="tgme_widget_message_document_title"):
        yield _words(document)


def _blocks(soup: BeautifulSoup) -> Iterator[Tag]:
    for block in soup.find_all(class_="js-widget_message"):
        if isinstance(block, Tag) and block.has_attr("data-post"):
            yield block


def _before(soup: BeautifulSoup, ids: list[int]) -> int | None:
    """Where the page leads back to. At a channel's beginning there is no link; only message 1 proves that it is one."""
    links = [*soup.find_all("link", rel="prev"), *soup.find_all("a", class_="js-messages_more")]
    wanted = [parse_qs(urlsplit(_attribute(link, "href")).query).get("before", [""])[0] for link in links]
    lowest = min([*(int(word) for word in wanted if word.isdecimal()), *ids], default=1)
    return lowest if lowest > 1 else None


def _videos(block: Tag, number: int) -> Iterator[ShownVideo]:
    for player in block.find_all("a", class_="tgme_widget_message_video_player"):
        key = post_key(_attribute(player, "href"))
        shown = player.find("video", class_="tgme_widget_message_video")
        there = isinstance(shown, Tag) and bool(_attribute(shown, "src"))
        label = _words(player.find(class_="message_media_not_supported_label"))
        yield ShownVideo(
            id=key.id if key else number,
            duration=_seconds(_words(player.find(class_="message_video_duration"))),
            single="single" in parse_qs(urlsplit(_attribute(player, "href")).query, keep_blank_values=True),
            blocked="" if there else TOO_BIG if "too big" in label.casefold() else NOT_SHOWN,
        )
    for player in block.find_all(class_="tgme_widget_message_roundvideo_player"):
        seconds = _seconds(_words(player.find(class_="tgme_widget_message_roundvideo_duration")))
        yield ShownVideo(number, seconds, kind="round", blocked=ROUND)
    for document in block.find_all("a", class_="tgme_widget_message_document_wrap"):
        name = _words(document.find(class_="tgme_widget_message_document_title"))
        key = post_key(_attribute(document, "href"))
        if video_links.is_video_file(name):
            yield ShownVideo(key.id if key else number, kind="file", blocked=AS_A_FILE)


def _forwarded(block: Tag) -> tuple[Author | None, PostKey | None]:
    """Who wrote the original, and which message it is (told for channels only)."""
    header = block.find(class_="tgme_widget_message_forwarded_from")
    if not isinstance(header, Tag):
        return None, None
    named = header.find(class_="tgme_widget_message_forwarded_from_name")
    link = _attribute(named, "href") if isinstance(named, Tag) else ""
    signed = _words(header.find(class_="tgme_widget_message_forwarded_from_author"))
    name = signed or _words(named)
    who, original = channel_in(link).casefold(), post_key(link)
    author = Author("" if signed else _as_public(who) if original else who, name) if name else None
    return author, original


def _as_public(channel: str) -> str:
    """Ids of publics begin with a minus on every network, so that people are credited before them."""
    return f"-{channel}"


def _album(block: Tag) -> Iterator[int]:
    for link in block.find_all("a", class_="grouped_media_wrap"):
        key = post_key(_attribute(link, "href"))
        if key is not None:
            yield key.id


def _text(block: Tag) -> str:
    """What the author wrote: the text, and the question of a poll."""
    parts = [
        _words(found)
        for found in block.find_all(class_=["js-message_text", "tgme_widget_message_poll_question"])
        if isinstance(found, Tag) and _is_own(found)
    ]
    return "\n".join(part for part in parts if part)


def _is_own(found: Tag) -> bool:
    """Neither the message that is replied to, nor the inner one of the two that albums nest."""
    return not _is_quoted(found) and not _stands_in(found, "js-message_text")


def _is_quoted(found: Tag) -> bool:
    return _stands_in(found, "tgme_widget_message_reply")


def _stands_in(found: Tag, name: str) -> bool:
    return any(name in _classes(parent) for parent in found.parents if isinstance(parent, Tag))


def _title(soup: BeautifulSoup) -> str:
    header = _words(soup.find(class_="tgme_channel_info_header_title"))
    return header or _attribute(soup.find("meta", property="og:title"), "content")


def _moment(block: Tag) -> datetime:
    """When it was published. The durations of videos are `<time>` too."""
    link = block.find(class_="tgme_widget_message_date")
    said = _attribute(link.find("time"), "datetime") if isinstance(link, Tag) else ""
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        raise UnreadablePage(filled("it has no date")) from None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _seconds(text: str) -> float | None:
    parts = text.split(":")
    if not 2 <= len(parts) <= 3 or not all(part.isdecimal() for part in parts):
        return None
    total = 0
    for part in parts:
        total = total * 60 + int(part)
    return float(total)


def _count(text: str) -> int | None:
    """`436.6K` as 436600."""
    factor = _THOUSANDS.get(text[-1:], 1)
    try:
        return round(float(text[:-1] if factor > 1 else text) * factor)
    except (ValueError, OverflowError):
        return None


def _attribute(tag: object, name: str) -> str:
    value = tag.get(name) if isinstance(tag, Tag) else None
    return value if isinstance(value, str) else ""


def _classes(tag: Tag) -> list[str]:
    value = tag.get("class")
    return list(value) if isinstance(value, list) else []
