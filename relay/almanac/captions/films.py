"""Which clips of a film have captions in which languages, which lack them, and in how many there is a doubt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from relay.almanac.captions.doubts import doubtful
from relay.almanac.film import cues
from relay.almanac.plan import queries
from relay.context import Relay
from relay.models import Almanac, Caption, CaptionOrigin, need_id
from relay.records import find_campaign

CHUNK = 500


@dataclass(frozen=True, slots=True)
class CaptionCount:
    """A clip's captions in one language, and how many of them there is something to say about. `draft`: a model heard
    them, and nobody has looked at them; the film does not show them.
    """

    cues: int
    doubtful: int
    draft: bool = False


@dataclass(frozen=True, slots=True)
class CaptionedClip:
    """A clip of the film; `at`: its place, from 1 on. Languages without an entry in `counts` are lacking."""

    at: int
    clip: int
    sha256: str
    name: str
    town: str
    poster: bool
    reads: bool
    counts: Mapping[str, CaptionCount]


@dataclass(frozen=True, slots=True)
class LanguageCount:
    """Of a film: how many of its clips have captions in a language, and how many captions are doubtful; drafts are
    counted by themselves.

    `on`: the film carries them as a track; `burned`: they are drawn into its picture.
    """

    language: str
    clips: int
    doubtful: int
    on: bool
    burned: bool
    drafts: int = 0


@dataclass(frozen=True, slots=True)
class FilmCaptions:
    """In the order of the film; `languages`: its own first, then whatever somebody of it has."""

    languages: Sequence[LanguageCount]
    clips: Sequence[CaptionedClip]

    def neighbours(self, clip: int) -> tuple[int, int]:
        """The clips before and behind this one, 0 where there is none."""
        order = [0, *(one.clip for one in self.clips), 0]
        if clip not in order[1:-1]:
            return 0, 0
        place = order.index(clip, 1)
        return order[place - 1], order[place + 1]


def of_film(relay: Relay, slug: str, name: str) -> FilmCaptions:
    """Raises NotFound."""
    with relay.reading() as session:
        campaign = find_campaign(session, slug)
        almanac = queries.find(session, slug, name)
        entries = queries.entries(session, almanac, now=relay.now())
        lengths = {need_id(entry.clip): entry.inspection.duration for entry in entries}
        counted = _counted(session, lengths)
        clips = [_clip(at, entry, counted) for at, entry in enumerate(entries, 1)]
    return FilmCaptions(_languages(almanac, campaign.language, clips), clips)


def _clip(at: int, entry: queries.Entry, counted: Mapping[int, Mapping[str, CaptionCount]]) -> CaptionedClip:
    number = need_id(entry.clip)
    return CaptionedClip(
        at=at,
        clip=number,
        sha256=entry.clip.sha256,
        name=entry.name,
        town=entry.town,
        poster=bool(entry.inspection.poster),
        reads=bool(entry.clip.quote.strip()),
        counts=counted.get(number, {}),
    )


def _counted(session: Session, lengths: Mapping[int, float]) -> dict[int, dict[str, CaptionCount]]:
    """By clip and language; `lengths`: seconds of each clip."""
    numbers, found = list(lengths), dict[int, dict[str, CaptionCount]]()
    for start in range(0, len(numbers), CHUNK):
        some = select(Caption).where(col(Caption.clip_id).in_(numbers[start : start + CHUNK]))
        for row in session.exec(some):
            said = cues.from_rows(row.cues)
            is_draft = row.origin is CaptionOrigin.heard
            count = CaptionCount(len(said), doubtful(said, lengths[row.clip_id]), is_draft)
            found.setdefault(row.clip_id, {})[row.language] = count
    return found


def _languages(almanac: Almanac, usual: str, clips: Sequence[CaptionedClip]) -> list[LanguageCount]:
    on, burned = almanac.style.get("captions") or (), almanac.style.get("burn") or ""
    there = sorted({language for clip in clips for language in clip.counts})
    wanted = list(dict.fromkeys(one for one in (*on, burned, usual, *there) if one))
    counts = {one: [clip.counts[one] for clip in clips if one in clip.counts] for one in wanted}
    return [
        LanguageCount(
            language=language,
            clips=sum(not count.draft for count in counts[language]),
            doubtful=sum(count.doubtful for count in counts[language] if not count.draft),
            drafts=sum(count.draft for count in counts[language]),
            on=language in on,
            burned=language == burned,
        )
        for language in wanted
    ]
