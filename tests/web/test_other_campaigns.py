"""Somebody who may do everything in one campaign tries every route with rows of another one: named in the address,
below their own campaign's address, or in a field of a form. Nothing of the other changes, and nothing of it is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

import pytest
from fastapi import FastAPI
from httpx import Response
from sqlalchemy import inspect as inspect_tables
from sqlalchemy import text
from sqlmodel import col, select

from relay.almanac.assets import cards, quotes
from relay.almanac.captions import editing
from relay.almanac.captions.editing import TypedCue
from relay.almanac.delivery import remarks, sign_off
from relay.almanac.plan import queries
from relay.collect import sources
from relay.context import Relay
from relay.models import Clip, ClipState, MatchKind, Role, SavedList, Sighting, Verdict, need_id
from relay.moderation import desk
from relay.moderation.finding import bulk, saved
from relay.moderation.people import accounts, roles, sessions
from relay.moderation.review import mending, opinions
from relay.web import about, access
from relay.web.about import campaigns_of
from relay.web.background.export_jobs import ExportJobs
from relay.web.background.render_jobs import RenderJobs
from tests.almanac.cinema import has_version
from tests.moderation.town import Town
from tests.web.conftest import Browser
from tests.web.test_access import REQUESTS, routes

pytestmark = pytest.mark.slow

CANARY = "Канарейка"
SAME = {
    "version": ["1"],
    "kind": ["poster", "preview", "srt"],
    "deed": ["add", "remove", "undo", "pause", "times", "back"],
    "code": ["ru"],
    "language": ["ru"],
    "template": ["portrait"],
    "theme": ["paper"],
    "what": ["title"],
    "emblem": ["1"],
    "picture": ["1"],
    "track": ["1"],
    "panel": ["tray", "history"],
    "key": ["0" * 64],
    "digest": ["0" * 64],
    "mark": ["0" * 32],
    "part": ["0"],
}
"""Parts of addresses that name no row of a campaign."""
IN_FORM = {
    "clip": "clip_id", "beside": "other_id", "with": "other_id", "decision": "decision", "before": "clip_id",
    "version": "version",
}  # fmt: skip
"""Fields of forms that name rows, and which."""
NAMES_ROWS = {"change_plan": ("clip", "before"), "plan": ("clip",), "live": ("clip",), "settle_remark": ("version",)}
"""Such fields that tests/web/test_access.py does not send."""
Row = tuple[str, str]


@dataclass
class Side:
    """A campaign with a row of each kind. `parts`: what its rows are called in addresses and fields."""

    slug: str
    parts: dict[str, str] = field(default_factory=dict)


@dataclass
class Scene:
    relay: Relay
    ours: Side
    theirs: Side
    boris: Browser
    kept: dict[Row, str]
    """The other campaign's rows as they were."""

    def changed(self) -> list[Row]:
        now = rows(self.relay)
        return [row for row, was in self.kept.items() if now.get(row) != was]


def rows(relay: Relay) -> dict[Row, str]:
    """Every row by its table and key, as text."""
    found = {}
    with relay.reading() as session:
        inspected = inspect_tables(session.connection())
        for name in inspected.get_table_names():
            key = inspected.get_pk_constraint(name)["constrained_columns"]
            for row in session.execute(text(f'SELECT * FROM "{name}"')).mappings():
                found[name, "/".join(str(row[column]) for column in key)] = repr(sorted(row.items()))
    return found


def built(relay: Relay, slug: str, word: str) -> Side:
    """Boris has asked, judged, changed many and kept a view; Olga has done the rest."""
    town, account = Town(relay, slug), accounts.of_login(relay, "boris")
    town.number = 500 * (slug == "spring")  # its videos are others
    told = {"name": word, "town": word, "text": f"{word} читает. #proryv80"}
    first, beside, approved, returned, tagged = (
        town.has_clip(**told, family=7 if number < 2 else None) for number in range(5)
    )
    near = town.has_clip(name=word, text=f"{word} #прорыв80", match=MatchKind.near)
    decided = desk.decide(relay, approved, Verdict.approve, seen=ClipState.awaiting, person="Борис")
    mending.send_back(relay, returned, ["name"], note=word, person="Ольга")
    chosen = bulk.Selection({tagged: ClipState.awaiting}, relay.now())
    film = f"film-{slug}"
    queries.new(relay, slug, film, title=word, all_approved=True)
    has_version(relay, slug, film)
    sign_off.ask(relay, slug, film, to=word, position=word, person="Ольга")
    editing.save(relay, first, [TypedCue("1", "3", word)], language="ru", person="Ольга")
    parts = {
        "name": film,
        "clip_id": first,
        "other_id": beside,
        "near": _posts(relay, near)[0],
        "post_id": _posts(relay, first)[0],
        "question_id": opinions.ask(relay, first, text=word, person="Борис"),
        "change": bulk.tag(relay, slug, chosen, word.lower(), person="Борис").id,
        "view": saved.keep(relay, slug, account, SavedList.clips, name=word, query="", shared=True),
        "number": remarks.add(relay, slug, film, 1, word, person="Ольга"),
        "decision": need_id(decided),
        "quote": need_id(quotes.add(relay, slug, word, author=word)),
        "card": need_id(cards.add(relay, slug, film, "chapter", words={"title": word}, person="Борис")),
        "source_id": need_id(sources.add(relay, slug, "vk:club1", district=word)),
        "approved": approved,
    }
    return Side(slug, {"slug": slug, "sha256": town.sha256(first), **{part: str(one) for part, one in parts.items()}})


