"""Requests as OpenAPI describes them, and such as it doesn't, with right and wrong values of every kind: whatever the
answer, it is never a bug's, and it is what OpenAPI says of it.

`scripts/test` sends some to each operation. More: `FUZZ_CASES=20000 scripts/test -n 0 -s tests/web/api`.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from typing import Any
from urllib.parse import quote

import jsonschema
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relay.almanac.assets import quotes
from relay.almanac.hearing import proposals
from relay.almanac.plan import queries
from relay.context import Relay
from relay.models import ClipState, MatchKind, Role
from relay.moderation.people import accounts, api_tokens, roles
from relay.web.api import openapi
from relay.web.background.export_jobs import ExportJobs
from relay.web.background.render_jobs import RenderJobs
from relay.web.rate_limit import RateLimit
from tests.almanac.cinema import has_version
from tests.almanac.hearing.said import BREAD, heard
from tests.moderation.town import Town
from tests.web.api.conftest import Program
from tests.web.conftest import ROLES

pytestmark = pytest.mark.slow

CASES = int(os.environ.get("FUZZ_CASES", "0"))
EXAMPLES = max(1, settings.default.max_examples // 8)
SHARES = 4
IN_ONE_CAMPAIGN = "gleb"
WHO = [*ROLES, IN_ONE_CAMPAIGN, "vera"]
NUMBERS = (
    *("clip_id", "post_id", "source", "errand", "card", "account", "version", "number", "remark"),
    *("line", "emblem", "quote", "picture", "track", "token", "export"),
)
WORDS: dict[str, list[str]] = {"slug": ["proryv80"], "name": ["film"], "tag": ["proryv80", "голоса80"]}
CHOICES = {"table": ["posts", "clips", "consents"], "language": ["ru"], "kind": ["srt", "vtt"], "place": ["0", "1"]}
KNOWN: dict[str, list[str]] = {**WORDS, **CHOICES} | {part: ["1", "2", "5"] for part in NUMBERS}
ODD_TEXT = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["", " ", "\0", "\r\n", "../..", "%00", "'\"<b>", "é" * 3000, "9" * 400, "\ud800", "2023-02-30", "0001-01-01"]
    ),
)
ODD_NUMBER = st.one_of(
    st.integers(-1, 9),
    st.sampled_from([2**31 - 1, 2**31, 2**63, 10**30, -(2**63), 0.5, 1e308, float("nan"), float("inf")]),
)
ODD = st.recursive(
    st.one_of(st.none(), st.booleans(), ODD_NUMBER, ODD_TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(ODD_TEXT, inner, max_size=3)),
    max_leaves=6,
)
ODD_BODIES = (b"", b"{", b"[]", b"null", b'{"a":' * 200, b"\xff\xfe", b'{"name": "\xed\xa0\x80"}', b'"\\ud800"', b"NaN")
ODD_HEADERS = {
    "authorization": ("Bearer", "Bearer \xff", "Basic YTpi", "bearer " + "x" * 500, ""),
    "accept-language": ("*", "ru-;q=x", "x" * 3000),
    "if-match": ("*", '"x', ",,,", 'W/"', '"é"'),
    "if-none-match": ("*", '"x', ",,,"),
    "range": ("bytes=0-", f"bytes={'9' * 400}-", "bytes=5-2", "items=1-2"),
    "content-type": ("", "text/plain", "application/json; charset=utf-99", "multipart/form-data; boundary=x"),
    "x-http-method-override": ("DELETE",),
}
BODIES_KNOWN = {
    "slug": "other", "url": "https://vk.com/wall-1_2", "address": "vk:tag", "closes": "2030-01-01",
    "opens": "2023-01-11",
    "hashtags": "#autumn", "campaign": "proryv80", "format": "9:16", "size": "720", "language": "ru", "captions": "ru",
    "theme": "night", "kind": "chapter", "login": "gleb2", "ask": "name", "credits": "all",
}  # fmt: skip
SENT = [0]


class ApiScene:
    """A campaign with clips in each state and a film. What a request changes is put back."""

    def __init__(self, relay: Relay, app: FastAPI, databases: Any) -> None:
        self.app, self.databases, self.met = app, databases, Counter[int]()
        self.document = openapi.document(app.state.api, "en")
        town = Town(relay)
        for state in (*ClipState, ClipState.awaiting):
            town.has_clip(name="Ольга", town="Мга", state=state, family=1)
        town.has_clip(match=MatchKind.near)
        quotes.add(relay, town.slug, BREAD, number="7")
        for clip in (1, 2):
            heard(town, clip, BREAD)
            proposals.renew(relay, clip)
        queries.new(relay, "proryv80", "film", title="Голоса памяти", all_approved=True)
        has_version(relay)
        self.people = {"vera": Program(app, "")}
        for who, role in {**ROLES, IN_ONE_CAMPAIGN: None}.items():
            accounts.create(relay, who, who.title(), role, password=f"password of {who}")
            if role is None:
                roles.set_role_in(relay, who, "proryv80", Role.organizer)
            self.people[who] = Program(app, api_tokens.make(relay, who, "script", may_write=True).token)
        app.state.render_jobs = RenderJobs({"preview": lambda *_: None, "film": lambda *_: None})
        app.state.export_jobs = ExportJobs(lambda *_: 1)
        databases.keeps()

    def sends(self, who: str, method: str, path: str, **more: Any) -> Any:
        SENT[0] += 1
        try:
            answer = self.people[who].request(method, path, **more)
            self.met[answer.status_code] += 1
            return answer
        finally:
            self.app.state.rate_limit = RateLimit()
            self.app.state.errands.wait()
            self.app.state.export_jobs.wait()
            if method != "GET":
                self.databases.puts_back()


@pytest.fixture
def scene(relay: Relay, app: FastAPI, databases: Any) -> ApiScene:
    return ApiScene(relay, app, databases)


def fitting(document: dict[str, Any], schema: dict[str, Any], known: list[Any]) -> st.SearchStrategy[Any]:
    """Values of a schema, and now and then any other; the simplest, with which every run begins, is right."""
    fits = _of_schema(document, schema, known)
    return st.integers(0, 9).flatmap(lambda dice: ODD if dice == 9 else fits)


def _of_schema(document: dict[str, Any], schema: dict[str, Any], known: list[Any]) -> st.SearchStrategy[Any]:
    if "$ref" in schema:
        return _of_schema(document, document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], known)
    if "anyOf" in schema:
        return st.one_of(*(_of_schema(document, one, known) for one in schema["anyOf"]))
    chosen = schema.get("enum", [schema["const"]] if "const" in schema else [])
    kinds = {"integer": st.integers(1, 9), "number": st.floats(0, 60), "boolean": st.booleans(), "null": st.none()}
    if chosen or schema.get("type") in kinds:
        return st.sampled_from(chosen) if chosen else kinds[schema["type"]]
    if schema.get("type") == "array":
        return st.lists(fitting(document, schema.get("items", {}), known), max_size=3)
    if schema.get("type") == "object":
        return _objects(document, schema, known)
    return st.one_of(st.sampled_from(known or ["Ольга"]), st.text(max_size=8))


def _objects(document: dict[str, Any], schema: dict[str, Any], known: list[Any]) -> st.SearchStrategy[Any]:
    fields = {
        name: fitting(document, one, [BODIES_KNOWN[name]] if name in BODIES_KNOWN else known)
        for name, one in schema.get("properties", {}).items()
    }
    if not fields and isinstance(schema.get("additionalProperties"), dict):
        names = schema.get("propertyNames", {}).get("enum") or ["1", "order", "title"]
        return st.dictionaries(st.sampled_from(names), fitting(document, schema["additionalProperties"], known))
    needed = {name: one for name, one in fields.items() if name in schema.get("required", [])}
    return st.fixed_dictionaries(needed, optional={name: one for name, one in fields.items() if name not in needed})


@st.composite
def requests(draw: st.DrawFn, document: dict[str, Any], path: str, operation: dict[str, Any]) -> dict[str, Any]:
    parts, query = {}, {}
    for one in operation.get("parameters", []):
        value = draw(fitting(document, one["schema"], KNOWN.get(one["name"], [])))
        if one["in"] == "path":
            parts[one["name"]] = _in_path(
                draw(st.sampled_from(KNOWN[one["name"]])) if draw(st.integers(0, 5)) < 5 else value
            )
        elif draw(st.booleans()):
            query[one["name"]] = _in_path(value)
    sent: dict[str, Any] = {"path": path.format(**parts), "headers": {}}
    if query:
        sent["path"] += "?" + "&".join(f"{name}={value}" for name, value in query.items())
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        sent["headers"]["content-type"] = kind.replace("*", "mp4").encode()
        body = draw(fitting(document, content["schema"], [])) if kind == "application/json" else draw(ODD_TEXT)
        sent["content"] = json.dumps(body).encode("utf-8", "surrogatepass")
        if draw(st.integers(0, 9)) == 9:
            sent["content"] = draw(st.sampled_from(ODD_BODIES))
    if draw(st.integers(0, 5)) == 5:
        name = draw(st.sampled_from(sorted(ODD_HEADERS)))
        sent["headers"][name] = draw(st.sampled_from(ODD_HEADERS[name])).encode("latin-1", "replace")
    return sent


def _in_path(value: Any) -> str:
    return quote(str(value).encode("utf-8", "surrogatepass"), safe="")[:1500] or "_"


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


@pytest.mark.parametrize("share", range(SHARES))
def test_no_request_whatever_is_answered_by_a_bug_or_by_something_else_than_was_said(scene, share):
    made, before = operations(scene.document), SENT[0]
    examples, bugs = -(-CASES // len(made)) or EXAMPLES, []
    for method, path, operation in made[share::SHARES]:
        try:
            _fuzzed(scene, method, path, operation, examples)
        except Exception as error:  # noqa: BLE001 - each operation's is told
            error.add_note(f"at {method} {path}")
            bugs.append(error)
    if bugs:
        raise ExceptionGroup("answered by bugs", bugs)
    sent = SENT[0] - before
    assert sent >= examples * len(made[share::SHARES])
    assert sum(count for status, count in scene.met.items() if status < 300) > sent / 10, "most got nowhere"
    print(f"{SENT[0]} requests: {dict(scene.met)}")  # noqa: T201 - for whoever asks with -s


def _fuzzed(scene: ApiScene, method: str, path: str, operation: dict[str, Any], examples: int) -> None:
    @settings(max_examples=examples, suppress_health_check=list(HealthCheck))
    @given(who=st.sampled_from(["olga", "olga", *WHO]), sent=requests(scene.document, path, operation))
    def is_answered(who: str, sent: dict[str, Any]) -> None:
        answer = scene.sends(who, method, sent["path"], headers=sent["headers"], content=sent.get("content"))
        assert answer.status_code < 500 or answer.headers["content-type"] == "application/problem+json", answer.text
        assert answer.status_code != 500
        holds(scene.document, operation, answer)

    is_answered()


def holds(document: dict[str, Any], operation: dict[str, Any], answer: Any) -> None:
    """The answer is of a kind that the description names, and is what it says."""
    kind = answer.headers.get("content-type", "").partition(";")[0]
    said = operation["responses"].get(str(answer.status_code), operation["responses"]["default"]).get("content", {})
    if answer.status_code in (204, 304) or kind == "text/plain":  # what no route has seen yet
        assert answer.status_code in (204, 304, 411, 413, 414), answer.text
        return
    assert kind in said, (answer.status_code, kind)
    if kind.endswith("json"):
        jsonschema.validate(answer.json(), {**said[kind]["schema"], "components": document["components"]})


def test_twin_a_route_that_breaks_is_found(scene, monkeypatch):
    from relay.almanac.assets import theme_list

    def breaks() -> None:
        raise KeyError("a bug")

    monkeypatch.setattr(theme_list, "listing", breaks)
    operation = scene.document["paths"]["/themes"]["get"]
    with pytest.raises(KeyError, match="a bug"):
        _fuzzed(scene, "GET", "/themes", operation, 20)


def test_twin_an_answer_that_is_no_document_of_ours_is_found(scene, monkeypatch):
    from relay.almanac.assets import theme_list

    monkeypatch.setattr(theme_list, "listing", lambda: [{"name": 1}])
    operation = scene.document["paths"]["/themes"]["get"]
    with pytest.raises(jsonschema.ValidationError):
        _fuzzed(scene, "GET", "/themes", operation, 20)
