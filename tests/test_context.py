from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from relay.context import Fence, Relay
from relay.errors import Interrupted, StoreError
from relay.models import Lease
from relay.processes import own_name
from tests.test_processes import a_child_that_has_ended


@pytest.fixture
def held(relay: Relay) -> Relay:
    """A Relay behind the fence of a lease that it holds for the third time."""
    with relay.transaction() as session:
        session.add(Lease(name="bell", holder="test", until=relay.now(), fence=3))
        session.add(Lease(name="other", holder="test", until=relay.now(), fence=4))
    return dataclasses.replace(relay, fence=Fence("bell", 3))


@pytest.mark.slow
def test_only_who_holds_the_lease_under_its_number_writes(held: Relay) -> None:
    cases: list[tuple[dict[str, Any], bool]] = [
        ({}, True),
        ({"fence": None}, True),
        ({"fence": None, "holder": "somebody else"}, True),
        ({"fence": Fence("bell", 2)}, False),
        ({"fence": Fence("bell", 4)}, False),
        ({"fence": Fence("nothing", 3)}, False),
        ({"holder": "somebody else"}, False),
    ]
    for number, (change, holds) in enumerate(cases):
        relay = dataclasses.replace(held, **change)
        assert relay.holds_fence() is holds, change
        if holds:
            with relay.transaction() as session:
                session.add(Lease(name=f"new {number}", holder="", until=relay.now()))
        else:
            with pytest.raises(Interrupted) as told, relay.transaction() as session:
                session.add(Lease(name=f"new {number}", holder="", until=relay.now()))
            assert told.value.line == "Another process does this work now."
    with held.reading() as session:
        names = session.exec(select(Lease.name).where(Lease.name.startswith("new"))).all()  # type: ignore[attr-defined]
    assert names == [f"new {number}" for number, (_, holds) in enumerate(cases) if holds]


def test_a_process_is_named_after_itself_and_needs_no_fence(relay: Relay) -> None:
    plain = Relay(
        relay.settings, relay.store, relay.sources, relay.fetcher, relay.media, relay.toolbox, clock=relay.clock
    )
    assert (plain.holder, plain.fence, plain.channels) == (own_name(), None, {})
    assert plain.now() == relay.clock()


@pytest.mark.slow
def test_the_holder_of_a_lease_is_dead_with_its_process_whatever_it_tried(relay: Relay) -> None:
    name = a_child_that_has_ended()
    assert relay.is_dead(name)
    assert relay.is_dead(f"{name}/attempt")
    assert not relay.is_dead(f"{own_name()}/attempt")


def test_a_folder_is_made_with_all_above_it_and_may_be_there(relay: Relay) -> None:
    path = relay.folder("work", "a", "b")
    assert path == relay.folder("work", "a", "b") == relay.settings.data_dir.absolute() / "work/a/b"
    assert path.is_dir()
    assert relay.folder() == relay.settings.data_dir.absolute()


def test_a_folder_that_can_not_be_made_is_told_with_its_reason(relay: Relay, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    elsewhere = dataclasses.replace(relay, settings=relay.settings.model_copy(update={"data_dir": tmp_path / "file"}))
    with pytest.raises(StoreError) as told:
        elsewhere.folder("work")
    assert told.value.line == (
        f"The folder {tmp_path / 'file' / 'work'} can't be made (Not a directory). Set RELAY_DATA_DIR to another one."
    )
