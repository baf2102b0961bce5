"""Every operation as everybody, and with rows of a campaign that is not one's own."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

import pytest

from relay.models import Role
from relay.moderation import rules
from relay.moderation.people import accounts, api_tokens, roles
from relay.web.about import campaigns_of
from relay.web.api import bearer
from relay.web.api.rights import RIGHTS
from relay.web.background.errands import Errands
from relay.web.background.export_jobs import ExportJobs
from relay.web.background.render_jobs import RenderJobs
from tests.web.api.conftest import Program
from tests.web.api.requests import BODIES, FILES, LET_IN, operations, people_let_in, sent
from tests.web.conftest import ROLES
from tests.web.test_other_campaigns import CANARY, Scene, built, rows

SAME_PARTS = {"table": "posts", "kind": "srt", "language": "ru"}
OTHER_PARTS = {"remark": "number"}
FIELDS = {"clip": "clip_id", "before": "clip_id"}


def test_every_operation_has_a_right_and_is_in_the_matrix(desk):
    names = [name for name, _method, _path in operations(desk.state.api)]
    assert len(names) == len(set(names))
    assert set(names) | {"openapi"} == set(RIGHTS)
    assert sorted(name for listed in LET_IN.values() for name in listed.split()) == sorted(names)


def test_what_changes_something_is_not_a_get_and_brings_what_it_has_to(desk):
    methods = {name: method for name, method, _path in operations(desk.state.api)}
    assert {methods[name] for name in (*BODIES, *FILES)} <= {"POST", "PUT", "PATCH"}
    reading = {name for name, method in methods.items() if method == "GET"}
    assert all(
        RIGHTS[name] in (rules.Right.view, rules.Right.enter) or people_let_in(name) != set(ROLES) for name in reading
    )
    assert not reading & set(BODIES)


def test_the_rights_let_in_whom_the_matrix_names(desk):
    for name, _method, _path in operations(desk.state.api):
        right = RIGHTS[name]
        assert right is not None
        assert {who for who, role in ROLES.items() if rules.may(role, right)} == people_let_in(name), name


@pytest.mark.slow
@pytest.mark.parametrize("who", [*ROLES, "vera"])
def test_the_matrix_of_operations_and_people(who, town, app, token):
    app.state.render_jobs = RenderJobs({"preview": lambda *_: None, "film": lambda *_: None})
    app.state.export_jobs = ExportJobs(lambda *_: 1)
    town.has_clip()
    made = token(who) if who != "vera" else ""
    for name, method, path in operations(app.state.api):
        if name in ("close_account", "revoke_api_token"):
            continue  # they are Olga's own
        address = re.sub(r"{slug}", "proryv80", path).replace("{name}", "film").replace("{table}", "posts")
        address = address.replace("{language}.{kind}", "ru.srt")
        answer = Program(app, made).request(method, re.sub(r"{\w+}", "1", address), **sent(name))
        expected = "in" if who in people_let_in(name) else {"vera": "unknown"}.get(who, "refused")
        assert {401: "unknown", 403: "refused"}.get(answer.status_code, "in") == expected, (name, answer.text)
        assert answer.status_code < 500 or answer.status_code == 503, name


@pytest.fixture
def scene(relay, app) -> Scene:
    """Boris organizes `proryv80`, and has no role anywhere else."""
    app.state.render_jobs = RenderJobs({"preview": lambda *_: None, "film": lambda *_: None})
    app.state.export_jobs = ExportJobs(lambda *_: 1)
    app.state.errands = Errands()
    accounts.create(relay, "boris", "Борис", None, password="password of boris")
    theirs = built(relay, "spring", CANARY)
    before = rows(relay)
    ours = built(relay, "proryv80", "Наша")
    roles.set_role_in(relay, "boris", "proryv80", Role.organizer)
    made = api_tokens.make(relay, "boris", "script", may_write=True)
    kept = {row: was for row, was in before.items() if row[0] not in ("account", "searchchange", "apitoken")}
    return Scene(relay, ours, theirs, Program(app, made.token), kept)  # type: ignore[arg-type]


def attempts(scene: Scene, name: str, path: str) -> Any:
    """Addresses and bodies with at least one part of the other campaign."""
    parts = re.findall(r"{(\w+)}", path)
    fields = [field for field in BODIES.get(name, {}) if field in FIELDS]
    if name in ("edit_plan", "add_card"):
        fields = ["clip"] if name == "edit_plan" else ["before"]
    choices = [_choices(scene, part) for part in parts]
    for chosen in product(*choices, *(_choices(scene, FIELDS[field]) for field in fields)):
        if any(theirs for theirs, _value in chosen):
            values = [value for _theirs, value in chosen]
            body = {**BODIES.get(name, {}), **dict(zip(fields, map(int, values[len(parts) :]), strict=True))}
            if name == "edit_plan":
                body["deed"] = "leave-out"
            yield path.format(**dict(zip(parts, values, strict=False))), body


def _choices(scene: Scene, part: str) -> list[tuple[bool, str]]:
    part = OTHER_PARTS.get(part, part)
    if part not in scene.ours.parts:
        return [(False, SAME_PARTS.get(part, "1"))]
    return [(side is scene.theirs, side.parts[part]) for side in (scene.ours, scene.theirs)]


def tried(scene: Scene, app) -> Any:
    for name, method, path in operations(app.state.api):
        if not {"slug", "clip_id", "number"} & set(re.findall(r"\w+", path)):
            continue
        answers = []
        for address, body in attempts(scene, name, path):
            given = sent(name) if name in FILES else {"json": body} if method in ("POST", "PUT", "PATCH") else {}
            answers.append((address, scene.boris.request(method, address, **given)))
        app.state.errands.wait()
        yield name, answers


@pytest.mark.slow
def test_nothing_of_another_campaign_is_changed_or_read_by_whatever_address(scene, app):
    count = 0
    for name, answers in tried(scene, app):
        for address, answer in answers:
            assert answer.status_code < 500, (address, answer.text)
            assert CANARY.lower() not in answer.text.lower(), (name, address)
        told = [(address, answer.status_code) for address, answer in answers]
        assert scene.changed() == [], (name, told)
        count += len(answers)
    assert count > 120


@pytest.mark.slow
def test_twin_without_the_campaign_of_the_address_it_is_read_and_changed(scene, app, monkeypatch):
    ours = campaigns_of(scene.relay, {"slug": scene.ours.slug})
    monkeypatch.setattr(bearer, "campaigns_of", lambda _relay, _parts: ours)
    read, changed = set(), set()
    for name, answers in tried(scene, app):
        read |= {name for _address, answer in answers if CANARY.lower() in answer.text.lower()}
        if gone := scene.changed():
            changed.add(name)
            scene.kept = {row: was for row, was in scene.kept.items() if row not in gone}
    assert {"api_clip", "api_clips", "api_almanac"} <= read
    assert {"api_decide", "edit_clip"} <= changed
