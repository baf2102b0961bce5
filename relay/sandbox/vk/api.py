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
from functools import lru_cache
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from relay.sandbox.vk import get_all, shapes
from relay.sandbox.vk.network import Key, Network, Owner, VkPost
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
        said = message or shapes.MESSAGES.get(code, "Unknown error occurred")
        super().__init__(f"{said}: {detail}" if detail else said)
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


def answer(network: Network, method: str, values: Mapping[str, str]) -> Json:
    """One request to the API: an answer or an error, as the JSON that VK sends."""
    echoed = {"oauth": "1", "method": method, **values}
    try:
        _let_in(network, method, values)
        if method == "execute":
            network.arrives(method, dict(values))
            _spoil(network, method)
            return _execute(network, values)
        return {"response": _call(network, method, values, values["access_token"])}
    except ApiError as refusal:
        return shapes.error(refusal.code, str(refusal), echoed, refusal.extra)


def _let_in(network: Network, method: str, values: Mapping[str, str]) -> None:
    token = values.get("access_token", "")
    if not token:
        raise ApiError(5, message="User authorization failed: no access_token passed.")
    if not network.lets_in(token):
        raise ApiError(5)
    if not values.get("v"):
        raise ApiError(8, "v (version) is required")
    if network.too_fast(token):
        raise ApiError(6)
    if (code := _not_for(network.kind_of(token), method)) is not None:
        network.arrives(method, dict(values))
        raise ApiError(code)
    if method != "execute" and method not in METHODS:
        raise ApiError(3)


def _not_for(kind: str, method: str) -> int | None:
    """The error that this kind of token gets for a method that is not for it."""
    if kind == "user":  # the right to video is given to hardly any application
        return 15 if method in USER_ONLY else None
    if kind == "group":
        return 27 if method in USER_ONLY or method not in FOR_GROUPS else None
    return 28 if method in USER_ONLY else None


def _call(network: Network, method: str, values: Mapping[str, str], token: str, *, inner: bool = False) -> Any:
    if method in USER_ONLY:
        raise ApiError(28)
    if method not in METHODS:
        raise ApiError(3)
    network.arrives(method, dict(values), inner=inner)
    _spoil(network, method)
    if network.over_quota(method, token):
        raise ApiError(29)
    return METHODS[method](network, Params(values))


def _spoil(network: Network, method: str) -> None:
    if (fault := network.fault_of(method)) is not None:
        raise ApiError(fault.code, message=fault.message, extra=fault.extra)


# The methods


def _wall_get(network: Network, params: Params) -> Json:
    owner = _asked_owner(network, params)
    count = params.integer("count", 20, high=100)
    offset = params.integer("offset", 0)
    kind = params.text("filter", "all")
    if kind not in ("all", "owner", "others"):
        raise ApiError(15, f"no access to {kind}")
    _show_wall(owner)
    if kind == "all":
        page, total = network.wall_page(owner.id, offset, count)
    else:
        posts = [post for post in network.wall(owner.id) if _passes(post, kind)]
        page, total = posts[offset : offset + count], len(posts)
    return _listed(network, params, page, {"count": total})


def _wall_get_by_id(network: Network, params: Params) -> Json:
    params.required("posts")
    depth = params.integer("copy_history_depth", 2)
    items: list[Json] = []
    for word in params.words("posts"):
        key = _key(word)
        found = network.post(key)
        owner = network.owner(key.owner_id)
        if found is None or owner is None or owner.state != "open":
            continue
        items.append(shapes.deleted(key) if found.deleted else shapes.post(network, found, depth=depth))
    shown: Json = {"items": items}
    if params.flag("extended"):
        shown |= shapes.extended(network, items, params.words("fields"))
    return shown


def _wall_get_comments(network: Network, params: Params) -> Json:
    """Comments below a post, with the first answers to each. Texts are cut after 90 letters unless somebody says 0."""
    owner = _asked_owner(network, params)
    key = Key(owner.id, params.integer("post_id", 0))
    count = params.integer("count", 10, high=100)
    offset = params.integer("offset", 0)
    answers_shown = params.integer("thread_items_count", 0, high=10)
    length = params.integer("preview_length", 90)
    _show_wall(owner)
    post = network.post(key)
    if post is None or post.deleted:
        raise ApiError(15, "post not found")
    everything = network.comments_below(key)
    if everything is None:
        raise ApiError(212)
    below = [one for one in everything if not one.answers]
    if params.text("sort", "asc") == "desc":
        below.reverse()
    shown = below[offset : offset + count]
    answers = {one.id: [other for other in everything if other.answers == one.id] for one in shown}
    items = [shapes.comment(key, one, answers[one.id], most=answers_shown, length=length) for one in shown]
    told: Json = {
        "count": sum(not one.deleted for one in everything),
        "items": items,
        "current_level_count": len(below),
        "can_post": False,
        "show_reply_button": False,
        "groups_can_post": True,
    }
    if params.flag("extended"):
        said = [*items, *(answer for item in items for answer in item["thread"]["items"])]
        told |= shapes.extended(network, said, params.words("fields"))
    return told


