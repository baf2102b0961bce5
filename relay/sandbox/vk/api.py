"""VK's API: `/method/<name>` with the methods that a service token may call, and `execute`.

`answer` is one call, `api_app` the HTTP around it. Method parameters and limits: VK's schema 5.199.
"""

from __future__ import annotations

import asyncio
import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from relay.sandbox.endpoints import reset
from relay.sandbox.faults import SpoiledAnswer
from relay.sandbox.vk import get_all, shapes
from relay.sandbox.vk.gateway import ApiTokenKind
from relay.sandbox.vk.network import Vk
from relay.sandbox.vk.records import Key, Owner, OwnerState, VkPost
from relay.sandbox.vk.shapes import Json

MAX_INNER_CALLS = 25
MAX_EXECUTE_BYTES = 5_000_000
MAX_FOUND = 1000
"""newsfeed.search never goes further than this into its results."""
FOR_GROUPS = frozenset({"groups.getById", "users.get", "utils.resolveScreenName", "execute"})
USER_ONLY = frozenset({"video.get", "video.search", "wall.post", "wall.edit", "stories.search", "groups.get"})


class ApiError(Exception):
    """An error of VK's list, on its way to the answer."""

    def __init__(self, code: int, detail: str = "", message: str = "", extra: Mapping[str, Any] | None = None) -> None:
        text = message or shapes.MESSAGES.get(code, "Unknown error occurred")
        super().__init__(f"{text}: {detail}" if detail else text)
        self.code = code
        self.extra = dict(extra or {})


