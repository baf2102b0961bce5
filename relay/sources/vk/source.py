"""VK, read with a service token through vk_api.

Facts that shape this: the project's reference of VK. Daily quotas rule, not requests per second; pinned posts come
first; offsets drift while we read; search shows at most 1000 results; errors come as HTTP 200.
"""

from __future__ import annotations

import hashlib
import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from relay.config import Settings
from relay.errors import Closed, ConfigError, Parked, Refused, SourceError, TryLater
from relay.language.sentence import as_sentence, filled, joined
from relay.ports import (
    POST_GONE,
    Author,
    Clock,
    CommentPage,
    CommentThread,
    Page,
    Place,
    PostRef,
    Quota,
    ReadRequest,
    RecheckResult,
    SeenPost,
    SeenVideo,
    TokenUsage,
)
from relay.sources.quotas import TokenQuotas
from relay.sources.vk import batch, parse
from relay.sources.vk.batch import OVERLAP
from relay.sources.vk.errors import ONE_ITEM, RESTS, WHOLE_TOKEN, Remedy, hint_for, kind_of, words_for
from relay.sources.vk.prefetch import STEP_BACK, First, PagePrefetch
from relay.store import Store

if TYPE_CHECKING:
    import requests
    from vk_api import VkApi

NETWORK = "vk"
HAND_IN = "hand-in"
"""The network of a video that somebody handed in by its own link: a service token may not ask VK about it."""
API_VERSION = "5.199"
ATTEMPTS = 5
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0

WALL_PAGE = 100
OLD_IN_A_ROW = 25
"""A wall is left once so many posts in a row, pinned ones aside, are older than what is asked for."""
SEARCH_PAGE = 200
MOST_FOUND = 1000
LOOK_AT_ONCE = 100
WHO_AT_ONCE = 500
"""Of communities (groups.getById); of people it may be twice as many (users.get)."""

COMMENTS = "wall.getComments"
REPLIES = 10
"""Of the answers to a comment so many come with it."""
TOGETHER = "execute"
MAY_NOT_TOGETHER = frozenset({3, 7, 12, 15, 20, 21, 23, 27, 28})
"""Errors with which VK says that this token may not use `execute`; its other methods may be fine."""
TOGETHER_AGAIN = timedelta(minutes=20)
"""A probe costs one request, and each hour without `execute` many more than that (scripts/simulate)."""

_OWNERS = {"club": -1, "public": -1, "event": -1, "id": 1}
_NUMBERED = re.compile(r"(club|public|event|id)(\d{1,18})", re.ASCII)
_BARE = re.compile(r"-?\d{1,18}", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9_.]{2,64}", re.ASCII)
_WALL_OF = re.compile(r"wall(-?\d{1,18})", re.ASCII)
_NOT_A_PLACE = {"feed", "video", "clips", "search", "im", "friends", "groups", "audio", "market", "album"}

_EXAMPLES = "Known are vk:tag, vk:club1, vk:id1, vk:name and https://vk.com/name."


@dataclass(frozen=True, slots=True)
class ApiFault:
    """Why a call brought nothing. `said` is VK's own sentence, `pause` the seconds that it asks to wait; `unsent`:
    it never reached VK, so nobody there counted it.
    """

    kind: Remedy
    words: str
    code: int | None = None
    said: str = ""
    hint: str = ""
    action_url: str = ""
    pause: float = 0.0
    unsent: bool = False


@dataclass(slots=True)
class Spent:
    requests: int = 0

    def so_far(self) -> int:
        """Requests since the last time somebody asked."""
        requests, self.requests = self.requests, 0
        return requests


