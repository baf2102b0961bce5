from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request, Response

from relay.almanac.delivery import pruning
from relay.upkeep import doctor, health, outbox, tokens, told_alerts
from relay.upkeep.health import Queue
from relay.upkeep.outbox import ChannelState, TestResult
from relay.upkeep.tokens import TokenView
from relay.upkeep.told_alerts import AlertView
from relay.web.api.answers import answer
from relay.web.api.bearer import Here
from relay.web.api.noted import router as routes
from relay.web.api.schemas import model_of, several

router = routes("What needs a person, and who is told of it.")


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
    have succeeded by now. `free`, `least`: GB of room that there are, and that are kept free.
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


@router.get(
    "/doctor",
    name="doctor",
    response_model=several(CheckView),
    summary="Look the whole installation over.",
)
def look_over(request: Request, relay: Here) -> Response:
    """Mends nothing, and reads no file whole: that is for whoever has the machine, `relay doctor --fix --deep`."""
    found = doctor.check(relay, shots=pruning.stock)
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
