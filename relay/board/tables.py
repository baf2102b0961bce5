"""A campaign's tables for spreadsheets: posts, clips, participants, consents, readings. Most hold personal data, so all
are for organizers.

Rows are read a part at a time, by the number of the last one, so that no table stands in memory and no look at the
database lasts as long as a download. What somebody took back is told without their name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, select
from sqlmodel import Session, col

from relay import spreadsheets
from relay.board import text_grid
from relay.context import Relay
from relay.errors import Refused
from relay.language.catalogue import N_
from relay.language.sentence import as_sentence
from relay.models import (
    Campaign,
    Clip,
    ClipState,
    ClipVideo,
    Consent,
    Decision,
    EventKind,
    HandIn,
    Inspection,
    Match,
    Post,
    Sighting,
    Video,
)
from relay.records import add_event, find_campaign
from relay.spreadsheets import Cell, SheetColumn

CHUNK = 500
UNKNOWN = "unknown"
"""Scope of a clip whose consent nobody has noted."""
Tell = Callable[[str], str]
"""A message id in the language of whoever reads."""


class BoardTable(StrEnum):
    posts = "posts"
    clips = "clips"
    participants = "participants"
    consents = "consents"
    readings = "readings"


class SheetFormat(StrEnum):
    csv = "csv"
    xlsx = "xlsx"


@dataclass(frozen=True, slots=True)
class TableField:
    """`width` in letters. `is_word`: what the program says, told in the reader's language."""

    title: str
    width: int = 14
    is_word: bool = False


FIELDS: Mapping[BoardTable, tuple[TableField, ...]] = {
    BoardTable.posts: (
        TableField(N_("No."), 8),
        TableField(N_("Network"), 10),
        TableField(N_("Published"), 17),
        TableField(N_("Author"), 26),
        TableField(N_("Text"), 60),
        TableField(N_("Link"), 40),
        TableField(N_("Match"), 12, is_word=True),
        TableField(N_("Tag"), 16),
        TableField(N_("Found by us"), 17),
        TableField(N_("Videos"), 8),
    ),
    BoardTable.clips: (
        TableField(N_("No."), 8),
        TableField(N_("State"), 14, is_word=True),
        TableField(N_("Name, as credited"), 28),
        TableField(N_("Town"), 20),
        TableField(N_("District"), 20),
        TableField(N_("Age"), 10),
        TableField(N_("Who reads"), 22),
        TableField(N_("Text that is read"), 12),
        TableField(N_("Where the text is from"), 26, is_word=True),
        TableField(N_("Whose words they are"), 22),
        TableField(N_("Published"), 17),
        TableField(N_("Length, seconds"), 10),
        TableField(N_("Decided by"), 20),
        TableField(N_("Decided at"), 17),
        TableField(N_("Reason"), 30, is_word=True),
        TableField(N_("Link"), 40),
        TableField(N_("Receipt"), 14),
    ),
    BoardTable.participants: (
        TableField(N_("First clip"), 8),
        TableField(N_("Name, as credited"), 28),
        TableField(N_("Town"), 20),
        TableField(N_("District"), 20),
        TableField(N_("Age"), 10),
        TableField(N_("Who reads"), 22),
        TableField(N_("Clips"), 8),
        TableField(N_("Approved"), 10),
        TableField(N_("Contact"), 28),
        TableField(N_("Parent or guardian"), 28),
        TableField(N_("First published"), 17),
    ),
    BoardTable.consents: (
        TableField(N_("Clip"), 8),
        TableField(N_("State"), 14, is_word=True),
        TableField(N_("Name, as credited"), 28),
        TableField(N_("Consent"), 18, is_word=True),
        TableField(N_("Where it is written"), 40),
        TableField(N_("Noted by"), 20),
        TableField(N_("Noted at"), 17),
        TableField(N_("Parent or guardian"), 28),
        TableField(N_("Agreed to, word for word"), 60),
        TableField(N_("Link"), 40),
    ),
    BoardTable.readings: (
        TableField(N_("District"), 24),
        TableField(N_("Number of the text"), 12),
        TableField(N_("Text"), 60),
        TableField(N_("Approved"), 10),
        TableField(N_("To decide"), 10),
        TableField(N_("Heard, not confirmed"), 12),
    ),
}


@dataclass(frozen=True, slots=True)
class TableText:
    """How a table is told: `tell` a message, `word` what a value of the program means (a state, a scope, a reason)."""

    tell: Tell
    word: Tell
    separator: str


