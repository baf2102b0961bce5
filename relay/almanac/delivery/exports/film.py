"""A film as it looks, for an editing program: its files, the program's own file, and what is told beside them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from relay.almanac.assets import styles
from relay.almanac.captions import store as captions
from relay.almanac.delivery import render
from relay.almanac.delivery.exports import exchange, files
from relay.almanac.delivery.exports.carried import FILM_LACKS, FilmPart, Target, lacking
from relay.almanac.delivery.exports.edit import Edit, edit_of, held
from relay.almanac.delivery.exports.exchange import ENDINGS
from relay.almanac.delivery.exports.files import ExportSet
from relay.almanac.delivery.exports.media import MediaMaker
from relay.almanac.delivery.exports.naming import film_name, numbered
from relay.almanac.delivery.exports.timeline import ClipFacts
from relay.almanac.film.cut import Cut
from relay.almanac.film.encoder import OnProgress
from relay.almanac.formats import RenderRequest
from relay.almanac.plan import queries
from relay.almanac.plan.queries import Entry
from relay.context import Relay
from relay.errors import DiskFull, Refused
from relay.language.catalogue import N_
from relay.media.toolbox import disk_full
from relay.models import Almanac, need_id
from relay.permissions.rules import FILM, Use, uses_of

ORIGINALS = "originals"
BITS_A_PIXEL = 0.12
"""Of a house copy, on the generous side: what phone video takes at the house's crf (`scripts/bench render`)."""
SAMPLE_BYTES = 6
SPARE = 200_000_000
"""Bytes that have to stay free besides."""
ABOUT = "about.txt"


@dataclass(frozen=True, slots=True)
class ExportWish:
    """What is wanted: the format, and whether the clips' originals come along. `packed`: it will be zipped."""

    to: str = Target.mlt
    originals: bool = True
    packed: bool = False


@dataclass(frozen=True, slots=True)
class ExportedFilm:
    """Absolute paths of the program's file and of all beside it; `left_out`: what it can't carry, as sentences.

    `clips`: numbers of those whose pictures are among them. `called`: what a file of the whole should be called.
    """

    timeline: str
    media: list[str]
    frames: int
    left_out: list[str]
    clips: list[int]
    called: str


def export(
    relay: Relay,
    slug: str,
    name: str,
    folder: Path,
    wish: ExportWish,
    *,
    person: str,
    translate: Callable[[str], str] = str,
    on_progress: OnProgress = lambda _done, _total, _what: None,
) -> ExportedFilm:
    """Writes everything into a new or empty folder, and records who did it.

    Raises what `render.render` raises, and Refused for an unknown format or a folder in use. A clip that is taken back
    meanwhile stops it: then nothing of it is left in the folder.
    """
    to = exchange.checked_target(wish.to)
    exchange.checked_folder(folder)
    almanac, entries, cut = _drafted(relay, slug, name)
    edit = edit_of(cut)
    check_room(folder, bytes_of(cut, entries, wish))
    try:
        written = _written(relay, almanac, entries, cut, edit, folder, wish, translate, on_progress)
        exchange.write_left_out(relay, slug, name, folder / "left-out.csv", translate)
        check_allowed(relay, written.clips, uses_of(almanac.uses))
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        if disk_full(error):
            raise DiskFull("There is no room for the export.", hint="Choose another disk.") from error
        raise Refused("The folder {folder} can't be written.", hint="Choose another.", folder=folder) from error
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    exchange.note(
        relay, need_id(almanac), person, to=to, clips=len(entries), frames=edit.frames, originals=wish.originals
    )
    return written


def _drafted(relay: Relay, slug: str, name: str) -> tuple[Almanac, list[Entry], Cut]:
    """With captions in every language that somebody of the film has them in."""
    with relay.reading() as session:
        almanac = queries.find(session, slug, name)
        clips = [need_id(entry.clip) for entry in queries.entries(session, almanac, now=relay.now())]
        said = captions.of_clips(session, clips)
    languages = sorted({language for by_language in said.values() for language in by_language})
    wanted = tuple(dict.fromkeys((*styles.of(almanac).captions, *languages)))
    _campaign, almanac, entries, cut = render.drafted(relay, slug, name, RenderRequest(tracks=wanted))
    return almanac, entries, cut


