"""How a campaign's films stand: what a list of films tells of each, without anything being made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Session, col, select

from relay.almanac.delivery import cost, manifests, previews, remarks, sign_off, versions
from relay.almanac.delivery.sign_off import SignOffView
from relay.context import Relay
from relay.models import Almanac, Campaign, Recall, Render, need_id
from relay.records import find_campaign, local


class Standing(StrEnum):
    """`draft`: never made. `preview`: nothing but a preview. `signed`: everybody who was asked has agreed to the newest
    version. `stale`: what the newest version shows is not what the plan is by now. `withdrawn`: somebody in it has
    taken their video back.
    """

    draft = "draft"
    preview = "preview"
    finished = "finished"
    signed = "signed"
    stale = "stale"
    withdrawn = "withdrawn"


@dataclass(frozen=True, slots=True)
class AskedPerson:
    """A sign-off as a film's card tells it. `outdated`: it is about a version that is not the newest any more."""

    person: str
    position: str
    version: int
    state: str
    at: str
    words: str
    outdated: bool


@dataclass(frozen=True, slots=True)
class FilmCard:
    """`standings`: all that is true of it, the most pressing first. `seconds`: of the newest version, else of the plan.

    `poster`: whether the newest version has a picture. `open_remarks`: not dealt with, of all versions.
    """

    name: str
    title: str
    campaign: str
    clips: int
    seconds: float
    version: int | None
    format: str
    made_at: str
    poster: bool
    standings: list[Standing]
    withdrawn: int
    preview: previews.PreviewView | None
    asked: list[AskedPerson] = field(default_factory=list)
    open_remarks: int = 0


def listing(relay: Relay, slug: str) -> list[FilmCard]:
    """The campaign's films, those first that something happened to last. Raises NotFound."""
    with relay.one_look(), relay.reading() as session:
        campaign = find_campaign(session, slug)
        rows = session.exec(select(Almanac).where(Almanac.campaign_id == campaign.id).order_by(col(Almanac.id))).all()
        found = [(_last(session, row), _card(relay, session, campaign, row)) for row in rows]
    return [card for _at, card in sorted(found, key=lambda one: one[0], reverse=True)]


def asked(rows: Sequence[SignOffView], newest: int) -> list[AskedPerson]:
    """Whoever was asked about a film, those first who were asked about its newest version."""
    found = [
        AskedPerson(
            person=row.person,
            position=row.position,
            version=row.version,
            state=row.state,
            at=row.decided_at or row.revoked_at or row.asked_at,
            words=_words(row),
            outdated=row.version < newest,
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: (-one.version, one.person))


def _words(row: SignOffView) -> str:
    """Why somebody did not agree: in their own words, or by their first remark."""
    if row.state != "remarks":
        return ""
    return row.words or next((one.text for one in row.remarks), "")


def _card(relay: Relay, session: Session, campaign: Campaign, almanac: Almanac) -> FilmCard:
    newest = versions.newest(session, almanac)
    manifest = versions.manifest(relay, newest) if newest is not None else {}
    entries = cost.planned_clips(relay, session, almanac)
    preview = previews.view(relay, session, almanac)
    gone = _withdrawn(session, newest, manifest) if newest is not None else []
    people = asked(sign_off.listing(relay, campaign.slug, almanac.name), newest.version if newest else 0)
    stale = newest is not None and _is_stale(session, almanac, newest, manifest, entries)
    plan = sum(one.end - one.start for one in entries)
    return FilmCard(
        name=almanac.name,
        title=almanac.title,
        campaign=campaign.slug,
        clips=len({one.clip for one in entries}),
        seconds=newest.frames / newest.fps if newest else preview.seconds if preview and preview.seconds else plan,
        version=newest.version if newest else None,
        format=newest.format if newest else "",
        made_at=local(campaign, newest.at) if newest else "",
        poster=bool(newest and newest.poster),
        standings=_standings(newest, preview, people, is_stale=stale, withdrawn=bool(gone)),
        withdrawn=len(gone),
        preview=preview,
        asked=people,
        open_remarks=remarks.count_open(session, almanac),
    )


def _withdrawn(session: Session, newest: Render, manifest: Mapping[str, Any]) -> list[int]:
    """By its Recalls, and by its manifest, of which one may be lost."""
    recalled = session.exec(select(Recall.clip_id).where(Recall.render_id == newest.id)).all()
    shown = [int(one["clip"]) for one in manifest.get("clips", [])]
    return versions.withdrawn_from(session, sorted({*recalled, *shown}))


def _standings(
    newest: Render | None,
    preview: previews.PreviewView | None,
    people: Sequence[AskedPerson],
    *,
    is_stale: bool,
    withdrawn: bool,
) -> list[Standing]:
    if newest is None:
        return [Standing.preview if preview else Standing.draft]
    found = [Standing.withdrawn] if withdrawn else []
    if is_stale:
        found.append(Standing.stale)
    said = [one.state for one in people if not one.outdated and one.state not in ("revoked", "expired")]
    signed = bool(said) and all(state == "agreed" for state in said)
    return [*found, Standing.signed if signed else Standing.finished]


def _is_stale(
    session: Session, almanac: Almanac, newest: Render, manifest: Mapping[str, Any], entries: Sequence[cost.PlannedClip]
) -> bool:
    """A version in another format is compared by what is in it, not by its frames."""
    if not manifest:
        return False
    if cost.compare(manifest, entries, almanac.title) and not newest.format:
        return True
    if [one["clip"] for one in manifest.get("clips", [])] != [one.clip for one in entries]:
        return True
    cards = manifest.get("cards")
    if cards is not None and cards != manifests.cards(session, need_id(almanac)):
        return True
    return not newest.format and manifest.get("style", almanac.style) != almanac.style


def _last(session: Session, almanac: Almanac) -> datetime:
    newest = versions.newest(session, almanac)
    return max(almanac.created_at, newest.at) if newest else almanac.created_at
