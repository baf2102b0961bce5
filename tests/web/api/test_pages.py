"""The page that explains the API, and a person's own tokens."""

from __future__ import annotations

import re

import pytest

from relay.moderation.people import api_tokens
from tests.web.api.conftest import Program
from tests.web.api.requests import operations

pytestmark = pytest.mark.slow


def test_the_page_explains_every_call_and_every_document(vera, app):
    page = vera.sees("/api")
    for _name, method, path in operations(app.state.api):
        assert f'<b class="method {method.lower()}">{method}</b> <code class="path">{path}</code>' in page, path
    for link in set(re.findall(r'href="#([^"]+)"', page)):
        assert f'id="{link}"' in page, link


@pytest.mark.parametrize(
    ("language", "words"),
    [("ru", "Все кампании"), ("en", "All campaigns."), ("fr", "Toutes les campagnes")],
)
def test_it_speaks_the_readers_language(vera, language, words):
    assert words in vera.sees(f"/api?lang={language}")
    told = vera.get("/api/v1/openapi.json", headers={"accept-language": language}).json()
    assert words in told["paths"]["/campaigns"]["get"]["summary"]


def test_the_description_is_openapi(vera):
    from openapi_spec_validator import validate

    told = vera.get("/api/v1/openapi.json").json()
    validate(told)
    assert told["openapi"].startswith("3.1")
    assert told["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


def test_a_token_is_made_shown_once_and_works(relay, app, anna):
    made = anna.sends("/me/tokens", name="Отчёт", days="7", scope="write")
    (token,) = re.findall(r'id="new-token">(relay_[\w-]+)<', made.text)
    assert Program(app, token).reads("/me")["may_write"] is True
    page = anna.sees("/me/tokens")
    assert token not in page
    assert "Отчёт" in page


def test_a_token_is_revoked_on_the_page(relay, app, anna):
    token = api_tokens.make(relay, "anna", "script").token
    answer = anna.sends("/me/tokens/1/revoke")
    assert answer.headers["location"] == "/me/tokens?done=revoked"
    assert "The token is revoked." in anna.sees("/me/tokens?done=revoked")
    assert Program(app, token).get("/me").status_code == 401


def test_nobody_revokes_anothers(relay, app, anna, boris):
    token = api_tokens.make(relay, "anna", "script").token
    assert boris.sends("/me/tokens/1/revoke").status_code == 404
    assert Program(app, token).get("/me").status_code == 200


@pytest.mark.parametrize(("fields", "line"), [({"name": ""}, "needs a name"), ({"name": "x", "days": "9999"}, "730")])
def test_what_is_wrong_is_told_on_the_page(anna, fields, line):
    answer = anna.sends("/me/tokens", **fields)
    assert answer.status_code == 400
    assert line in answer.text
