"""Captions written by hand: typed rows, kept in versions, so that two editors never overwrite each other unseen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session, col, select

from relay.almanac.captions import store
from relay.almanac.captions.doubts import CaptionDoubt, doubts, shown
from relay.almanac.captions.sureness import carried, words_of
from relay.almanac.film import cues
from relay.almanac.film.cues import LINE_LETTERS, LINES, Cue
from relay.almanac.plan import queries
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.language.text import one_line
from relay.models import Campaign, Caption, CaptionOrigin, CaptionVersion, Clip, ClipState, Inspection, need_id
from relay.records import local

MOST_CUES, MOST_LETTERS = 1000, 400
"""Of a clip in one language, and of one caption."""
MOST_VERSIONS = 50
"""That are listed."""
LONGEST = 24 * 3600.0
"""Seconds: what is later is no time of a clip."""


@dataclass(frozen=True, slots=True)
class TypedCue:
    """A row as somebody typed it: times as `1:02.5` or `62,5`. `right`: its words are what is said, however unsure."""

    start: str
    end: str
    text: str
    right: bool = False


@dataclass(frozen=True, slots=True)
class CaptionTrack:
    """A clip's captions in one language; `version` names this state, 0: there never were any. `at`: ISO."""

    language: str
    version: int
    origin: CaptionOrigin
    cues: Sequence[Cue]
    person: str
    at: str
    doubts: Sequence[CaptionDoubt]

    @property
    def doubtful(self) -> int:
        """How many captions there is something to say about."""
        return len({doubt.cue for doubt in self.doubts})

    def faults(self, cue: int) -> list[str]:
        return [doubt.fault.value for doubt in self.doubts if doubt.cue == cue]


@dataclass(frozen=True, slots=True)
class CaptionBench:
    """What is needed to write a clip's captions. `fps`: of its proxy; `reads`: the text that it is known to read."""

    clip: int
    sha256: str
    name: str
    town: str
    seconds: float
    fps: int
    has_sound: bool
    proxy: bool
    poster: bool
    turn: int
    withdrawn: bool
    reads: str
    tracks: Sequence[CaptionTrack]

    def track(self, language: str) -> CaptionTrack | None:
        return next((one for one in self.tracks if one.language == language), None)


def bench(relay: Relay, clip_id: int) -> CaptionBench:
    """Raises NotFound."""
    with relay.reading() as session:
        clip = _clip(session, clip_id)
        seen = session.get_one(Inspection, clip.sha256)
        campaign = session.get_one(Campaign, clip.campaign_id)
        review = queries.reviews(session, [clip_id]).get(clip_id)
        rows = session.exec(select(Caption).where(Caption.clip_id == clip_id).order_by(col(Caption.language))).all()
        tracks = [_track(session, campaign, row, seen.duration) for row in rows]
        reads = store.text_of(session, clip)
    withdrawn = clip.state is ClipState.withdrawn
    return CaptionBench(
        clip=clip_id,
        sha256=clip.sha256,
        name=clip.name,
        town=clip.town,
        seconds=seen.duration,
        fps=30 if seen.fps > 26 or seen.technical.get("vfr") else 25,  # as intake/look.py makes the copy
        has_sound=seen.has_audio,
        proxy=bool(seen.proxy) and not withdrawn,
        poster=bool(seen.poster) and not withdrawn,
        turn=review.turn if review is not None else 0,
        withdrawn=withdrawn,
        reads=reads,
        tracks=tracks,
    )


def _track(session: Session, campaign: Campaign, row: Caption, seconds: float) -> CaptionTrack:
    said, version = cues.from_rows(row.cues), store.newest(session, row.clip_id, row.language)
    return CaptionTrack(
        language=row.language,
        version=need_id(version) if version is not None else 0,
        origin=row.origin,
        cues=said,
        person=row.person,
        at=local(campaign, row.at),
        doubts=doubts(said, seconds),
    )


