"""A museum's directory on loopback: a real OpenID provider, small, whose tokens can be made wrong on purpose."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT, SECRET = "relay", "the client's secret"


class FakeDirectory:
    """`directory.knows(sub="1", preferred_username="anna")`: who signs in next. `spoils(claims=…, header=…, key=…)`:
    what is wrong with the next token. `asked`: what came to the token endpoint.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
        self.person: dict[str, Any] = {}
        self.claims: dict[str, Any] = {}
        self.header: dict[str, Any] = {"alg": "RS256", "kid": "one"}
        self.signs_with: Any = self.key
        self.described: dict[str, Any] = {}
        self.asked: list[dict[str, str]] = []
        self.codes: dict[str, dict[str, str]] = {}
        self.is_down = False
        directory = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                directory.answers(self, urlsplit(self.path).path, {})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                directory.answers(self, urlsplit(self.path).path, {k: v[0] for k, v in parse_qs(body).items()})

            def log_message(self, *_words: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}/museum"
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def closes(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()

    def knows(self, **person: Any) -> None:
        self.person = person

    def spoils(self, *, header: dict[str, Any] | None = None, key: Any = None, **claims: Any) -> None:
        self.header, self.signs_with, self.claims = header or self.header, key or self.key, claims

    def lets_in(self, address: str) -> str:
        """What the person's browser does there: the way back, with a code."""
        asked = {name: value[0] for name, value in parse_qs(urlsplit(address).query).items()}
        assert address.startswith(f"{self.issuer}/authorize?")
        assert (asked["client_id"], asked["response_type"]) == (CLIENT, "code")
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return f"{urlsplit(asked['redirect_uri']).path}?{urlencode({'state': asked['state'], 'code': code})}"

    def answers(self, request: BaseHTTPRequestHandler, path: str, form: dict[str, str]) -> None:
        answer: Any = {
            "/museum/.well-known/openid-configuration": self._description,
            "/museum/keys": lambda: KeySet([self.key]).as_dict(private=False),
            "/museum/token": lambda: self._token(request, form),
        }.get(path, lambda: None)()
        status = 503 if self.is_down else 404 if answer is None else 400 if "error" in answer else 200
        body = json.dumps(answer).encode()
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def _description(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            **self.described,
        }

    def _token(self, request: BaseHTTPRequestHandler, form: dict[str, str]) -> dict[str, Any]:
        self.asked.append(form)
        who = base64.b64decode(request.headers.get("authorization", "").removeprefix("Basic ")).decode()
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if asked is None or who != f"{CLIENT}:{SECRET}" or challenge != asked["code_challenge"]:
            return {"error": "invalid_grant"}
        now = int(self.now())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        told = {name: value for name, value in {**claims, **self.person, **self.claims}.items() if value is not None}
        id_token = jwt.encode(self.header, told, self.signs_with, algorithms=[self.header["alg"]])
        return {"access_token": "x", "token_type": "Bearer", "id_token": id_token}
