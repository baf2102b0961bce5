"""`/healthz` and `/metrics`, for monitoring. Strangers learn nothing there that they may not know."""

from __future__ import annotations

import hmac
from datetime import datetime
from functools import partial
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from sqlmodel import func, select

from relay.addresses import is_loopback
from relay.alerts import count_open
from relay.errors import RelayError
from relay.models import Video
from relay.search import counting
from relay.upkeep import health, outbox, tokens
from relay.upkeep.metrics import exposition
from relay.web.access import relay_of, split, visitor_of
from relay.web.client import peer_of

router = APIRouter()

FORWARDED = ("x-forwarded-for", "x-forwarded-host", "x-real-ip", "forwarded", "via")
"""Headers of a proxy: what comes from this machine then comes from anywhere."""


@router.get("/healthz", name="healthz")
def healthz(request: Request, response: Response) -> dict[str, Any]:
    """`status` is `ok`, or `attention` (alerts are open); with code 503 it is `stalled` (there is work that nobody
    does) or `down` (the database can't be read). People at the desk and this very machine are told more. Where
    there are very many videos the queues are looked at every twenty seconds, however often somebody asks.
    """
    relay = relay_of(request)
    try:
        with relay.reading() as session:
            videos = session.scalar(select(func.max(Video.id))) or 0
            vitals = counting.memory(session).once("vitals", partial(health.read_vitals, relay), of=videos)
            alerts = count_open(session)
        more = _details(request, vitals) if _is_one_of_us(request) else {}
    except RelayError:
        response.status_code = 503
        return {"status": "down"}
    if vitals.is_stalled:
        response.status_code = 503
    status = "stalled" if vitals.is_stalled else "attention" if alerts else "ok"
    return {"status": status, "alerts": alerts, **more}


@router.get("/metrics", name="metrics")
def metrics(request: Request) -> Response:
    """Off unless RELAY_METRICS is on. For whoever has RELAY_METRICS_TOKEN, for this machine, and for the desk."""
    settings = relay_of(request).settings
    if not settings.metrics:
        raise HTTPException(404)
    if not _has_token(request, settings.metrics_token.get_secret_value()) and not _is_one_of_us(request):
        return Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})
    text, kind = exposition(relay_of(request))
    return Response(text, headers={"Content-Type": kind})


def _details(request: Request, vitals: health.Vitals) -> dict[str, Any]:
    relay = relay_of(request)
    queues = {"videos": vitals.videos, "clips": vitals.clips, "sources": vitals.sources}
    return {
        "work": {"rings": vitals.has_leader, "wanted_since": vitals.wanted_since, "last_sign": vitals.last_sign},
        "jobs": {
            name: {"deadline": until, "overdue": name in vitals.overdue} for name, until in sorted(vitals.jobs.items())
        },
        "queues": {
            name: {"waiting": queue.count, "oldest_seconds": _age(queue.oldest, vitals.now)}
            for name, queue in queues.items()
        },
        "disk": {"free_gb": round(vitals.free, 1), "kept_free_gb": vitals.least},
        "tokens": [
            {"network": row.network, "token": row.token, "state": row.state, "until": row.until}
            for row in tokens.listing(relay)
        ],
        "messages": [
            {"channel": state.channel, "waiting": state.waiting, "given_up": state.given_up, "sent_at": state.sent_at}
            for state in outbox.channel_states(relay)
        ],
    }


def _is_one_of_us(request: Request) -> bool:
    """Somebody who is signed in, or a program on this machine that asks the desk itself.

    Behind a proxy every request seems to come from this machine, so then, or where the desk has another address, only
    people who are signed in learn more.
    """
    if visitor_of(request).account is not None:
        return True
    if relay_of(request).settings.public_url or any(name in request.headers for name in FORWARDED):
        return False
    host = split(f"//{request.headers.get('host', '')}").hostname or ""
    return is_loopback(peer_of(request)) and (host == "localhost" or is_loopback(host))


def _has_token(request: Request, token: str) -> bool:
    kind, _, given = request.headers.get("authorization", "").partition(" ")
    return bool(token) and kind.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())


def _age(moment: datetime | None, now: datetime) -> float | None:
    return None if moment is None else round((now - moment).total_seconds(), 1)
