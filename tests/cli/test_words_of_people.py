"""What the commands about people, permissions, credits and the record hand on and say: the services in name only."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from relay import alerts as raised
from relay.almanac.assets import backers, emblems, music, pictures, quotes
from relay.almanac.assets.backers import CreditEntry
from relay.almanac.delivery import posters
from relay.almanac.delivery.reviewing import protocols, sealed_films
from relay.almanac.plan import queries, reaches
from relay.board import figures, tables
from relay.board.grid import CampaignText, Gap, GapKind
from relay.board.tables import BoardTable, SheetFormat
from relay.board.text_grid import TextCell, TextGrid
from relay.cli import accounts, alerts, audit, board, consent, privacy, tokens
from relay.cli.almanac import posters as stills
from relay.cli.almanac import protocols as seals
from relay.cli.assets import credits
from relay.cli.assets import emblems as signs
from relay.cli.assets import music as pieces
from relay.cli.assets import pictures as archive
from relay.cli.assets import quotes as texts
from relay.collect.leading import settings
from relay.erasure import certificate, people, readmitting, retention
from relay.erasure.retention import RetentionRule
from relay.errors import Refused
from relay.models import ClipState, FilmReach, Role
from relay.moderation import audit as deeds
from relay.moderation import consent as consents
from relay.moderation.agreement import links as asks
from relay.moderation.people import accounts as account_service
from relay.moderation.people import api_tokens, links, roles, second_factor
from relay.permissions import overrides, views
from relay.permissions.notes import ConsentTerms
from relay.permissions.rules import Ground, Lack, uses_of
from relay.upkeep import outbox, told_alerts, zone
from relay.upkeep import tokens as network_tokens
from relay.upkeep.record import looks
from relay.views import as_json
from tests.cli.test_words import RELAY, SLUG, Services, cells, services, viewed  # noqa: F401 - a fixture

AT = datetime(2023, 1, 12, 9, 0, tzinfo=UTC)
LATER = "2023-01-12T09:00:30+00:00"
DESK = "https://desk.example"
OLGA = {"person": "olga"}
FILM = (SLUG, "film")


@pytest.fixture(autouse=True)
def _one_relay(monkeypatch: pytest.MonkeyPatch) -> None:
    """In whose database nothing is."""
    monkeypatch.setattr(RELAY, "reading", nullcontext, raising=False)
    monkeypatch.setattr(RELAY.settings, "language", "ru", raising=False)
    monkeypatch.setattr(zone, "zone_of", lambda _session: UTC)
    monkeypatch.setattr(raised, "local_time", lambda at, _zone: f"{at:%d.%m. %H:%M}")


# Accounts


def an_account(login: str, **more: Any) -> dict[str, Any]:
    return {
        "login": login, "name": login.title(), "role": Role.editor, "roles": {SLUG: Role.organizer}, "active": True,
        "has_password": True, "has_second_factor": False, "last_sign_in": None, **more,
    }  # fmt: skip


def test_accounts_are_listed_with_how_they_stand(services: Services) -> None:  # noqa: F811
    rows = [
        an_account("gleb", has_second_factor=True, last_sign_in=LATER),
        an_account("vera", role=None, roles={}, has_password=False),
        an_account("lev", active=False, roles={}),
    ]
    services.gives(account_service, "views", [SimpleNamespace(**row) for row in rows])
    assert cells(services.says(accounts.listing)) == [
        ["login", "name", "role", "roles in campaigns", "state", "second factor", "last sign-in"],
        ["gleb", "Gleb", "Editor", f"{SLUG}: Organizer", "can sign in", "✓", "2023-01-12 09:00"],
        ["vera", "Vera", "–", "invited"],
        ["lev", "Lev", "Editor", "shut out"],
    ]
    services.gives(account_service, "views", viewed([{"login": "gleb"}]))
    assert services.tells(accounts.listing, json=True) == [{"login": "gleb"}]


def test_an_account_is_made_with_a_password_or_a_link(services: Services) -> None:  # noqa: F811
    made = SimpleNamespace(login="gleb", name="Глеб")
    services.gives(account_service, "create", (made, "s3cret"))
    services.gives(account_service, "invite", made)
    services.gives(links, "password_link", f"{DESK}/choose")
    services.gives(roles, "set_role_in")
    assert services.says(accounts.add, "gleb", "olga", "Глеб") == ["Глеб signs in as gleb with s3cret"]
    usual = {"language": "ru", **OLGA}
    assert services.asked == [("create", "gleb", "Глеб", Role.moderator, usual)]
    more = {"role": "none", "language": "fr", "json": True}
    told = {"login": "gleb", "name": "Глеб", "password": "s3cret", "link": ""}
    assert services.tells(accounts.add, "gleb", "olga", "Глеб", **more) == told
    assert services.asked == [("create", "gleb", "Глеб", None, {"language": "fr", **OLGA})]
    more = {"role": "viewer", "campaign": SLUG, "invite": True}
    said = "Глеб chooses a password here, once, within seven days: https://desk.example/choose"
    assert services.says(accounts.add, "gleb", "olga", "Глеб", **more) == [said]
    assert services.asked == [
        ("invite", "gleb", "Глеб", None, usual),
        ("set_role_in", "gleb", SLUG, Role.viewer, OLGA),
        ("password_link", "gleb", DESK),
    ]


def test_accounts_are_changed(services: Services) -> None:  # noqa: F811
    for module, name in (
        (account_service, "set_role"), (account_service, "close"), (account_service, "reopen"),
        (roles, "set_role_in"), (second_factor, "reset"), (api_tokens, "revoke"),
    ):  # fmt: skip
        services.gives(module, name)
    services.gives(account_service, "set_password", "n3w")
    services.gives(links, "password_link", f"{DESK}/choose")
    services.gives(links, "sign_in_link", f"{DESK}/once")
    anew = ["gleb has a new role, and signs in anew."]
    for command, words, more, said, asked in (
        (accounts.set_role, ("viewer", "olga"), {}, anew, ("set_role", "gleb", Role.viewer, OLGA)),
        (accounts.set_role, ("none", "olga"), {"campaign": SLUG}, anew, ("set_role_in", "gleb", SLUG, None, OLGA)),
        (accounts.password, ("olga",), {}, ["gleb signs in with n3w"], ("set_password", "gleb", OLGA)),
        (accounts.close, ("olga",), {}, ["gleb is shut out."], ("close", "gleb", OLGA)),
        (accounts.reopen, ("olga",), {}, ["gleb can sign in again."], ("reopen", "gleb", OLGA)),
        (accounts.link, (), {}, [f"The link for gleb, for one use: {DESK}/once"], ("sign_in_link", "gleb", DESK)),
        (
            accounts.link, (), {"choose": True}, [f"The link for gleb, for one use: {DESK}/choose"],
            ("password_link", "gleb", DESK),
        ),
        (
            accounts.reset_second_factor, ("olga",), {},
            ["gleb signs in with the password alone, until a second factor is set up anew."], ("reset", "gleb", "olga"),
        ),
        (accounts.revoke_token, (3, "olga"), {}, ["Token 3 works no more."], ("revoke", "gleb", 3, OLGA)),
    ):  # fmt: skip
        assert (services.says(command, "gleb", *words, **more), services.asked) == (said, [asked])
    assert services.tells(accounts.link, "gleb", json=True) == {"link": f"{DESK}/once"}
    with pytest.raises(Refused, match="no role king"):
        services.says(accounts.set_role, "gleb", "king", "olga")


def test_tokens_of_people(services: Services) -> None:  # noqa: F811
    made = viewed({"id": 3, "token": "relay_x", "expires_at": AT})
    services.gives(api_tokens, "make", made)
    said = ["relay_x", "Shown only now. Token 3 of gleb works until 2023-01-12."]
    assert services.says(accounts.new_token, "gleb", "olga", "report") == said
    assert services.asked == [("make", "gleb", "report", {"days": 90, "may_write": False, **OLGA})]
    assert services.tells(accounts.new_token, "gleb", "olga", "report", days=3, write=True, json=True)["id"] == 3
    assert services.asked == [("make", "gleb", "report", {"days": 3, "may_write": True, **OLGA})]
    row = {"id": 3, "login": "gleb", "name": "report", "may_write": True, "state": "works", "expires_at": AT,
           "last_used_at": LATER}  # fmt: skip
    services.gives(api_tokens, "listing", [SimpleNamespace(**row)])
    assert cells(services.says(accounts.tokens, "gleb"))[1][-2:] == ["2023-01-12", "2023-01-12 09:00"]
    assert services.asked == [("listing", "gleb")]
    services.gives(api_tokens, "listing", [])
    assert services.says(accounts.tokens) == ["There are no tokens."]
    assert services.tells(accounts.tokens, json=True) == []


# Permissions


def standing(clip: int, **more: Any) -> Any:
    fields = {
        "clip": clip, "name": "Анна", "town": "Мга", "state": ClipState.approved, "passes": True,
        "ground": Ground.asked, "lacks": [], "open": [], "overridden": [], "overridden_by": "", "override_reason": "",
        "until": "", "guardian": "", **more,
    }  # fmt: skip
    return viewed(fields)


def test_how_clips_stand_with_their_permission(services: Services) -> None:  # noqa: F811
    lack = next(iter(Lack))
    services.gives(views, "listing", [standing(1), standing(2, passes=False, lacks=[lack], open=[lack])])
    lines = cells(services.says(consent.listing, SLUG))
    assert lines[0] == ["id", "state", "name", "town", "passes", "permission", "lacks"]
    assert [line[0] for line in lines[1:]] == ["1", "2"]
    assert (len(lines[1]), len(lines[2])) == (6, 7)
    assert services.asked == [("listing", SLUG, {"lacking": False, "uses": uses_of(())})]
    both = uses_of([FilmReach.broadcast, FilmReach.abroad])
    more = {"lacking": True, "broadcast": True, "abroad": True, "json": True}
    assert [row["clip"] for row in services.tells(consent.listing, SLUG, **more)] == [1, 2]
    assert services.asked == [("listing", SLUG, {"lacking": True, "uses": both})]
    services.gives(views, "listing", [])
    assert services.says(consent.listing, SLUG) == ["No clips."]
    assert services.says(consent.listing, SLUG, lacking=True) == ["No clip lacks permission."]


def test_one_clip_and_whether_its_author_was_asked(services: Services) -> None:  # noqa: F811
    first, second = list(Lack)[:2]
    more = {
        "lacks": [first, second], "open": [second], "overridden": [first], "overridden_by": "Вера",
        "override_reason": "Знаем семью", "until": "2030-01-31", "guardian": "Мария",
    }  # fmt: skip
    services.gives(views, "of_clip", standing(4, **more))
    row = {"asked_by": "Вера", "asked_at": LATER, "state": "open", "link": f"{DESK}/agree/x"}
    services.gives(asks, "of_clip", viewed([row]))
    said = services.says(consent.show, 4)
    assert said[1:3] == ["  It holds until 2030-01-31.", "  Agreed for a child by Мария"]
    assert said[3].endswith("Вера takes it upon them: Знаем семью")
    assert "takes it" not in said[4]
    assert said[5].startswith("asked by Вера at 2023-01-12 09:00: ")
    assert said[5].endswith(f"  {DESK}/agree/x")
    assert services.asked == [("of_clip", 4), ("of_clip", 4, DESK)]
    told = services.tells(consent.show, 4, json=True)
    assert (told["permission"]["clip"], told["asked"][0]["asked_by"]) == (4, "Вера")


def test_what_a_campaign_takes_for_permission(services: Services) -> None:  # noqa: F811
    now = {"permission": "asked", "gate": "tell", "title": "Прорыв"}
    services.gives(settings, "shown", now)
    services.gives(settings, "change")
    assert len(services.says(consent.rule, SLUG, "olga")) == 2
    assert services.asked == [("shown", SLUG)]
    told = services.tells(consent.rule, SLUG, "olga", permission="written", json=True)
    assert told == {"permission": "asked", "gate": "tell"}
    assert services.asked[1] == ("change", SLUG, {"permission": "written"}, now, OLGA)
    services.says(consent.rule, SLUG, "olga", gate="override")
    assert services.asked[1] == ("change", SLUG, {"gate": "override"}, now, OLGA)


def test_what_an_author_allowed_is_noted(services: Services) -> None:  # noqa: F811
    services.gives(views, "of_clip", standing(4))
    services.gives(consents, "note")
    for until, day, for_ever in (("", None, False), ("-", None, True), ("2030-01-31", date(2030, 1, 31), False)):
        words = {"scope": "film", "evidence": "Письмо", "until": until, "guardian": "Мария"}
        assert services.says(consent.note, 4, "olga", **words, broadcast=False, abroad=True)[0].startswith("Clip 4: ")
        terms = ConsentTerms(broadcast=False, abroad=True, until=day, for_ever=for_ever, guardian="Мария")
        assert services.asked == [("note", 4, "film", "Письмо", {"terms": terms, **OLGA}), ("of_clip", 4)]
    assert services.tells(consent.note, 4, "olga", json=True)["clip"] == 4


def test_authors_are_asked(services: Services) -> None:  # noqa: F811
    services.gives(asks, "ask", SimpleNamespace(clip=4, messages={"ru": "Здравствуйте", "fr": "Bonjour"}))
    services.gives(asks, "end")
    said = services.says(consent.ask, [4], "olga", days=7, language="fr")
    assert said == ["Send this to the author of clip 4:", "Bonjour"]
    assert services.asked == [("ask", 4, {"base_url": DESK, "days": 7, **OLGA})]
    assert services.says(consent.ask, [4], "olga")[1] == "Здравствуйте", "in the campaign's language"
    assert services.asked[0][2]["days"] == 30
    services.gives(asks, "ask", viewed({"clip": 4}))
    assert services.tells(consent.ask, [4, 5], "olga", json=True) == [{"clip": 4}] * 2
    assert [each[1] for each in services.asked] == [4, 5]
    assert services.says(consent.end_link, [4, 5], "olga") == [
        "The link of clip 4 works no more.", "The link of clip 5 works no more.",
    ]  # fmt: skip
    assert services.asked == [("end", 4, OLGA), ("end", 5, OLGA)]


def test_somebody_takes_it_upon_them(services: Services) -> None:  # noqa: F811
    for name in ("take_upon", "take_back"):
        services.gives(overrides, name)
    services.gives(views, "of_clip", standing(4))
    uses = uses_of([FilmReach.abroad])
    assert len(services.says(consent.override, [4, 5], "olga", "Знаем", abroad=True)) == 2
    taken = {"reason": "Знаем", "uses": uses, **OLGA}
    seen = [("of_clip", number, {"uses": uses}) for number in (4, 5)]
    assert services.asked == [("take_upon", 4, taken), ("take_upon", 5, taken), *seen]
    assert services.tells(consent.override, [4], "olga", take_back=True, json=True)[0]["clip"] == 4
    assert services.asked == [("take_back", 4, OLGA), ("of_clip", 4, {"uses": uses_of(())})]


def test_where_a_film_goes(services: Services) -> None:  # noqa: F811
    lack = next(iter(Lack))
    lacking = [standing(4, name="", open=[lack]), standing(5)]
    services.gives(queries, "show", SimpleNamespace(uses=["abroad"], lacking=lacking))
    services.gives(reaches, "of_film", [FilmReach.broadcast])
    services.gives(reaches, "set_for")
    said = services.says(consent.film, *FILM, "olga")
    assert services.asked == [("show", *FILM)]
    assert len(said) == 3
    assert said[1].startswith("Clip 4 (?): ")
    assert said[2].startswith("Ask their authors")
    for more, asked in (
        ({"abroad": True}, {FilmReach.broadcast, FilmReach.abroad}),
        ({"broadcast": False}, set()),
        ({"broadcast": False, "abroad": True}, {FilmReach.abroad}),
    ):
        services.says(consent.film, *FILM, "olga", **more)
        assert services.asked[1] == ("set_for", *FILM, asked, OLGA)
    assert services.tells(consent.film, *FILM, "olga", json=True)["uses"] == ["abroad"]


# Credits, and what a campaign has for its films


def test_lines_of_the_credits(services: Services) -> None:  # noqa: F811
    lines = [CreditEntry("Partners", "Мга", None), CreditEntry("Organizers", "", 3)]
    there = SimpleNamespace(lines=tuple(lines), token="t1", own=True)
    for name in ("of_campaign", "of_film", "set_campaign", "set_film"):
        services.gives(backers, name, there)
    shown = [["line", "role", "name", "emblem"], ["1", "Partners", "Мга"], ["2", "Organizers", "3"]]
    assert cells(services.says(credits.listing, SLUG)) == shown
    assert cells(services.says(credits.film_listing, *FILM)) == shown
    told = {"own": True, "lines": as_json(lines)}
    assert services.tells(credits.listing, SLUG, json=True) == services.tells(credits.film_listing, *FILM, json=True)
    assert services.tells(credits.listing, SLUG, json=True) == told
    added = [*lines, CreditEntry("Archive", "Луга", 4)]
    for where, commands, asked in (
        ((SLUG,), (credits.add, credits.move, credits.remove), "set_campaign"),
        (FILM, (credits.film_add, credits.film_move, credits.film_remove), "set_film"),
    ):
        add, move, remove = commands
        for command, words, wanted in (
            (add, ("Archive", "olga", "Луга", 4), added),
            (move, (2, 1, "olga"), lines[::-1]),
            (remove, (1, "olga"), lines[1:]),
        ):
            assert cells(services.says(command, *where, *words)) == shown
            name, *at, made, more = services.asked[1]
            assert (name, tuple(at), list(made), more) == (asked, where, wanted, {"seen": "t1", **OLGA})
    assert services.says(credits.film_reset, *FILM, "olga") == ["film has the lines of its campaign again."]
    assert services.asked == [("set_film", *FILM, None, OLGA)]
    services.gives(backers, "of_campaign", SimpleNamespace(lines=(), token="", own=False))
    assert services.says(credits.listing, SLUG) == ["Nobody stands there yet."]


def test_what_a_campaign_has_is_thrown_away(services: Services) -> None:  # noqa: F811
    for module, command, said, number in (
        (quotes, texts.remove, "Quote 7 is gone.", "7"),
        (pictures, archive.remove, "Picture 7 is gone.", 7),
        (music, pieces.remove, "Music 7 is gone.", 7),
        (emblems, signs.remove, "Emblem 7 is gone.", 7),
    ):
        services.gives(module, "remove")
        assert services.says(command, SLUG, number, "olga") == [said]
        assert services.asked == [("remove", SLUG, number, OLGA)]
    for module, command, nothing in (
        (quotes, texts.listing, "No quotes yet."), (pictures, archive.listing, "No pictures yet."),
        (music, pieces.listing, "No music yet."), (emblems, signs.listing, "No emblems yet."),
    ):  # fmt: skip
        services.gives(module, "listing", [])
        (line,) = services.says(command, SLUG)
        assert (line.startswith(nothing), services.asked) == (True, [("listing", SLUG)])
        assert services.tells(command, SLUG, json=True) == []


def test_emblems_are_taken_in_and_listed(services: Services) -> None:  # noqa: F811
    services.gives(emblems, "add", SimpleNamespace(id=4, width=200, height=100))
    assert services.says(signs.add, SLUG, Path("e"), "olga", "Архив") == ["Emblem 4 is in: 200×100."]
    assert services.asked == [("add", SLUG, Path("e"), {"title": "Архив", **OLGA})]
    rows = [{"id": 4, "title": "Архив", "width": 200, "height": 100}]
    services.gives(emblems, "listing", viewed(rows))
    assert cells(services.says(signs.listing, SLUG)) == [["id", "title", "size"], ["4", "Архив", "200×100"]]
    assert services.tells(signs.listing, SLUG, json=True) == rows


# The record


def test_deeds_are_listed(services: Services) -> None:  # noqa: F811
    row = {"at": LATER, "person": "Анна", "what": "approve", "subject": "clip", "subject_id": 4, "title": "",
           "before": "awaiting", "after": "approved", "reason": "Хорошо"}  # fmt: skip
    services.gives(deeds, "listing", [SimpleNamespace(**row)])
    line = cells(services.says(audit.listing))[1]
    assert (line[0], line[1], line[3], line[-1]) == ("2023-01-12 09:00", "Анна", "Clip 4", "Хорошо")
    assert services.asked == [("listing", deeds.DeedFilter(), {"size": 100})]
    services.gives(deeds, "listing", [])
    days = {"since": datetime(2023, 1, 11, tzinfo=UTC), "until": AT}
    wanted = {"campaign": SLUG, "person": "Анна", "kind": "edited", "clip": 4, **days, "after": "p", "limit": 5}
    assert services.tells(audit.listing, **wanted, json=True) == []
    asked = deeds.DeedFilter(SLUG, "Анна", "edited", 4, date(2023, 1, 11), date(2023, 1, 12), "p")
    assert services.asked == [("listing", asked, {"size": 5})]
    assert services.says(audit.listing) == ["Nobody did anything like this."]


def test_the_head_and_the_keys_of_the_record(services: Services, tmp_path: Path) -> None:  # noqa: F811
    from relay.chain.heads import ChainHead

    found = ChainHead(9, "ab", LATER, "k3y")
    services.gives(looks, "head", found)
    assert services.says(audit.head) == ["9:ab"]
    assert services.asked == [("head", None)]
    out = tmp_path / "head.json"
    assert services.tells(audit.head, AT, out, json=True)["position"] == 9
    assert services.asked == [("head", date(2023, 1, 12))]
    assert out.read_text() == found.as_text()
    services.gives(looks, "head", ChainHead(0, "", "", ""))
    assert (services.says(audit.head), services.code) == ([], 1)
    services.gives(looks, "keys_of", SimpleNamespace(fingerprint="f1n9er"))
    services.gives(protocols, "public_key", "c0ffee")
    said = services.says(audit.key)
    assert ("f1n9er" in said[0], said[1].endswith("c0ffee")) == (True, True)
    assert services.tells(audit.key, json=True) == {"record": "f1n9er", "protocols": "c0ffee"}


# What is held of a person


def test_what_is_held_of_a_person(services: Services) -> None:  # noqa: F811
    row = {"kind": SimpleNamespace(value="clip"), "number": 4, "campaign": SLUG, "what": "a reading", "at": LATER,
           "why": "consent", "until": None}  # fmt: skip
    services.gives(people, "report", SimpleNamespace(held=[SimpleNamespace(**row)]))
    assert cells(services.says(privacy.report, "1"))[1] == [
        "Clip", "4", SLUG, "a reading", "2023-01-12 09:00", "consent", "–",
    ]  # fmt: skip
    assert services.asked == [("report", "1")]
    services.gives(people, "report", viewed({"held": []}))
    assert services.says(privacy.report, "1") == ["Nothing is held any more."]
    assert services.tells(privacy.report, "1", json=True) == {"held": []}
    services.gives(people, "export", viewed({"held": [1, 2]}))
    assert services.says(privacy.export, "1", Path("f")) == ["f holds the videos and data.json; entries: 2."]
    assert services.asked == [("export", "1", Path("f"))]
    assert services.tells(privacy.export, "1", Path("f"), json=True) == {"held": [1, 2]}


def test_a_person_is_erased(services: Services) -> None:  # noqa: F811
    services.gives(people, "erase", SimpleNamespace(clips=[4, 5], hand_ins=["7"]))
    services.gives(certificate, "of_clips", viewed([{"clip": 4, "number": "c-4"}, {"clip": 5, "number": "c-5"}]))
    assert services.says(privacy.erase, "1", "Просила", "olga") == [
        "Erased clips: 2; hand-ins: 1.", "Clip 4: certificate c-4.", "Clip 5: certificate c-5.",
    ]  # fmt: skip
    assert services.asked == [("erase", "1", {"reason": "Просила", **OLGA}), ("of_clips", [4, 5])]
    assert len(services.tells(privacy.erase, "1", "Просила", "olga", json=True)) == 2
    shown = {"number": "c-4", "clip": 4, "campaign": SLUG, "asked_at": LATER, "done_at": LATER,
             "removed": {"posters": 2, "odd": 1}, "films": [SimpleNamespace(title="Голоса", version=3)]}  # fmt: skip
    services.gives(certificate, "named", SimpleNamespace(**shown))
    assert services.says(privacy.certificate, "c-4") == [
        f"Certificate c-4: clip 4 of {SLUG}", "Taken back: 2023-01-12 09:00",
        "Erased: 2023-01-12 09:00; nothing of it is left.", "  its picture: 2", "  odd: 1",
        "  Голоса, version 3: closed",
    ]  # fmt: skip
    assert services.asked == [("named", "c-4")]
    services.gives(certificate, "named", SimpleNamespace(**{**shown, "done_at": None, "removed": {}, "films": []}))
    assert services.says(privacy.certificate, "c-4")[2:] == ["It is still being erased."]
    services.gives(readmitting, "readmit", viewed({"number": "c-4"}))
    assert services.says(privacy.readmit, "4", "olga") == ["What was erased as c-4 may come again."]
    assert services.asked == [("readmit", "4", OLGA)]
    assert services.tells(privacy.readmit, "4", "olga", json=True) == {"number": "c-4"}


def test_what_was_kept_long_enough_goes(services: Services) -> None:  # noqa: F811
    rows = [{"rule": RetentionRule.logs, "days": 90, "due": 3, "removed": 2},
            {"rule": RetentionRule.answers, "days": 0, "due": 0, "removed": 0}]  # fmt: skip
    services.gives(retention, "prune", viewed(rows))
    lines = cells(services.says(privacy.prune))
    assert [line[1:] for line in lines[1:]] == [["90", "3", "2"], ["–", "0", "0"]]
    assert services.asked == [("prune", {"dry_run": False})]
    services.says(privacy.prune, dry_run=True)
    assert services.asked == [("prune", {"dry_run": True})]
    assert [row["days"] for row in services.tells(privacy.prune, json=True)] == [90, 0]


# The installation


def test_tokens_of_networks(services: Services) -> None:  # noqa: F811
    counted, free = ({"method": "wall.get", "made": 120, "allowed": 5000}, {"method": "x", "made": 1, "allowed": None})
    calls = [SimpleNamespace(**counted), SimpleNamespace(**free)]
    row = {"network": "vk", "token": "d1ge57", "state": "works", "calls": calls, "until": None, "reason": ""}
    services.gives(network_tokens, "listing", [SimpleNamespace(**row)])
    line = services.says(tokens.listing)[1]
    assert line.startswith("vk")
    assert line.endswith("120/5000"), "a method without a quota is not counted"
    row = {**row, "state": "rests", "calls": [], "until": AT, "reason": "The day's quota is spent."}
    services.gives(network_tokens, "listing", [SimpleNamespace(**row)])
    assert cells(services.says(tokens.listing))[1][-2:] == ["12.01. 09:00", "The day's quota is spent."]
    services.gives(network_tokens, "listing", [])
    assert services.says(tokens.listing)[0].startswith("There is no access token.")
    assert services.tells(tokens.listing, json=True) == []


def test_alerts(services: Services) -> None:  # noqa: F811
    told = [SimpleNamespace(channel="mail", state="sent"), SimpleNamespace(channel="odd", state="waiting")]
    row = {"since": LATER, "text": "The disk is full.", "advice": "Free some space.", "told": told}
    services.gives(told_alerts, "listing", [SimpleNamespace(**row)])
    line = cells(services.says(alerts.listing))[1]
    assert line[:3] == ["12.01. 09:00", "The disk is full.", "Free some space."]
    assert ("odd" in line[3], line[3].count(":")) == (True, 2)
    assert services.asked == [("listing", {"past": False})]
    services.gives(told_alerts, "listing", [])
    assert services.tells(alerts.listing, past=True, json=True) == []
    assert services.asked == [("listing", {"past": True})]
    assert services.says(alerts.listing) == ["Nothing needs a person."]


def test_a_test_message_is_sent(services: Services) -> None:  # noqa: F811
    from relay.upkeep.outbox import TestResult

    good, bad = TestResult("odd", True, "250 OK"), TestResult("odd", False, "The webhook answers 500.")
    services.gives(outbox, "test", lambda: iter([good]))
    assert (services.says(alerts.test), services.code) == (["odd: sent. The answer: 250 OK"], 0)
    services.gives(outbox, "test", lambda: iter([good, bad]))
    said = services.says(alerts.test)
    assert (said[1], services.code) == ("odd: not sent. The webhook answers 500.", 1)
    assert services.err == "Not every channel works.\n"
    services.gives(outbox, "test", lambda: iter([]))
    assert (services.says(alerts.test), services.code) == ([], 1)
    assert services.err.startswith("No channel is set up")


# Films


def test_the_still_of_a_film(services: Services) -> None:  # noqa: F811
    found = {"by_hand": True, "lost": False, "clip": 4, "name": "Анна", "clock": "0:12"}
    for name in ("forget", "told", "choose", "choose_in_clip"):
        services.gives(posters, name, viewed(found))
    chosen = ["Chosen by hand: clip 4, Анна, at 0:12."]
    for more, asked in (
        ({}, ("told", *FILM)),
        ({"usual": True, "at": "3"}, ("forget", *FILM, OLGA)),
        ({"at": "1:02.5", "clip": 4}, ("choose_in_clip", *FILM, 4, {"at": 62.5, **OLGA})),
        ({"at": "0", "version": 2}, ("choose", *FILM, {"at": 0.0, "version": 2, **OLGA})),
    ):
        assert (services.says(stills.poster, *FILM, "olga", **more), services.asked) == (chosen, [asked])
    assert services.tells(stills.poster, *FILM, "olga", json=True) == found
    for more, said in (
        ({"by_hand": False}, "Nobody has chosen a picture"),
        ({"lost": True}, "The clip with the chosen picture is not"),
        ({"name": "", "clock": ""}, "Chosen by hand: clip 4, —, at —."),
    ):
        services.gives(posters, "told", viewed({**found, **more}))
        assert services.says(stills.poster, *FILM, "olga")[0].startswith(said)


def test_a_film_with_its_protocols_is_made_and_compared(
    services: Services,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    services.gives(protocols, "attach", Path("/films/copy.mp4"))
    services.gives(protocols, "public_key", "c0ffee")
    said = services.says(seals.protocol, *FILM, "olga", 2)
    assert (said[0], said[1].endswith("FILE --key c0ffee")) == ("/films/copy.mp4", True)
    assert services.asked == [("attach", *FILM, {"version": 2, **OLGA}), ("public_key",)]
    services.says(seals.protocol, *FILM, "olga")
    assert services.asked[0][-1] == {"version": 0, **OLGA}, "the newest"

    told = {"almanac": "film", "version": 2, "person": "К. А.", "position": "глава", "verdict": "agreed",
            "at": LATER, "words": "Хорошо", "remarks": [{"at": "0:03", "text": "Имя"}]}  # fmt: skip
    asked: list[Any] = []

    def compared(**more: Any) -> None:
        fields = {"protocol": told, "key": "c0ffee", "is_of_film": True, "is_right": True, "holds": True, **more}
        rows = [SimpleNamespace(**{**fields, "is_of_film": True, "is_right": True, "holds": True}),
                SimpleNamespace(**fields)]  # fmt: skip
        monkeypatch.setattr(sealed_films, "compare", lambda *words: asked.append(words) or rows)

    compared()
    lines = services.says(seals.verify, Path("f"), "c0ffee")
    assert asked == [(Path("f"), "c0ffee")]
    assert cells(lines)[1] == ["film", "2", "К. А.", "глава", "agreed", "2023-01-12 09:00", "Хорошо"]
    assert lines[3:6] == ["0:03 Имя", "0:03 Имя", "Key: c0ffee"]
    assert (services.code, lines[6].endswith("signed by the key that you named.")) == (0, True)
    assert services.says(seals.verify, Path("f"))[6].endswith("the key tells: compare it.")
    for wrong, line in (
        ({"is_of_film": False}, "is not the one that was agreed to."),
        ({"is_right": False}, "or not signed by the key that it names."),
        ({"holds": False}, "by another key than the one that you named."),
    ):
        compared(**wrong)
        services.says(seals.verify, Path("f"), "c0ffee")
        assert (services.code, services.err.strip().endswith(line)) == (1, True)


# The board


def test_the_board(services: Services) -> None:  # noqa: F811
    board_of = SimpleNamespace(
        title="Прорыв",
        sums=SimpleNamespace(posts=9, found=8, fetched=7, approved=6, minutes=12.4),
        time=SimpleNamespace(opens=LATER, closes=LATER, days_left=-3),
        days=[SimpleNamespace(day=date(2023, 1, 12), found=3, fetched=2, approved=1)],
        grid=SimpleNamespace(gaps=[Gap(GapKind.district, "Волховский", 0)]),
        texts=TextGrid(["Лужский", ""], [CampaignText("7", "Хлеб")], [TextCell("Лужский", "7", 3, 1, 2)], 1, 1),
    )
    services.gives(figures, "board", board_of)
    assert services.says(board.board, SLUG) == [
        "Прорыв: from 2023-01-12 09:00 to 2023-01-12 09:00; days left: 0",
        "Posts 9, videos found 8, fetched 7; clips approved 6, minutes 12.",
        "day         found  fetched  approved",
        "2023-01-12  3      2        1",
        "text  Лужский  district not known",
        "7     3 +1 2?  0",
        "! Nobody from Волховский yet.",
    ]
    assert services.asked == [("board", SLUG, {"with_moderators": True})]
    services.gives(figures, "board", viewed({"days": []}))
    assert services.tells(board.board, SLUG, json=True) == {"days": []}
    services.gives(tables, "take")
    assert services.says(board.take_table, SLUG, "clips", Path("a.xlsx"), "olga") == ["a.xlsx is written."]
    name, slug, table, path, words, more = services.asked[0]
    assert (name, slug, table, path) == ("take", SLUG, BoardTable.clips, Path("a.xlsx"))
    assert (more, words.separator) == ({"kind": SheetFormat.xlsx, **OLGA}, ";")
