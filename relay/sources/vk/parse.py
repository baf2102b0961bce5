"""VK's JSON as our posts and videos. Pure; reads what is there and ignores what it doesn't know.

Shapes: VK's schema 5.199 and captured answers (docs/vk.md, Posts and videos). Fields come and go, numbers
come as `10639516.0`, lists are missing: only what a post can't do without makes it Unreadable.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from relay.language.sentence import filled, prefixed
from relay.models import NoVideo
from relay.ports import ON_AIR, Author, Comment, SeenPost, SeenVideo
from relay.sources import video_links
from relay.sources.vk.links import NETWORK, VideoKey, access_key, video_key
from relay.sources.vk.pages import FURTHEST, LATEST, ItemPage, PlainPost

Json = Mapping[str, Any]
Standing = tuple[str, float, bool]
"""A post's `owner_post`, when it was published (Unix time), and whether it is pinned."""

ELSEWHERE = "The video is hosted on {platform}, not on VK: ask its author for the file."
RESTRICTED = "VK restricted the video."
RESTRICTED_AS = "VK restricted the video: {said}."
STORY_OVER = "The story is over: ask its author for the file."
NO_ADDRESS = "VK tells no address of the file: ask its author for it."

OVER = "story is over"
"""Added by us to the video of a story that can't be seen any more."""
VIDEO_DOCUMENT = 6
"""`type` of a document that is a video (dev.vk.com, objects/doc)."""
_BLOCKING = frozenset(
    (
        *("processing", "converting", "live", "upcoming", "live_status", "type", OVER, "platform"),
        *("content_restricted", "is_private", "can_watch"),
    )
)
"""Fields of which one stands where a video can't be fetched."""
_CARRIES = ("attachments", "attachment", "copy_history", "copyright")
"""Fields without which a post is a text and nothing else."""
_INSTEAD = {
    **dict.fromkeys(("video", "clip", "short_video", "video_message"), NoVideo.hidden),
    "story": NoVideo.story,
    **dict.fromkeys(("video_playlist", "clip_playlist"), NoVideo.playlist),
    **dict.fromkeys(("article", "page", "note"), NoVideo.article),
    **dict.fromkeys(("audio", "audio_playlist", "podcast", "audio_message"), NoVideo.sound),
    **dict.fromkeys(("photo", "photos_list", "posted_photo", "album", "graffiti", "sticker"), NoVideo.pictures),
}
"""Kind of an attachment that gives no video → what it is to somebody who looks for one."""
_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)


