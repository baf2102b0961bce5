"""One request for each operation of the API, and who may make it; written by hand, so that a wrong right is seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

BODIES: dict[str, dict[str, Any]] = {
    "new_campaign": {
        "slug": "autumn", "title": "Осень", "hashtags": ["#autumn"], "opens": "2023-01-11", "closes": "2023-01-18",
    },
    "extend_campaign": {"closes": "2030-01-01"},
    "switch_comments": {"on": True},
    "switch_hand_in": {"open": True},
    "crawl": {},
    "add_source": {"address": "vk:tag"},
    "add_post": {"url": "https://vk.com/wall-1_2"},
    "accept_post": {},
    "link_post": {"url": "https://vk.com/video-1_2"},
    "api_decide": {"verdict": "approve", "seen": "awaiting"},
    "api_undo": {},
    "edit_clip": {"name": "Ольга"},
    "trim_clip": {"editor_note": "тише"},
    "keep_clip": {},
    "withdraw_clip": {"reason": "asked for"},
    "return_clip": {"ask": ["name"]},
    "put_captions": {"language": "ru", "text": "1\n00:00:01,000 --> 00:00:02,000\nМга\n"},
    "captions_from_quote": {},
    "new_almanac": {"name": "other"},
    "follow_rules": {},
    "edit_plan": {"deed": "undo"},
    "render": {},
    "add_remark": {"version": 1, "text": "louder"},
    "api_settle_remark": {"done": True},
    "api_ask_sign_off": {"to": "Глава"},
    "api_mail_sign_off": {"mail": "head@district.example"},
    "change_style": {"theme": "night"},
    "add_card": {"kind": "chapter", "words": {"title": "Мга"}},
    "add_quote": {"text": "Мы выстоим!"},
    "add_account": {"login": "gleb"},
    "api_set_role": {"role": "viewer"},
    "api_account_link": {},
}  # fmt: skip
FILES = {"add_clip", "import_quotes", "add_picture", "add_music"}
"""Operations whose body is a file."""

EVERYBODY = "pavel boris anna olga"
EDITORS = "boris olga"
MODERATORS = "anna olga"
ORGANIZERS = "olga"
LET_IN = {
    EVERYBODY: """
        api_me campaigns themes campaign api_coverage errands errand sources reading_plan
        api_posts posts_without_video post api_clips api_clip decisions api_suggestions clip_trim captions
        returned_clips api_almanacs api_almanac proposals film_diff renders api_making render_file preview_file
        remarks sign_offs style cards quotes pictures music alerts network_tokens
    """,
    EDITORS: """
        sign_off_letters api_mail_sign_off
        put_captions captions_from_quote drop_captions new_almanac follow_rules edit_plan render preview
        add_remark api_settle_remark api_ask_sign_off api_revoke_sign_off change_style add_card remove_card
        add_quote import_quotes add_picture add_music
    """,
    MODERATORS: """
        hand_ins add_post accept_post turn_post_down link_post put_post_aside take_post_up add_clip
        api_decide api_undo keep_clip return_clip call_clip_off edit_clip trim_clip undo_clip_trim
    """,
    ORGANIZERS: """
        withdraw_clip api_audit new_campaign start_campaign stop_campaign extend_campaign switch_comments
        switch_hand_in crawl recheck add_source check_sources pause_source resume_source test_alerts
        api_accounts add_account api_account api_set_role api_account_link close_account reopen_account
        api_reset_second_factor
    """,
}


def people_let_in(name: str) -> set[str]:
    return {who for people, names in LET_IN.items() if name in names.split() for who in people.split()}


def operations(api: FastAPI) -> Iterator[tuple[str, str, str]]:
    """(name, method, address below /api/v1) of every route that asks for a token."""
    for route in _flat(api.routes):
        if isinstance(route, APIRoute) and route.name != "openapi":
            (method,) = route.methods
            yield route.name, method, route.path


def sent(name: str) -> dict[str, Any]:
    """What httpx is given beside method and address."""
    if name in FILES:
        return {"content": b"no file of any kind", "params": {"file_name": "file.csv"}}
    return {"json": BODIES[name]} if name in BODIES else {}


def _flat(routes: Any) -> Iterator[Any]:
    for route in routes:
        if hasattr(route, "original_router"):
            yield from _flat(route.original_router.routes)
        else:
            yield route
