"""Views become JSON in the order of their fields, under the names that scripts know."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from relay.models import ClipState
from relay.views import HIDDEN, as_json, key, widened


@dataclass(frozen=True, slots=True)
class Place:
    town: str
    district: str | None = field(default=None, metadata=key(optional=True))


@dataclass(frozen=True, slots=True)
class Shown:
    state: ClipState
    at: datetime
    day: date
    file: Path
    start: float = field(metadata=key("in"))
    secret: str = field(metadata=HIDDEN)
    place: Place
    others: tuple[Place, ...]
    counts: dict[str, int | None]


@dataclass(frozen=True, slots=True)
class More(Place):
    people: int = 0


AT = datetime(2023, 1, 12, 9, tzinfo=UTC)
SHOWN = Shown(
    ClipState.later, AT, AT.date(), Path("/x"), 1.5, "s", Place("Мга"), (Place("Мга", "Кировский"),), {"a": None}
)


def test_a_view_is_written_field_by_field():
    told = as_json({"one": SHOWN, "none": None})
    assert list(told["one"]) == ["state", "at", "day", "file", "in", "place", "others", "counts"]
    assert json.loads(json.dumps(told)) == {
        "one": {
            "state": "later",
            "at": "2023-01-12T09:00:00+00:00",
            "day": "2023-01-12",
            "file": "/x",
            "in": 1.5,
            "place": {"town": "Мга"},
            "others": [{"town": "Мга", "district": "Кировский"}],
            "counts": {"a": None},
        },
        "none": None,
    }


def test_what_is_no_view_stays_as_it_is():
    assert as_json([AT, Place, 1, "x"]) == [AT, Place, 1, "x"]


def test_a_view_of_a_wider_kind_has_the_same_fields():
    more = widened(More, Place("Мга", None), people=3)
    assert (more.town, more.people) == ("Мга", 3)
