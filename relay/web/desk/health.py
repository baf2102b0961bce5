"""The health page: what needs a person and what to do, what runs, what waits, and which messages were sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import col, select

from relay.alerts import advice, open_alerts
from relay.collect import campaigns, sources
from relay.context import Relay
from relay.models import Alert, Campaign, CampaignState, need_id
from relay.upkeep import health, hosts, outbox, tokens
from relay.views import widened
from relay.web.access import relay_of, visitor_of
from relay.web.page import render

router = APIRouter()

LATELY = timedelta(days=7)
MOST_PAST = 10

Local = Callable[[datetime | None], datetime | None]


@router.get("/health", name="health")
def health_page(request: Request) -> Response:
    return _page(request)


@router.post("/health/test", name="test_alerts")
def test_alerts(request: Request) -> Response:
    """Every channel at once; the page that answers says what each of them said."""
    return _page(request, tested=list(outbox.test(relay_of(request))))


def _page(request: Request, *, tested: Sequence[outbox.TestResult] | None = None) -> Response:
    relay = relay_of(request)
    local = _local(relay)
    vitals = health.read_vitals(relay)
    alerts, past = _alerts(relay, local)
    return render(
        request,
        "health.html",
        alerts=alerts,
        past=past,
        vitals=vitals,
        hosts=hosts.listing(relay),
        local=local,
        jobs=sorted(vitals.jobs),
        names=health.JOBS,
        sources=_sources(relay),
        tokens=[_token_view(token, local) for token in tokens.listing(relay)],
        channels=outbox.channel_states(relay),
        tested=tested,
        leads_all=visitor_of(request).may_in(None, "lead"),
    )


@dataclass(frozen=True, slots=True)
class AlertCard:
    """An alert with what to do about it and the newest message of each channel; times in the zone of the page."""

    row: Alert
    advice: str
    since: datetime | None
    until: datetime | None
    told: list[outbox.SentMessage]


def _alerts(relay: Relay, local: Local) -> tuple[list[AlertCard], list[AlertCard]]:
    """Those that are open, and those that were lately."""
    messages = outbox.messages_by_alert(relay)
    with relay.reading() as session:
        now = open_alerts(session)
        over = session.exec(
            select(Alert)
            .where(col(Alert.resolved_at) > relay.now() - LATELY)
            .order_by(col(Alert.resolved_at).desc())
            .limit(MOST_PAST)
        ).all()
    return [_alert_view(alert, messages.get(need_id(alert), []), local) for alert in now], [
        _alert_view(alert, [], local) for alert in over
    ]


def _alert_view(alert: Alert, messages: list[outbox.SentMessage], local: Local) -> AlertCard:
    newest = {message.channel: message for message in messages}
    return AlertCard(
        row=alert,
        advice=advice(alert.key),
        since=local(alert.first_at),
        until=local(alert.resolved_at),
        told=[replace(message, sent_at=local(message.sent_at)) for message in newest.values()],
    )


@dataclass(frozen=True, slots=True)
class SourceInTrouble(sources.SourceView):
    campaign: Campaign


def _sources(relay: Relay) -> list[SourceInTrouble]:
    """Those that are not simply read, of all campaigns that are not archived."""
    return [
        widened(SourceInTrouble, source, campaign=campaign)
        for campaign in campaigns.all_campaigns(relay)
        if campaign.state is not CampaignState.archived
        for source in sources.listing(relay, campaign.slug)
        if source.state != "active" or source.reason
    ]


def _token_view(token: tokens.TokenView, local: Local) -> tokens.TokenView:
    calls = [replace(call, until=local(call.until)) for call in token.calls]
    return replace(token, until=local(token.until), calls=calls)


def _local(relay: Relay) -> Local:
    """Times of the whole installation are shown in the zone of its newest campaign."""
    zone = next((ZoneInfo(campaign.tz) for campaign in campaigns.all_campaigns(relay)), UTC)
    return lambda moment: moment.astimezone(zone) if moment is not None else None