class VkSource:
    """`Source`, `ReadsMany`, `Rationed`, `LooksAgain` and `ReadsComments` for VK.

    Opens nothing and asks for no token before the first call.

    Raises ConfigError where there is no token, besides what the port says.
    """

    network = NETWORK
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
        """`session` makes the HTTP session in place of `vk_wire.open_session`."""
        self._settings, self._clock, self._sleep, self._open = settings, clock, sleep, session
        self._allowance = TokenQuotas(store, clock, NETWORK, settings.vk_rate)
        self._quotas = {
            "wall.get": settings.vk_wall_quota,
            "newsfeed.search": settings.vk_search_quota,
            COMMENTS: settings.vk_comments_quota,
        }
        self._dice = random.Random()  # noqa: S311 - spreads retries
        self._lock = threading.Lock()
        self._clients: dict[str, VkApi] = {}
        self._most_together = batch.MOST_POSTS

    # The port

    def claims(self, address: str) -> bool:
        address = address.strip()
        return address.startswith(f"{NETWORK}:") or parse.on_vk(address)

    def resolve(self, address: str) -> Place:
        """Asks VK who is behind the address. Raises Closed for a wall that we can't read."""
        name = _name_in(address)
        if name == "tag":
            return Place(NETWORK, f"{NETWORK}:tag", "", "VK: hashtag search")
        owner_id = _owner_in(name)
        if owner_id is None:
            owner_id = self._owner_named(name)
        return self._group(-owner_id) if owner_id < 0 else self._person(owner_id)

    def resolve_many(self, addresses: Sequence[str]) -> list[Callable[[], Place]]:
        """See ports.ResolvesMany. A fault of the network is everybody's, so it is raised here."""
        owners = [_owner_in(_name_in(address)) for address in addresses]
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
                places.append(partial(_group_place, -owner, known_groups.get(-owner)))
            else:
                places.append(partial(_person_place, owner, known_people.get(owner)))
        return places

    def read(self, place: Place, *, since: datetime, until: datetime, tags: Sequence[str]) -> Iterator[Page]:
        if place.owner_id:
            return self._read_wall(self._shelf([ReadRequest(place, since)]), 0, int(place.owner_id), since)
        return self._search(tags, since, until)

    def read_many(self, wishes: Sequence[ReadRequest]) -> list[Iterator[Page]]:
        shelf = self._shelf(wishes)
        return [
            self._read_wall(shelf, number, int(wish.place.owner_id), wish.since) for number, wish in enumerate(wishes)
        ]

    def quota(self, *, search: bool) -> Quota:
        return self._quota_of("newsfeed.search" if search else "wall.get")

    def comments_quota(self) -> Quota:
        return self._quota_of(COMMENTS)

    def comments(self, threads: Sequence[CommentThread]) -> Iterator[CommentPage]:
        """Up to 25 threads in a request. Comments of a post that closed them (error 212) are none."""
        for at in range(0, len(threads), batch.MOST_CALLS):
            asked = threads[at : at + batch.MOST_CALLS]
            calls = [_comments_call(thread) for thread in asked]
            firsts = self._batch(COMMENTS, calls) if len(asked) > 1 else [First()]
            for thread, call, first in zip(asked, calls, firsts, strict=True):
                yield self._talk(thread, call, first)

    def tokens(self) -> list[TokenUsage]:
        """See ports.HasTokens."""
        spent = self._allowance.spent
        return [
            TokenUsage(token, {method: (spent(token, method), quota) for method, quota in self._quotas.items()})
            for token in map(_digest, self._words())
        ]

    def posts_behind(self, links: Sequence[str]) -> list[SeenPost]:
        """A link to a video gives a post of the network `hand-in`, dated now: VK doesn't tell us more about it."""
        keys = {link: parse.post_key(link) for link in links}
        wanted = sorted({key for key in keys.values() if key is not None})
        found: list[SeenPost] = []
        for at in range(0, len(wanted), LOOK_AT_ONCE):
            asked = ",".join(f"{owner}_{number}" for owner, number in wanted[at : at + LOOK_AT_ONCE])
            answer = self._call("wall.getById", {"posts": asked, "extended": 1})
            found += parse.listing(answer).posts
        videos = (parse.video_key(link) for link, key in keys.items() if key is None)
        return found + [_handed_in(key, self._clock()) for key in dict.fromkeys(videos) if key is not None]

    def recheck(self, posts: Sequence[PostRef]) -> Iterator[RecheckResult]:
        """What wall.getById leaves out of its answer is deleted or closed to us; both look the same."""
        for at in range(0, len(posts), LOOK_AT_ONCE):
            asked = posts[at : at + LOOK_AT_ONCE]
            found = {(post.owner_id, post.post_id): post for post in self.posts_behind([known.url for known in asked])}
            for number, known in enumerate(asked):
                post = found.get((known.owner_id, known.post_id))
                yield RecheckResult(known, post, "" if post else POST_GONE, requests=0 if number else 1)

    def _talk(self, thread: CommentThread, call: dict[str, Any], first: First) -> CommentPage:
        spent = Spent(first.requests)
        try:
            if first.error is not None:
                raise first.error
            answer = self._call(COMMENTS, call, spent) if first.answer is None else first.answer
        except Closed as error:
            return CommentPage(thread, closed=error.line, requests=spent.so_far())
        return CommentPage(thread, parse.comments(answer, thread.owner_id, thread.post_id), requests=spent.so_far())

    # Reading

    def _shelf(self, wishes: Sequence[ReadRequest]) -> PagePrefetch:
        return PagePrefetch(wishes, lambda calls: self._batch("wall.get", calls), lambda: self._most_together)

    def _read_wall(self, shelf: PagePrefetch, number: int, owner_id: int, since: datetime) -> Iterator[Page]:
        """Pages overlap, and what they share proves that nothing slipped between them while posts were deleted."""
        spent, seen, before = Spent(), set[str](), set[str]()
        offset = old = 0
        while True:
            answer, offset = self._wall_page(shelf, number, owner_id, offset, spent)
            page = parse.listing(answer)
            ids = set(page.ids)
            if offset and not self._adjoins(ids, before):
                offset = max(0, offset - STEP_BACK)
                continue
            old = _old_in_a_row(old, [post for post in page.posts if _id(post) not in seen], since)
            fresh, before = ids - seen, ids
            seen |= ids
            end = not fresh or (page.total is not None and offset + len(page.ids) >= page.total)
            done = end or old >= OLD_IN_A_ROW
            more = shelf.saw(number, offset, answer)
            yield Page(page.posts, spent.so_far(), page.total, since if done else None, page.faults, more)
            if done:
                return
            offset += max(1, len(page.ids) - OVERLAP)

    def _wall_page(self, shelf: PagePrefetch, number: int, owner_id: int, offset: int, spent: Spent) -> tuple[Any, int]:
        """An answer and its offset, from the shelf or, where nobody has put it there, with a call of its own."""
        offset, first = shelf.take(number, offset)
        spent.requests += first.requests
        if first.error is not None:
            raise first.error
        if first.answer is not None:
            return first.answer, offset
        values = {"owner_id": owner_id, "count": WALL_PAGE, "offset": offset, "extended": 1}
        return self._call("wall.get", values, spent), offset

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
            page = parse.listing(self._call("newsfeed.search", values, spent))
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
        found = self._call("utils.resolveScreenName", {"screen_name": name})
        kind, number = (found.get("type"), found.get("object_id")) if isinstance(found, dict) else (None, None)
        if kind is None or number is None:  # VK says "nobody" with an empty list
            raise Refused("VK knows nobody by the name {name}.", hint="Check the spelling.", name=name)
        if kind not in ("user", "group", "page", "event"):
            raise Refused(
                "{name} is no page with a wall, it is: {kind}.", hint=_EXAMPLES, name=name, kind=as_sentence(kind)
            )
        return int(number) if kind == "user" else -int(number)

    def _group(self, number: int) -> Place:
        return _group_place(number, self._groups([number]).get(number))

    def _person(self, number: int) -> Place:
        return _person_place(number, self._people([number]).get(number))

    def _groups(self, numbers: Sequence[int]) -> dict[int, Mapping[str, Any]]:
        answer = self._asked("groups.getById", {"group_ids": ",".join(map(str, numbers))}) if numbers else None
        return parse.by_id(answer.get("groups") if isinstance(answer, dict) else answer)

    def _people(self, numbers: Sequence[int]) -> dict[int, Mapping[str, Any]]:
        return parse.by_id(self._asked("users.get", {"user_ids": ",".join(map(str, numbers))}) if numbers else None)

    def _asked(self, method: str, values: dict[str, Any]) -> Any:
        """None where VK finds that there is nobody."""
        try:
            return self._call(method, values)
        except Closed as error:
            if error.code is not None and kind_of(error.code) is Remedy.request:
                return None
            raise

    # Calling

    def _call(self, method: str, values: dict[str, Any], spent: Spent | None = None) -> Any:
        """VK's answer. Passing faults are tried again a few times; all others become SourceErrors."""
        spent, values = spent or Spent(), dict(values)
        for attempt in range(1, ATTEMPTS + 1):
            token, outcome = self._once(method, values, spent)
            if not isinstance(outcome, ApiFault):
                return outcome
            if outcome.kind not in (Remedy.retry, Remedy.rate, Remedy.shrink) or attempt == ATTEMPTS:
                break
            if "count" in values and (outcome.kind is Remedy.shrink or outcome.code == 36):
                values["count"] = max(10, values["count"] // 2)
            self._waits(outcome, token, attempt)
        raise self._error(outcome, token, method, spent.requests)

    def _batch(self, method: str, calls: Sequence[dict[str, Any]]) -> list[First]:
        """Several calls in one request, tried again like any call; halved when the answer is too big.

        Where no token may do that, or VK says of the whole what it can only say of one item, nothing comes of it, and
        each call has to be made alone.
        """
        if len(calls) == 1:
            return [First()]
        spent = Spent()
        for attempt in range(1, ATTEMPTS + 1):
            try:
                code = {"code": batch.script(method, calls)}
                token, outcome = self._once(TOGETHER, code, spent, inside=method, calls=len(calls))
            except Parked:  # a call that is made alone hears of it at no cost
                return [First(requests=spent.requests) for _ in calls]
            if not isinstance(outcome, ApiFault):
                told = batch.outcomes(outcome, len(calls))
                posts, size = batch.posts_in(told), getattr(outcome, "size", 0)
                self._most_together = batch.room(posts, size, self._most_together)
                if any(each is not None and "error_code" not in each for each in told):
                    self._allowance.went_well(token, method)
                return [self._first(each, token, method, spent.requests) for each in told]
            if outcome.kind is Remedy.shrink:
                self._most_together = max(batch.FEWEST_POSTS, sum(call["count"] for call in calls) // 2)
                half = len(calls) // 2
                return self._batch(method, calls[:half]) + self._batch(method, calls[half:])
            if outcome.kind not in (Remedy.retry, Remedy.rate) or attempt == ATTEMPTS:
                break
            self._waits(outcome, token, attempt)
        if outcome.kind in ONE_ITEM or (outcome.kind in RESTS and outcome.kind not in WHOLE_TOKEN):
            return [First(requests=spent.requests) for _ in calls]
        return [First(error=self._error(outcome, token, TOGETHER, spent.requests)) for _ in calls]

    def _first(self, told: Any, token: str, method: str, requests: int) -> First:
        """What one call of a batch brought. Passing faults are tried again by the wall alone."""
        if told is None or "error_code" not in told:
            return First(answer=told, requests=requests)
        fault = self._fault(told)
        if fault.kind in (Remedy.retry, Remedy.rate, Remedy.shrink):
            return First(requests=requests)
        if fault.kind in RESTS:
            self._rests(fault, token, method)
            if any(self._allowance.left(other, method, None) for other in self._tokens()):
                return First(requests=requests)
        return First(error=self._error(fault, token, method, requests))

    def _waits(self, fault: ApiFault, token: str, attempt: int) -> None:
        if fault.kind is Remedy.rate:
            self._allowance.slow_down(token, 1.0)
        self._sleep(max(fault.pause, self._pause(attempt)))

    def _once(
        self, method: str, values: dict[str, Any], spent: Spent, *, inside: str = "", calls: int = 1
    ) -> tuple[str, Any]:
        """One call with the token that has most left, or with the next one where VK refuses that token.

        A request of several calls says which method they are `inside` it, and how many.
        """
        parked: list[Parked] = []
        token, outcome, counted = "", None, inside or method
        for token in self._ranked(counted):
            try:
                within = method if inside else ""
                seconds = self._allowance.take(token, counted, self._quotas.get(counted), calls=calls, within=within)
            except Parked as error:
                parked.append(error)
                continue
            if seconds > 0:
                self._sleep(seconds)
            spent.requests += 1
            outcome = self._send(token, method, values)
            if isinstance(outcome, ApiFault) and outcome.unsent:
                self._allowance.give_back(token, counted, calls)
            if not isinstance(outcome, ApiFault):
                self._allowance.went_well(token, method)
                return token, outcome
            if outcome.kind not in RESTS:
                return token, outcome
            self._rests(outcome, token, method)
        if isinstance(outcome, ApiFault):
            return token, outcome
        first = min(parked, key=lambda error: error.until)
        raise Parked(str(first), key=first.key, until=first.until, requests=spent.requests, hint="")

    def _send(self, token: str, method: str, values: dict[str, Any]) -> Any:
        """vk_api's exceptions hold the token, so they end here and nothing refers to them."""
        import requests
        from vk_api.exceptions import ApiError

        try:
            answer = self._client(token).method(method, values, raw=True)
            return answer if method == TOGETHER else answer["response"]
        except ApiError as error:
            fault = self._fault(error.error)
            return replace(fault, kind=Remedy.method) if _may_not_together(fault, method) else fault
        except requests.RequestException as error:
            return ApiFault(
                Remedy.retry, _why_no_answer(error), pause=getattr(error, "retry_after", 0.0), unsent=_is_unsent(error)
            )

    def _fault(self, error: dict[str, Any]) -> ApiFault:
        code = int(error["error_code"])
        return ApiFault(
            kind_of(code),
            words_for(code),
            code,
            said=self._without_tokens(str(error.get("error_msg", ""))).partition("\n")[0][:200],
            hint=hint_for(code),
            action_url=_page_of_vk(error.get("redirect_uri")),
            pause=1.0 if kind_of(code) is Remedy.rate else 0.0,
        )

    def _error(self, fault: ApiFault, token: str, method: str, requests: int) -> SourceError:
        words = fault.words
        if fault.said and fault.kind in (Remedy.request, Remedy.method, Remedy.foreign, Remedy.unknown):
            told = {"method": method, "code": fault.code, "said": fault.said.rstrip(".")}
            words = joined(words, filled("It says to {method} (error {code}): {said}.", **told))
        common: dict[str, Any] = {"hint": fault.hint, "code": fault.code, "requests": requests}
        if fault.kind in RESTS:
            key, until = self._rest_of(fault, token, method)
            return Parked(words, key=key, until=until, action_url=fault.action_url, **common)
        if fault.kind in (Remedy.closed, Remedy.request, Remedy.gone):
            return Closed(words, gone=fault.kind is Remedy.gone, **common)
        return TryLater(words, **common | {"hint": fault.hint or "Relay tries again by itself; nothing was lost."})

    def _rests(self, fault: ApiFault, token: str, method: str) -> None:
        key, until = self._rest_of(fault, token, method)
        self._allowance.rest(key, joined(fault.words, fault.hint), until)

    def _rest_of(self, fault: ApiFault, token: str, method: str) -> tuple[str, datetime]:
        whole = fault.kind in WHOLE_TOKEN
        key = self._allowance.token_key(token) if whole else self._allowance.method_key(token, method)
        rest = RESTS[fault.kind]
        return key, self._clock() + (min(rest, TOGETHER_AGAIN) if method == TOGETHER and not whole else rest)

    def _pause(self, attempt: int) -> float:
        """Doubles each time and is spread by half, so that processes that failed together don't return together."""
        return float(min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempt - 1)) * self._dice.uniform(0.5, 1.5))

    def said(self, method: str, values: dict[str, Any]) -> ApiFault | None:
        """What VK says against one call with the first token, None when nothing; it is neither counted nor tried again,
        and nothing rests because of it. For looking at a token that is not in use yet.
        """
        outcome = self._send(next(iter(self._tokens())), method, values)
        return outcome if isinstance(outcome, ApiFault) else None

    # Tokens

    def _quota_of(self, method: str) -> Quota:
        books = self._allowance.books([_digest(word) for word in self._words()], method)
        in_use = [book for book in books if not book.rests] or books
        spent, this_hour = sum(book.spent for book in in_use), sum(book.this_hour for book in in_use)
        return Quota(self._quotas[method], len(in_use), spent, this_hour)

    def _tokens(self) -> dict[str, str]:
        """The tokens by their digest."""
        tokens = {_digest(word): word for word in self._words()}
        if not tokens:
            raise ConfigError(
                "There is no access token for VK.",
                hint="Put the service token of your VK application into RELAY_VK_TOKEN (see .env.example).",
            )
        return tokens

    def _words(self) -> list[str]:
        words = self._settings.vk_token.get_secret_value().split(",")
        return list(dict.fromkeys(word.strip() for word in words if word.strip()))

    def _ranked(self, method: str) -> list[str]:
        tokens = list(self._tokens())
        if len(tokens) == 1:
            return tokens
        quota = self._quotas.get(method)
        return sorted(tokens, key=lambda token: -self._allowance.left(token, method, quota))

    def _client(self, token: str) -> VkApi:
        """One vk_api per token. Its own handlers are taken out: the one for error 6 calls itself without end."""
        from jconfig.memory import MemoryConfig  # type: ignore[import-untyped]
        from vk_api import VkApi

        from relay.sources.vk.http import open_session

        with self._lock:
            if token not in self._clients:
                client = VkApi(
                    token=self._tokens()[token],
                    api_version=API_VERSION,
                    session=(self._open or open_session)(self._settings),
                    config=MemoryConfig,
                )
                client.RPS_DELAY = 0.0
                client.error_handlers.clear()
                self._allowance.forget_others(self._tokens())
                self._clients[token] = client
            return self._clients[token]

    def _without_tokens(self, text: str) -> str:
        for token in self._tokens().values():
            text = text.replace(token, "…")
        return text


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()[:16]