class UnreadableItem(ValueError):
    """An item of an answer that lacks what every post has."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Listing:
    """`faults`: one line for each item that could not be read. `ids`: of all items, also of unreadable ones.

    `others`: see ports.Page. `order`: all that could be read, in their order.
    """

    posts: tuple[SeenPost, ...] = ()
    faults: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    total: int | None = None
    next_from: str = ""
    others: Mapping[str, float] = field(default_factory=dict)
    order: tuple[Standing, ...] = ()


@dataclass(frozen=True, slots=True)
class Names:
    """Who is behind an owner id, as `profiles` and `groups` of an extended answer say."""

    by_id: Mapping[int, str] = field(default_factory=dict)
    _authors: dict[int | None, Author] = field(default_factory=dict, compare=False)

    def author(self, owner_id: int | None) -> Author:
        author = self._authors.get(owner_id)
        if author is None:
            author = Author() if not owner_id else Author(str(owner_id), self.by_id.get(owner_id, ""))
            self._authors[owner_id] = author
        return author


# Answers


def listing(answer: object, wanted: Callable[[str], bool] | None = None) -> Listing:
    """An answer of wall.get, wall.getById or newsfeed.search (extended or not, `{items: …}` or a bare list).

    `wanted`: see ports.ReadRequest. Whether a plain post has to be read is found out ten times as fast as reading it.
    """
    page = ItemPage.of(answer)
    if wanted is None:
        wanted = _everything
    faults, ids, order = list[str](), list[str](), list[Standing]()
    posts, others = list[SeenPost](), dict[str, float]()
    names: Names | None = None
    for at, known in enumerate(page.items):
        if type(known) is PlainPost:
            text, owner = known.text, known.owner_id
            if owner and "/" not in text and "\0" not in text and not wanted(text):  # a link may lead to a video
                key, date = f"{owner}_{known.id}", known.date
                ids.append(key)
                others[key] = date
                order.append((key, date, bool(known.is_pinned)))
                continue
        item = page.whole(at)
        ids.append(_id_of(item))
        if names is None:
            names = names_in(page)
        try:
            post = parse_post(item, names)
        except UnreadableItem as error:
            faults.append(prefixed(f"wall{ids[-1] or '?'}", error.why))
            continue
        if post is not None:
            posts.append(post)
            order.append((ids[-1], post.published_at.timestamp(), post.pinned))
    total = _whole(page.told.get("total_count"))
    return Listing(
        posts=tuple(posts),
        faults=tuple(faults),
        ids=tuple(ids),
        total=total if total is not None else _whole(page.told.get("count")),
        next_from=_text(page.told.get("next_from")),
        others=others,
        order=tuple(order),
    )


def _everything(_text: str) -> bool:
    return True


def comments(answer: object, owner_id: str, post_id: str) -> tuple[Comment, ...]:
    """An answer of wall.getComments: what is written below a post, with the answers to it, without deleted ones."""
    page = ItemPage.of(answer)
    names, found = names_in(page), []
    for item in _maps(page.wholes()):
        replies = item.get("thread")
        for each in (item, *_maps(replies.get("items") if isinstance(replies, dict) else None)):
            number, at = _whole(each.get("id")), _moment_or_none(each.get("date"))
            if number is None or at is None or each.get("deleted"):
                continue
            url = f"https://vk.com/wall{owner_id}_{post_id}?reply={number}"
            author = names.author(_whole(each.get("from_id")))
            found.append(Comment(str(number), url, author, html.unescape(_text(each.get("text"))), at))
    return tuple(found)


def names_in(page: ItemPage) -> Names:
    people = {
        number: f"{_text(person.get('first_name'))} {_text(person.get('last_name'))}".strip()
        for number, person in by_id(page.named("profiles")).items()
    }
    groups = {-number: _text(group.get("name")) for number, group in by_id(page.named("groups")).items()}
    return Names({**people, **groups})


def by_id(found: object) -> dict[int, Json]:
    """People or communities of an answer, by their number."""
    return {number: each for each in _maps(found) if (number := _whole(each.get("id"))) is not None}


def parse_post(item: object, names: Names) -> SeenPost | None:
    """One item of a wall or of the news; None for a deleted one. Raises Unreadable."""
    if not isinstance(item, dict):
        raise UnreadableItem(filled("it is no object"))
    owner, number = _owner_of(item), _number_of(item)
    if not owner or number is None:
        raise UnreadableItem(filled("it has no owner or no number"))
    if item.get("is_deleted") or item.get("deleted_reason"):
        return None
    text, author, texts, videos, no_video = _content(item, owner, names)
    return SeenPost(
        NETWORK,
        str(owner),
        str(number),
        f"https://vk.com/wall{owner}_{number}",
        _moment(item.get("date")),
        html.unescape(text) if "&" in text else text,
        _moment_or_none(item["edited"]) if "edited" in item else None,
        author,
        texts,
        videos,
        bool(item.get("is_pinned")),
        _comments_below(item),
        item,
        no_video,
    )


def _content(
    item: Json, owner: int, names: Names
) -> tuple[str, Author, tuple[tuple[str, str], ...], tuple[SeenVideo, ...], NoVideo | None]:
    """Text, author, all texts and videos, and why there is none. Most posts are plain: nothing in them but a text, and
    pictures.
    """
    text, is_bare = _text(item.get("text")), not any(name in item for name in _CARRIES)
    if is_bare and "/" not in text:
        return text, _writer(item, owner, names), (("text", text),), (), _why_bare(item, text)
    level = _level(item)
    if not (level.attached or level.links or level.files) and "copy_history" not in item:
        return text, _writer(item, owner, names), (("text", text),), (), _why_none([level])
    levels = [level, *(_level(each) for each in _maps(item.get("copy_history")))]
    author = names.author(_credited(levels[0], levels[-1]))
    videos = tuple(_videos_of(levels, names, author))
    return text, author, tuple(_texts(levels)), videos, None if videos else _why_none(levels)


def _writer(item: Json, owner: int, names: Names) -> Author:
    signer, writer = _whole(item.get("signer_id")), _whole(item.get("from_id"))
    return names.author(signer if signer and signer > 0 else writer or owner)


def parse_video(
    video: Json, names: Names | None = None, *, author: Author | None = None, clip: bool = False
) -> SeenVideo | None:
    """A video as an attachment shows it; None when it doesn't say which one it is.

    `author` is the post's; it counts where a community owns the video and doesn't say who uploaded it.
    """
    owner, number = _whole(video.get("owner_id")), _whole(video.get("id"))
    if number is None:
        number = _whole(video.get("video_id"))
    if not owner or number is None or number < 0:
        return None
    is_clip = clip or video.get("type") in ("short_video", "clip") or "united_video_id" in video
    key = VideoKey(owner, number, "clip" if is_clip else "video", access_key(_text(video.get("access_key"))))
    blocked, for_good = why_blocked(video)
    return SeenVideo(
        network=NETWORK,
        owner_id=str(owner),
        video_id=str(number),
        url=key.url,
        title=html.unescape(_text(video.get("title"))),
        description=html.unescape(_text(video.get("description"))),
        duration=_seconds(video),
        kind=key.kind,
        access_key=key.access_key,
        author=_video_author(video, owner, names or Names(), author or Author()),
        blocked=blocked,
        blocked_for_good=for_good,
    )


def why_blocked(video: Json) -> tuple[str, bool]:
    """Why a video can't be fetched, in plain words (empty: it can), and whether that is for good."""
    if _BLOCKING.isdisjoint(video):
        return "", False
    platform = _text(video.get("platform"))
    said = html.unescape(_text(video.get("content_restricted_message"))).strip().partition("\n")[0][:200].rstrip(".")
    reasons = (
        (video.get("processing") or video.get("converting"), "VK is still processing the video.", False),
        (_is_on_air(video), ON_AIR, False),
        (video.get(OVER), STORY_OVER, True),
        (platform, filled(ELSEWHERE, platform=platform), True),
        (video.get("content_restricted"), filled(RESTRICTED_AS, said=said) if said else RESTRICTED, True),
        (video.get("is_private"), "The video is private.", False),
        (_whole(video.get("can_watch")) == 0, "VK doesn't show the video to us.", False),
    )
    return next(((words, for_good) for true, words, for_good in reasons if true), ("", False))


