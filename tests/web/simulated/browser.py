"""A browser with tabs, as far as the desk's scripts use it. What mirrors a function of static/*.js names it.

What is left out: pictures, style sheets, scripts and the stream of news (live.js `listen`), so that nobody is warned of
what a colleague does meanwhile: the desk has to tell them when they press.
"""

from __future__ import annotations

import html
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.web.simulated.world import Line, World

ORIGIN = "http://desk.test"
FIELDS = ("name", "town", "district", "age", "quote")
Fields = dict[str, Any]
"""A form's: a text, or a list of texts, by name."""
_INPUT = re.compile(r'<input form="judge"(?: type="hidden")? name="(\w+)" value="([^"]*)"')
_SCOPE = re.compile(r'<select form="judge" name="scope">.*?</select>', re.DOTALL)
_CHOSEN = re.compile(r'<option value="(\w*)" selected')
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
_FORM = re.compile(r'<form method="post" action="([^"]+)"([^>]*)>(.*?)</form>', re.DOTALL)
_BOTH = re.compile(r'data-pick="(\w+)" data-text="([^"]*)"')
_CLAIM = re.compile(r'data-claim="([^"]+)" data-page="(\w+)"')
_SAVED = re.compile(r'data-saved="([^"]+)"')
_TOKEN = re.compile(r'name="form_token" value="(\w+)"')
_ME = re.compile(r'data-me="(\d+)"')
_HELD = re.compile(r'data-held="([^"]*)"')


@dataclass
class Page:
    """What stands on the screen. `status` 0: the browser says that it could not be loaded.

    `fields`: of the form `judge`, as they are now, with `was_…`. `both`: what two people changed, field → (theirs,
    mine). `repeat`: the form that this page answers, which the browser sends again when it is loaded again.
    `is_overtaken`: it says that somebody has decided meanwhile.
    """

    address: str
    status: int = 0
    text: str = ""
    token: str = ""
    me: str = ""
    action: str = ""
    fields: Fields = field(default_factory=dict)
    hidden: Fields = field(default_factory=dict)
    may_decide: bool = False
    look: Fields | None = None
    look_in_outbox: bool = False
    undo: tuple[str, Fields] | None = None
    kept: tuple[str, Fields] | None = None
    both: dict[str, tuple[str, str]] = field(default_factory=dict)
    claim: tuple[str, str] | None = None
    holder: str = ""
    carried: str = ""
    next: str = ""
    saved: str = ""
    is_overtaken: bool = False
    repeat: tuple[str, Fields] | None = None

    @property
    def clip(self) -> int:
        found = re.match(r"/clips/(\d+)", self.address)
        return int(found[1]) if found and self.action else 0

    def typed(self) -> Fields:
        """What differs from what the desk knows."""
        return {name: self.fields[name] for name in FIELDS if self.fields.get(name) != self.fields.get(f"was_{name}")}


def read(address: str, status: int, text: str) -> Page:
    page = Page(address, status, text)
    page.token = _found(_TOKEN, text)
    page.me, page.saved, page.holder = _found(_ME, text), _found(_SAVED, text), _found(_HELD, text)
    page.both, page.is_overtaken = _both(text), "data-overtaken" in text
    if claim := _CLAIM.search(text):
        page.claim = claim[1], claim[2]
    for action, attributes, inside in _FORM.findall(text):
        hidden = {name: html.unescape(value) for name, value in _HIDDEN.findall(inside)}
        if address.startswith("/kept/") and action not in ("/language", "/sign-out"):
            page.kept = action, hidden
        elif 'id="judge"' in attributes:
            page.action, page.hidden = action, hidden
            page.may_decide = action.endswith("/decide") and 'name="verdict" value="approve"' in inside
        elif action.endswith("/look"):
            page.look, page.look_in_outbox = hidden, "data-outbox" in attributes
        elif action.endswith("/undo") and "sure" not in hidden:
            page.undo = action, hidden
        elif action == "/sign-in":
            page.carried, page.next = hidden.get("carried", ""), hidden.get("next", "")
    inputs = [(name, html.unescape(value)) for name, value in _INPUT.findall(text)]
    page.fields = {name: value for name, value in inputs if name != "both"}
    if marks := [value for name, value in inputs if name == "both"]:
        page.hidden["both"] = marks
    if page.action and (scope := _SCOPE.search(text)):
        page.fields["scope"] = _found(_CHOSEN, scope[0])
    return page


def _both(text: str) -> dict[str, tuple[str, str]]:
    found = [(name, html.unescape(value)) for name, value in _BOTH.findall(text)]
    return {name: (theirs, mine) for (name, theirs), (_, mine) in zip(found[::2], found[1::2], strict=True)}


