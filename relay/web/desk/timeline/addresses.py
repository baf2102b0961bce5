"""Where the pages of a film are."""

from __future__ import annotations

from urllib.parse import quote


def address(slug: str, name: str) -> str:
    return f"/almanacs/{quote(slug)}/{quote(name)}"
