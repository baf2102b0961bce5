"""The campaign's selection of texts: added one by one, or taken from a table."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from relay.almanac.assets import usage
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.models import Campaign, EventKind, Quote, need_id
from relay.records import add_event, find_campaign

MOST_LETTERS, MOST_BYTES = 4000, 8 << 20
HEADINGS = {
    "number": "number", "номер": "number", "№": "number", "id": "number", "n": "number",
    "text": "text", "текст": "text", "цитата": "text", "quote": "text",
    "author": "author", "автор": "author",
    "link": "link", "ссылка": "link", "url": "link",
}  # fmt: skip
NO_TABLE = "{file} is no table of quotes."
WHICH = "Give a CSV with the columns number, text, author, link, or a JSON list of such objects."


@dataclass(frozen=True, slots=True)
class ImportCount:
    added: int
    changed: int
    same: int


@dataclass(frozen=True, slots=True)
class NewQuote:
    """A quote as it was given. `number` empty: the next free one."""

    text: str
    number: str = ""
    author: str = ""
    link: str = ""


def add(relay: Relay, slug: str, text: str, *, number: str = "", author: str = "", link: str = "") -> Quote:
    """Raises NotFound, and Refused for an empty text, an odd link, or a number that is taken."""
    line = checked(NewQuote(text, number, author, link))
    with relay.transaction() as session:
        campaign = find_campaign(session, slug)
        there = _there(session, need_id(campaign))
        if line.number in there:
            raise Refused("There is already a quote {number}.", hint="Take another number.", number=line.number)
        return _written(session, need_id(campaign), line, there)


def import_table(relay: Relay, slug: str, file: Path) -> ImportCount:
    """Every quote of a CSV or JSON file; what is there under its number is brought up to date. All or nothing.

    Raises NotFound, and Refused for a file that is no such table, naming the line.
    """
    return import_bytes(relay, slug, _bytes(file), file.name)


def import_bytes(relay: Relay, slug: str, data: bytes, name: str) -> ImportCount:
    """The same of what is in a file called `name`."""
    lines = [_checked_in(number, line) for number, line in enumerate(read(data, name), 1)]
    added = changed = 0
    with relay.transaction() as session:
        campaign = find_campaign(session, slug)
        there = _there(session, need_id(campaign))
        for line in lines:
            row = there.get(line.number) if line.number else None
            if row is None:
                row = _written(session, need_id(campaign), line, there)
                added += 1
            elif (row.text, row.author, row.link) != (line.text, line.author, line.link):
                row.text, row.author, row.link = line.text, line.author, line.link
                session.add(row)
                changed += 1
    return ImportCount(added, changed, len(lines) - added - changed)


@dataclass(frozen=True, slots=True)
class QuoteView:
    """A text of the selection; `number`: as the selection counts it."""

    id: int
    number: str
    text: str
    author: str
    link: str


def listing(relay: Relay, slug: str) -> list[QuoteView]:
    """In the order of their numbers. Raises NotFound."""
    with relay.reading() as session:
        rows = _there(session, need_id(find_campaign(session, slug))).values()
    found = [QuoteView(need_id(row), row.number, row.text, row.author, row.link) for row in rows]
    return sorted(found, key=lambda row: (not row.number.isdigit(), row.number.zfill(12)))


def edit(
    relay: Relay, slug: str, quote: int, text: str, *, number: str, author: str = "", link: str = "", person: str
) -> None:
    """Other words for the quote of this id; cards that stand keep theirs. Raises NotFound, Refused as `add` does."""
    line = checked(NewQuote(text, number, author, link))
    with relay.transaction() as session:
        campaign = find_campaign(session, slug)
        row = _of_id(session, need_id(campaign), quote)
        there = _there(session, need_id(campaign))
        wanted = line.number or row.number
        if wanted != row.number and wanted in there:
            raise Refused("There is already a quote {number}.", hint="Take another number.", number=wanted)
        if wanted != row.number:
            _check_unread(session, campaign, row.number)
        row.number, row.text, row.author, row.link = wanted, line.text, line.author, line.link
        session.add(row)
        add_event(session, relay.now(), campaign, EventKind.asset_changed, person, kind="quote", number=wanted)


def remove(relay: Relay, slug: str, number: str, *, person: str) -> None:
    """Raises NotFound, and Refused for a text that clips read, or that stands in a film."""
    with relay.transaction() as session:
        campaign = find_campaign(session, slug)
        row = find(session, need_id(campaign), number)
        _check_unread(session, campaign, row.number)
        usage.check_unused(usage.of_quotes(session, campaign).get(row.number, ()))
        session.delete(row)
        add_event(session, relay.now(), campaign, EventKind.asset_removed, person, kind="quote", number=row.number)


def _check_unread(session: Session, campaign: Campaign, number: str) -> None:
    """A clip names its text by the number. Raises Refused."""
    count = usage.readers(session, campaign).get(number, 0)
    if count:
        raise Refused(
            "Clips that read the text {number}: {count}.",
            hint="It is known by its number there, so it has to stay.",
            number=number,
            count=count,
        )


def _of_id(session: Session, campaign: int, quote: int) -> Quote:
    row = session.get(Quote, quote)
    if row is None or row.campaign_id != campaign:
        raise NotFound("There is no quote {number} in this campaign.", number=quote)
    return row


def find(session: Session, campaign: int, number: str) -> Quote:
    """By its number in the selection. Raises NotFound."""
    row = session.exec(select(Quote).where(Quote.campaign_id == campaign, Quote.number == number.strip())).first()
    if row is None:
        raise NotFound("There is no quote {number} in this campaign.", number=number)
    return row


def read(data: bytes, name: str) -> list[NewQuote]:
    """Pure. Raises Refused for what is no table of quotes."""
    for encoding in ("utf-8-sig", "cp1251"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Refused(NO_TABLE, hint=WHICH, file=name)
    rows = _objects(text, name) if text.lstrip()[:1] in ("[", "{") else _rows(text, name)
    lines = [_line(row) for row in rows]
    if not lines or not any(line.text for line in lines):
        raise Refused(NO_TABLE, hint=WHICH, file=name)
    return [line for line in lines if line != NewQuote("")]


def checked(line: NewQuote) -> NewQuote:
    """The same in one line each, or Refused."""
    text, number, author, link = (" ".join(part.split()) for part in (line.text, line.number, line.author, line.link))
    if not text or len(text) > MOST_LETTERS:
        raise Refused("A quote has a text of up to {most} letters.", most=MOST_LETTERS)
    if len(number) > 32:
        raise Refused("A quote's number has up to 32 letters.")
    if link and not link.lower().startswith(("https://", "http://")):
        raise Refused("A quote's link begins with https://.", hint="It stands on the card as a code to scan.")
    return NewQuote(text, number, author, link)


def _checked_in(place: int, line: NewQuote) -> NewQuote:
    try:
        return checked(line)
    except Refused as error:
        raise Refused(
            "Quote {place} of the file: {reason}", hint=error.hint, place=place, reason=error.sentence
        ) from error


def _bytes(file: Path) -> bytes:
    try:
        if file.stat().st_size > MOST_BYTES:
            raise Refused("{file} is larger than {most} MB.", file=file.name, most=MOST_BYTES >> 20)
        return file.read_bytes()
    except OSError as error:
        raise Refused("The file {file} can't be read.", file=file) from error


def _objects(text: str, name: str) -> Sequence[Mapping[str, Any]]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise Refused(NO_TABLE, hint=WHICH, file=name) from error
    if isinstance(found, dict):
        found = found.get("quotes")
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise Refused(NO_TABLE, hint=WHICH, file=name)
    return found


def _rows(text: str, name: str) -> Sequence[Mapping[str, Any]]:
    first = text.split("\n", 1)[0]
    mark = max(";\t,", key=first.count)
    try:
        return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=mark))
    except csv.Error as error:  # a cell that has no end
        raise Refused(NO_TABLE, hint=WHICH, file=name) from error


def _line(row: Mapping[Any, Any]) -> NewQuote:
    values: dict[str, str] = {}
    for heading, value in row.items():
        name = HEADINGS.get(str(heading or "").strip().casefold())
        if name is not None and value is not None and not isinstance(value, list | dict):
            values.setdefault(name, " ".join(str(value).split()))
    return NewQuote(values.get("text", ""), values.get("number", ""), values.get("author", ""), values.get("link", ""))


def _there(session: Session, campaign: int) -> dict[str, Quote]:
    rows = session.exec(select(Quote).where(Quote.campaign_id == campaign).order_by(col(Quote.id))).all()
    return {row.number: row for row in rows}


def _written(session: Session, campaign: int, line: NewQuote, there: dict[str, Quote]) -> Quote:
    number = line.number or str(1 + max((int(known) for known in there if known.isdecimal()), default=0))
    row = Quote(campaign_id=campaign, number=number, text=line.text, author=line.author, link=line.link)
    session.add(row)
    session.flush()
    there[number] = row
    return row
