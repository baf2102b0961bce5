"""From a plan to a film: checks that everything is there and still allowed, makes it, and records the version.

The film and its manifest get their names when they are whole; then the row is written. A render that is stopped
leaves nothing but shots, which the next one uses.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from functools import partial
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from relay import clocks, logs
from relay.almanac import formats
from relay.almanac.assets import styles, text_lines
from relay.almanac.cards.people import Person
from relay.almanac.delivery import manifests, posters, sidecars, versions
from relay.almanac.delivery.assemble import assemble, faces_by_the_name
from relay.almanac.delivery.watching.watch import OnWatch, offered
from relay.almanac.film.cut import Bring, Cut, Renderer, Subclip, Words, alone, by_itself, draw_up
from relay.almanac.film.encoder import Film, OnProgress, make_film, shoot_ahead
from relay.almanac.film.ffmpeg import RECIPE
from relay.almanac.film.footage import Footage
from relay.almanac.film.shot_cache import ShotCache
from relay.almanac.film.timeline import JOINED
from relay.almanac.formats import House, RenderRequest
from relay.almanac.plan import queries
from relay.almanac.plan.queries import Entry
from relay.context import Relay
from relay.errors import DiskFull, NotFound, Refused, ToolFailed
from relay.language.dates import window
from relay.media.files import flush, replace_file
from relay.media.toolbox import disk_full
from relay.models import (
    Almanac,
    Campaign,
    Clip,
    ClipReview,
    ClipState,
    Decision,
    Event,
    EventKind,
    EventSubject,
    Inspection,
    Render,
    Segment,
    need_id,
)
from relay.permissions import gate
from relay.ports import SharedFiles
from relay.records import add_event, find_campaign
from relay.store import add_new

PREVIEW_SIDE = 360
READY_AGAIN = timedelta(hours=1)
ASK_SECONDS = 2.0
"""Between two questions whether all clips of a film that is being made are still there."""
log = logs.get_logger()


def render(
    relay: Relay,
    slug: str,
    name: str,
    *,
    on_progress: OnProgress | None = None,
    request: RenderRequest | None = None,
    on_watch: OnWatch | None = None,
) -> Render:
    """Makes the next version of an almanac. `on_progress`: see film.OnProgress; `request`: another format, captions;
    `on_watch`: is given the film as it can be watched meanwhile.

    Raises NotFound; Refused for an empty plan, for a clip that is no longer approved or whose original is not there,
    for music that is not cleared, for a video that was taken back meanwhile; ToolFailed, ToolMissing, DiskFull,
    Interrupted.
    """
    started = time.monotonic()
    campaign, almanac, entries = _loaded(relay, slug, name)
    house, label = _house(relay, almanac, request)
    cut = _cut(relay, campaign, almanac, entries, house=house, request=request)
    plan = manifests.planned(relay, almanac)
    cut = replace(cut, poster=posters.frame_in(cut, almanac, entries))
    clips = _clips(entries)
    with ShotCache(relay.folder("shots")).bench() as bench, _while_all_stay(relay, almanac, clips):
        film = make_film(
            cut,
            toolbox=relay.toolbox,
            cache=relay.folder("shots"),
            target=bench / "film.mp4",
            workers=workers(relay),
            on_progress=_asking(relay, almanac, clips, on_progress),
            on_begin=offered(clips, on_watch),
            shared=_shared(relay),
        )
        versions.check_all_stay(relay, almanac, clips)
        row = _publish_version(relay, campaign, almanac, film, cut, entries, label, plan)
    row.seconds = round(time.monotonic() - started, 3)
    return _recorded(relay, almanac, row, clips)


def drawn(relay: Relay, slug: str, name: str) -> Cut:
    """The cut that `render` would make a film of now; nothing but cards is made. Raises NotFound, Refused."""
    campaign, almanac, entries = _loaded(relay, slug, name)
    house = queries.house_of(relay.settings, almanac)
    return _cut(relay, campaign, almanac, entries, house=house, look=False)


def drafted(relay: Relay, slug: str, name: str, request: RenderRequest) -> tuple[Campaign, Almanac, list[Entry], Cut]:
    """What `render` would make a film of by `request`, with the rows behind it. Raises NotFound, Refused."""
    campaign, almanac, entries = _loaded(relay, slug, name)
    house, _label = _house(relay, almanac, request)
    return campaign, almanac, entries, _cut(relay, campaign, almanac, entries, house=house, request=request)


def sketched(relay: Relay, slug: str, name: str, renderer: Renderer) -> tuple[Cut, list[Entry]]:
    """The cut of `drawn` and the clips that it shows, without a look at any file: nothing is opened, no face looked
    for. Raises NotFound, Refused.
    """
    campaign, almanac, entries = _loaded(relay, slug, name)
    house = queries.house_of(relay.settings, almanac)
    cut = _cut(relay, campaign, almanac, entries, house=house, source=_unopened, renderer=renderer)
    return cut, entries


def _house(relay: Relay, almanac: Almanac, request: RenderRequest | None) -> tuple[House, str]:
    """The format of one film, and what is different about it."""
    usual = queries.house_of(relay.settings, almanac)
    wanted = formats.applied(usual, request.format) if request is not None else usual
    return wanted, formats.label(usual, wanted)


def _cut(
    relay: Relay,
    campaign: Campaign,
    almanac: Almanac,
    entries: Sequence[Entry],
    *,
    house: House,
    request: RenderRequest | None = None,
    source: OpenFootage | None = None,
    shots: str = "shots",
    look: bool = True,
    renderer: Renderer | None = None,
    only: int | None = None,
) -> Cut:
    """Segments are kept in frames of the almanac's own rate; a film of another rate takes the same moments. `only`: the
    clip whose shots are wanted; no file of another one is opened.
    """
    usual, opens = queries.house_of(relay.settings, almanac), source or _original
    subclips = _subclips(relay, entries, campaign.slug, almanac.name, source=opens, usual=usual, only=only)
    said = text_lines.of_film(relay, campaign, almanac, [entry.clip for entry in entries])
    subclips = [
        replace(subclip, person=replace(subclip.person, origin=said.get(need_id(entry.clip), "")))
        for subclip, entry in zip(subclips, entries, strict=True)
    ]
    if house.fps != usual.fps:
        subclips = [replace(subclip, **_at_rate(subclip, house.fps / usual.fps)) for subclip in subclips]
    wanted, is_opened = request or RenderRequest(), source is not _unopened
    subclips, script = assemble(
        relay,
        campaign,
        almanac,
        entries,
        subclips,
        house,
        wanted,
        look=look and is_opened,
        framed=is_opened,
        only=only,
    )
    folder = relay.folder(*shots.split("/")) / "cards"
    return draw_up(subclips, _words(campaign, almanac), house, folder, script=script, renderer=renderer)


def _at_rate(subclip: Subclip, factor: float) -> dict[str, Any]:
    last = subclip.last
    return {"first": round(subclip.first * factor), "last": None if last is None else round(last * factor)}


def preview(
    relay: Relay, slug: str, name: str, *, on_progress: OnProgress | None = None, on_watch: OnWatch | None = None
) -> Path:
    """A small film of the plan from the desk's copies, in seconds; the next preview takes its place.

    Raises what `render` raises.
    """
    campaign, almanac, entries = _loaded(relay, slug, name)
    usual = queries.house_of(relay.settings, almanac)
    width, height = formats.sides(usual.width, usual.height, PREVIEW_SIDE)
    house = replace(usual, width=width, height=height, preset="ultrafast", crf=26)
    cut = _cut(relay, campaign, almanac, entries, house=house, source=_copy, shots="shots/previews", look=False)
    shots = relay.folder("shots", "previews")
    target = preview_file(relay, slug, name)
    numbers = _clips(entries)
    with _while_all_stay(relay, almanac, numbers):
        film = make_film(
            cut,
            toolbox=relay.toolbox,
            cache=shots,
            target=target,
            workers=workers(relay),
            on_progress=_asking(relay, almanac, numbers, on_progress),
            on_begin=offered(numbers, on_watch),
        )
    clips = [_clip_view(cut, item, entry) for item, entry in zip(cut.clips, entries, strict=True)]
    manifests.beside_preview(relay, film, cut, clips)
    return film.path


def _clips(entries: Sequence[Entry]) -> list[int]:
    """Each once."""
    return list(dict.fromkeys(need_id(entry.clip) for entry in entries))


@contextmanager
def _while_all_stay(relay: Relay, almanac: Almanac, clips: Sequence[int]) -> Iterator[None]:
    """A clip that is taken back takes its files with it: then that is what is said, not that a file is missing."""
    try:
        yield
    except (OSError, ToolFailed, NotFound):
        versions.check_all_stay(relay, almanac, clips)
        raise


def _asking(relay: Relay, almanac: Almanac, clips: Sequence[int], told: OnProgress | None) -> OnProgress:
    """Ends the making, every few seconds that it goes on, when somebody has taken their video back meanwhile."""
    asked = time.monotonic()

    def on_progress(done: int, total: int, what: str) -> None:
        nonlocal asked
        if time.monotonic() - asked > ASK_SECONDS:
            asked = time.monotonic()
            versions.check_all_stay(relay, almanac, clips)
        if told is not None:
            told(done, total, what)

    return on_progress


def preview_file(relay: Relay, slug: str, name: str) -> Path:
    """Where the newest preview lies, if there is one. Raises NotFound."""
    with relay.reading() as session:
        almanac = queries.find(session, slug, name)
        campaign = session.get_one(Campaign, almanac.campaign_id)
    return preview_place(relay, campaign, almanac)


def preview_place(relay: Relay, campaign: Campaign, almanac: Almanac) -> Path:
    return relay.folder("almanacs", "previews") / f"{file_name(campaign, almanac)}.mp4"


class ReadyShots:
    """What was found to have all its shots, by what shapes them, so that nobody draws it again to find the same.

    Believed for READY_AGAIN: somebody may have deleted shots meanwhile.
    """

    def __init__(self) -> None:
        self._found: dict[Hashable, tuple[Hashable, datetime, frozenset[int]]] = {}

    def clips(self, what: Hashable, shaped_by: Hashable, now: datetime) -> frozenset[int] | None:
        """The clips of a film, or the one clip, whose shots are there; None where that is not known."""
        shape, at, clips = self._found.get(what, (None, now, frozenset[int]()))
        return clips if shape == shaped_by and not clocks.has_passed(READY_AGAIN, at, now) else None

    def note(self, what: Hashable, shaped_by: Hashable, now: datetime, clips: Iterable[int]) -> None:
        self._found[what] = shaped_by, now, frozenset(clips)


def prepare(
    relay: Relay,
    slug: str,
    *,
    limit: int | None = None,
    on_clip: Callable[[], None] = lambda: None,
    ready: ReadyShots | None = None,
) -> int:
    """Encodes ahead, at low priority, the shots of approved clips (of at most `limit` clips that lack some, and
    `on_clip` is told of each). `ready`: what earlier rounds found, which is gone past.

    Returns the number of shots made. A clip whose shots can't be made is noted once (Event) and left alone; the
    render tells what is wrong with it. Raises NotFound, DiskFull, Interrupted, ToolMissing.
    """
    made, done = 0, 0
    for clip, drawn_up in _to_prepare(relay, slug, look=True, ready=ready or ReadyShots()):
        if limit is not None and done >= limit:
            break
        shots = _shot_ahead(relay, clip, drawn_up)
        made += shots
        if shots:
            done += 1
            on_clip()
    return made


def prepare_clip(relay: Relay, clip_id: int) -> int:
    """What `prepare` does, for one clip: in every film that shows it, or by itself where none does. Returns the number
    of shots made; 0 for a clip that is not there or not approved any more. Raises what `prepare` raises.
    """
    with relay.reading() as session:
        slug = session.exec(
            select(Campaign.slug).join(Clip, col(Clip.campaign_id) == col(Campaign.id)).where(Clip.id == clip_id)
        ).first()
    if slug is None:
        return 0
    found = _to_prepare(relay, slug, look=True, ready=ReadyShots(), only=clip_id)
    return sum(_shot_ahead(relay, clip, drawn_up) for clip, drawn_up in found)


def to_prepare(relay: Relay, slug: str, ready: ReadyShots) -> Iterator[int]:
    """Ids of the clips that `prepare` would go through. Whoever asks for the next one answers for those before."""
    for clip, _drawn_up in _to_prepare(relay, slug, look=False, ready=ready):
        yield need_id(clip)


def _shot_ahead(relay: Relay, clip: Clip, drawn_up: Callable[[], Cut]) -> int:
    try:
        return shoot_ahead(drawn_up(), toolbox=relay.toolbox, cache=relay.folder("shots"), shared=_shared(relay))
    except (ToolFailed, Refused) as error:
        log.warning(EventKind.shots_failed.value, clip=clip.id, why=error.line)
        with relay.transaction() as session:
            session.exec(update(Clip).where(col(Clip.id) == clip.id).values(shots_failed=True))
            add_event(session, relay.now(), clip, EventKind.shots_failed, why=error.line)
        return 0


def _shared(relay: Relay) -> SharedFiles | None:
    """None where one host has all files: shots then lie in its cache."""
    return relay.shared if relay.settings.in_bucket else None


def ahead(relay: Relay, slug: str) -> Iterator[Cut]:
    """The cuts that `prepare` makes shots of. Raises NotFound."""
    for _, drawn_up in _to_prepare(relay, slug, look=False, ready=ReadyShots()):
        with suppress(Refused):
            yield drawn_up()


def _to_prepare(
    relay: Relay, slug: str, *, look: bool, ready: ReadyShots, only: int | None = None
) -> Iterator[tuple[Clip, Callable[[], Cut]]]:
    """Clips as today's plans show them, each film in its own looks; then those of no plan, as most films will. `only`:
    of this clip.

    What was asked for the next clip has what it needs, so what has been gone through is noted as `ready`.
    """
    now = relay.now()
    with relay.reading() as session:
        campaign = find_campaign(session, slug)
        newest = tuple(session.exec(select(func.max(table.id))).one() for table in (Event, Decision, ClipReview))
        if ready.clips(slug, newest, now) is not None:
            return
        failed = set(session.exec(select(Clip.id).where(Clip.campaign_id == campaign.id, Clip.shots_failed)))
        mine = select(Almanac).where(Almanac.campaign_id == campaign.id)
        if only is not None:
            mine = mine.where(col(Almanac.id).in_(select(Segment.almanac_id).where(Segment.clip_id == only)))
        films = session.exec(mine).all()
        shapes = {film.name: _shape(session, film) for film in films}
        clips = [
            clip
            for clip in queries.approved(session, campaign, now=now)
            if clip.id not in failed and only in (None, clip.id)
        ]
        reviews = queries.reviews(session, [need_id(clip) for clip in clips])
    placed = set[int]()
    for name, shape in shapes.items():
        film = slug, name
        known = ready.clips(film, shape, now)
        if known is None:
            known = frozenset()
            for clip, drawn_up in _in_film(relay, slug, name, look=look, only=only):
                known |= {need_id(clip)}
                if clip.id not in failed and only in (None, clip.id):
                    yield clip, drawn_up
            ready.note(film, shape, now, known)
        placed |= known
    for clip in clips:
        number = need_id(clip)
        review = reviews.get(number)
        shape = clip.sha256, clip.name, clip.town, campaign.language, review.id if review else None
        if number in placed or ready.clips(number, shape, now) or not relay.media.has(f"originals/{clip.sha256}"):
            continue
        yield clip, partial(_alone, relay, clip, campaign.language, look=look)
        ready.note(number, shape, now, [number])
    ready.note(slug, newest, now, [])


def _shape(session: Session, film: Almanac) -> Hashable:
    """What the looks of a film's clips come from: its plan, and the newest that happened to it, to its clips and to
    its campaign. What leaves no row there is seen when READY_AGAIN has passed.
    """
    mine = select(Segment.clip_id).where(Segment.almanac_id == film.id)
    placed: Any = (Segment.clip_id, Segment.position, Segment.first, Segment.last, Segment.name, Segment.town)
    newest = select(func.max(Event.id))
    happened = [
        session.exec(newest.where(Event.subject == subject, col(Event.subject_id).in_(numbers))).one()
        for subject, numbers in (
            (EventSubject.almanac, [film.id]),
            (EventSubject.campaign, [film.campaign_id]),
            (EventSubject.clip, mine),
        )
    ]
    happened += [
        session.exec(select(func.max(table.id)).where(col(table.clip_id).in_(mine))).one()
        for table in (Decision, ClipReview)
    ]
    looks = json.dumps([film.title, film.subtitle, film.rules, film.style, film.uses], sort_keys=True)
    plan = session.exec(select(*placed).where(Segment.almanac_id == film.id).order_by(col(Segment.position))).all()
    return looks, tuple(map(tuple, plan)), *happened


def _in_film(
    relay: Relay, slug: str, name: str, *, look: bool, only: int | None
) -> list[tuple[Clip, Callable[[], Cut]]]:
    """Each clip of a plan as it stands in the film; none of a plan that can't be rendered as it is."""
    try:
        campaign, almanac, entries = _loaded(relay, slug, name)
        house = queries.house_of(relay.settings, almanac)
        cut = _cut(relay, campaign, almanac, entries, house=house, look=look, only=only)
    except (NotFound, Refused):
        return []
    return [(entry.clip, partial(by_itself, cut, item)) for entry, item in zip(entries, cut.clips, strict=True)]


