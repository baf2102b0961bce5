"""Entries of RSS and Atom feeds as our posts and videos. Pure.

feedparser reads the feed; what it gives is taken with care (6.0.14): its dates are read anew (dates.py), of an entry's
authors the last one alone, with an e-mail address, is its `author`, and a further text of an entry takes the place of
one that came before. Media RSS: https://www.rssboard.org/media-rss; a `media:group` is one video in several sizes, and
feedparser does not tell which files stood in one.
"""

from __future__ import annotations

import hashlib
import html
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from itertools import pairwise
from typing import Any
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, Tag

from relay.language.sentence import filled, prefixed
from relay.ports import Author, SeenPost, SeenVideo
from relay.sources import dates, markup
from relay.sources import video_links as known_links

NETWORK = "rss"
BEST_SIDE = 1080
"""Of a video in several sizes: the largest up to here, as films are no larger."""
AUTHOR_ROLES = frozenset({"", "author", "artist", "creator", "narrator", "performer", "reader"})
"""Of `media:credit`: who made it, not who owns, sells or rated it."""
FULL_TEXTS = ("full-text", "fulltext", "turbo_content", "_x-description", "_x-summary")
"""How the keys of further texts end: Yandex's (`yandex:full-text`, `turbo:content`), Rambler's, Mail.ru's, and those
of other name spaces that feedparser would put in the place of the description."""
PLAYLISTS = (".m3u8", ".mpd")
UNTYPED = frozenset({"", "application/octet-stream", "binary/octet-stream"})
NO_VIDEO = ("audio/", "image/", "text/", "application/x-bittorrent", "application/x-shockwave", "application/dash")

_WHEN = ("published", "created", "updated")
_FURTHER_TEXT = re.compile(rb"<(/?)(media|itunes):(description|summary)(?:\s[^<>]*?)?(?=/?>)")
"""With attributes (`type="html"`) feedparser would keep these, and not the text."""
_GROUP = re.compile(r"<(/?)(?:[\w.-]{1,20}:)?group\b")
_GROUP_URL = re.compile(r"<(?:[\w.-]{1,20}:)?content\b[^<>]*?\burl\s*=\s*(?:\"([^\"<>]*)\"|'([^'<>]*)')")
_BETWEEN_TAGS = re.compile(r"[,;|/>#\n]+")
_AT = r"(?:@|\s*[(\[{]\s*(?:at|@|собака)\s*[)\]}]\s*)"
_DOT = r"(?:\.|\s*[(\[{]\s*(?:dot|\.|точка)\s*[)\]}]\s*)"
_EMAIL = re.compile(rf"mailto:|[\w.+-]+{_AT}[\w-]+(?:{_DOT}[\w-]+)*", re.IGNORECASE)
_BRACKETS = re.compile(r"^\(([^()]*)\)$|\(\s*\)")
_COUNTED = re.compile(r"[?&]_=\d+$")
"""What WordPress adds to the address of a file that is played on a page, to number its players."""
_SOURCES = ("src", "data-src", "data-lazy-src", "data-original")
_LINKING = frozenset({"a", "iframe", "embed", "object", "param", "amp-iframe", "amp-video"})
_EMBEDDED = ("url", "data-url", "data-oembed-url", "data-video-url", "data-embed-url", "data-video")
"""Attributes that editors keep a player's address in until a script makes the player: `<oembed url>` of CKEditor."""
_YOUTUBE_NUMBERS = ("videoid", "data-videoid", "data-video-id", "data-id")
"""Of `<lite-youtube>`, `<amp-youtube>`, `<div class="youtube-player">`."""


@dataclass(frozen=True, slots=True)
class Feed:
    """`entries`: as feedparser gives them; `groups`: addresses of the files of each `media:group`."""

    title: str
    entries: Sequence[Any]
    groups: tuple[frozenset[str], ...] = ()


