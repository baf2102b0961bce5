"""Every document of the API is the one that the command writes with --json, and what OpenAPI says of it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import jsonschema
import pytest
from fastapi import FastAPI

from relay.context import Relay
from relay.models import Role
from relay.moderation.people import accounts, api_tokens
from relay.web.api import openapi
from tests.cli.everything import Everything
from tests.cli.test_recording import differences, in_process, settled, told
from tests.fakes.clock import FakeClock
from tests.web.api.conftest import Program

pytestmark = pytest.mark.slow

FILM = "/campaigns/proryv80/almanacs/film"
SAME = {
    "/campaigns/proryv80": "campaign status proryv80",
    "/campaigns/spring": "campaign status spring",
    "/campaigns/proryv80/sources": "source list proryv80",
    "/campaigns/proryv80/sources/plan": "source plan proryv80",
    "/campaigns/proryv80/coverage": "coverage proryv80",
    "/campaigns/proryv80/posts/1": "post show 1",
    "/campaigns/proryv80/posts/20": "post show 20",
    "/campaigns/proryv80/clips": "clip list proryv80",
    "/campaigns/proryv80/clips?state=later": "clip list proryv80 --state later",
    "/campaigns/proryv80/clips?q=мге&sort=longest": "clip list proryv80 --search мге --sort longest",
    "/clips/1": "clip show 1",
    "/clips/3": "clip show 3",
    "/clips/7/readings": "speech readings 7",
    "/clips/9": "clip show 9",
    "/clips/9/captions": "clip caption 9",
    "/clips/9/trim": "clip trim 9",
    "/clips/1/permission": "consent show 1",
    f"{FILM}/permissions": "consent film proryv80 film",
    "/campaigns/proryv80/quotes": "quote list proryv80",
    "/campaigns/proryv80/pictures": "picture list proryv80",
    "/campaigns/proryv80/music": "music list proryv80",
    f"{FILM}/proposals": "almanac plan proryv80 film --dry-run",
    f"{FILM}/diff": "almanac diff proryv80 film",
    f"{FILM}/style": "almanac style proryv80 film",
    f"{FILM}/cards": "almanac card list proryv80 film",
    f"{FILM}/credits": "almanac credit list proryv80 film",
    f"{FILM}/poster": "almanac poster proryv80 film",
    "/campaigns/proryv80/board": "board proryv80",
    "/campaigns/proryv80/credits": "campaign credit list proryv80",
    "/campaigns/proryv80/emblems": "emblem list proryv80",
    "/film-templates": "almanac templates",
    "/themes": "almanac themes",
    "/doctor": "doctor",
    "/alerts": "alert list",
    "/alerts?past=true": "alert list --all",
    "/tokens": "token list",
    "/clips/3/certificate": "privacy certificate 3",
    "/audit?limit=25": "audit list --limit 25",
    "/audit?clip=1": "audit list --clip 1",
    "/record": "audit verify",
    "/record/head": "audit head",
    "/record/key": "audit key",
}
IN_ANOTHER_ORDER = {
    "/campaigns": "campaign list",
    "/campaigns/proryv80/posts": "post list proryv80",
    "/campaigns/proryv80/hand-ins": "hand-in list proryv80",
    "/campaigns/proryv80/permissions": "consent list proryv80",
    "/campaigns/proryv80/almanacs": "almanac list proryv80",
    f"{FILM}/remarks": "almanac remarks proryv80 film",
    f"{FILM}/sign-offs": "almanac sign-off proryv80 film",
    "/accounts": "account list",
    "/accounts/tokens": "account token list",
}
"""Lists that go by number or name, so that a page never moves."""
BESIDES = (
    "/me",
    "/clips/1/decisions",
    "/clips/3/suggestions",
    "/campaigns/proryv80/returned",
    "/campaigns/proryv80/posts-without-video",
    "/campaigns/proryv80/errands",
    "/campaigns/proryv80/settings",
    FILM,
    f"{FILM}/renders",
    f"{FILM}/undrawn",
    f"{FILM}/look",
    f"{FILM}/exports",
    "/health",
    f"{FILM}/sign-off-letters",
    "/accounts/1",
)
"""What has no command of its own, or another form there."""


@pytest.fixture
def olga(app: FastAPI, relay: Relay, clock: FakeClock, tmp_path: Any) -> Iterator[Callable[[], tuple[Program, Relay]]]:
    everything = Everything(relay, clock, tmp_path)
    with in_process(everything.relay):
        everything.happens()
        app.state.relay = everything.relay
        accounts.create(relay, "olga", "Ольга", Role.organizer, password="password of olga")
        yield Program(app, api_tokens.make(relay, "olga", "script", may_write=True).token), everything.relay


def test_programs_read_what_the_command_line_writes(olga, tmp_path):
    program, relay = olga
    found = []
    folders = {relay.settings.data_dir: "<data>", tmp_path: "<folder>"}
    for path, line in {**SAME, **IN_ANOTHER_ORDER}.items():
        was, now = told(line, relay, tmp_path), settled(program.reads(path), folders)
        if path in IN_ANOTHER_ORDER:
            known = list(was[0])
            was, now = (sorted(each, key=lambda row: str([row[name] for name in known])) for each in (was, now))
        found += [f"{path}: {one}" for one in differences(was, now)]
    assert found == []


def test_what_openapi_says_of_an_answer_holds(olga, app):
    program, _relay = olga
    document = openapi.document(app.state.api, "en")
    checked = set()
    for path in (*SAME, *IN_ANOTHER_ORDER, *BESIDES):
        template = _template(document, path.partition("?")[0])
        answered = document["paths"][template]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        jsonschema.validate(program.reads(path), {**answered, "components": document["components"]})
        checked.add(template)
    every = {
        path
        for path, methods in document["paths"].items()
        if "application/json" in methods.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
    }
    waited_for = {f"{_film(document)}/making", f"{_film(document)}/exporting", "/campaigns/{slug}/errands/{errand}"}
    assert every - checked == waited_for


def test_twin_a_document_with_a_field_that_openapi_does_not_know_is_noticed(olga, app):
    program, _relay = olga
    document = openapi.document(app.state.api, "en")
    shape = {"$ref": "#/components/schemas/WholeClip", "components": document["components"]}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**program.reads("/clips/1"), "mood": "glad"}, shape)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**program.reads("/clips/1"), "width": "wide"}, shape)


def _film(document: dict[str, Any]) -> str:
    return next(path for path in document["paths"] if path.endswith("/making")).removesuffix("/making")


def _template(document: dict[str, Any], path: str) -> str:
    parts = path.split("/")
    fits = [
        template
        for template in document["paths"]
        if len(template.split("/")) == len(parts)
        and all(
            ours == theirs or theirs.startswith("{") for ours, theirs in zip(parts, template.split("/"), strict=True)
        )
    ]
    return min(fits, key=lambda template: template.count("{"))