def _may_not_together(fault: ApiFault, method: str) -> bool:
    return method == TOGETHER and fault.code in MAY_NOT_TOGETHER


def _name_in(address: str) -> str:
    """`club1`, `-1`, `name`, `tag`… out of all the ways to write an address. Raises Refused."""
    address = address.strip()
    if address.startswith(f"{NETWORK}:"):
        name = address.removeprefix(f"{NETWORK}:").strip().lstrip("@/")
    else:
        path = urlsplit(address if "://" in address else f"https://{address}").path
        name = path.strip("/").partition("/")[0].lstrip("@")
    if parse.on_vk(name):
        return _name_in(name)
    known = _BARE.fullmatch(name) or _WALL_OF.fullmatch(name) or _NAME.fullmatch(name)
    if not known or name.lower() in _NOT_A_PLACE or parse.post_key(f"vk.com/{name}"):
        raise Refused("{address} is no place where posts are.", hint=_EXAMPLES, address=address)
    return name


def _owner_in(name: str) -> int | None:
    if found := _NUMBERED.fullmatch(name.lower()):
        number = int(found[2]) * _OWNERS[found[1]]
    elif found := _WALL_OF.fullmatch(name.lower()):
        number = int(found[1])
    elif _BARE.fullmatch(name):
        number = int(name)
    else:
        return None
    if number == 0:
        raise Refused("VK numbers its pages from 1.", hint=_EXAMPLES)
    return number