def _alone(relay: Relay, clip: Clip, language: str, *, look: bool) -> Cut:
    with relay.reading() as session:
        seen = session.get_one(Inspection, clip.sha256)
        review = queries.reviews(session, [need_id(clip)]).get(clip.id)
    house, footage = queries.house_of(relay.settings), queries.footage_of(seen, review.turn if review else 0)
    first, last = queries.proposed_bounds(review, house, footage.frames(house))
    subclip = Subclip(footage, _stored(relay, clip), Person(clip.name, clip.town), first, last if review else None)
    seen_faces = faces_by_the_name(relay, seen, subclip, house, review.turn if review else 0, look=look)
    subclip = replace(subclip, faces=seen_faces)
    return alone(subclip, house, relay.folder("shots") / "cards", language)


def workers(relay: Relay) -> int:
    return relay.settings.render_workers or len(os.sched_getaffinity(0))


def file_name(campaign: Campaign, almanac: Almanac) -> str:
    """What a film's file is called, of safe letters only, different for every almanac.

    A slug has no underscore, so what stands around one can't run together; a name that is not safe as it is gets
    the almanac's number.
    """
    safe = re.sub(r"[^a-z0-9]+", "-", almanac.name.lower()).strip("-")[:40]
    return f"{campaign.slug}_{safe}" if safe == almanac.name else f"{campaign.slug}_{safe}_{almanac.id}"


