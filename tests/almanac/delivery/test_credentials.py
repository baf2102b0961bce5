from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from importlib.metadata import version as version_of
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest
from sqlmodel import select

from relay.almanac.delivery import credentials, versions
from relay.almanac.delivery.credentials import Signed
from relay.almanac.plan import queries
from relay.context import Relay
from relay.errors import NotFound, Refused, ToolMissing
from relay.models import Clip, ClipState, Event
from tests.almanac.cinema import FILM as CONTENT
from tests.almanac.cinema import has_version
from tests.almanac.filming import Camera
from tests.fakes.clock import FakeClock
from tests.moderation.town import Town

media = pytest.mark.media
FILM = ("proryv80", "film")


@pytest.fixture
def film(relay: Relay, camera: Camera) -> Relay:
    """A film of one clip, really made; certificates go by the clock of the machine."""
    pytest.importorskip("c2pa", reason="content credentials are an extra: pip install 'hashtag-relay[c2pa]'")
    town = Town(relay)
    town.has_clip(name="Анна", state=ClipState.approved, duration=2)
    queries.new(relay, *FILM, title="Голоса памяти", all_approved=True)
    has_version(relay, content=camera.films("signed", frames=50).read_bytes())
    return replace(relay, clock=lambda: datetime.now(UTC))


@media
def test_a_signed_copy_is_valid_and_the_film_stays_as_it_is(film: Relay) -> None:
    original = film.folder("almanacs") / "proryv80_film-v1.mp4"
    before = original.read_bytes()
    signed = credentials.sign(film, *FILM, person="Борис")
    assert (signed.path.name, signed.state, signed.signer) == ("proryv80_film-v1-signed.mp4", "Valid", "Relay")
    assert original.read_bytes() == before
    assert "Анна".encode() not in signed.path.read_bytes()
    with pytest.raises(Refused, match="signed already"):
        credentials.sign(film, *FILM, person="Борис")


@media
def test_a_changed_copy_is_told(film: Relay, tmp_path: Path) -> None:
    signed = credentials.sign(film, *FILM, person="Борис").path
    content = bytearray(signed.read_bytes())
    at = content.rindex(b"mdat") + 2000
    content[at] ^= 0xFF
    (tmp_path / "changed.mp4").write_bytes(content)
    assert credentials.read(tmp_path / "changed.mp4").state == "Invalid"
    with pytest.raises(NotFound, match="no content credentials"):
        credentials.read(film.folder("almanacs") / "proryv80_film-v1.mp4")


