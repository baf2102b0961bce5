"""VK's JSON: what a post, a video, a person, a public and an error look like in answers of version 5.199.

Pure but for the questions they ask Vk. The keys follow captured answers (2024, service token) and
VK's own schema 5.199; tests/sandbox/test_contract.py holds them to both.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from operator import is_
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson

from relay.sandbox.vk.network import Vk
from relay.sandbox.vk.records import Attached, Key, Owner, OwnerState, VkComment, VkPost, VkVideo, VkVideoState

Json = dict[str, Any]

MOST_DRAWN = 30_000
PICTURES = "https://sun9-1.userapi.com"
"""Where VK keeps pictures. No picture is served here: nothing in Relay fetches one."""

MESSAGES = {
    1: "Unknown error occurred",
    3: "Unknown method passed",
    5: "User authorization failed: invalid access_token (4).",
    6: "Too many requests per second",
    7: "Permission to perform this action is denied",
    8: "Invalid request",
    9: "Flood control",
    10: "Internal server error",
    12: "Unable to compile code",
    13: "Runtime error occurred during code invocation",
    14: "Captcha needed",
    15: "Access denied",
    17: "Validation required: please open redirect_uri in browser",
    18: "User was deleted or banned",
    19: "Content blocked",
    27: "Group authorization failed: method is unavailable with group auth.",
    28: "Application authorization failed: method is unavailable with service token",
    29: "Rate limit reached",
    30: "This profile is private",
    36: "Method execution was interrupted due to timeout",
    100: "One of the parameters specified was missing or invalid",
    104: "Not found",
    212: "Access to post comments denied",
}

_WITH_A_LINK: dict[int, Json] = {
    14: {
        "captcha_sid": "100000000001",
        "captcha_img": "https://vk.com/captcha.php?sid=100000000001&source=sandbox",
        "redirect_uri": "https://id.vk.com/not_robot_captcha?domain=vk.com&session_token=sandbox",
        "captcha_ts": 0.0,
        "captcha_attempt": 1,
    },
    17: {"redirect_uri": "https://m.vk.com/activation?act=validate&hash=sandbox"},
}


def error(code: int, message: str, params: Mapping[str, str], extra: Mapping[str, Any]) -> Json:
    """An error answer (sent with HTTP 200). `request_params` echoes everything but the token, as VK does."""
    echoed = [{"key": key, "value": value} for key, value in params.items() if key != "access_token"]
    return {
        "error": {
            "error_code": code,
            "error_msg": message or MESSAGES.get(code, "Unknown error occurred"),
            "request_params": echoed,
            **_WITH_A_LINK.get(code, {}),
            **extra,
        }
    }


def escaped(text: str) -> str:
    """VK escapes its texts once: a search for tags has to undo it."""
    return html.escape(text, quote=False).replace('"', "&quot;")


def group(owner: Owner) -> Json:
    picture = f"{PICTURES}/group{-owner.id}"
    shown: Json = {
        "id": -owner.id,
        "name": owner.name,
        "screen_name": owner.screen_name,
        "is_closed": 1 if owner.state is OwnerState.closed else 0,
        "type": owner.kind,
        "photo_50": f"{picture}_50.jpg",
        "photo_100": f"{picture}_100.jpg",
        "photo_200": f"{picture}_200.jpg",
    }
    if owner.state in (OwnerState.blocked, OwnerState.deleted):
        shown["deactivated"] = "banned" if owner.state is OwnerState.blocked else "deleted"
    return shown


def profile(owner: Owner, fields: Iterable[str] = ()) -> Json:
    """A person; `city` is there only when asked for with `fields`."""
    picture = f"{PICTURES}/id{owner.id}"
    shown: Json = {
        "id": owner.id,
        "first_name": owner.name,
        "last_name": owner.last_name,
        "sex": owner.sex,
        "screen_name": owner.screen_name,
        "photo_50": f"{picture}_50.jpg",
        "photo_100": f"{picture}_100.jpg",
        "online": 0,
        "is_closed": owner.state is OwnerState.closed,
        "can_access_closed": owner.state is not OwnerState.closed,
    }
    if owner.state in (OwnerState.blocked, OwnerState.deleted):
        shown["deactivated"] = "banned" if owner.state is OwnerState.blocked else "deleted"
    if "city" in fields and owner.town:
        shown["city"] = {"id": sum(owner.town.encode()), "title": owner.town}
    return shown


def video(upload: VkVideo) -> Json:
    """The video object of an attachment, as a service token sees it: with no player and no address of the bytes."""
    if upload.state is VkVideoState.processing:
        return {
            "owner_id": upload.key.owner_id,
            "id": upload.key.id,
            "type": upload.kind,
            "processing": 1,
            "converting": 0,
            "title": escaped(upload.title),
            "description": escaped(upload.description),
            "duration": upload.duration,
            "can_watch": 0,
        }
    picture = f"{PICTURES}/video{upload.key}"
    shown: Json = {
        "response_type": "full",
        "access_key": upload.access_key,
        "can_comment": 1,
        "can_like": 1,
        "can_repost": 1,
        "can_subscribe": 1,
        "can_add_to_faves": 1,
        "can_add": 1,
        "comments": 0,
        "date": int(upload.uploaded_at.timestamp()),
        "description": escaped(upload.description),
        "duration": upload.duration,
        "image": [
            {"url": f"{picture}_130.jpg", "width": 130, "height": 96, "with_padding": 1},
            {"url": f"{picture}_720.jpg", "width": 720, "height": 405},
        ],
        "first_frame": [{"url": f"{picture}_first.jpg", "width": 720, "height": 405}],
        "width": upload.width,
        "height": upload.height,
        "id": upload.key.id,
        "owner_id": upload.key.owner_id,
        "title": escaped(upload.title),
        "is_favorite": False,
        "track_code": f"video_{upload.number:x}",
        "type": upload.kind,
        "views": 12,
        "local_views": 12,
        "can_dislike": 1,
    }
    if upload.user_id:
        shown["user_id"] = upload.user_id
    if upload.platform:
        shown["platform"] = upload.platform
    if upload.kind == "live":
        shown["live"] = 1
    if upload.state is VkVideoState.private:
        shown["is_private"] = 1
    if upload.state is VkVideoState.restricted:
        shown |= {"content_restricted": 1, "content_restricted_message": "Видео недоступно"}
    return shown


def attachments(vk: Vk, post: VkPost) -> list[Json]:
    uploads = [vk.upload(key) for key in post.videos]
    videos = [
        {"type": "video", "video": video(upload)}
        for upload in uploads
        if upload is not None and upload.state is not VkVideoState.deleted
    ]
    others = [{"type": one.kind, one.kind: attached(post.key, number, one)} for number, one in enumerate(post.attached)]
    return videos + others


def attached(post: Key, number: int, one: Attached) -> Json:
    """What is attached beside VK's own videos, with no more fields than such things always have."""
    named: Json = {"id": 100 * post.id + number, "owner_id": post.owner_id}
    if one.kind == "link":
        return {"url": one.link, "title": "Видео", "description": "", "caption": urlsplit(one.link).hostname or ""}
    if one.kind == "doc":
        path = one.path or Path("file.bin")
        size = path.stat().st_size if one.path is not None else 0
        address = f"https://vk.com/doc{post}?hash=126f761781ce2ebfc5&dl={number}&api=1"
        return {**named, "title": path.name, "size": size, "ext": path.suffix.lstrip("."), "url": address}
    return named


