"""The simulated desk: filled, worked at until everything is judged, and then asked what came of it."""

from __future__ import annotations

import asyncio
import gc
import logging
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import delete, func, or_
from sqlmodel import Session, col, select

from relay.config import Settings
from relay.context import Relay
from relay.media.toolbox import Toolbox
from relay.media.vault import Vault
from relay.models import (
    Account,
    Campaign,
    CampaignState,
    Clip,
    ClipState,
    ClipVideo,
    Inspection,
    LookState,
    Match,
    Post,
    Question,
    Role,
    SecondLook,
    Sighting,
    Video,
    WebSession,
)
from relay.moderation.people import accounts, passwords
from relay.store import Store, add_row, add_rows
from relay.web.app import create_app
from scripts import desk_rows
from tests.fakes.fetcher import FakeFetcher
from tests.moderation.town import cheap_hasher
from tests.web.simulated.browser import Browser
from tests.web.simulated.ledger import Faults, Ledger
from tests.web.simulated.people import Habits, Nature, Organizer, Person
from tests.web.simulated.scenes import Scene, scenes, two_each
from tests.web.simulated.world import Server, World

BEGIN = datetime(2023, 1, 12, 6, 0, tzinfo=UTC)
ERRORS = (0.02, 0.03, 0.04, 0.05, 0.05, 0.06, 0.07, 0.08)
"""Of the eight; five in a hundred on average."""
MOST_EXAMPLES = 20


@dataclass(frozen=True)
class Job:
    """`faults`: the share of requests that go wrong. `jumps`: by so many minutes the server's clock is set ahead for a
    quarter of an hour, one after the other. `hours`: then it ends, whatever waits.
    """

    clips: int = 10_000
    people: int = 8
    organizers: int = 1
    faults: float = 0.02
    jumps: tuple[int, ...] = (12, 25, 240, 15)
    habits: Habits = field(default_factory=Habits)
    seed: int = 1
    slug: str = "proryv80"
    hours: float = 36.0


SMALL = Job(
    clips=64,
    faults=0.06,
    jumps=(12,),
    habits=Habits(
        types=0.5,
        signed_out=0.15,
        slips=0.08,
        asks=0.06,
        puts_aside=0.03,
        passes_on=0.04,
        second_tab=0.08,
        crashes=0.06,
        outages=2.0,
        expiries=0.5,
    ),
)


@dataclass
class DeskFigures:
    """What came of it. `looks`: looks a clip. `right`: share of right verdicts; `two_each`: of two looks each."""

    job: dict[str, Any]
    seconds: float = 0.0
    hours: float = 0.0
    requests: int = 0
    restarts: int = 0
    server_errors: list[str] = field(default_factory=list)
    unjudged: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)
    presses: int = 0
    offline: int = 0
    conflicts: int = 0
    edits: int = 0
    looks: float = 0.0
    right: float = 0.0
    one_look: float = 0.0
    two_each: dict[str, tuple[float, float]] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    did: dict[str, int] = field(default_factory=dict)

    def broken(self) -> list[str]:
        """Which promises were broken."""
        lines = [f"{number} {name}" for name, number in self.faults.items() if number]
        lines += [f"{self.unjudged} clips unjudged"] * bool(self.unjudged)
        return lines + [f"{len(self.server_errors)} server errors"] * bool(self.server_errors)


