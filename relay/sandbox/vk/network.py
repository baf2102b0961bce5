"""A little VK in memory: residents, publics, walls, videos, and whatever can go wrong with them.

Everything is said with verbs (`network.has_group`, `network.posts`, `network.is_down`), from any thread.
What the verbs built is shown by `api.py` (VK's API) and `web.py` (VK's pages and its video servers).
Time comes from the clock that is given; a post dated later than now shows up when its time has come.
Facts about VK: the project's reference of VK; where VK's behaviour is not established, the docstring says so.
"""

from __future__ import annotations

import random
import threading
import time
from bisect import bisect_left, bisect_right, insort
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

from relay.ports import Clock
from relay.sandbox.ok.network import Ok
from relay.sandbox.rutube.network import Rutube
from relay.sandbox.sites.network import Sites
from relay.sandbox.telegram.network import Telegram
from relay.sandbox.youtube.network import Youtube

TOKEN = "sandbox-service-token"  # noqa: S105 - opens nothing but this network
FIRST_VIDEO_ID = 456239017
"""VK numbers every owner's videos from here, so that one id belongs to many videos."""
WALL_GET_PER_DAY = 5000
SEARCH_PER_DAY = 1000
QUOTA_WINDOW = timedelta(days=1)
KEPT_CALLS = 100_000


class Key(NamedTuple):
    """What names a post or a video on VK: its owner (negative for a public) and its number there."""

    owner_id: int
    id: int

    def __str__(self) -> str:
        return f"{self.owner_id}_{self.id}"


@dataclass(frozen=True, slots=True)
class Owner:
    """A resident (`id` positive) or a public (`id` negative). `state`: open, closed, blocked or deleted."""

    id: int
    screen_name: str
    name: str
    last_name: str = ""
    town: str = ""
    sex: int = 0
    state: str = "open"
    kind: str = "page"

    @property
    def full_name(self) -> str:
        return f"{self.name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True)
class VkVideo:
    """A video. `kind`: video, short_video (a clip), live. `state`: ready, processing, private, restricted, deleted."""

    key: Key
    path: Path
    uploaded_at: datetime
    number: int
    """The one number that the video servers know it by."""
    title: str = ""
    description: str = ""
    kind: str = "video"
    state: str = "ready"
    width: int = 0
    height: int = 0
    duration: int = 0
    user_id: int = 0
    platform: str = ""
    access_key: str = ""


@dataclass(frozen=True, slots=True)
class Attached:
    """What a post carries beside VK's own videos. `kind`: link, doc, story, video_playlist, photo, poll. `link`: where
    a link leads to; `path`: a document's file.
    """

    kind: str
    link: str = ""
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class VkPost:
    key: Key
    from_id: int
    at: datetime
    text: str = ""
    videos: tuple[Key, ...] = ()
    edited_at: datetime | None = None
    signer_id: int = 0
    pinned: bool = False
    repost_of: Key | None = None
    indexed: bool = True
    donut: bool = False
    deleted: bool = False
    attached: tuple[Attached, ...] = ()


