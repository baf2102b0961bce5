"""The health page: what needs a person and what to do, what runs, what waits, and which messages were sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import col, select

from relay.alerts import advice, open_alerts
from relay.collect import campaigns, sources
from relay.context import Relay
from relay.models import Alert, CampaignState, need_id
from relay.upkeep import health, outbox, tokens
from relay.web.access import relay_of
from relay.web.page import render

router = APIRouter()

LATELY = timedelta(days=7)
MOST_PAST = 10

Local = Callable[[datetime | None], datetime | None]


@router.get("/health", name="health")
def health_page(request: Request) -> Response:
    relay = relay_of(request)
    local = _local(relay)
    vitals = health.read_vitals(relay)
    return render(
        request,
        "health.html",
        **_alerts(relay, local),
        vitals=vitals,
        local=local,
        jobs=sorted(vitals.jobs),
        names=health.JOBS,
        sources=_sources(relay),
        tokens=[_token_view(token, local) for token in tokens.listing(relay)],
        channels=outbox.channel_states(relay),
    )


def _alerts(relay: Relay, local: Local) -> dict[str, Any]:
    messages = outbox.messages_by_alert(relay)
    with relay.reading() as session:
        now = open_alerts(session)
        over = session.exec(
            select(Alert)
            .where(col(Alert.resolved_at) > relay.now() - LATELY)
            .order_by(col(Alert.resolved_at).desc())
            .limit(MOST_PAST)
        ).all()
    return {
        "alerts": [_alert_view(alert, messages.get(need_id(alert), []), local) for alert in now],
        "past": [_alert_view(alert, [], local) for alert in over],
    }


def _alert_view(alert: Alert, messages: list[dict[str, Any]], local: Local) -> dict[str, Any]:
    newest = {message["channel"]: message for message in messages}
    return {
        "row": alert,
        "advice": advice(alert.key),
        "since": local(alert.first_at),
        "until": local(alert.resolved_at),
        "told": [message | {"sent_at": local(message["sent_at"])} for message in newest.values()],
    }


def _sources(relay: Relay) -> list[dict[str, Any]]:
    """Those that are not simply read, of all campaigns that are not archived."""
    return [
        source | {"campaign": campaign}
        for campaign in campaigns.all_campaigns(relay)
        if campaign.state is not CampaignState.archived
        for source in sources.listing(relay, campaign.slug)
        if source["state"] != "active" or source["reason"]
    ]


def _token_view(token: dict[str, Any], local: Local) -> dict[str, Any]:
    calls = [call | {"until": local(call["until"])} for call in token["calls"]]
    return token | {"until": local(token["until"]), "calls": calls}


def _local(relay: Relay) -> Local:
    """Times of the whole installation are shown in the zone of its newest campaign."""
    zone = next((ZoneInfo(campaign.tz) for campaign in campaigns.all_campaigns(relay)), UTC)
    return lambda moment: moment.astimezone(zone) if moment is not None else None
