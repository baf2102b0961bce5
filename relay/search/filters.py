"""Filters of lists as they stand in an address: parsed, and written again in one spelling, so that links can be shared.

A filter is a frozen dataclass whose fields are named as the parameters are; a tuple stands for a parameter that may be
there several times, of which one has to hold.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import MISSING, fields
from datetime import date, datetime, time, timedelta
from enum import Enum
from functools import cache
from typing import Annotated, Any, TypeVar, cast
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError

from relay.errors import Refused
from relay.language.text import one_line

UNKNOWN = "-"
"""Value of a parameter: it is not known, or there is none."""
MOST_VALUES = 50
Text = Annotated[str, Field(max_length=200), AfterValidator(one_line)]
Number = Annotated[int, Field(ge=1, le=2**31 - 1)]
Seconds = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]
Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 1, 1))]
Texts = Annotated[tuple[Text, ...], Field(max_length=MOST_VALUES)]
Numbers = Annotated[tuple[Number, ...], Field(max_length=MOST_VALUES)]

Filter = TypeVar("Filter")


def parsed(kind: type[Filter], pairs: Iterable[tuple[str, str]]) -> Filter:
    """The filter that the parameters of an address stand for; empty ones, and those of other things, are left out.

    Raises Refused for a value that nobody knows.
    """
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        if value.strip() and value not in given.get(name, ()):
            given.setdefault(name, []).append(value)
    defaults = _defaults(cast("Hashable", kind))
    try:
        found: Filter = _adapter(cast("Hashable", kind)).validate_python(
            {
                name: values if isinstance(defaults[name], tuple) else values[-1]
                for name, values in given.items()
                if name in defaults
            }
        )
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][0])
        raise Refused(
            "The filter can't be understood: {name} is “{value}”.", name=field, value=one_line(given[field][-1])
        ) from error
    return found


def pairs(chosen: Any, **changed: Any) -> list[tuple[str, str]]:
    """The parameters of a filter, those that say nothing left out. `changed`: other values for some of them."""
    values = {name: changed.get(name, getattr(chosen, name)) for name in _defaults(chosen.__class__)}
    written = {
        name: value if isinstance(value, tuple) else (value,)
        for name, value in values.items()
        if value != _defaults(chosen.__class__)[name]
    }
    return [(name, _text(value)) for name, several in written.items() for value in several]


def query(chosen: Any, **changed: Any) -> str:
    return urlencode(pairs(chosen, **changed))


def begins(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone))


def ends(day: date, zone: str) -> datetime:
    """The first moment that is not of the day any more."""
    return begins(day + timedelta(days=1), zone)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Enum):
        return str(value.value)
    return f"{value:g}" if isinstance(value, float) else str(value)


@cache
def _defaults(kind: Hashable) -> Mapping[str, Any]:
    return {each.name: each.default for each in fields(cast("Any", kind)) if each.default is not MISSING}


@cache
def _adapter(kind: Hashable) -> TypeAdapter[Any]:
    return TypeAdapter(cast("Any", kind))
