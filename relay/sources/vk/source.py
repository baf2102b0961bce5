"""VK, read with a service token through vk_api.

Facts that shape this: docs/vk.md. Daily quotas rule, not requests per second; pinned posts come
first; offsets drift while we read; search shows at most 1000 results; errors come as HTTP 200.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from relay.config import Settings
from relay.errors import Closed, Refused
from relay.language.sentence import as_sentence
from relay.models import Doubt
from relay.ports import (
    Clock,
    CommentPage,
    CommentThread,
    NetworkDescription,
    OwnerKind,
    Page,
    Place,
    PostRef,
    Quota,
    ReadRequest,
    RecheckResult,
    SeenPost,
    TokenUsage,
)
from relay.sources.networks import HAND_IN
from relay.sources.vk import batch, parse
from relay.sources.vk.addresses import EXAMPLES, group_place, name_in, owner_in, person_place
from relay.sources.vk.batch import OVERLAP
from relay.sources.vk.calls import Spent, VkCalls
from relay.sources.vk.errors import Remedy, kind_of
from relay.sources.vk.links import LINKS, NETWORK, VideoKey, on_vk, post_key, video_key
from relay.sources.vk.pages import ItemPage
from relay.sources.vk.prefetch import STEP_BACK, First, PagePrefetch
from relay.sources.vk.tokens import COMMENTS, SEARCH, WALL, VkTokens
from relay.store import Store

if TYPE_CHECKING:
    import requests


WALL_PAGE = 100
OLD_IN_A_ROW = 25
"""A wall is left once so many posts in a row, pinned ones aside, are older than what is asked for."""
SEARCH_PAGE = 200
MOST_FOUND = 1000
LOOK_AT_ONCE = 100
WHO_AT_ONCE = 500
"""Of communities (groups.getById); of people it may be twice as many (users.get)."""

REPLIES = 10
"""Of the answers to a comment so many come with it."""


class VkSource:
    """`SourceAdapter`, `BatchReads`, `BatchResolves`, `HasQuota`, `HasTokens`, `Rechecks` and `ReadsComments` for VK.

    Opens nothing and asks for no token before the first call.

    Raises ConfigError where there is no token, besides what the port says.
    """

    description = NetworkDescription(
        name=NETWORK,
        titles={"en": "VK", "fr": "VK", "ru": "ВКонтакте"},
        owners=OwnerKind.wall,
        extractors=("vk", "vk:wallpost"),
        links=LINKS,
    )
    most_found = MOST_FOUND

    def __init__(
        self,
        settings: Settings,
        store: Store,
        clock: Clock,
        sleep: Callable[[float], None] = time.sleep,
        *,
        session: Callable[[Settings], requests.Session] | None = None,
    ) -> None:
        """`session` makes the HTTP session in place of `http.open_session`."""
        self._clock = clock
        self.calls = VkCalls(VkTokens(settings, store, clock, session), clock, sleep)

    # The port

    def claims(self, address: str) -> bool:
        address = address.strip()
        return address.startswith(f"{NETWORK}:") or on_vk(address)

    def resolve(self, address: str) -> Place:
        """Asks VK who is behind the address. Raises Closed for a wall that we can't read."""
        name = name_in(address)
        if name == "tag":
            return Place(NETWORK, f"{NETWORK}:tag", "", "VK: hashtag search")
        owner_id = owner_in(name)
        if owner_id is None:
            owner_id = self._owner_named(name)
        return self._group(-owner_id) if owner_id < 0 else self._person(owner_id)

    def resolve_many(self, addresses: Sequence[str]) -> list[Callable[[], Place]]:
        """See ports.BatchResolves. A fault of the network is everybody's, so it is raised here."""
        owners = [owner_in(name_in(address)) for address in addresses]
        groups = sorted({-owner for owner in owners if owner is not None and owner < 0})
        people = sorted({owner for owner in owners if owner is not None and owner > 0})
        known_groups, known_people = dict[int, Mapping[str, Any]](), dict[int, Mapping[str, Any]]()
        for at in range(0, len(groups), WHO_AT_ONCE):
            known_groups |= self._groups(groups[at : at + WHO_AT_ONCE])
        for at in range(0, len(people), WHO_AT_ONCE):
            known_people |= self._people(people[at : at + WHO_AT_ONCE])
        places: list[Callable[[], Place]] = []
        for address, owner in zip(addresses, owners, strict=True):
            if owner is None:
                places.append(partial(self.resolve, address))
            elif owner < 0:
                places.append(partial(group_place, -owner, known_groups.get(-owner)))
            else:
                places.append(partial(person_place, owner, known_people.get(owner)))
        return places

    def read(self, place: Place, *, since: datetime, until: datetime, tags: Sequence[str]) -> Iterator[Page]:
        if place.owner_id:
            wish = ReadRequest(place, since)
            return self._read_wall(self._shelf([wish]), 0, wish)
        return self._search(tags, since, until)

    def read_many(self, wishes: Sequence[ReadRequest]) -> list[Iterator[Page]]:
        shelf = self._shelf(wishes)
        return [self._read_wall(shelf, number, wish) for number, wish in enumerate(wishes)]

    def quota(self, *, search: bool) -> Quota:
        return self.calls.tokens.quota(SEARCH if search else WALL)

    def comments_quota(self) -> Quota:
        return self.calls.tokens.quota(COMMENTS)

    def comments(self, threads: Sequence[CommentThread]) -> Iterator[CommentPage]:
        """Up to 25 threads in a request. Comments of a post that closed them (error 212) are none."""
        for at in range(0, len(threads), batch.MOST_CALLS):
            asked = threads[at : at + batch.MOST_CALLS]
            calls = [comments_call(thread) for thread in asked]
            firsts = self.calls.batch(COMMENTS, calls) if len(asked) > 1 else [First()]
            for thread, call, first in zip(asked, calls, firsts, strict=True):
                yield self._talk(thread, call, first)

    def tokens(self) -> list[TokenUsage]:
        """See ports.HasTokens."""
        return self.calls.tokens.usage()

    def posts_behind(self, links: Sequence[str]) -> list[SeenPost]:
        """A link to a video gives a post of the network `hand-in`, dated now: VK doesn't tell us more about it."""
        keys = {link: post_key(link) for link in links}
        wanted = sorted({key for key in keys.values() if key is not None})
        found: list[SeenPost] = []
        for at in range(0, len(wanted), LOOK_AT_ONCE):
            asked = ",".join(f"{owner}_{number}" for owner, number in wanted[at : at + LOOK_AT_ONCE])
            page = self.calls.page("wall.getById", {"posts": asked, "extended": 1})
            found += parse.listing(page).posts
        videos = (video_key(link) for link, key in keys.items() if key is None)
        return found + [_handed_in(key, self._clock()) for key in dict.fromkeys(videos) if key is not None]

    def recheck(self, posts: Sequence[PostRef]) -> Iterator[RecheckResult]:
        """What wall.getById leaves out of its answer is deleted or closed to us; both look the same."""
        for at in range(0, len(posts), LOOK_AT_ONCE):
            asked = posts[at : at + LOOK_AT_ONCE]
            found = {(post.owner_id, post.post_id): post for post in self.posts_behind([known.url for known in asked])}
            for number, known in enumerate(asked):
                post = found.get((known.owner_id, known.post_id))
                yield RecheckResult(known, post, "" if post else Doubt.post, requests=0 if number else 1)

    def _talk(self, thread: CommentThread, call: dict[str, Any], first: First) -> CommentPage:
        spent = Spent(first.requests)
        try:
            if first.error is not None:
                raise first.error
            answer = self.calls.page(COMMENTS, call, spent) if first.answer is None else first.answer
        except Closed as error:
            return CommentPage(thread, closed=error.line, requests=spent.so_far())
        return CommentPage(thread, parse.comments(answer, thread.owner_id, thread.post_id), requests=spent.so_far())

    # Reading

    def _shelf(self, wishes: Sequence[ReadRequest]) -> PagePrefetch:
        return PagePrefetch(wishes, lambda calls: self.calls.batch(WALL, calls), lambda: self.calls.most_together)

    def _read_wall(self, shelf: PagePrefetch, number: int, wish: ReadRequest) -> Iterator[Page]:
        """Pages overlap, and what they share proves that nothing slipped between them while posts were deleted."""
        owner_id, since = int(wish.place.owner_id), wish.since
        spent, seen, before = Spent(), set[str](), set[str]()
        offset = old = 0
        while True:
            found, offset = self._wall_page(shelf, number, owner_id, offset, spent)
            page = parse.listing(found, wish.wanted)
            ids = set(page.ids)
            if offset and not self._adjoins(ids, before):
                offset = max(0, offset - STEP_BACK)
                continue
            old = _old_in_a_row(old, page.order, seen, since)
            fresh, before = ids - seen, ids
            seen |= ids
            end = not fresh or (page.total is not None and offset + len(page.ids) >= page.total)
            done = end or old >= OLD_IN_A_ROW
            more = shelf.saw(number, offset, found)
            reached = since if done else None
            yield Page(page.posts, spent.so_far(), page.total, reached, page.faults, more, page.others)
            if done:
                return
            offset += max(1, len(page.ids) - OVERLAP)

    def _wall_page(
        self, shelf: PagePrefetch, number: int, owner_id: int, offset: int, spent: Spent
    ) -> tuple[ItemPage, int]:
        """An answer and its offset, from the shelf or, where nobody has put it there, with a call of its own."""
        offset, first = shelf.take(number, offset)
        spent.requests += first.requests
        if first.error is not None:
            raise first.error
        if first.answer is not None:
            return first.answer, offset
        values = {"owner_id": owner_id, "count": WALL_PAGE, "offset": offset, "extended": 1}
        return self.calls.page(WALL, values, spent), offset

    @staticmethod
    def _adjoins(ids: set[str], before: set[str]) -> bool:
        """Whether two pages share a post; then nothing can lie between them."""
        return bool(ids & before)

    def _search(self, tags: Sequence[str], since: datetime, until: datetime) -> Iterator[Page]:
        """Every tag by itself. An interval with more results than VK shows is halved, and each half read alone."""
        first, last = int(since.timestamp()), int(until.timestamp()) + 1
        waiting = [(tag, first, last) for tag in reversed(tags)]
        spent = Spent()
        if not waiting:
            yield Page((), 0, reached=since)
        while waiting:
            tag, start, end = waiting.pop()
            for page, too_many in self._search_interval(tag, start, end, spent):
                if too_many:
                    middle = (start + end) // 2
                    waiting += [(tag, start, middle), (tag, middle + 1, end)]
                done = not waiting and not page.next_from
                yield Page(page.posts, spent.so_far(), page.total, since if done else None, page.faults)

    def _search_interval(self, tag: str, start: int, end: int, spent: Spent) -> Iterator[tuple[parse.Listing, bool]]:
        """Pages of one interval, the last one without `next_from`; says which interval holds more than VK shows."""
        values: dict[str, Any] = {
            "q": f"#{tag.lstrip('#')}",
            "count": SEARCH_PAGE,
            "start_time": start,
            "end_time": end,
            "extended": 1,
        }
        found, asked = 0, set[str]()
        while True:
            page = parse.listing(self.calls.page(SEARCH, values, spent))
            found += len(page.ids)
            too_many = end > start and (
                (page.total or 0) > self.most_found or (found >= self.most_found and bool(page.next_from))
            )
            if too_many or not page.ids or page.next_from in asked:
                page = parse.Listing(page.posts, page.faults, page.ids, page.total)
            yield page, too_many
            if not page.next_from:
                return
            asked.add(page.next_from)
            values["start_from"] = page.next_from

    # Who is who

    def _owner_named(self, name: str) -> int:
        found = self.calls.call("utils.resolveScreenName", {"screen_name": name})
        kind, number = (found.get("type"), found.get("object_id")) if isinstance(found, dict) else (None, None)
        if kind is None or number is None:  # VK says "nobody" with an empty list
            raise Refused("VK knows nobody by the name {name}.", hint="Check the spelling.", name=name)
        if kind not in ("user", "group", "page", "event"):
            raise Refused(
                "{name} is no page with a wall, it is: {kind}.", hint=EXAMPLES, name=name, kind=as_sentence(kind)
            )
        return int(number) if kind == "user" else -int(number)

    def _group(self, number: int) -> Place:
        return group_place(number, self._groups([number]).get(number))

    def _person(self, number: int) -> Place:
        return person_place(number, self._people([number]).get(number))

    def _groups(self, numbers: Sequence[int]) -> dict[int, Mapping[str, Any]]:
        answer = self._asked("groups.getById", {"group_ids": ",".join(map(str, numbers))}) if numbers else None
        return parse.by_id(answer.get("groups") if isinstance(answer, dict) else answer)

    def _people(self, numbers: Sequence[int]) -> dict[int, Mapping[str, Any]]:
        return parse.by_id(self._asked("users.get", {"user_ids": ",".join(map(str, numbers))}) if numbers else None)

    def _asked(self, method: str, values: dict[str, Any]) -> Any:
        """None where VK finds that there is nobody."""
        try:
            return self.calls.call(method, values)
        except Closed as error:
            if error.code is not None and kind_of(error.code) is Remedy.request:
                return None
            raise


def _old_in_a_row(before: int, order: Sequence[parse.Standing], seen: Set[str], since: datetime) -> int:
    begin = since.timestamp()
    for post, published_at, pinned in order:
        if not pinned and post not in seen:
            before = before + 1 if published_at < begin else 0
    return before


def comments_call(thread: CommentThread) -> dict[str, Any]:
    """VK cuts comments after 90 characters unless it is told not to (preview_length, its schema)."""
    return {
        "owner_id": int(thread.owner_id),
        "post_id": int(thread.post_id),
        "count": thread.count,
        "sort": "desc" if thread.newest else "asc",
        "preview_length": 0,
        "thread_items_count": REPLIES,
        "extended": 1,
    }


def _handed_in(key: VideoKey, now: datetime) -> SeenPost:
    video = key.seen()
    author = video.author
    return SeenPost(HAND_IN, str(key.owner_id), str(key.id), key.url, published_at=now, author=author, videos=(video,))
