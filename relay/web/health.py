"""`/healthz`: for machines that watch. Says nothing that a stranger may not know."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from sqlmodel import select

from relay.alerts import open_alerts
from relay.errors import RelayError
from relay.web.access import relay_of

router = APIRouter()


@router.get("/healthz", name="health")
def health(request: Request, response: Response) -> dict[str, Any]:
    """`status`: `ok`, `attention` (alerts are open) or, with code 503, `down`."""
    try:
        with relay_of(request).reading() as session:
            session.exec(select(1)).one()
            alerts = len(open_alerts(session))
    except RelayError:
        response.status_code = 503
        return {"status": "down"}
    return {"status": "attention" if alerts else "ok", "alerts": alerts}
