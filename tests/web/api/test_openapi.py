"""The document of the API, told to people: calls, shapes and kinds in a few signs."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI

from relay.web.api import openapi, problems

WORDS: dict[str, Any] = {
    "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Body"}}}},
}
DOCUMENT: dict[str, Any] = {
    "paths": {
        "/clips": {
            "get": {
                "operationId": "list", "summary": "All.", "tags": ["Clips"],
                "parameters": [
                    {"name": "limit", "schema": {"type": "integer"}, "required": True, "description": "So many."},
                    {"name": "q", "schema": {"type": "string"}},
                ],
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"type": "array", "items": {
                        "$ref": "#/components/schemas/Body"}}}}},
                    "204": {"description": "Nothing."},
                    "default": {"description": "Wrong."},
                },
            },
        },
        "/films": {
            "post": {
                "operationId": "make", "summary": "Make.", "tags": ["Films"], **WORDS,
                "responses": {"200": {"content": {"video/mp4": {"schema": {"type": "string"}}}}},
            },
            "put": {"operationId": "again", "summary": "Again.", "tags": ["Clips"], "responses": {}},
        },
    },
    "components": {"schemas": {
        "Body": {"properties": {"a": {"type": "string"}, "b": {"type": "integer"}}, "required": ["b"]},
        "Actor": {"enum": ["x", 2]},
    }},
}  # fmt: skip


def test_calls_stand_by_what_they_are_about():
    clips, films = openapi.groups(DOCUMENT)
    assert (clips.title, [call.anchor for call in clips.calls]) == ("Clips", ["list", "again"])
    assert (films.title, [call.anchor for call in films.calls]) == ("Films", ["make"])
    listed, (made,) = clips.calls[0], films.calls
    assert (listed.method, listed.path, listed.summary) == ("GET", "/clips", "All.")
    assert listed.parameters == [
        openapi.ApiField("limit", "integer", needed=True, about="So many."),
        openapi.ApiField("q", "string", needed=False, about=""),
    ]
    assert (listed.body, listed.body_kind) == ([], "")
    assert listed.answers == [("200", "[Body]"), ("204", "")]
    assert (made.body_kind, made.answers) == ("application/json", [("200", "video/mp4")])
    assert made.body == [
        openapi.ApiField("a", "string", needed=False), openapi.ApiField("b", "integer", needed=True),
    ]  # fmt: skip


def test_shapes_stand_in_the_order_of_letters():
    actor, body = openapi.shapes(DOCUMENT)
    assert (actor.name, actor.fields, actor.values) == ("Actor", [], ["x", "2"])
    assert (body.name, [field.name for field in body.fields], body.values) == ("Body", ["a", "b"], [])


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "string"}, "string"),
        ({"type": "string", "format": "date-time"}, "date-time"),
        ({"$ref": "#/components/schemas/Clip"}, "Clip"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string | null"),
        ({"oneOf": [{"type": "string"}, {"type": "string"}]}, "string"),
        ({"enum": ["a", 2], "type": "string"}, "a | 2"),
        ({"const": "a"}, "a"),
        ({"type": "array", "items": {"type": "integer"}}, "[integer]"),
        ({"type": "array"}, "[any]"),
        ({"type": "object", "additionalProperties": {"type": "number"}}, "{number}"),
        ({"type": "object", "additionalProperties": True}, "object"),
        ({}, "any"),
    ],
)
def test_a_kind_in_a_few_signs(schema, kind):
    told = {"properties": {"field": schema}}
    (shape,) = openapi.shapes({"components": {"schemas": {"Body": told}}})
    assert shape.fields == [openapi.ApiField("field", kind, needed=False)]


@pytest.mark.slow
def test_the_document_of_the_desk(desk: FastAPI) -> None:
    told = openapi.document(desk.state.api, "fr")
    assert (told["openapi"], told["info"]["title"], told["servers"]) == ("3.1.0", "Relay", [{"url": "/api/v1"}])
    assert told["info"]["description"] != openapi.ABOUT, "in French"
    assert not {"HTTPValidationError", "ValidationError"} & set(told["components"]["schemas"])
    assert {"Problem", "FieldProblem"} <= set(told["components"]["schemas"])
    operations = [one for methods in told["paths"].values() for one in methods.values()]
    assert len(operations) > 100
    for one in operations:
        assert "422" not in one["responses"]
        wrong = one["responses"]["default"]["content"]["application/problem+json"]["schema"]
        assert wrong == {"$ref": "#/components/schemas/Problem"}
        assert one["tags"][0] != "Judge and describe clips."
    listed = told["paths"]["/campaigns/{slug}/clips"]["get"]
    assert listed["summary"] == "Les clips de la campagne."
    (limit,) = [each for each in listed["parameters"] if each["name"] == "limit"]
    assert limit["description"] != "So many at the most."
    assert (limit["schema"]["maximum"], limit["schema"]["default"]) == (500, 100)
    body = told["paths"]["/campaigns/{slug}/quotes/file"]["post"]["requestBody"]
    assert (body["required"], list(body["content"])) == (True, ["application/octet-stream"])
    assert openapi.problem_kinds("en") == list(problems.KINDS.items())
    assert openapi.document(desk.state.api, "fr") is told, "it is made once"
