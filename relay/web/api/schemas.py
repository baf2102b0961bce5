"""Views as schemas: what `views.as_json` makes of a frozen dataclass, told to OpenAPI."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from functools import cache
from pathlib import PurePath
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, create_model

PLAIN = (str, int, float, bool, type(None))


@cache
def model_of(view: type) -> type[BaseModel]:
    """The model whose JSON is that of the view: keys by `views.key`, hidden fields left out."""
    assert dataclasses.is_dataclass(view)
    hints = get_type_hints(view)
    found = {field.name: _declared(field, hints[field.name]) for field in dataclasses.fields(view)}
    fields: dict[str, Any] = {name: declared for name, declared in found.items() if declared is not None}
    doc = " ".join((view.__doc__ or "").split()) if not (view.__doc__ or "").startswith(f"{view.__name__}(") else ""
    config = ConfigDict(populate_by_name=True, protected_namespaces=(), extra="forbid")
    made: type[BaseModel] = create_model(view.__name__, __config__=config, __doc__=doc or None, **fields)
    return made


def several(view: type) -> Any:
    """A JSON array of the views."""
    return list[model_of(view)]  # type: ignore[misc]


def parameters_of(chosen: type) -> dict[str, Any]:
    """What OpenAPI is told of a filter (search/filters.py): its fields as parameters of the address."""
    hints = get_type_hints(chosen, include_extras=True)
    return {"parameters": [_parameter(name, TypeAdapter(hint).json_schema()) for name, hint in hints.items()]}


def _parameter(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    defined = schema.pop("$defs", {})
    for holder in (schema, schema.get("items", {}), *schema.get("anyOf", [])):
        if "$ref" in holder:
            holder.update(defined[holder.pop("$ref").rsplit("/", 1)[1]])
    return {"name": name, "in": "query", "required": False, "schema": schema}


def _declared(field: dataclasses.Field[Any], hint: Any) -> tuple[Any, Any] | None:
    name = field.metadata.get("json", "")
    if name is None:
        return None
    default = None if field.metadata.get("optional") else ...
    return _kind(hint), Field(default, alias=name or field.name)


def _kind(hint: Any) -> Any:
    """A type of a view's field → the type of its JSON."""
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return model_of(hint)
    if isinstance(hint, type) and issubclass(hint, PurePath):
        return str
    if isinstance(hint, type) and (hint in PLAIN or issubclass(hint, Enum | datetime | date)):
        return hint
    if isinstance(hint, type) and issubclass(hint, str):
        return str
    return _of_several(get_origin(hint), hint)


def _of_several(origin: Any, hint: Any) -> Any:
    inner = get_args(hint)
    if origin is Literal:
        return hint
    if origin in (Union, types.UnionType):
        return Union[tuple(map(_kind, inner))]  # noqa: UP007 - of a tuple that is made here
    if origin is Annotated:
        return _kind(inner[0])
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return dict[str, _kind(inner[1])]  # type: ignore[misc]
    if isinstance(origin, type) and issubclass(origin, Sequence | frozenset):
        return list[_kind(inner[0])]  # type: ignore[misc]
    return Any
