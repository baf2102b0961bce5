"""Content credentials: a signed copy of a version, which tells what it was made of and whether it was changed since.

C2PA (c2pa.org, specification 2.x), by the extra `c2pa`. The certificate is this installation's own: players call such a
signer "not trusted" until somebody has vouched for it, but every change of the file shows. There is no time stamp from
outside, so the signature holds as long as the certificate. What is said of clips is their sha256 and the frames used;
people are named on the screen and nowhere else.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from relay.almanac.delivery import versions
from relay.almanac.delivery.versions import Version
from relay.context import Relay
from relay.errors import NotFound, Refused, ToolMissing
from relay.language.sentence import Sentence
from relay.media.files import put_in_place, replace_file
from relay.models import Clip, EventKind, EventSubject, need_id
from relay.records import add_event

YEARS = 10
COMPOSED = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeCapture"
"""IPTC digital source type: an arrangement of captured material."""


@dataclass(frozen=True, slots=True)
class Signed:
    """`state`: what a reader of credentials says of the copy (`Valid`), `signer`: by whom it is."""

    path: Path
    state: str
    signer: str


def sign(relay: Relay, slug: str, name: str, *, version: int = 0, person: str) -> Signed:
    """Writes `<film>-signed.mp4` beside the film, which stays as it is; reads it back before it gets its name.

    Raises NotFound, Refused where a signed copy is there already or the film is damaged, ToolMissing without the extra.
    """
    try:
        import c2pa
    except ImportError as error:
        raise ToolMissing(
            "Content credentials need an extra.", hint="Run: pip install 'hashtag-relay[c2pa]'"
        ) from error
    with relay.reading() as session:
        shown = versions.version(relay, session, slug, name, version)
        clips = _clips(session, shown)
    film = versions.film(relay, shown.row)
    target = film.with_name(versions.signed_name(film))
    if relay.shared.has(target):
        raise Refused("Version {version} has been signed already: {file}.", version=shown.row.version, file=target)
    chain, key = identity(relay)
    part = film.with_name(f".{film.stem}-signed.mp4")
    part.unlink(missing_ok=True)
    info = c2pa.C2paSignerInfo(b"es256", chain.read_bytes(), key.read_bytes(), None)
    try:
        with c2pa.Builder(statement(shown, clips)) as builder, c2pa.Signer.from_info(info) as signer:
            builder.sign_file(film, part, signer)
        found = read(part)
        if found.state != "Valid":
            raise Refused("The signed copy can't be read back ({state}); it was not kept.", state=Sentence(found.state))
        put_in_place(part, target)
        relay.shared.share(target)
    except c2pa.C2paError as error:
        raise Refused("The film can't be signed ({why}).", why=str(error)) from error
    finally:
        part.unlink(missing_ok=True)
    with relay.transaction() as session:
        details = {"version": shown.row.version, "file": target.name, "sha256": shown.row.sha256}
        number = shown.row.almanac_id
        add_event(session, relay.now(), (EventSubject.almanac, number), EventKind.signed, person, **details)
    return Signed(target, found.state, found.signer)


def read(path: Path) -> Signed:
    """What the credentials of a film say. Raises NotFound where it has none that can be read."""
    import c2pa

    try:
        with c2pa.Reader(path) as reader:
            told = json.loads(reader.json())
    except c2pa.C2paError as error:
        raise NotFound("The file {file} has no content credentials.", file=path.name) from error
    active = told["manifests"][told["active_manifest"]]
    return Signed(path, str(told.get("validation_state", "")), str(active["signature_info"].get("issuer", "")))


def statement(shown: Version, clips: list[dict[str, Any]]) -> dict[str, object]:
    """The manifest definition. `clips`: sha256 and frames of the source, in the film's order."""
    action = {"action": "c2pa.created", "digitalSourceType": COMPOSED, "when": shown.local(shown.row.at)}
    made_of = {"campaign": shown.campaign.slug, "version": shown.row.version, "film": shown.row.sha256, "clips": clips}
    return {
        "title": str(shown.manifest.get("title") or shown.almanac.title),
        "format": "video/mp4",
        "claim_generator_info": [{"name": "Relay", "version": version_of("hashtag-relay")}],
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": [action]}},
            {"label": "org.hashtag-relay.film", "data": made_of},
        ],
    }


def identity(relay: Relay) -> tuple[Path, Path]:
    """Certificate chain and key of this installation (PEM), made at first use; the key is for its owner's eyes only."""
    folder = relay.folder("credentials")
    chain, key = folder / "chain.pem", folder / "key.pem"
    if not chain.exists():
        made_chain, made_key = _new_identity(relay.now())
        for path, content, mode in ((key, made_key, 0o600), (chain, made_chain, 0o600)):
            replace_file(path, content, mode=mode)
    return chain, key


def _new_identity(now: datetime) -> tuple[bytes, bytes]:
    """A root that signs one certificate and is forgotten, as C2PA wants it: a chain, for signing and e-mail only."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    def named(text: str) -> x509.Name:
        organisation = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Relay")
        return x509.Name([organisation, x509.NameAttribute(NameOID.COMMON_NAME, text)])

    def certificate(subject: str, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(named(subject))
            .issuer_name(named("Relay root"))
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=5))
            .not_valid_after(now + timedelta(days=365 * YEARS))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), critical=False)
        )

    root, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    above = (
        certificate("Relay root", root.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(certificates=True), critical=True)
        .sign(root, hashes.SHA256())
    )
    below = (
        certificate("Relay", own.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=True)
        .sign(root, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    key = own.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return below.public_bytes(pem) + above.public_bytes(pem), key


def _usage(*, certificates: bool) -> Any:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not certificates,
        key_cert_sign=certificates,
        crl_sign=certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _clips(session: Session, shown: Version) -> list[dict[str, object]]:
    used = [(int(one["clip"]), one["source"]) for one in shown.manifest.get("clips", [])]
    known: dict[int, str] = {}
    for start in range(0, len(used), 500):
        numbers = [number for number, _ in used[start : start + 500]]
        for clip in session.exec(select(Clip).where(col(Clip.id).in_(numbers))):
            known[need_id(clip)] = clip.sha256
    return [{"sha256": known.get(number, ""), "from": source["from"], "to": source["to"]} for number, source in used]
