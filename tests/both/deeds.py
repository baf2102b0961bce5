"""Deeds of people and of the worker, with words and numbers drawn at random. Each is the same for the same draw and the
same database.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from random import Random

from alembic import command
from sqlmodel import SQLModel, col, select

from relay.almanac.delivery import sign_off
from relay.almanac.plan import edits, markers, queries
from relay.collect import campaigns, crawl, sources
from relay.collect.found import near_misses, post_filter, posts
from relay.collect.leading import life, tags
from relay.collect.ledger import coverage
from relay.context import Relay
from relay.erasure import people as erased_people
from relay.erasure import taking_back
from relay.intake.hand_in import hand_ins
from relay.intake.hand_in.form import FormAnswers
from relay.models import (
    Almanac,
    Clip,
    ClipState,
    Post,
    Question,
    Render,
    Role,
    SignOff,
    Verdict,
)
from relay.moderation import audit, claims, consent, desk, withdrawal
from relay.moderation.agreement import answers
from relay.moderation.agreement import links as agreement
from relay.moderation.finding import clips
from relay.moderation.finding.clip_filter import ClipFilter
from relay.moderation.people import accounts
from relay.moderation.review import mending, opinions, second_looks
from relay.moderation.team import queue
from relay.permissions import overrides
from relay.permissions.rules import Use
from tests.both import dump
from tests.fakes.clock import FakeClock
from tests.fakes.source import FakeSource, a_post, a_video, edited
from tests.moderation.town import Town

PEOPLE = ("Анна", "Борис", "Вера Ёжикова")
WORDS = (
    *("", "Ольга", "ольга", "ОЛЬГА", "Ёлка", "елка", "İstanbul", "Straße", 'O\'Neil "Z"', "100 %", "a_b\\c", "  два  "),
    *("é", "e\u0301", "\U0001f39e", "Пётр\u2028Первый", "x" * 300, "я" * 700, "<b>", "NULL", "0", "#proryv80"),
)
SLUGS = ("proryv80", "second", "nobody")
FILMS = ("film", "other", "Nobody")
TAGS = ("#proryv80", "#Прорыв80", "#ёлка", "#ЕЛКА", "#other", "none", "")
FAR = (0, -1, 999, 2**63, 10**20)
"""Numbers of nothing, some larger than a database's own."""

JUDGED = (*[Verdict.approve] * 3, *[Verdict.reject] * 2, *Verdict)

Deed = Callable[["World", Random], object]


class World:
    """One relay with its network, as it stands before the next deed."""

    def __init__(self, relay: Relay, clock: FakeClock, network: FakeSource) -> None:
        self.relay, self.clock, self.network = relay, clock, network
        self.town = Town(relay)
        self.links: dict[Deed, list[str]] = {}
        self.published = 0
        network.knows("gorod", "-1", "Город")
        network.knows("anna", "7", "Анна Иванова")
        for number in range(4):
            self.town.has_clip(name=f"Анна {number}", state=ClipState.approved if number % 2 else ClipState.awaiting)
        sources.add(relay, SLUGS[0], "vk:gorod", person=PEOPLE[0])
        hand_ins.switch(relay, SLUGS[0], is_open=True, person=PEOPLE[0])
        queries.new(relay, SLUGS[0], FILMS[0], all_approved=True, person=PEOPLE[0])

    def some(self, table: type[SQLModel], chance: Random) -> int:
        """The number of a row, or of none."""
        with self.relay.reading() as session:
            known = list(session.exec(select(table.id).order_by(table.id)))  # type: ignore[attr-defined]
        return chance.choice(FAR if not known or chance.random() < 0.05 else known)

    def link(self, of: Deed, chance: Random) -> str:
        return chance.choice([*self.links.get(of, []), "nothing"])

    def has_link(self, of: Deed, secret: str) -> None:
        self.links.setdefault(of, []).append(secret)


def who(chance: Random) -> str:
    return chance.choice(PEOPLE)


def word(chance: Random) -> str:
    return chance.choice(WORDS)


def slug(chance: Random) -> str:
    return chance.choice((*SLUGS, *SLUGS[:1] * 12))


def film(chance: Random) -> tuple[str, str]:
    return slug(chance), chance.choice((*FILMS, *FILMS[:1] * 12))


# Campaigns, sources, posts


def opens(world: World, chance: Random) -> object:
    return campaigns.new(
        world.relay, slug=chance.choice(("second", "second", "proryv80", "Bad Slug")), title=word(chance),
        tz=chance.choice((*["Europe/Moscow", "UTC"] * 3, "Nowhere")),
        hashtags=[chance.choice(TAGS[:5])], aliases=[chance.choice(TAGS)], opens="2023-01-11",
        closes=chance.choice((*["2023-01-18"] * 4, "2023-01-01")),
    )  # fmt: skip


