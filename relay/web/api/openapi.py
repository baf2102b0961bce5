"""The API's own description (OpenAPI 3.1), in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from relay import __version__
from relay.language.catalogue import N_, translator
from relay.web.api.problems import KINDS, MEDIA_TYPE, FieldProblem, Problem

TITLE = "Relay"
VERSION = __version__
ROOT = "/api/v1"
ABOUT = N_("Everything that the command line lists and does, for programs.")
WRONG = N_("What went wrong, and what to do about it (RFC 9457).")
REFERENCE = "#/components/schemas/"
TOLD = ("summary", "description")
METHODS = ("get", "post", "put", "patch", "delete")


@lru_cache(maxsize=16)
def document(api: FastAPI, language: str) -> dict[str, Any]:
    """Sentences of ours in the language; docstrings of views stay as the code has them."""
    made = get_openapi(title=TITLE, version=VERSION, openapi_version="3.1.0", description=ABOUT, routes=api.routes)
    made["servers"] = [{"url": ROOT}]
    _, errors = models_json_schema(
        [(Problem, "serialization"), (FieldProblem, "serialization")], ref_template=f"{REFERENCE}{{model}}"
    )
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(errors["$defs"])
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for operation in _operations(made):
        operation["responses"].pop("422", None)
        operation["responses"]["default"] = _wrong()
    _tell(made, translator(language).tell)
    return made


@dataclass(frozen=True, slots=True)
class ApiField:
    """A field of a request, or of an answer: `kind` in a few signs, `string | null`, `array of ClipView`."""

    name: str
    kind: str
    needed: bool
    about: str = ""


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One method of one address, for people. `anchor` leads to it."""

    anchor: str
    method: str
    path: str
    summary: str
    parameters: list[ApiField]
    body: list[ApiField]
    body_kind: str
    answers: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ApiGroup:
    title: str
    calls: list[ApiCall]


@dataclass(frozen=True, slots=True)
class ApiShape:
    """A schema by its name: of what requests bring, and of what answers hold."""

    name: str
    fields: list[ApiField]
    values: list[str]


def groups(told: dict[str, Any]) -> list[ApiGroup]:
    """The calls of a document, by the kind of thing that they are about."""
    found: dict[str, list[ApiCall]] = {}
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            found.setdefault(operation["tags"][0], []).append(_call(told, path, method, operation))
    return [ApiGroup(title, calls) for title, calls in found.items()]


def shapes(told: dict[str, Any]) -> list[ApiShape]:
    """The schemas of a document in the order of letters."""
    return [
        ApiShape(name, _fields(schema), [str(value) for value in schema.get("enum", [])])
        for name, schema in sorted(told["components"]["schemas"].items())
    ]


def problem_kinds(language: str) -> list[tuple[str, str]]:
    """What can go wrong: the end of a problem's `type`, and its title."""
    tell = translator(language).tell
    return [(kind, tell(title)) for kind, title in KINDS.items()]


def _operations(made: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in made["paths"].values():
        yield from (operation for method, operation in methods.items() if method in METHODS)


def _wrong() -> dict[str, Any]:
    return {"description": WRONG, "content": {MEDIA_TYPE: {"schema": {"$ref": f"{REFERENCE}Problem"}}}}


def _tell(made: dict[str, Any], tell: Any) -> None:
    made["info"]["description"] = tell(ABOUT)
    for operation in _operations(made):
        operation["tags"] = [tell(tag) for tag in operation["tags"]]
        for holder in (operation, *operation.get("parameters", []), *operation["responses"].values()):
            for name in TOLD:
                if name in holder:
                    holder[name] = tell(holder[name])


def _call(told: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> ApiCall:
    body = operation.get("requestBody", {}).get("content", {})
    kind = next(iter(body), "")
    schema = _resolved(told, body[kind]["schema"]) if kind else {}
    return ApiCall(
        anchor=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        parameters=[
            ApiField(one["name"], _kind(one["schema"]), one.get("required", False), one.get("description", ""))
            for one in operation.get("parameters", [])
        ],
        body=_fields(schema),
        body_kind=kind,
        answers=[(code, _answered(response)) for code, response in operation["responses"].items() if code != "default"],
    )


def _answered(response: dict[str, Any]) -> str:
    content = response.get("content", {})
    kind = next(iter(content), "")
    if kind == "application/json":
        return _kind(content[kind]["schema"])
    return kind


def _fields(schema: dict[str, Any]) -> list[ApiField]:
    needed = schema.get("required", [])
    return [ApiField(name, _kind(one), name in needed) for name, one in schema.get("properties", {}).items()]


def _resolved(told: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        found: dict[str, Any] = told["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return found
    return schema


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rsplit("/", 1)[1])
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " | ".join(dict.fromkeys(_kind(one) for one in schema[several]))
    if "enum" in schema or "const" in schema:
        return " | ".join(str(value) for value in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"[{_kind(schema.get('items', {}))}]"
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return "{" + _kind(schema["additionalProperties"]) + "}"
    return str(schema.get("format") or schema.get("type", "any"))
