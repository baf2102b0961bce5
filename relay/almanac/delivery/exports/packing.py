"""An export into a folder or into one ZIP, of the originals or as the film looks: what the command asks for."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from relay.almanac.delivery.exports import archive, exchange, files, film
from relay.almanac.delivery.exports.carried import Target
from relay.almanac.delivery.exports.exchange import ExportedPlan
from relay.almanac.delivery.exports.film import ExportedFilm, ExportWish
from relay.almanac.film.encoder import OnProgress
from relay.context import Relay
from relay.errors import Refused

Translate = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Wish:
    """`as_film`: with all that the film shows; else the clips' originals under a bare plan, which takes a moment."""

    to: str = Target.otio
    as_film: bool = False
    originals: bool = True


def export(
    relay: Relay,
    slug: str,
    name: str,
    wish: Wish,
    *,
    folder: Path | None,
    packed: Path | None,
    person: str,
    translate: Translate = str,
    on_progress: OnProgress = lambda _done, _total, _what: None,
) -> ExportedPlan | ExportedFilm:
    """`packed`: the ZIP that is written; `folder` then stays as it is. Paths of a packed export are those in the ZIP.

    Raises what `exchange.export` and `film.export` raise; Refused without a place, and for a file that is there.
    """
    if packed is None:
        if folder is None:
            raise Refused("Where shall the export go?", hint="Name a new folder, or a file with --zip.")
        return _made(relay, slug, name, folder, wish, person, translate, on_progress, packed=False)
    if folder is not None:
        raise Refused("The export goes into a folder or into a file, not both.", hint="Leave one of them away.")
    if packed.exists():
        raise Refused("The file {file} is there already.", hint="Name a new one.", file=packed)
    return _packed(relay, slug, name, packed, wish, person, translate, on_progress)


def _packed(
    relay: Relay,
    slug: str,
    name: str,
    target: Path,
    wish: Wish,
    person: str,
    translate: Translate,
    on_progress: OnProgress,
) -> ExportedPlan | ExportedFilm:
    try:
        target.absolute().parent.mkdir(parents=True, exist_ok=True)
        bench = Path(tempfile.mkdtemp(prefix=".export-", dir=target.absolute().parent))
    except OSError as error:
        raise Refused("The file {file} can't be written.", hint="Choose another.", file=target) from error
    try:
        folder = bench / "film"
        made = _made(relay, slug, name, folder, wish, person, translate, on_progress, packed=True)
        root = target.stem
        files.made_portable(Path(made.timeline), folder, root)
        archive.pack(folder, target, root=root)
        inside = [f"{root}/{Path(path).relative_to(folder)}" for path in (made.timeline, *made.media)]
        return replace(made, timeline=inside[0], media=inside[1:])
    finally:
        shutil.rmtree(bench, ignore_errors=True)


def _made(
    relay: Relay,
    slug: str,
    name: str,
    folder: Path,
    wish: Wish,
    person: str,
    translate: Translate,
    on_progress: OnProgress,
    *,
    packed: bool,
) -> ExportedPlan | ExportedFilm:
    if not wish.as_film:
        return exchange.export(relay, slug, name, folder, to=wish.to, translate=translate, person=person)
    full = ExportWish(wish.to, originals=wish.originals, packed=packed)
    return film.export(relay, slug, name, folder, full, person=person, translate=translate, on_progress=on_progress)
