"""A new film: empty, by rules, or from a template, which also brings its look and its first cards."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlmodel import col, select

from relay.almanac import formats
from relay.almanac.assets import cards, film_templates, pictures, quotes, styles
from relay.almanac.assets.film_templates import FIRST, FilmTemplate, TemplateCard
from relay.almanac.cards.between import TakesFrom
from relay.almanac.plan import queries, rules
from relay.context import Relay
from relay.errors import Refused
from relay.language.catalogue import translator
from relay.models import Almanac, Clip
from relay.records import find_campaign

UNFIT = re.compile(r"[/\\?#%\x00-\x1f]+")


def new(
    relay: Relay,
    slug: str,
    name: str = "",
    *,
    template: str = "",
    title: str = "",
    subtitle: str = "",
    given: Mapping[str, str] | None = None,
    all_approved: bool = False,
    person: str,
) -> Almanac:
    """Without a name it is called like its title. `given`: rules, beside those of the template, or instead of them; an
    empty one lifts the template's. While no clip is approved the film waits, empty, with its rules.

    Raises NotFound, and Refused for a name that is taken or unfit, for rules that are none, and for a template that
    asks for something that is not given.
    """
    chosen = film_templates.template(template) if template else None
    wanted = {rule: text for rule, text in {**(chosen.rules if chosen else {}), **(given or {})}.items() if text}
    if chosen is not None:
        _check_asked(chosen, wanted)
    called = queries.checked_name(name) if name.strip() else free_name(relay, slug, title)
    made = queries.new(
        relay, slug, called, title=title, all_approved=all_approved, given=wanted, may_wait=True, person=person
    )
    style = chosen.style if chosen else {}
    if style or subtitle:
        styles.change(relay, slug, called, _change(style, subtitle), person=person)
    for card in chosen.cards if chosen else ():
        _add_card(relay, slug, called, card, wanted, person)
    return made


def free_name(relay: Relay, slug: str, title: str) -> str:
    """A name out of a film's title, or its campaign's, that no other film of the campaign has. Raises NotFound."""
    with relay.reading() as session:
        campaign = find_campaign(session, slug)
        taken = set(session.exec(select(Almanac.name).where(Almanac.campaign_id == campaign.id)))
    plain = UNFIT.sub(" ", unicodedata.normalize("NFC", title) or campaign.title)
    base = " ".join(plain.split())[: queries.NAME_LENGTH - 4].strip(" .") or campaign.slug
    numbered = (base if number == 1 else f"{base} {number}" for number in range(1, len(taken) + 2))
    return queries.checked_name(next(one for one in numbered if one not in taken))


def districts(relay: Relay, slug: str) -> list[str]:
    """Where the campaign's clips come from, for a rule to choose from. Raises NotFound."""
    with relay.reading() as session:
        campaign = find_campaign(session, slug)
        found = select(Clip.district).where(Clip.campaign_id == campaign.id, Clip.district != "").distinct()
        return list(session.exec(found.order_by(col(Clip.district))))


def _check_asked(chosen: FilmTemplate, wanted: Mapping[str, str]) -> None:
    """Raises Refused."""
    rules.read(wanted)
    lacking = [rule for rule in chosen.asks if not wanted.get(rule, "").strip()]
    if "voices" in lacking:
        raise Refused("This template asks for a text.", hint="Say which one is read: rule voices=NUMBER.")
    if lacking:
        raise Refused("This template asks for a district.", hint="Say which one the film is about.")


def _change(style: Mapping[str, str], subtitle: str) -> styles.Change:
    plain: dict[str, Any] = {key: value for key, value in style.items() if key != "shape"}
    shape = formats.read(style["shape"]) if "shape" in style else None
    return replace(styles.Change(format=shape, subtitle=subtitle or None), **plain)


def _add_card(relay: Relay, slug: str, name: str, card: TemplateCard, wanted: Mapping[str, str], person: str) -> None:
    """Before the first clip, where there is one."""
    plan = queries.show(relay, slug, name)
    before = plan.segments[0].clip if card.at == FIRST and plan.segments else None
    with relay.reading() as session:
        campaign = find_campaign(session, slug)
        language = queries.language_of(campaign, queries.find(session, slug, name))
    tell = translator(language).gettext
    said = {"district": wanted.get("district", "")}
    words = {part: tell(text).format(**said) for part, text in card.words.items()}
    lent = _lent(relay, slug, card)
    if lent is not None:
        quote, picture = lent
        cards.add(relay, slug, name, card.kind, words=words, before=before, quote=quote, picture=picture, person=person)


def _lent(relay: Relay, slug: str, card: TemplateCard) -> tuple[str, int | None] | None:
    """Number of the quote and the picture that the campaign lends; None where it has none."""
    takes = cards.design_of(card.kind).takes_from
    if takes is TakesFrom.quotes:
        texts = quotes.listing(relay, slug)
        return (texts[0].number, None) if texts else None
    if takes is TakesFrom.pictures:
        there = pictures.listing(relay, slug)
        return ("", there[0].id) if there else None
    return "", None
