"""A campaign in which everything has happened, and the address of every page that a person may open in it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from relay.alerts import raise_alert
from relay.almanac.assets import backers, cards, quotes
from relay.almanac.assets.backers import CreditEntry
from relay.almanac.captions import editing
from relay.almanac.captions.editing import TypedCue
from relay.almanac.delivery import remarks, sign_off
from relay.almanac.delivery.reviewing.drawing import Stroke, Tool
from relay.almanac.plan import edits, queries
from relay.context import Relay
from relay.intake.hand_in import hand_ins
from relay.intake.hand_in.form import FormAnswers
from relay.language.sentence import filled
from relay.models import Clip, ClipState, Finding, MatchKind, Verdict
from relay.models.posts import Doubt
from relay.moderation import desk
from relay.moderation.agreement import links
from relay.web.words.wording import FLAGS
from tests.almanac.cinema import has_version
from tests.moderation.town import Town
from tests.web.test_access import REQUESTS

LITTLE_ROOM = filled("Only {free:.1f} GB are free, Relay keeps {min_free_gb:g}.", free=1.5, min_free_gb=2)
ANSWERS = FormAnswers(
    name="Вера Павлова", town="Кировск", district="Кировский", age="60+", origin="family", agreed=True
)
LONG = "Константин Константинович Константинопольский-Преображенский"
NAMES = ("Анна Петрова", "Глеб", LONG, "Егор", "Жанна")
ARROW = (Stroke(Tool.arrow, ((0.2, 0.2), (0.7, 0.6))),)
STATES_OF_PAGES = {
    "film's first version": "/almanacs/proryv80/film?version=1&remarks=done",
    "versions by the moment": "/almanacs/proryv80/film/compare?by=moment&left=2&right=1",
    "clip with a dialog of reasons": "/clips/{waiting}?dialog=reject",
    "clip with help": "/clips/{waiting}?dialog=help",
    "clip in doubt": "/clips/{doubtful}",
    "clip from a family": "/clips/{waiting}",
    "clip approved": "/clips/{approved}",
    "plan with a clip chosen": "/almanacs/proryv80/film/plan?clip={approved}",
    "plan with the tray": "/almanacs/proryv80/film/plan?panel=tray",
    "plan with its proposals": "/almanacs/proryv80/film/plan?panel=proposals",
    "plan with what was left out": "/almanacs/proryv80/film/plan?panel=left-out",
    "plan with its history": "/almanacs/proryv80/film/plan?panel=history",
    "clips rejected": "/campaigns/proryv80/clips?state=rejected",
    "posts with look-alikes": "/campaigns/proryv80/posts?match=near",
    "film from a template": "/campaigns/proryv80/films/new?template=portrait",
    "text being changed": "/campaigns/proryv80/quotes?quote=1",
    "captions of a clip": "/clips/{approved}/captions?code=ru&film=film",
    "captions to be written": "/clips/{approved}/captions?code=fr",
    "clips that lack captions": "/almanacs/proryv80/film/captions?only=lacking&code=ru",
    "card being written": "/almanacs/proryv80/film/cards?card=1",
    "new quote card": "/almanacs/proryv80/film/cards?kind=quote",
    "film with lines of its own": "/almanacs/proryv80/own/credits",
    "no such page": "/nowhere",
}
"""Name of a page in a certain state → its address."""


NO_PAGES = {
    "audit_table",
    "record_head",
    "clip_sound",
    "clip_track",
    "download_captions",
    "live",
    "plan_live",
    "plan_panel",
}
"""Tables and files to take along, streams, and a part of a page."""


def furnished(relay: Relay, town: Town, footage: Path, poster: Callable[[], Path]) -> dict[str, str]:
    """Fills the town; name of a route, or of a state of its page → path."""
    clips = _clips(town, footage, poster)
    desk.decide(relay, clips["waiting"], Verdict.later, seen=ClipState.awaiting, person="Анна")
    desk.edit(relay, clips["waiting"], person="Анна", name="Иван", consent="film", evidence="Письмо матери")
    town.has_clip(match=MatchKind.near, text="Мама читает #proriv80")
    with relay.transaction() as session:
        session.get_one(Clip, clips["doubtful"]).doubt = Doubt.post
        raise_alert(session, "disk", LITTLE_ROOM, relay.now())
    for language, text in (("ru", "Мы ехали по льду, и лёд трещал."), ("en", LONG), ("en", "Ice.")):
        rows = [TypedCue("0.2", "2.4", text), TypedCue("2", "2.5", "")]
        editing.save(relay, clips["approved"], rows, language=language, person="Борис")
    secret = _film(relay, town, footage)
    hand_ins.switch(relay, town.slug, is_open=True, person="Ольга")
    _, receipt = hand_ins.begin(relay, town.slug, ANSWERS, consent="Да", language="ru", visitor="v")
    desk.edit(relay, clips["doubtful"], person="Анна", age="9")
    author = links.ask(relay, clips["awaiting"], person="Анна", base_url="").link
    known = {
        "agree_page": author,
        "clip": f"/clips/{clips['awaiting']}",
        "clip_captions": f"/clips/{clips['awaiting']}/captions",
        "receipt": f"/receipt/{receipt}",
        "take_back_form": f"/receipt/{receipt}/withdraw",
        "sign_off": f"/sign-off/{secret}",
    }
    routes = {
        name: path
        for name, (method, path, _) in REQUESTS.items()
        if method == "GET" and "{" not in path and name not in NO_PAGES
    }
    return {**routes, **known, **{name: path.format(**clips) for name, path in STATES_OF_PAGES.items()}}


def _clips(town: Town, footage: Path, poster: Callable[[], Path]) -> dict[str, int]:
    def proxy(name: str) -> Path:
        return Path(shutil.copy(footage, footage.with_name(f"{name}.mp4")))

    for name in NAMES:
        shown = {"proxy": proxy("approved"), "poster": poster(), "duration": 4}
        approved = town.has_clip(name=name, town="Мга", state=ClipState.approved, **shown)
    made = {state.value: _flagged(town, poster, state=state) for state in ClipState}
    more = {"finding": Finding.review, "reason": "The sound can't be read", "proxy": proxy("waiting"), "family": 1}
    waiting = _flagged(town, poster, town="Новая Ладога", title="Читаю письмо", **more)
    return {**made, "approved": approved, "waiting": waiting, "doubtful": town.has_clip(state=ClipState.approved)}


def _flagged(where: Town, poster: Callable[[], Path], **more: Any) -> int:
    return where.has_clip(name=LONG, flags=tuple(FLAGS), poster=poster(), posts=3, **more)


def _film(relay: Relay, town: Town, footage: Path) -> str:
    """The secret of the link by which an official signs it off."""
    queries.new(relay, town.slug, "film", title="Голоса памяти", all_approved=True)
    first = queries.show(relay, town.slug, "film").segments[0].clip
    quotes.add(relay, town.slug, "Мы выстоим.", author="Мария", link="https://www.prlib.ru/7")
    cards.add(relay, town.slug, "film", "chapter", words={"title": LONG}, before=first, person="Борис")
    backers.set_campaign(relay, town.slug, [CreditEntry("Организаторы", LONG)], person="Ольга")
    queries.new(relay, town.slug, "own")
    backers.set_film(relay, town.slug, "own", [CreditEntry("Партнёры", "Газета «Ладога»")], person="Борис")
    has_version(relay, content=footage.read_bytes())
    film = (relay, town.slug, "film")
    remarks.add(*film, 1, "Имя закрывает рот", seconds=1.5, until=2.5, strokes=ARROW, person="Борис")
    done = remarks.add(*film, 1, "Тише", person="Ольга")
    remarks.reply(*film, done, "Сделано", person="Борис")
    remarks.settle(*film, done, done=True, person="Борис")
    sign_off.ask(*film, to=LONG, position="Музей", person="Борис")
    edits.place(
        *film, queries.show(*film).segments[-1].clip, before=queries.show(*film).segments[0].clip, person="Борис"
    )
    has_version(relay, number=2, content=footage.read_bytes())
    return sign_off.ask(relay, town.slug, "film", to="Губернатор", position="Глава области", person="Борис").secret