def dates(campaign: Campaign, language: str) -> str:
    """The campaign's window as people write it: 11–18 января 2023, 28 декабря 2022 – 3 января 2023."""
    zone = ZoneInfo(campaign.tz)
    first = campaign.opens_at.astimezone(zone).date()
    last = (campaign.closes_at.astimezone(zone) - timedelta(seconds=1)).date()
    return window(first, last, language)


def _loaded(relay: Relay, slug: str, name: str) -> tuple[Campaign, Almanac, list[Entry]]:
    with relay.reading() as session:
        almanac = queries.find(session, slug, name)
        campaign = session.get_one(Campaign, almanac.campaign_id)
        entries = queries.played(session, almanac, queries.house_of(relay.settings, almanac), now=relay.now())
    if not entries:
        raise Refused(
            "The almanac {name} has no clips.", hint="Put approved clips into it first.", name=name, slug=slug
        )
    return campaign, almanac, entries


OpenFootage = Callable[[Relay, Entry], tuple[Footage, Path | Bring]]


def _subclips(
    relay: Relay,
    entries: Sequence[Entry],
    slug: str,
    name: str,
    *,
    source: OpenFootage,
    usual: House,
    only: int | None = None,
) -> list[Subclip]:
    """Raises Refused, naming the first clip that may not be shown or can't be read."""
    subclips = []
    for entry in entries:
        who = {"clip": entry.clip.id, "who": entry.name or "?", "slug": slug, "name": name}
        if entry.clip.state is not ClipState.approved:
            raise Refused("Clip {clip} ({who}) is not approved any more.", hint="Take it out of the film.", **who)
        if not entry.free:
            raise Refused(
                "Clip {clip} ({who}) may not be shown in a film: {why}",
                hint=gate.hint(entry.permission.stops),
                why=gate.told(entry.permission.stops),
                **who,
            )
        try:
            footage, path = (source if only in (None, entry.clip.id) else _unopened)(relay, entry)
        except NotFound as error:
            raise Refused("The original of clip {clip} ({who}) is missing.", hint="Run: relay doctor", **who) from error
        person = Person(entry.credited, entry.town)
        first, last = entry.points(usual)
        joined = JOINED if entry.part is not None else 0
        subclips.append(Subclip(footage, path, person, first, last, is_named=entry.named, joined=joined))
    return subclips


