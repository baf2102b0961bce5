"""What OpenAPI is told of a view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from relay.views import HIDDEN, key
from relay.web.api.schemas import model_of, parameters_of, several


class Colour(StrEnum):
    red = "red"
    blue = "blue"


class Digest(str):
    """A text with a name."""


@dataclass(frozen=True)
class InnerOfTests:
    number: int


@dataclass(frozen=True)
class ViewOfTests:
    """What it is,
    in two lines.
    """

    text: str
    start: float = field(metadata=key("from"))
    secret: str = field(metadata=HIDDEN)
    maybe: str | None = field(metadata=key(optional=True))
    inner: InnerOfTests
    inners: Sequence[InnerOfTests]
    by_name: Mapping[str, InnerOfTests]
    some: frozenset[Colour]
    path: Path
    digest: Digest
    at: datetime
    day: date | None
    kind: Literal["a", "b"]
    bounded: Annotated[int, "of nobody's concern"]
    anything: Any


@dataclass(frozen=True)
class FilterOfTests:
    q: Annotated[str, Field(max_length=20)] = ""
    colour: tuple[Colour, ...] = ()
    one: Colour | None = None


def test_each_field_is_told_as_json_has_it():
    schema = model_of(ViewOfTests).model_json_schema()
    told = {name: {k: v for k, v in one.items() if k != "title"} for name, one in schema["properties"].items()}
    inner = {"$ref": "#/$defs/InnerOfTests"}
    assert told == {
        "text": {"type": "string"},
        "from": {"type": "number"},
        "maybe": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
        "inner": inner,
        "inners": {"type": "array", "items": inner},
        "by_name": {"type": "object", "additionalProperties": inner},
        "some": {"type": "array", "items": {"$ref": "#/$defs/Colour"}},
        "path": {"type": "string"},
        "digest": {"type": "string"},
        "at": {"type": "string", "format": "date-time"},
        "day": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
        "kind": {"type": "string", "enum": ["a", "b"]},
        "bounded": {"type": "integer"},
        "anything": {},
    }
    assert schema["required"] == [name for name in told if name != "maybe"]
    assert schema["description"] == "What it is, in two lines."
    assert schema["additionalProperties"] is False, "a field that is not told is a fault"
    assert "description" not in schema["$defs"]["InnerOfTests"], "what Python writes by itself says nothing"


def test_a_list_is_one_of_them():
    schema = TypeAdapter(several(InnerOfTests)).json_schema()
    assert (schema["type"], schema["items"]) == ("array", {"$ref": "#/$defs/InnerOfTests"})
    assert model_of(InnerOfTests) is model_of(InnerOfTests), "one name for one thing"


def test_a_filter_is_parameters_of_the_address():
    text, colours, one = parameters_of(FilterOfTests)["parameters"]
    for name, told in (("q", text), ("colour", colours), ("one", one)):
        assert (told["name"], told["in"], told["required"]) == (name, "query", False)
        assert "$defs" not in told["schema"]
    assert text["schema"] == {"maxLength": 20, "type": "string"}
    assert colours["schema"]["items"]["enum"] == one["schema"]["anyOf"][0]["enum"] == ["red", "blue"]
    assert "$ref" not in str(parameters_of(FilterOfTests))