def leads(world: World, chance: Random) -> object:
    relay, name, person = world.relay, slug(chance), who(chance)
    return chance.choice(
        (
            lambda: campaigns.start(relay, name, person=person),
            lambda: campaigns.stop(relay, name, person=person),
            lambda: campaigns.extend(relay, name, "2023-02-01", person=person),
            lambda: life.archive(relay, name, person=person),
            lambda: life.bring_back(relay, name, person=person),
            lambda: campaigns.tick(relay),
        )
    )()


def tags_it(world: World, chance: Random) -> object:
    do = chance.choice((tags.add_hashtag, tags.add_alias, tags.drop))
    return do(world.relay, slug(chance), chance.choice(TAGS), person=who(chance))


def adds_a_source(world: World, chance: Random) -> object:
    address = chance.choice(("vk:gorod", "vk:anna", "vk:nobody", "vk:search", "nonsense"))
    return sources.add(world.relay, slug(chance), address, district=word(chance), person=who(chance))


def pauses(world: World, chance: Random) -> object:
    do = chance.choice((sources.pause, sources.resume))
    return do(world.relay, slug(chance), chance.choice(("vk:gorod", "vk:anna", "7")), person=who(chance))


def publishes(world: World, chance: Random) -> object:
    world.published += 1
    number, told = str(world.published), f"{word(chance)} {chance.choice(TAGS)}"
    post = a_post(told, number, chance.choice(("-1", "7")), videos=chance.choice(((), (a_video(f"{number}00"),))))
    world.network.has(post)
    if chance.random() < 0.3:
        world.network.has(edited(post, f"{told} {word(chance)}", world.clock()))
    return number


def crawls(world: World, chance: Random) -> object:
    if chance.random() < 0.2:
        world.network.is_down()
    try:
        return crawl.crawl(world.relay, slug(chance), deep=chance.random() < 0.3)
    finally:
        world.network.recovers()


def adds_a_post(world: World, chance: Random) -> object:
    number = chance.randint(1, world.published + 2)
    return posts.add(world.relay, slug(chance), f"https://vk.com/wall-1_{number}", person=who(chance))


def accepts_or_not(world: World, chance: Random) -> object:
    do = chance.choice((near_misses.accept, near_misses.turn_down))
    return do(world.relay, world.some(Post, chance), person=who(chance), slug=chance.choice((None, slug(chance))))


# Clips


def makes_a_clip(world: World, chance: Random) -> object:
    return world.town.has_clip(
        name=word(chance), town=word(chance)[:100], text=word(chance), author=word(chance), posts=chance.randint(1, 2),
        state=chance.choice((ClipState.awaiting, ClipState.awaiting, ClipState.approved)), title=word(chance)[:200],
    )  # fmt: skip


def decides(world: World, chance: Random) -> object:
    return desk.decide(
        world.relay, world.some(Clip, chance), chance.choice(JUDGED), person=who(chance),
        seen=chance.choice((ClipState.awaiting, ClipState.awaiting, ClipState.approved)),
        reason=chance.choice(("", "off_topic", word(chance))),
        override=chance.choice(("", word(chance))), at_desk=chance.random() < 0.5,
    )  # fmt: skip


def undoes(world: World, chance: Random) -> object:
    return desk.undo(world.relay, world.some(Clip, chance), person=who(chance), own=chance.random() < 0.5)


def corrects(world: World, chance: Random) -> object:
    fields = {name: word(chance) for name in ("name", "town", "district", "relation", "quote") if chance.random() < 0.5}
    age = chance.choice((None, "", "9", "60+", "9 лет", "14–17", "old"))
    return desk.edit(world.relay, world.some(Clip, chance), person=who(chance), age=age, **fields)  # type: ignore[arg-type]


def consents(world: World, chance: Random) -> object:
    scope = chance.choice((None, "film", "archive", "refused", "public", "nonsense"))
    return consent.note(world.relay, world.some(Clip, chance), scope, word(chance), person=who(chance))


def asks_the_author(world: World, chance: Random) -> object:
    view = agreement.ask(
        world.relay, world.some(Clip, chance), person=who(chance), base_url="https://relay.example",
        days=chance.choice((1, 7, 30, 400)),
    )  # fmt: skip
    world.has_link(asks_the_author, view.link.rpartition("/")[2])
    return view


def answers_as_author(world: World, chance: Random) -> object:
    given = answers.GivenConsent(
        name=word(chance), uses=frozenset(chance.sample(list(Use), 2)), minor=chance.random() < 0.3,
        until=chance.choice(("", "2024-01-01", "2020-01-01", "soon")), guardian=word(chance),
        guardian_agreed=chance.random() < 0.5, refused=chance.random() < 0.2,
    )  # fmt: skip
    return answers.answer(world.relay, world.link(asks_the_author, chance), given, language="ru", visitor="home")


