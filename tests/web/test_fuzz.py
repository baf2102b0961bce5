"""Requests that nobody should send, as every role and to every route, made from the desk's own description of itself:
right and wrong numbers, words of another field, signs that no keyboard has, fields sent twice, bodies that are none,
headers of broken programs. Whatever the answer, it is never a bug's.

`scripts/test` sends 60 requests to each route. As many as one likes over all routes, and how many it was:
`FUZZ_CASES=20000 scripts/test -n 0 -s tests/web/test_fuzz.py`.
"""

from __future__ import annotations

import os
import re
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from dataclasses import fields as fields_of
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relay.almanac.delivery import sign_off
from relay.almanac.plan import queries
from relay.collect.found.post_filter import PostFilter
from relay.context import Relay
from relay.intake.hand_in import hand_ins
from relay.models import ClipState, MatchKind, Role
from relay.moderation.finding.clip_filter import ClipFilter
from relay.moderation.one_form import FIELDS
from relay.moderation.people import accounts, roles, sessions
from relay.web.background.export_jobs import ExportJobs
from relay.web.background.render_jobs import RenderJobs
from relay.web.rate_limit import RateLimit
from tests.almanac.cinema import has_version
from tests.moderation.town import Town
from tests.web.conftest import ROLES, Browser
from tests.web.participant import Participant
from tests.web.test_access import REQUESTS, routes

pytestmark = pytest.mark.slow

