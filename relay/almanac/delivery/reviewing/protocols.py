"""The copy of a version that brings its sign-offs' protocols along (sealed_films.py): `<film>-protocol.mp4`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from relay.almanac.delivery import versions
from relay.almanac.delivery.reviewing import sealed_films
from relay.almanac.delivery.reviewing.sealed_films import SignedProtocol
from relay.almanac.delivery.versions import Version
from relay.context import Relay
from relay.errors import DiskFull, Refused, StoreError
from relay.media.files import file_sha256, part_of
from relay.media.toolbox import disk_full
from relay.models import EventKind, EventSubject, SignOff, SignOffVerdict
from relay.records import add_event

SEALS = ("digest", "key", "signature")
"""What stands in a sign-off's evidence beside the protocol itself."""


def attach(relay: Relay, slug: str, name: str, *, version: int = 0, person: str) -> Path:
    """Makes the copy, or makes it anew with protocols that came since. `version` 0: the newest.

    Raises NotFound, Refused where nobody has given a verdict or the film is not the one that was signed off, DiskFull.
    """
    with relay.reading() as session:
        shown = versions.version(relay, session, slug, name, version)
        said = _decided(session, shown)
        if versions.withdrawn_from(session, [int(one["clip"]) for one in shown.manifest.get("clips", [])]):
            raise Refused("A participant has taken a clip of this version back: it is not handed out any more.")
    if not said:
        raise Refused("Nobody has given a verdict on version {version} yet.", version=shown.row.version)
    film = versions.film(relay, shown.row)
    if file_sha256(film) != shown.row.sha256:
        raise Refused("The film's file is not the one that was to be signed off.", hint="Run: relay doctor --deep")
    target = film.with_name(versions.protocol_name(film))
    _write(film, target, [_signed(relay, row.evidence) for row in said])
    relay.shared.share(target)
    with relay.transaction() as session:
        about = (EventSubject.almanac, shown.row.almanac_id)
        details = {"version": shown.row.version, "protocols": len(said), "sha256": shown.row.sha256}
        add_event(session, relay.now(), about, EventKind.protocol_attached, person, **details)
    return target


def sealed(relay: Relay, protocol: Mapping[str, Any]) -> dict[str, str]:
    """Key and signature for a protocol that is just made; nothing where this process has no key."""
    if relay.store.chain_keys is None:
        return {}
    made = sealed_films.signed(relay.store.chain_keys.signing, protocol)
    return {"key": made.key, "signature": made.signature}


def public_key(relay: Relay) -> str:
    """By which protocols of this installation are compared, in hex. Raises StoreError."""
    return sealed_films.public_key(_seed(relay))


def _signed(relay: Relay, evidence: Mapping[str, Any]) -> SignedProtocol:
    """As it was signed with the verdict; one from before there were signatures is signed now."""
    protocol = {name: value for name, value in evidence.items() if name not in SEALS}
    if "signature" in evidence:
        return SignedProtocol(protocol, str(evidence["key"]), str(evidence["signature"]))
    return sealed_films.signed(_seed(relay), protocol)


def _seed(relay: Relay) -> bytes:
    if relay.store.chain_keys is None:
        raise StoreError("Protocols can't be signed: the installation's key is not there.")
    return relay.store.chain_keys.signing


def _decided(session: Session, shown: Version) -> list[SignOff]:
    given = SignOff.render_id == shown.number, col(SignOff.verdict) != SignOffVerdict.none
    of_this_file = SignOff.sha256 == shown.row.sha256
    return list(session.exec(select(SignOff).where(*given, of_this_file).order_by(col(SignOff.id))))


def _write(film: Path, target: Path, protocols: list[SignedProtocol]) -> None:
    part = part_of(target)
    try:
        sealed_films.write(film, part, protocols)
        part.replace(target)
    except OSError as error:
        if disk_full(error):
            raise DiskFull("The disk is full.", hint="Free some space; nothing was lost.") from error
        raise
    finally:
        part.unlink(missing_ok=True)