def parsed(body: bytes) -> Feed | None:
    """The feed; None for what is none (a page for people, half an answer)."""
    import feedparser

    own = _FURTHER_TEXT.sub(rb"<\1\2:x-\3", body)
    feed = feedparser.parse(io.BytesIO(own), sanitize_html=False, resolve_relative_uris=False)
    whole = not feed.bozo or b"</rss>" in body or b"</feed>" in body or b"</rdf:RDF>" in body
    if not (feed.get("version") and whole):
        return None
    groups = tuple(_groups(_decoded(body, _text(feed.get("encoding")))))
    return Feed(markup.plain(_text(feed.feed.get("title"))), feed.entries, groups)


def posts(
    feed: Feed, feed_url: str, base: str, *, zone: tzinfo, now: datetime
) -> tuple[list[SeenPost], tuple[str, ...]]:
    """Newest first, and a line for each entry that can't be placed in time. `zone`: of dates that tell none."""
    found, faults = [], []
    for entry in feed.entries:
        at, said = _published(entry, zone, now)
        if at is None:
            unread = filled("its date can't be read ({date})", date=said[:60]) if said else filled("it has no date")
            faults.append(prefixed(_title(entry)[:60] or "?", unread))
            continue
        edited = dates.moment(_told(entry, "updated"), zone, now)
        post = _post(entry, at, feed_url, base, feed.groups)
        found.append(replace(post, edited_at=edited if edited and edited > at else None))
    return sorted(found, key=lambda post: post.published_at, reverse=True), tuple(faults)


# Inside


def _decoded(body: bytes, encoding: str) -> str:
    try:
        return body.decode(encoding or "utf-8", "replace")
    except LookupError:
        return body.decode("utf-8", "replace")


def _groups(text: str) -> Iterator[frozenset[str]]:
    marks = [*_GROUP.finditer(text), None]
    for begin, end in pairwise(marks):
        if begin is not None and not begin[1]:
            urls = _GROUP_URL.finditer(text, begin.end(), end.start() if end else len(text))
            yield frozenset(html.unescape(found[1] or found[2] or "").strip() for found in urls)


def _published(entry: Any, zone: tzinfo, now: datetime) -> tuple[datetime | None, str]:
    """The first of an entry's dates that can be read, and the first that was written."""
    written = [said for name in _WHEN if (said := _told(entry, name))]
    read = (dates.moment(said, zone, now) for said in written)
    return next((at for at in read if at is not None), None), next(iter(written), "")


def _post(entry: Any, at: datetime, feed_url: str, base: str, groups: Iterable[frozenset[str]]) -> SeenPost:
    title, page = _title(entry), _page(entry, base)
    trees = [markup.read(body) for body in _bodies(entry)]
    number = _text(entry.get("id")) or page or hashlib.sha256(f"{at}{title}".encode()).hexdigest()
    tags, author = list(dict.fromkeys(_tags(entry))), _author(entry)
    texts = (("text", "\n".join(part for part in (title, *_words(trees)) if part)), ("tags", _hashed(tags)))
    return SeenPost(
        network=NETWORK,
        owner_id=feed_url,
        post_id=number[:500],
        url=page if page.casefold().startswith(("http://", "https://")) else feed_url,
        published_at=at,
        text=texts[0][1],
        author=author,
        texts=tuple(pair for pair in texts if pair[1]),
        videos=tuple(_videos(entry, trees, page, base, author, groups)),
        raw={"id": number, "title": title, "tags": tags},
    )


def _page(entry: Any, base: str) -> str:
    """The entry's own page, "" for one that has none. A number is none, though feedparser gives it as the link where
    the feed doesn't say `isPermaLink="false"`.
    """
    link = _text(entry.get("link"))
    is_number = "/" not in link and link == _text(entry.get("id"))
    return _joined(base, link) if link and not is_number else ""


def _title(entry: Any) -> str:
    return _written(entry.get("title_detail") or {}) or _text(entry.get("title"))


def _written(detail: Mapping[str, Any]) -> str:
    """The text of a title, which is HTML or not, as the feed says."""
    value = _text(detail.get("value"))
    return " ".join(markup.plain(value).split()) if "html" in _text(detail.get("type")) else value


def _bodies(entry: Any) -> Iterator[str]:
    """All texts of an entry as HTML, each once: the whole one and the excerpt, which may carry the tag alone."""
    details = [*(entry.get("content") or ()), dict.get(entry, "summary_detail") or {}]
    found = [_as_html(detail) for detail in details]
    found += [_told(entry, name) for name in ("summary", "subtitle")]
    found += [_text(value) for key, value in entry.items() if key.endswith(FULL_TEXTS)]
    yield from dict.fromkeys(body for body in found if body)