def save(
    relay: Relay, clip: int, rows: Sequence[TypedCue], *, language: str, person: str, seen: int | None = None
) -> int:
    """Keeps rows as they were typed, in the order of their times; with none left the captions are taken away. What
    stands already is no new version, but for a draft, which whoever saves it has looked at.

    Words that a model heard stay as unsure as they were until they are changed, or a row is said to be right.

    `seen`: see store.keep. Returns the version that stands now. Raises NotFound, Stale, and Refused for a time that
    can't be read, a caption that ends before it begins, too many of them, or too much text in one.
    """
    store.checked_language(language)
    typed = [row for row in rows if row.text.strip() or row.start.strip() or row.end.strip()]
    if len(typed) > MOST_CUES:
        raise Refused("More than {most} captions are no captions of a clip.", most=MOST_CUES)
    stands, is_draft = _standing(relay, clip, language)
    read = _sure(typed, [_read(number, row) for number, row in enumerate(typed, 1)], stands)
    if cues.as_rows(read) == cues.as_rows(stands) and not is_draft:
        return version(relay, clip, language)
    if read:
        store.keep(relay, clip, read, language=language, origin=CaptionOrigin.hand, person=person, seen=seen)
    else:
        store.drop(relay, clip, language=language, person=person, seen=seen)
    return version(relay, clip, language)


def _standing(relay: Relay, clip: int, language: str) -> tuple[list[Cue], bool]:
    """What the clip has in this language now, nothing where it has none; whether it is a draft. Raises NotFound."""
    row = next((row for row in store.listing(relay, clip) if row.language == language), None)
    return (cues.from_rows(row.cues), row.origin is CaptionOrigin.heard) if row is not None else ([], False)


def _sure(typed: Sequence[TypedCue], read: Sequence[Cue], stands: Sequence[Cue]) -> list[Cue]:
    """The cues in their order, with what is known of their words."""
    rights = {id(cue) for row, cue in zip(typed, read, strict=True) if row.right}
    ordered = sorted(read, key=lambda cue: (cue.start, cue.end))
    told = carried(words_of(stands), ordered)
    return [replace(cue, sure=()) if id(was) in rights else cue for was, cue in zip(ordered, told, strict=True)]


def version(relay: Relay, clip: int, language: str) -> int:
    """Number of the state that stands now; 0 where there never were captions."""
    with relay.reading() as session:
        now = store.newest(session, clip, language)
    return need_id(now) if now is not None else 0


def take_times(relay: Relay, clip: int, *, language: str, of: str, person: str, seen: int | None = None) -> None:
    """Captions at the times of another language, to be written. What was written in this language stays, each text
    with the time that it fits best.

    Raises NotFound, Stale.
    """
    store.checked_language(language)
    with relay.reading() as session:
        found = {row.language: row for row in session.exec(select(Caption).where(Caption.clip_id == clip))}
    if of not in found or of == language:
        raise NotFound("Clip {clip} has no captions in {language}.", clip=clip, language=of)
    times = cues.from_rows(found[of].cues)
    written = cues.from_rows(found[language].cues) if language in found else []
    made = carried(words_of(written), at_times(times, written))
    is_draft = language in found and found[language].origin is CaptionOrigin.heard
    origin = CaptionOrigin.heard if is_draft else CaptionOrigin.hand
    store.keep(relay, clip, made, language=language, origin=origin, person=person, seen=seen)


def at_times(times: Sequence[Cue], written: Sequence[Cue]) -> list[Cue]:
    """Pure: cues at `times`, each with the texts whose middle lies next to it."""
    texts: list[list[str]] = [[] for _ in times]
    for cue in written:
        middle = (cue.start + cue.end) / 2
        nearest = min(range(len(times)), key=lambda at: max(times[at].start - middle, middle - times[at].end, 0.0))
        texts[nearest].append(cue.text)
    return [Cue(time.start, time.end, " ".join(said)) for time, said in zip(times, texts, strict=True)]


@dataclass(frozen=True, slots=True)
class CaptionVersionView:
    """`cues`: how many; 0: they were taken away. `begins`: the first words. `standing`: it is what is shown now."""

    version: int
    origin: CaptionOrigin
    cues: int
    begins: str
    person: str
    at: str
    standing: bool