def titles(table: BoardTable, told: TableText) -> list[SheetColumn]:
    return [SheetColumn(told.tell(field.title), field.width) for field in FIELDS[table]]


def rows(relay: Relay, slug: str, table: BoardTable, told: TableText) -> Iterator[tuple[Cell, ...]]:
    """All of them, in order of their numbers; times in the campaign's zone."""
    if table is BoardTable.readings:
        yield from _readings(relay, slug)
        return
    after = 0
    while True:
        with relay.reading() as session:
            campaign = find_campaign(session, slug)
            part = _part(session, campaign, table, after)
        zone = ZoneInfo(campaign.tz)
        for row in part:
            yield tuple(_cell(value, field, zone, told) for value, field in zip(row, FIELDS[table], strict=True))
        if len(part) < CHUNK:
            return
        after = part[-1][0]


def _readings(relay: Relay, slug: str) -> Iterator[tuple[Cell, ...]]:
    """Every text with every district, also where nobody has read it: a spreadsheet finds the gaps."""
    with relay.reading() as session:
        made = text_grid.read(session, find_campaign(session, slug))
    for text, cells in made.rows():
        for cell in cells:
            yield cell.district, text.number, text.title, cell.approved, cell.waiting, cell.proposed


def csv_lines(relay: Relay, slug: str, table: BoardTable, told: TableText) -> Iterator[str]:
    heads = [column.title for column in titles(table, told)]
    return spreadsheets.as_csv(heads, rows(relay, slug, table, told), separator=told.separator)


def asked_for(table: str, suffix: str) -> tuple[BoardTable, SheetFormat]:
    """By their names: `clips`, `.xlsx`. Raises Refused for others."""
    kind = suffix.lower().removeprefix(".")
    if table not in list(BoardTable):
        known = ", ".join(BoardTable)
        raise Refused("There is no table {table}.", hint="Known are: {known}.", table=table, known=known)
    if kind not in list(SheetFormat):
        raise Refused("The file's name has to end in .csv or .xlsx.")
    return BoardTable(table), SheetFormat(kind)


def take(
    relay: Relay, slug: str, table: BoardTable, path: Path, told: TableText, *, kind: SheetFormat, person: str
) -> None:
    """Writes the whole file, which must not be there yet, and puts it on record. Raises Refused, NotFound."""
    try:
        with path.open("xb"):
            note(relay, slug, table, kind, person=person)
    except FileExistsError as error:
        raise Refused("{file} is there already.", hint="Choose another name.", file=path) from error
    except OSError as error:
        raise _unwritten(path, error) from error
    except Refused:
        path.unlink()
        raise
    write(relay, slug, table, path, told, kind=kind)


def write(relay: Relay, slug: str, table: BoardTable, path: Path, told: TableText, *, kind: SheetFormat) -> None:
    """Raises Refused when the file can't be written."""
    try:
        if kind is SheetFormat.xlsx:
            spreadsheets.as_xlsx(path, told.word(table), titles(table, told), rows(relay, slug, table, told))
            return
        with path.open("w", encoding="utf-8", newline="") as out:
            out.writelines(csv_lines(relay, slug, table, told))
    except OSError as error:
        raise _unwritten(path, error) from error


def _unwritten(path: Path, error: OSError) -> Refused:
    why = as_sentence(error.strerror or "")
    return Refused("{file} can't be written ({why}).", hint="Choose another folder.", file=path, why=why)


def note(relay: Relay, slug: str, table: BoardTable, kind: SheetFormat, *, person: str) -> Campaign:
    """Puts on record who takes the table away. Raises NotFound."""
    with relay.transaction() as session:
        campaign = find_campaign(session, slug)
        add_event(session, relay.now(), campaign, EventKind.table_taken, person, table=table.value, format=kind.value)
        return campaign


def file_name(slug: str, table: BoardTable, kind: SheetFormat, now: datetime) -> str:
    return f"{slug}-{table.value}-{now:%Y-%m-%d}.{kind.value}"


def _cell(value: Any, field: TableField, zone: ZoneInfo, told: TableText) -> Cell:
    if isinstance(value, datetime):
        return value.astimezone(zone)
    if field.is_word:
        return told.word(UNKNOWN if value is None else value)
    if isinstance(value, float):
        return round(value, 1)
    return value  # type: ignore[no-any-return]


# Reading


def _part(session: Session, campaign: Campaign, table: BoardTable, after: int) -> list[tuple[Any, ...]]:
    """The next CHUNK rows behind a number; the first value of each is its number."""
    wanted = {
        BoardTable.posts: _posts,
        BoardTable.clips: _clips,
        BoardTable.participants: _participants,
        BoardTable.consents: _consents,
    }[table](campaign, after)
    return [tuple(row) for row in session.execute(wanted.limit(CHUNK))]


