"""Moderators with a pace, an eye and bad habits, in front of one browser each."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from relay.models import Verdict
from tests.web.simulated.browser import Entry, Fields, Page, Tab, fields_of
from tests.web.simulated.ledger import Fate, Press, is_live
from tests.web.simulated.scenes import ability
from tests.web.simulated.world import Line

if TYPE_CHECKING:
    from tests.web.simulated.run import DeskSimulation

QUEUE = "/campaigns/{}/queue"
BEAT = 60.0
AGAIN = 5.0
REJECTIONS = ("off_topic", "no_reading", "bad_quality", "not_own")


@dataclass(frozen=True)
class Nature:
    """`errors`: share of wrong verdicts. `pace`: seconds beside the clip's own length. `organizes`: takes no clips of
    the queue, but third looks, and corrects what colleagues have open.
    """

    login: str
    name: str
    errors: float
    pace: float = 8.0
    organizes: bool = False


@dataclass(frozen=True)
class Habits:
    """How often, of looks; `signed_out` of forms that are typed in. `outages`: of a person, in an hour of work, and
    `expiries` of these: who comes back is signed out.
    """

    types: float = 0.35
    signed_out: float = 0.05
    slips: float = 0.01
    asks: float = 0.008
    puts_aside: float = 0.006
    passes_on: float = 0.01
    second_tab: float = 0.008
    crashes: float = 0.004
    outages: float = 0.4
    expiries: float = 0.05


class BrowserClosed(Exception):
    """In the middle of whatever its person did."""


class Person:
    def __init__(self, desk: DeskSimulation, nature: Nature) -> None:
        self.desk, self.nature, self.world, self.ledger = desk, nature, desk.world, desk.ledger
        self.dice = random.Random(f"{desk.job.seed} {nature.login}")
        self.line = Line(desk.world, desk.server, self.dice, desk.job.faults)
        self.browser = desk.browser(desk.world, self.line, self._told, self._shown)
        self.queue = QUEUE.format(desk.job.slug)
        self.did: Counter[str] = Counter()
        self.typed = 0
        self.is_gone = False

    @property
    def name(self) -> str:
        return self.nature.name

    async def works(self) -> None:
        tab = self.browser.opens()
        await self.world.sleep(self.dice.uniform(0, 120))
        await self.goes(tab, self.queue)
        while not self.is_gone:
            try:
                await self.settles(tab)
                self.is_gone = self.desk.is_over() and not self.browser.outbox
                if not self.is_gone:
                    await self.acts(tab)
            except BrowserClosed:
                for each in self.browser.tabs:
                    if "kept=" in each.page.address:
                        self.ledger.stood_there(self.name, each.page)
                self.browser.crashes()
                tab = await self.comes_back()

    async def acts(self, tab: Tab) -> None:
        """One clip, or a pause where there is none."""
        page = tab.page
        if page.kept is not None:
            await tab.submits(*page.kept)  # "Send it now"
            await self.lands(tab)
        elif page.look is not None:
            await self.looks_again(tab)
        elif page.may_decide and page.hidden["seen"] in ("awaiting", "later"):
            await self.judges(tab)
        elif page.clip:
            await self.goes(tab, self.queue)
        else:
            await self.waits(tab, 30)
            await self.goes(tab, f"{self.queue}?state=later" if self.dice.random() < 0.5 else self.queue)

    # Loading, signing in, and time

    async def goes(self, tab: Tab, address: str) -> None:
        await tab.follows(address)
        await self.lands(tab)

    async def lands(self, tab: Tab) -> None:
        """Until a page of the desk stands there: loads again what could not be loaded, signs in where that is asked."""
        while True:
            page = tab.page
            if page.status == 0 or page.status >= 500:
                await self.waits(tab, self.dice.uniform(4, 12))
                if tab.page is page:
                    await tab.reloads()
            elif not page.me:
                self.did["signed in"] += 1
                await tab.submits("/sign-in", self._door(page))
            elif page.status in (403, 404):
                self.did[f"met {page.status}"] += 1
                await tab.goes(self.queue)
            else:
                return

    def _door(self, page: Page) -> Fields:
        me = {"login": self.nature.login, "password": f"password of {self.nature.login}"}
        more = {"carried": page.carried} if page.carried else {"next": page.next or self.queue}
        return {"form_token": page.token, **me, **more}

    async def waits(self, tab: Tab, seconds: float) -> None:
        """What the scripts of an open page do meanwhile: a sign that it is in use, and what waits is tried again."""
        ends, beat = self.world.seconds + seconds, self.world.seconds + BEAT
        page = tab.page
        while self.world.seconds < ends and tab.page is page:
            step = AGAIN if self._waiting() else min(BEAT, ends - self.world.seconds)
            await self.world.sleep(min(step, ends - self.world.seconds))
            if self._waiting():
                await tab.flushes()
            if self.world.seconds >= beat and tab.page is page:
                beat += BEAT
                await tab.beats()

    def _waiting(self) -> list[Entry]:
        return [entry for entry in self.browser.outbox if not entry.refused]

    async def is_online(self) -> None:
        """The connection is back (the browser's event `online`)."""
        for tab in [*self.browser.tabs]:
            await tab.flushes()

    def _shown(self, page: Page) -> None:
        self.ledger.shows(self.name, page)

    def _told(self, what: str, entry: Entry) -> None:
        self.did[f"outbox: {what}"] += 1
        press = self.ledger.open_press(self.name, entry.clip)
        if press is None or "verdict" not in entry.fields or press.verdict.value != entry.fields["verdict"]:
            return
        if what == "waits":
            press.offline = True
        elif what == "arrived":
            press.fate = Fate.arrived

    # Judging

    async def judges(self, tab: Tab) -> None:
        page, clip = tab.page, tab.page.clip
        scene = self.desk.scenes[clip]
        opinion = ability(self.desk.job.seed, self.nature, scene)
        await self.waits(tab, opinion.seconds)
        if tab.page is not page:
            return
        self._may_break_down()
        habits, chance = self.desk.job.habits, self.dice.random()
        if chance < habits.types:
            await self._types(tab)
        if (chance := self.dice.random()) < habits.asks and page.hidden["seen"] == "awaiting":
            await self._asks(tab)
        elif chance < habits.asks + habits.passes_on:
            self.did["passed on"] += 1
            await self.leaves_by(tab, f"{self.queue}?after={clip}")
        elif chance < habits.asks + habits.passes_on + habits.second_tab:
            await self._in_two_tabs(tab, opinion.verdict)
        elif self.dice.random() < habits.puts_aside and page.hidden["seen"] == "awaiting":
            await self.presses(tab, Verdict.later)
        elif self.dice.random() < habits.slips:
            await self._slips(tab, opinion.verdict)
        else:
            await self.presses(tab, opinion.verdict)

    def _may_break_down(self) -> None:
        """The browser is closed, with a clip on its screen."""
        if self.dice.random() < self.desk.job.habits.crashes:
            self.did["browser closed"] += 1
            raise BrowserClosed

    async def comes_back(self) -> Tab:
        await self.world.sleep(self.dice.choice((5, 60, 400, 1500)))
        tab = self.browser.opens()
        await tab.goes(self.queue)
        await self.lands(tab)
        await tab.flushes()
        return tab

    async def _types(self, tab: Tab) -> None:
        for name in self.dice.sample(("name", "town"), self.dice.choice((1, 1, 2))):
            self.typed += 1
            self.did["typed"] += 1
            tab.types(**{name: f"{name.title()} {self.nature.login} {self.typed}"})
        if self.dice.random() < self.desk.job.habits.signed_out:
            await self.desk.ends_sign_ins(self.nature)
            self.did["signed out while typing"] += 1

    async def presses(self, tab: Tab, verdict: Verdict) -> None:
        page = tab.page
        press = self._press(tab, verdict)
        self.ledger.sends(self.name, page)
        outcome = await tab.sends(page.action.replace("/edit", "/decide"), self._form(page, verdict))
        await self._learns(tab, press, page, outcome)

    def _form(self, page: Page, verdict: Verdict) -> Fields:
        fields = {**fields_of(page), "verdict": verdict.value}
        if verdict is Verdict.reject:
            sign = self.desk.scenes[page.clip].sign
            own = {"reason": "other", "note": f"what is heard is hard to tell {page.clip}"}
            fields |= own if sign else {"reason": self.dice.choice(REJECTIONS), "note": ""}
        return fields

    def _press(self, tab: Tab, verdict: Verdict, *, again: bool = False) -> Press:
        press = Press(self.name, tab.page.clip, verdict, self.world.clock(), again)
        self.did["pressed"] += 1
        press.touched = tab.touched
        return self.ledger.press(press)

    async def _learns(self, tab: Tab, press: Press, page: Page, outcome: str) -> None:
        if outcome == "went":
            press.fate = Fate.arrived
            await self.lands(tab)
        elif outcome == "waits":
            await self._sits(tab, page, press)
        else:
            await self.lands(tab)
            self._reads(press, tab.page)

    def _reads(self, press: Press, page: Page) -> None:
        """What the page says about a verdict that was sent in the ordinary way."""
        if page.status == 409 or page.is_overtaken or page.holder:
            self._is_shown(press)
        elif "kept=" in page.address or (page.clip == press.clip and self._is_open_still(press, page)):
            self.did["to be pressed again"] += 1
        else:
            press.fate = Fate.arrived

    @staticmethod
    def _is_open_still(press: Press, page: Page) -> bool:
        return page.look is not None if press.again else _VERDICT.get(page.hidden["seen"]) is not press.verdict

    def _is_shown(self, press: Press) -> None:
        press.fate, press.told_at = Fate.shown, self.world.clock()
        press.is_live = is_live(press.touched, self.world.clock(), self.world.jumps)

    async def _sits(self, tab: Tab, page: Page, press: Press) -> None:
        """No connection: the page stays, and so does its person, for a while."""
        patience = self.dice.choice((120, 600, 3000))
        ends = self.world.seconds + patience
        while tab.page is page and press.fate is Fate.open and self.world.seconds < ends:
            await self.waits(tab, AGAIN)
            if tab.page is not page or any(entry.refused for entry in self.browser.outbox):
                break
            if tab.is_out:
                await self._signs_in_beside(tab)
            if (chance := self.dice.random()) < 0.02:
                await self._types(tab)
                self.did["typed on while waiting"] += 1
                return await self._presses_again(tab, press, press.verdict)
            if chance < 0.03 and press.verdict is not Verdict.later:
                self.did["thought again while waiting"] += 1
                return await self._presses_again(tab, press, _OTHER[press.verdict])
        if tab.page is page and press.fate is Fate.open and not any(one.refused for one in self.browser.outbox):
            self.did["closed while waiting"] += 1
            raise BrowserClosed
        return await self.lands(tab)

    async def _presses_again(self, tab: Tab, press: Press, verdict: Verdict) -> None:
        await (self.looks(tab, verdict) if press.again else self.presses(tab, verdict))

    async def _signs_in_beside(self, tab: Tab) -> None:
        """What live.js advises: sign in again in a new window; this page then goes on."""
        self.did["signed in beside"] += 1
        other = self.browser.opens()
        await other.goes("/sign-in")
        await self.lands(other)
        self.browser.tabs.remove(other)
        tab.is_out = False

    async def _slips(self, tab: Tab, verdict: Verdict) -> None:
        """The wrong key, noticed on the next page, and taken back."""
        clip = tab.page.clip
        await self.presses(tab, _OTHER[verdict])
        self.did["slipped"] += 1
        await self.takes_back(tab, clip)
        if tab.page.clip == clip and tab.page.may_decide and tab.page.look is None:
            await self.waits(tab, 3)
            if tab.page.clip == clip:
                await self.presses(tab, verdict)

    async def takes_back(self, tab: Tab, clip: int) -> None:
        undo = tab.page.undo
        if undo is not None and undo[0] == f"/clips/{clip}/undo":
            self.did["taken back"] += 1
            await tab.presses_small(*undo)
            await self.lands(tab)

    async def _asks(self, tab: Tab) -> None:
        self.did["asked"] += 1
        page = tab.page
        self.ledger.thinks_again(self.name, page)
        self.ledger.sends(self.name, page)
        fields = {"form_token": page.token, "queue": "awaiting", "text": "What do you hear?", "of": ""}
        await tab.presses_small(f"/clips/{page.clip}/ask", fields)
        await self.lands(tab)

    async def leaves_by(self, tab: Tab, address: str) -> None:
        self.ledger.thinks_again(self.name, tab.page)
        self.ledger.sends(self.name, tab.page)
        await tab.follows(address)
        await self.lands(tab)

    async def _in_two_tabs(self, tab: Tab, verdict: Verdict) -> None:
        """The same clip in a second tab: a field is typed in each, one is decided in and the other saved or closed."""
        other = self.browser.opens()
        self.did["second tab"] += 1
        await other.goes(self.queue)
        await self.lands(other)
        if other.page.clip == tab.page.clip and other.page.may_decide and other.page.look is None:
            self.typed += 1
            other.types(district=f"District {self.nature.login} {self.typed}")
            first, second = (tab, other) if self.dice.random() < 0.7 else (other, tab)
            await self.presses(first, verdict)
            await self.waits(second, 5)
            if second.page.clip and second.page.typed():
                await self.saves(second)
        self.browser.tabs.remove(other)
        await other.goes("/")  # its page says good-bye

    # Second looks

    async def looks_again(self, tab: Tab) -> None:
        page = tab.page
        opinion = ability(self.desk.job.seed, self.nature, self.desk.scenes[page.clip])
        await self.waits(tab, opinion.seconds)
        if tab.page is not page or page.look is None:
            return
        if self.dice.random() < self.desk.job.habits.types / 4:
            await self._types(tab)
        await self.looks(tab, opinion.verdict)

    async def looks(self, tab: Tab, verdict: Verdict) -> None:
        page = tab.page
        assert page.look is not None
        press = self._press(tab, verdict, again=True)
        self.ledger.sends(self.name, page)
        address, fields = f"/clips/{page.clip}/look", {**page.look, "verdict": verdict.value}
        if page.look_in_outbox:
            outcome = await tab.sends(address, {**fields_of(page), **fields})
        else:
            outcome = await tab.presses_small(address, fields)
            outcome = "shown" if outcome == "went" else outcome
        await self._learns(tab, press, page, outcome)

    # Conflicts

    async def settles(self, tab: Tab) -> None:
        """Looks at what was refused, and chooses between two versions; nothing typed is left behind."""
        for entry in [one for one in self.browser.outbox if one.refused and one.me == tab.page.me]:
            press = self.ledger.open_press(self.name, entry.clip)
            await tab.looks_at_refused(entry)
            await self.lands(tab)
            if press is not None and "verdict" in entry.fields:
                self._reads(press, tab.page)
            await self._chooses(tab)
        await self._chooses(tab)

    async def _chooses(self, tab: Tab) -> None:
        for _ in range(5):
            page = tab.page
            if not (page.clip and page.status in (400, 409) and page.typed()):
                return
            await self.waits(tab, 6)
            await self.saves(tab)

    async def saves(self, tab: Tab) -> None:
        page = tab.page
        address = f"/clips/{page.clip}/edit"
        if page.both:
            side = self.dice.choice(("mine", "theirs"))
            self.did[f"chose {side}"] += 1
            address += f"?pick={side}"
            if side == "theirs":
                self.ledger.gives_way(self.name, page, self.world.clock())
                self.ledger.sends(self.name, _without(page))
            else:
                self.ledger.sends(self.name, page)
        else:
            self.ledger.sends(self.name, page)
        outcome = await tab.sends(address, fields_of(page))
        while outcome == "waits" and tab.page is page and any(one.address == address for one in self._waiting()):
            await self.waits(tab, AGAIN)
            if tab.is_out:
                await self._signs_in_beside(tab)
        await self.lands(tab)


class Organizer(Person):
    """Looks third where two differ, and now and then corrects a name on a page that a colleague has open."""

    async def acts(self, tab: Tab) -> None:
        page = tab.page
        if page.look is not None or page.kept is not None:
            await super().acts(tab)
            return
        if page.claim is not None:
            await tab.goes("/")  # what is in the queue is for the moderators
            await self.lands(tab)
        await self.waits(tab, self.dice.uniform(60, 300))
        if clips := self.desk.open_clips(self):
            await self._corrects(tab, self.dice.choice(clips))
        await self.goes(tab, self.queue)

    async def _corrects(self, tab: Tab, clip: int) -> None:
        await tab.goes(f"/clips/{clip}")
        await self.lands(tab)
        await self.waits(tab, self.dice.uniform(5, 20))
        if tab.page.clip == clip and tab.page.fields:
            self.did["corrected"] += 1
            await self._types(tab)
            await self.saves(tab)


_OTHER = {Verdict.approve: Verdict.reject, Verdict.reject: Verdict.approve, Verdict.later: Verdict.approve}
_VERDICT = {"approved": Verdict.approve, "rejected": Verdict.reject, "later": Verdict.later}


def _without(page: Page) -> Page:
    """The page's form when the other versions are taken."""
    fields = {name: text for name, text in page.fields.items() if name.removeprefix("was_") not in page.both}
    return Page(page.address, fields=fields, action=page.action)
