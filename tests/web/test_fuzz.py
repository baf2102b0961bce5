"""Requests that nobody should send, as every role and to every route, made from the desk's own description of itself:
right and wrong numbers, words of another field, signs that no keyboard has. Whatever the answer, it is never a bug's.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relay.almanac.delivery import sign_off
from relay.almanac.plan import queries
from relay.context import Relay
from relay.intake.hand_in import hand_ins
from relay.models import ClipState, MatchKind
from relay.web.rate_limit import RateLimit
from relay.web.render_jobs import RenderJobs
from tests.almanac.cinema import has_version
from tests.moderation.town import Town
from tests.web.conftest import ROLES, Browser
from tests.web.participant import Participant
from tests.web.test_access import REQUESTS, routes

pytestmark = pytest.mark.slow

EXAMPLES = settings.default.max_examples * 3 // 4  # of each route: 150 in `scripts/test`, 20 000 in all
WHO = [*ROLES, "vera"]
SAFE = ("GET", "HEAD", "OPTIONS")
NUMBERS = st.one_of(
    st.integers(-1, 9), st.sampled_from([2**31 - 1, 2**31, 2**63, 10**30, -(2**63), 0.5, "", "x", "1e9", "١", "NaN"])
)
TEXTS = st.one_of(st.text(max_size=12), st.sampled_from(["", " ", "\0", "\r\n", "../..", "%00", "'\"<b>", "é" * 3000]))


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


class Scene:
    """A campaign with clips in each state, a film, a hand-in and a sign-off. What a request changes is put back."""

    def __init__(self, relay: Relay, app: FastAPI, visit: Callable[[str], Browser]) -> None:
        self.relay, self.app = relay, app
        town = Town(relay)
        for state in (*ClipState, ClipState.awaiting):
            town.has_clip(name="Ольга", town="Мга", state=state, family=1)
        town.has_clip(match=MatchKind.near)
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
        self.sha256 = town.sha256(2)
        self.people = {who: visit(who) for who in WHO}
        self.tokens = {who: browser.token() for who, browser in self.people.items()}
        self.cookies = {who: dict(browser.cookies) for who, browser in self.people.items()}
        self.kept = relay.folder() / "as it was.db"
        with sqlite3.connect(self.kept) as copy, sqlite3.connect(relay.folder() / "relay.db") as original:
            original.backup(copy)

    def known(self, operation: Operation, name: str) -> list[str]:
        """What makes sense in this field, so that a request gets beyond the first check."""
        here = {
            "slug": ["proryv80"], "name": ["film", "Ольга"], "sha256": [self.sha256], "version": ["1"],
            **{name: [secret] for name in ("secret", "ticket", "upload") for start, secret in self.secrets.items()
               if operation.path.startswith(start)},
        }  # fmt: skip
        sent = [str(fields[name]) for _method, _path, fields in REQUESTS.values() if name in fields]
        return here.get(name, []) + sent

    def answer(self, who: str, operation: Operation, sent: dict[str, dict[str, str]]) -> int:
        path = operation.path.format(**{name: quote(text, safe="") or "_" for name, text in sent["path"].items()})
        person = self.people[who]
        form = {"form_token": self.tokens[who], **sent["form"]}
        body = {} if operation.method in SAFE else {"data": form}
        try:
            return person.request(operation.method, path, params=sent["query"], **body).status_code
        finally:
            self.put_back(who, operation)

    def put_back(self, who: str, operation: Operation) -> None:
        self.app.state.rate_limit = RateLimit()
        person = self.people[who]
        person.cookies.clear()
        for name, value in self.cookies[who].items():
            person.remembers(name, value)
        if operation.method not in SAFE:
            self.relay.store.engine.dispose()
            for end in ("-wal", "-shm"):
                (self.relay.folder() / f"relay.db{end}").unlink(missing_ok=True)
            shutil.copyfile(self.kept, self.relay.folder() / "relay.db")


@pytest.fixture
def scene(relay, app, visit) -> Iterator[Scene]:
    app.state.render_jobs = RenderJobs({"preview": lambda *_: None, "film": lambda *_: None})
    yield Scene(relay, app, visit)
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
    return st.one_of(*fits, *fits, NUMBERS, TEXTS)


@st.composite
def requests(draw: st.DrawFn, scene: Scene, operation: Operation) -> dict[str, dict[str, str]]:
    sent: dict[str, dict[str, str]] = {"path": {}, "query": {}, "form": {}}
    for place, name, schema in operation.fields:
        if place == "path" or draw(st.integers(0, 3)):
            sent[place][name] = str(draw(values(schema, scene.known(operation, name))))
    if operation.path.endswith("/live"):
        sent["query"]["once"] = "true"  # else the stream never ends
    return sent


def test_no_request_whatever_is_answered_by_a_bug(scene, app):
    made = operations(app)
    every = {re.sub(r":\w+}", "}", path) for _name, path, _methods in routes(app)} - {"/static"}
    assert {operation.path for operation in made} == every
    for operation in made:
        _fuzzed(scene, operation)


def _fuzzed(scene: Scene, operation: Operation, examples: int = EXAMPLES) -> None:
    @settings(max_examples=examples, suppress_health_check=list(HealthCheck))
    @given(who=st.sampled_from(WHO), sent=requests(scene, operation))
    def is_answered(who: str, sent: dict[str, dict[str, str]]) -> None:
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
