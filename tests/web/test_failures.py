"""Errors become pages: which status, which sentence, and where a person goes from there."""

from __future__ import annotations

import errno
import html

import pytest

from relay.errors import DiskFull, NotFound, Refused, RelayError, SourceError, Stale
from relay.models import ClipState
from relay.web.failures import status_of
from relay.web.headers import SECURITY
from relay.web.rate_limit import TooManyTries
from tests.web.conftest import Browser


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound("There is no such clip."), 404),
        (Stale("clip", state=ClipState.approved), 409),
        (TooManyTries("Too many links that do not work."), 429),
        (Refused("This verdict needs a reason."), 400),
        (DiskFull("Only 1 GB is free."), 503),
        (SourceError("VK does not answer."), 503),
        (RelayError("Something is wrong."), 503),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_each_error_has_its_status(error, status):
    assert status_of(error) == status


@pytest.mark.slow
def test_a_page_leads_a_stranger_to_the_door_and_back_and_anything_else_says_no(vera):
    answer = vera.get("/campaigns/proryv80/clips?state=later&after=7")
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/sign-in?next=/campaigns/proryv80/clips%3Fstate%3Dlater%26after%3D7",
    )
    answer = vera.get("/campaigns/media/")
    assert answer.status_code == 404
    assert vera.get("/almanacs").headers["location"] == "/sign-in?next=/almanacs"
    for answer in (vera.get(f"/media/poster/{'0' * 64}"), vera.sends("/clips/1/keep", doubt="post")):
        assert answer.status_code == 401
        assert "You are not signed in any more." in answer.text
        assert "location" not in answer.headers


@pytest.mark.slow
def test_a_page_that_is_not_there_or_can_t_be_used_so_says_which(vera):
    answer = vera.get("/nowhere")
    assert (answer.status_code, "There is no such page." in answer.text) == (404, True)
    assert "<title>404" in answer.text
    assert '<p class="code" aria-hidden="true">404</p>' in answer.text
    assert '<a class="button" href="/sign-in">' in answer.text
    answer = vera.put("/sign-in")
    assert answer.status_code == 405
    assert "This page can't be used in this way." in html.unescape(answer.text)
    assert answer.headers["allow"] in ("GET", "POST", "GET, POST", "POST, GET")
    answer = vera.get("/clips/0")
    assert answer.status_code in (303, 400)


@pytest.mark.slow
def test_what_can_t_be_understood_is_told(anna):
    answer = anna.get("/clips/0")
    assert answer.status_code == 400
    assert "This request can't be understood." in html.unescape(answer.text)
    assert '<a class="button" href="/">' in answer.text


@pytest.mark.slow
def test_a_participant_is_never_sent_to_the_sign_in(vera):
    for path, again in (("/receipt/forged/withdraw", "/receipt/forged"), ("/take-part/a", "/take-part/a")):
        answer = vera.post(path, data={"form_token": "forged"})
        assert answer.status_code == 403
        assert "This page was open for too long. Load it again." in answer.text
        assert f'<a class="button main" href="{again}">Open the page again</a>' in answer.text
        assert "/sign-in" not in answer.text
    answer = vera.get("/receipt/forged")
    assert answer.status_code == 404
    assert "Open the page again" not in answer.text
    answer = vera.post("/sign-in", data={"form_token": "forged"})
    assert "Open the page again" not in answer.text
    assert (answer.status_code, '<a class="button" href="/sign-in">' in answer.text) == (403, True)


@pytest.mark.slow
@pytest.mark.parametrize("tls", [True, False])
def test_a_bug_is_answered_with_one_sentence_under_all_headers(app, relay, tls):
    @app.get("/broken", name="healthz")
    def broken() -> None:
        raise AttributeError("a bug")

    relay.settings.secure_cookies = tls
    answer = Browser(app, raises=False).get("/broken")
    assert answer.status_code == 500
    assert "Something went wrong on our side. It has been noted; try again in a minute." in answer.text
    assert {name: answer.headers.get(name) for name in SECURITY} == dict(SECURITY)
    assert answer.headers["cache-control"] == "no-store"
    assert ("strict-transport-security" in answer.headers) is tls


def test_a_disk_that_fails_is_told(app):
    @app.get("/full", name="healthz")
    def full() -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    page = Browser(app).get("/full", headers={"accept-language": "en"})
    assert page.status_code == 503
    assert "The disk is full. Free some space and try again; nothing was lost." in html.unescape(page.text)