def deleted(key: Key) -> Json:
    return {"owner_id": key.owner_id, "id": key.id, "date": 0, "is_deleted": True}


def post(vk: Vk, post: VkPost, *, depth: int = 2) -> Json:
    """A wall post. `depth`: how many originals of a repost of a repost are shown."""
    shown: Json = {
        "inner_type": "wall_wallpost",
        "donut": {"is_donut": post.donut},
        "comments": {"count": len([one for one in vk.comments_below(post.key) or () if not one.deleted])},
        "marked_as_ads": 0,
        "short_text_rate": 0.8,
        "type": "post",
        "attachments": attachments(vk, post),
        "date": int(post.at.timestamp()),
        "from_id": post.from_id,
        "id": post.key.id,
        "is_favorite": False,
        "likes": {"can_like": 0, "count": 3, "user_likes": 0},
        "owner_id": post.key.owner_id,
        "post_source": {"type": "vk"},
        "post_type": "post",
        "reposts": {"count": 0},
        "text": escaped(post.text),
        "views": {"count": 41},
    }
    if post.edited_at is not None:
        shown["edited"] = int(post.edited_at.timestamp())
    if post.signer_id:
        shown["signer_id"] = post.signer_id
    if post.pinned:
        shown["is_pinned"] = 1
    if post.donut:
        shown |= {"text": "", "attachments": []}
        shown["donut"]["placeholder"] = {"text": "Эта запись доступна только подписчикам VK Donut"}
    if post.repost_of is not None and depth > 0:
        shown["copy_history"] = originals(vk, post.repost_of, depth)
    return shown


class Drawn(Mapping[str, Any]):
    """The JSON of a post as long as nothing about it changes. Only its bytes are kept, and who is in it: tens of
    thousands of dictionaries, made and dropped one by one, would leave a memory full of small holes.
    """

    __slots__ = ("people", "written")

    def __init__(self, shown: Json) -> None:
        self.written = orjson.dumps(shown)
        self.people = tuple(people_in([shown]))

    def __getitem__(self, key: str) -> Any:
        return orjson.loads(self.written)[key]

    def __iter__(self) -> Iterator[str]:
        return iter(orjson.loads(self.written))

    def __len__(self) -> int:
        return len(orjson.loads(self.written))


class Measured(list[Any]):
    """What `execute` answers, with its bytes."""

    def __init__(self, results: Iterable[Any]) -> None:
        super().__init__(results)
        self.written = b"[" + b",".join(map(encoded, self)) + b"]"


