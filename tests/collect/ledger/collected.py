"""A small town read by the real collector over the sandbox's VK, and what its report says of what was missed.

Posts on walls and on personal pages; search knows a part of them; walls carry some of the personal ones on; people hand
links in; a third of the walls is paused half-way, so that only the search shows what is new there.
"""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlmodel import select

from relay.collect import campaigns, crawl, sources
from relay.collect.found import posts
from relay.collect.ledger import coverage
from relay.collect.ledger.missed import MissedElsewhere, MissedEstimate
from relay.models import Match, MatchKind, Post
from relay.sandbox.vk.records import Key
from tests.collect.simulation import BEGIN, DAY, HOUR, SLUG, TAG, Job, Simulation

DAYS, WALLS, PEOPLE = 3, 12, 60


def collect(seed: int, folder: Path) -> dict[str, Any]:
    """For posts on listed walls and elsewhere: found, missed, and the bounds that the report tells."""
    job = Job(WALLS, DAYS, 0, 0, faults=0.05, codes=(), restarts_a_day=0, jumps=(), seed=seed)
    simulation = Simulation(job, folder)
    town = simulation.town
    walls = [town.has_group(f"public{number}", f"Посёлок {number}") for number in range(WALLS)]
    people = [town.has_resident("Анна", f"Иванова {number}") for number in range(PEOPLE)]
    dice = random.Random(seed)
    keys = _written(simulation, walls, people, dice)
    relay = simulation.relay
    campaigns.new(
        relay,
        slug=SLUG,
        title="Прорыв",
        hashtags=[TAG],
        opens=BEGIN.isoformat(),
        closes=(BEGIN + DAYS * DAY).isoformat(),
        tz="Europe/Moscow",
    )
    campaigns.start(relay, SLUG, person="olga")
    simulation._adds([f"vk:club{-wall}" for wall in walls] + ["vk:tag"])
    for hours in range(0, DAYS * 24, 4):
        town.moves(4 * HOUR.total_seconds())
        if hours == DAYS * 12:
            for wall in walls[::3]:
                sources.pause(relay, SLUG, f"vk:club{-wall}", person="olga")
        for read in crawl.readings(relay, crawl.due(relay)):
            read()
    simulation.job = Job(WALLS, DAYS, 0, 0, faults=0.0)
    for key in dice.sample(keys, len(keys) // 12):
        posts.add(relay, SLUG, f"https://vk.com/wall{key}", person="vera")
    told, known = coverage.report(relay, SLUG), _known(simulation)
    simulation.store.close()
    there = [key for key in keys if key not in known]
    return {
        "walls": _told(told.estimate, sum(key.owner_id in walls for key in there)),
        "elsewhere": _told(told.elsewhere, sum(key.owner_id not in walls for key in there)),
    }


def _written(simulation: Simulation, walls: list[int], people: list[int], dice: random.Random) -> list[Key]:
    """Half of the posts stand on walls; what walls carry on is a post of theirs, with the same video."""
    town, film, keys = simulation.town, simulation.film, []
    search, end = dice.uniform(0.4, 0.8), BEGIN + DAYS * DAY - 5 * HOUR
    for _ in range(dice.randint(300, 500)):
        at = (BEGIN + (end - BEGIN) * dice.random()).replace(microsecond=0)
        person = dice.choice(people)
        video = town.uploads(person, film, title="Видео", at=at)
        is_indexed = dice.random() < search
        owner = person if dice.random() < 0.5 else dice.choice(walls)
        keys.append(town.posts(owner, f"Читаю {TAG}", videos=[video], at=at, indexed=is_indexed))
        if owner == person and dice.random() < 0.3:
            later = at + timedelta(hours=dice.uniform(0.1, 4))
            wall = dice.choice(walls)
            keys.append(town.posts(wall, f"Делимся {TAG}", videos=[video], at=later, indexed=dice.random() < search))
    return keys


def _known(simulation: Simulation) -> set[Key]:
    ours = select(Post.owner_id, Post.post_id).join(Match, Match.post_id == Post.id)
    with simulation.relay.reading() as session:
        rows = session.exec(ours.where(Match.kind == MatchKind.exact)).all()
    return {Key(int(owner), int(number)) for owner, number in rows}


def _told(estimate: MissedEstimate | MissedElsewhere | None, truth: int) -> dict[str, Any]:
    if estimate is None:
        return {"told": False, "truth": truth}
    return {
        "told": True,
        "found": estimate.found,
        "truth": truth,
        "low": estimate.missed_low,
        "high": estimate.missed_high,
        "holds": estimate.missed_low <= truth <= estimate.missed_high,
    }
