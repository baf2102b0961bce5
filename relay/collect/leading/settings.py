"""What an organizer may change of a campaign at any time: its title and language, and what it tells people.

Two people may be at it at once: what only one of them has changed is kept of both, and of a field that both have
changed whoever comes second is shown both versions (SettingsConflict), with nothing of theirs lost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from relay.collect.leading.life import held, refuse_archived
from relay.context import Relay
from relay.errors import Refused, Stale
from relay.language.catalogue import is_spoken, languages
from relay.language.text import one_line
from relay.models import (
    Campaign,
    CampaignTexts,
    Event,
    EventKind,
    EventSubject,
    PermissionGate,
    PermissionRule,
    need_id,
)
from relay.permissions import campaign_rule
from relay.records import add_event, find_campaign

OWN = ("title", "language", "permission", "gate")
"""Fields of the Campaign itself; the others stand in CampaignTexts."""
TEXTS = ("guidelines", "introduction", "contact", "districts")
FIELDS = (*OWN, *TEXTS)
_KINDS: Mapping[str, Callable[[str], object]] = {"permission": PermissionRule, "gate": PermissionGate}
"""What a field of the Campaign itself holds, where it is no text."""
LONGEST: Mapping[str, int] = {"title": 200, "guidelines": 8000, "introduction": 4000, "contact": 500}
MOST_DISTRICTS, LONGEST_DISTRICT = 300, 100


@dataclass(frozen=True, slots=True)
class BothSettings:
    """A field that two people have changed: what stands there now, and what was typed."""

    field: str
    theirs: str
    mine: str


class SettingsConflict(Stale):
    """`fields`: those that somebody else (`person`) has changed meanwhile. Nothing was written."""

    def __init__(self, fields: tuple[BothSettings, ...], person: str) -> None:
        super().__init__("{person} has changed the same settings meanwhile.", state="changed", person=person or "Relay")
        self.fields = fields
        self.person = person


def texts(relay: Relay, campaign: Campaign) -> CampaignTexts:
    """What the campaign tells people; empty texts where nobody has written any."""
    with relay.reading() as session:
        return _texts(session, need_id(campaign))


def shown(relay: Relay, slug: str) -> dict[str, str]:
    """Each field as it stands in a form; districts one a line. Raises NotFound."""
    with relay.reading() as session:
        campaign = find_campaign(session, slug)
        return _shown(campaign, _texts(session, need_id(campaign)))


def change(relay: Relay, slug: str, typed: Mapping[str, str], was: Mapping[str, str], *, person: str) -> list[str]:
    """Keeps what was changed of the fields in `typed`; `was`: what stood in each when the person began.

    Returns the fields that are other now. Raises NotFound, Refused (also for an archived campaign), SettingsConflict.
    """
    wanted = {name: _tidied(name, text) for name, text in typed.items() if name in FIELDS}
    before = {name: _folded(was.get(name, "")) for name in wanted}
    with relay.transaction() as session:
        campaign = held(session, slug)
        refuse_archived(campaign)
        row = _texts(session, need_id(campaign))
        now = _shown(campaign, row)
        changed = {name: text for name, text in wanted.items() if text not in (before[name], now[name])}
        both = tuple(BothSettings(name, now[name], text) for name, text in changed.items() if now[name] != before[name])
        if both:
            raise SettingsConflict(both, _who_changed(session, campaign))
        if changed:
            _write(session, campaign, row, changed)
            details = {"fields": ", ".join(changed)}
            add_event(session, relay.now(), campaign, EventKind.settings_changed, person, **details)
    return list(changed)


def touched(typed: Mapping[str, str], was: Mapping[str, str]) -> dict[str, str]:
    """What a person has changed in the fields of a form; the others say what stands there now."""
    return {name: text for name, text in typed.items() if _folded(text) != _folded(was.get(name, ""))}


def districts_of(text: str) -> list[str]:
    """One a line, as people write them down; each once. Raises Refused for more than any region has."""
    found = list(dict.fromkeys(filter(None, (one_line(line, LONGEST_DISTRICT) for line in text.splitlines()))))
    if len(found) > MOST_DISTRICTS:
        raise Refused("These are more districts than Relay keeps: {most}.", most=MOST_DISTRICTS)
    return found


def _tidied(name: str, text: str) -> str:
    """As it is kept and shown. Raises Refused."""
    if name == "districts":
        return "\n".join(districts_of(text))
    if name == "language":
        if not is_spoken(text):
            raise Refused(
                "{language!r} is no language that Relay's cards speak.",
                hint="Choose one of these: {known}.",
                language=text,
                known=", ".join(languages()),
            )
        return text
    if name == "permission":
        return campaign_rule.rule_of(text).value
    if name == "gate":
        return campaign_rule.gate_of(text).value
    tidy = one_line(text, LONGEST[name]) if name == "title" else _folded(text)
    if name == "title" and not tidy:
        raise Refused("The campaign needs a title.")
    if len(tidy) > LONGEST[name]:
        raise Refused("This text is longer than {most} letters.", hint="Shorten it.", most=LONGEST[name])
    return tidy


def _folded(text: str) -> str:
    """Lines end as Python has them; browsers send others. No control signs besides."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join("".join(sign for sign in line if sign.isprintable()).rstrip() for line in lines).strip()


def _texts(session: Session, campaign_id: int) -> CampaignTexts:
    return session.get(CampaignTexts, campaign_id) or CampaignTexts(campaign_id=campaign_id)


def _shown(campaign: Campaign, row: CampaignTexts) -> dict[str, str]:
    kept: Sequence[str] = row.districts
    told = {name: str(getattr(row, name)) for name in TEXTS if name != "districts"}
    own = {name: str(getattr(campaign, name)) for name in OWN}
    return {**own, **told, "districts": "\n".join(kept)}


def _write(session: Session, campaign: Campaign, row: CampaignTexts, changed: Mapping[str, str]) -> None:
    for name, text in changed.items():
        if name in OWN:
            setattr(campaign, name, _KINDS.get(name, str)(text))
        else:
            setattr(row, name, text.splitlines() if name == "districts" else text)
    session.add(campaign)
    session.add(row)


def _who_changed(session: Session, campaign: Campaign) -> str:
    last = select(Event.person).where(
        Event.subject == EventSubject.campaign,
        Event.subject_id == campaign.id,
        Event.what == EventKind.settings_changed,
    )
    return session.exec(last.order_by(col(Event.id).desc()).limit(1)).first() or ""
