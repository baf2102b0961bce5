"""VK in memory: residents, publics, walls and videos, with the API that leads to them and whatever can go wrong.

Verbs build it (`vk.has_group`, `vk.posts`, `vk.faults.is_down`), from any thread. What the verbs built
is shown by `api.py` (VK's API) and `web.py` (VK's pages and its video servers). A post dated later than now shows up
when its time has come. Facts about VK: docs/vk.md; where VK's behaviour is not established, the docstring says so.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from relay.ports import Clock
from relay.sandbox.faults import Faults
from relay.sandbox.vk.gateway import TOKEN, ApiGateway
from relay.sandbox.vk.records import Attached, Key, Owner, OwnerState, VkComment, VkPost, VkVideo, VkVideoState
from relay.sandbox.vk.walls import Walls

FIRST_VIDEO_ID = 456239017
"""VK numbers every owner's videos from here, so that one id belongs to many videos."""


class Vk:
    """`Vk(now)` is empty. Keys returned by `uploads` and `posts` are what the other verbs take.

    `api`: the way to the API, with its tokens, quotas and errors; `faults`: what is wrong with all lines and pages;
    `visits`: requests to the web side by kind (`al_video`, `wkview`, `embed`, `challenge`, `page`, `media`, and
    `resumed` for media asked for in part).
    """

    def __init__(self, now: Clock, *, token: str = TOKEN, seed: int = 1) -> None:
        self.now = now
        self.faults = Faults()
        self.visits: Counter[str] = Counter()
        self.api = ApiGateway(now, self.faults, token=token)
        self._lock = threading.RLock()
        self._dice = random.Random(seed)  # noqa: S311 - post numbers, not secrets
        self._owners: dict[int, Owner] = {}
        self._names: dict[str, int] = {}
        self._walls = Walls()
        self.drawn: dict[Key, tuple[tuple[object, ...], Mapping[str, Any]]] = {}
        """Kept by `shapes.drawn`, but for posts with comments, whose number follows the clock."""
        self._uploads: dict[Key, VkVideo] = {}
        self._comments: dict[Key, list[VkComment]] = {}
        self._without_comments: set[Key] = set()
        self._last_post: Counter[int] = Counter()
        self._last_video: Counter[int] = Counter()

    # Who is there

    def has_group(self, screen_name: str, name: str, *, closed: bool = False, number: int = 0) -> int:
        """A public; returns its owner id, which is negative. It is `vk:<screen_name>`, or `vk:club<number>`."""
        with self._lock:
            number = abs(number) or 210_000_001 + sum(1 for owner in self._owners if owner < 0)
            state = OwnerState.closed if closed else OwnerState.open
            return self._enters(Owner(-number, screen_name or f"club{number}", name, state=state))

    def has_resident(
        self, first: str, last: str, *, town: str = "", closed: bool = False, sex: int = 0, screen_name: str = ""
    ) -> int:
        """A person; returns the owner id, which is positive. `sex` as VK counts: 1 woman, 2 man, 0 unknown."""
        with self._lock:
            number = 700_000_001 + sum(1 for owner in self._owners if owner > 0)
            state = OwnerState.closed if closed else OwnerState.open
            return self._enters(Owner(number, screen_name or f"id{number}", first, last, town, sex, state))

    def closes(self, owner_id: int) -> None:
        """The wall is for members or friends only: error 15 for a public, 30 for a person."""
        self._turns(owner_id, OwnerState.closed)

    def opens(self, owner_id: int) -> None:
        self._turns(owner_id, OwnerState.open)

    def blocks(self, owner_id: int) -> None:
        """The network itself blocked the page: error 19 for a public, 18 for a person."""
        self._turns(owner_id, OwnerState.blocked)

    def leaves(self, owner_id: int) -> None:
        """The page was deleted: error 18, and its short name is free again."""
        with self._lock:
            self._turns(owner_id, OwnerState.deleted)
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
                uploaded_at=at or self.now(),
                number=1_000_000_000_000 + 7919 * (len(self._uploads) + 1),
                title=title,
                description=description,
                kind=kind,
                state=VkVideoState.processing if processing else VkVideoState.ready,
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
            self._walls.add(
                VkPost(
                    key=key,
                    from_id=owner_id if from_id is None else from_id,
                    at=at or self.now(),
                    text=text,
                    videos=tuple(Key(*video) for video in videos),
                    signer_id=signer_id or 0,
                    pinned=pinned,
                    repost_of=None if repost_of is None else Key(*repost_of),
                    indexed=indexed,
                    donut=donut,
                    attached=tuple(attached),
                )
            )
            return key

    def comments(self, post: Key, text: str, *, by: int, at: datetime | None = None, answers: int = 0) -> int:
        """Somebody writes below a post, or answers what was written there. Returns the comment's number."""
        with self._lock:
            self._last_post[post.owner_id] += 1  # posts and comments share their numbers
            number = self._last_post[post.owner_id]
            self._comments.setdefault(post, []).append(VkComment(number, by, at or self.now(), text, answers))
            self.drawn.pop(post, None)
            return number

    def deletes_comment(self, post: Key, number: int) -> None:
        """Gone; one that has answers stays as an empty place."""
        with self._lock:
            found = self._comments[post]
            self._comments[post] = [replace(one, deleted=True) if one.id == number else one for one in found]

    def closes_comments(self, post: Key) -> None:
        """Error 212 for requests for them."""
        with self._lock:
            self._without_comments.add(post)
            self.drawn.pop(post, None)

    def edits(
        self, post: Key, text: str | None = None, *, videos: Sequence[Key] | None = None, at: datetime | None = None
    ) -> None:
        """The post changes where it stands: its date stays, `edited` tells when."""
        with self._lock:
            old = self._walls[post]
            self._walls.change(
                post,
                text=old.text if text is None else text,
                videos=old.videos if videos is None else tuple(videos),
                edited_at=at or self.now(),
            )

    def pins(self, post: Key) -> None:
        with self._lock:
            self._walls.pin(post)

    def deletes(self, post: Key) -> None:
        """Gone from walls and search; asked for by id it is `is_deleted`."""
        with self._lock:
            self._walls.change(post, deleted=True)

    def restores(self, post: Key) -> None:
        with self._lock:
            self._walls.change(post, deleted=False)

    def deletes_video(self, video: Key) -> None:
        """The page says that it is not available any more. (That posts lose the attachment is not established.)"""
        self._becomes(video, VkVideoState.deleted)

    def hides_video(self, video: Key) -> None:
        """For friends only: the page asks to sign in, the API says `is_private`."""
        self._becomes(video, VkVideoState.private)

    def restricts_video(self, video: Key) -> None:
        """The network restricted it: the API says `content_restricted`, the page shows a message."""
        self._becomes(video, VkVideoState.restricted)

    def processes_video(self, video: Key) -> None:
        self._becomes(video, VkVideoState.processing)

    def finishes_video(self, video: Key) -> None:
        """Processing (or hiding) is over: it can be watched."""
        self._becomes(video, VkVideoState.ready)

    # What can be asked

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
            post = self._walls.get(key)
        return post if post is not None and post.at <= self.now() else None

    def document(self, post: Key, number: int) -> Attached | None:
        """A document of a post, by its number, which counts what is attached to the post."""
        with self._lock:
            found = self._walls.get(post)
            attached = found.attached if found is not None and not found.deleted else ()
            one = attached[number] if 0 <= number < len(attached) else None
            return one if one is not None and one.kind == "doc" else None

    def wall(self, owner_id: int) -> list[VkPost]:
        """The posts of a wall as VK orders them: newest first, but the pinned one before all."""
        return self.wall_page(owner_id, 0, None)[0]

    def wall_page(self, owner_id: int, offset: int, count: int | None) -> tuple[list[VkPost], int]:
        """Some posts of a wall, from the one numbered `offset` on, and how many it has in all."""
        with self._lock:
            return self._walls.page(owner_id, offset, count, self.now())

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

    def videos(self) -> list[VkVideo]:
        with self._lock:
            return list(self._uploads.values())

    def all_posts(self) -> list[VkPost]:
        """Also those that are deleted or still to come, as they were made."""
        with self._lock:
            return list(self._walls)

    def everything(self) -> list[VkPost]:
        """All posts that search may show, newest first."""
        return self.published(datetime.min.replace(tzinfo=UTC), self.now())

    def published(self, start: datetime, end: datetime) -> list[VkPost]:
        """Those that search may show of a stretch of time, both ends in it, newest first."""
        with self._lock:
            owners, found = self._owners, self._walls.indexed(start, min(end, self.now()))
            return [post for post in found if owners[post.key.owner_id].state is OwnerState.open]

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

    def _turns(self, owner_id: int, state: OwnerState) -> None:
        with self._lock:
            self._owners[owner_id] = replace(self._owners[owner_id], state=state)

    def _becomes(self, video: Key, state: VkVideoState) -> None:
        with self._lock:
            self._uploads[video] = replace(self._uploads[video], state=state)