def _posts(campaign: Campaign, after: int) -> Any:
    """All that have to do with the campaign, save those that somebody said are none of ours."""
    videos = select(func.count()).where(col(Sighting.post_id) == Post.id).correlate(Post).scalar_subquery()
    taken_back = (
        _select(Sighting.id)
        .join(ClipVideo, col(ClipVideo.video_id) == Sighting.video_id)
        .join(Clip, col(Clip.id) == ClipVideo.clip_id)
        .where(col(Sighting.post_id) == Post.id, Clip.campaign_id == campaign.id, Clip.state == ClipState.withdrawn)
        .correlate(Post)
        .exists()
    )
    author, text = (case((taken_back, ""), else_=col(words)) for words in (Post.author, Post.text))
    told = _select(Post.id, Post.network, Post.published_at, author, text)
    told = told.add_columns(Post.url, Match.kind, Match.tag, Post.first_seen_at, videos)
    ours = Match.campaign_id == campaign.id, Match.turned_down == "", col(Post.id) > after
    return told.join(Match, col(Match.post_id) == Post.id).where(*ours).order_by(Post.id)


def _clips(campaign: Campaign, after: int) -> Any:
    person: Any = [_kept(words) for words in (Clip.name, Clip.town, Clip.district, Clip.age, Clip.relation)]
    told = _select(Clip.id, Clip.state, *person)
    told = told.add_columns(
        Clip.quote,
        Clip.origin,
        _kept(Clip.text_author),
        Clip.published_at,
        Inspection.duration,
        Decision.person,
        Decision.at,
    )
    told = told.add_columns(Clip.reason, Video.url, func.coalesce(Clip.handed_in, ""))
    newest = select(func.max(Decision.id)).where(col(Decision.clip_id) == Clip.id).correlate(Clip).scalar_subquery()
    return _of_campaign(
        told.join(Inspection, col(Inspection.sha256) == Clip.sha256)
        .join(Video, col(Video.id) == Clip.video_id)
        .outerjoin(Decision, col(Decision.id) == newest),
        campaign,
        after,
    )


def _consents(campaign: Campaign, after: int) -> Any:
    """One for each clip, also where nothing is known: the newest one counts."""
    newest = select(func.max(Consent.id)).where(col(Consent.clip_id) == Clip.id).correlate(Clip).scalar_subquery()
    told = _select(Clip.id, Clip.state, _kept(Clip.name), Consent.scope, func.coalesce(Consent.evidence, ""))
    told = told.add_columns(Consent.person, Consent.at, _kept(func.coalesce(HandIn.guardian, "")))
    told = told.add_columns(func.coalesce(HandIn.consent, ""), Video.url)
    return _of_campaign(
        told.join(Video, col(Video.id) == Clip.video_id)
        .outerjoin(Consent, col(Consent.id) == newest)
        .outerjoin(HandIn, col(HandIn.number) == Clip.handed_in),
        campaign,
        after,
    )


def _participants(campaign: Campaign, after: int) -> Any:
    """One for each person that the clips name, or else the account that published: by all that is credited."""
    name = func.coalesce(func.nullif(Clip.name, ""), Video.author)
    person: Any = [name, Clip.town, Clip.district, Clip.age, Clip.relation]
    first, approved = func.min(Clip.id), func.sum(case((col(Clip.state) == ClipState.approved, 1), else_=0))
    given = [func.max(func.coalesce(words, "")) for words in (HandIn.contact, HandIn.guardian)]
    told = _select(first, *person, func.count(), approved, *given, func.min(Clip.published_at))
    return (
        told.join(Video, col(Video.id) == Clip.video_id)
        .outerjoin(HandIn, col(HandIn.number) == Clip.handed_in)
        .where(Clip.campaign_id == campaign.id, col(Clip.state) != ClipState.withdrawn)
        .group_by(*person)
        .having(first > after)
        .order_by(first)
    )


def _select(*columns: Any) -> Any:
    return select(*columns)


def _of_campaign(told: Any, campaign: Campaign, after: int) -> Any:
    return told.where(Clip.campaign_id == campaign.id, col(Clip.id) > after).order_by(Clip.id)


def _kept(words: Any) -> Any:
    """Empty once the participant has taken the clip back."""
    return case((col(Clip.state) == ClipState.withdrawn, ""), else_=words)
