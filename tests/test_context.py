from __future__ import annotations

import dataclasses
from pathlib import Path

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


@pytest.mark.parametrize(
    ("change", "stands"),
    [
        ({}, True),
        ({"fence": None}, True),
        ({"fence": None, "holder": "somebody else"}, True),
        ({"fence": Fence("bell", 2)}, False),
        ({"fence": Fence("bell", 4)}, False),
        ({"fence": Fence("nothing", 3)}, False),
        ({"holder": "somebody else"}, False),
    ],
)
def test_only_who_holds_the_lease_under_its_number_writes(held: Relay, change: dict[str, object], stands: bool) -> None:
    relay = dataclasses.replace(held, **change)  # type: ignore[arg-type]
    assert relay.stands() is stands
    if stands:
        with relay.transaction() as session:
            session.add(Lease(name="new", holder="", until=relay.now()))
    else:
        with (
            pytest.raises(Interrupted, match=r"^Another process does this work now\.$"),
            relay.transaction() as session,
        ):
            session.add(Lease(name="new", holder="", until=relay.now()))
    with relay.reading() as session:
        assert ("new" in session.exec(select(Lease.name)).all()) is stands


def test_a_process_is_named_after_itself_and_needs_no_fence(relay: Relay) -> None:
    plain = Relay(
        relay.settings, relay.store, relay.sources, relay.fetcher, relay.media, relay.toolbox, clock=relay.clock
    )
    assert (plain.holder, plain.fence, plain.channels) == (own_name(), None, {})
    assert plain.now() == relay.clock()


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
