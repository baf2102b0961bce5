"""Views: what services give to the desk and the command line, as frozen dataclasses, and the one way into JSON.

A view's fields are named as its JSON is. Where they differ, because a name is a Python keyword or a thing is not for
scripts, `key` says so. Times are ISO 8601 with an offset, in the campaign's zone; durations are seconds unless a field
says frames.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from datetime import date
from enum import Enum
from pathlib import PurePath
from typing import Any, TypeVar

Wider = TypeVar("Wider")

_NAME = "json"
_OPTIONAL = "optional"


def key(name: str = "", *, optional: bool = False) -> Mapping[str, object]:
    """Metadata of a field whose JSON key is `name`. `optional`: None leaves the key out."""
    return {_NAME: name, _OPTIONAL: optional}


HIDDEN: Mapping[str, object] = {_NAME: None}
"""Metadata of a field that JSON does not have."""


def as_json(value: object) -> Any:
    """What `json.dumps` and JSONResponse take: views as objects in the order of their fields, enums as their values.

    Times and paths of a view become text; mappings and sequences are gone through; all else stays as it is.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dict(_pairs(value))
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {name: as_json(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(map(as_json, value))
    return value


def widened(kind: type[Wider], view: Any, /, **more: object) -> Wider:
    """A view of a wider kind: the fields of `view`, and `more`."""
    return kind(**{field.name: getattr(view, field.name) for field in dataclasses.fields(view)}, **more)


def _pairs(view: Any) -> Iterator[tuple[str, Any]]:
    for field in dataclasses.fields(view):
        name, value = field.metadata.get(_NAME, ""), getattr(view, field.name)
        if name is None or (value is None and field.metadata.get(_OPTIONAL)):
            continue
        yield name or field.name, _as_text(value) if isinstance(value, (date, PurePath)) else as_json(value)


def _as_text(value: date | PurePath) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