def _found(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return html.unescape(found[1]) if found else ""


@dataclass(frozen=True)
class Entry:
    """What waits in the browser (outbox.js `send`). `refused`: the desk did not take it, and its person is told so."""

    id: int
    me: str
    clip: int
    address: str
    fields: Mapping[str, Any]
    refused: bool = False


class Browser:
    """Cookies and localStorage, which all tabs share, and which stay when the browser is closed."""

    def __init__(
        self, world: World, line: Line, told: Callable[[str, Entry], None], shows: Callable[[Page], None]
    ) -> None:
        """`told(what, entry)`: `waits`, `arrived`, `refused`, as outbox.js says it on the page."""
        self.world, self.line, self.told, self.shows = world, line, told, shows
        self.outbox: list[Entry] = []
        self.web = httpx.AsyncClient(transport=line, base_url=ORIGIN, trust_env=False, timeout=None)
        self.web.cookies.set("relay-language", "en", domain="desk.test", path="/")
        self.numbers = count(1)
        self.tabs: list[Tab] = []

    def opens(self) -> Tab:
        tab = Tab(self)
        self.tabs.append(tab)
        return tab

    def crashes(self) -> None:
        """No page says good-bye; what the tabs remember is gone, what the browser keeps is not."""
        self.tabs.clear()

    # The outbox is a place of its own, so that a twin can forget it

    def keep(self, entries: list[Entry]) -> None:
        self.outbox = entries

    def drop(self, entry: Entry) -> None:
        self.keep([one for one in self.outbox if one.id != entry.id])


@dataclass
class Draft:
    fields: Fields
    was: Fields


class Tab:
    """One page after the other. `drafts` is its sessionStorage (drafts.js)."""

    def __init__(self, browser: Browser) -> None:
        self.browser, self.page = browser, Page("")
        self.drafts: dict[tuple[str, str], Draft] = {}
        self.is_trying = self.is_out = False
        self.touched = (-1e9, 0)
        """When the desk last heard that the page is in use, by its own clock, and how often that had been set."""

    # Loading

    async def goes(self, address: str) -> Page:
        """A link, a redirect, `drafts.go`; the page before says good-bye (live.js `leave`)."""
        await self._leaves()
        return await self._loads("GET", address, None)

    async def reloads(self) -> Page:
        """The browser asks whether to send a form again, and its person says yes."""
        if self.page.repeat is not None:
            return await self._loads("POST", *self.page.repeat)
        return await self._loads("GET", self.page.address, None)

    async def submits(self, action: str, fields: Fields) -> Page:
        """A form as a browser sends it without a script (outbox.js `ordinarily`, and small forms)."""
        await self._leaves()
        return await self._loads("POST", action, fields)

    async def _loads(self, method: str, address: str, fields: Fields | None) -> Page:
        sent = None if fields is None else (address, fields)
        headers = {"Referer": ORIGIN + self.page.address} if sent else {}
        try:
            answer = await self.browser.web.request(method, address, data=fields, headers=headers)
            while answer.status_code == 303:
                address, sent = answer.headers["location"], None
                answer = await self.browser.web.get(address)
        except httpx.TransportError:
            # the address bar shows where it wanted to go
            self.page = Page(address, repeat=sent)
            return self.page
        self._shows(replace(read(address, answer.status_code, answer.text), repeat=sent))
        return self.page

    def _shows(self, page: Page) -> None:
        if page.saved:
            self.forgets(page.saved)
        self.page = page
        self.is_touched()
        self.browser.shows(page)
        if page.clip and page.me:
            self._restores()

    def is_touched(self) -> None:
        self.touched = self.browser.world.clock().timestamp(), self.browser.world.jumps

    async def _leaves(self) -> None:
        if self.page.claim is not None:
            address, name = self.page.claim
            self.page.claim = None
            await self._beacon(f"{address}/release", {"form_token": self.page.token, "page": name})

    async def beats(self) -> None:
        """Each minute, while a page is in use (live.js `beat`)."""
        if self.page.claim is not None:
            address, name = self.page.claim
            if await self._beacon(f"{address}/claim", {"form_token": self.page.token, "page": name}):
                self.is_touched()

    async def _beacon(self, address: str, fields: Fields) -> bool:
        try:
            return (await self.browser.web.post(address, data=fields)).is_success
        except httpx.TransportError:
            return False

    # Drafts (drafts.js)

    def types(self, **texts: str) -> None:
        self.page.fields.update(texts)
        self.notes()

    def notes(self) -> None:
        found = self.page.typed()
        was = {name: text for name, text in self.page.fields.items() if name.startswith("was_")}
        if found:
            self.drafts[self._about()] = Draft(found, was)
        else:
            self.drafts.pop(self._about(), None)

    def forgets(self, about: str) -> None:
        self.drafts = {key: draft for key, draft in self.drafts.items() if key[0] != about}

    def _about(self) -> tuple[str, str]:
        return f"clip-{self.page.clip}", urlsplit(self.page.action).path

    def _restores(self) -> None:
        draft = self.drafts.get(self._about())
        if draft is None:
            return
        back = {name: text for name, text in draft.fields.items() if self.page.fields.get(name) != text}
        self.page.fields.update(back)
        if not self.page.both:
            self.page.fields.update({f"was_{name}": draft.was[f"was_{name}"] for name in back})
        if not back and not self.page.typed():
            del self.drafts[self._about()]

    # The outbox (outbox.js)

    async def post(self, address: str, fields: Fields, *, anew: bool = False) -> tuple[str, int]:
        """Where to go, or a status for what was not taken. Raises TransportError where there is no connection."""
        mine = {**fields, "form_token": self.page.token or fields.get("form_token", "")}
        answer = await self.browser.web.post(address, data=mine, headers={"X-Relay-Outbox": "1"})
        if answer.status_code == 403 and not anew and await self._new_token():
            return await self.post(address, fields, anew=True)
        return answer.headers.get("X-Relay-To", ""), answer.status_code

    async def _new_token(self) -> bool:
        answer = await self.browser.web.get("/")
        while answer.status_code == 303:
            answer = await self.browser.web.get(answer.headers["location"])
        found = _found(_TOKEN, answer.text)
        if not found or found == self.page.token:
            return False
        self.page.token = found
        return True

    async def sends(self, address: str, fields: Fields) -> str:
        """`send`: "went" to the next page, "shown" why not, or "waits" in the browser, and the page stays."""
        page = self.page
        try:
            to, _ = await self.post(address, fields)
        except httpx.TransportError:
            entry = Entry(next(self.browser.numbers), page.me, page.clip, address, dict(fields))
            key = entry.me, entry.clip, entry.address
            rest = [one for one in self.browser.outbox if (one.me, one.clip, one.address) != key]
            self.browser.keep([*rest, entry])
            self.browser.told("waits", entry)
            return "waits"
        if to:
            self.forgets(page.hidden["draft"])
            await self.goes(to)
            return "went"
        await self.ordinarily(address, fields)
        return "shown"

    async def ordinarily(self, address: str, fields: Mapping[str, Any]) -> Page:
        return await self.submits(address, {**fields, "form_token": self.page.token or fields.get("form_token", "")})

    async def follows(self, address: str) -> str:
        """A link: what was typed is saved before it leads away (outbox.js, listener of clicks)."""
        return await self._saves_first(lambda: self.goes(address))

    async def presses_small(self, action: str, fields: Fields) -> str:
        """U and other small forms of the page (outbox.js, second listener of submits)."""
        return await self._saves_first(lambda: self.submits(action, fields))

    async def _saves_first(self, then: Callable[[], Awaitable[Page]]) -> str:
        page = self.page
        if not page.clip or not page.typed():
            await then()
            return "went"
        address, fields = f"/clips/{page.clip}/edit", fields_of(page)
        try:
            to, _ = await self.post(address, fields)
        except httpx.TransportError:
            return await self.sends(address, fields)
        if not to:
            await self.ordinarily(address, fields)
            return "shown"
        self.forgets(page.hidden["draft"])
        await then()
        return "went"

    async def flushes(self) -> None:
        """Every five seconds while something waits, and when the browser is online again (`flush`)."""
        if self.is_trying or not self.page.me:
            return  # pages of somebody who is signed out don't have this script
        self.is_trying = True
        for entry in [one for one in self.browser.outbox if one.me == self.page.me and not one.refused]:
            try:
                to, status = await self.post(entry.address, dict(entry.fields))
            except httpx.TransportError:
                break
            if to:
                self.browser.drop(entry)
                self.forgets(f"clip-{entry.clip}")
                self.browser.told("arrived", entry)
                if self.page.clip == entry.clip:
                    await self.goes(to)
            elif status < 500 and status not in (401, 403, 429):
                marked = replace(entry, refused=True)
                self.browser.keep([marked if one.id == entry.id else one for one in self.browser.outbox])
                self.browser.told("refused", marked)
            else:
                self.is_out = status == 401
        self.is_trying = False

    async def looks_at_refused(self, entry: Entry) -> Page:
        """The button "Look at both versions"."""
        self.browser.drop(entry)
        return await self.ordinarily(entry.address, entry.fields)


def fields_of(page: Page) -> Fields:
    """`fieldsOf`: everything of the form `judge`."""
    return {**page.hidden, **page.fields}