class Notary:
    """In the place of c2pa: writes what is said behind the film, and reads it back."""

    class C2paError(Exception):
        pass

    def __init__(self, state: str = "Valid") -> None:
        self.state, self.signers, self.fails = state, list[tuple[object, ...]](), False

    def C2paSignerInfo(self, *info: object) -> tuple[object, ...]:  # noqa: N802
        return info

    @property
    def Signer(self) -> Notary:  # noqa: N802
        return self

    def from_info(self, info: tuple[object, ...]) -> Notary:
        self.signers.append(info)
        return self

    def Builder(self, said: dict[str, Any]) -> Notary:  # noqa: N802
        self.said = said
        return self

    def sign_file(self, film: Path, target: Path, signer: Notary) -> None:
        assert signer.signers
        assert not target.exists()
        told = {"first": {"signature_info": {"issuer": "nobody"}}, "last": {"signature_info": {"issuer": "Relay"}}}
        whole = {"active_manifest": "last", "validation_state": self.state, "manifests": told, "said": self.said}
        target.write_bytes(film.read_bytes() + b"|" + json.dumps(whole).encode())
        if self.fails:
            raise self.C2paError("the disk is full")

    def Reader(self, path: Path) -> Notary:  # noqa: N802
        self.path = path
        return self

    def json(self) -> str:
        if b"|" not in self.path.read_bytes():
            raise self.C2paError("ManifestNotFound")
        return self.path.read_bytes().partition(b"|")[2].decode()

    def __enter__(self) -> Notary:
        return self

    def __exit__(self, _kind: type | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        return None


@pytest.fixture
def notary(monkeypatch: pytest.MonkeyPatch) -> Notary:
    pytest.importorskip("cryptography", reason="it comes with the extra")
    made = Notary()
    monkeypatch.setitem(sys.modules, "c2pa", made)  # type: ignore[arg-type]
    return made


@pytest.fixture
def two(relay: Relay) -> list[str]:
    """A film of two clips, which are not in the order of their numbers."""
    town = Town(relay)
    for name in ("Анна", "Вера"):
        town.has_clip(name=name, state=ClipState.approved, duration=10)
    queries.new(relay, *FILM, title="Голоса памяти", all_approved=True)
    row = has_version(relay)
    path = relay.settings.data_dir / row.manifest
    manifest = json.loads(path.read_text())
    manifest["clips"] = [*manifest["clips"][::-1], {"clip": 99, "source": {"from": 1, "to": 2}}]
    path.write_text(json.dumps(manifest))
    with relay.reading() as session:
        return [clip.sha256 for clip in session.exec(select(Clip).order_by(Clip.id))]  # type: ignore[arg-type]


def signatures(relay: Relay) -> list[Event]:
    with relay.reading() as session:
        return list(session.exec(select(Event).where(Event.what == "signed")))


@pytest.mark.slow
def test_the_copy_says_of_what_it_is_made_and_stands_in_the_history(
    relay: Relay, two: list[str], notary: Notary, clock: FakeClock
) -> None:
    folder = relay.folder("almanacs")
    before = {path.name for path in folder.iterdir()}
    left = folder / ".proryv80_film-v1-signed.mp4"
    left.write_bytes(b"of an attempt that was killed")
    rendered = clock.at
    clock.moves(hours=2)
    signed = credentials.sign(relay, *FILM, person="Борис")
    assert signed == Signed(folder / "proryv80_film-v1-signed.mp4", "Valid", "Relay")
    assert {path.name for path in folder.iterdir()} == before | {signed.path.name}
    assert signed.path.read_bytes().startswith(CONTENT + b"|")
    film = sha256(CONTENT).hexdigest()
    clips = [
        {"sha256": two[1], "from": 0, "to": 250},
        {"sha256": two[0], "from": 0, "to": 250},
        {"sha256": "", "from": 1, "to": 2},
    ]
    source = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeCapture"
    when = "2023-01-12T12:00:00+03:00"
    assert notary.said == {
        "title": "Голоса памяти",
        "format": "video/mp4",
        "claim_generator_info": [{"name": "Relay", "version": version_of("hashtag-relay")}],
        "assertions": [
            {
                "label": "c2pa.actions.v2",
                "data": {"actions": [{"action": "c2pa.created", "digitalSourceType": source, "when": when}]},
            },
            {
                "label": "org.hashtag-relay.film",
                "data": {"campaign": "proryv80", "version": 1, "film": film, "clips": clips},
            },
        ],
    }
    chain, key = credentials.identity(relay)
    assert notary.signers == [(b"es256", chain.read_bytes(), key.read_bytes(), None)]
    (event,) = signatures(relay)
    assert (event.subject, event.subject_id, event.person) == ("almanac", 1, "Борис")
    assert (event.at, event.details) == (clock.at, {"version": 1, "file": signed.path.name, "sha256": film})
    assert rendered < event.at


@pytest.mark.slow
def test_a_version_is_signed_once(relay: Relay, two: list[str], notary: Notary) -> None:
    has_version(relay, number=2)
    signed = credentials.sign(relay, *FILM, version=1, person="Борис")
    assert signed.path.name == "proryv80_film-v1-signed.mp4"
    with pytest.raises(Refused) as refused:
        credentials.sign(relay, *FILM, version=1, person="Борис")
    assert str(refused.value) == f"Version 1 has been signed already: {signed.path}."
    assert credentials.sign(relay, *FILM, person="Борис").path.name == "proryv80_film-v2-signed.mp4"
    assert [event.details["version"] for event in signatures(relay)] == [1, 2]


@pytest.mark.slow
def test_a_copy_that_cannot_be_read_back_is_not_kept(relay: Relay, two: list[str], notary: Notary) -> None:
    before = set(relay.folder("almanacs").iterdir())
    notary.state = "Invalid"
    with pytest.raises(Refused) as refused:
        credentials.sign(relay, *FILM, person="Борис")
    assert str(refused.value) == "The signed copy can't be read back (Invalid); it was not kept."
    notary.fails = True
    with pytest.raises(Refused, match="the disk is full"):
        credentials.sign(relay, *FILM, person="Борис")
    assert set(relay.folder("almanacs").iterdir()) == before
    assert signatures(relay) == []


def test_without_the_extra_it_is_told_how_to_get_it(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "c2pa", None)
    with pytest.raises(ToolMissing, match=r"Content credentials need an extra\.") as missing:
        credentials.sign(relay, *FILM, person="Борис")
    assert missing.value.hint == "Run: pip install 'hashtag-relay[c2pa]'"


def test_what_is_not_said_of_a_film_is_read_as_nothing(tmp_path: Path, notary: Notary) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"film")
    with pytest.raises(NotFound) as missing:
        credentials.read(film)
    assert str(missing.value) == "The file film.mp4 has no content credentials."
    film.write_bytes(
        b"film|" + json.dumps({"active_manifest": "a", "manifests": {"a": {"signature_info": {}}}}).encode()
    )
    assert credentials.read(film) == Signed(film, "", "")


