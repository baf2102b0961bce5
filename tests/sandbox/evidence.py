"""What is known of the shape of VK's answers: keys and JSON types, from captured answers and VK's own schema.

`python -m tests.sandbox.evidence` writes them to vk_shapes.json, which holds no captured content, so that the
contract test runs where the captures are not.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

SUMMARY = Path(__file__).with_name("vk_shapes.json")
CAPTURES = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "vk_json"

Types = dict[str, list[str]]
"""JSON types by path: `likes`, `likes.count`, `image[].url`."""

LEAVES = {"base_bool_int": "integer", "base_property_exists": "integer"}
"""Definitions that the schema refers to in a file that is not among the captures, and that are numbers."""


def gather(captures: Path) -> dict[str, Any]:
    """`{kind: {"always": [keys that all captures share], "types": {path: [types]}}}`."""
    read = {path.relative_to(captures).as_posix(): _read(path) for path in _answers(captures)}
    answers = {name: answer for name, answer in read.items() if _is_object(answer)}
    schema = {**_definitions(captures, "wall_objects.json"), **_definitions(captures, "video_objects.json")}
    responses = {name: answer["response"] for name, answer in answers.items() if _is_object(answer.get("response"))}
    posts = [item for answer in responses.values() for item in answer.get("items", []) if _is_wall_post(item)]
    odd = answers["other/clip_processing_and_deleted_post.json"]
    videos = [
        *(attached["video"] for post in posts for attached in post.get("attachments", []) if "video" in attached),
        answers["vknet/Models_video_live.json"],
        answers["vknet/Models_video_with_ads_and_timeline.json"],
        answers["other/vk_clip_legacy_format_excerpt.json"]["item"],
    ]
    links, docs = (
        [one[kind] for post in posts for one in post.get("attachments", []) if kind in one] for kind in ("link", "doc")
    )
    people = [person for answer in responses.values() for person in answer.get("profiles", [])]
    publics = [public for answer in responses.values() for public in answer.get("groups", [])]
    found = {
        "post": _kind(posts, _typed(schema, "wall_wallpost_full")),
        "original": _kind(
            [old for post in posts for old in post.get("copy_history", [])], _typed(schema, "wall_wallpost_full")
        ),
        "comment": _told_only(schema, "wall_wall_comment"),
        "link": _kind(links, {}),
        "doc": _kind(docs, {}),
        "deleted post": _kind([odd["wall_getById_deleted_post"]], {}),
        "video": _kind(videos, _typed(schema, "video_video_full")),
        "processing video": _kind([odd["clip_still_processing"]], {}),
        "profile": _kind([person for person in people if "first_name" in person], {}),
        "group": _kind(publics, {}),
        "error": _kind([answer["error"] for answer in answers.values() if "error" in answer], {}),
        "execute error": _kind(answers["vknet/Categories__Execute__ExecuteErrors.json"]["execute_errors"], {}),
        "wall.get": _kind([_bare(answer) for name, answer in responses.items() if "Wall_Get_" in name], {}),
        "wall.getById": _kind([_bare(answer) for name, answer in responses.items() if "Wall_GetById" in name], {}),
        "newsfeed.search": _kind([_bare(answer) for name, answer in responses.items() if _is_search(name)], {}),
        "utils.resolveScreenName": _kind([answer for answer in responses.values() if "object_id" in answer], {}),
    }
    return {name: found[name] for name in sorted(found)}


def paths_of(value: dict[str, Any], prefix: str = "") -> Iterable[tuple[str, str]]:
    """Each key of an object, and of the objects in it, with its JSON type. Attachments are kinds of their own."""
    for key, inner in value.items():
        path = f"{prefix}{key}"
        yield path, json_type(inner)
        if key in ("attachments", "copy_history"):
            continue
        if isinstance(inner, dict):
            yield from paths_of(inner, f"{path}.")
        elif isinstance(inner, list):
            for entry in inner:
                if isinstance(entry, dict):
                    yield from paths_of(entry, f"{path}[].")


def json_type(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    names = {int: "integer", float: "number", str: "string", list: "array", dict: "object", type(None): "null"}
    return names[type(value)]


def _kind(captured: list[dict[str, Any]], typed: Types) -> dict[str, Any]:
    types: dict[str, set[str]] = {path: set(names) for path, names in typed.items()}
    for value in captured:
        for path, name in paths_of(value):
            types.setdefault(path, set()).add(name)
    always = set.intersection(*(set(value) for value in captured))
    return {"always": sorted(always), "types": {path: sorted(types[path]) for path in sorted(types)}}


def _told_only(schema: dict[str, Any], name: str) -> dict[str, Any]:
    """Of what was never captured, what the schema says of it; `always` is what it requires."""
    required = [key for key, told in schema[name]["properties"].items() if told.get("required")]
    typed = _typed(schema, name)
    return {"always": sorted(required), "types": {path: sorted(typed[path]) for path in sorted(typed)}}


def _typed(schema: dict[str, Any], name: str, prefix: str = "", depth: int = 3) -> Types:
    """The types that the schema gives to a definition, the definitions it is made of included."""
    definition = schema.get(name, {})
    properties: dict[str, Any] = {}
    types: Types = {}
    for part in (definition, *definition.get("allOf", [])):
        if "$ref" in part:
            types |= _typed(schema, _named(part), prefix, depth)
        properties |= part.get("properties", {})
    for key, told in properties.items():
        types[f"{prefix}{key}"] = [_schema_type(schema, told)]
        if depth and "$ref" in told and key != "copy_history":
            types |= _typed(schema, _named(told), f"{prefix}{key}.", depth - 1)
    return types


def _schema_type(schema: dict[str, Any], told: dict[str, Any]) -> str:
    if "$ref" in told:
        name = _named(told)
        return LEAVES.get(name) or str(schema.get(name, {}).get("type", "object"))
    return str(told.get("type", "object"))


def _named(told: dict[str, Any]) -> str:
    return str(told["$ref"]).rpartition("/")[2]


def _definitions(captures: Path, name: str) -> dict[str, Any]:
    return dict(_read(captures / "schema" / name)["definitions"])


def _answers(captures: Path) -> list[Path]:
    return sorted([*captures.glob("vknet/**/*.json"), *captures.glob("other/*.json")])


def _read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8-sig"))


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_wall_post(item: Any) -> bool:
    return isinstance(item, dict) and "post_type" in item and "owner_id" in item


def _is_search(name: str) -> bool:
    return "NewsFeed_Search" in name or "newsfeed.search" in name


def _bare(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without what is in its lists: those are kinds of their own."""
    return {key: [] if isinstance(value, list) else value for key, value in answer.items()}


if __name__ == "__main__":
    SUMMARY.write_text(json.dumps(gather(CAPTURES), ensure_ascii=False, indent=1) + "\n", "utf-8")
