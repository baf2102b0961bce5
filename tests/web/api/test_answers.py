"""Errors, pages of lists, and what keeps two from writing over each other."""

from __future__ import annotations

import errno
import re

import pytest

from relay.web.api import answers
from tests.web.api.conftest import fails

pytestmark = pytest.mark.slow


def test_an_error_says_what_happened_and_what_to_do_in_the_language_asked_for(town, program):
    clip = town.has_clip()
    anna = program("anna")
    for language, line in (("ru", "причин"), ("en", "needs a reason"), ("fr", "motif"), ("tlh, fr;q=0.5", "motif")):
        told = fails(
            anna.post(
                f"/clips/{clip}/decisions",
                json={"verdict": "reject", "seen": "awaiting"},
                headers={"accept-language": language},
            ),
            400,
            "refused",
        )
        assert line in told["detail"]
        assert "off_topic" in told["hint"]


def test_a_disk_that_fails_is_told(program, monkeypatch):
    def shows(*_words):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("relay.moderation.desk.show", shows)
    told = fails(program("anna").get("/clips/1"), 503, "unavailable")
    assert (told["detail"], told["hint"]) == ("The disk is full.", "Free some space and try again; nothing was lost.")


def test_a_field_that_is_wrong_is_named(town, program):
    told = fails(program("anna").patch("/clips/1", json={"nmae": "Ольга"}), 400, "unreadable")
    assert told["errors"][0]["where"] == "body.nmae"


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", "/clips/99", 404, "not-found"),
        ("GET", "/clips/x", 400, "unreadable"),
        ("GET", "/clips/99999999999999999999", 400, "unreadable"),
        ("GET", "/nothing", 404, "not-found"),
        ("GET", "/campaigns/%0A/sources", 404, "not-found"),
        ("PUT", "/clips/1", 405, "not-this-way"),
        ("GET", "/campaigns/proryv80/clips?state=odd", 400, "refused"),
        ("GET", "/campaigns/none", 404, "not-found"),
    ],
)
def test_every_error_is_a_problem_document(town, program, method, path, status, kind):
    town.has_clip()
    fails(program("olga").request(method, path), status, kind)


def test_a_bug_is_told_as_one_and_shows_nothing(town, app, token, monkeypatch):
    from relay.moderation import desk
    from tests.web.api.conftest import Program

    def breaks(*_: object) -> None:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr(desk, "show", breaks)
    response = Program(app, token("anna"), raises=False).get("/clips/1")
    assert response.status_code == 500
    assert "secret" not in response.text


def test_a_long_list_comes_in_parts_and_nothing_is_lost_or_doubled(town, program):
    made = [town.has_clip(name=f"Участник {number}") for number in range(7)]
    anna, address, found = program("anna"), "/campaigns/proryv80/clips?limit=3", []
    while address:
        response = anna.get(address)
        found += [row["id"] for row in response.json()]
        link = re.fullmatch(r'<(/api/v1)?([^>]+)>; rel="next"', response.headers.get("link", ""))
        address = link[2] if link else ""
    assert sorted(found) == sorted(made)
    assert len(found) == 7


def test_a_row_that_comes_meanwhile_moves_no_page(town, program):

    for number in range(4):
        town.has_clip(name=f"Участник {number}")
    olga = program("olga")
    first = olga.reads("/audit", limit=1)
    assert len(first) == 1
    olga.does("POST", "/campaigns/proryv80/stop")
    second = olga.reads("/audit", limit=1, after=first[0]["place"])
    assert not second or second[0]["place"] != first[0]["place"]


def test_what_somebody_has_already_is_not_sent_again(town, program):
    clip = town.has_clip()
    anna = program("anna")
    tag = anna.get(f"/clips/{clip}").headers["etag"]
    again = anna.get(f"/clips/{clip}", headers={"if-none-match": f'"other", {tag}'})
    assert (again.status_code, again.content) == (304, b"")
    anna.does("PATCH", f"/clips/{clip}", name="Ольга")
    assert anna.get(f"/clips/{clip}", headers={"if-none-match": tag}).status_code == 200


def test_a_decision_says_what_was_seen(town, program):
    clip = town.has_clip()
    anna = program("anna")
    fails(anna.post(f"/clips/{clip}/decisions", json={"verdict": "approve"}), 428, "unseen")
    told = anna.does("POST", f"/clips/{clip}/decisions", 201, verdict="approve", seen="awaiting")
    assert told["state"] == "approved"


def test_whoever_comes_second_is_told_so(town, program):
    clip = town.has_clip()
    anna = program("anna")
    anna.does("POST", f"/clips/{clip}/decisions", 201, verdict="approve", seen="awaiting")
    told = fails(anna.post(f"/clips/{clip}/decisions", json={"verdict": "later", "seen": "awaiting"}), 409, "stale")
    assert told["state"] == "approved"
    assert anna.reads(f"/clips/{clip}")["state"] == "approved"


def test_a_change_with_an_old_etag_changes_nothing(town, program):
    clip = town.has_clip(name="Ольга")
    anna = program("anna")
    old = anna.get(f"/clips/{clip}").headers["etag"]
    anna.does("PATCH", f"/clips/{clip}", town="Мга")
    for method, path, body in (
        ("PATCH", f"/clips/{clip}", {"town": "Луга"}),
        ("POST", f"/clips/{clip}/decisions", {"verdict": "approve"}),
    ):
        fails(anna.request(method, path, json=body, headers={"if-match": old}), 412, "changed")
    new = anna.get(f"/clips/{clip}").headers["etag"]
    assert anna.reads(f"/clips/{clip}")["participant"]["town"] == "Мга"
    done = anna.request("POST", f"/clips/{clip}/decisions", json={"verdict": "approve"}, headers={"if-match": new})
    assert (done.status_code, done.json()["state"]) == (201, "approved")


def test_twin_without_the_comparison_the_second_writes_over_the_first(town, program, monkeypatch):
    clip = town.has_clip(name="Ольга")
    anna = program("anna")
    old = anna.get(f"/clips/{clip}").headers["etag"]
    anna.does("PATCH", f"/clips/{clip}", town="Мга")
    monkeypatch.setattr(answers, "etag", lambda _body: old)
    anna.request("PATCH", f"/clips/{clip}", json={"town": "Луга"}, headers={"if-match": old})
    monkeypatch.undo()
    assert anna.reads(f"/clips/{clip}")["participant"]["town"] == "Луга"


def test_a_plan_that_changed_meanwhile_is_not_changed_blindly(relay, town, program):
    from relay.models import ClipState

    for number in range(2):
        town.has_clip(name=f"Участник {number}", state=ClipState.approved)
    boris = program("boris")
    film = "/campaigns/proryv80/almanacs/film"
    made = boris.does("POST", "/campaigns/proryv80/almanacs", 201, name="film", all_approved=True)
    first, second = (one["clip"] for one in made["segments"])
    moved = boris.does("POST", f"{film}/edits", deed="place", clip=second, before=first, seen=made["version"])
    assert [one["clip"] for one in moved["segments"]] == [second, first]
    fails(boris.post(f"{film}/edits", json={"deed": "leave-out", "clip": first, "seen": made["version"]}), 409, "stale")
    fails(
        boris.post(f"{film}/edits", json={"deed": "leave-out", "clip": first}, headers={"if-match": '"x"'}),
        412,
        "changed",
    )
    assert len(boris.reads(film)["segments"]) == 2


def test_a_page_bigger_than_allowed_is_refused(town, program):
    fails(program("anna").get("/campaigns/proryv80/clips?limit=501"), 400, "unreadable")
