"""Hands a message to a service of apprise. A program of its own, started by channels/notify.py only.

stdin, one JSON line: {"url", "title", "body", "allowed": [[host, port]]}.
stdout, one JSON line: {"sent": true} or {"error": kind}: `missing` (apprise is not installed), `unknown` (no service
has such an address), `refused` (the guard let it connect nowhere) or `failed`. The address is a secret and is never
said.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sys

from relay.media.children import connect_guard


def main() -> None:
    job = json.loads(sys.stdin.readline())
    refusals: list[str] = []
    connect_guard.install([(host, port) for host, port in job["allowed"]], refusals.append)
    with contextlib.redirect_stdout(sys.stderr):
        said = sending(job, refusals)
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


def sending(job: dict[str, str], refusals: list[str]) -> dict[str, object]:
    try:
        import apprise
    except ImportError:
        return {"error": "missing"}
    logging.disable(logging.CRITICAL)  # its words may hold the address
    asset = apprise.AppriseAsset(async_mode=False, app_id="Relay", app_desc="Relay", secure_logging=True)
    service = apprise.Apprise(asset=asset)
    if not service.add(job["url"]):
        return {"error": "unknown"}
    if service.notify(title=job["title"], body=job["body"], body_format=apprise.NotifyFormat.TEXT):
        return {"sent": True}
    return {"error": "refused" if refusals else "failed"}