def _group_place(number: int, group: Mapping[str, Any] | None) -> Place:
    if group is None or (group.get("name") == "DELETED" and not group.get("deactivated")):
        raise Refused("VK knows no community number {number}.", hint="Check the spelling.", number=number)
    title = str(group.get("name", ""))
    _refuse_deactivated(title, group)
    if group.get("is_closed") and not group.get("is_member"):
        raise Closed("The wall of “{title}” is closed.", hint=hint_for(15), title=title)
    return Place(NETWORK, f"{NETWORK}:club{number}", str(-number), title)


def _person_place(number: int, person: Mapping[str, Any] | None) -> Place:
    if person is None:
        raise Refused("VK knows no person number {number}.", hint="Check the spelling.", number=number)
    title = f"{person.get('first_name', '')} {person.get('last_name', '')}".strip()
    _refuse_deactivated(title, person)
    if person.get("is_closed") and not person.get("can_access_closed"):
        raise Closed("The profile of {title} is private.", hint=hint_for(30), title=title)
    return Place(NETWORK, f"{NETWORK}:id{number}", str(number), title)


def _refuse_deactivated(title: str, page: Mapping[str, Any]) -> None:
    if page.get("deactivated"):
        raise Closed("The page “{title}” was deleted or blocked.", gone=True, hint=hint_for(18), title=title)