class Params:
    """Parameters as VK reads them: text, with limits."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values

    def text(self, name: str, default: str = "") -> str:
        return self.values.get(name, default)

    def required(self, name: str) -> str:
        if not (value := self.values.get(name, "").strip()):
            raise ApiError(100, f"{name} is undefined")
        return value

    def integer(self, name: str, default: int, low: int = 0, high: int | None = None) -> int:
        raw = self.values.get(name, "").strip()
        if not raw:
            return default
        try:
            number = int(raw)
        except ValueError:
            raise ApiError(100, f"{name} not integer") from None
        if number < low:
            raise ApiError(100, f"{name} should be greater or equal to {low}")
        if high is not None and number > high:
            raise ApiError(100, f"{name} should be less or equal to {high}")
        return number

    def flag(self, name: str) -> bool:
        return self.values.get(name, "").strip().lower() in ("1", "true")

    def words(self, name: str) -> list[str]:
        return [word.strip() for word in self.values.get(name, "").split(",") if word.strip()]


def answer(vk: Vk, method: str, values: Mapping[str, str]) -> Json:
    """One request to the API: an answer or an error, as the JSON that VK sends."""
    echoed = {"oauth": "1", "method": method, **values}
    try:
        _let_in(vk, method, values)
        if method == "execute":
            vk.api.arrives(method, dict(values))
            _spoil(vk, method)
            return _execute(vk, values)
        return {"response": _call(vk, method, values, values["access_token"])}
    except ApiError as refusal:
        return shapes.error(refusal.code, str(refusal), echoed, refusal.extra)


def _let_in(vk: Vk, method: str, values: Mapping[str, str]) -> None:
    token = values.get("access_token", "")
    if not token:
        raise ApiError(5, message="User authorization failed: no access_token passed.")
    kind = vk.api.kind_of(token)
    if kind is None:
        raise ApiError(5)
    if not values.get("v"):
        raise ApiError(8, "v (version) is required")
    if vk.api.too_fast(token):
        raise ApiError(6)
    if (code := _not_for(kind, method)) is not None:
        vk.api.arrives(method, dict(values))
        raise ApiError(code)
    if method != "execute" and method not in METHODS:
        raise ApiError(3)


def _not_for(kind: ApiTokenKind, method: str) -> int | None:
    """The error that this kind of token gets for a method that is not for it."""
    if kind is ApiTokenKind.user:  # the right to video is given to hardly any application
        return 15 if method in USER_ONLY else None
    if kind is ApiTokenKind.group:
        return 27 if method in USER_ONLY or method not in FOR_GROUPS else None
    return 28 if method in USER_ONLY else None


def _call(vk: Vk, method: str, values: Mapping[str, str], token: str, *, inner: bool = False) -> Any:
    if method in USER_ONLY:
        raise ApiError(28)
    if method not in METHODS:
        raise ApiError(3)
    vk.api.arrives(method, dict(values), inner=inner)
    _spoil(vk, method)
    if vk.api.over_quota(method, token):
        raise ApiError(29)
    told = METHODS[method](vk, Params(values))
    return told | {"count": 0, "items": []} if vk.api.is_empty(method) else told


def _spoil(vk: Vk, method: str) -> None:
    if (fault := vk.api.fault_of(method)) is not None:
        raise ApiError(fault.code, message=fault.message, extra=fault.extra)


# The methods


def _wall_get(vk: Vk, params: Params) -> Json:
    owner = _asked_owner(vk, params)
    count = params.integer("count", 20, high=100)
    offset = params.integer("offset", 0)
    kind = params.text("filter", "all")
    if kind not in ("all", "owner", "others"):
        raise ApiError(15, f"no access to {kind}")
    _show_wall(owner)
    if kind == "all":
        page, total = vk.wall_page(owner.id, offset, count)
    else:
        posts = [post for post in vk.wall(owner.id) if _passes(post, kind)]
        page, total = posts[offset : offset + count], len(posts)
    return _listed(vk, params, page, {"count": total})


def _wall_get_by_id(vk: Vk, params: Params) -> Json:
    params.required("posts")
    depth = params.integer("copy_history_depth", 2)
    items: list[Json] = []
    for word in params.words("posts"):
        key = _key(word)
        found = vk.post(key)
        owner = vk.owner(key.owner_id)
        if found is None or owner is None or owner.state is not OwnerState.open:
            continue
        items.append(shapes.deleted(key) if found.deleted else shapes.post(vk, found, depth=depth))
    shown: Json = {"items": items}
    if params.flag("extended"):
        shown |= shapes.extended(vk, items, params.words("fields"))
    return shown


def _wall_get_comments(vk: Vk, params: Params) -> Json:
    """Comments below a post, with the first answers to each. Texts are cut after 90 letters by default; 0: never."""
    owner = _asked_owner(vk, params)
    key = Key(owner.id, params.integer("post_id", 0))
    count = params.integer("count", 10, high=100)
    offset = params.integer("offset", 0)
    answers_shown = params.integer("thread_items_count", 0, high=10)
    length = params.integer("preview_length", 90)
    _show_wall(owner)
    post = vk.post(key)
    if post is None or post.deleted:
        raise ApiError(15, "post not found")
    everything = vk.comments_below(key)
    if everything is None:
        raise ApiError(212)
    below = [one for one in everything if not one.answers]
    if params.text("sort", "asc") == "desc":
        below.reverse()
    shown = below[offset : offset + count]
    answers = {one.id: [other for other in everything if other.answers == one.id] for one in shown}
    items = [shapes.comment(key, one, answers[one.id], most=answers_shown, length=length) for one in shown]
    page: Json = {
        "count": sum(not one.deleted for one in everything),
        "items": items,
        "current_level_count": len(below),
        "can_post": False,
        "show_reply_button": False,
        "groups_can_post": True,
    }
    if params.flag("extended"):
        written = [*items, *(answer for item in items for answer in item["thread"]["items"])]
        page |= shapes.extended(vk, written, params.words("fields"))
    return page


def _newsfeed_search(vk: Vk, params: Params) -> Json:
    words = _words(params.text("q"))
    count = params.integer("count", 30, high=200)
    now = vk.now()
    start = _moment(params.integer("start_time", int((now - timedelta(days=1)).timestamp())))
    end = _moment(params.integer("end_time", int(now.timestamp())))
    offset = _offset(params.text("start_from"))
    last = end + timedelta(seconds=1) - timedelta(microseconds=1)
    found = [post for post in vk.published(start, last) if _matches(post.text, words)]
    shown = found[offset : min(offset + count, MAX_FOUND)]
    reached = offset + len(shown)
    extra: Json = {"count": len(found), "total_count": len(found)}
    if shown and reached < min(len(found), MAX_FOUND):
        extra["next_from"] = f"{reached}/{shown[-1].key}"
    return _listed(vk, params, shown, extra)


def _groups_get_by_id(vk: Vk, params: Params) -> Json:
    wanted = params.words("group_ids") or params.words("group_id")
    if len(wanted) > 500:
        raise ApiError(100, "group_ids should contain no more than 500 values")
    found = [owner for word in wanted if (owner := _group(vk, word)) is not None]
    if not found:
        raise ApiError(100, "group_ids is undefined")
    return {"groups": [shapes.group(owner) for owner in found], "profiles": []}


def _users_get(vk: Vk, params: Params) -> list[Json]:
    wanted = params.words("user_ids")
    if len(wanted) > 1000:
        raise ApiError(100, "user_ids should contain no more than 1000 values")
    found = [vk.owner(int(word)) if word.isdecimal() else vk.owner_named(word) for word in wanted]
    fields = params.words("fields")
    return [shapes.profile(owner, fields) for owner in found if owner is not None and owner.id > 0]


def _resolve_screen_name(vk: Vk, params: Params) -> Json | list[Json]:
    owner = vk.owner_named(params.required("screen_name"))
    if owner is None or owner.state is OwnerState.deleted:
        return []  # VK says "nobody" with an empty list, where it says "somebody" with an object
    return {"type": "user" if owner.id > 0 else "group", "object_id": abs(owner.id)}


METHODS: dict[str, Callable[[Vk, Params], Any]] = {
    "wall.get": _wall_get,
    "wall.getById": _wall_get_by_id,
    "wall.getComments": _wall_get_comments,
    "newsfeed.search": _newsfeed_search,
    "groups.getById": _groups_get_by_id,
    "users.get": _users_get,
    "utils.resolveScreenName": _resolve_screen_name,
}


def _listed(vk: Vk, params: Params, posts: list[VkPost], extra: Json) -> Json:
    items = [shapes.drawn(vk, post) for post in posts]
    shown: Json = {"count": extra.pop("count"), "items": items}
    if params.flag("extended"):
        shown |= shapes.extended(vk, items, params.words("fields")) | {
            "reaction_sets": [{"id": "reactions", "items": []}]
        }
    return shown | extra


def _asked_owner(vk: Vk, params: Params) -> Owner:
    raw = params.text("owner_id").strip()
    number = params.integer("owner_id", 0, low=-(10**12))
    owner = vk.owner(number) if raw else vk.owner_named(params.required("domain"))
    if owner is None:
        raise ApiError(18) if raw and not raw.startswith("-") else ApiError(100, "owner_id is invalid")
    return owner


def _show_wall(owner: Owner) -> None:
    public = owner.id < 0
    if owner.state is OwnerState.closed:
        raise ApiError(15, "this wall available only for community members") if public else ApiError(30)
    if owner.state is OwnerState.blocked:
        raise ApiError(19 if public else 18)
    if owner.state is OwnerState.deleted:
        raise ApiError(18)


def _passes(post: VkPost, kind: str) -> bool:
    return (post.from_id == post.key.owner_id) == (kind == "owner")


def _group(vk: Vk, word: str) -> Owner | None:
    owner = vk.owner(-int(word)) if word.isdecimal() else vk.owner_named(word)
    return owner if owner is not None and owner.id < 0 else None


def _key(word: str) -> Key:
    owner_id, _, number = word.partition("_")
    try:
        return Key(int(owner_id), int(number.partition("_")[0]))
    except ValueError:
        raise ApiError(100, "posts is invalid") from None


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _offset(start_from: str) -> int:
    """`next_from` looks like `30/-131011375_688`: where to go on, and the last post shown."""
    if not start_from:
        return 0
    digits = start_from.partition("/")[0]
    if not digits.isdecimal():
        raise ApiError(100, "start_from is invalid")
    return int(digits)


@lru_cache(maxsize=10_000)
def _words(text: str) -> tuple[str, ...]:
    plain = unicodedata.normalize("NFC", text).casefold().replace("ё", "е")
    return tuple(re.findall(r"\w+", plain))


@lru_cache(maxsize=10_000)
def _matches(text: str, words: tuple[str, ...]) -> bool:
    """Every word asked for begins a word of the post's own text: VK's index is fuzzy, and knows no `#`."""
    own = _words(text)
    return bool(words) and all(any(word.startswith(asked) for word in own) for asked in words)


# execute


def _execute(vk: Vk, values: Mapping[str, str]) -> Json:
    """Up to 25 calls in one request. A call that fails is `false` in its place, and a line in `execute_errors`."""
    script = values.get("code", "")
    errors: list[Json] = []

    def call(method: str, inner: Mapping[str, Any]) -> Any:
        asked = {key: _as_text(value) for key, value in inner.items()}
        try:
            return _call(vk, method, asked, values["access_token"], inner=True)
        except ApiError as refusal:
            errors.append({"method": method, "error_code": refusal.code, "error_msg": str(refusal)})
            return False

    response: Any
    if (loop := get_all.understood(script)) is not None:
        response = loop.run(call)
    else:
        calls = list(_calls(script))
        if len(calls) > MAX_INNER_CALLS:
            raise ApiError(13, "Runtime error: too many API calls")
        results = [call(method, inner) for method, inner in calls]
        response = results if script.strip().removeprefix("return").lstrip().startswith("[") else results[0]
    if isinstance(response, list):
        response = shapes.Measured(response)
    if len(shapes.encoded(response)) > MAX_EXECUTE_BYTES:
        raise ApiError(13, "response size is too big")
    return {"response": response, **({"execute_errors": errors} if errors else {})}


def _calls(script: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The calls of `return [API.wall.get({…}), …];` — that much of VKScript is understood, and no more."""
    rest = script.strip()
    if not rest.startswith("return"):
        raise ApiError(12, "this network understands only: return [API.method({...}), ...];")
    rest = rest.removeprefix("return").lstrip().removeprefix("[")
    decoder = json.JSONDecoder()
    found = False
    while (call := re.match(r"[\s,]*API\.([A-Za-z]+(?:\.[A-Za-z]+)?)\(\s*", rest)) is not None:
        rest = rest[call.end() :]
        given: Any = {}
        if not rest.startswith(")"):
            try:
                given, end = decoder.raw_decode(rest)
            except ValueError:
                raise ApiError(12, "unexpected token") from None
            rest = rest[end:].lstrip()
        if not rest.startswith(")") or not isinstance(given, dict):
            raise ApiError(12, "')' expected")
        rest = rest[1:]
        found = True
        yield call[1], given
    if not found or re.fullmatch(r"[\s,]*\]?\s*;?\s*", rest) is None:
        raise ApiError(12, "unexpected token")


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, list):
        return ",".join(_as_text(entry) for entry in value)
    return str(value)


# HTTP


def api_app(vk: Vk) -> Starlette:
    """`/method/<name>`, by GET or POST."""
    return Starlette(routes=[Route("/method/{name}", partial(_method, vk), methods=["GET", "POST"])])


async def _method(vk: Vk, request: Request) -> Response:
    vk.api.requests += 1
    if vk.faults.delay:
        await asyncio.sleep(vk.faults.delay)
    if vk.api.resets():
        return await reset(request)
    if status := vk.api.status_instead():
        return Response(f"<html><body><h1>{status}</h1></body></html>", status, media_type="text/html")
    if vk.api.meets(SpoiledAnswer.apology):
        return Response("<!DOCTYPE html><html><body>VK</body></html>", media_type="text/html")
    body = shapes.encoded(answer(vk, request.path_params["name"], await _values(request)))
    if vk.api.meets(SpoiledAnswer.half):
        body = body[: len(body) // 2]
    return Response(body, media_type="application/json; charset=utf-8")


async def _values(request: Request) -> dict[str, str]:
    """Parameters of the address and the form; a bearer's token counts where neither has one."""
    values = {**dict(request.query_params), **{key: str(value) for key, value in (await request.form()).items()}}
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    return {"access_token": bearer, **values} if bearer else values