class DeskSimulation:
    """`DeskSimulation(job, folder).run()`. `browser` and `app`: twins take one that lacks a guard."""

    def __init__(
        self,
        job: Job,
        folder: Path,
        *,
        browser: type[Browser] = Browser,
        app: Callable[[Relay], Any] = create_app,
    ) -> None:
        _quietly()
        self.job, self.browser = job, browser
        self.world, self.ledger = World(BEGIN), Ledger()
        self.scenes = scenes(job.clips, job.seed)
        settings = Settings(_env_file=None, data_dir=folder, second_looks=True, session_hours=240)  # type: ignore[call-arg]
        relay = Relay(
            settings=settings,
            store=Store(settings.db_url),
            sources={},
            fetcher=FakeFetcher(),
            media=Vault(settings.media_folder),
            toolbox=Toolbox(),
            clock=self.world.clock,
        )
        relay.store.upgrade(BEGIN)
        fill(relay, job, self.scenes)
        self.natures = natures(job)
        for nature in self.natures:
            role = Role.organizer if nature.organizes else Role.moderator
            accounts.create(relay, nature.login, nature.name, role, password=f"password of {nature.login}")
        self.store = relay.store
        self.server = Server(self.world, relay, app)
        self.people = [(Organizer if nature.organizes else Person)(self, nature) for nature in self.natures]
        self.dice = random.Random(f"{job.seed} mishaps")
        self._over = (-1e9, False)

    def run(self) -> DeskFigures:
        started = time.monotonic()
        gc.freeze()
        asyncio.run(self._plays())
        gc.unfreeze()
        figures = self._figures()
        figures.seconds = round(time.monotonic() - started, 1)
        self.server.relay.store.close()
        self.store.close()
        return figures

    async def _plays(self) -> None:
        for person in self.people:
            self.world.starts(person.works())
            self.world.starts(self._cuts(person))
        if self.job.jumps:
            self.world.starts(self._sets_the_clock())
        ends = 3600 * self.job.hours
        await self.world.passes(
            until=lambda: self.world.seconds > ends or all(person.is_gone for person in self.people)
        )

    async def _cuts(self, person: Person) -> None:
        """The connection is lost for a while, again and again; and somebody else ends their sign-ins."""
        habits = self.job.habits
        while not person.is_gone and habits.outages:
            await self.world.sleep(self.dice.expovariate(habits.outages) * 3600)
            person.line.is_cut = True
            await self.world.sleep(self.dice.choice((20, 90, 400, 1300)))
            person.line.is_cut = False
            if self.dice.random() < habits.expiries:
                await self.ends_sign_ins(person.nature)
            await person.is_online()

    async def _sets_the_clock(self) -> None:
        """Ahead for a quarter of an hour, and right again."""
        every = 3600 * 0.9 * self._expected_hours() / (len(self.job.jumps) + 1)
        for minutes in self.job.jumps:
            await self.world.sleep(every)
            self.world.is_set(timedelta(minutes=minutes))
            await self.world.sleep(900)
            self.world.is_set(timedelta())

    def _expected_hours(self) -> float:
        return self.job.clips * 1.3 * 55 / self.job.people / 3600

    async def ends_sign_ins(self, nature: Nature) -> None:
        """In a thread, as the desk's own work: it may have to wait for a request that is under way."""
        await asyncio.to_thread(self._ends_sign_ins, nature)

    def _ends_sign_ins(self, nature: Nature) -> None:
        with self.store.transaction() as session:
            account = select(Account.id).where(Account.login == nature.login).scalar_subquery()
            session.exec(delete(WebSession).where(col(WebSession.account_id) == account))

    def open_clips(self, but: Person) -> list[int]:
        """What stands on the screens of the others."""
        tabs = [tab for person in self.people if person is not but for tab in person.browser.tabs]
        return [tab.page.clip for tab in tabs if tab.page.clip and tab.page.may_decide]

    def is_over(self) -> bool:
        """Nothing waits for anybody."""
        at, over = self._over
        if self.world.seconds - at >= 20:
            with self.store.reading() as session:
                self._over = self.world.seconds, not self._waiting(session)
        return self._over[1] and over

    def _waiting(self, session: Session) -> int:
        clips = select(func.count()).where(col(Clip.state).in_([ClipState.awaiting, ClipState.later]))
        waits = or_(col(SecondLook.state) == LookState.waiting, col(SecondLook.state) == LookState.differs)
        asked = (
            select(func.count())
            .select_from(Question)
            .join(Clip, col(Clip.id) == col(Question.clip_id))
            .where(col(Question.answered_at).is_(None), col(Question.closed_at).is_(None))
            .where(col(Clip.state).in_([ClipState.awaiting, ClipState.later]))
        )
        return (
            session.exec(clips).one()
            + session.exec(select(func.count()).where(waits)).one()
            + session.exec(asked).one()
        )

    def _figures(self) -> DeskFigures:
        with self.store.reading() as session:
            faults = self.ledger.check(session)
            states = dict(session.exec(select(Clip.id, Clip.state)).all())
            unjudged = self._waiting(session)
        right = sum(
            (states[number] is ClipState.approved) == scene.fit and states[number] is not ClipState.later
            for number, scene in self.scenes.items()
        )
        moderators = [nature for nature in self.natures if not nature.organizes]
        organizer = Nature("olga", "Ольга", sum(ERRORS) / len(ERRORS), organizes=True)
        return DeskFigures(
            job=asdict(self.job),
            hours=round(self.world.seconds / 3600, 1),
            requests=self.server.requests,
            restarts=self.server.restarts,
            server_errors=self.server.errors[:MOST_EXAMPLES],
            unjudged=unjudged,
            faults=faults.counts(),
            examples=_examples(faults),
            presses=len(self.ledger.presses),
            offline=sum(press.offline for press in self.ledger.presses),
            conflicts=self.ledger.conflicts,
            edits=len(self.ledger.typed),
            looks=round(len(self.ledger.looks()) / self.job.clips, 3),
            right=round(right / self.job.clips, 4),
            one_look=round(1 - sum(nature.errors for nature in moderators) / len(moderators), 4),
            two_each={
                name: two_each(self.job.seed, self.scenes, moderators, third)
                for name, third in (("third a moderator", None), ("third an organizer", organizer))
            },
            lines=dict(sum((person.line.met for person in self.people), Counter())),
            did=dict(sorted(sum((person.did for person in self.people), Counter()).items())),
        )


