"""What the children that go out into the network are told: where they may connect, and whom they may believe."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from relay.config import Settings

CA_FILE = "trusted.pem"


def reach(settings: Settings) -> dict[str, object]:
    """The `proxy` and the `allowed` pairs of a child's job: those of the settings, and the proxy itself."""
    return {"proxy": settings.proxy, "allowed": sorted(settings.allowed_private | _address_of(settings.proxy))}


def trust(settings: Settings, folder: Path) -> dict[str, str]:
    """The environment with the usual certificates and those of RELAY_CA_BUNDLE, in one file (yt-dlp takes only one)."""
    import certifi

    parts = [Path(certifi.where())]
    if (own := settings.trusted_file) is not None:
        parts.append(own)
    bundle = folder / CA_FILE
    bundle.write_bytes(b"\n".join(part.read_bytes() for part in parts))
    return {"SSL_CERT_FILE": str(bundle)}


def clean(text: object) -> str:
    """Text of the network as data: no control characters, nothing that a database can't keep."""
    kept = str(text or "").encode("utf-8", "replace").decode()
    return "".join(char for char in kept if char.isprintable() or char in "\n\t").strip()


def number_in(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _address_of(proxy: str) -> set[tuple[str, int]]:
    if not proxy:
        return set()
    parts = urlsplit(proxy if "//" in proxy else f"//{proxy}")
    return {(parts.hostname, parts.port or 80)} if parts.hostname else set()