def versions(relay: Relay, clip_id: int, language: str) -> list[CaptionVersionView]:
    """The newest first, no more than MOST_VERSIONS. Raises NotFound."""
    with relay.reading() as session:
        campaign = session.get_one(Campaign, _clip(session, clip_id).campaign_id)
        of = (CaptionVersion.clip_id == clip_id, CaptionVersion.language == language)
        newest_first = select(CaptionVersion).where(*of).order_by(col(CaptionVersion.id).desc()).limit(MOST_VERSIONS)
        rows = session.exec(newest_first).all()
    return [
        CaptionVersionView(
            version=need_id(row),
            origin=row.origin,
            cues=len(row.cues),
            begins=next((one_line(str(cue["text"]), 80) for cue in row.cues if cue["text"]), ""),
            person=row.person,
            at=local(campaign, row.at),
            standing=number == 0,
        )
        for number, row in enumerate(rows)
    ]


def bring_back(relay: Relay, clip: int, *, language: str, wanted: int, person: str, seen: int | None = None) -> None:
    """An earlier version stands again, as a new one. Raises NotFound, Stale, Refused."""
    with relay.reading() as session:
        row = session.get(CaptionVersion, wanted)
        if row is None or row.clip_id != clip or row.language != language:
            raise NotFound("There is no such version of these captions.")
        given, origin = cues.from_rows(row.cues), row.origin
    if given:
        store.keep(relay, clip, given, language=language, origin=origin, person=person, seen=seen)
    else:
        store.drop(relay, clip, language=language, person=person, seen=seen)


def file(relay: Relay, clip: int, language: str, kind: str) -> str:
    """A clip's captions as the text of a file, `srt` or `vtt`; also a draft's.

    Raises NotFound, also for a clip that was withdrawn.
    """
    with relay.reading() as session:
        if _clip(session, clip).state is ClipState.withdrawn:
            raise NotFound("There is no clip {clip}.", clip=clip)
        row = session.exec(select(Caption).where(Caption.clip_id == clip, Caption.language == language)).first()
        said = shown(cues.from_rows(row.cues)) if row is not None else []
    if not said:
        raise NotFound("Clip {clip} has no captions in {language}.", clip=clip, language=language)
    return cues.vtt(said, language) if kind == "vtt" else cues.srt(said)


def _read(number: int, row: TypedCue) -> Cue:
    start, end = seconds(row.start, number), seconds(row.end, number)
    if end <= start:
        raise Refused("Caption {number} ends before it begins.", number=number)
    text = "\n".join(line for line in (one_line(part, MOST_LETTERS + 1) for part in row.text.splitlines()) if line)
    if len(text) > MOST_LETTERS:
        raise Refused(
            "Caption {number} has more than {most} letters.", hint="Divide it.", number=number, most=MOST_LETTERS
        )
    return Cue(start, end, laid(text))


def laid(text: str) -> str:
    """In lines as they were typed where these fit, else in lines that do."""
    lines = text.split("\n")
    if len(lines) <= LINES and all(len(line) <= LINE_LETTERS for line in lines):
        return text
    return "\n".join(cues.in_lines(text))


def seconds(text: str, number: int) -> float:
    """A time as people write it, `1:02.5` or `62,5`, to the millisecond. `number`: of its caption. Raises Refused."""
    parts = text.strip().replace(",", ".").split(":")
    try:
        values = [float(part) for part in parts]
    except ValueError:
        values = [-1.0]
    found = sum(value * 60.0**power for power, value in enumerate(reversed(values)))
    if len(parts) > 3 or min(values) < 0 or not found <= LONGEST:
        raise Refused(
            "Caption {number}: {time} is no time.",
            hint="Write seconds (12.5) or minutes (1:02.5).",
            number=number,
            time=one_line(text, 40) or "—",
        )
    return round(found, 3)


def clock(moment: float) -> str:
    """`62.5` → `1:02.500`, as `seconds` reads it."""
    whole = round(moment * 1000)
    return f"{whole // 60_000}:{whole // 1000 % 60:02}.{whole % 1000:03}"


def _clip(session: Session, number: int) -> Clip:
    row = session.get(Clip, number)
    if row is None:
        raise NotFound("There is no clip {clip}.", clip=number)
    return row