def _words(trees: Sequence[BeautifulSoup]) -> list[str]:
    """The texts, without those that stand in another one."""
    kept: list[str] = []
    for text in map(markup.text_of, trees):
        if not any(text in other for other in kept):
            kept.append(text)
    return kept


def _as_html(detail: Mapping[str, Any]) -> str:
    value = _text(detail.get("value"))
    return value if "html" in _text(detail.get("type")) or "</" in value else html.escape(value, quote=False)


def _author(entry: Any) -> Author:
    """All who are named, without their addresses."""
    told = [each.get("name") for each in entry.get("authors") or () if each] or [entry.get("author")]
    credits = (each for each in entry.get("media_credit") or () if _text(each.get("role")).casefold() in AUTHOR_ROLES)
    names = _names(told) or _names(each.get("content") for each in credits)
    return Author(name=", ".join(names))


def _names(told: Iterable[object]) -> list[str]:
    clean = (_name(markup.plain(_text(name))) for name in told)
    return list(dict.fromkeys(name for name in clean if name))


def _name(told: str) -> str:
    """Without an address; what stands in brackets behind one is the name, as RSS 2.0 has it."""
    name = " ".join(_EMAIL.sub(" ", told).split()).strip(" <>[],;\"'")
    name = _BRACKETS.sub(r"\1", name).strip().removesuffix("(").strip()
    return f"{name})" if name.count("(") > name.count(")") else name  # feedparser takes the last one for an address's


def _tags(entry: Any) -> Iterator[str]:
    """Categories and keywords: several may stand in one, and one may be a path."""
    for tag in entry.get("tags") or ():
        for said in (_text(tag.get("term")), _text(tag.get("label"))):
            yield from (word.strip() for word in _BETWEEN_TAGS.split(markup.plain(said)) if word.strip())


def _hashed(tags: Sequence[str]) -> str:
    """Categories as hashtags; those of several words are written together."""
    return " ".join(f"#{''.join(tag.split())}" for tag in tags)


# Videos


def _videos(
    entry: Any, trees: Sequence[BeautifulSoup], page: str, base: str, author: Author, groups: Iterable[frozenset[str]]
) -> Iterator[SeenVideo]:
    """Videos of networks that an entry links to or shows, and files of its own, each once."""
    links, files = [page] if page else [], list[str]()
    for tree in trees:
        links += (_joined(page or base, link) for link in _linked(tree))
        files += (_joined(page or base, link) for link in _shown(tree))
    media = [*_media(entry, base, groups)]
    links += (link for link, _ in media)
    files += [link for link in links if _path(link).endswith(known_links.VIDEO_ENDINGS)]
    files += [link for link, is_video in media if is_video]
    found = known_links.videos_of([*links, *files])
    yield from found
    for link in _distinct(link for link in files if known_links.video_of(link) is None):
        if (video := known_links.file_of(link, title=_title(entry))) is not None:
            yield replace(video, author=author)


def _linked(tree: BeautifulSoup) -> Iterator[str]:
    """Addresses in the text of an entry: links, embedded players and posts, and bare ones."""
    for tag in tree.find_all(True):
        if tag.name in _LINKING:
            yield from _attributes(tag, ("href", "data", "value", *_SOURCES))
        yield from _attributes(tag, _EMBEDDED)
        yield from (f"https://t.me/{post}" for post in _attributes(tag, ("data-telegram-post",)))
        if "youtube" in tag.name or "youtube" in str(tag.get("class") or ""):
            yield from (f"https://youtu.be/{number}" for number in _attributes(tag, _YOUTUBE_NUMBERS))
    bare = known_links.links_in(markup.text_of(tree), bare=True)
    yield from (link if "://" in link else f"https://{link}" for link in bare)