def _newsfeed_search(network: Network, params: Params) -> Json:
    words = _words(params.text("q"))
    count = params.integer("count", 30, high=200)
    now = network.now()
    start = _moment(params.integer("start_time", int((now - timedelta(days=1)).timestamp())))
    end = _moment(params.integer("end_time", int(now.timestamp())))
    offset = _offset(params.text("start_from"))
    last = end + timedelta(seconds=1) - timedelta(microseconds=1)
    found = [post for post in network.published(start, last) if _matches(post.text, words)]
    shown = found[offset : min(offset + count, MAX_FOUND)]
    reached = offset + len(shown)
    extra: Json = {"count": len(found), "total_count": len(found)}
    if shown and reached < min(len(found), MAX_FOUND):
        extra["next_from"] = f"{reached}/{shown[-1].key}"
    return _listed(network, params, shown, extra)


def _groups_get_by_id(network: Network, params: Params) -> Json:
    wanted = params.words("group_ids") or params.words("group_id")
    if len(wanted) > 500:
        raise ApiError(100, "group_ids should contain no more than 500 values")
    found = [owner for word in wanted if (owner := _group(network, word)) is not None]
    if not found:
        raise ApiError(100, "group_ids is undefined")
    return {"groups": [shapes.group(owner) for owner in found], "profiles": []}


def _users_get(network: Network, params: Params) -> list[Json]:
    wanted = params.words("user_ids")
    if len(wanted) > 1000:
        raise ApiError(100, "user_ids should contain no more than 1000 values")
    found = [network.owner(int(word)) if word.isdecimal() else network.owner_named(word) for word in wanted]
    fields = params.words("fields")
    return [shapes.profile(owner, fields) for owner in found if owner is not None and owner.id > 0]


def _resolve_screen_name(network: Network, params: Params) -> Json | list[Json]:
    owner = network.owner_named(params.required("screen_name"))
    if owner is None or owner.state == "deleted":
        return []  # VK says "nobody" with an empty list, where it says "somebody" with an object
    return {"type": "user" if owner.id > 0 else "group", "object_id": abs(owner.id)}


METHODS: dict[str, Callable[[Network, Params], Any]] = {
    "wall.get": _wall_get,
    "wall.getById": _wall_get_by_id,
    "wall.getComments": _wall_get_comments,
    "newsfeed.search": _newsfeed_search,
    "groups.getById": _groups_get_by_id,
    "users.get": _users_get,
    "utils.resolveScreenName": _resolve_screen_name,
}


def _listed(network: Network, params: Params, posts: list[VkPost], extra: Json) -> Json:
    items = [shapes.drawn(network, post) for post in posts]
    shown: Json = {"count": extra.pop("count"), "items": items}
    if params.flag("extended"):
        shown |= shapes.extended(network, items, params.words("fields")) | {
            "reaction_sets": [{"id": "reactions", "items": []}]
        }
    return shown | extra


def _asked_owner(network: Network, params: Params) -> Owner:
    raw = params.text("owner_id").strip()
    if raw:
        owner = network.owner(params.integer("owner_id", 0, low=-(10**12)))
    else:
        owner = network.owner_named(params.required("domain"))
    if owner is None:
        raise ApiError(18) if raw and not raw.startswith("-") else ApiError(100, "owner_id is invalid")
    return owner


def _show_wall(owner: Owner) -> None:
    public = owner.id < 0
    if owner.state == "closed":
        raise ApiError(15, "this wall available only for community members") if public else ApiError(30)
    if owner.state == "blocked":
        raise ApiError(19 if public else 18)
    if owner.state == "deleted":
        raise ApiError(18)


def _passes(post: VkPost, kind: str) -> bool:
    return (post.from_id == post.key.owner_id) == (kind == "owner")


def _group(network: Network, word: str) -> Owner | None:
    owner = network.owner(-int(word)) if word.isdecimal() else network.owner_named(word)
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


def _execute(network: Network, values: Mapping[str, str]) -> Json:
    """Up to 25 calls in one request. A call that fails is `false` in its place, and a line in `execute_errors`."""
    script = values.get("code", "")
    errors: list[Json] = []

    def call(method: str, inner: Mapping[str, Any]) -> Any:
        asked = {key: _as_text(value) for key, value in inner.items()}
        try:
            return _call(network, method, asked, values["access_token"], inner=True)
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


def api_app(network: Network) -> Starlette:
    async def method(request: Request) -> Response:
        network.is_asked(api=True, kind="")
        if network.weather.seconds:
            await asyncio.sleep(network.weather.seconds)
        if network.resets():
            return await reset(request)
        if status := network.status_instead(media=False):
            return Response(f"<html><body><h1>{status}</h1></body></html>", status, media_type="text/html")
        if network.spoils("html"):
            return Response("<!DOCTYPE html><html><body>VK</body></html>", media_type="text/html")
        values = {**dict(request.query_params), **{key: str(value) for key, value in (await request.form()).items()}}
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        if bearer:
            values.setdefault("access_token", bearer)
        body = shapes.encoded(answer(network, request.path_params["name"], values))
        if network.spoils("halves"):
            body = body[: len(body) // 2]
        return Response(body, media_type="application/json; charset=utf-8")

    return Starlette(routes=[Route("/method/{name}", method, methods=["GET", "POST"])])


async def reset(request: Request) -> Response:
    """Drops the connection without an answer (where there is one: a test that calls the app directly sees 503)."""
    transport = getattr(request.state, "transport", None)
    if transport is not None:
        transport.abort()
        await asyncio.sleep(0.01)  # until the server has seen the loss, and doesn't answer into it
    return Response(status_code=503)