# Inside


@dataclass(frozen=True, slots=True)
class _Level:
    """A post, or one that it reposts, with what it carries itself: videos of VK and whether they are clips, links to
    anything else, and files.
    """

    post: Json
    attached: tuple[tuple[Json, bool], ...]
    links: tuple[str, ...] = ()
    files: tuple[Json, ...] = ()


def _is_on_air(video: Json) -> bool:
    """A broadcast that has not ended (a finished one keeps its type, and has a length)."""
    if video.get("live_status") == "finished":
        return False
    return bool(video.get("live") or video.get("upcoming")) or (video.get("type") == "live" and _seconds(video) is None)


def _videos_of(levels: Sequence[_Level], names: Names, author: Author) -> list[SeenVideo]:
    """Videos of a post and of what it reposts, each once, in order: VK's own, files, and those that links name."""
    found: dict[tuple[str, str, str], SeenVideo] = {}
    for level in levels:
        blocked, for_good = _why_post_blocked(level.post)
        for video in _videos_on(level, names, author):
            free = not blocked or video.blocked_for_good
            shown = video if free else replace(video, blocked=blocked, blocked_for_good=for_good)
            found.setdefault((video.network, video.owner_id, video.video_id), shown)
    return list(found.values())


def _videos_on(level: _Level, names: Names, author: Author) -> Iterator[SeenVideo]:
    for inner, clip in level.attached:
        video = _hosted_elsewhere(inner, author) or parse_video(inner, names, author=author, clip=clip)
        if video is not None:
            yield video
    for file in level.files:
        if (document := _document(file, author)) is not None:
            yield document
    if level.links:
        yield from video_links.linked_from(level.links, author)


def _hosted_elsewhere(video: Json, author: Author) -> SeenVideo | None:
    """The video on its own network, where VK only embeds it and tells from where."""
    if not _text(video.get("platform")):
        return None
    files = video.get("files")
    told = (files.get("external") if isinstance(files, dict) else "", video.get("player"))
    found = next(iter(video_links.linked_from([_text(link) for link in told if link], author)), None)
    if found is None or found.network == NETWORK:
        return None
    title, description = (html.unescape(_text(video.get(name))) for name in ("title", "description"))
    return replace(found, title=title, description=description, duration=_seconds(video))


