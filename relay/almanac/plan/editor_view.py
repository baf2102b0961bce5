"""All that the editor's page shows of a plan, in one consistent look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select

from relay.almanac.formats import House
from relay.almanac.plan import queries, rules, store
from relay.almanac.plan.document import PlanDocument
from relay.almanac.plan.queries import Entry
from relay.almanac.plan.rules import Candidate
from relay.context import Relay
from relay.errors import Refused
from relay.models import Almanac, Campaign, Clip, ClipState, Inspection, LeftOut, PlanChange, need_id

ACTIONS = {
    "planned": "The rules were followed",
    "ruled": "The rules were changed",
    "placed": "A clip was moved",
    "trimmed": "A clip was trimmed",
    "retitled": "Names on a card were changed",
    "left out": "A clip was left out",
    "brought back": "A clip was brought back",
    "pinned": "A clip was pinned or let go",
}
"""What a PlanChange says was done → for people."""


def view(relay: Relay, slug: str, name: str) -> dict[str, Any]:
    """`segments proposals left_out seconds version undo`, beside what plans.show gives of the almanac itself.

    `segments[{clip, sha256, poster, proxy, name, town, own_name, own_town, district, quote, in, out, duration, seconds,
    at, score, faults, state, free, by_hand, pinned}]`: `at` is where it begins among the clips, in seconds.
    `undo{person, did, clip}`: what undo would take back. Raises NotFound.
    """
    with relay.reading() as session:
        almanac = queries.find(session, slug, name)
        campaign = session.get_one(Campaign, almanac.campaign_id)
        house, sheet = queries.house_of(relay.settings, almanac), store.load(session, almanac)
        segments = _in_a_row([_segment(entry, house) for entry in queries.entries(session, almanac)], house)
        last = store.last_change(session, almanac)
        undo = last if last is not None and last.token == sheet.token else None
        return {
            "name": almanac.name,
            "title": almanac.title,
            "rules": {name: value for name, value in almanac.rules.items() if name != "clips"},
            "fps": house.fps,
            "version": sheet.token,
            "segments": segments,
            "seconds": segments[-1]["at"] + segments[-1]["seconds"] if segments else 0.0,
            "proposals": _proposals(session, relay, campaign, almanac, sheet),
            "left_out": _left_out(session, almanac),
            "undo": None if undo is None else {"person": undo.person, **_did(undo)},
        }


def _segment(entry: Entry, house: House) -> dict[str, Any]:
    first, last = entry.bounds(house)
    one = Candidate(clip=need_id(entry.clip), flags=tuple(entry.inspection.flags))
    return {
        **_clip(entry.clip, entry.inspection),
        "name": entry.name,
        "town": entry.town,
        "own_name": entry.clip.name,
        "own_town": entry.clip.town,
        "in": round(first / house.fps, 3),
        "out": round(last / house.fps, 3),
        "seconds": (last - first) / house.fps,
        "score": one.score,
        "faults": one.faults,
        "state": entry.clip.state.value,
        "free": entry.free,
        "by_hand": list(entry.segment.by_hand),
        "pinned": entry.segment.pinned,
    }


def _in_a_row(segments: list[dict[str, Any]], house: House) -> list[dict[str, Any]]:
    at = 0.0
    for segment in segments:
        segment["at"] = round(at, 3)
        at += max(0.0, segment["seconds"] - house.fade / house.fps)
    return segments


def _clip(clip: Clip, look: Inspection) -> dict[str, Any]:
    return {
        "clip": clip.id,
        "sha256": clip.sha256,
        "poster": bool(look.poster) and clip.state is not ClipState.withdrawn,
        "proxy": bool(look.proxy) and clip.state is not ClipState.withdrawn,
        "name": clip.name,
        "town": clip.town,
        "district": clip.district,
        "quote": clip.quote,
        "duration": look.duration,
    }


def _proposals(
    session: Session, relay: Relay, campaign: Campaign, almanac: Almanac, sheet: PlanDocument
) -> list[dict[str, Any]]:
    """None for a plan that was made by hand only, or while no clip is approved."""
    if not sheet.rules:
        return []
    try:
        found, _target, _pool = queries.proposed(session, relay.settings, campaign, almanac, sheet)
    except Refused:
        return []
    clips = _known(session, [number for one in found for number in (one.clip, one.after) if number])
    return [
        {
            **clips[one.clip],
            "kind": one.kind.value,
            "behind": clips[one.after] if one.after is not None else None,
            "sentence": rules.SENTENCES[one.reason],
            "hand": one.hand,
            "must": one.must,
        }
        for one in found
    ]


def _left_out(session: Session, almanac: Almanac) -> list[dict[str, Any]]:
    rows = session.exec(select(LeftOut).where(LeftOut.almanac_id == almanac.id).order_by(col(LeftOut.id))).all()
    clips = _known(session, [row.clip_id for row in rows])
    return [{**clips[row.clip_id], "reason": row.reason, "person": row.person} for row in rows]


def _known(session: Session, clips: Sequence[int]) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    wanted = sorted(set(clips))
    for start in range(0, len(wanted), 500):
        rows = session.exec(
            select(Clip, Inspection)
            .join(Inspection, col(Inspection.sha256) == col(Clip.sha256))
            .where(col(Clip.id).in_(wanted[start : start + 500]))
        )
        found |= {need_id(clip): {**_clip(clip, look), "state": clip.state.value} for clip, look in rows}
    return found


def _did(change: PlanChange) -> dict[str, Any]:
    return {"did": ACTIONS.get(change.did, change.did), "clip": change.clip_id}