@dataclass(frozen=True, slots=True)
class VkComment:
    """`answers`: the comment that it answers, 0 for one below the post itself."""

    id: int
    from_id: int
    at: datetime
    text: str
    answers: int = 0
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One use of an API method. `at`: seconds of a steady clock. `inner`: made inside `execute`."""

    method: str
    params: dict[str, str]
    at: float
    inner: bool


@dataclass(slots=True)
class InjectedFault:
    """`left`: how many more calls it spoils; None: all of them."""

    code: int
    message: str
    extra: dict[str, Any]
    left: int | None


@dataclass(slots=True)
class Faults:
    """What is wrong with the lines, not with the answers. The counts say how many requests are still spoiled."""

    down: bool = False
    seconds: float = 0.0
    share: float = 0.0
    dice: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311 - no secret
    html: int = 0
    halves: int = 0
    statuses: list[int] = field(default_factory=list)
    media_cuts: int = 0
    cut_after: float = 0.5
    media_statuses: list[int] = field(default_factory=list)
    challenges: bool = False
    page_changes: int = 0
    page_statuses: list[int] = field(default_factory=list)
    page_html: int = 0
    page_halves: int = 0


NOBODY = Key(0, 0)


class Network:
    """`Network(clock)` is empty. Keys returned by `uploads` and `posts` are what the other verbs take.

    `calls` counts API methods (those inside `execute` too), `requests` the HTTP requests to the API,
    `history` the last calls one by one, `visits` the requests to the web side by kind (`al_video`, `wkview`,
    `embed`, `challenge`, `page`, `media`, and `resumed` for media asked for in part), `refused` the hosts that
    somebody wanted to reach although they are no part of this network.
    """

    def __init__(self, clock: Clock | None = None, *, token: str = TOKEN, seed: int = 1) -> None:
        self.clock = clock or _utc_now
        self.token = token
        self._tokens = {token: "service"}
        self.calls: Counter[str] = Counter()
        self.requests = 0
        self.history: deque[Call] = deque(maxlen=KEPT_CALLS)
        self.visits: Counter[str] = Counter()
        self.refused: list[str] = []
        self.weather = Faults()
        self.steady: Callable[[], float] = time.monotonic
        self.telegram = Telegram(self.now)
        self.rutube = Rutube(self.now)
        self.ok = Ok(self.now)
        self.youtube = Youtube(self.now)
        self.sites = Sites()
        self._lock = threading.RLock()
        self._dice = random.Random(seed)  # noqa: S311 - post numbers, not secrets
        self._owners: dict[int, Owner] = {}
        self._names: dict[str, int] = {}
        self._posts: dict[Key, VkPost] = {}
        self._walls: dict[int, list[Key]] = {}
        self._pinned: dict[int, Key] = {}
        self._indexed: list[Key] = []
        self._ordered: dict[int | None, list[VkPost]] = {}
        self.drawn: dict[Key, tuple[tuple[object, ...], Mapping[str, Any]]] = {}
        """Kept by `shapes.drawn`, but for posts with comments, whose number follows the clock."""
        self._uploads: dict[Key, VkVideo] = {}
        self._comments: dict[Key, list[VkComment]] = {}
        self._without_comments: set[Key] = set()
        self._last_post: Counter[int] = Counter()
        self._last_video: Counter[int] = Counter()
        self._faults: dict[str, list[InjectedFault]] = {}
        self._quotas: dict[str, int] = {"wall.get": WALL_GET_PER_DAY, "newsfeed.search": SEARCH_PER_DAY}
        self._spent: dict[tuple[str, str], deque[datetime]] = {}
        self._rate: float = 0.0
        self._recent: dict[str, deque[float]] = {}

    # Who is there

    def has_group(self, screen_name: str, name: str, *, closed: bool = False, number: int = 0) -> int:
        """A public; returns its owner id, which is negative. It is `vk:<screen_name>`, or `vk:club<number>`."""
        with self._lock:
            number = abs(number) or 210_000_001 + sum(1 for owner in self._owners if owner < 0)
            state = "closed" if closed else "open"
            return self._enters(Owner(-number, screen_name or f"club{number}", name, state=state))

    def has_resident(
        self, first: str, last: str, *, town: str = "", closed: bool = False, sex: int = 0, screen_name: str = ""
    ) -> int:
        """A person; returns the owner id, which is positive. `sex` as VK counts: 1 woman, 2 man, 0 not told."""
        with self._lock:
            number = 700_000_001 + sum(1 for owner in self._owners if owner > 0)
            state = "closed" if closed else "open"
            return self._enters(Owner(number, screen_name or f"id{number}", first, last, town, sex, state))

    def closes(self, owner_id: int) -> None:
        """The wall is for members or friends only: error 15 for a public, 30 for a person."""
        self._turns(owner_id, "closed")

    def opens(self, owner_id: int) -> None:
        self._turns(owner_id, "open")

    def blocks(self, owner_id: int) -> None:
        """The network itself blocked the page: error 19 for a public, 18 for a person."""
        self._turns(owner_id, "blocked")

    def leaves(self, owner_id: int) -> None:
        """The page was deleted: error 18, and its short name is free again."""
        with self._lock:
            self._turns(owner_id, "deleted")
            self._names = {name: number for name, number in self._names.items() if number != owner_id}

    # What they publish

    def uploads(
        self,
        owner_id: int,
        path: Path,
        *,
        title: str = "",
        description: str = "",
        kind: str = "video",
        processing: bool = False,
        width: int = 640,
        height: int = 360,
        duration: float = 5.0,
        at: datetime | None = None,
        by: int = 0,
        platform: str = "",
    ) -> Key:
        """A file becomes a video; its bytes are served as they are.

        VK re-encodes what it is given and knows its size; here `width`, `height` (pixels) and `duration` (seconds)
        are what the caller says (`relay.sandbox.measure` finds them). `by`: the member who uploaded it to a public.
        """
        with self._lock:
            self._knows(owner_id)
            self._last_video[owner_id] += 1
            key = Key(owner_id, FIRST_VIDEO_ID - 1 + self._last_video[owner_id])
            self._uploads[key] = VkVideo(
                key=key,
                path=Path(path),
                uploaded_at=at or self.clock(),
                number=1_000_000_000_000 + 7919 * (len(self._uploads) + 1),
                title=title,
                description=description,
                kind=kind,
                state="processing" if processing else "ready",
                width=width,
                height=height,
                duration=max(1, round(duration)) if duration else 0,
                user_id=by,
                platform=platform,
                access_key=f"{self._dice.getrandbits(72):018x}",
            )
            return key

    def posts(
        self,
        owner_id: int,
        text: str = "",
        *,
        videos: Sequence[Key] = (),
        at: datetime | None = None,
        from_id: int | None = None,
        signer_id: int | None = None,
        pinned: bool = False,
        repost_of: Key | None = None,
        indexed: bool = True,
        donut: bool = False,
        attached: Sequence[Attached] = (),
    ) -> Key:
        """A post on the wall of `owner_id`. Not `indexed`: search never shows it. A new pinned post unpins the old."""
        with self._lock:
            self._knows(owner_id)
            self._last_post[owner_id] += self._dice.randint(1, 15)  # VK counts comments with the same numbers
            key = Key(owner_id, self._last_post[owner_id])
            if pinned:
                self._unpin(owner_id)
                self._pinned[owner_id] = key
            self._walls.setdefault(owner_id, []).append(key)
            self._posts[key] = post = VkPost(
                key=key,
                from_id=owner_id if from_id is None else from_id,
                at=at or self.clock(),
                text=text,
                videos=tuple(Key(*video) for video in videos),
                signer_id=signer_id or 0,
                pinned=pinned,
                repost_of=None if repost_of is None else Key(*repost_of),
                indexed=indexed,
                donut=donut,
                attached=tuple(attached),
            )
            if indexed:
                self._indexed.append(key)
            for ordered in (self._ordered.get(owner_id), self._ordered.get(None) if indexed else None):
                if ordered is not None:
                    insort(ordered, post, key=_place)
            return key

    def comments(self, post: Key, text: str, *, by: int, at: datetime | None = None, answers: int = 0) -> int:
        """Somebody writes below a post, or answers what was written there. Returns the comment's number."""
        with self._lock:
            self._last_post[post.owner_id] += 1  # posts and comments share their numbers
            number = self._last_post[post.owner_id]
            self._comments.setdefault(post, []).append(VkComment(number, by, at or self.clock(), text, answers))
            self.drawn.pop(post, None)
            return number

    def deletes_comment(self, post: Key, number: int) -> None:
        """Gone; one that has answers stays as an empty place."""
        with self._lock:
            found = self._comments[post]
            self._comments[post] = [replace(one, deleted=True) if one.id == number else one for one in found]

    def closes_comments(self, post: Key) -> None:
        """Error 212 for whoever asks for them."""
        with self._lock:
            self._without_comments.add(post)
            self.drawn.pop(post, None)

    def edits(
        self, post: Key, text: str | None = None, *, videos: Sequence[Key] | None = None, at: datetime | None = None
    ) -> None:
        """The post changes where it stands: its date stays, `edited` tells when."""
        with self._lock:
            old = self._posts[post]
            self._changes(
                post,
                text=old.text if text is None else text,
                videos=old.videos if videos is None else tuple(videos),
                edited_at=at or self.clock(),
            )

    def pins(self, post: Key) -> None:
        with self._lock:
            self._unpin(post.owner_id)
            self._pinned[post.owner_id] = post
            self._changes(post, pinned=True)

    def deletes(self, post: Key) -> None:
        """Gone from walls and search; asked for by id it is `is_deleted`."""
        with self._lock:
            self._changes(post, deleted=True)

    def restores(self, post: Key) -> None:
        with self._lock:
            self._changes(post, deleted=False)

    def deletes_video(self, video: Key) -> None:
        """The page says that it is not available any more. (That posts lose the attachment is not established.)"""
        self._becomes(video, "deleted")

    def hides_video(self, video: Key) -> None:
        """For friends only: the page asks to sign in, the API says `is_private`."""
        self._becomes(video, "private")

    def restricts_video(self, video: Key) -> None:
        """The network restricted it: the API says `content_restricted`, the page shows a message."""
        self._becomes(video, "restricted")

    def processes_video(self, video: Key) -> None:
        self._becomes(video, "processing")

    def finishes_video(self, video: Key) -> None:
        """Processing (or hiding) is over: it can be watched."""
        self._becomes(video, "ready")

    # What goes wrong

    def fails(self, method: str, code: int, times: int = 1, *, message: str = "", **extra: Any) -> None:
        """The next `times` calls of `method` (`*`: of any) answer with this error; `extra` fields come with it."""
        with self._lock:
            self._faults.setdefault(method, []).append(InjectedFault(code, message, extra, times))

    def fails_always(self, method: str, code: int, *, message: str = "", **extra: Any) -> None:
        with self._lock:
            self._faults.setdefault(method, []).append(InjectedFault(code, message, extra, None))

    def heals(self, method: str = "") -> None:
        """Ends the errors of one method, or everything that was wrong: errors, lines, pages."""
        with self._lock:
            if method:
                self._faults.pop(method, None)
                return
            self._faults.clear()
            self.weather = Faults()

    def also_takes(self, token: str, *, kind: str = "service") -> None:
        """A further token, with quotas and a rate of its own. `kind`: service, user or group."""
        with self._lock:
            self._tokens[token] = kind

    def revokes(self, token: str) -> None:
        """Error 5 for whoever comes with this token."""
        with self._lock:
            self._tokens.pop(token, None)

    def quota(self, method: str, per_day: int) -> None:
        """Error 29 after so many calls with one token in 24 hours of the network's clock; 0: no limit.

        Calls inside `execute` count (python273/vk_api#411, #143). That the day rolls is not established.
        """
        with self._lock:
            self._quotas[method] = per_day

    def rate(self, per_second: float) -> None:
        """Error 6 for more requests of one token than this in any second of real time; 0 (at first): no limit."""
        with self._lock:
            self._rate = per_second

    def is_down(self) -> None:
        """Every connection is reset, on both sides, until `heals()`."""
        with self._lock:
            self.weather.down = True

    def is_slow(self, seconds: float) -> None:
        """Every answer waits that long."""
        with self._lock:
            self.weather.seconds = seconds

    def breaks_connections(self, share: float, seed: int = 0) -> None:
        """That share of the API's connections is reset before the answer."""
        with self._lock:
            self.weather.share = share
            self.weather.dice = random.Random(seed)  # noqa: S311 - repeatable on purpose

    def answers_html(self, times: int = 1) -> None:
        """The API answers with a page for people, status 200."""
        with self._lock:
            self.weather.html += times

    def truncates_json(self, times: int = 1) -> None:
        """The API's answer ends in the middle of its JSON."""
        with self._lock:
            self.weather.halves += times

    def answers_status(self, status: int, times: int = 1) -> None:
        """The API answers with that HTTP status and no JSON."""
        with self._lock:
            self.weather.statuses += [status] * times

    def web_breaks(self, times: int = 1, *, after: float = 0.5) -> None:
        """The next media answers end after that part of the bytes they announced."""
        with self._lock:
            self.weather.media_cuts += times
            self.weather.cut_after = after

    def web_refuses(self, times: int = 1, *, status: int = 403) -> None:
        """The next media requests are answered with that status, as for an outdated or foreign address."""
        with self._lock:
            self.weather.media_statuses += [status] * times

    def web_changes(self, times: int = 1) -> None:
        """The next video pages have no player in them, as when VK changes its pages under yt-dlp's feet."""
        with self._lock:
            self.weather.page_changes += times

    def pages_answer(self, status: int, times: int = 1) -> None:
        """The next pages of the networks beside VK are answered with that HTTP status."""
        with self._lock:
            self.weather.page_statuses += [status] * times

    def pages_answer_html(self, times: int = 1) -> None:
        """The next pages of the networks beside VK are an apology, status 200."""
        with self._lock:
            self.weather.page_html += times

    def pages_break_off(self, times: int = 1) -> None:
        """The next pages of the networks beside VK end in the middle, and nothing says so."""
        with self._lock:
            self.weather.page_halves += times

    def challenges(self) -> None:
        """The web side asks each visitor to solve its script first (the page behind `hash429`)."""
        with self._lock:
            self.weather.challenges = True

    # What can be asked

    def now(self) -> datetime:
        return self.clock()

    def owner(self, owner_id: int) -> Owner | None:
        with self._lock:
            return self._owners.get(owner_id)

    def owner_named(self, screen_name: str) -> Owner | None:
        """By short name, or by `club1`, `public1`, `id1`; letter case does not matter."""
        name = screen_name.casefold()
        with self._lock:
            if name in self._names:
                return self._owners[self._names[name]]
            for prefix, sign in (("club", -1), ("public", -1), ("event", -1), ("id", 1)):
                digits = name.removeprefix(prefix)
                if digits != name and digits.isdecimal():
                    return self._owners.get(sign * int(digits))
        return None

    def owners(self) -> list[Owner]:
        with self._lock:
            return list(self._owners.values())

    def upload(self, video: Key) -> VkVideo | None:
        with self._lock:
            return self._uploads.get(video)

    def upload_numbered(self, number: int) -> VkVideo | None:
        with self._lock:
            return next((upload for upload in self._uploads.values() if upload.number == number), None)

    def post(self, key: Key) -> VkPost | None:
        """The post, deleted or not, once its time has come."""
        with self._lock:
            post = self._posts.get(key)
        return post if post is not None and post.at <= self.now() else None

    def document(self, post: Key, number: int) -> Attached | None:
        """A document of a post, by its number, which counts what is attached to the post."""
        with self._lock:
            found = self._posts.get(post)
            attached = found.attached if found is not None and not found.deleted else ()
            one = attached[number] if 0 <= number < len(attached) else None
            return one if one is not None and one.kind == "doc" else None

    def wall(self, owner_id: int) -> list[VkPost]:
        """The posts of a wall as VK orders them: newest first, but the pinned one before all."""
        return self.wall_page(owner_id, 0, None)[0]

    def wall_page(self, owner_id: int, offset: int, count: int | None) -> tuple[list[VkPost], int]:
        """Some posts of a wall, from the one numbered `offset` on, and how many it has in all."""
        with self._lock:
            now, ordered = self.now(), self._in_order(owner_id)
            total = bisect_right(ordered, now, key=_moment)
            last = total if count is None else min(offset + count, total)

            def newest(first: int, end: int) -> list[VkPost]:
                return ordered[total - end : total - first][::-1] if first < end else []

            pinned = self._posts.get(self._pinned.get(owner_id, NOBODY))
            if pinned is None or pinned.deleted or pinned.at > now:
                return newest(offset, last), total
            place = total - 1 - bisect_left(ordered, _place(pinned), key=_place)  # where it would stand
            first = [pinned] if offset == 0 < last else []
            before, behind = newest(max(offset - 1, 0), min(last - 1, place)), newest(max(offset, place + 1), last)
            return [*first, *before, *behind], total

    def is_talked_about(self, post: Key) -> bool:
        """Whether anything was ever written below it, or nothing may be."""
        return post in self._comments or post in self._without_comments

    def comments_below(self, post: Key) -> list[VkComment] | None:
        """All that are to be seen now, oldest first; None where they are closed."""
        with self._lock:
            if post in self._without_comments:
                return None
            now = self.now()
            shown = [one for one in self._comments.get(post, ()) if one.at <= now]
            answered = {one.answers for one in shown if not one.deleted}
            return sorted((one for one in shown if not one.deleted or one.id in answered), key=lambda one: one.id)

    def everything(self) -> list[VkPost]:
        """All posts that search may show, newest first."""
        return self.published(datetime.min.replace(tzinfo=UTC), self.now())

    def published(self, start: datetime, end: datetime) -> list[VkPost]:
        """Those that search may show of a stretch of time, both ends in it, newest first."""
        with self._lock:
            ordered = self._in_order(None)
            first = bisect_left(ordered, start, key=_moment)
            last = bisect_right(ordered, min(end, self.now()), key=_moment)
            owners = self._owners
            return [post for post in reversed(ordered[first:last]) if owners[post.key.owner_id].state == "open"]

    # What the two sides tell

    def arrives(self, method: str, params: dict[str, str], *, inner: bool = False) -> None:
        """An API method was called."""
        with self._lock:
            self.calls[method] += 1
            self.history.append(Call(method, params, self.steady(), inner))

    def lets_in(self, token: str) -> bool:
        with self._lock:
            return token in self._tokens

    def kind_of(self, token: str) -> str:
        with self._lock:
            return self._tokens.get(token, "")

    def too_fast(self, token: str) -> bool:
        """Whether this request is one too many for the second that ends now."""
        with self._lock:
            now, recent = self.steady(), self._recent.setdefault(token, deque())
            while recent and recent[0] <= now - 1.0:
                recent.popleft()
            if self._rate and len(recent) >= self._rate:
                return True
            recent.append(now)
            return False

    def fault_of(self, method: str) -> InjectedFault | None:
        """The error that this call gets, if one was ordered."""
        with self._lock:
            for name in (method, "*"):
                faults = self._faults.get(name, [])
                if not faults:
                    continue
                fault = faults[0]
                if fault.left is not None:
                    fault.left -= 1
                    if fault.left <= 0:
                        faults.pop(0)
                return fault
        return None

    def over_quota(self, method: str, token: str) -> bool:
        """Counts the call, unless the token's calls of the day are used up."""
        with self._lock:
            limit = self._quotas.get(method, 0)
            if not limit:
                return False
            now, spent = self.now(), self._spent.setdefault((method, token), deque())
            while spent and spent[0] <= now - QUOTA_WINDOW:
                spent.popleft()
            if len(spent) >= limit:
                return True
            spent.append(now)
            return False

    def spoils(self, what: str) -> bool:
        """Whether this request meets the named trouble (a count of Weather); each meeting uses one up."""
        with self._lock:
            left = int(getattr(self.weather, what))
            if left > 0:
                setattr(self.weather, what, left - 1)
            return left > 0

    def resets(self) -> bool:
        """Whether this connection to the API is to be reset."""
        with self._lock:
            return self.weather.down or (self.weather.share > 0 and self.weather.dice.random() < self.weather.share)

    def status_instead(self, *, media: bool) -> int:
        """The HTTP status to answer with instead, 0 for none."""
        with self._lock:
            waiting = self.weather.media_statuses if media else self.weather.statuses
            return waiting.pop(0) if waiting else 0

    def page_status(self) -> int:
        """The HTTP status that this page is answered with instead, 0 for none."""
        with self._lock:
            return self.weather.page_statuses.pop(0) if self.weather.page_statuses else 0

    def is_asked(self, *, api: bool, kind: str) -> None:
        """An HTTP request came in."""
        with self._lock:
            if api:
                self.requests += 1
            else:
                self.visits[kind] += 1

    def refuses(self, host: str) -> None:
        with self._lock:
            self.refused.append(host)

    # Inside

    def _enters(self, owner: Owner) -> int:
        name = owner.screen_name.casefold()
        if name in self._names or owner.id in self._owners:
            raise ValueError(f"{owner.screen_name} is already taken")
        self._owners[owner.id] = owner
        self._names[name] = owner.id
        self._last_post[owner.id] = self._dice.randint(1, 900)
        return owner.id

    def _knows(self, owner_id: int) -> None:
        if owner_id not in self._owners:
            raise ValueError(f"nobody has the number {owner_id}: say has_group or has_resident first")

    def _turns(self, owner_id: int, state: str) -> None:
        with self._lock:
            self._owners[owner_id] = replace(self._owners[owner_id], state=state)

    def _becomes(self, video: Key, state: str) -> None:
        with self._lock:
            self._uploads[video] = replace(self._uploads[video], state=state)

    def _unpin(self, owner_id: int) -> None:
        key = self._pinned.pop(owner_id, None)
        if key is not None:
            self._changes(key, pinned=False)

    def _changes(self, key: Key, **what: Any) -> None:
        before = self._posts[key]
        self._posts[key] = after = replace(before, **what)
        for ordered in (self._ordered.get(key.owner_id), self._ordered.get(None) if after.indexed else None):
            if ordered is None:
                continue
            if not before.deleted:
                del ordered[bisect_left(ordered, _place(before), key=_place)]
            if not after.deleted:
                insort(ordered, after, key=_place)

    def _in_order(self, owner_id: int | None) -> list[VkPost]:
        """All that is not deleted, oldest first, also what is still to come."""
        ordered = self._ordered.get(owner_id)
        if ordered is None:
            keys = self._indexed if owner_id is None else self._walls.get(owner_id, [])
            ordered = sorted((post for key in keys if not (post := self._posts[key]).deleted), key=_place)
            self._ordered[owner_id] = ordered
        return ordered


_moment = attrgetter("at")


def _place(post: VkPost) -> tuple[datetime, Key]:
    """Oldest first, where both walls and the search have it."""
    return post.at, post.key


def _utc_now() -> datetime:
    return datetime.now(UTC)
