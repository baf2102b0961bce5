"""sentences

Until here rows kept a sentence as English text, filled. Each that is known again by its fixed parts becomes a message id
with its words; any other stays the text that it is.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache, cached_property
from string import Formatter
from typing import Any

import sqlalchemy as sa
from alembic import op
from babel.messages.pofile import read_po

from relay.language.catalogue import ENGLISH, catalogue
from relay.language.sentence import Sentence, from_json, joined, prefixed, recalled, stored, with_words

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

COLUMNS = {
    "source": ("reason",), "sweep": ("fault",), "video": ("reason",), "inspection": ("reason",), "clip": ("reason",),
    "decision": ("reason", "previous_reason"), "handin": ("reason",), "alert": ("text",),
    "delivery": ("text", "reason"), "parking": ("reason",),
}  # fmt: skip
DETAILS = ("reason", "why")
"""Fields of an event's details that hold a sentence; `posts` of an event "unreadable" are sentences, too."""
NESTED = {"now", "state", "reason", "fault", "line", "first", "item", "why", "error", "strerror", "msg", "kind"}
"""Words of these names were sentences themselves."""
EVENTS = sa.table("event", sa.column("id"), sa.column("what"), sa.column("details", sa.JSON))
TELLING = 5
"""A sentence is known again by its fixed part when that has at least so many letters."""
SENTENCE_ENDS = re.compile(r"(?<=[.?!]) ")


class Pattern:
    """A message with places, to be known again after they were filled."""

    def __init__(self, message: str) -> None:
        self.message = message
        self._parts = list(Formatter().parse(message))
        fixed = [part[0] for part in self._parts]
        self.weight = sum(sign.isalpha() for part in fixed for sign in part)
        self._longest = max(fixed, key=len)
        self._how = {name: (spec, conversion) for _, name, spec, conversion in self._parts if name}

    def again(self, line: str) -> Sentence | None:
        """The sentence, where filling it gives this very line."""
        match = self._shape.fullmatch(line) if self._longest in line else None
        if match is None:
            return None
        try:
            found = Sentence(self.message, {name: self._word(name, word) for name, word in match.groupdict().items()})
        except (ValueError, SyntaxError):
            return None
        return found if found == line else None

    @cached_property
    def _shape(self) -> re.Pattern[str]:
        seen: set[str] = set()
        shape = ""
        for before, name, _spec, _conversion in self._parts:
            shape += re.escape(before)
            if name is not None:
                shape += f"(?P={name})" if name in seen else f"(?P<{name}>.*?)"
                seen.add(name)
        return re.compile(shape, re.DOTALL)

    def _word(self, name: str, word: str) -> object:
        spec, conversion = self._how[name]
        if conversion == "r":
            return ast.literal_eval(word)
        if spec:
            return float(word) if spec[-1] in "fg" else int(word)
        return known(word) or word if name in NESTED else word


@cache
def messages() -> frozenset[str]:
    with catalogue(ENGLISH).open("rb") as file:
        return frozenset(message.id for message in read_po(file) if isinstance(message.id, str))


@cache
def patterns() -> list[Pattern]:
    found = (Pattern(message) for message in messages() if re.search(r"\{\w", message))
    return sorted((each for each in found if each.weight >= TELLING), key=lambda each: -each.weight)


@cache
def known(line: str) -> Sentence | None:
    """A line that was filled, as message and words; None where it is none of ours. Message and hint are two."""
    if line in messages():
        return Sentence(line)
    for cut in SENTENCE_ENDS.finditer(line):
        head = _known_sentence(line[: cut.start()])
        tail = known(line[cut.end() :]) if head is not None else None
        if head is not None and tail is not None:
            return joined(head, tail)
    return _known_sentence(line)


def _known_sentence(line: str) -> Sentence | None:
    """As it stands, by its fixed parts, or behind the name of what it is about (`clip.mp4: …`)."""
    if line in messages():
        return Sentence(line)
    found = next(filter(None, (pattern.again(line) for pattern in patterns())), None)
    name, colon, said = line.partition(": ")
    behind = _known_sentence(said) if found is None and colon else None
    return found if behind is None else prefixed(name, behind)


def upgrade() -> None:
    connection = op.get_bind()
    for table, columns in COLUMNS.items():
        for column in columns:
            _turn_column(connection, sa.column(column), sa.table(table, sa.column(column)))
    for number, what, details in _events(connection):
        if (turned := with_words(dict(_turned(what, details)))) != details:
            connection.execute(sa.update(EVENTS).where(EVENTS.c.id == number).values(details=turned))


def downgrade() -> None:
    """Sentences become text again."""
    connection = op.get_bind()
    for table, columns in COLUMNS.items():
        for column in columns:
            _back(connection, sa.column(column), sa.table(table, sa.column(column)))
    for number, _what, details in _events(connection):
        if (plain := _plain(from_json(details))) != details:
            connection.execute(sa.update(EVENTS).where(EVENTS.c.id == number).values(details=plain))


def _turn_column(connection: sa.Connection, column: sa.ColumnClause[str], table: sa.TableClause) -> None:
    for (line,) in connection.execute(sa.select(column).select_from(table).where(column != "").distinct()).all():
        if (kept := stored(known(line) or line)) != line:
            connection.execute(sa.update(table).where(column == line).values({column.name: kept}))


def _turned(what: str, details: dict[str, Any]) -> Iterator[tuple[str, object]]:
    for name, value in details.items():
        if isinstance(value, str) and name in DETAILS:
            yield name, known(value) or value
        elif what == "unreadable" and isinstance(value, list):
            yield name, [known(each) or each if isinstance(each, str) else each for each in value]
        else:
            yield name, value


def _back(connection: sa.Connection, column: sa.ColumnClause[str], table: sa.TableClause) -> None:
    begun = column.startswith('{"message": ')
    for (kept,) in connection.execute(sa.select(column).select_from(table).where(begun).distinct()).all():
        connection.execute(sa.update(table).where(column == kept).values({column.name: str(recalled(kept))}))


def _events(connection: sa.Connection) -> list[tuple[int, str, dict[str, Any]]]:
    rows = connection.execute(sa.select(EVENTS.c.id, EVENTS.c.what, EVENTS.c.details)).all()
    return [(number, what, details) for number, what, details in rows]


def _plain(kept: Any) -> Any:
    """The document with its sentences as texts."""
    if isinstance(kept, list):
        return [_plain(each) for each in kept]
    if isinstance(kept, dict):
        return {name: _plain(value) for name, value in kept.items()}
    return str(kept) if isinstance(kept, str) else kept
