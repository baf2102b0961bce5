"""Telegram's public channels, read from the pages that t.me shows without an account.

Facts that shape this (docs/telegram.md): twenty messages a page, `?before=` leads to older
ones; `?q=` stops silently after some twenty hits, so it is never used; the rate is not told, so we come rarely;
channels whose preview is off answer with a redirect; groups and people have no such page.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from relay.config import Settings
from relay.errors import Closed, Refused, SourceError, TryLater
from relay.language.sentence import as_sentence, filled
from relay.models import Doubt
from relay.ports import (
    Clock,
    NetworkDescription,
    OwnerKind,
    Page,
    Place,
    PollingPolicy,
    PostRef,
    RecheckResult,
    SeenPost,
)
from relay.sources.rechecks import one_by_one
from relay.sources.telegram import parse
from relay.sources.telegram.links import LINKS, NAME, NETWORK, NOT_A_CHANNEL, PostKey, channel_in, on_telegram, post_key
from relay.sources.web import AGAIN_BY_ITSELF, REDIRECTS, Reply, Web
from relay.store import Store

PER_SECOND = 0.5
EXAMPLES = "Known are tg:channel, https://t.me/channel and https://t.me/s/channel."
NOT_UNDERSTOOD = "Telegram answers with a page that is not understood."
SWITCH_ON = "Its owner can switch the web preview on; or ask for the files."


class TelegramSource:
    """`SourceAdapter` and `Rechecks` for Telegram. A place's `owner_id` is the channel's name in small letters."""

    description = NetworkDescription(
        name=NETWORK,
        titles={"en": "Telegram", "fr": "Telegram", "ru": "Telegram"},
        owners=OwnerKind.channel,
        extractors=("telegram:embed",),
        links=LINKS,
    )
    polling = PollingPolicy(timedelta(minutes=10), 10_000)

    def __init__(
        self, settings: Settings, store: Store, clock: Clock, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._web = Web(
            settings, store, clock, sleep, network=NETWORK, name=self.description.title(), per_second=PER_SECOND
        )

    def claims(self, address: str) -> bool:
        address = address.strip()
        return address.startswith(f"{NETWORK}:") or on_telegram(address)

    def resolve(self, address: str) -> Place:
        """Asks for the channel's page. Raises Closed for a channel whose preview is off, Refused for no channel."""
        name = _name_in(address)
        reply = self._listing(name)
        if reply.status in REDIRECTS:
            raise self._why_no_listing(name, Refused)
        page = _page(reply)
        channel = page.channel or name
        return Place(NETWORK, f"{NETWORK}:{channel}", channel.casefold(), page.title)

    def read(
        self,
        place: Place,
        *,
        since: datetime,
        until: datetime,  # noqa: ARG002 - pages begin with the newest message, always
        tags: Sequence[str],  # noqa: ARG002 - the tags are looked for by us
    ) -> Iterator[Page]:
        before: int | None = None
        while True:
            reply = self._listing(place.owner_id, before)
            if reply.status in REDIRECTS:
                raise self._why_no_listing(place.owner_id, Closed)
            page = _page(reply)
            done = _is_the_last(page, before, since)
            posts = [parse.as_post(shown) for shown in reversed(page.messages) if not shown.service]
            yield Page(tuple(posts), reply.requests, None, since if done else None, page.faults)
            if done:
                return
            before = page.before

    def posts_behind(self, links: Sequence[str]) -> list[SeenPost]:
        keys = dict.fromkeys(key for link in links if (key := post_key(link)) is not None)
        found: dict[tuple[str, str], SeenPost] = {}
        for key in keys:
            reply = self._web.get(f"{key.url}?embed=1&mode=tme", hosts=("t.me",))
            for shown in parse.messages_in(reply.text):
                if shown.channel.casefold() == key.channel.casefold() and key.id in shown.ids and not shown.service:
                    post = parse.as_post(shown)
                    found[post.owner_id, post.post_id] = post
        return list(found.values())

    def recheck(self, posts: Sequence[PostRef]) -> Iterator[RecheckResult]:
        """A message is gone when its own page says so and the channel's page shows its neighbours without it."""
        return one_by_one(posts, self._again)

    def _again(self, known: PostRef) -> RecheckResult:
        key = post_key(known.url)
        if key is None:
            return RecheckResult(known, unclear=NOT_UNDERSTOOD, requests=0)
        reply = self._web.get(f"{key.url}?embed=1&mode=tme", hosts=("t.me",))
        if reply.status != 200:
            return RecheckResult(known, unclear=_of_status(reply), requests=reply.requests)
        shown = parse.messages_in(reply.text)
        if found := next(
            (one for one in shown if key.id in one.ids and one.channel.casefold() == known.owner_id), None
        ):
            return _still_there(known, found, reply.requests)
        said = parse.failure(reply.text).casefold()
        if "post not found" in said:
            return self._missed_among_neighbours(known, key, reply.requests)
        if "channel" in said and "not found" in said:
            return self._without_its_channel(known, key, reply.requests)
        return RecheckResult(known, unclear=NOT_UNDERSTOOD, requests=reply.requests)

    def _missed_among_neighbours(self, known: PostRef, key: PostKey, requests: int) -> RecheckResult:
        """The channel's page up to the message; it holds twenty, so one that is there is the last on it."""
        reply = self._listing(key.channel, key.id + 1)
        requests += reply.requests
        if reply.status in REDIRECTS:  # its preview is off: what the message's own page says has to do
            _, kind = self._contact(key.channel)
            if kind == "channel":
                return RecheckResult(known, lost=Doubt.post, requests=requests + 1)
            return RecheckResult(known, unclear=NOT_UNDERSTOOD, requests=requests + 1)
        page = _page(reply)
        found = next((one for one in page.messages if key.id in one.ids), None)
        if found is not None:
            return _still_there(known, found, requests)
        if page.channel.casefold() != known.owner_id or not page.messages or page.faults:
            return RecheckResult(known, unclear=NOT_UNDERSTOOD, requests=requests)
        return RecheckResult(known, lost=Doubt.post, requests=requests)

    def _without_its_channel(self, known: PostRef, key: PostKey, requests: int) -> RecheckResult:
        """Closed, renamed or deleted: which of it can't be told, but it is not for us any more."""
        _, kind = self._contact(key.channel)
        if kind == "channel":
            return RecheckResult(known, unclear=NOT_UNDERSTOOD, requests=requests + 1)
        return RecheckResult(known, lost=Doubt.private, requests=requests + 1)

    def _contact(self, name: str) -> tuple[str, str]:
        reply = self._web.get(f"https://t.me/{name}", hosts=("t.me",))
        if reply.status != 200 or not parse.is_contact_page(reply.text):
            raise TryLater(NOT_UNDERSTOOD, hint=AGAIN_BY_ITSELF, requests=reply.requests)
        return parse.contact(reply.text)

    def _listing(self, name: str, before: int | None = None) -> Reply:
        tail = f"?before={before}" if before else ""
        return self._web.get(f"https://t.me/s/{name}{tail}", hosts=("t.me",))

    def _why_no_listing(self, name: str, nobody: type[Refused] | type[Closed]) -> SourceError | Refused:
        """`nobody`: what a name that leads nowhere is: a slip of whoever typed it, or a channel that has gone."""
        reply = self._web.get(f"https://t.me/{name}", hosts=("t.me",))
        title, kind = parse.contact(reply.text)
        if kind == "channel":
            return Closed(
                "The channel “{title}” shows no preview on the web.",
                hint=SWITCH_ON,
                requests=1 + reply.requests,
                title=title,
            )
        words = {
            "group": "“{title}” is a group, and groups have no public page.",
            "other": "“{title}” is no channel but a person or a bot.",
        }.get(kind, "Telegram knows no channel {name}.")
        told: dict[str, Any] = {"title": title, "name": name}
        if nobody is Closed:
            return Closed(words, gone=kind == "nobody", hint="Pause the source.", requests=1 + reply.requests, **told)
        return Refused(words, hint=EXAMPLES, **told)