def drawn(vk: Vk, shown: VkPost) -> Mapping[str, Any]:
    """A wall post, as `post` has it. It is drawn once, however often walls and searches show it."""
    before = vk.drawn.get(shown.key)
    if before is not None and before[0][0] is shown and len(before[0]) == 1:
        return before[1]
    if vk.is_talked_about(shown.key):
        return post(vk, shown)
    parts = _parts(vk, shown)
    if before is not None and len(before[0]) == len(parts) and all(map(is_, before[0], parts)):
        return before[1]
    if len(vk.drawn) >= MOST_DRAWN:  # those that have not changed for longest are seldom shown
        for key in list(islice(vk.drawn, MOST_DRAWN // 3)):
            del vk.drawn[key]
    drawing = Drawn(post(vk, shown))
    vk.drawn[shown.key] = (parts, drawing)
    return drawing


def _parts(vk: Vk, shown: VkPost) -> tuple[VkPost | VkVideo | None, ...]:
    """All that a post shows, itself first. Each is replaced when it changes."""
    if shown.repost_of is None:
        return (shown, *map(vk.upload, shown.videos)) if shown.videos else (shown,)
    original = vk.post(shown.repost_of)
    behind = (None,) if original is None else _parts(vk, original)
    return (shown, *map(vk.upload, shown.videos), *behind)


def encoded(answer: Any) -> bytes:
    """An answer as it is sent: JSON without blanks. Posts are put together from what was drawn."""
    if isinstance(answer, Measured | Drawn):
        return answer.written
    if not isinstance(answer, dict) or not ("items" in answer or "response" in answer):
        return orjson.dumps(answer)
    inside = (
        orjson.dumps(key) + b":" + (_items(inner) if key == "items" else encoded(inner))
        for key, inner in answer.items()
    )
    return b"{" + b",".join(inside) + b"}"


def _items(items: list[Any]) -> bytes:
    return b"[" + b",".join([each.written if type(each) is Drawn else encoded(each) for each in items]) + b"]"


def originals(vk: Vk, key: Key, depth: int) -> list[Json]:
    """The chain behind a repost, nearest first. A removed original keeps its place as an empty shell."""
    chain: list[Json] = []
    following: Key | None = key
    while following is not None and len(chain) < depth:
        found = vk.post(following)
        if found is None or found.deleted:
            owner_id, number = following
            chain.append({"id": number, "owner_id": owner_id, "from_id": 0, "date": 0, "post_type": "post"})
            break
        chain.append(
            {
                "inner_type": "wall_wallpost",
                "type": "post",
                "attachments": attachments(vk, found),
                "date": int(found.at.timestamp()),
                "from_id": found.from_id,
                "id": found.key.id,
                "owner_id": found.key.owner_id,
                "post_source": {"type": "vk"},
                "post_type": "post",
                "text": escaped(found.text),
                **({"signer_id": found.signer_id} if found.signer_id else {}),
            }
        )
        following = found.repost_of
    return chain


def comment(
    key: Key, comment: VkComment, answers: list[VkComment] | None = None, *, most: int = 0, length: int = 0
) -> Json:
    """A comment below the post `key`; `answers` to it, of which `most` are shown, are None for one that is an answer.

    `length`: letters after which its text is cut, 0: never.
    """
    shown: Json = {
        "id": comment.id,
        "from_id": 0 if comment.deleted else comment.from_id,
        "date": int(comment.at.timestamp()),
        "text": "" if comment.deleted else cut(comment.text, length),
        "post_id": key.id,
        "owner_id": key.owner_id,
        "parents_stack": [comment.answers] if comment.answers else [],
    }
    if comment.deleted:
        shown["deleted"] = True
    if answers is not None:
        shown["thread"] = {
            "count": len(answers),
            "items": [comment_answer(key, one, length) for one in answers[:most]],
            "can_post": False,
            "show_reply_button": False,
            "groups_can_post": True,
        }
    return shown


def comment_answer(key: Key, answer: VkComment, length: int) -> Json:
    return {**comment(key, answer, length=length), "reply_to_comment": answer.answers}


def cut(text: str, length: int) -> str:
    return escaped(text) if not length or len(text) <= length else f"{escaped(text[:length])}..."


def people_in(items: Iterable[Mapping[str, Any]]) -> set[int]:
    """Everybody whom these posts name: owners, authors, signers, owners of videos."""
    named: set[int] = set()
    for item in items:
        if isinstance(item, Drawn):
            named.update(item.people)
            continue
        named |= {item.get(key, 0) for key in ("owner_id", "from_id", "signer_id")}
        for attachment in item.get("attachments", []):
            video = attachment.get("video", {})
            named |= {video.get("owner_id", 0), video.get("user_id", 0)}
        named |= people_in(item.get("copy_history", []))
    return named - {0}


def extended(vk: Vk, items: Sequence[Mapping[str, Any]], fields: Iterable[str]) -> Json:
    """`profiles` and `groups` for the people in `items`."""
    owners = [owner for number in sorted(people_in(items)) if (owner := vk.owner(number)) is not None]
    return {
        "profiles": [profile(owner, fields) for owner in owners if owner.id > 0],
        "groups": [group(owner) for owner in owners if owner.id < 0],
    }
