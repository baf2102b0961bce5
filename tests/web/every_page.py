"""A campaign in which everything has happened, and the address of every page that a person may open in it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from relay.alerts import raise_alert
from relay.almanac.delivery import remarks, sign_off
from relay.almanac.plan import queries
from relay.context import Relay
from relay.intake.hand_in import hand_ins
from relay.intake.hand_in.form import FormAnswers
from relay.language.sentence import filled
from relay.models import Clip, ClipState, Finding, MatchKind, Verdict
from relay.models.posts import Doubt
from relay.moderation import desk
from relay.web.words.wording import FLAGS
from tests.almanac.cinema import has_version
from tests.moderation.town import Town
from tests.web.test_access import REQUESTS

LITTLE_ROOM = filled("Only {free:.1f} GB are free, Relay keeps {min_free_gb:g}.", free=1.5, min_free_gb=2)
ANSWERS = FormAnswers(
    name="Вера Павлова", town="Кировск", district="Кировский", age="60+", text_source="family", agreed=True
)
LONG = "Константин Константинович Константинопольский-Преображенский"
NAMES = ("Анна Петрова", "Глеб", LONG, "Егор", "Жанна")
STATES_OF_PAGES = {
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
    "no such page": "/nowhere",
}
"""Name of a page in a certain state → its address."""


NO_PAGES = {"audit_table", "live", "plan_live", "plan_panel"}
"""A table to take along, streams, and a part of a page."""


def furnished(relay: Relay, town: Town, footage: Path, poster: Callable[[], Path]) -> dict[str, str]:
    """Fills the town; name of a route, or of a state of its page → path."""
    clips = _clips(town, footage, poster)
    desk.decide(relay, clips["waiting"], Verdict.later, seen=ClipState.awaiting, person="Анна")
    desk.edit(relay, clips["waiting"], person="Анна", name="Иван", consent="film", evidence="Письмо матери")
    town.has_clip(match=MatchKind.near, text="Мама читает #proriv80")
    with relay.transaction() as session:
        session.get_one(Clip, clips["doubtful"]).doubt = Doubt.post
        raise_alert(session, "disk", LITTLE_ROOM, relay.now())
    secret = _film(relay, town, footage)
    hand_ins.switch(relay, town.slug, is_open=True, person="Ольга")
    _, receipt = hand_ins.begin(relay, town.slug, ANSWERS, consent="Да", language="ru", visitor="v")
    known = {
        "clip": f"/clips/{clips['awaiting']}",
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
    has_version(relay, content=footage.read_bytes())
    remarks.add(relay, town.slug, "film", 1, "Имя закрывает рот", seconds=1.5, person="Борис")
    return sign_off.ask(relay, town.slug, "film", to="Губернатор", position="Глава области", person="Борис").secret