def _shown(tree: BeautifulSoup) -> Iterator[str]:
    """The file of each `<video>`: of those that it names, an MP4 before others."""
    for video in tree.find_all(["video", "amp-video"]):
        if not isinstance(video, Tag):
            continue
        named = [link for tag in (video, *video.find_all("source")) for link in _attributes(tag, _SOURCES)]
        files = [
            link for link in named if not _path(link).endswith(PLAYLISTS) and not link.startswith(("blob:", "data:"))
        ]
        yield from sorted(files, key=lambda link: not _path(link).endswith(".mp4"))[:1]


def _media(entry: Any, base: str, groups: Iterable[frozenset[str]]) -> Iterator[tuple[str, bool]]:
    """What an entry carries beside its text, and whether each is a video by itself. Of each group the best."""
    for name in ("media_player", "media_embed"):
        if link := _text((entry.get(name) or {}).get("url")):
            yield _joined(base, link), False
    elsewhere = ({"url": part.get("src"), "type": part.get("type")} for part in entry.get("content") or ())
    media = [*(entry.get("media_content") or ()), *elsewhere]
    grouped = [group for group in groups if any(_address(each) in group for each in media)]
    alone = [each for each in media if not any(_address(each) in group for group in grouped)]
    further = [each for each in entry.get("enclosures") or () if not any(_address(each) in group for group in grouped)]
    best = [max(each, key=_quality) for group in grouped if (each := [m for m in media if _is_in(m, group)])]
    for each in (*best, *alone, *further):
        if link := _address(each):
            yield _joined(base, link), _is_video(each)


def _is_in(media: Mapping[str, Any], group: frozenset[str]) -> bool:
    return _address(media) in group and (_is_video(media) or known_links.video_of(_address(media)) is not None)


def _address(media: Mapping[str, Any]) -> str:
    return _text(media.get("href") or media.get("url"))


def _quality(media: Mapping[str, Any]) -> tuple[int, int, bool, int]:
    """Greatest for the one of a group to fetch: the largest up to BEST_SIDE; then of unknown size; the others last."""
    sides = [side for name in ("height", "width") if (side := _number(media.get(name)))]
    side = min(sides, default=0)
    rank = (0, -side) if side > BEST_SIDE else (2, side) if side else (1, 0)
    return *rank, _text(media.get("isdefault")) == "true", _number(media.get("bitrate") or media.get("filesize"))


def _number(value: object) -> int:
    text = _text(value).partition(".")[0]
    return int(text) if text.isdecimal() and len(text) < 16 else 0


def _is_video(media: Mapping[str, Any]) -> bool:
    kind, path = _text(media.get("type")).casefold(), _path(_address(media))
    if path.endswith(PLAYLISTS):
        return False
    if (
        kind == "video"
        or kind.startswith("video/")
        or (kind in UNTYPED and _text(media.get("medium")).casefold() == "video")
    ):
        return True
    return path.endswith(known_links.VIDEO_ENDINGS) and not kind.startswith(NO_VIDEO)


def _distinct(files: Iterable[str]) -> Iterator[str]:
    """Each file once; of one that lies there in several containers the MP4."""
    by_name: dict[str, str] = {}
    for link in files:
        plain = _COUNTED.sub("", link)
        ending = next((each for each in known_links.VIDEO_ENDINGS if plain.casefold().endswith(each)), "")
        name = plain.partition("://")[2].removesuffix(plain[len(plain) - len(ending) :] if ending else "")
        if name not in by_name or (ending == ".mp4" and not _path(by_name[name]).endswith(".mp4")):
            by_name[name] = link
    yield from by_name.values()


def _joined(base: str, link: str) -> str:
    """A link as it leads from a page; as it is where it leads nowhere."""
    try:
        return urljoin(base, link)
    except ValueError:
        return link


def _path(link: str) -> str:
    try:
        return urlsplit(link).path.casefold()
    except ValueError:
        return ""


def _attributes(tag: Tag, names: Iterable[str]) -> Iterator[str]:
    yield from (value.strip() for name in names if isinstance(value := tag.get(name), str) and value.strip())


def _told(entry: Any, name: str) -> str:
    """What the entry itself says: feedparser answers for `updated` with `published`, and warns that it does."""
    return _text(dict.get(entry, name))


def _text(value: object) -> str:
    return value.replace("\0", "").strip() if isinstance(value, str) else ""
