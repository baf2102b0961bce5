"""Who may speak in a cluster: whoever sends a task to a worker runs code there, so all show a certificate of one
authority to each other, which `relay cluster init` makes.

Only between processes of one machine (loopback) nothing is asked. Names are not compared, as Dask doesn't; the
authority signs nothing else, and its key is needed by nobody who only works.
"""

from __future__ import annotations

import ssl
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from relay.addresses import is_loopback
from relay.config import Settings
from relay.context import Relay
from relay.errors import ConfigError
from relay.language.sentence import as_sentence
from relay.media.files import make_private, replace_file

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.x509 import Certificate
    from distributed import Security

VALID = timedelta(days=10 * 365)
AUTHORITY, AUTHORITY_KEY, HOST, HOST_KEY = "authority.pem", "authority-key.pem", "host.pem", "host-key.pem"
NEEDED = (AUTHORITY, HOST, HOST_KEY)
"""What each machine has; `AUTHORITY_KEY` may lie in a safe."""


def folder(settings: Settings) -> Path:
    return Path(settings.cluster_folder) if settings.cluster_folder else settings.data_dir.absolute() / "cluster"


def security(settings: Settings, address: str) -> Security | None:
    """How this process shows who it is; None where nobody asks. Raises ConfigError, which says what to do."""
    if find_spec("distributed") is None:
        raise ConfigError(
            "RELAY_CLUSTER needs the package distributed.", hint="Install it: pip install 'hashtag-relay[cluster]'"
        )
    parts = urlsplit(address)
    if parts.scheme == "tcp" and (parts.hostname == "localhost" or is_loopback(parts.hostname or "")):
        return None
    if parts.scheme != "tls" or not parts.hostname or parts.port is None:
        raise ConfigError(
            "RELAY_CLUSTER is wrong: write it like tls://host:8786.",
            hint="Without TLS (tcp://) a cluster stays on one machine.",
        )
    from distributed import Security

    place = folder(settings)
    missing = next((name for name in NEEDED if not (place / name).is_file()), "")
    if missing:
        raise ConfigError(
            "The cluster's certificate {file} is not there.",
            hint="Run relay cluster init once, and copy the folder to every machine.",
            file=place / missing,
        )
    ca, cert, key = (str(place / name) for name in NEEDED)
    try:
        ssl.create_default_context(cafile=ca).load_cert_chain(cert, key)
    except OSError as error:  # which an SSLError is, too
        raise ConfigError(
            "The cluster's certificates in {folder} can't be used ({why}).",
            hint="Copy them once more from the machine that has made them.",
            folder=place,
            why=as_sentence(error.strerror or str(error)),
        ) from error
    files = {"cert": cert, "key": key}
    shown = {f"tls_{role}_{what}": files[what] for role in ("client", "worker", "scheduler") for what in files}
    return Security(tls_ca_file=ca, require_encryption=True, **shown)  # type: ignore[no-untyped-call]


def make(relay: Relay) -> Path:
    """The authority and a machine's certificate, as far as they are not there yet; returns their folder. What is there
    stays: machines that have joined know it. Raises ConfigError where only the authority could sign, and isn't here.
    """
    place = folder(relay.settings)
    make_private(place)
    if all((place / name).is_file() for name in NEEDED):
        return place
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

    host_key = generate_private_key(SECP256R1())
    authority, authority_key = _authority(relay, place)
    host = _signed(relay, "Relay cluster host", host_key, authority_key, authority)
    for name, content in (
        (AUTHORITY_KEY, _key(authority_key)),
        (AUTHORITY, _certificate(authority)),
        (HOST_KEY, _key(host_key)),
        (HOST, _certificate(host)),
    ):
        replace_file(place / name, content)
    return place


def _authority(relay: Relay, place: Path) -> tuple[Certificate, EllipticCurvePrivateKey]:
    """The one that is there, or a new one."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    if not (place / AUTHORITY).is_file():
        made = generate_private_key(SECP256R1())
        return _signed(relay, "Relay cluster authority", made, made, None), made
    try:
        authority = x509.load_pem_x509_certificate((place / AUTHORITY).read_bytes())
        key = load_pem_private_key((place / AUTHORITY_KEY).read_bytes(), None)
    except (OSError, ValueError) as error:
        raise ConfigError(
            "There is an authority in {folder} already, and without its key nothing can be signed.",
            hint="Copy the three files from another machine, or bring {key} back.",
            folder=place,
            key=AUTHORITY_KEY,
        ) from error
    assert isinstance(key, EllipticCurvePrivateKey)
    return authority, key


def _signed(
    relay: Relay, name: str, key: EllipticCurvePrivateKey, by: EllipticCurvePrivateKey, issuer: Certificate | None
) -> Certificate:
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256

    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = x509.CertificateBuilder(
        issuer_name=issuer.subject if issuer is not None else subject,
        subject_name=subject,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=relay.now() - timedelta(days=1),  # clocks of other machines differ
        not_valid_after=relay.now() + VALID,
    )
    is_authority = issuer is None
    for extension in (
        x509.BasicConstraints(ca=is_authority, path_length=0 if is_authority else None),
        x509.KeyUsage(
            digital_signature=not is_authority, key_cert_sign=is_authority, crl_sign=is_authority,
            content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
            encipher_only=False, decipher_only=False,
        ),
    ):  # fmt: skip
        made = made.add_extension(extension, critical=True)
    known = by.public_key()
    made = made.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    made = made.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(known), critical=False)
    return made.sign(by, SHA256())


def _key(key: EllipticCurvePrivateKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _certificate(certificate: Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM)