def takes_upon(world: World, chance: Random) -> object:
    clip, person = world.some(Clip, chance), who(chance)
    if chance.random() < 0.3:
        return overrides.take_back(world.relay, clip, person=person)
    return overrides.take_upon(world.relay, clip, person=person, reason=word(chance))


def withdraws(world: World, chance: Random) -> object:
    return taking_back.withdraw(world.relay, world.some(Clip, chance), reason=word(chance), person=who(chance))


def erases_a_person(world: World, chance: Random) -> object:
    name = chance.choice((f"vk:{100 + chance.randint(1, 20)}", str(world.some(Clip, chance)), word(chance)))
    if chance.random() < 0.5:
        return erased_people.report(world.relay, name)
    return erased_people.erase(world.relay, name, reason=word(chance), person=who(chance))


def claims_one(world: World, chance: Random) -> object:
    relay, clip, person = world.relay, world.some(Clip, chance), who(chance)
    return chance.choice(
        (
            lambda: queue.hand_out(relay, slug(chance), person),
            lambda: claims.open_clip(relay, clip, person, "page"),
            lambda: claims.release(relay, clip, person),
            lambda: claims.sign_off(relay, person),
        )
    )()


def asks_a_colleague(world: World, chance: Random) -> object:
    relay, number, person = world.relay, world.some(Question, chance), who(chance)
    return chance.choice(
        (
            lambda: opinions.ask(relay, world.some(Clip, chance), person=person, text=word(chance)),
            lambda: opinions.answer(relay, number, person=person, words=word(chance)),
            lambda: opinions.close(relay, number, person=person),
        )
    )()


def looks_again(world: World, chance: Random) -> object:
    verdict = chance.choice((Verdict.approve, Verdict.reject))
    return second_looks.give(world.relay, world.some(Clip, chance), verdict, person=who(chance), reason="off_topic")


def hands_in(world: World, chance: Random) -> object:
    relay = world.relay
    if chance.random() < 0.3:
        return hand_ins.switch(relay, slug(chance), is_open=chance.random() < 0.8, person=who(chance))
    form = FormAnswers(
        name=word(chance), town=word(chance)[:100], origin="selection", quote=word(chance)[:100], agreed=True,
        contact=word(chance)[:100], url=chance.choice(("", "https://vk.com/video101_456001")),
    )  # fmt: skip
    row, secret = hand_ins.begin(relay, slug(chance), form, consent=word(chance), language="ru", visitor="home")
    return row, secret, hand_ins.receipt(relay, secret)


def takes_in_an_account(world: World, chance: Random) -> object:
    login = chance.choice(("anna", "Anna", "boris", "bad login"))
    return accounts.invite(world.relay, login, who(chance), chance.choice(list(Role)), person=who(chance))


# Films


def plans(world: World, chance: Random) -> object:
    name = film(chance)
    given = chance.choice((None, {"longest": "60"}, {"order": "district"}, {"nonsense": "1"}))
    if chance.random() < 0.5:
        return queries.new(world.relay, *name, title=word(chance), all_approved=True, given=given, person=who(chance))
    return queries.plan(world.relay, *name, given=given, person=who(chance))


def edits_the_plan(world: World, chance: Random) -> object:
    relay, name, clip, person = world.relay, film(chance), world.some(Clip, chance), who(chance)
    return chance.choice(
        (
            lambda: edits.place(relay, *name, clip, before=world.some(Clip, chance), person=person),
            lambda: edits.place(relay, *name, clip, person=person),
            lambda: edits.trim(relay, *name, clip, first=1.0, last=chance.choice((2.5, 0.1, 1e9)), person=person),
            lambda: edits.untrim(relay, *name, clip, person=person),
            lambda: edits.leave_out(relay, *name, clip, reason=word(chance), person=person),
            lambda: edits.bring_back(relay, *name, clip, person=person),
            lambda: edits.pin(relay, *name, clip, chance.choice(("opening", "closing", "", "x")), person=person),
            lambda: edits.undo(relay, *name, person=person),
            lambda: markers.add(relay, *name, clip, 1.5, word(chance), person=person),
        )
    )()


