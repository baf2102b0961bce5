from __future__ import annotations

import pytest
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from relay import installation_key
from relay.errors import RelayError
from relay.web import access
from relay.web.app import create_app
from relay.web.background.render_jobs import RenderJobs
from relay.web.client import own_name
from relay.web.drafts import DraftsSaved, note_draft
from relay.web.headers import SecurityHeaders
from relay.web.rate_limit import RateLimit
from tests.web.test_access import routes


@pytest.mark.slow
def test_the_desk_is_put_together_whole(relay):
    app = create_app(relay)
    assert (app.docs_url, app.redoc_url, app.openapi_url) == (None, None, None)
    assert (app.state.relay, app.state.secret, app.state.receiving) == (relay, installation_key.secret(relay), {})
    assert (type(app.state.render_jobs), type(app.state.rate_limit)) == (RenderJobs, RateLimit)
    assert [asked.dependency for asked in app.router.dependencies] == [
        *(own_name, access.allowed, access.own_form, note_draft)
    ]
    assert [(each.cls, each.kwargs) for each in app.user_middleware] == [
        (SecurityHeaders, {"tls": False, "media_origin": ""}),
        (DraftsSaved, {"tls": False}),
    ]
    assert set(app.exception_handlers) >= {
        *(access.SignInNeeded, access.Forbidden, RelayError),
        *(RequestValidationError, HTTPException, Exception),
    }
    assert {name for name, _path, _methods in routes(app)} == set(access.POLICY)
    assert app.url_path_for("static", path="desk.css") == "/static/desk.css"


def test_over_tls_every_answer_binds_the_browser_to_it(relay):
    relay.settings.secure_cookies = True
    assert create_app(relay).user_middleware[0].kwargs == {"tls": True, "media_origin": ""}


def test_two_desks_share_nothing(relay):
    one, other = create_app(relay), create_app(relay)
    assert one.state.render_jobs is not other.state.render_jobs
    assert one.state.rate_limit is not other.state.rate_limit
    assert one.state.receiving is not other.state.receiving
    assert one.state.secret == other.state.secret


@pytest.mark.slow
def test_what_is_no_file_of_ours_is_a_page_that_is_missing(vera):
    assert vera.get("/static/nothing.css").status_code == 404