def _of_status(reply: Reply) -> str:
    return filled("Telegram answers with HTTP {status}.", status=reply.status)


def _still_there(known: PostRef, found: parse.Message, requests: int) -> RecheckResult:
    """A medium can be replaced in a message but never taken out, so one that shows none at all is half a page; a link
    in its text can.

    A video that the page does not hand out (too big, not supported) is there all the same.
    """
    post = parse.as_post(found)
    only_linked = bool(known.videos) and not any(on_telegram(link) for link in known.videos)
    if post.videos or (only_linked and not found.hidden):
        seen = tuple(replace(video, blocked="", blocked_for_good=False) for video in post.videos)
        return RecheckResult(
            known, replace(post, owner_id=known.owner_id, post_id=known.post_id, videos=seen), requests=requests
        )
    if set(found.kinds) & parse.MEDIA:
        return RecheckResult(known, lost=Doubt.video, requests=requests)
    return RecheckResult(known, unclear="The message is there, but its page shows no video.", requests=requests)


def _page(reply: Reply) -> parse.ChannelPage:
    if reply.status != 200:
        raise TryLater(
            "Telegram answers with HTTP {status}.",
            hint=AGAIN_BY_ITSELF,
            code=None,
            requests=reply.requests,
            status=reply.status,
        )
    try:
        return parse.channel_page(reply.text)
    except parse.UnreadablePage as error:
        raise TryLater(
            "Telegram answers with a page that is not understood: {error}.",
            hint=AGAIN_BY_ITSELF,
            requests=reply.requests,
            error=as_sentence(error.why),
        ) from error


def _is_the_last(page: parse.ChannelPage, before: int | None, since: datetime) -> bool:
    """Numbers grow with time, so a page that begins before `since` leaves nothing newer unseen.

    A page that does not lead further back than the one before it ends the reading too.
    """
    if page.before is None or (before is not None and page.before >= before):
        return True
    return bool(page.messages) and min(page.messages, key=lambda shown: shown.id).at < since


def _name_in(address: str) -> str:
    address = address.strip()
    name = channel_in(address)
    if not name and address.startswith(f"{NETWORK}:") and not address.startswith(f"{NETWORK}://"):
        rest = address.removeprefix(f"{NETWORK}:").strip()
        name = channel_in(rest) or rest.lstrip("@")
    if not NAME.fullmatch(name) or name.casefold() in NOT_A_CHANNEL:
        raise Refused("{address} is no public channel.", hint=EXAMPLES, address=address)
    return name
