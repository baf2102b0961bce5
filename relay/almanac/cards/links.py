"""A quote's link: in a code, for readers of codes, and in letters below it, for people."""

from __future__ import annotations

import re
from contextlib import suppress
from urllib.parse import quote, unquote

from relay.almanac.cards.typography import text_width


def ascii_address(link: str) -> str:
    """The address as every reader of codes opens it: the host in ASCII (IDNA), the rest percent-encoded (RFC 3986).

    A QR code has no sign of its own for Cyrillic: what stands in it as such, readers take for Japanese or for UTF-8.
    """
    import httpx

    try:
        return str(httpx.URL(link.strip()))
    except httpx.InvalidURL:
        return quote(link.strip(), safe=URL_SIGNS)


URL_SIGNS = "%:/?#[]@!$&'()*+,;=~"
"""Reserved signs of RFC 3986, and what is encoded already."""


def plain_address(link: str) -> str:
    """The same for people: without a scheme, in letters where it is encoded."""
    import httpx

    with suppress(httpx.InvalidURL, UnicodeError):
        url = httpx.URL(link.strip())
        link = link.strip().replace(url.raw_host.decode(), url.host, 1) if url.host else link
    plain = unquote(link.strip(), errors="strict") if _is_utf8(link) else link.strip()
    return plain.partition("://")[2] or plain


def _is_utf8(link: str) -> bool:
    try:
        unquote(link, errors="strict")
    except UnicodeDecodeError:
        return False
    return True


def address_lines(address: str, face: str, size: float, width: float) -> list[str]:
    """A web address in lines that end where it has a stroke or a dash."""
    lines = [""]
    for piece in re.findall(r"[^/\-]+[/\-]?|[/\-]", address):
        if lines[-1] and text_width(lines[-1] + piece, face, size) > width:
            lines.append("")
        lines[-1] += piece
    return lines