def _document(doc: Json, author: Author) -> SeenVideo | None:
    """A video that was attached as a file. Its address holds keys that run out, so its number names it."""
    owner, number, url = _whole(doc.get("owner_id")), _whole(doc.get("id")), _text(doc.get("url"))
    if not owner or number is None:
        return None
    there = url.startswith(("https://", "http://"))
    return SeenVideo(
        network=NETWORK,
        owner_id=str(owner),
        video_id=f"doc{number}",
        url=f"{url.partition('#')[0]}{video_links.FILE_MARK}" if there else f"https://vk.com/doc{owner}_{number}",
        title=html.unescape(_text(doc.get("title"))),
        kind="file",
        access_key=access_key(_text(doc.get("access_key"))),
        author=author,
        blocked="" if there else NO_ADDRESS,
        blocked_for_good=not there,
    )


def _level(post: Json) -> _Level:
    """What a post carries by itself. Links to VK's own videos are videos like those that are attached."""
    attachments = [one for one in _attachments(post) if one.get("type") != "photo"]
    attached = list(_videos_in(attachments)) if attachments else []
    links = _links_of(post, attachments)
    others = []
    for link, title in links.items():
        if (key := video_key(link)) is None:
            others.append(link)
            continue
        shown = {"owner_id": key.owner_id, "id": key.id, "access_key": key.access_key, "title": title}
        attached.append((shown, key.kind == "clip"))
    return _Level(post, tuple(attached), tuple(others), tuple(_files_in(attachments)) if attachments else ())


def _attachments(level: Json) -> Sequence[Json]:
    attachments = _maps(level.get("attachments"))
    return [*attachments, *_maps([level["attachment"]])] if "attachment" in level else attachments


def _links_of(post: Json, attachments: Sequence[Json]) -> dict[str, str]:
    """Links that are attached, with their titles, the source that the author named, and those in the text."""
    links = {
        video_links.unwrapped(_text(link.get("url"))): _text(link.get("title"))
        for attachment in attachments
        if isinstance(link := attachment.get("link"), dict)
    }
    if isinstance(source := post.get("copyright"), dict) and (link := video_links.unwrapped(_text(source.get("link")))):
        links.setdefault(link, "")
    text = _text(post.get("text"))
    if "/" in text:
        for link in video_links.links_in(html.unescape(text) if "&" in text else text, bare=True):
            links.setdefault(video_links.unwrapped(link), "")
    return links


def _videos_in(attachments: Sequence[Json]) -> Iterator[tuple[Json, bool]]:
    """The video objects of a post and whether they are clips."""
    for attachment in attachments:
        for kind in ("video", "clip", "short_video", "video_message"):
            if isinstance(inner := attachment.get(kind), dict):
                yield inner, kind in ("clip", "short_video")
        if isinstance(story := attachment.get("story"), dict) and isinstance(inner := story.get("video"), dict):
            over = any(story.get(name) for name in ("is_expired", "is_deleted", "is_restricted"))
            yield {**inner, OVER: over or _whole(story.get("can_see")) == 0}, False
        if isinstance(other := attachment.get(_text(attachment.get("type"))), dict) and "story" not in attachment:
            inside = other.get("video")
            yield from ((each, False) for each in _maps([inside, *_items(other.get("videos"))]))


def _files_in(attachments: Sequence[Json]) -> Iterator[Json]:
    """Documents that are videos, by their ending or by VK's own kind of them."""
    for attachment in attachments:
        doc = attachment.get("doc")
        if isinstance(doc, dict) and (doc.get("type") == VIDEO_DOCUMENT or video_links.is_video_file(_file_name(doc))):
            yield doc


def _file_name(doc: Json) -> str:
    """With its ending, which VK tells apart from the title, that may have one too."""
    title, ending = _text(doc.get("title")), _text(doc.get("ext"))
    return f"{title}.{ending}" if ending else title


def _why_none(levels: Sequence[_Level]) -> NoVideo:
    """Why a post shows no video: of all that it carries, what most likely was meant to be one."""
    return video_links.likeliest(why for level in levels for why in _whys(level))


def _why_bare(post: Json, text: str) -> NoVideo:
    donut = post.get("donut")
    return NoVideo.hidden if isinstance(donut, dict) and donut.get("is_donut") and not text else NoVideo.text


