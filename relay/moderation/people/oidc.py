"""OpenID Connect with one directory: the code flow with PKCE, state and nonce, by Authlib (OpenID Connect Core 1.0).

What the directory says counts only in an ID token that its own key has signed, for us, now, and for this very sign-in.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from relay.config import Settings
from relay.errors import Refused, RelayError
from relay.sources.web import trusted

TIMEOUT = (5.0, 10.0)
LEEWAY_SECONDS = 60
"""Clocks of two machines differ."""
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures by a key that only the directory has: neither `none` nor one made with a shared secret."""
HERE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Asking:
    """What is remembered between the way out and the way back. `verifier` proves that both were ours (PKCE)."""

    state: str
    nonce: str
    verifier: str


class Provider:
    """The directory of RELAY_OIDC_ISSUER. Every method raises RelayError when it does not answer as it should."""

    def __init__(self, settings: Settings, redirect_uri: str) -> None:
        from authlib.integrations.requests_client import OAuth2Session

        secret = settings.oidc_client_secret.get_secret_value()
        self._issuer, self._client = settings.oidc_issuer, settings.oidc_client_id
        self._session: Any = OAuth2Session(
            self._client,
            secret or None,
            token_endpoint_auth_method="client_secret_basic" if secret else "none",
            scope="openid profile email",
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            default_timeout=TIMEOUT,
        )
        self._session.trust_env = False
        self._session.max_redirects = 0
        self._session.proxies = {"http": settings.proxy, "https": settings.proxy} if settings.proxy else {}
        self._session.mount("https://", _adapter(settings))

    def address(self, asking: Asking) -> str:
        """Where the person's browser goes to sign in."""
        where, _state = self._session.create_authorization_url(
            self._endpoint("authorization_endpoint"),
            state=asking.state,
            nonce=asking.nonce,
            code_verifier=asking.verifier,
        )
        return str(where)

    def claims(self, asking: Asking, code: str, now: int) -> dict[str, Any]:
        """What the directory says of the person who came back with `code`. Raises Refused for a token that is not its
        own, not for us, too old, or of another sign-in.
        """
        token = self._told(
            partial(
                self._session.fetch_token,
                self._endpoint("token_endpoint"),
                grant_type="authorization_code",
                code=code,
                code_verifier=asking.verifier,
            )
        )
        return self._checked(str(token.get("id_token", "")), asking.nonce, now)

    def _checked(self, id_token: str, nonce: str, now: int) -> dict[str, Any]:
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        keys = self._document(self._endpoint("jwks_uri"))
        expected = jwt.JWTClaimsRegistry(
            now=now,
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._client},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            claims = jwt.decode(id_token, KeySet.import_key_set(keys), algorithms=ALGORITHMS).claims
            expected.validate(claims)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise _not_trusted() from error
        if claims.get("azp", self._client) != self._client:
            raise _not_trusted()
        return dict(claims)

    def _endpoint(self, name: str) -> str:
        found = self._document(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != self._issuer:
            raise _misconfigured()
        address = str(found.get(name, ""))
        if not is_safe(address):
            raise _misconfigured()
        return address

    def _document(self, url: str) -> Any:
        def read() -> Any:
            response = self._session.request("GET", url, withhold_token=True, allow_redirects=False)
            response.raise_for_status()
            return response.json()

        found = self._told(read)
        if not isinstance(found, dict):
            raise _misconfigured()
        return found

    def _told(self, ask: Any) -> Any:
        from authlib.common.errors import AuthlibBaseError
        from requests import RequestException

        try:
            return ask()
        except AuthlibBaseError as error:
            raise Refused("The directory refused this sign-in.", hint="Sign in again.") from error
        except (RequestException, ValueError) as error:
            raise RelayError("The directory does not answer.", hint="Sign in with a password, or try later.") from error


def is_safe(url: str) -> bool:
    """Over TLS, or on this machine."""
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in HERE))
    except ValueError:
        return False


def _adapter(settings: Settings) -> Any:
    from requests.adapters import HTTPAdapter

    class Trusting(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **more: Any) -> None:
            super().init_poolmanager(*args, ssl_context=trusted(settings), **more)

    return Trusting()


def _not_trusted() -> Refused:
    return Refused("What the directory said can't be trusted.", hint="Sign in again.")


def _misconfigured() -> RelayError:
    return RelayError("The directory's description is wrong.", hint="Check RELAY_OIDC_ISSUER.")