def _id(post: SeenPost) -> str:
    return f"{post.owner_id}_{post.post_id}"


def _old_in_a_row(before: int, posts: Sequence[SeenPost], since: datetime) -> int:
    for post in posts:
        if not post.pinned:
            before = before + 1 if post.published_at < since else 0
    return before


def _comments_call(thread: CommentThread) -> dict[str, Any]:
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


def _handed_in(key: parse.VideoKey, now: datetime) -> SeenPost:
    author = Author(str(key.owner_id)) if key.owner_id > 0 else Author()
    video = SeenVideo(
        NETWORK, str(key.owner_id), str(key.id), key.url, kind=key.kind, access_key=key.access_key, author=author
    )
    return SeenPost(HAND_IN, str(key.owner_id), str(key.id), key.url, published_at=now, author=author, videos=(video,))


def _page_of_vk(url: object) -> str:
    """The page where a person can help, only when it is VK's own."""
    return url if isinstance(url, str) and url.startswith("https://") and parse.on_vk(url) else ""


def _is_unsent(error: requests.RequestException) -> bool:
    """Whether there was no connection at all; one that breaks may have carried the call."""
    import requests
    from urllib3.exceptions import MaxRetryError, NewConnectionError

    if isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)


def _why_no_answer(error: requests.RequestException) -> str:
    import requests

    from relay.sources.vk.http import NoAnswer

    if isinstance(error, NoAnswer):
        return as_sentence(error.args[0])
    if isinstance(error, requests.Timeout):
        return "VK does not answer in time."
    if isinstance(error, requests.exceptions.SSLError):
        return "VK's certificate is not trusted here (behind a TLS inspection, set RELAY_CA_BUNDLE)."
    return "VK can't be reached. Is this machine on the internet?"
