"""Whatever changes something is tried as another site's page would try it: without a token, with that of another visit,
and from elsewhere with the right one. Made from the application's own routes, so that a new one is tried as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI

from relay.web import access
from tests.web.conftest import Browser
from tests.web.participant import Participant
from tests.web.test_access import FOREIGN, REQUESTS, routes, tables

pytestmark = pytest.mark.slow

HERE = {"origin": "http://desk.test", "sec-fetch-site": "same-origin"}


class Forger:
    """Sends the forms of somebody who may send them, as another site's page would."""

    def __init__(self, visit: Callable[[str], Browser]) -> None:
        self.people = {True: visit("vera"), False: visit("olga")}
        self.tokens = {public: person.token() for public, person in self.people.items()}
        self.others = (visit("vera").token(), visit("olga").token(), visit("anna").token())

    def passes(self, name: str, method: str) -> list[str]:
        """The ways in which a forged request to this route is not refused."""
        return [how for how, token, headers in self._ways(name) if self.sends(name, method, token, headers) != 403]

    def sends(self, name: str, method: str, token: str, headers: dict[str, str]) -> int:
        _method, path, fields = REQUESTS[name]
        person = self.people[access.POLICY[name] is access.PUBLIC]
        return person.request(method, path, data={**fields, "form_token": token}, headers=headers).status_code

    def _ways(self, name: str) -> Iterator[tuple[str, str, dict[str, str]]]:
        right = self.tokens[access.POLICY[name] is access.PUBLIC]
        for headers in FOREIGN:
            yield str(headers), right, headers
        if name not in access.BY_SECRET:
            for token in ("", "0" * 64, right[:-1], *self.others):
                yield f"token {token}", token, HERE

    def right(self, name: str) -> str:
        return self.tokens[access.POLICY[name] is access.PUBLIC]


def changing(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Routes that may change something, and how each is asked."""
    for name, _path, methods in routes(app):
        yield from ((name, method) for method in sorted(methods - access.SAFE - {"OPTIONS"}))


@pytest.fixture
def forger(visit, town) -> Forger:
    town.has_clip()
    return Forger(visit)


def test_no_route_takes_a_form_of_another_site_or_of_another_visit(app, relay, forger):
    tried, before = 0, tables(relay)
    for name, method in changing(app):
        assert forger.passes(name, method) == [], (name, method)
        tried += 1
    assert tried > 60
    assert tables(relay) == before


def test_every_route_takes_its_own_form(app, forger):
    """Else the refusals above would say nothing."""
    ended = {"sign_out", "end_sign_ins", "change_password"}
    for name, method in changing(app):
        if name not in ended:
            assert forger.sends(name, method, forger.right(name), HERE) != 403, (name, method)


def test_twin_without_the_check_every_route_takes_them(app, forger):
    app.dependency_overrides[access.own_form] = lambda: None
    ended = {"sign_out"}
    assert [name for name, method in changing(app) if name not in ended and not forger.passes(name, method)] == []


def test_twin_a_route_that_nobody_described_is_not_passed_over(app, forger):
    app.add_api_route("/new", lambda: "", name="new", methods=["POST"])
    with pytest.raises(KeyError, match="new"):
        [forger.passes(name, method) for name, method in changing(app)]


def test_a_video_in_a_form_needs_its_token_too(relay, town, visit):
    """The one form that is not parsed before its route reads it."""
    from relay.intake.hand_in import hand_ins

    hand_ins.switch(relay, "proryv80", is_open=True, person="Ольга")
    vera = Participant(relay, visit("vera"))
    vera.fills_in()
    before = tables(relay)
    for token in ("", "0" * 64, visit("vera").token()):
        assert vera.sends_plainly(b"video", token=token).status_code == 403
    for headers in FOREIGN:
        assert vera.sends_plainly(b"video", headers=headers).status_code == 403
    assert tables(relay) == before