@pytest.mark.slow
def test_the_title_is_that_of_the_version_and_else_of_the_plan(relay: Relay, two: list[str]) -> None:
    with relay.reading() as session:
        shown = versions.version(relay, session, *FILM)
    assert credentials.statement(replace(shown, manifest={"title": "Раньше"}), [])["title"] == "Раньше"
    assert credentials.statement(replace(shown, manifest={}), [])["title"] == "Голоса памяти"


def test_the_certificate_is_for_signing_only_and_its_root_signs_nothing_else(relay: Relay, clock: FakeClock) -> None:
    x509 = pytest.importorskip("cryptography.x509", reason="it comes with the extra")
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    chain, key = credentials.identity(relay)
    assert (chain.name, key.name, chain.parent) == ("chain.pem", "key.pem", relay.folder("credentials"))
    own, root = x509.load_pem_x509_certificates(chain.read_bytes())
    private = serialization.load_pem_private_key(key.read_bytes(), None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    assert private.curve.name == "secp256r1"
    assert private.public_key() == own.public_key()
    assert own.public_key() != root.public_key()
    own.verify_directly_issued_by(root)
    root.verify_directly_issued_by(root)
    assert own.serial_number != root.serial_number
    assert [one.subject.rfc4514_string() for one in (own, root)] == ["CN=Relay,O=Relay", "CN=Relay root,O=Relay"]
    for one in (own, root):
        assert one.issuer.rfc4514_string() == "CN=Relay root,O=Relay"
        assert one.not_valid_before_utc == clock.at - timedelta(minutes=5)
        assert one.not_valid_after_utc == clock.at + timedelta(days=3650)
        assert isinstance(one.signature_hash_algorithm, type(root.signature_hash_algorithm))
        assert one.signature_hash_algorithm.name == "sha256"
    subject, authority = x509.SubjectKeyIdentifier.from_public_key, x509.AuthorityKeyIdentifier.from_issuer_public_key
    basic, usage, extended = x509.BasicConstraints, x509.KeyUsage, x509.ExtendedKeyUsage
    rights = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
              "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")  # fmt: skip

    def may(*names: str) -> Any:
        return usage(**{right: right in names for right in rights})

    mail = extended([x509.oid.ExtendedKeyUsageOID.EMAIL_PROTECTION])
    assert [(one.value, one.critical) for one in own.extensions] == [
        (subject(own.public_key()), False),
        (authority(root.public_key()), False),
        (basic(ca=False, path_length=None), True),
        (may("digital_signature"), True),
        (mail, True),
    ]
    assert [(one.value, one.critical) for one in root.extensions] == [
        (subject(root.public_key()), False),
        (authority(root.public_key()), False),
        (basic(ca=True, path_length=0), True),
        (may("key_cert_sign", "crl_sign"), True),
    ]


def test_the_key_is_for_its_owner_s_eyes_from_its_first_byte(relay: Relay) -> None:
    pytest.importorskip("cryptography", reason="it comes with the extra")
    folder = relay.folder("credentials")
    for name in ("key.part", "chain.part"):
        (folder / name).write_text("of an attempt that was killed")
    chain, key = credentials.identity(relay)
    assert (chain.stat().st_mode & 0o777, key.stat().st_mode & 0o777) == (0o600, 0o600)
    assert chain.read_bytes().startswith(b"-----BEGIN CERTIFICATE-----")
    assert key.read_bytes().startswith(b"-----BEGIN PRIVATE KEY-----")
    assert sorted(folder.glob("*.pem")) == [chain, key]
    before = chain.read_bytes(), key.read_bytes()
    assert credentials.identity(relay) == (chain, key)
    assert (chain.read_bytes(), key.read_bytes()) == before