def _stored(relay: Relay, clip: Clip) -> Path | Bring:
    return _readable(relay, f"originals/{clip.sha256}")


def _readable(relay: Relay, key: str) -> Path | Bring:
    """What is not on this machine comes when it is read: shots that are there need none of it. Raises NotFound."""
    here = relay.media.at_hand(key)
    if here is None:
        relay.media.facts(key)
    return here or partial(relay.media.local, key)


def _original(relay: Relay, entry: Entry) -> tuple[Footage, Path | Bring]:
    return entry.footage, _stored(relay, entry.clip)


def _unopened(_relay: Relay, entry: Entry) -> tuple[Footage, Path | Bring]:
    return entry.footage, Path()


def _copy(relay: Relay, entry: Entry) -> tuple[Footage, Path | Bring]:
    """The desk's copy, where there is one: it is small, upright, even and of known colours."""
    key, whole = entry.inspection.proxy, entry.footage
    if not key or not relay.media.has(key):
        return _original(relay, entry)
    copy = Footage(
        sha256=f"proxy-{whole.sha256}",
        width=whole.width,
        height=whole.height,
        seconds=whole.seconds,
        container="mov",
        audio=None if whole.audio is None else 1,
        matrix="bt709",
        lead=whole.lead,
        turn=entry.turn,
    )
    return copy, _readable(relay, key)