def _whys(level: _Level) -> Iterator[NoVideo | None]:
    yield _why_bare(level.post, _text(level.post.get("text")))
    for attachment in _attachments(level.post):
        kind = _text(attachment.get("type"))
        if kind == "doc" and isinstance(doc := attachment.get("doc"), dict):
            yield video_links.kind_of_file(_file_name(doc))
        elif kind != "link":
            yield _INSTEAD.get(kind, NoVideo.other)
    yield from map(video_links.why_not, level.links)


def _why_post_blocked(level: Json) -> tuple[str, bool]:
    donut = level.get("donut")
    if isinstance(donut, dict) and donut.get("is_donut"):
        return "The post is for paying subscribers only.", True
    if level.get("friends_only"):
        return "The post is for friends only.", False
    return "", False


def _credited(outer: _Level, original: _Level) -> int | None:
    """The resident: whoever signed or wrote the original, or owns its video; a community only when nobody else."""
    item, shown = outer.post, original.post
    signer, writer = _whole(shown.get("signer_id")), _whole(shown.get("from_id"))
    if signer and signer > 0:
        return signer
    if writer and writer > 0:
        return writer
    for level in (original, outer):
        for video, _ in level.attached:
            if (owner := _uploader(video)) and owner > 0:
                return owner
    return writer or _whole(shown.get("owner_id")) or _whole(item.get("from_id")) or _owner_of(item)


def _uploader(video: Json) -> int | None:
    """The person who owns the video, or who uploaded it to a community."""
    owner = _whole(video.get("owner_id"))
    return owner if owner is not None and owner > 0 else _whole(video.get("user_id"))


def _video_author(video: Json, owner: int, names: Names, author: Author) -> Author:
    uploader = _uploader(video)
    if uploader and uploader > 0:
        return names.author(uploader)
    return author if author.id and not author.id.startswith("-") else names.author(owner)


def _texts(levels: Sequence[_Level]) -> Iterator[tuple[str, str]]:
    """All raw texts: the judge of hashtags resolves their entities itself, once."""
    for depth, level in enumerate(levels):
        yield ("original" if depth else "text"), _text(level.post.get("text"))
    for level in levels:
        for video, _ in level.attached:
            for where, name in (("video title", "title"), ("video description", "description")):
                if text := _text(video.get(name)):
                    yield where, text


def _comments_below(item: Json) -> int:
    told = item.get("comments")
    return max(0, _whole(told.get("count")) or 0) if isinstance(told, dict) else 0


def _id_of(item: object) -> str:
    """As far as it says; empty where it has no number."""
    number = _number_of(item) if isinstance(item, dict) else None
    return f"{_owner_of(item)}_{number}" if isinstance(item, dict) and number is not None else ""


def _owner_of(item: Json) -> int | None:
    for name in ("owner_id", "source_id", "to_id", "from_id"):
        if number := _whole(item.get(name)):
            return number
    return None


def _number_of(item: Json) -> int | None:
    number = _whole(item.get("id"))
    return number if number is not None else _whole(item.get("post_id"))


def _moment(value: object) -> datetime:
    found = _moment_or_none(value)
    if found is None:
        raise UnreadableItem(filled("it has no date"))
    return found


def _moment_or_none(value: object) -> datetime | None:
    seconds = value if type(value) is int else _whole(value)
    return None if seconds is None else _at(seconds)


@lru_cache(maxsize=1 << 14)
def _at(seconds: int) -> datetime | None:
    """Sweeps overlap, so the same moments come again and again."""
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < LATEST else None


def _seconds(video: Json) -> float | None:
    """Length in seconds; None where VK says 0 (broadcasts) or nothing."""
    value = _whole(video.get("duration"))
    if value is None:
        value = _whole(video.get("duration_seconds"))
    return float(value) if value is not None and value > 0 else None


def _whole(value: object) -> int | None:
    """A whole number in any of the ways that JSON of VK writes it."""
    if type(value) is int:
        return value if -FURTHEST < value < FURTHEST else None
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < FURTHEST else None
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    return None


def _text(value: object) -> str:
    """A text without NUL, which databases refuse."""
    if not isinstance(value, str):
        return ""
    return value.replace("\0", "") if "\0" in value else value


def _items(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []


def _maps(value: object) -> Sequence[Json]:
    return [item for item in value if isinstance(item, dict)] if value and isinstance(value, list | tuple) else ()
