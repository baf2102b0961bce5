"""What is asked of a directory without asking one; whole sign-ins: test_directory.py."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from relay.config import Settings
from relay.errors import RelayError
from relay.moderation.people import oidc
from relay.moderation.people.oidc import Asking, Provider

ISSUER, BACK = "https://museum.test/", "https://desk.test/back"


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://museum.test/token", True), ("http://localhost:8080/", True), ("http://127.0.0.1/x", True),
        ("http://[::1]/", True), ("http://museum.test/token", False), ("javascript:alert(1)", False), ("", False),
        ("https://", False), ("https://[x", False), ("ftp://localhost/", False), ("http://localhost.evil.test/", False),
    ],
)  # fmt: skip
def test_a_directory_is_spoken_to_over_tls_or_on_this_machine(url: str, safe: bool) -> None:
    assert oidc.is_safe(url) is safe


def provider(settings: Settings, documents: dict[str, object], *, secret: str = "s", proxy: str = "") -> Provider:
    told = {"oidc_issuer": ISSUER, "oidc_client_id": "relay", "oidc_client_secret": SecretStr(secret), "proxy": proxy}
    made = Provider(settings.model_copy(update=told), BACK)
    made._document = lambda url: documents[url]  # type: ignore[method-assign]
    return made


DESCRIBED = "https://museum.test/.well-known/openid-configuration"


@pytest.mark.slow
def test_the_way_out_carries_what_the_way_back_is_known_by(settings: Settings) -> None:
    described = {"issuer": ISSUER, "authorization_endpoint": "https://museum.test/ask"}
    address = provider(settings, {DESCRIBED: described}).address(Asking("state", "nonce", "v" * 43))
    assert address.startswith("https://museum.test/ask?")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert asked.items() >= {
        "client_id": "relay", "redirect_uri": BACK, "scope": "openid profile email", "response_type": "code",
        "state": "state", "nonce": "nonce", "code_challenge_method": "S256",
    }.items()  # fmt: skip
    assert asked["code_challenge"] != "v" * 43, "the proof itself stays here"


@pytest.mark.slow
@pytest.mark.parametrize(
    "described",
    [
        {"issuer": "https://museum.test", "authorization_endpoint": "https://museum.test/ask"},
        {"issuer": ISSUER, "authorization_endpoint": "http://museum.test/ask"},
        {"issuer": ISSUER},
    ],
)
def test_a_description_that_is_not_its_own_or_not_safe_is_told(settings: Settings, described: object) -> None:
    with pytest.raises(RelayError, match="description is wrong"):
        provider(settings, {DESCRIBED: described}).address(Asking("s", "n", "v" * 43))


@pytest.mark.slow
def test_nothing_of_this_machines_surroundings_leads_it_elsewhere(settings: Settings) -> None:
    session = provider(settings, {}, proxy="http://proxy.test:3128")._session
    assert (session.trust_env, session.max_redirects) == (False, 0)
    assert session.proxies == {"http": "http://proxy.test:3128", "https": "http://proxy.test:3128"}
    assert session.token_endpoint_auth_method == "client_secret_basic"
    bare = provider(settings, {}, secret="")._session
    assert (bare.proxies, bare.token_endpoint_auth_method) == ({}, "none")
