"""The questions of a new campaign: what a form says, as an answer or as what is wrong with it, field by field."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from fastapi import Request
from starlette.datastructures import FormData

from relay.collect import campaigns, proposals
from relay.collect.leading import answers, opening, pasting
from relay.collect.leading.drafts import DraftView
from relay.errors import Refused, RelayError
from relay.language.catalogue import is_spoken
from relay.language.text import one_line
from relay.web.access import relay_of
from relay.web.desk.campaigns import days
from relay.web.page import language_of

Faults = dict[str, RelayError]
Taken = tuple[dict[str, Any], Faults]
LONGEST_LIST = 60_000


def typed(form: FormData) -> dict[str, str]:
    """What stood in the fields."""
    return {name: text for name, text in form.items() if isinstance(text, str) and name != "form_token"}


def campaign(_request: Request, form: FormData, _draft: DraftView | None = None) -> Taken:
    taken, faults = dict[str, Any](), Faults()
    with taking(faults, "title"):
        taken["title"] = answers.something(one_line(_said(form, "title")))
    with taking(faults, "hashtags"):
        taken["hashtags"] = campaigns.tags(_said(form, "hashtags"))
    with taking(faults, "language"):
        taken["language"] = _spoken(_said(form, "language"))
    with taking(faults, "permission"):
        taken["permission"] = answers.permission(_said(form, "permission"))
    with taking(faults, "gate"):
        taken["gate"] = answers.gate(_said(form, "gate"))
    return taken, faults


def spellings(request: Request, form: FormData, draft: DraftView) -> Taken:
    taken, faults = dict[str, Any](), Faults()
    relay, wanted = relay_of(request), _said(form, "slug") or proposed_slug(request, draft)
    with taking(faults, "aliases"):
        taken["aliases"] = answers.tags_or_none(_said(form, "aliases"))
    with taking(faults, "slug"):
        taken["slug"] = answers.short_name(wanted, draft.answers.hashtags, opening.existing(relay, wanted.strip()))
    return taken, faults


def window(request: Request, form: FormData, _draft: DraftView) -> Taken:
    taken, faults = dict[str, Any](), Faults()
    first = days.day_first(request)
    with taking(faults, "tz"):
        taken["tz"] = answers.zone(_said(form, "tz"))
    for name in ("opens", "closes"):
        with taking(faults, name):
            taken[name] = answers.written_day(
                _said(form, name), taken.get("tz", answers.ZONE), end=name == "closes", day_first=first
            )
    if not faults:
        with taking(faults, "closes"):
            campaigns.window_of(taken["opens"], taken["closes"], campaigns.zone_of(taken["tz"]))
    return taken, faults


def places(request: Request, form: FormData, _draft: DraftView) -> Taken:
    """Lines as they were pasted; whether each can be read is told when they are tried."""
    taken, faults = dict[str, Any](), Faults()
    written = _said(form, "sources")[:LONGEST_LIST]
    with taking(faults, "sources"):
        if not pasting.lines_of(written, relay_of(request)):
            raise Refused("The campaign needs a place to look at.", hint="vk:tag is VK's search by the tag.")
        taken["sources"] = [line.strip() for line in written.splitlines() if line.strip()]
    return taken, faults


def people(_request: Request, form: FormData, _draft: DraftView) -> Taken:
    return {"moderators": answers.names(_said(form, "moderators").replace("\n", ","))}, {}


READERS: Mapping[str, Callable[[Request, FormData, DraftView], Taken]] = {
    "campaign": campaign,
    "spellings": spellings,
    "window": window,
    "places": places,
    "people": people,
}


def fields(request: Request, draft: DraftView | None) -> dict[str, str]:
    """What stands in the fields at first: the answers, else what is likely."""
    relay, language = relay_of(request), language_of(request)
    given = draft.answers if draft is not None else answers.SetupAnswers()
    tz = given.tz or answers.zone_here()
    today = relay.now().astimezone(campaigns.zone_of(tz)).date().isoformat()
    opens = given.opens or today
    likely = proposals.aliases(given.hashtags, given.title) if given.aliases is None else given.aliases
    return {
        "title": given.title,
        "hashtags": " ".join(given.hashtags),
        "language": draft.language if draft is not None else language,
        "permission": given.permission or answers.permission(""),
        "gate": given.gate or answers.gate(""),
        "aliases": " ".join(likely),
        "slug": given.slug or (proposed_slug(request, draft) if draft is not None else ""),
        "tz": tz,
        "opens": days.in_field(opens, language),
        "closes": days.in_field(given.closes or answers.a_week_later(opens, tz), language),
        "sources": "\n".join(given.sources) or ("vk:tag" if draft is not None else ""),
        "moderators": "\n".join(given.moderators or []),
    }


def proposed_slug(request: Request, draft: DraftView) -> str:
    """A short name that no campaign has yet; "" where none can be made of the tag or the title."""
    wanted = proposals.slug(draft.answers.title, draft.answers.hashtags)
    tried = [wanted, *(f"{wanted}-{number}" for number in range(2, 30))] if wanted else []
    relay = relay_of(request)
    return next((name for name in tried if opening.existing(relay, name) is None), "")


@cache
def zones() -> list[str]:
    """Those that people live in."""
    return sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix/")))


@contextmanager
def taking(faults: Faults, name: str) -> Iterator[None]:
    """What is refused within is a fault of that field, and nothing else of the form is lost."""
    try:
        yield
    except RelayError as error:
        faults[name] = error


def _said(form: FormData, name: str) -> str:
    said = form.get(name, "")
    return said if isinstance(said, str) else ""


def _spoken(language: str) -> str:
    if not is_spoken(language):
        raise Refused("This request can't be understood.")
    return language
