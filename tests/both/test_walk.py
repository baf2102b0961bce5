"""The same random walk over SQLite and PostgreSQL ends in the same rows, with the same words on the way."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from relay.models import Campaign
from relay.moderation.finding import clips
from tests.both import deeds, walk
from tests.both.deeds import World
from tests.both.walk import Pair
from tests.databases import Databases
from tests.postgres import PostgresDatabases

pytestmark = pytest.mark.slow

SEEDS = range(1, 4)
"""`scripts/both` takes hundreds."""


@pytest.fixture
def pair(empty_database: Path, on_postgres: PostgresDatabases, tmp_path: Path) -> Pair:
    return Pair(Databases(empty_database), on_postgres, tmp_path)


@pytest.mark.parametrize("seed", SEEDS)
def test_both_end_with_the_same_rows_and_said_the_same(pair: Pair, seed: int) -> None:
    walked = pair.walk(seed)

    assert walked.parted == []
    assert not [name for name in walked.did if ": " in name], "a fault of the program"
    assert sum(walked.did.values()) == walk.STEPS


def test_rows_that_were_brought_up_from_any_older_revision_are_the_same(pair: Pair) -> None:
    made = {deeds.makes_a_clip: 3, deeds.decides: 3, deeds.consents: 2, deeds.crawls: 1, deeds.publishes: 1}
    walked = pair.walk(7, steps=60, deeds={**made, deeds.goes_back_and_up: 2, deeds.looks: 1})

    assert walked.parted == []
    assert walked.did["goes_back_and_up"] > 3


def test_the_twin_in_which_one_word_differs_is_found(pair: Pair) -> None:
    def differs(world: World, _chance: object) -> None:
        if world.relay.store.path is None:
            with world.relay.transaction() as session:
                session.get_one(Campaign, 1).title = "Another"

    (found,) = pair.walk(1, steps=1, deeds={differs: 1}).parted
    assert "campaign: " in found


def test_the_twin_in_which_one_answers_otherwise_is_found(pair: Pair) -> None:
    def answers(world: World, _chance: object) -> object:
        return clips.listing(world.relay, "proryv80", clips.ClipFilter())[: None if world.relay.store.path else -1]

    (found,) = pair.walk(1, steps=1, deeds={answers: 1}).parted
    assert "on SQLite" in found


def test_the_twin_whose_record_was_rewritten_is_found(pair: Pair) -> None:
    def rewrites(world: World, _chance: object) -> None:
        with world.relay.store.engine.begin() as connection:
            kind = connection.dialect.name
            if kind == "postgresql":
                connection.execute(text("SET LOCAL session_replication_role = replica"))
            else:
                connection.execute(text("DROP TRIGGER IF EXISTS chain_event_update"))
            connection.execute(text("UPDATE event SET person = 'nobody' WHERE id = 1"))

    assert any("event" in each for each in pair.walk(1, steps=1, deeds={rewrites: 1}).parted)
