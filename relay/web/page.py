"""Renders a template for whoever asks, in their language. Every page goes through `render`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from relay.alerts import count_open
from relay.context import Relay
from relay.language import dates
from relay.language.catalogue import closest, is_spoken, names, translator
from relay.language.numbers import number
from relay.language.sentence import prefixed
from relay.models import Campaign
from relay.moderation import rules
from relay.moderation.review.turns import Turns, turns
from relay.sources import networks
from relay.upkeep.zone import zone_of
from relay.web import drafts, static_files
from relay.web.access import cookie_name, form_token, person_of, relay_of, visitor_of
from relay.web.words import wording

TEMPLATES = Path(__file__).with_name("templates")
LANGUAGE_COOKIE = "relay-language"
EXTENSIONS = ["jinja2.ext.i18n"]


def render(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """The page; `values` are the template's own, beside those that every page has (see `_shared`)."""
    language = language_of(request)
    text = environment(language).get_template(template).render({**_shared(request, language), **values})
    response = HTMLResponse(text, status_code=status)
    _remember(request, response, language)
    if drafts.COOKIE in request.cookies:  # whatever page comes next: what is typed after it was not saved before it
        response.delete_cookie(drafts.COOKIE, path="/")
    return response


def language_of(request: Request) -> str:
    """The language asked for just now, chosen before, of the account, of the browser, of the installation."""
    account = visitor_of(request).account
    wishes = (
        request.query_params.get("lang", ""),
        request.cookies.get(LANGUAGE_COOKIE, ""),
        account.language if account is not None else "",
        closest(request.headers.get("accept-language", "")),
        relay_of(request).settings.language,
    )
    return next(wish for wish in wishes if is_spoken(wish))


@cache
def environment(language: str) -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=EXTENSIONS,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.install_gettext_translations(translator(language), newstyle=True)  # type: ignore[attr-defined]
    # `_()` in a template marks its answer as safe, so it is for literals only; what a variable holds goes through `tr`
    made.filters.update(
        tr=translator(language).tell,
        when=_whens(language),
        ours=_ours,
        day=lambda moment: dates.when(moment, language, "d MMMM y"),
        ago=lambda seconds: dates.ago(seconds, language),
        number=lambda value, digits=1: number(value, language, digits),
        minutes=_minutes,
        web_link=web_link,
        reason=lambda text: _reason(text, language),
        dissect=rules.dissect,
        doubt=lambda code: translator(language).gettext(rules.DOUBTS.get(code, code)),
        source_title=lambda source: wording.source_title(source, translator(language).tell),
        network=lambda name: networks.describe(name).title(language),
        place=lambda where: wording.matched_in(where, translator(language).gettext),
    )
    colon = translator(language).tell(prefixed("", ""))
    made.globals.update(words=wording, languages=names(), colon=colon, static=static_files.address)
    return made


def web_link(url: str) -> str:
    """The address, if a browser may be sent there: escaping alone does not stop `javascript:`."""
    try:
        return url if urlsplit(url).scheme in ("http", "https") else ""
    except ValueError:
        return ""


def _shared(request: Request, language: str) -> dict[str, Any]:
    visitor = visitor_of(request)
    here = request.url.path if request.method == "GET" else "/"
    query = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    return {
        "visitor": visitor,
        "account": visitor.account,
        "may": visitor.may,
        "form_token": form_token(request),
        "language": language,
        "address": f"{here}?{urlencode(query)}" if query and here != "/" else here,
        "in_language": lambda other: (
            f"{here}?{urlencode([*query, ('lang', other)] if here != '/' else [('lang', other)])}"
        ),
        "notice": None,
        "saved": drafts.saved(request),
        "now": relay_of(request).now(),
        "zone": cache(partial(_zone, request)),
        "turns": _turns(request),
        "open_alerts": _open_alerts(relay_of(request)) if visitor.may_in(None, "view") else 0,
    }


def _turns(request: Request) -> Callable[[Campaign], Turns]:
    """Numbers beside the visitor's queue; asked for once on each page."""
    known: dict[int | None, Turns] = {}

    def of(campaign: Campaign) -> Turns:
        if campaign.id not in known:
            known[campaign.id] = turns(relay_of(request), campaign, person_of(request))
        return known[campaign.id]

    return of


def _open_alerts(relay: Relay) -> int:
    """Stands on every page, so that nobody has to look for it."""
    with relay.reading() as session:
        return count_open(session)


def remember_language(relay: Relay, response: Response, language: str) -> None:
    """In this browser, for a year, or until somebody signs out of it."""
    secure = relay.settings.secure_cookies
    response.set_cookie(
        LANGUAGE_COOKIE, language, max_age=31536000, httponly=True, samesite="lax", secure=secure, path="/"
    )


def _remember(request: Request, response: HTMLResponse, language: str) -> None:
    relay, visitor = relay_of(request), visitor_of(request)
    secure = relay.settings.secure_cookies
    if request.query_params.get("lang") == language:
        remember_language(relay, response, language)
    name = cookie_name(relay, "relay-form")
    if visitor.account is None and request.cookies.get(name) != visitor.binding:
        response.set_cookie(name, visitor.binding, httponly=True, samesite="lax", secure=secure, path="/")


def _whens(language: str) -> Callable[..., str]:
    @pass_context
    def when(context: Context, moment: str | datetime | None, pattern: str = "") -> str:
        """With the year where it is another one than now."""
        return dates.when(moment, language, pattern, now=context.get("now"))

    return when


@pass_context
def _ours(context: Context, moment: datetime | None) -> datetime | None:
    """A time that belongs to no campaign, in the zone that its people live in."""
    return None if moment is None else moment.astimezone(context["zone"]())


def _zone(request: Request) -> ZoneInfo:
    with relay_of(request).reading() as session:
        return zone_of(session)


def _minutes(seconds: float | None) -> str:
    """`75.4` → `1:15`."""
    whole = round(seconds or 0)
    return f"{whole // 60}:{whole % 60:02d}"


def _reason(text: str, language: str) -> str:
    """A kept reason for reading: the standard part translated, the person's own words as they are."""
    translate = translator(language).tell
    standard, note = rules.dissect(text)
    if not standard:
        return translate(note) if note else ""
    return translate(prefixed(translate(standard), note)) if note else translate(standard)
