from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from relay.config import Settings
from relay.context import Relay
from relay.engine import certificates, cluster
from relay.errors import ConfigError

pytest.importorskip("distributed", reason="extra: cluster")


def test_certificates_are_made_once_and_are_readable_for_relay_only(relay: Relay) -> None:
    place = certificates.make(relay)
    before = {path.name: path.read_bytes() for path in place.iterdir()}
    assert set(before) == {*certificates.NEEDED, certificates.AUTHORITY_KEY}
    assert {path.stat().st_mode & 0o077 for path in (place, *place.iterdir())} == {0}
    assert certificates.make(relay) == place
    assert {path.name: path.read_bytes() for path in place.iterdir()} == before


def test_what_is_lost_is_signed_by_the_authority_that_is_there(relay: Relay) -> None:
    """Machines that have joined know no other."""
    place = certificates.make(relay)
    known = (place / certificates.AUTHORITY).read_bytes()
    (place / certificates.HOST).unlink()
    certificates.make(relay)
    assert (place / certificates.AUTHORITY).read_bytes() == known
    host = x509.load_pem_x509_certificate((place / certificates.HOST).read_bytes())
    host.verify_directly_issued_by(x509.load_pem_x509_certificate(known))


def test_without_its_key_no_other_authority_takes_its_place(relay: Relay) -> None:
    place = certificates.make(relay)
    known = (place / certificates.AUTHORITY).read_bytes()
    for name in (certificates.HOST, certificates.AUTHORITY_KEY):
        (place / name).unlink()
    with pytest.raises(ConfigError, match="without its key nothing can be signed"):
        certificates.make(relay)
    assert (place / certificates.AUTHORITY).read_bytes() == known


@pytest.mark.parametrize("spoilt", [b"", b"garbage"])
@pytest.mark.parametrize("name", certificates.NEEDED)
def test_certificates_that_are_none_are_told_in_one_line(relay: Relay, name: str, spoilt: bytes) -> None:
    place = certificates.make(relay)
    (place / name).write_bytes(spoilt)
    with pytest.raises(ConfigError, match="can't be used"):
        certificates.security(relay.settings, "tls://relay.example.org:8786")


def test_the_authority_signs_machines_and_they_sign_nobody(relay: Relay) -> None:
    place = certificates.make(relay)
    authority, host = (
        x509.load_pem_x509_certificate((place / name).read_bytes())
        for name in (certificates.AUTHORITY, certificates.HOST)
    )
    host.verify_directly_issued_by(authority)
    assert [each.extensions.get_extension_for_class(x509.BasicConstraints).value.ca for each in (authority, host)] == [
        True,
        False,
    ]
    assert host.not_valid_before_utc < relay.now() < host.not_valid_after_utc - certificates.VALID / 2


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:8786", "tcp://localhost:8786", "tcp://[::1]:8786"])
def test_between_processes_of_one_machine_nobody_is_asked(settings: Settings, address: str) -> None:
    assert certificates.security(settings, address) is None


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("tcp://relay.example.org:8786", "write it like tls://host:8786"),
        ("tcp://10.0.0.1:8786", "write it like tls://host:8786"),
        ("tls://relay.example.org", "write it like tls://host:8786"),
        ("tls://relay.example.org:8786", "authority.pem is not there"),
    ],
)
def test_beyond_it_only_with_certificates(settings: Settings, address: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        certificates.security(settings, address)


def test_without_the_package_one_line_says_what_to_install(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates, "find_spec", lambda _name: None)
    with pytest.raises(ConfigError) as told:
        certificates.security(settings, "tcp://127.0.0.1:8786")
    assert told.value.hint == "Install it: pip install 'hashtag-relay[cluster]'"


@pytest.mark.slow
def test_who_shows_no_certificate_of_this_authority_is_not_let_in(relay: Relay, tmp_path: Path) -> None:
    """Twin: with one it is."""
    stranger = dataclasses.replace(
        relay, settings=relay.settings.model_copy(update={"cluster_folder": str(tmp_path / "s")})
    )
    ours, theirs = (
        certificates.security(certified.settings, "tls://127.0.0.1:1")
        for certified in (relay, stranger)
        if certificates.make(certified)
    )
    assert asyncio.run(let_in(ours, [ours, theirs, None])) == [True, False, False]


async def let_in(security: Any, who: list[Any]) -> list[bool]:
    cluster.set_up()
    from distributed import Client, Scheduler

    async def is_let_in(shown: Any) -> bool:
        protocol = "tls" if shown is not None else "tcp"
        address = scheduler.address.replace("tls://", f"{protocol}://")
        try:
            async with Client(address, security=shown, asynchronous=True, timeout=3, set_as_default=False):
                return True
        except OSError:
            return False

    scheduler = Scheduler(
        protocol="tls://", host="127.0.0.1", port=0, security=security, dashboard_address="127.0.0.1:0"
    )
    async with scheduler:
        return [await is_let_in(shown) for shown in who]
