"""Rows of a campaign that nobody has posted to, for the desk's bench and the simulated desk."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any


def digest(number: int) -> str:
    return hashlib.sha256(f"clip {number}".encode()).hexdigest()


def video(number: int, at: datetime) -> dict[str, Any]:
    names = {"network": "vk", "owner_id": str(number), "video_id": str(number), "url": f"https://vk.com/video{number}"}
    return {**names, "author": f"Resident {number}", "state": "fetched", "sha256": digest(number), "created_at": at}


def post(number: int, at: datetime, tag: str) -> dict[str, Any]:
    names = {"network": "vk", "owner_id": str(number), "post_id": str(number), "url": f"https://vk.com/wall{number}"}
    seen = {"published_at": at, "first_seen_at": at, "last_seen_at": at}
    return {**names, **seen, "text": f"Читаю письмо прадеда. {tag}", "author": f"Resident {number}"}
