from __future__ import annotations

from fastapi import Request, Response

from relay.upkeep import outbox, tokens, told_alerts
from relay.upkeep.outbox import TestResult
from relay.upkeep.tokens import TokenView
from relay.upkeep.told_alerts import AlertView
from relay.web.api.answers import answer
from relay.web.api.bearer import Here
from relay.web.api.noted import router as routes
from relay.web.api.schemas import several

router = routes("What needs a person, and who is told of it.")


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