def _written(
    relay: Relay,
    almanac: Almanac,
    entries: Sequence[Entry],
    cut: Cut,
    edit: Edit,
    folder: Path,
    wish: ExportWish,
    translate: Callable[[str], str],
    on_progress: OnProgress,
) -> ExportedFilm:
    folder.mkdir(parents=True, exist_ok=True)
    clips = _facts(cut, entries)
    media = MediaMaker(
        cut=cut,
        edit=edit,
        folder=folder,
        toolbox=relay.toolbox,
        cache=relay.folder("shots"),
        names=_names(edit, clips),
        workers=render.workers(relay),
        on_progress=on_progress,
    ).make()
    originals = _originals(relay, cut, entries, folder) if wish.originals else {}
    clips = {item: replace(facts, original=originals.get(item, "")) for item, facts in clips.items()}
    to, called = Target(wish.to), film_name(cut.title, almanac.name, size=f"{min(edit.width, edit.height)}p")
    target = files.write(to, ExportSet(cut, edit, media, clips, folder), called, translate)
    if wish.packed:
        files.made_portable(target, folder, called)
    told = lacking(FILM_LACKS[to], held(cut, edit) | ({FilmPart.places} if wish.packed else set()))
    _write_about(folder / ABOUT, cut, target, told, translate)
    return ExportedFilm(
        timeline=str(target.absolute()),
        media=[str((folder / file).absolute()) for file in (*media.files(), *originals.values())],
        frames=edit.frames,
        left_out=told,
        clips=[need_id(entry.clip) for entry in entries],
        called=f"{called} {to}",
    )


def _facts(cut: Cut, entries: Sequence[Entry]) -> dict[int, ClipFacts]:
    return {
        item: ClipFacts(
            clip=need_id(entry.clip),
            sha256=entry.clip.sha256,
            name=entry.name,
            town=entry.town,
            first=cut.compositions[item].first,
        )
        for item, entry in zip(cut.clips, entries, strict=True)
    }


def _names(edit: Edit, clips: Mapping[int, ClipFacts]) -> dict[int, str]:
    return {
        piece.item: clips[piece.item].words if piece.item in clips else piece.card.kind if piece.card else ""
        for piece in edit.pieces
    }


def _originals(relay: Relay, cut: Cut, entries: Sequence[Entry], folder: Path) -> dict[int, str]:
    """By item; a link where the disk allows one, since nobody changes them."""
    (folder / ORIGINALS).mkdir(exist_ok=True)
    made = {}
    for item, entry in zip(cut.clips, entries, strict=True):
        source = relay.media.local(f"originals/{entry.clip.sha256}")
        container = str(entry.inspection.technical.get("container") or "mp4")
        ending = ENDINGS.get(container, "mp4" if container == "mov" else container)
        words = ", ".join(word for word in (entry.name, entry.town) if word)
        name = f"{ORIGINALS}/{numbered(item + 1, words)}.{ending}"
        try:
            os.link(source, folder / name)
        except OSError:
            shutil.copyfile(source, folder / name)
        made[item] = name
    return made


def _write_about(path: Path, cut: Cut, target: Path, left_out: Sequence[str], translate: Callable[[str], str]) -> None:
    """What the folder holds, for whoever unpacks it."""
    about = N_(
        "Open the file “{file}”. The folders beside it belong to it: pictures (clips and cards as the film shows them, "
        "without names), overlays (names and captions), sound (voices and music, as loud as in the film), captions, "
        "originals (as they were filmed)."
    )
    lines = [cut.title, "", translate(about).format(file=target.name), ""]
    lines += [translate("Left out: {line}").format(line=translate(line)) for line in left_out]
    path.write_text("\r\n".join(lines) + "\r\n", "utf-8-sig")


# --- may it, and does it fit ---------------------------------------------------------------------------------------


def check_allowed(relay: Relay, clips: Sequence[int], uses: Collection[Use] = FILM) -> None:
    """Raises Refused where one of these clips may not go out in these ways any more."""
    with relay.reading() as session:
        free = queries.still_free(session, clips, uses=uses, now=relay.now())
    for clip in clips:
        if clip not in free:
            raise Refused("Clip {clip} may not leave with the film any more.", hint="Make the export again.", clip=clip)


def bytes_of(cut: Cut, entries: Sequence[Entry], wish: ExportWish) -> int:
    """About how much room it takes while it is made, with the shots in the cache, and once more what is packed."""
    house, frames = cut.house, sum(item.frames for item in cut.timeline.items)
    pictures = int(frames * house.width * house.height * BITS_A_PIXEL / 8)
    sound = (frames + (cut.timeline.frames if cut.music else 0)) * house.samples * SAMPLE_BYTES
    originals = sum(entry.inspection.bytes for entry in entries) if wish.originals else 0
    once = pictures + sound + originals
    return once + pictures + (once if wish.packed else 0)


def check_room(folder: Path, needed: int) -> None:
    """Raises DiskFull."""
    place = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    free = shutil.disk_usage(place).free
    if free < needed + SPARE:
        raise DiskFull(
            "The export takes about {needed:.1f} GB, and {free:.1f} GB are free.",
            hint="Free some space, or leave the originals away.",
            needed=needed / 1e9,
            free=free / 1e9,
        )