def _examples(faults: Faults) -> dict[str, list[str]]:
    return {name: lines[:MOST_EXAMPLES] for name, lines in vars(faults).items() if lines}


def natures(job: Job) -> list[Nature]:
    mean = sum(ERRORS) / len(ERRORS)
    moderators = [
        Nature(f"moderator{number}", f"Moderator {number}", ERRORS[number % len(ERRORS)], 5.0 + 2 * (number % 4))
        for number in range(job.people)
    ]
    names = (("olga", "Ольга"), ("vera", "Вера"))
    return [*moderators, *(Nature(*names[number], mean, organizes=True) for number in range(job.organizers))]


def fill(relay: Relay, job: Job, clips: dict[int, Scene]) -> None:
    opens = BEGIN - timedelta(days=8)
    times = {number: opens + timedelta(seconds=600_000 * number / len(clips)) for number in clips}
    with relay.transaction() as session:
        dates = {"opens_at": opens, "closes_at": opens + timedelta(days=300), "created_at": opens}
        words = {"slug": job.slug, "title": "Прорыв", "hashtags": ["#proryv80"], "tz": "Europe/Moscow"}
        campaign = add_row(session, Campaign(**words, **dates, state=CampaignState.running))
        add_rows(session, Inspection, [_inspection(scene, times[number]) for number, scene in clips.items()])
        add_rows(session, Video, [desk_rows.video(number, at) for number, at in times.items()])
        add_rows(session, Post, [desk_rows.post(number, at, "#proryv80") for number, at in times.items()])
        add_rows(session, Sighting, [{"post_id": number, "video_id": number} for number in clips])
        tagged = {"campaign_id": campaign, "kind": "exact", "matched_in": "text", "tag": "#proryv80"}
        add_rows(session, Match, [{**tagged, "post_id": number, "at": at} for number, at in times.items()])
        add_rows(session, Clip, [_clip(campaign, number, at) for number, at in times.items()])
        add_rows(session, ClipVideo, [{"clip_id": number, "video_id": number} for number in clips])


def _inspection(scene: Scene, at: datetime) -> dict[str, Any]:
    shown = {"finding": "review" if scene.sign else "accepted", "flags": ["quiet"] if scene.sign else [], "at": at}
    size = {"duration": scene.seconds, "width": 1280, "height": 720, "has_audio": True, "bytes": 1_000_000}
    return {"sha256": desk_rows.digest(scene.number), **size, **shown}


def _clip(campaign: int, number: int, at: datetime) -> dict[str, Any]:
    names = {"campaign_id": campaign, "sha256": desk_rows.digest(number), "video_id": number, "state": "awaiting"}
    return {**names, "name": f"Resident {number}", "created_at": at, "published_at": at}


def _quietly() -> None:
    """Nothing is written for each request, and a password costs little."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    passwords.password_hasher = cheap_hasher
