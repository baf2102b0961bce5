from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import Query, Request, Response
from pydantic import StringConstraints

from relay.almanac.delivery import pruning
from relay.almanac.delivery.reviewing import protocols
from relay.chain.heads import ChainHead, head_of
from relay.chain.verifying import ChainFault
from relay.errors import NotFound
from relay.intake.lookup import index
from relay.upkeep import doctor, health, hosts, outbox, tokens, told_alerts
from relay.upkeep.health import Queue
from relay.upkeep.hosts import HostView
from relay.upkeep.outbox import ChannelState, TestResult
from relay.upkeep.record import looks as record
from relay.upkeep.tokens import TokenView
from relay.upkeep.told_alerts import AlertView
from relay.web.api.answers import answer
from relay.web.api.bearer import Here
from relay.web.api.noted import router as routes
from relay.web.api.schemas import model_of, several

router = routes("What needs a person, and who is told of it; whether anybody has tampered with the record.")

HeadWords = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,9}:[0-9a-f]{64}$")]
Heads = Annotated[list[HeadWords], Query(max_length=20)]


@dataclass(frozen=True, slots=True)
class CheckView:
    """`wrong`: something is left to do. `fixed`: it was put right just now."""

    what: str
    text: str
    wrong: bool
    fixed: bool


@dataclass(frozen=True, slots=True)
class HealthView:
    """`works`: somebody does the scheduled work; `silent`: nobody does, and there is some. `overdue`: jobs that should
    have succeeded by now. `free`, `least`: GB of room that there are, and that are kept free. `hosts`: processes of a
    cluster; empty on one machine.
    """

    at: datetime
    works: bool
    silent: bool
    overdue: Sequence[str]
    free: float
    least: float
    videos: Queue
    fetching: int
    clips: Queue
    sources: Queue
    channels: Sequence[ChannelState]
    hosts: Sequence[HostView]


@dataclass(frozen=True, slots=True)
class RecordView:
    """`links`: entries of the chain; `facts`: rows with one, by table; `adopted`: those from before the chain.

    `changed`, `removed`: lawfully, and said in the chain. `found`: how many faults there are, `faults`: the first.
    """

    whole: bool
    links: int
    facts: Mapping[str, int]
    adopted: int
    changed: int
    removed: int
    found: int
    faults: Sequence[ChainFault]
    head: ChainHead


@dataclass(frozen=True, slots=True)
class RecordKeys:
    """`record`: the name of the key that seals the record. `protocols`: the public key of sign-offs, in hex."""

    record: str
    protocols: str


@router.get(
    "/doctor",
    name="doctor",
    response_model=several(CheckView),
    summary="Look the whole installation over.",
)
def look_over(request: Request, relay: Here) -> Response:
    """Mends nothing, and reads no file whole: that is for whoever has the machine, `relay doctor --fix --deep`."""
    found = doctor.check(relay, shots=pruning.stock, tables=index.look)
    return answer(request, [CheckView(each.what, each.text, each.wrong, each.fixed) for each in found])


@router.get(
    "/health",
    name="api_health",
    response_model=model_of(HealthView),
    summary="What runs, what waits, and whether messages go out.",
)
def vitals(request: Request, relay: Here) -> Response:
    now = health.read_vitals(relay)
    view = HealthView(
        now.now, now.has_leader, now.is_silent, sorted(now.overdue), round(now.free, 1), now.least, now.videos,
        now.fetching, now.clips, now.sources, outbox.channel_states(relay),
        hosts.listing(relay),
    )  # fmt: skip
    return answer(request, view)


@router.get(
    "/alerts",
    name="alerts",
    response_model=several(AlertView),
    summary="The alerts that are open, what to do about them, and whether they were told.",
)
def listing(request: Request, relay: Here, past: bool = False) -> Response:
    """`past`: also those that are over."""
    return answer(request, told_alerts.listing(relay, past=past))


@router.post(
    "/alerts/test",
    name="test_alerts",
    response_model=several(TestResult),
    summary="Send a test message by every channel now, and say what came back.",
)
def test(request: Request, relay: Here) -> Response:
    return answer(request, list(outbox.test(relay)))


@router.get(
    "/tokens",
    name="network_tokens",
    response_model=several(TokenView),
    summary="The tokens by the end of their digest, how they stand, and what of the day's quota they have used.",
)
def of_networks(request: Request, relay: Here) -> Response:
    """Of the networks, not of people."""
    return answer(request, tokens.listing(relay))


@router.get(
    "/record",
    name="verify_record",
    response_model=model_of(RecordView),
    summary="Whether anybody has changed, removed or added what was recorded.",
)
def verify_record(request: Request, relay: Here, since_head: Heads = []) -> Response:  # noqa: B006 - never changed
    """`since_head`: heads that were kept elsewhere, as letters tell them. Takes seconds where much is recorded."""
    found = record.verify(relay, [head_of(words) for words in since_head])
    view = RecordView(
        found.is_whole, found.links, found.facts, found.adopted, found.changed, found.removed, found.found,
        found.faults, found.head,
    )  # fmt: skip
    return answer(request, view)


@router.get(
    "/record/head",
    name="api_record_head",
    response_model=model_of(ChainHead),
    summary="The place and the seal of the record's last entry, now or at the end of a day.",
)
def record_head(request: Request, relay: Here, day: date | None = None) -> Response:
    found = record.head(relay, day)
    if not found.position:
        raise NotFound("Nothing had been recorded by then.")
    return answer(request, found)


@router.get(
    "/record/key",
    name="record_key",
    response_model=model_of(RecordKeys),
    summary="By what the record is sealed, and the public key by which protocols of sign-offs are compared.",
)
def record_key(request: Request, relay: Here) -> Response:
    return answer(request, RecordKeys(record.keys_of(relay).fingerprint, protocols.public_key(relay)))