def _words(campaign: Campaign, almanac: Almanac) -> Words:
    language = queries.language_of(campaign, almanac)
    title, subtitle = styles.title_of(almanac, language)
    return Words(
        title=title or campaign.title,
        subtitle=subtitle,
        hashtag=campaign.hashtags[0] if campaign.hashtags else "",
        dates=dates(campaign, language),
        language=language,
    )


def _publish_version(
    relay: Relay,
    campaign: Campaign,
    almanac: Almanac,
    film: Film,
    cut: Cut,
    entries: Sequence[Entry],
    label: str = "",
    plan: Mapping[str, object] | None = None,
) -> Render:
    """Gives the finished film its version and its name, and writes manifest, poster and captions beside it."""
    folder, base = relay.folder("almanacs"), file_name(campaign, almanac)
    base = f"{base}-{formats.ending(label)}" if label else base
    with relay.reading() as session:
        newest = session.exec(select(func.max(Render.version)).where(Render.almanac_id == almanac.id)).one()
    number = (newest or 0) + 1
    try:
        while not versions.reserve(relay, folder / f"{base}-v{number}.mp4"):
            number += 1
        place = folder / f"{base}-v{number}.mp4"
        row = Render(
            almanac_id=need_id(almanac),
            version=number,
            file=f"almanacs/{place.name}",
            manifest=f"almanacs/{place.stem}.json",
            sha256=film.sha256,
            frames=film.frames,
            fps=cut.house.fps,
            loudness=film.loudness,
            shots_encoded=film.encoded,
            shots_reused=film.reused,
            seconds=film.seconds,
            format=label,
            poster=f"almanacs/{place.stem}.jpg",
            at=relay.now(),
        )
        told = {**_manifest(relay, campaign, almanac, row, film, cut, entries), **(plan or {})}
        try:
            _lay_out(relay, film, cut, place, told)
        except BaseException:
            versions.give_back(relay, place)
            raise
    except OSError as error:
        if disk_full(error):
            raise DiskFull("The disk is full.", hint="Free some space and run it again; nothing was lost.") from error
        raise
    return row


