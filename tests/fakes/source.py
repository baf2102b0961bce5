from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from relay.errors import Closed, Parked, Refused, TryLater
from relay.ports import (
    Author,
    Comment,
    CommentPage,
    CommentThread,
    NetworkDescription,
    Page,
    Place,
    PostRef,
    Quota,
    RecheckResult,
    SeenPost,
    SeenVideo,
)

NOON = datetime(2023, 1, 12, 9, 0, tzinfo=UTC)


class Killed(BaseException):
    """The process ends in the middle of something; no `except Exception` may notice."""


class FakeSource:
    """A social network in a few lists. Walls show their owner's posts, pinned ones first; the search shows all
    posts in which one of the tags stands. Verbs order trouble: `is_down()`, `closes("vk:club1")`…
    """

    def __init__(self, network: str = "vk", *, page_size: int = 3) -> None:
        self.description = NetworkDescription(name=network, titles={"en": network.upper()})
        self.page_size = page_size
        self.readings: list[tuple[str, datetime, datetime]] = []
        self.requests = 0
        self._posts: dict[tuple[str, str], SeenPost] = {}
        self._places: dict[str, Place] = {}
        self._trouble: Exception | None = None
        self._closed: dict[str, Closed] = {}
        self._turned_away: dict[str, Closed] = {}
        self._nonsense: tuple[str, ...] = ()
        self.threads: list[CommentThread] = []
        self._below: dict[tuple[str, str], list[Comment]] = {}
        self._comment_calls = 500
        self._spent_on_comments = 0
        self._unclear: set[str] = set()
        self._after_page: tuple[int, Callable[[], None]] | None = None

    # verbs for tests

    def has(self, *posts: SeenPost) -> None:
        """Publishes posts; one that is there already is edited."""
        for post in posts:
            self._posts[post.owner_id, post.post_id] = post

    def loses(self, *posts: SeenPost) -> None:
        for post in posts:
            del self._posts[post.owner_id, post.post_id]

    def knows(self, name: str, owner_id: str, title: str = "") -> None:
        """`vk:name` leads to the wall of `owner_id` (negative: a community)."""
        self._places[name] = self._place(owner_id, title)

    def is_down(self, message: str = "VK does not answer.", *, requests: int = 1) -> None:
        self._trouble = TryLater(message, requests=requests)

    def parks(self, message: str = "VK asks for a captcha.", *, key: str = "token:fake", **more: object) -> None:
        more.setdefault("until", NOON + timedelta(days=365))
        self._trouble = Parked(message, key=key, **more)  # type: ignore[arg-type]

    def breaks(self, error: Exception) -> None:
        """Every call raises `error`, whatever it is."""
        self._trouble = error

    def recovers(self) -> None:
        self._trouble = None
        self._closed.clear()
        self._after_page = None

    def closes(self, address: str, message: str = "This wall is closed.", *, gone: bool = False) -> None:
        self._closed[address] = Closed(message, gone=gone)

    def turns_away(self, address: str, *, gone: bool = False) -> None:
        """Whoever looks up `vk:name` is told that it is closed, or gone."""
        self._turned_away[address] = Closed("This wall is closed.", gone=gone)

    def is_killed_after(self, pages: int) -> None:
        """The process dies once `pages` pages of a reading were handed out."""

        def die() -> None:
            raise Killed

        self._after_page = (pages, die)

    def after_page(self, pages: int, action: Callable[[], None]) -> None:
        """Does something, once, in the middle of the next reading."""
        self._after_page = (pages, action)

    def shows_nonsense(self, *faults: str) -> None:
        """The first page of each reading has posts that nobody can understand."""
        self._nonsense = faults

    def says_below(self, post: SeenPost, text: str, *, by: str = "7", name: str = "Анна Иванова") -> None:
        """Somebody writes a comment below the post."""
        below = self._below.setdefault((post.owner_id, post.post_id), [])
        number = str(len(below) + 1)
        below.append(Comment(number, f"{post.url}?reply={number}", Author(by, name), text, NOON))
        self.has(dataclasses.replace(self._posts[post.owner_id, post.post_id], comments=len(below)))

    def allows_comment_calls(self, a_day: int, *, spent: int = 0) -> None:
        self._comment_calls, self._spent_on_comments = a_day, spent

    def is_unclear_about(self, *posts: SeenPost) -> None:
        """Looked at once more, these posts are neither there nor gone."""
        self._unclear |= {post.url for post in posts}

    def is_clear_again(self) -> None:
        self._unclear.clear()

    def hands_in(self, url: str, video_id: str = "100", owner_id: str = "7") -> None:
        """A link to a video that no post is known to carry."""
        video = a_video(video_id, owner_id, url=url, author=Author(owner_id))
        self.has(SeenPost("hand-in", owner_id, video_id, url, NOON + timedelta(days=30), videos=(video,)))

    # the port

    def claims(self, address: str) -> bool:
        return address.startswith((f"{self.description.name}:", f"https://{self.description.name}.com/"))

    def resolve(self, address: str) -> Place:
        self._may_fail()
        if address in self._turned_away:
            raise self._turned_away[address]
        name = address.removeprefix(f"{self.description.name}:").removeprefix(f"https://{self.description.name}.com/")
        if name == "tag":
            return Place(self.description.name, f"{self.description.name}:tag", "", "Hashtag search")
        if name in self._places:
            return self._places[name]
        for prefix, sign in (("club", "-"), ("public", "-"), ("id", "")):
            if name.startswith(prefix) and name[len(prefix) :].isdigit():
                return self._place(sign + name[len(prefix) :], "")
        raise Refused(f"There is no {address}.", hint="Check the spelling.")

    def read(self, place: Place, *, since: datetime, until: datetime, tags: Sequence[str]) -> Iterator[Page]:
        self.readings.append((place.address, since, until))
        posts = self._shown(place, tags)
        pages = [posts[at : at + self.page_size] for at in range(0, len(posts), self.page_size)] or [[]]
        for number, page in enumerate(pages, start=1):
            self._may_fail()
            if place.address in self._closed:
                raise self._closed[place.address]
            self.requests += 1
            done = number == len(pages) or all(post.published_at < since for post in page if not post.pinned)
            faults = self._nonsense if number == 1 else ()
            yield Page(tuple(page), 1, len(posts), since if done else None, faults)
            self._happens_after(number)
            if done:
                return

    def posts_behind(self, links: Sequence[str]) -> list[SeenPost]:
        self._may_fail()
        self.requests += 1
        return [post for post in self._posts.values() if post.url in links]

    def recheck(self, posts: Sequence[PostRef]) -> Iterator[RecheckResult]:
        """What isn't there is deleted; each post in `unclear` is answered with a page that nobody understands."""
        found = {(post.owner_id, post.post_id): post for post in self.posts_behind([known.url for known in posts])}
        for number, known in enumerate(posts):
            post = found.get((known.owner_id, known.post_id))
            if known.url in self._unclear:
                yield RecheckResult(known, unclear="The page is not understood.", requests=0 if number else 1)
            else:
                yield RecheckResult(known, post, "" if post else "post", requests=0 if number else 1)

    def comments(self, threads: Sequence[CommentThread]) -> Iterator[CommentPage]:
        for thread in threads:
            self._may_fail()
            self.threads.append(thread)
            self._spent_on_comments += 1
            below = self._below.get((thread.owner_id, thread.post_id), [])
            yield CommentPage(thread, tuple(below[::-1] if thread.newest else below)[: thread.count])

    def comments_quota(self) -> Quota:
        return Quota(self._comment_calls, 1, self._spent_on_comments)

    def _shown(self, place: Place, tags: Sequence[str]) -> list[SeenPost]:
        posts = [post for post in self._posts.values() if place.owner_id in ("", post.owner_id)]
        if not place.owner_id:
            words = [f"#{tag.lstrip('#')}".casefold() for tag in tags]
            posts = [p for p in posts if any(word in text.casefold() for _, text in p.texts for word in words)]
        return sorted(posts, key=lambda post: (not post.pinned, -post.published_at.timestamp()))

    def _place(self, owner_id: str, title: str) -> Place:
        name = f"club{owner_id[1:]}" if owner_id.startswith("-") else f"id{owner_id}"
        return Place(self.description.name, f"{self.description.name}:{name}", owner_id, title or name)

    def _may_fail(self) -> None:
        if self._trouble is not None:
            raise self._trouble

    def _happens_after(self, number: int) -> None:
        if self._after_page is not None and self._after_page[0] == number:
            _, action = self._after_page
            self._after_page = None
            action()


def a_video(video_id: str = "100", owner_id: str = "7", **more: object) -> SeenVideo:
    """A resident's video, ready to be fetched."""
    more.setdefault("url", f"https://vk.com/video{owner_id}_{video_id}")
    more.setdefault("author", Author(owner_id, "Анна Иванова"))
    return SeenVideo("vk", owner_id, video_id, **more)  # type: ignore[arg-type]


def a_post(
    text: str = "Читаю письмо деда. #proryv80", post_id: str = "1", owner_id: str = "-1", **more: object
) -> SeenPost:
    """A post of community 1, published on 12 January 2023 at noon in Moscow."""
    more.setdefault("url", f"https://vk.com/wall{owner_id}_{post_id}")
    more.setdefault("published_at", NOON)
    more.setdefault("texts", (("text", text),))
    more.setdefault("author", Author("7", "Анна Иванова"))
    more.setdefault("videos", (a_video(post_id + "00"),))
    return SeenPost("vk", owner_id, post_id, text=text, **more)  # type: ignore[arg-type]


def edited(post: SeenPost, text: str, at: datetime) -> SeenPost:
    return dataclasses.replace(post, text=text, texts=(("text", text),), edited_at=at)