def renders(world: World, chance: Random) -> object:
    """Stands in for the compositor: a version of the film as its plan is now."""
    relay, name = world.relay, film(chance)
    shown = queries.show(relay, *name)
    kept = [
        {
            **dump.plain(each),
            "sha256": world.town.sha256(each.clip),
            "source": {"from": each.in_frame, "to": each.out_frame},
            "film": {"from": 10 * number, "to": 10 * number + 10},
        }
        for number, each in enumerate(shown.segments)
    ]
    told = {"title": shown.title, "clips": kept, "fps": 25, "frames": 50}
    with relay.transaction() as session:
        almanac = session.exec(select(Almanac).where(Almanac.name == name[1]).order_by(col(Almanac.id))).first()
        assert almanac is not None
        made = session.exec(select(Render).where(Render.almanac_id == almanac.id)).all()
        version, folder = len(made) + 1, relay.folder("almanacs")
        file, content = f"{name[0]}_{name[1]}-v{version}", f"film {almanac.id} {version}".encode()
        (folder / f"{file}.json").write_text(json.dumps(told))
        for end in ("mp4", "jpg"):
            (folder / f"{file}.{end}").write_bytes(content)
        session.add(
            Render(
                almanac_id=almanac.id, version=version, file=f"almanacs/{file}.mp4", manifest=f"almanacs/{file}.json",
                poster=f"almanacs/{file}.jpg", sha256=hashlib.sha256(content).hexdigest(), frames=50, fps=25,
                shots_encoded=1, shots_reused=0, seconds=1, at=relay.now(),
            )
        )  # fmt: skip
    return file


def asks_to_sign(world: World, chance: Random) -> object:
    link = sign_off.ask(
        world.relay, *film(chance), to=word(chance), position=word(chance), days=chance.choice((1, 7, 30, 0)),
        person=who(chance),
    )  # fmt: skip
    world.has_link(asks_to_sign, link.secret)
    return link


def signs(world: World, chance: Random) -> object:
    relay, link = world.relay, world.link(asks_to_sign, chance)
    return chance.choice(
        (
            lambda: sign_off.shown(relay, link),
            lambda: sign_off.remark(relay, link, word(chance), seconds=chance.choice((None, 1.0, 99.0))),
            lambda: sign_off.decide(relay, link, chance.choice(("agreed", "remarks", "")), words=word(chance)),
            lambda: sign_off.revoke(relay, world.some(SignOff, chance), person=who(chance)),
        )
    )()


# Looks, time, and the database itself


def looks(world: World, chance: Random) -> object:
    relay, name, clip = world.relay, slug(chance), world.some(Clip, chance)
    return chance.choice(
        (
            lambda: [clips.listing(relay, name, ClipFilter(q=each)) for each in (word(chance), word(chance)[:9])],
            lambda: clips.listing(relay, name, ClipFilter(town=(word(chance),), state=(ClipState.approved,))),
            lambda: clips.listing(relay, name, ClipFilter(source=(chance.choice((*FAR, 1, 2)),))),
            lambda: desk.listing(relay, name),
            lambda: [desk.show(relay, clip), desk.history(relay, clip)],
            lambda: desk.counts(relay, name),
            lambda: audit.listing(relay, audit.DeedFilter()),
            lambda: coverage.report(relay, name),
            lambda: posts.listing(relay, name),
            lambda: post_filter.page(relay, name, post_filter.PostFilter()),
            lambda: near_misses.listing(relay, name),
            lambda: sources.listing(relay, name),
            lambda: queries.listing(relay, name),
            lambda: queries.proposals(relay, *film(chance)),
            lambda: sign_off.listing(relay, *film(chance)),
            lambda: opinions.listing(relay, name),
            lambda: mending.listing(relay, name, "https://relay.example"),
            lambda: withdrawal.films_to_remake(relay),
            lambda: accounts.views(relay),
        )
    )()


def waits(world: World, chance: Random) -> object:
    world.clock.moves(minutes=chance.choice((1, 20, 600, 3000)))
    return None


def works(world: World, _chance: Random) -> object:
    hand_ins.settle(world.relay, withdraw=taking_back.withdraw)
    return taking_back.tend(world.relay), hand_ins.tidy(world.relay), coverage.watch(world.relay)


def goes_back_and_up(world: World, chance: Random) -> object:
    """The database of an older Relay with the rows of this one, as it is brought up to date."""
    revision, store = f"{chance.randint(13, 25):04}", world.relay.store
    with store.engine.connect() as connection, connection.begin():
        command.downgrade(store._alembic(connection), revision)
    store.upgrade(world.clock(), copied=False)
    return revision


DEEDS: Mapping[Deed, int] = {
    opens: 4, leads: 3, tags_it: 2, adds_a_source: 3, pauses: 1, publishes: 6, crawls: 5, adds_a_post: 2,
    accepts_or_not: 2, makes_a_clip: 8, decides: 14, undoes: 4, corrects: 6, consents: 5, asks_the_author: 4,
    answers_as_author: 4, takes_upon: 3, withdraws: 3, erases_a_person: 2, claims_one: 4, asks_a_colleague: 4,
    looks_again: 2, hands_in: 5, takes_in_an_account: 2, plans: 5, edits_the_plan: 12, renders: 3, asks_to_sign: 4,
    signs: 6, looks: 10, waits: 4, works: 2, goes_back_and_up: 1,
}  # fmt: skip
"""How often each is done, beside the others."""
