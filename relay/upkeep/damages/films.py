"""Versions of films: their files, their manifests, and whether they show somebody who has taken their video back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlmodel import col, select

from relay.context import Relay
from relay.models import Clip, ClipState, Doubt, Render
from relay.upkeep.backups.contents import HELD_BACK
from relay.upkeep.damages.check import Check


def films(relay: Relay, _fix: bool, deep: bool) -> Iterator[Check]:
    """Sizes are compared with those of the manifests; `deep` the bytes with their sums."""
    root = relay.settings.data_dir.absolute()
    standing = [film for film in _standing(relay) if not (root / HELD_BACK / film.file).is_file()]
    bad = [film.file for film in standing if not _is_whole(relay, film, deep)]
    if bad:
        words = {"files": ", ".join(bad)}
        yield Check("films", "missing or changed, render again: {files}", wrong=True, words=words)
    else:
        yield Check("films", "in place: {count}", words={"count": len(standing)})
    told = [film.manifest for film in standing if not _tells_of(relay, film)]
    if told:
        words = {"files": ", ".join(told)}
        yield Check(
            "films",
            "what is in them can't be told, take it from a backup or render again: {files}",
            wrong=True,
            words=words,
        )


def shown_after_all(relay: Relay, _fix: bool, _deep: bool) -> Iterator[Check]:
    """By the manifests, not by the plans: a plan may have lost the clip since."""
    with relay.reading() as session:
        gone = set(session.exec(select(Clip.id).where(Clip.state == ClipState.withdrawn)).all())
    showing = {film.file: shown for film in _standing(relay) if (shown := sorted(_clips(relay, film) & gone))}
    if showing:
        told = "; ".join(f"{name} ({', '.join(map(str, clips))})" for name, clips in showing.items())
        yield Check(
            "withdrawn clips",
            "shown in films that are there still, make those anew without them: {films}",
            wrong=True,
            words={"films": told},
        )
    else:
        yield Check("withdrawn clips", "in no film")


def held_back(relay: Relay, _fix: bool, _deep: bool) -> Iterator[Check]:
    """Only where a restore found no tombstones."""
    with relay.reading() as session:
        clips = len(session.exec(select(Clip.id).where(Clip.doubt == Doubt.restored)).all())
    aside = len(list((relay.settings.data_dir.absolute() / HELD_BACK / "almanacs").glob("*.mp4")))
    if clips or aside:
        yield Check(
            "restored",
            "clips ({clips}) and films ({films}) wait for somebody to say that nobody has taken them back: "
            "relay backups release",
            wrong=True,
            words={"clips": clips, "films": aside},
        )


def _standing(relay: Relay) -> list[Render]:
    with relay.reading() as session:
        return list(session.exec(select(Render).where(col(Render.closed_at).is_(None)).order_by(col(Render.id))).all())


def _is_whole(relay: Relay, film: Render, deep: bool) -> bool:
    """A film that only other hosts have here is not brought here for it."""
    path = relay.settings.data_dir.absolute() / film.file
    if not relay.shared.has(path):
        return False
    if deep and not relay.shared.holds(path, film.sha256):
        return False
    if not path.is_file():
        return True
    size = _manifest(relay, film).get("bytes")
    return path.stat().st_size == (size or path.stat().st_size) and path.stat().st_size != 0


def _tells_of(relay: Relay, film: Render) -> bool:
    """Whether its manifest is there, can be read, and is of this very film."""
    told = _manifest(relay, film)
    return bool(told) and told.get("sha256", film.sha256) == film.sha256 and isinstance(told.get("clips"), list)


def _clips(relay: Relay, film: Render) -> set[Any]:
    clips = _manifest(relay, film).get("clips")
    return {one.get("clip") for one in clips if isinstance(one, dict)} if isinstance(clips, list) else set()


def _manifest(relay: Relay, film: Render) -> dict[str, Any]:
    try:
        return dict(json.loads(relay.kept(film.manifest).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return {}