def _posts(relay: Relay, clip: int) -> list[int]:
    with relay.reading() as session:
        found = select(Sighting.post_id).join(Clip, col(Clip.video_id) == Sighting.video_id).where(Clip.id == clip)
        return list(session.exec(found))


@pytest.fixture
def scene(relay: Relay, app: FastAPI) -> Scene:
    """Boris organizes `proryv80`, moderates `spring` no more, and has no role anywhere else."""
    app.state.render_jobs = RenderJobs({"preview": lambda *_: None, "film": lambda *_: None})
    app.state.export_jobs = ExportJobs(lambda *_: 1)
    accounts.create(relay, "boris", "Борис", None, password="password of boris")
    theirs = built(relay, "spring", CANARY)
    before = rows(relay)
    ours = built(relay, "proryv80", "Наша")
    roles.set_role_in(relay, "boris", "proryv80", Role.organizer)
    browser = Browser(app)
    browser.remembers("relay-language", "en")
    browser.remembers("relay", sessions.sign_in(relay, "boris", "password of boris"))
    kept = {row: was for row, was in before.items() if row[0] not in ("account", "searchchange")}
    return Scene(relay, ours, theirs, browser, kept)


def attempts(scene: Scene, path: str, fields: dict[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    """The address and the form, with at least one part of the other campaign."""
    parts = [part.partition(":")[0] for part in re.findall(r"{([\w:]+)}", path)]
    choices = [_choices(scene, path, part) for part in parts]
    rows_in_form = [name for name in fields if name in IN_FORM]
    for chosen in product(*choices, *(_choices(scene, path, IN_FORM[name]) for name in rows_in_form)):
        if any(is_theirs for is_theirs, _value in chosen):
            values = [value for _is_theirs, value in chosen]
            address = re.sub(r"{(\w+):\w+}", r"{\1}", path).format(**dict(zip(parts, values, strict=False)))
            yield address, {**fields, **dict(zip(rows_in_form, values[len(parts) :], strict=True))}


def _choices(scene: Scene, path: str, part: str) -> list[tuple[bool, str]]:
    """Whether it is the other campaign's, and its value there. What belongs to none is the same on both sides."""
    if part in SAME:
        return [(False, value) for value in SAME[part]]
    if "/near/" in path and part == "post_id":
        part = "near"
    if path.endswith("/undo") and part == "clip_id":
        part = "approved"
    return [(side is scene.theirs, side.parts[part]) for side in (scene.ours, scene.theirs)]


def tried(scene: Scene, app: FastAPI) -> Iterator[tuple[str, list[tuple[str, Response]]]]:
    """Every route that is about a campaign and for people with a right: its attempts, and their answers."""
    templates = {name: path for name, path, _methods in routes(app)}
    for name, (method, _path, sent) in REQUESTS.items():
        path = templates[name]
        if access.POLICY[name] is access.PUBLIC or not set(about.OF) & set(re.findall(r"\w+", path)):
            continue
        fields = {**sent, **dict.fromkeys(NAMES_ROWS.get(name, ()), "1")}
        yield name, [(address, _sent(scene, method, address, form)) for address, form in attempts(scene, path, fields)]


def _sent(scene: Scene, method: str, address: str, form: dict[str, str]) -> Response:
    if method == "GET":
        return scene.boris.get(address, params={**form, "once": "true"})
    return scene.boris.sends(address, **form)


def test_nothing_of_another_campaign_is_changed_or_read_by_whatever_address(scene, app):
    count = 0
    for name, answers in tried(scene, app):
        for address, answer in answers:
            assert answer.status_code < 500, address
            assert CANARY.lower() not in answer.text.lower(), (name, address)
        told = [(address, answer.status_code) for address, answer in answers]
        assert scene.changed() == [], (name, told)
        count += len(answers)
    assert count > 150


def test_twin_without_the_address_the_other_campaign_is_read_and_changed(scene, app, monkeypatch):
    ours = campaigns_of(scene.relay, {"slug": scene.ours.slug})
    monkeypatch.setattr(access, "campaigns_of", lambda _relay, _parts: ours)
    read, changed = set(), set()
    for name, answers in tried(scene, app):
        read |= {name for _address, answer in answers if CANARY.lower() in answer.text.lower()}
        if gone := scene.changed():
            changed.add(name)
            scene.kept = {row: was for row, was in scene.kept.items() if row not in gone}
    assert {"clip", "clips", "plan"} <= read
    assert "decide" in changed
    assert len(read) > 8
    assert len(changed) > 8


def test_a_list_over_all_campaigns_shows_only_ones_own(scene):
    for page in ("/", "/almanacs", "/me"):
        assert CANARY.lower() not in scene.boris.sees(page).lower()
    for page in ("/audit", "/audit.csv", "/audit/pace", "/accounts", "/health"):
        assert scene.boris.get(page).status_code == 403, "of all campaigns at once"