CASES = int(os.environ.get("FUZZ_CASES", "0"))
EXAMPLES = max(1, settings.default.max_examples * 3 // 10)  # of each route: 60 in `scripts/test`
SHARES = 8
"""Tests among which the routes are divided, so that none of them seems to hang."""
IN_ONE_CAMPAIGN = "gleb"
"""Somebody who organizes a single campaign, and has no other role."""
WHO = [*ROLES, IN_ONE_CAMPAIGN, "vera"]
SAFE = ("GET", "HEAD", "OPTIONS")
FORM = "application/x-www-form-urlencoded"
NUMBERS = st.one_of(
    st.integers(-1, 9), st.sampled_from([2**31 - 1, 2**31, 2**63, 10**30, -(2**63), 0.5, "", "x", "1e9", "١", "NaN"])
)
DATES = st.sampled_from(
    ["0001-01-01", "9999-12-31", "2023-02-30", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "+1e9"]
)
TEXTS = st.one_of(
    st.text(max_size=12),
    st.binary(max_size=4),
    st.sampled_from(["", " ", "\0", "\r\n", "../..", "%00", "'\"<b>", "é" * 2500, b"\xed\xa0\x80", "9" * 400]),
)
"""Bytes are sent as they are: half a letter, or half of a pair that stands for one (a lone surrogate)."""
BY_THEMSELVES = (
    *(one.name for kind in (ClipFilter, PostFilter) for one in fields_of(kind)),
    *(f"{start}{name}" for start in ("", "was_", "pick_") for name in FIELDS),
    *("evidence", "key", "draft", "form_token", "lang", "next", "scope", "reason", "note"),
)
"""What pages read beside the fields that their description names."""
RANGES = (
    *("bytes=0-", "bytes=-0", "bytes=-5", "bytes=5-2", "bytes=0-0,2-3", f"bytes={'9' * 400}-", "bytes=a-b", "bytes=-"),
    *("items=1-2", "bytes=" + "0-1," * 60, "bytes=0-0," * 2, "bytes=²-³", "bytes 0-1"),
)
ODD_HEADERS = {
    "range": RANGES,
    "if-range": ('"x"', "W/", "Sun, 99 Nov 9999 99:99:99 GMT"),
    "if-none-match": ("*", '"x', ",,,", 'W/"'),
    "if-modified-since": ("Sun, 99 Nov 9999 99:99:99 GMT", "0", "Thu, 01 Jan 0001 00:00:00 +1400"),
    "cookie": ("relay=\xff; relay-form=\xff", "relay", "=;=;", "relay=" + "x" * 5000, 'relay="\\777"; relay-saved=a b'),
    "accept-language": ("*", "ru-;q=x", "x" * 3000, "fr;q=9" * 50),
    "referer": ("http://[", "/", "http://desk.test/sign-in", "x:y", "http://desk.test:99999999/"),
    "origin": ("http://[", "null", "http://desk.test:x", ""),
    "host": ("", "[", "desk.test:x", "a" * 400),
    "authorization": ("Basic", "Bearer \xff"),
    "x-forwarded-for": ("[", "1.2.3", "::1%x"),
    "x-http-method-override": ("DELETE", "HEAD", "", "x"),
    "x-relay-outbox": ("1", ""),
    "upload-offset": ("0", "-1", "²", "9" * 16),
    "upload-length": ("1", "0", "-1", "٣".encode().decode("latin-1"), "9" * 15),
    "upload-metadata": ("filename", "filename !", "filename 4pyT,filetype", "a b,a b", "filename " + "w6k=" * 900),
}
"""Headers of broken programs, and of none."""
START = b'--x\r\nContent-Disposition: form-data; name="'
ODD_BODIES: tuple[tuple[str, bytes], ...] = (
    (FORM, b"&=;%&%ff=%00&a"),
    (FORM, b"&a=b" * 1500),
    (f"{FORM}; charset=utf-99", b"name=%ff"),
    ("multipart/form-data", b"no boundary"),
    ("multipart/form-data; boundary=", b"--"),
    (f"multipart/form-data; boundary={'x' * 300}", b"--" + b"x" * 300),
    ("multipart/form-data; boundary=x", b"no part"),
    ("multipart/form-data; boundary=x", START + b'name"\r\n\r\nnever ends'),
    ("multipart/form-data; boundary=x", START + b'\xff\0"; filename="\xff\0"\r\nContent-Type: \xff\r\n\r\n\r\n--x--'),
    ("multipart/form-data; boundary=x", START + b'draft"; filename="a"\r\n\r\nb\r\n--x--\r\nrest'),
    ("multipart/form-data; boundary=x; charset=utf-99", START + b'name"\r\n\r\n\xff\r\n--x--'),
    ("application/json", b'{"a":' * 200),
    ("application/json", b"[]"),
    ("text/plain; charset=utf-16", b"\xff\xfe"),
    ("application/offset+octet-stream", b"video"),
    ("\xff", b"\0"),
)
SENT = [0]
"""How many requests were sent in all."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one route. `fields`: what it takes, by place (`path`, `query`, `form`), with the schema of each."""

    method: str
    path: str
    fields: list[tuple[str, str, dict[str, Any]]] = field(hash=False)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def operations(app: FastAPI) -> list[Operation]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a route of several methods has one operation's name
        told = app.openapi()
    app.openapi_schema = None
    schemas = told["components"]["schemas"]
    return [
        Operation(method.upper(), path, _fields(operation, schemas))
        for path, methods in told["paths"].items()
        for method, operation in methods.items()
    ]


def _fields(operation: dict[str, Any], schemas: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    fields = [(one["in"], one["name"], _plain(one["schema"], schemas)) for one in operation.get("parameters", [])]
    for content in operation.get("requestBody", {}).get("content", {}).values():
        body = _plain(content["schema"], schemas)
        fields += [("form", name, _plain(kind, schemas)) for name, kind in body.get("properties", {}).items()]
    return fields


def _plain(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """The schema itself where it is named elsewhere, and the first of several."""
    schema = schema.get("anyOf", [schema])[0]
    return schemas[schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema


Value = str | bytes


@dataclass
class Sent:
    """A request: what stands in its places, which headers it brings beside, and which body instead of a form."""

    path: dict[str, Value] = field(default_factory=dict)
    query: list[tuple[str, Value]] = field(default_factory=list)
    form: list[tuple[str, Value]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    body: tuple[str, bytes] | None = None


class Scene:
    """A campaign with clips in each state, a film, a hand-in and a sign-off. What a request changes is put back."""

    def __init__(self, relay: Relay, app: FastAPI, visit: Callable[[str], Browser], databases: Any) -> None:
        self.app, self.databases = app, databases
        town = Town(relay)
        for state in (*ClipState, ClipState.awaiting):
            town.has_clip(name="Ольга", town="Мга", state=state, family=1)
        town.has_clip(match=MatchKind.near)
        files = [relay.folder() / name for name in ("a poster", "a proxy")]
        for file in files:
            file.write_bytes(bytes(range(256)) * 40)
        self.sha256 = town.sha256(town.has_clip(poster=files[0], proxy=files[1]))
        queries.new(relay, "proryv80", "film", title="Голоса памяти", all_approved=True)
        has_version(relay)
        hand_ins.switch(relay, "proryv80", is_open=True, person="Ольга")
        vera = Participant(relay, visit("vera"))
        vera.fills_in()
        self.secrets = {
            "/receipt/": vera.receipt.rsplit("/", 1)[1],
            "/uploads/": vera.ticket.rsplit("/", 1)[1],
            "/sign-off/": sign_off.ask(relay, "proryv80", "film", to="Глава", position="", person="Ольга").secret,
        }
        accounts.create(relay, IN_ONE_CAMPAIGN, "Глеб", None, password="password of gleb")
        roles.set_role_in(relay, IN_ONE_CAMPAIGN, "proryv80", Role.organizer)
        self.people = {who: visit(who) for who in WHO}
        self.people[IN_ONE_CAMPAIGN].remembers("relay", sessions.sign_in(relay, IN_ONE_CAMPAIGN, "password of gleb"))
        self.tokens = {who: browser.token() for who, browser in self.people.items()}
        self.cookies = {who: dict(browser.cookies) for who, browser in self.people.items()}
        databases.keeps()

    def known(self, operation: Operation, name: str) -> list[str]:
        """What makes sense in this field, so that a request gets beyond the first check."""
        here = {
            "slug": ["proryv80"], "name": ["film", "Ольга"], "sha256": [self.sha256], "version": ["1"],
            **{name: [secret] for name in ("secret", "ticket", "upload") for start, secret in self.secrets.items()
               if operation.path.startswith(start)},
        }  # fmt: skip
        sent = [str(fields[name]) for _method, _path, fields in REQUESTS.values() if name in fields]
        return here.get(name, []) + sent

    def answer(self, who: str, operation: Operation, sent: Sent) -> int:
        SENT[0] += 1
        parts = {name: quote(part, safe="") or "_" for name, part in sent.path.items()}
        path = operation.path.format(**parts) + (f"?{urlencode(sent.query)}" if sent.query else "")
        headers = {name: value.encode("latin-1", "replace") for name, value in sent.headers.items()}
        kind, content = sent.body or (FORM, urlencode([("form_token", self.tokens[who]), *sent.form]).encode())
        body: dict[str, Any] = {}
        if operation.method not in SAFE:
            body = {"content": content}
            headers["content-type"] = kind.encode("latin-1")
        try:
            return self.people[who].request(operation.method, path, headers=headers, **body).status_code
        finally:
            self.put_back(who, operation)

    def put_back(self, who: str, operation: Operation) -> None:
        self.app.state.rate_limit = RateLimit()
        person = self.people[who]
        person.cookies.clear()
        for name, value in self.cookies[who].items():
            person.remembers(name, value)
        if operation.method not in SAFE:
            self.app.state.errands.wait()
            self.app.state.export_jobs.wait()
            self.app.state.render_jobs.wait()
            self.databases.puts_back()


@pytest.fixture
def scene(relay, app, visit, databases) -> Iterator[Scene]:
    app.state.render_jobs = RenderJobs({"preview": lambda *_: None, "film": lambda *_: None})
    app.state.export_jobs = ExportJobs(lambda *_: 1)
    yield Scene(relay, app, visit, databases)
    for thread in threading.enumerate():
        if thread.name.startswith("render"):
            thread.join()


def values(schema: dict[str, Any], known: list[str]) -> st.SearchStrategy[Any]:
    """What may be sent in a field: mostly what fits, so that whole requests get far, and sometimes anything."""
    fits = [st.sampled_from(known)] if known else []
    if "enum" in schema:
        fits.append(st.sampled_from(schema["enum"]))
    elif schema.get("type") == "boolean":
        fits.append(st.sampled_from(["true", "false"]))
    elif schema.get("type") == "integer":
        fits.append(st.integers(1, 9))
    return st.one_of(*fits, *fits, NUMBERS, TEXTS, DATES)


@st.composite
def requests(draw: st.DrawFn, scene: Scene, operation: Operation) -> Sent:
    sent = Sent()
    for place, name, schema in operation.fields:
        if place == "path":
            sent.path[name] = _value(draw, schema, scene.known(operation, name))
        elif draw(st.integers(0, 3)):
            for _twice in range(draw(st.sampled_from([1, 1, 1, 2]))):
                value = _value(draw, schema, scene.known(operation, name))
                (sent.query if place == "query" else sent.form).append((name, value))
    if draw(st.integers(0, 2)) == 0:
        _make_odd(draw, scene, operation, sent)
    if operation.path.endswith("/live"):
        sent.query.append(("once", "true"))  # else the stream never ends
    if operation.path.startswith("/uploads/") and draw(st.integers(0, 3)):
        sent.headers.update({"tus-resumable": "1.0.0", "upload-offset": "0", "upload-length": "5"} | sent.headers)
        sent.body = sent.body or ("application/offset+octet-stream", b"video")
    return sent


def _value(draw: st.DrawFn, schema: dict[str, Any], known: list[str]) -> Value:
    value = draw(values(schema, known))
    return value if isinstance(value, bytes) else str(value)


def _make_odd(draw: st.DrawFn, scene: Scene, operation: Operation, sent: Sent) -> None:
    """A header, a body, or fields that the description does not name."""
    odd = draw(st.sampled_from(["header", "body", "fields"]))
    if odd == "header":
        name = draw(st.sampled_from(sorted(ODD_HEADERS)))
        sent.headers[name] = draw(st.sampled_from(ODD_HEADERS[name]))
    elif odd == "body":
        sent.body = draw(st.sampled_from(ODD_BODIES))
    else:
        for name in draw(st.lists(st.sampled_from(BY_THEMSELVES), max_size=4)):
            value = _value(draw, {}, scene.known(operation, name))
            (sent.query if operation.method in SAFE else sent.form).append((name, value))


@pytest.mark.parametrize("share", range(SHARES))
def test_no_request_whatever_is_answered_by_a_bug(scene, app, share):
    made = operations(app)
    every = {re.sub(r":\w+}", "}", path) for _name, path, _methods in routes(app)} - {"/static", "/api/v1"}
    assert {operation.path for operation in made} == every
    examples, before = -(-CASES // len(made)) or EXAMPLES, SENT[0]
    bugs = [error for operation in made[share::SHARES] if (error := _bug_at(scene, operation, examples)) is not None]
    if bugs:
        raise BaseExceptionGroup("answered by bugs", bugs)
    assert SENT[0] - before >= examples * len(made[share::SHARES])
    print(f"{SENT[0]} requests")  # noqa: T201 - for whoever asks with -s


def _bug_at(scene: Scene, operation: Operation, examples: int) -> BaseException | None:
    try:
        _fuzzed(scene, operation, examples)
    except Exception as error:  # noqa: BLE001 - each route's is told
        return error
    return None


def _fuzzed(scene: Scene, operation: Operation, examples: int) -> None:
    @settings(max_examples=examples, suppress_health_check=list(HealthCheck))
    @given(who=st.sampled_from(WHO), sent=requests(scene, operation))
    def is_answered(who: str, sent: Sent) -> None:
        status = scene.answer(who, operation, sent)
        assert status < 500 or (status == 503 and operation.path == "/healthz")  # no worker runs

    try:
        is_answered()
    except BaseException as error:
        error.add_note(f"at {operation}")
        raise


def test_twin_a_route_with_a_bug_is_found(scene, app):
    @app.get("/broken/{number}", name="healthz")
    def broken(number: int) -> float:
        return 1 / (number - 7)

    with pytest.raises(ZeroDivisionError):
        _fuzzed(scene, next(one for one in operations(app) if "broken" in one.path), 300)