def _lay_out(relay: Relay, film: Film, cut: Cut, place: Path, told: Mapping[str, object]) -> None:
    """The film under its name, with all that belongs beside it, for all hosts."""
    beside = [place.with_suffix(".json")]
    for path in sidecars.files(relay.toolbox, film.path, cut):
        flush(path)
        beside.append(path.replace(place.with_suffix("".join(path.suffixes))))
    text = json.dumps(told, ensure_ascii=False, indent=2)
    replace_file(place.with_suffix(".json"), f"{text}\n".encode())
    film.path.replace(place)
    flush(place.parent)
    relay.shared.share(*beside, place)


def _recorded(relay: Relay, almanac: Almanac, row: Render, clips: Sequence[int]) -> Render:
    with relay.transaction() as session:
        if not add_new(session, row):
            raise Refused("Version {version} of {name} is there already.", version=row.version, name=almanac.name)
        details = {"version": row.version, "sha256": row.sha256, "file": row.file}
        add_event(session, row.at, (EventSubject.almanac, row.almanac_id), EventKind.rendered, **details)
        mine = select(Render).where(Render.almanac_id == row.almanac_id, col(Render.version) == row.version)
        kept = session.exec(mine).one()
        versions.recall(session, kept, clips)
        return kept


def _manifest(
    relay: Relay, campaign: Campaign, almanac: Almanac, row: Render, film: Film, cut: Cut, entries: Sequence[Entry]
) -> dict[str, object]:
    """What the film consists of. Frames count from 0, `to` is exclusive; seconds beside them."""
    return {
        "almanac": almanac.name,
        "title": cut.title,
        "campaign": campaign.slug,
        "version": row.version,
        "file": Path(row.file).name,
        "format": row.format,
        "sha256": film.sha256,
        "bytes": film.path.stat().st_size,
        "made_at": row.at.isoformat(),
        "frames": film.frames,
        "fps": cut.house.fps,
        "duration": film.frames / cut.house.fps,
        "loudness": film.loudness,
        "true_peak": film.peak,
        "house": asdict(cut.house),
        "shots": {"encoded": film.encoded, "reused": film.reused},
        "tools": {
            "relay": version_of("hashtag-relay"),
            "recipe": RECIPE,
            "ffmpeg": relay.toolbox.ffmpeg_version,
            "moviepy": version_of("moviepy"),
        },
        "clips": [_clip_view(cut, item, entry) for item, entry in zip(cut.clips, entries, strict=True)],
        "credits": [{"name": entry.credited, "town": entry.town} for entry in entries if entry.named],
        **sidecars.told(cut),
    }


def _clip_view(cut: Cut, item: int, entry: Entry) -> dict[str, object]:
    start, look, fps = cut.timeline.starts[item], cut.compositions[item], cut.house.fps
    return {
        "clip": entry.clip.id,
        "sha256": entry.clip.sha256,
        "name": entry.credited,
        "town": entry.town,
        "film": _stretch(start, start + look.frames, fps),
        "source": _stretch(look.first, look.first + look.frames, fps),
        **({"turn": entry.turn} if entry.turn else {}),
    }


def _stretch(first: int, last: int, fps: int) -> dict[str, float]:
    return {"from": first, "to": last, "from_seconds": round(first / fps, 6), "to_seconds": round(last / fps, 6)}
