"""What each operation hands on, under whose name, and how it answers: with the services in name only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, make_dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI

from relay.almanac.assets import backers, cards, emblems, looks, music, new_film, pictures, quotes, styles
from relay.almanac.assets.backers import CreditEntry
from relay.almanac.captions import store as captions
from relay.almanac.delivery import cost, credentials, missing_glyphs, posters, previews, remarks, sign_off, versions
from relay.almanac.delivery.exports import shelf
from relay.almanac.delivery.exports.film import ExportWish
from relay.almanac.delivery.reviewing import mailing, protocols, sealed_films
from relay.almanac.hearing import answers as readings
from relay.almanac.hearing import drafts, proposals
from relay.almanac.plan import edits, queries, reaches
from relay.board import figures, tables
from relay.collect import campaigns, comments, schedule, sources, summaries, without_video
from relay.collect.found import near_misses, post_filter, posts
from relay.collect.leading import at_once, life, pasting, settings, tags
from relay.collect.ledger import coverage
from relay.context import Relay
from relay.erasure import certificate, taking_back
from relay.errors import Refused
from relay.intake.hand_in import files, hand_ins
from relay.models import ClipState, FilmReach, Role, Verdict
from relay.moderation import audit, clip_reviews, consent, desk
from relay.moderation.agreement import links as agreements
from relay.moderation.finding import clips as finding
from relay.moderation.people import accounts, api_tokens, links, roles, second_factor
from relay.moderation.review import mending
from relay.moderation.suggestions import service as suggestions
from relay.permissions import overrides, views
from relay.permissions.notes import ConsentTerms, day_of
from relay.permissions.rules import Use, uses_of
from relay.upkeep import doctor, health, hosts, outbox, tokens, told_alerts
from relay.upkeep.record import looks as record
from relay.web import shown
from relay.web.api import answers
from relay.web.background.errands import Errands
from relay.web.background.export_jobs import ExportJob, ExportJobs
from relay.web.background.render_jobs import Job, RenderJobs
from tests.web.api.conftest import Program, fails

pytestmark = pytest.mark.slow  # all together

SLUG = "proryv80"
HERE = f"/campaigns/{SLUG}"
FILM = f"{HERE}/almanacs/film"
OF_FILM = (SLUG, "film")
OLGA = {"person": "Ольга"}
DESK = "https://desk.example"


def row(**fields: Any) -> Any:
    """A view of just these fields, as a service would give it of all fields."""
    return _view(tuple(fields))(**fields)


@cache
def _view(fields: tuple[str, ...]) -> type:
    return make_dataclass("Row", fields)


@dataclass
class Services:
    """`gives(module, name, answer)` puts an answer in the place of a service; `asked` is what it was asked since the
    last request.
    """

    relay: Relay
    monkeypatch: pytest.MonkeyPatch
    olga: Program
    asked: list[tuple[Any, ...]]
    api: FastAPI

    def gives(self, module: Any, name: str, answer: Any = None) -> None:
        def service(*words: Any, **more: Any) -> Any:
            told = tuple(self._read(each) for each in words if each is not self.relay)
            self.asked.append((name, *told, more) if more else (name, *told))
            return answer

        self.monkeypatch.setattr(module, name, service)

    def does(self, method: str, path: str, status: int = 200, body: Any = None, **more: Any) -> Any:
        self.asked.clear()
        sent = {"json": body} if body is not None else {}
        response = self.olga.request(method, path, **sent, **more)
        assert response.status_code == status, (path, response.status_code, response.text)
        return response.json() if response.content else None

    def reads(self, path: str, **query: Any) -> Any:
        return self.does("GET", path, params=query)

    def _read(self, given: Any) -> Any:
        """What stands in files whose place has no name."""
        if isinstance(given, list) and given and isinstance(given[0], Path):
            return [self._read(each) for each in given]
        return (given.name, given.read_bytes()) if isinstance(given, Path) else given


@pytest.fixture
def services(relay: Relay, app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    """Tokens are looked up once, and what they did is not written down: that took as long as all else."""
    relay.settings.public_url = DESK
    accounts.create(relay, "olga", "Ольга", Role.organizer, password="password of olga")
    olga = Program(app, api_tokens.make(relay, "olga", "script", may_write=True).token)
    look, known = api_tokens.present, dict[str, Any]()
    monkeypatch.setattr(
        api_tokens,
        "present",
        lambda _relay, token, **more: known.get(token) or known.setdefault(token, look(relay, token, **more)),
    )
    monkeypatch.setattr(api_tokens, "note", lambda *_words: None)
    yield Services(relay, monkeypatch, olga, [], app)


# Lists


@dataclass(frozen=True)
class Listed:
    """A list that comes in parts: by which service, and by what its rows go."""

    path: str
    module: ModuleType
    name: str
    by: str = "id"
    asked: tuple[Any, ...] = (SLUG,)


LISTS = (
    Listed(f"{HERE}/quotes", quotes, "listing"),
    Listed(f"{HERE}/pictures", pictures, "listing"),
    Listed(f"{HERE}/music", music, "listing"),
    Listed(f"{HERE}/emblems", emblems, "listing"),
    Listed(f"{HERE}/sources", sources, "listing"),
    Listed(f"{HERE}/posts-without-video", without_video, "listing", asked=(SLUG, {"put_aside": False})),
    Listed(f"{HERE}/hand-ins", hand_ins, "listing", "number"),
    Listed(f"{HERE}/returned", mending, "listing", asked=(SLUG, DESK)),
    Listed(f"{HERE}/permissions", views, "listing", "clip", (SLUG, {"lacking": False, "uses": uses_of(())})),
    Listed(f"{HERE}/almanacs", queries, "listing", "name"),
    Listed(f"{FILM}/remarks", remarks, "listing", asked=OF_FILM),
    Listed(f"{FILM}/sign-offs", sign_off, "listing", "number", OF_FILM),
    Listed("/accounts", accounts, "views", asked=()),
    Listed("/accounts/tokens", api_tokens, "listing", asked=("",)),
)


def test_each_list_goes_on_behind_a_place(services: Services) -> None:
    for one in LISTS:
        words = one.by == "name" or one.path.endswith("hand-ins")
        first, second, third = ("1", "2", "3") if words else (1, 2, 3)
        services.gives(one.module, one.name, [row(**{one.by: place}) for place in (third, first, second)])
        services.asked.clear()
        response = services.olga.get(one.path, params={"limit": 1, "after": first})
        assert [each[one.by] for each in response.json()] == [second], one.path
        assert response.headers["link"] == f'<{response.url.path}?limit=1&after={second}>; rel="next"', one.path
        assert services.asked == [(one.name, *one.asked)], one.path


def test_a_list_has_a_hundred_rows_unless_more_are_asked_for_and_never_above_five_hundred(services: Services) -> None:
    services.gives(quotes, "listing", [row(id=number) for number in range(1, 502)])
    for asked, shown_, more in (({}, 100, "100"), ({"limit": 500}, 500, "500"), ({"after": 500}, 1, "")):
        response = services.olga.get(f"{HERE}/quotes", params=asked)
        assert len(response.json()) == shown_
        assert f"after={more}" in response.headers.get("link", "after=")
    services.gives(quotes, "listing", [row(id=number) for number in range(1, 101)])
    assert "link" not in services.olga.get(f"{HERE}/quotes").headers, "all of it was shown"
    for wrong in ({"limit": 501}, {"limit": 0}, {"after": -1}, {"after": 2**31}):
        fails(services.olga.get(f"{HERE}/quotes", params=wrong), 400, "unreadable")
    for right in ({"limit": 1}, {"after": 0}, {"after": 2**31 - 1}):
        assert services.olga.get(f"{HERE}/quotes", params=right).status_code == 200
    fails(services.olga.get(f"{HERE}/almanacs", params={"after": "я" * 201}), 400, "unreadable")


# What a campaign has for its films


def test_texts(services: Services) -> None:
    services.gives(quotes, "listing", [row(id=3, number="7"), row(id=4, number="8")])
    for name in ("edit", "remove"):
        services.gives(quotes, name)
    services.gives(quotes, "add", SimpleNamespace(number="8"))
    said = {"number": "8", "author": "Берггольц", "link": "https://x.example"}
    assert services.does("POST", f"{HERE}/quotes", 201, {"text": "Мы выстоим!", **said})["id"] == 4
    assert services.asked == [("add", SLUG, "Мы выстоим!", said), ("listing", SLUG)]
    assert services.does("PUT", f"{HERE}/quotes/4", 200, {"text": "Мы выстоим!", **said})["id"] == 4
    assert services.asked[0] == ("edit", SLUG, 4, "Мы выстоим!", {**said, **OLGA})
    services.does("DELETE", f"{HERE}/quotes/4", 204)
    assert services.asked[-1] == ("remove", SLUG, "8", OLGA)
    services.does("DELETE", f"{HERE}/quotes/5", 404)
    assert services.asked == [("listing", SLUG)]


def test_files_are_brought(services: Services) -> None:
    services.gives(campaigns, "get")
    brought = {"content": "слово".encode(), "params": {"file_name": "Мой файл.CSV"}}
    here = ("file.csv", "слово".encode())
    services.gives(quotes, "import_table", row(added=1))
    assert services.does("POST", f"{HERE}/quotes/file", **brought) == {"added": 1}
    assert services.asked == [("get", SLUG), ("import_table", SLUG, here)]
    given: dict[str, dict[str, str]] = {
        "pictures": {"source": "Архив", "title": "Дом"},
        "music": {"title": "Вальс", "author": "Хор", "cleared": "CC0"},
        "emblems": {"title": "Мга"},
    }
    for name, module in (("pictures", pictures), ("music", music), ("emblems", emblems)):
        services.gives(module, "add", SimpleNamespace(id=2))
        services.gives(module, "listing", [row(id=1), row(id=2)])
        words = {**brought, "params": {**brought["params"], **given[name]}}
        assert services.does("POST", f"{HERE}/{name}/file", 201, **words) == {"id": 2}
        assert services.asked == [("get", SLUG), ("add", SLUG, here, {**given[name], **OLGA}), ("listing", SLUG)]
    words = {**brought, "params": {"title": "я" * 501}}
    fails(services.olga.post(f"{HERE}/music/file", **words), 400, "unreadable")
    assert list(services.relay.folder("brought").iterdir()) == []


def test_pictures_music_and_emblems_are_described_and_removed(services: Services) -> None:
    given: dict[str, dict[str, str]] = {
        "pictures": {"source": "Архив", "title": "Дом"},
        "music": {"title": "Вальс", "author": "Хор", "cleared": "CC0"},
    }
    for name, module in (("pictures", pictures), ("music", music)):
        services.gives(module, "edit")
        services.gives(module, "listing", [row(id=1), row(id=2)])
        assert services.does("PUT", f"{HERE}/{name}/2", 200, given[name]) == {"id": 2}
        assert services.asked == [("edit", SLUG, 2, {**given[name], **OLGA}), ("listing", SLUG)]
        services.does("PUT", f"{HERE}/{name}/3", 404, given[name])
    for name, module in (("pictures", pictures), ("music", music), ("emblems", emblems)):
        services.gives(module, "remove")
        services.does("DELETE", f"{HERE}/{name}/2", 204)
        assert services.asked == [("remove", SLUG, 2, OLGA)]


# Credits


def test_lines_of_the_credits_are_rearranged(services: Services) -> None:
    lines = tuple(CreditEntry("Partners", name, None) for name in ("Мга", "Луга", "Волхов"))
    there = row(lines=lines, token="t1")
    services.gives(backers, "of_campaign", there)
    services.gives(backers, "of_film", there)
    services.gives(backers, "set_campaign", row(own=False))
    services.gives(backers, "set_film", row(own=True))
    new = {"role": "Organizers", "name": "Тосно", "emblem": 3}
    added, turned = CreditEntry("Organizers", "Тосно", 3), [lines[2], lines[0], lines[1]]
    for path, end in ((f"{HERE}/credits", ("set_campaign", SLUG)), (f"{FILM}/credits", ("set_film", *OF_FILM))):
        for method, below, status, body, wanted in (
            ("POST", "", 201, new, [*lines, added]),
            ("PUT", "", 200, {"lines": [new]}, [added]),
            ("PUT", "", 200, {"lines": []}, []),
            ("POST", "/3/move", 200, {"to": 1}, turned),
            ("DELETE", "/1", 200, None, [*lines[1:]]),
        ):
            services.does(method, path + below, status, body)
            name, *words = end
            asked = services.asked[-1]
            assert (asked[0], list(asked[1:-2]), list(asked[-2]), asked[-1]) == (
                name, words, wanted, {"seen": "t1", **OLGA},
            ), (method, path, below)  # fmt: skip
        services.does("PUT", path, 200, {"lines": [], "seen": "t0"})
        assert services.asked[-1][-1] == {"seen": "t0", **OLGA}
        fails(services.olga.put(path, json={"lines": []}, headers={"if-match": '"old"'}), 412, "changed")
    assert services.does("DELETE", f"{FILM}/credits") == {"own": True}
    assert services.asked[-1] == ("set_film", *OF_FILM, None, {"seen": "t1", **OLGA})
    assert services.reads(f"{FILM}/credits")["token"] == "t1"
    assert services.asked == [("of_film", *OF_FILM)]
    assert services.reads(f"{HERE}/credits")["token"] == "t1"
    assert services.asked == [("of_campaign", SLUG)]


# The look of a film


def test_the_look_of_a_film(services: Services) -> None:
    services.gives(looks, "token", "v1")
    services.gives(looks, "last", row(did="moved a card"))
    services.gives(looks, "undo")
    services.gives(styles, "show", row(theme="night"))
    services.gives(styles, "change", row(theme="paper"))
    state = {"version": "v1", "last": {"did": "moved a card"}}
    assert services.reads(f"{FILM}/look") == state
    assert services.does("POST", f"{FILM}/look/undo", 200, {"seen": "v1"}) == state
    assert ("undo", *OF_FILM, {"seen": "v1", **OLGA}) in services.asked
    fails(services.olga.post(f"{FILM}/look/undo", json={}, headers={"if-match": '"old"'}), 412, "changed")
    assert services.reads(f"{FILM}/style") == {"theme": "night"}
    wanted = {"theme": "paper", "captions": ["ru"], "loudness": -16.0, "title": "Голоса", "seen": "v1"}
    assert services.does("PATCH", f"{FILM}/style", 200, wanted) == {"theme": "paper"}
    name, slug, film, change, more = services.asked[-1]
    assert (name, slug, film, more) == ("change", *OF_FILM, {"seen": "v1", **OLGA})
    assert (change.theme, change.captions, change.title, change.music) == ("paper", ("ru",), "Голоса", None)
    assert change.format is not None
    assert change.format.loudness == -16.0
    for asked, is_said in (({"theme": "paper"}, False), ({"format": "9:16"}, True), ({"size": "720"}, True)):
        services.does("PATCH", f"{FILM}/style", 200, asked)
        assert (services.asked[-1][3].format is not None, services.asked[-1][3].captions) == (is_said, None)
    services.does("PATCH", f"{FILM}/style", 400, {"loudness": 0})  # it is one, and none that a film can have
    fails(services.olga.patch(f"{FILM}/style", json={}, headers={"if-match": '"old"'}), 412, "changed")


def test_cards(services: Services) -> None:
    there = [row(id=1, words={}, seconds=3.0), row(id=2, words={"title": "Мга", "above": "I"}, seconds=6.0)]
    services.gives(cards, "listing", there)
    for name in ("add", "edit", "move", "remove"):
        services.gives(cards, name)
    words = {"title": "Луга"}
    new = {"before": 5, "words": words, "quote": "7", "picture": 3, "seconds": 4.5, "seen": "v1"}
    assert len(services.does("POST", f"{FILM}/cards", 201, {"kind": "chapter", **new})) == 2
    assert services.asked == [("add", *OF_FILM, "chapter", {**new, **OLGA}), ("listing", *OF_FILM)]
    change = {"quote": "7", "picture": 3, "seen": "v1"}
    assert len(services.does("PATCH", f"{FILM}/cards/2", 200, {**change, "words": words})) == 2
    kept = {**change, "words": {"title": "Луга", "above": "I"}, "seconds": 6.0, **OLGA}
    assert ("edit", *OF_FILM, 2, kept) in services.asked
    services.does("PATCH", f"{FILM}/cards/2", 200, {"seconds": 0})
    edited = next(each for each in services.asked if each[0] == "edit")
    assert (edited[-1]["seconds"], edited[-1]["words"]) == (0.0, {"title": "Мга", "above": "I"})
    assert len(services.does("POST", f"{FILM}/cards/2/move", 200, {"before": 5, "seen": "v1"})) == 2
    assert ("move", *OF_FILM, 2, {"before": 5, "seen": "v1", **OLGA}) in services.asked
    services.does("DELETE", f"{FILM}/cards/2", 204)
    assert services.asked == [("remove", *OF_FILM, 2, OLGA)]
    services.does("PATCH", f"{FILM}/cards/3", 404, {})
    for method, path in (("PATCH", f"{FILM}/cards/2"), ("POST", f"{FILM}/cards/2/move")):
        old = services.olga.request(method, path, json={}, headers={"if-match": '"old"'})
        fails(old, 412, "changed")


# Films


def test_a_film_is_begun(services: Services) -> None:
    services.gives(queries, "show", row(name="film", version="v1"))
    services.gives(queries, "new", SimpleNamespace(name="film-2"))
    services.gives(new_film, "new", SimpleNamespace(name="film-3"))
    body = {"name": "film", "title": "Голоса", "rules": {"order": "district"}, "all_approved": True}
    handed = {"title": "Голоса", "given": {"order": "district"}, "all_approved": True, **OLGA}
    services.does("POST", f"{HERE}/almanacs", 201, body)
    assert services.asked == [("new", SLUG, "film", handed), ("show", SLUG, "film-2")]
    services.does("POST", f"{HERE}/almanacs", 201, {**body, "template": "stories"})
    assert services.asked == [("new", SLUG, "film", {"template": "stories", **handed}), ("show", SLUG, "film-3")]
    services.does("POST", f"{HERE}/almanacs", 201, {"name": "film"})
    assert services.asked[0] == ("new", SLUG, "film", {"title": "", "given": {}, "all_approved": False, **OLGA})


def test_the_plan_is_followed_and_seen(services: Services) -> None:
    view = row(name="film", version="v1", uses=[], lacking=[])
    services.gives(queries, "show", view)
    services.gives(queries, "plan")
    services.gives(queries, "proposals", [row(clip=1)])
    services.gives(missing_glyphs, "of_film", [row(text="я")])
    services.gives(cost, "diff", row(shots=3))
    assert services.reads(FILM)["version"] == "v1"
    assert services.reads(f"{FILM}/proposals") == [{"clip": 1}]
    assert services.asked == [("proposals", *OF_FILM)]
    assert services.reads(f"{FILM}/undrawn") == [{"text": "я"}]
    assert services.asked == [("of_film", *OF_FILM)]
    assert services.reads(f"{FILM}/diff") == {"shots": 3}
    assert services.asked == [("diff", *OF_FILM)]
    for body, given, only, seen in (
        ({}, None, None, ""),
        ({"rules": {}}, {}, None, ""),
        ({"rules": {"order": "district"}, "only": [3], "seen": "v0"}, {"order": "district"}, [3], "v0"),
    ):
        services.does("POST", f"{FILM}/plan", 200, body)
        assert services.asked[0] == ("plan", *OF_FILM, {"given": given, "only": only, "seen": seen, **OLGA})
    tag = {"if-match": answers.etag(answers.as_text(view))}
    services.does("POST", f"{FILM}/plan", 200, {}, headers=tag)
    assert services.asked[1] == ("plan", *OF_FILM, {"given": None, "only": None, "seen": "v1", **OLGA})
    services.gives(edits, "undo")
    services.does("POST", f"{FILM}/edits", 200, {"deed": "undo"}, headers=tag)
    assert services.asked[1] == ("undo", *OF_FILM, {"seen": "v1", **OLGA})
    fails(services.olga.post(f"{FILM}/plan", json={}, headers={"if-match": '"old"'}), 412, "changed")


DEEDS: tuple[tuple[str, str, tuple[str, ...], dict[str, Any]], ...] = (
    ("place", "place", (), {"before": 5}),
    ("trim", "trim", (), {"first": 1.5, "last": 2.5}),
    ("whole", "untrim", (), {}),
    ("as-proposed", "as_proposed", (), {}),
    ("retitle", "retitle", (), {"who": "Анна", "town": "Мга"}),
    ("leave-out", "leave_out", (), {"reason": "Шум"}),
    ("bring-back", "bring_back", (), {}),
    ("pin", "pin", ("closing",), {}),
)


def test_the_plan_is_changed_by_hand(services: Services) -> None:
    services.gives(queries, "show", row(version="v2"))
    for deed, service, words, more in DEEDS:
        services.gives(edits, service)
        body = {"deed": deed, "clip": 4, "seen": "v1", **more, **({"where": "closing"} if deed == "pin" else {})}
        assert services.does("POST", f"{FILM}/edits", 200, body) == {"version": "v2"}
        assert services.asked == [(service, *OF_FILM, 4, *words, {**more, "seen": "v1", **OLGA}), ("show", *OF_FILM)]
    services.does("POST", f"{FILM}/edits", 200, {"deed": "pin", "clip": 4})
    assert services.asked[0] == ("pin", *OF_FILM, 4, "", {"seen": "", **OLGA})
    services.does("POST", f"{FILM}/edits", 400, {"deed": "pin"})


def test_a_film_is_made(services: Services) -> None:
    services.gives(queries, "show", row(renders=[row(version=2), row(version=1)]))
    services.gives(RenderJobs, "start", Job(*OF_FILM, "film", done=7, total=100))
    told = {"kind": "film", "running": True, "percent": 7, "version": None, "error": ""}
    body = {"format": "9:16", "size": "720", "fps": 25, "loudness": -16.0, "captions": "ru,en", "burn": "ru"}
    assert services.does("POST", f"{FILM}/renders", 202, body) == told
    name, _jobs, *words, wanted = services.asked[-1]
    assert (name, words) == ("start", [*OF_FILM, "film"])
    assert (wanted.format.shape, wanted.format.size, wanted.format.fps) == ("9:16", 720, 25)
    assert (wanted.format.loudness, wanted.tracks, wanted.burn) == (-16.0, ("ru", "en"), "ru")
    assert services.asked[0] == ("show", *OF_FILM)
    assert services.does("POST", f"{FILM}/preview", 202) == told
    assert [(each[0], each[-1]) for each in services.asked] == [("show", "film"), ("start", "preview")]
    services.does("GET", f"{FILM}/making", 404)
    failed = Job(*OF_FILM, "preview", 9, 100, "", running=False, version=3, error=Refused("The disk is full."))
    services.gives(RenderJobs, "job", failed)
    told = {"kind": "preview", "running": False, "percent": 9, "version": 3, "error": "The disk is full."}
    assert services.reads(f"{FILM}/making") == told
    assert services.asked[0] == ("show", *OF_FILM)
    assert [each["version"] for each in services.reads(f"{FILM}/renders", limit=1, after=1)] == [2]


def test_remarks(services: Services) -> None:
    services.gives(remarks, "listing", [row(id=1)])
    for name in ("add", "settle", "reply"):
        services.gives(remarks, name)
    new = {"version": 2, "text": "Громче", "seconds": 1.5, "until": 2.5}
    assert services.does("POST", f"{FILM}/remarks", 201, new) == [{"id": 1}]
    assert services.asked[0] == ("add", *OF_FILM, 2, "Громче", {"seconds": 1.5, "until": 2.5, **OLGA})
    assert services.does("PUT", f"{FILM}/remarks/3", 200, {"done": True}) == [{"id": 1}]
    assert services.asked[0] == ("settle", *OF_FILM, 3, {"done": True, **OLGA})
    assert services.does("POST", f"{FILM}/remarks/3/replies", 201, {"text": "Сделано"}) == [{"id": 1}]
    assert services.asked[0] == ("reply", *OF_FILM, 3, "Сделано", OLGA)


def test_sign_offs_and_their_letters(services: Services) -> None:
    made = SimpleNamespace(number=4, secret="s3cret", version=2, expires_at=date(2023, 1, 20))
    services.gives(sign_off, "ask", made)
    services.gives(sign_off, "revoke")
    services.gives(mailing, "again")
    services.gives(mailing, "listing", {1: [row(number=3), row(number=1)], 2: [row(number=2)]})
    wish = {"to": "Глава", "position": "глава", "days": 3, "version": 2, "mail": "head@x.example", "language": "ru"}
    assert services.does("POST", f"{FILM}/sign-offs", 201, wish) == {
        "number": 4, "link": f"{DESK}/sign-off/s3cret", "version": 2, "expires_at": "2023-01-20",
    }  # fmt: skip
    assert services.asked == [("ask", *OF_FILM, {**wish, **OLGA})]
    services.does("DELETE", "/sign-offs/4", 204)
    assert services.asked == [("revoke", 4, OLGA)]
    services.does("POST", "/sign-offs/4/letters", 204, {"mail": "other@x.example"})
    assert services.asked == [("again", 4, {"mail": "other@x.example", **OLGA})]
    letters = services.reads(f"{FILM}/sign-off-letters", limit=2, after=1)
    assert ([each["number"] for each in letters], services.asked) == ([2, 3], [("listing", *OF_FILM)])


def test_files_of_a_film(services: Services, tmp_path: Path) -> None:
    (file := tmp_path / "file").write_bytes(b"0123456789")
    version = SimpleNamespace(row="its row")
    for name in ("film", "poster", "signed", "captions", "with_protocol"):
        services.monkeypatch.setattr(versions, name, lambda *_words: file)
    services.monkeypatch.setattr(versions, "version", lambda _relay, _session, *_words: version)
    services.gives(previews, "film", file)
    services.monkeypatch.setattr(shelf, "file", lambda *_words: (SimpleNamespace(called="Голоса.zip"), file))
    for path, kind, called in (
        (f"{FILM}/renders/2/film.mp4", "video/mp4", 'attachment; filename="proryv80-2.mp4"'),
        (f"{FILM}/preview.mp4", "video/mp4", None),
        (f"{FILM}/renders/2/poster.jpg", "image/jpeg", 'attachment; filename="file"'),
        (f"{FILM}/renders/2/signed.mp4", "video/mp4", 'attachment; filename="file"'),
        (f"{FILM}/renders/2/protocol.mp4", "video/mp4", 'attachment; filename="file"'),
        (f"{FILM}/renders/2/captions/ru.vtt", "text/vtt; charset=utf-8", 'attachment; filename="file"'),
        (f"{FILM}/renders/2/captions/zh-Hans.srt", "application/x-subrip", 'attachment; filename="file"'),
        (
            f"{FILM}/exports/3.zip",
            "application/zip",
            "attachment; filename*=utf-8''%D0%93%D0%BE%D0%BB%D0%BE%D1%81%D0%B0.zip",
        ),
    ):
        response = services.olga.get(path, headers={"range": "bytes=2-3"})
        found = (response.status_code, response.content, response.headers["content-type"])
        assert found == (206, b"23", kind), path
        assert response.headers.get("content-disposition") == called, path
    for odd in ("russ.vtt", "r.vtt", "ru-.vtt", "RU.vtt", "ru.txt", f"ru-{'x' * 14}.vtt"):
        fails(services.olga.get(f"{FILM}/renders/2/captions/{odd}"), 400, "unreadable")
    assert services.olga.get(f"{FILM}/renders/2/captions/ru-{'x' * 13}.vtt").status_code == 200


def test_posters_and_sealed_copies(services: Services) -> None:
    services.gives(posters, "told", row(by_hand=False))
    for name in ("choose", "choose_in_clip", "forget"):
        services.gives(posters, name, row(by_hand=name))
    assert services.reads(f"{FILM}/poster") == {"by_hand": False}
    assert services.does("PUT", f"{FILM}/poster", 200, {"at": 1.5, "clip": 4}) == {"by_hand": "choose_in_clip"}
    assert services.asked == [("choose_in_clip", *OF_FILM, 4, {"at": 1.5, **OLGA})]
    assert services.does("PUT", f"{FILM}/poster", 200, {"at": 1.5, "version": 2}) == {"by_hand": "choose"}
    assert services.asked == [("choose", *OF_FILM, {"at": 1.5, "version": 2, **OLGA})]
    assert services.does("DELETE", f"{FILM}/poster") == {"by_hand": "forget"}
    assert services.asked == [("forget", *OF_FILM, OLGA)]
    services.gives(credentials, "sign", SimpleNamespace(state="Valid", signer="Relay"))
    assert services.does("POST", f"{FILM}/renders/2/sign", 201) == {"state": "Valid", "signer": "Relay"}
    assert services.asked == [("sign", *OF_FILM, {"version": 2, **OLGA})]
    services.gives(protocols, "attach", "a copy")
    services.gives(protocols, "public_key", "c0ffee")
    services.gives(sealed_films, "compare", ["one", "two"])
    assert services.does("POST", f"{FILM}/renders/2/protocol", 201) == {"protocols": 2, "key": "c0ffee"}
    assert services.asked == [("attach", *OF_FILM, {"version": 2, **OLGA}), ("compare", "a copy"), ("public_key",)]


def test_exports(services: Services) -> None:
    services.gives(queries, "show")
    services.gives(shelf, "listing", [row(number=1)])
    services.gives(shelf, "remove")
    assert services.reads(f"{FILM}/exports") == [{"number": 1}]
    services.does("DELETE", f"{FILM}/exports/3", 204)
    assert services.asked == [("remove", *OF_FILM, 3)]
    services.does("GET", f"{FILM}/exporting", 404)
    running = {"running": True, "percent": 0, "number": None, "error": "", "stopped": ""}
    begun = ExportJob(SLUG, "film", ExportWish(), "Ольга")
    services.gives(ExportJobs, "start", begun)
    assert services.does("POST", f"{FILM}/exports", 202, {"to": "otio", "originals": False}) == running
    assert services.asked[0] == ("show", *OF_FILM)
    name, _jobs, *words, wish, more = services.asked[1]
    assert (name, words, wish.to.value, wish.originals, wish.packed) == ("start", [*OF_FILM], "otio", False, True)
    assert (more["person"], more["translate"]("Title")) == ("Ольга", "Title")
    services.gives(ExportJobs, "job", begun)
    assert services.reads(f"{FILM}/exporting") == running
    assert services.asked[0] == ("show", *OF_FILM)
    assert services.does("POST", f"{FILM}/exporting/stop")["stopped"] == "Ольга"
    begun.running, begun.stopped = False, ""
    assert services.does("POST", f"{FILM}/exporting/stop")["stopped"] == "", "it had ended by itself"
    begun.error = Refused("The disk is full.")
    assert services.reads(f"{FILM}/exporting")["error"] == "The disk is full."


# Clips, and judging them


def test_clips_are_read(services: Services) -> None:
    services.gives(finding, "listing", [row(id=9), row(id=4), row(id=7)])
    response = services.olga.get(f"{HERE}/clips", params={"state": "later", "limit": 2, "after": 3})
    assert [each["id"] for each in response.json()] == [9, 4]
    assert response.headers["link"].endswith('after=4>; rel="next"')
    name, slug, chosen, more = services.asked[0]
    assert (name, slug, chosen.state, more) == ("listing", SLUG, (ClipState.later,), {"after": 3, "size": 3})
    assert "link" not in services.olga.get(f"{HERE}/clips", params={"limit": 3}).headers
    for path, module, name, answer in (
        ("/clips/4", shown, "clip", row(id=4)),
        ("/clips/4/decisions", desk, "history", [row(id=4)]),
        ("/clips/4/suggestions", suggestions, "of_clip", [row(id=4)]),
        ("/clips/4/readings", proposals, "of_clip", [row(id=4)]),
        ("/clips/4/trim", clip_reviews, "show", row(id=4)),
        ("/clips/4/certificate", certificate, "of_clip", row(id=4)),
    ):
        services.gives(module, name, answer)
        assert services.reads(path) in ({"id": 4}, [{"id": 4}])
        assert services.asked == [(name, 4)]


def test_which_text_is_read_is_answered(services: Services) -> None:
    for name in ("confirm", "refuse", "take_back"):
        services.gives(readings, name, row(clip=4))
    assert services.does("POST", "/clips/4/readings/0/confirm", 200, {"quote": "7", "replace": True}) == {"clip": 4}
    assert services.asked == [("confirm", 4, 0, {"quote": "7", "replace": True, **OLGA})]
    services.does("POST", "/clips/4/readings/1/confirm", 200, {})
    assert services.asked == [("confirm", 4, 1, {"quote": "", "replace": False, **OLGA})]
    services.does("POST", "/clips/4/readings/1/refuse", 200, {"quote": "7"})
    assert services.asked == [("refuse", 4, 1, {"quote": "7", **OLGA})]
    services.does("POST", "/clips/4/readings/1/unsay", 200)
    assert services.asked == [("take_back", 4, 1, OLGA)]


def test_a_clip_is_brought(services: Services) -> None:
    services.gives(desk, "campaign")
    services.gives(files, "add_files", [12])
    services.gives(shown, "clip", row(id=12))
    who = {"name": "Анна", "town": "Мга"}
    for called, kept in (("Мой.MOV", "file.mov"), ("", "file.mp4")):
        told = services.does(
            "POST", f"{HERE}/clips/file", 201, content=b"film", params={"file_name": called, **who}
        )  # fmt: skip
        assert told == {"id": 12}
        handed = ("add_files", SLUG, [(kept, b"film")], {**who, "called": called, **OLGA})
        assert services.asked == [("campaign", SLUG), handed, ("clip", 12)]
    services.does("POST", f"{HERE}/clips/file", 400, content=b"film", params={"name": "я" * 201})


def test_a_clip_is_corrected(services: Services) -> None:
    person = row(name="Анна", town="Мга", district="", age="60+", relation="внучка")
    found = row(id=4, participant=person, quote="7", origin="book", text_author="Гранин", state="awaiting")
    services.gives(shown, "clip", found)
    services.gives(desk, "edit")
    names = ("name", "town", "district", "age", "relation", "quote", "origin", "text_author", "consent")
    fields = dict.fromkeys(names)
    given = {"town": "Луга", "evidence": "письмо"}
    services.does("PATCH", "/clips/4", 200, {**given, "seen": {"town": "Мга"}})
    assert services.asked[0] == ("edit", 4, {**OLGA, "seen": {"town": "Мга"}, **fields, **given})
    services.does("PATCH", "/clips/4", 200, given)
    assert services.asked[0][-1]["seen"] is None
    services.does("PATCH", "/clips/4", 200, given, headers={"if-match": answers.etag(answers.as_text(found))})
    whole = {"name": "Анна", "town": "Мга", "district": "", "age": "60+", "relation": "внучка", "quote": "7"}
    whole |= {"origin": "book", "text_author": "Гранин"}
    assert services.asked[1][-1]["seen"] == whole
    services.gives(clip_reviews, "trim", row(id=4))
    services.gives(clip_reviews, "undo", row(id=5))
    assert services.does("PATCH", "/clips/4/trim", 200, {"in": "1.2", "turn": 90, "editor_note": ""}) == {"id": 4}
    assert services.asked == [("trim", 4, {"begins": "1.2", "turn": "90", "editor_note": ""}, OLGA)]
    assert services.does("POST", "/clips/4/trim/undo") == {"id": 5}
    assert services.asked == [("undo", 4, OLGA)]


def test_captions_of_a_clip(services: Services) -> None:
    services.gives(desk, "slug_of")
    services.gives(captions, "listing", [row(language="ru")])
    services.gives(captions, "usual_language", "tt")
    for name in ("from_file", "from_quote", "drop"):
        services.gives(captions, name)
    services.gives(drafts, "from_heard")
    assert services.reads("/clips/4/captions") == [{"language": "ru"}]
    assert services.asked == [("slug_of", 4), ("listing", 4)]
    for language, used in (("fr", "fr"), ("", "tt")):
        words = {"language": used, **OLGA}
        body = {"language": language, "text": "WEBVTT", "kind": "vtt"}
        assert services.does("PUT", "/clips/4/captions", 200, body) == [{"language": "ru"}]
        assert services.asked[0] == ("slug_of", 4)
        assert services.asked[-2:] == [("from_file", 4, ("captions.vtt", b"WEBVTT"), words), ("listing", 4)]
        services.does("POST", "/clips/4/captions/from-quote", 200, {"language": language})
        assert services.asked[-2:] == [("from_quote", 4, words), ("listing", 4)]
        services.does("POST", "/clips/4/captions/from-heard", 200, {"language": language})
        assert services.asked[-2:] == [("from_heard", 4, {"language": language, **OLGA}), ("listing", 4)]
        services.does("DELETE", "/clips/4/captions", 204, params={"language": language})
        assert services.asked[-1] == ("drop", 4, words)
    services.does("DELETE", "/clips/4/captions", 400, params={"language": "x" * 17})
    assert list(services.relay.folder("brought").iterdir()) == []


def test_a_clip_is_judged(services: Services) -> None:
    found = row(id=4, state=ClipState.later)
    services.gives(shown, "clip", found)
    standing = SimpleNamespace(id=8, verdict=Verdict.approve, person="Анна")
    services.gives(desk, "show", SimpleNamespace(last_decision=standing, doubt="gone"))
    for name in ("decide", "undo", "keep"):
        services.gives(desk, name)
    words = {"reason": "Шум", "override": "Знаем семью"}
    assert services.does("POST", "/clips/4/decisions", 201, {"verdict": "reject", "seen": "awaiting", **words})["id"]
    seen = {"seen": ClipState.awaiting, **words, **OLGA}
    assert services.asked == [("decide", 4, Verdict.reject, seen), ("clip", 4)]
    tag = {"if-match": answers.etag(answers.as_text(found))}
    services.does("POST", "/clips/4/decisions", 201, {"verdict": "approve"}, headers=tag)
    assert services.asked[1][-1]["seen"] is ClipState.later
    services.does("POST", "/clips/4/decisions", 201, {"verdict": "approve", "seen": "awaiting"}, headers=tag)
    assert services.asked[1][-1]["seen"] is ClipState.awaiting
    fails(services.olga.post("/clips/4/decisions", json={"verdict": "approve"}), 428, "unseen")
    assert services.does("POST", "/clips/4/undo", 200, {})["id"] == 4
    assert services.asked == [("show", 4), ("undo", 4, {"decision_id": 8, **OLGA}), ("clip", 4)]
    services.does("POST", "/clips/4/undo", 200, {"decision": 6})
    assert services.asked[1] == ("undo", 4, {"decision_id": 6, **OLGA})
    for body, doubt in (({}, "gone"), ({"seen": "closed"}, "closed")):
        assert services.does("POST", "/clips/4/keep", 200, body)["id"] == 4
        assert services.asked == [("show", 4), ("keep", 4, {"seen": doubt, **OLGA}), ("clip", 4)]
    services.gives(desk, "show", SimpleNamespace(last_decision=None, doubt=""))
    services.does("POST", "/clips/4/keep", 400, {})
    services.does("POST", "/clips/4/undo", 200, {})
    assert services.asked[1] == ("undo", 4, {"decision_id": None, **OLGA})


def test_whose_decision_a_moderator_takes_back(services: Services, token: Callable[..., str]) -> None:
    anna = Program(services.api, token("anna"))
    services.gives(shown, "clip", row(id=4))
    services.gives(desk, "undo")
    for person, status in (("Анна", 200), ("Борис", 403)):
        standing = SimpleNamespace(id=8, verdict=Verdict.withdraw, person=person)
        services.gives(desk, "show", SimpleNamespace(last_decision=standing))
        assert anna.post("/clips/4/undo", json={}).status_code == 403, "only organizers withdraw"
        standing.verdict = Verdict.approve
        assert anna.post("/clips/4/undo", json={}).status_code == status


def test_a_clip_is_returned_and_taken_back(services: Services) -> None:
    services.gives(taking_back, "withdraw")
    services.gives(mending, "send_back")
    services.gives(mending, "call_off")
    services.gives(mending, "of_clip", [row(id=1), row(id=2)])
    services.gives(shown, "clip", row(id=4))
    services.does("POST", "/clips/4/withdraw", 204, {"reason": "Просила"})
    assert services.asked == [("withdraw", 4, {"reason": "Просила", **OLGA})]
    body = {"note": "Громче", "seen": "awaiting"}
    assert services.does("POST", "/clips/4/return", 201, {"ask": ["name"], **body}) == {"id": 2}
    assert services.asked == [("send_back", 4, ["name"], {**body, **OLGA}), ("of_clip", 4, DESK)]
    assert services.does("POST", "/clips/4/call-off") == {"id": 4}
    assert services.asked == [("call_off", 4, OLGA), ("clip", 4)]


# Permissions


def test_what_authors_allowed(services: Services) -> None:
    services.gives(views, "of_clip", row(clip=4))
    services.gives(views, "listing", [])
    services.gives(agreements, "of_clip", [row(number=1)])
    for module, name in ((agreements, "end"), (consent, "note"), (overrides, "take_upon"), (overrides, "take_back")):
        services.gives(module, name)
    services.gives(agreements, "ask", row(number=2))
    assert services.reads("/clips/4/permission") == {"permission": {"clip": 4}, "asked": [{"number": 1}]}
    assert services.asked == [("of_clip", 4), ("of_clip", 4, DESK)]
    services.reads(f"{HERE}/permissions", lacking=True, uses=["broadcast", "abroad"])
    both = frozenset({Use.film, Use.broadcast, Use.abroad})
    assert services.asked == [("listing", SLUG, {"lacking": True, "uses": both})]
    body = {"scope": "film", "evidence": "Письмо", "broadcast": True, "abroad": False, "guardian": "Вера"}
    for until, day, for_ever in (("2030-01-31", date(2030, 1, 31), False), ("", None, True), (None, None, False)):
        services.does("POST", "/clips/4/consents", 201, {**body, "until": until})
        terms = ConsentTerms(broadcast=True, abroad=False, until=day, for_ever=for_ever, guardian="Вера")
        assert services.asked == [("note", 4, "film", "Письмо", {"terms": terms, **OLGA}), ("of_clip", 4)]
    assert day_of("2030-01-31") == date(2030, 1, 31)
    assert services.does("POST", "/clips/4/consent-link", 201, {"days": 7}) == {"number": 2}
    assert services.asked == [("ask", 4, {"base_url": DESK, "days": 7, **OLGA})]
    services.does("DELETE", "/clips/4/consent-link", 204)
    assert services.asked == [("end", 4, OLGA)]
    taken = {"reason": "Знаем", "uses": frozenset({Use.film, Use.abroad}), **OLGA}
    assert services.does("PUT", "/clips/4/override", 200, {"reason": "Знаем", "uses": ["abroad"]}) == {"clip": 4}
    assert services.asked == [("take_upon", 4, taken), ("of_clip", 4, {"uses": taken["uses"]})]
    assert services.does("DELETE", "/clips/4/override") == {"clip": 4}
    assert services.asked == [("take_back", 4, OLGA), ("of_clip", 4)]
    services.gives(queries, "show", SimpleNamespace(uses=["abroad"], lacking=[row(clip=4)]))
    services.gives(reaches, "set_for")
    told = {"uses": ["abroad"], "lacking": [{"clip": 4}]}
    assert services.reads(f"{FILM}/permissions") == told
    assert services.does("PUT", f"{FILM}/permissions", 200, {"uses": ["abroad"]}) == told
    assert services.asked == [("set_for", *OF_FILM, [FilmReach.abroad], OLGA), ("show", *OF_FILM)]


# Posts


def test_posts(services: Services) -> None:
    services.gives(post_filter, "page", SimpleNamespace(posts=[row(id=5)], more=5))
    response = services.olga.get(f"{HERE}/posts", params={"match": "near", "limit": 1, "after": 7})
    assert (response.json(), "after=5" in response.headers["link"]) == ([{"id": 5}], True)
    name, slug, chosen, more = services.asked[0]
    assert (name, slug, chosen.match, more) == ("page", SLUG, "near", {"after": 7, "size": 1})
    services.gives(without_video, "listing", [row(id=1)])
    services.reads(f"{HERE}/posts-without-video", put_aside=True)
    assert services.asked == [("listing", SLUG, {"put_aside": True})]
    services.gives(posts, "show", row(id=5))
    services.gives(posts, "add", 5)
    here, link = {"slug": SLUG, **OLGA}, {"url": "https://x.example"}
    assert services.reads(f"{HERE}/posts/5") == {"id": 5}
    assert services.asked == [("show", 5, {"slug": SLUG})]
    assert services.does("POST", f"{HERE}/posts", 201, link) == {"id": 5}
    assert services.asked == [("add", SLUG, link["url"], OLGA), ("show", 5, {"slug": SLUG})]
    for path, module, name in (
        ("turn-down", near_misses, "turn_down"),
        ("put-aside", without_video, "put_aside"),
        ("take-up", without_video, "take_up"),
    ):
        services.gives(module, name)
        services.does("POST", f"{HERE}/posts/5/{path}", 204)
        assert services.asked == [(name, 5, here)]
    services.gives(without_video, "hand_in")
    assert services.does("POST", f"{HERE}/posts/5/link", 200, link) == {"id": 5}
    assert services.asked == [("hand_in", 5, link["url"], here), ("show", 5, {"slug": SLUG})]
    services.gives(near_misses, "add_alias")
    for alias, wanted, added in (("#прорыв", True, True), ("#прорыв", False, False), ("", True, False)):
        services.gives(near_misses, "accept", row(alias=alias))
        assert services.does("POST", f"{HERE}/posts/5/accept", 200, {"alias": wanted}) == {"alias": alias}
        assert services.asked[0] == ("accept", 5, here)
        assert services.asked[1:] == [("add_alias", SLUG, "#прорыв", OLGA)] * added


# Campaigns


def test_campaigns_are_led(services: Services) -> None:
    services.gives(campaigns, "status", row(state="running"))
    services.gives(campaigns, "new", SimpleNamespace(slug="autumn"))
    new = {"slug": "Autumn", "title": "Осень", "hashtags": ["#autumn"], "opens": "2023-01-11", "closes": "2023-01-18"}
    usual = {"aliases": [], "tz": "Europe/Moscow", "language": "", "comments": False}
    response = services.olga.post("/campaigns", json=new)
    assert (response.status_code, response.headers["location"]) == (201, "/api/v1/campaigns/autumn")
    handed = services.asked[0][-1]
    assert {**new, **usual}.items() <= handed.items()
    assert services.asked[1] == ("status", "autumn")
    assert services.reads(HERE) == {"state": "running"}
    for method, path, module, name, body, words in (
        ("POST", "start", campaigns, "start", None, (OLGA,)),
        ("POST", "stop", campaigns, "stop", None, (OLGA,)),
        ("POST", "extend", campaigns, "extend", {"closes": "2030-01-01"}, ("2030-01-01", OLGA)),
        ("PUT", "comments", comments, "set_for", {"on": True}, ({"on": True, **OLGA},)),
        ("PUT", "hand-in", hand_ins, "switch", {"open": True}, ({"is_open": True, **OLGA},)),
        ("POST", "archive", life, "archive", None, (OLGA,)),
        ("POST", "bring-back", life, "bring_back", None, (OLGA,)),
        ("PUT", "window", life, "reschedule", {"opens": "1", "closes": "2"}, ("1", "2", OLGA)),
        ("DELETE", "tags/мга", tags, "drop", None, ("#мга", OLGA)),
        ("DELETE", "tags/%23мга", tags, "drop", None, ("#мга", OLGA)),
    ):
        services.gives(module, name)
        assert services.does(method, f"{HERE}/{path}", 200, body) == {"state": "running"}, path
        assert services.asked == [(name, SLUG, *words), ("status", SLUG)], path
    for path, name in (("hashtags", "add_hashtag"), ("aliases", "add_alias")):
        services.gives(tags, name, 3)
        assert services.does("POST", f"{HERE}/{path}", 201, {"tag": "#Мга"}) == {"tag": "#Мга", "posts": 3}
        assert services.asked == [(name, SLUG, "#Мга", OLGA)]
    services.gives(coverage, "report", row(holes=0))
    assert (services.reads(f"{HERE}/coverage"), services.asked) == ({"holes": 0}, [("report", SLUG)])


def test_which_campaigns_somebody_sees(services: Services, token: Callable[..., str]) -> None:
    rows = [SimpleNamespace(id=number, slug=slug) for number, slug in ((1, "spring"), (2, "autumn"))]
    services.gives(campaigns, "all_campaigns", rows)
    services.monkeypatch.setattr(summaries, "campaign_row", lambda each: row(slug=each.slug))
    assert services.reads("/campaigns") == [{"slug": "autumn"}, {"slug": "spring"}]
    response = services.olga.get("/campaigns", params={"limit": 1})
    assert (response.json(), "after=autumn" in response.headers["link"]) == ([{"slug": "autumn"}], True)
    assert services.reads("/campaigns", after="autumn") == [{"slug": "spring"}]


def test_settings_of_a_campaign(services: Services) -> None:
    now = {"title": "Прорыв", "language": "ru", "permission": "asked", "gate": "tell", "guidelines": "Слушать",
           "introduction": "Читайте", "contact": "Ольга", "districts": "Мга"}  # fmt: skip
    services.gives(settings, "shown", now)
    services.gives(settings, "change")
    assert services.reads(f"{HERE}/settings") == now
    body = {"contact": "Вера", "districts": ""}
    assert services.does("PATCH", f"{HERE}/settings", 200, {**body, "seen": {"contact": "Анна"}}) == now
    assert [each for each in services.asked if each[0] == "change"] == [
        ("change", SLUG, body, {**now, "contact": "Анна"}, OLGA)
    ]
    services.does("PATCH", f"{HERE}/settings", 200, body)
    assert next(each for each in services.asked if each[0] == "change")[3] == now
    fails(services.olga.patch(f"{HERE}/settings", json={}, headers={"if-match": '"old"'}), 412, "changed")


def test_what_takes_longer_is_an_errand(services: Services) -> None:
    for module, name, answer in (
        (campaigns, "get", None),
        (at_once, "read", [row(new=2)]),
        (at_once, "look_again", row(gone=1)),
        (sources, "check", [row(id=1)]),
    ):
        services.gives(module, name, answer)
    errands = services.api.state.errands = Errands()
    for number, (path, body, what, service, result) in enumerate(
        (
            ("crawl", {"deep": True, "comments": True}, "crawl", "read", [{"new": 2}]),
            ("recheck", None, "recheck", "look_again", {"gone": 1}),
            ("sources/check", None, "check sources", "check", [{"id": 1}]),
        ),
        start=1,
    ):
        services.asked.clear()
        response = services.olga.post(f"{HERE}/{path}", json=body)
        place = f"/api/v1{HERE}/errands/{number}"
        assert (response.status_code, response.headers["location"]) == (202, place)
        errands.wait()
        asked = next(each for each in services.asked if each[0] == service)
        assert asked[:2] == (service, SLUG)
        assert service != "read" or asked[-1] == {"deep": True, "comments": True}
        told = services.reads(f"{HERE}/errands/{number}")
        assert (told["what"], told["state"], told["result"]) == (what, "done", result)
    assert [each["id"] for each in services.reads(f"{HERE}/errands")] == [1, 2, 3]
    services.does("GET", "/campaigns/spring/errands/1", 404)


def test_sources(services: Services) -> None:
    services.gives(sources, "listing", [row(id=1, district="Луга"), row(id=2, district="Мга")])
    services.gives(sources, "add", SimpleNamespace(id=2))
    body = {"address": "vk:tag", "district": "Мга"}
    assert services.does("POST", f"{HERE}/sources", 201, body)["id"] == 2
    assert services.asked == [("add", SLUG, "vk:tag", {"district": "Мга", **OLGA}), ("listing", SLUG)]
    for name in ("pause", "resume"):
        services.gives(sources, name)
        assert services.does("POST", f"{HERE}/sources/2/{name}")["id"] == 2
        assert services.asked == [(name, SLUG, 2, OLGA), ("listing", SLUG)]
        services.does("POST", f"{HERE}/sources/3/{name}", 404)
    services.gives(sources, "set_districts", [])
    for given, was in (({}, "Мга"), ({"seen": ""}, ""), ({"seen": "Волхов"}, "Волхов")):
        assert services.does("PUT", f"{HERE}/sources/2/district", 200, {"district": "Тосно", **given})["id"] == 2
        assert ("set_districts", SLUG, {2: (was, "Тосно")}, OLGA) in services.asked
    services.gives(sources, "set_districts", [SimpleNamespace(district="Волхов"), SimpleNamespace(district="Кириши")])
    told = services.does("PUT", f"{HERE}/sources/2/district", 409, {"district": "Тосно"})
    assert told["state"] == "Волхов"
    services.gives(schedule, "show", row(tokens=1))
    assert (services.reads(f"{HERE}/sources/plan"), services.asked) == ({"tokens": 1}, [("show", SLUG)])
    services.gives(pasting, "add_all", iter([row(line="vk:a"), row(line="vk:b")]))
    several = {"addresses": ["vk:a", "vk:b, Луга"], "district": "Мга"}
    told = services.does("POST", f"{HERE}/sources/several", 200, several)
    assert [each["line"] for each in told] == ["vk:a", "vk:b"]
    name, slug, wanted, more = services.asked[0]
    assert (name, slug, more) == ("add_all", SLUG, {"here": False, "district": "Мга", "patience": 45.0, **OLGA})
    assert len(wanted) == 2


# People


def test_accounts(services: Services) -> None:
    view = row(id=5, login="gleb", roles={})
    services.gives(accounts, "view", view)
    made = SimpleNamespace(id=5, login="gleb", name="Глеб")
    services.gives(accounts, "create", (made, "s3cret"))
    services.gives(accounts, "invite", made)
    services.gives(links, "password_link", f"{DESK}/choose")
    services.gives(links, "sign_in_link", f"{DESK}/once")
    services.gives(roles, "set_role_in")
    words = {"language": services.relay.settings.language, **OLGA}
    new = {"login": "gleb", "name": "Глеб", "role": "editor"}
    told = services.does("POST", "/accounts", 201, new)
    assert told == {"id": 5, "login": "gleb", "name": "Глеб", "password": "s3cret", "link": ""}
    assert services.asked == [("create", "gleb", "Глеб", Role.editor, words)]
    told = services.does("POST", "/accounts", 201, {**new, "campaign": SLUG, "language": "fr", "invite": True})
    assert (told["password"], told["link"]) == ("", f"{DESK}/choose")
    assert services.asked == [
        ("invite", "gleb", "Глеб", None, {**words, "language": "fr"}),
        ("set_role_in", "gleb", SLUG, Role.editor, OLGA),
        ("password_link", "gleb", DESK),
    ]
    services.gives(accounts, "set_role")
    for body, asked in (
        ({"role": "viewer"}, ("set_role", "gleb", Role.viewer, OLGA)),
        ({"role": None, "campaign": SLUG}, ("set_role_in", "gleb", SLUG, None, OLGA)),
    ):
        assert services.does("PUT", "/accounts/5/role", 200, body)["id"] == 5
        assert services.asked == [("view", 5), asked, ("view", 5)]
    for wish, name, link in (({}, "sign_in_link", "once"), ({"choose_password": True}, "password_link", "choose")):
        assert services.does("POST", "/accounts/5/link", 201, wish) == {"link": f"{DESK}/{link}"}
        assert services.asked == [("view", 5), (name, "gleb", DESK)]
    services.gives(accounts, "set_password", "n3w")
    assert services.does("POST", "/accounts/5/password") == {"login": "gleb", "password": "n3w"}
    assert services.asked[1] == ("set_password", "gleb", OLGA)
    for method, path, module, name, status, words_ in (
        ("DELETE", "tokens/8", api_tokens, "revoke", 204, ("gleb", 8, OLGA)),
        ("POST", "close", accounts, "close", 200, ("gleb", OLGA)),
        ("POST", "reopen", accounts, "reopen", 200, ("gleb", OLGA)),
        ("DELETE", "second-factor", second_factor, "reset", 204, ("gleb", "Ольга")),
    ):
        services.gives(module, name)
        services.does(method, f"/accounts/5/{path}", status)
        assert services.asked[1] == (name, *words_)
    assert services.reads("/accounts/5")["login"] == "gleb"
    services.gives(api_tokens, "listing", [row(id=1), row(id=2)])
    assert services.reads("/accounts/tokens", login="gleb", after=1) == [{"id": 2}]
    assert services.asked == [("listing", "gleb")]


def test_whose_token_it_is(services: Services) -> None:
    told = services.reads("/me")
    assert (told["login"], told["name"], told["role"], told["roles"]) == ("olga", "Ольга", "organizer", {})
    assert (told["token"], told["may_write"], told["expires_at"][:4]) == ("script", True, "2023")


def test_deeds(services: Services) -> None:
    services.gives(audit, "listing", [row(place="c"), row(place="b"), row(place="a")])
    asked = {"campaign": SLUG, "person": "Ольга", "kind": "decision", "clip": 4, "since": "2023-01-11"}
    query = {**asked, "until": "2023-01-12", "after": "d", "limit": 2}
    response = services.olga.get("/audit", params=query)
    assert [each["place"] for each in response.json()] == ["c", "b"]
    assert "after=b" in response.headers["link"]
    wanted = audit.DeedFilter(SLUG, "Ольга", "decision", 4, date(2023, 1, 11), date(2023, 1, 12), "d")
    assert services.asked == [("listing", wanted, {"size": 3})]
    assert "link" not in services.olga.get("/audit", params={"limit": 3}).headers


# The installation


def test_upkeep(services: Services) -> None:
    services.gives(doctor, "check", [SimpleNamespace(what="disk", text="Full.", wrong=True, fixed=False)])
    assert services.reads("/doctor") == [{"what": "disk", "text": "Full.", "wrong": True, "fixed": False}]
    assert set(services.asked[0][-1]) == {"shots", "tables"}, "no file is read whole and nothing is mended"
    services.gives(told_alerts, "listing", [row(key="disk")])
    for query, past in (({}, False), ({"past": "true"}, True)):
        assert services.reads("/alerts", **query) == [{"key": "disk"}]
        assert services.asked == [("listing", {"past": past})]
    services.gives(outbox, "test", iter([row(channel="mail")]))
    assert services.does("POST", "/alerts/test") == [{"channel": "mail"}]
    services.gives(tokens, "listing", [row(token="d1ge57")])
    assert services.reads("/tokens") == [{"token": "d1ge57"}]
    queue = row(count=2)
    now = SimpleNamespace(now=date(2023, 1, 12), has_leader=True, is_silent=False, overdue={"b", "a"}, free=10.26,
                          least=2.0, videos=queue, fetching=1, clips=row(count=3), sources=row(count=4))  # fmt: skip
    services.gives(health, "read_vitals", now)
    services.gives(outbox, "channel_states", [row(channel="mail")])
    services.gives(hosts, "listing", [row(host="north")])
    assert services.reads("/health") == {
        "at": "2023-01-12", "works": True, "silent": False, "overdue": ["a", "b"], "free": 10.3, "least": 2.0,
        "videos": {"count": 2}, "fetching": 1, "clips": {"count": 3}, "sources": {"count": 4},
        "channels": [{"channel": "mail"}], "hosts": [{"host": "north"}],
    }  # fmt: skip


def test_the_record(services: Services) -> None:
    found = SimpleNamespace(is_whole=False, links=9, facts={"Decision": 4}, adopted=1, changed=2, removed=3, found=1,
                            faults=[row(text="gone")], head=row(position=9))  # fmt: skip
    services.gives(record, "verify", found)
    head = f"9:{'a' * 64}"
    told = services.reads("/record", since_head=[head] * 20)
    assert told == {
        "whole": False, "links": 9, "facts": {"Decision": 4}, "adopted": 1, "changed": 2, "removed": 3, "found": 1,
        "faults": [{"text": "gone"}], "head": {"position": 9},
    }  # fmt: skip
    assert [(one.position, one.digest) for one in services.asked[0][1]] == [(9, "a" * 64)] * 20
    for wrong in ([head] * 21, ["9"], [f"0:{'a' * 64}"], [f"9:{'a' * 63}"], [f"9:{'A' * 64}"]):
        services.does("GET", "/record", 400, params={"since_head": wrong})
    for day in (None, date(2023, 1, 12)):
        services.gives(record, "head", row(position=1))
        assert services.reads("/record/head", **({"day": str(day)} if day else {})) == {"position": 1}
        assert services.asked == [("head", day)]
    services.gives(record, "head", row(position=0))
    services.does("GET", "/record/head", 404)
    services.gives(record, "keys_of", SimpleNamespace(fingerprint="f1n9er"))
    services.gives(protocols, "public_key", "c0ffee")
    assert services.reads("/record/key") == {"record": "f1n9er", "protocols": "c0ffee"}


def test_the_board(services: Services, token: Callable[..., str]) -> None:
    services.gives(figures, "board", row(days=[]))
    services.reads(f"{HERE}/board", text="7", district="Мга")
    assert services.asked == [("board", SLUG, {"text": "7", "district": "Мга", "with_moderators": True})]
    services.asked.clear()
    Program(services.api, token("pavel")).reads(f"{HERE}/board")
    assert services.asked == [("board", SLUG, {"text": None, "district": None, "with_moderators": False})]
    services.does("GET", f"{HERE}/board", 400, params={"text": "я" * 201})

    def written(_relay: Relay, _slug: str, _table: Any, path: Path, words: Any, *, kind: Any, person: str) -> None:
        assert (path.name, words.separator, person) == (f"table.{kind.value}", ",", "Ольга")
        path.write_bytes(b"a table")

    services.monkeypatch.setattr(tables, "take", written)
    sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    for kind, media in (("csv", "text/csv; charset=utf-8"), ("xlsx", sheet)):
        response = services.olga.post(f"{HERE}/tables/posts", json={"format": kind})
        assert (response.content, response.headers["content-type"]) == (b"a table", media)
        name = tables.file_name(SLUG, tables.BoardTable.posts, tables.SheetFormat(kind), services.relay.now())
        assert response.headers["content-disposition"] == f'attachment; filename="{name}"'
