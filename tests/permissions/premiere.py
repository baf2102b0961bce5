"""A film of one clip that is ready to go out in every way, and what may become of the permission to show it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest
from sqlmodel import select, update

from relay.almanac.delivery import credentials, previews, render, sign_off, versions
from relay.almanac.delivery.exports import exchange, shelf
from relay.almanac.delivery.exports import film as film_export
from relay.almanac.delivery.exports.film import ExportedFilm, ExportWish
from relay.almanac.delivery.watching import watch
from relay.almanac.plan import edits, queries, reaches
from relay.context import Relay
from relay.errors import Interrupted, NotFound, Refused
from relay.models import (
    Campaign,
    Clip,
    ClipState,
    Doubt,
    FilmReach,
    PermissionGate,
    PermissionRule,
    Segment,
    Sighting,
    Verdict,
)
from relay.moderation import consent, desk
from relay.permissions import overrides
from relay.permissions.notes import ConsentTerms
from relay.permissions.rules import uses_of
from tests.almanac.cinema import has_preview, has_version
from tests.almanac.delivery.test_assemble import Stage

FILM = ("proryv80", "film")
TOLD = "Анна"


class Premiere:
    """`premiere.states` change what is known of its one clip; `premiere.ways(...)` tries every way out."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self.town = Stage(relay)
        self.clip, self.other = self.town.films(TOLD, "Глеб")
        self.has("gate", PermissionGate.override)
        self.version = has_version(relay, told={"captions": ["ru"]})
        file = relay.settings.data_dir / self.version.file
        for name in (f"{file.stem}.ru.vtt", versions.signed_name(file)):
            file.with_name(name).write_bytes(b"words")
        has_preview(relay)
        self.link = sign_off.ask(relay, *FILM, to="Глава", person="Ольга").secret
        self.export = self._on_the_shelf()

    # what may become of it

    def has(self, field: str, value: PermissionRule | PermissionGate) -> None:
        with self.relay.transaction() as session:
            session.exec(update(Campaign).values({field: value}))

    def is_unknown(self) -> None:
        """Its post is gone, and somebody kept the clip."""
        with self.relay.transaction() as session:
            video = session.get_one(Clip, self.clip).video_id
            session.exec(update(Sighting).where(Sighting.video_id == video).values(lost=Doubt.post))  # type: ignore[arg-type]

    def is_a_child(self) -> None:
        desk.edit(self.relay, self.clip, person="Анна", age="9")

    def says(self, scope: str, evidence: str = "", **terms: object) -> None:
        consent.note(self.relay, self.clip, scope, evidence, person="Анна", terms=ConsentTerms(**terms))  # type: ignore[arg-type]

    def says_until_yesterday(self) -> None:
        self.says("film", until=date(2023, 1, 11))

    def is_overridden(self, *goes: FilmReach) -> None:
        overrides.take_upon(self.relay, self.clip, person="Ольга", reason="Знаем семью", uses=uses_of(goes))

    def goes(self, *where: FilmReach) -> None:
        """The other one in the film has agreed to that."""
        self.other_agrees()
        reaches.set_for(self.relay, *FILM, where, person="Борис")

    def other_agrees(self) -> None:
        terms = ConsentTerms(broadcast=True, abroad=True)
        consent.note(self.relay, self.other, "film", "письмо", person="Анна", terms=terms)

    # every way out

    def ways(self, folder: Path) -> dict[str, bool]:
        """Way out → whether the clip went out by it. Nothing is encoded: whatever would be, is stopped there."""
        relay, row = self.relay, self.version
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(render, "make_film", _reached)
            patched.setattr(film_export, "_written", _reached)
            patched.setattr(credentials, "identity", _reached)
            file = relay.settings.data_dir / row.file
            signed = file.with_name(versions.signed_name(file))
            tries: dict[str, Callable[[], object]] = {
                "plan": self._is_planned,
                "render": lambda: render.render(relay, *FILM),
                "preview": lambda: render.preview(relay, *FILM),
                "played plan": lambda: render.sketched(relay, *FILM, _no_cards),
                "film for an editing program": lambda: film_export.export(
                    relay, *FILM, folder / "film", ExportWish(), person="Борис"
                ),
                "plan for an editing program": lambda: self._is_exported(folder / "plan"),
                "export on the shelf": lambda: shelf.file(relay, *FILM, self.export),
                "list of exports": lambda: _there(shelf.listing(relay, *FILM)),
                "version": lambda: versions.film(relay, row),
                "poster": lambda: versions.poster(relay, row),
                "captions": self._captions,
                "signed copy": lambda: versions.signed(relay, row),
                "making a signed copy": lambda: (signed.rename(f"{signed}.away"), credentials.sign(
                    relay, *FILM, person="Борис"
                )),
                "preview that was made": lambda: previews.film(relay, *FILM),
                "film that is watched while it is made": lambda: watch.opened(relay, self._watched(), "mark"),
                "asking for a sign-off": lambda: sign_off.ask(relay, *FILM, to="Мэр", person="Ольга"),
                "sign-off": lambda: sign_off.shown(relay, self.link),
                "sign-off's film": lambda: sign_off.film(relay, self.link),
                "sign-off's verdict": lambda: sign_off.decide(relay, self.link, "agreed"),
                "placing": self._is_placed,
                "approval": self._is_approved,
            }  # fmt: skip
            return {way: _goes(attempt) for way, attempt in tries.items()}

    def _is_planned(self) -> None:
        """A new film of all that is approved."""
        queries.new(self.relay, FILM[0], "other", may_wait=True)
        if reach := queries.show(self.relay, *FILM).uses:
            reaches.set_for(self.relay, FILM[0], "other", [FilmReach(one) for one in reach], person="Борис")
        queries.plan(self.relay, FILM[0], "other", given={"order": "best"})
        _there([one for one in queries.show(self.relay, FILM[0], "other").segments if one.clip == self.clip])

    def _is_placed(self) -> None:
        edits.leave_out(self.relay, *FILM, self.clip, person="Борис")
        edits.bring_back(self.relay, *FILM, self.clip, person="Борис")

    def _is_exported(self, folder: Path) -> None:
        """Both clips, or only the other one."""
        _there(exchange.export(self.relay, *FILM, folder).media[1:])

    def _is_approved(self) -> None:
        with self.relay.transaction() as session:
            session.exec(update(Clip).where(Clip.id == self.clip).values(state=ClipState.awaiting))  # type: ignore[arg-type]
        desk.decide(self.relay, self.clip, Verdict.approve, person="Анна", seen=ClipState.awaiting)

    def _captions(self) -> Path:
        with self.relay.reading() as session:
            shown = versions.version(self.relay, session, *FILM)
        return versions.captions(self.relay, shown, "ru", "vtt")

    def _watched(self) -> watch.FilmWatch:
        class Stream:
            mark = "mark"

        return watch.FilmWatch(Stream(), (self.clip, self.other))  # type: ignore[arg-type]

    def _on_the_shelf(self) -> int:
        place = shelf._place(self.relay, *FILM)
        packed = self.relay.folder("incoming") / "packed.zip"
        packed.write_bytes(b"zip")
        with self.relay.reading() as session:
            clips = [one.clip_id for one in session.exec(select(Segment).where(Segment.almanac_id == 1))]
        made = ExportedFilm("film.mlt", [], 50, [], clips, "Голоса")
        return shelf._put(self.relay, place, packed, made, ExportWish("mlt", packed=True), "Борис").number


def _goes(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except Interrupted:
        return True
    except (NotFound, Refused):
        return False
    return True


def _reached(*_words: object, **_more: object) -> None:
    raise Interrupted("It would be made now.")


def _no_cards(*_words: object) -> None:
    raise Interrupted("Its cards would be drawn now.")


def _there(found: Sequence[object]) -> None:
    if not found:
        raise NotFound("There is nothing.")


def strictly(relay: Relay, gate: PermissionGate = PermissionGate.override) -> None:
    """All campaigns let pass without permission only what somebody takes upon them, or what the `gate` says."""
    with relay.transaction() as session:
        session.exec(update(Campaign).values(gate=gate))
