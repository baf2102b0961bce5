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
    "reschedule_campaign": {"opens": "2030-01-01", "closes": "2030-01-08"},
    "change_campaign": {"contact": "Ольга"},
    "add_hashtag": {"tag": "#проба"},
    "add_alias": {"tag": "#пробный"},
    "take_table": {},
    "switch_comments": {"on": True},
    "switch_hand_in": {"open": True},
    "crawl": {},
    "add_source": {"address": "vk:tag"},
    "add_sources": {"addresses": ["vk:tag"]},
    "set_district": {"district": "Мга"},
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
    "note_consent": {"scope": "film", "evidence": "letter"},
    "ask_author": {},
    "take_upon": {"reason": "known to us"},
    "set_film_reaches": {"uses": ["broadcast"]},
    "put_captions": {"language": "ru", "text": "1\n00:00:01,000 --> 00:00:02,000\nМга\n"},
    "captions_from_quote": {},
    "captions_from_heard": {},
    "new_almanac": {"name": "other"},
    "follow_rules": {},
    "edit_plan": {"deed": "undo"},
    "render": {},
    "api_undo_look": {},
    "api_make_export": {},
    "api_choose_poster": {"at": 1.0},
    "api_reply_remark": {"text": "yes"},
    "add_remark": {"version": 1, "text": "louder"},
    "api_settle_remark": {"done": True},
    "api_ask_sign_off": {"to": "Глава"},
    "api_mail_sign_off": {"mail": "head@district.example"},
    "change_style": {"theme": "night"},
    "add_card": {"kind": "chapter", "words": {"title": "Мга"}},
    "edit_card": {"words": {"title": "Мга"}},
    "move_card": {},
    "put_credits": {"lines": [{"role": "Partners", "name": "Мга"}]},
    "add_credit": {"role": "Partners", "name": "Мга"},
    "move_credit": {"to": 1},
    "put_film_credits": {"lines": []},
    "add_film_credit": {"role": "Partners", "name": "Мга"},
    "move_film_credit": {"to": 1},
    "edit_quote": {"text": "Мы выстоим!", "number": "7"},
    "edit_picture": {"source": "Архив"},
    "edit_music": {"title": "Вальс", "cleared": "CC0"},
    "add_quote": {"text": "Мы выстоим!"},
    "add_account": {"login": "gleb"},
    "api_set_role": {"role": "viewer"},
    "api_account_link": {},
}  # fmt: skip
FILES = {"add_clip", "import_quotes", "add_picture", "add_music", "add_emblem"}
"""Operations whose body is a file."""

EVERYBODY = "pavel boris anna olga"
EDITORS = "boris olga"
MODERATORS = "anna olga"
ORGANIZERS = "olga"
LET_IN = {
    EVERYBODY: """
        api_me campaigns themes film_templates campaign api_settings api_board api_coverage errands errand sources
        reading_plan api_posts posts_without_video post api_clips api_clip decisions api_suggestions clip_trim captions
        returned_clips api_almanacs api_almanac undrawn proposals film_diff renders api_making render_file preview_file
        poster_choice poster_file caption_file api_signed_film api_protocol_film look_state
        remarks sign_offs style cards quotes pictures music api_credits api_film_credits emblems
        permissions clip_permission film_permissions
        alerts network_tokens api_health clip_certificate
    """,
    EDITORS: """
        sign_off_letters api_mail_sign_off
        put_captions captions_from_quote captions_from_heard drop_captions
        new_almanac follow_rules edit_plan render preview
        add_remark api_reply_remark api_settle_remark api_ask_sign_off api_revoke_sign_off
        set_film_reaches change_style api_undo_look add_card edit_card move_card remove_card
        api_choose_poster forget_poster api_sign_film api_attach_protocol
        api_exports api_make_export api_exporting api_stop_export api_export_file api_remove_export
        add_quote edit_quote remove_quote import_quotes add_picture edit_picture remove_picture
        add_music edit_music remove_music add_emblem remove_emblem
        put_credits add_credit move_credit remove_credit
        put_film_credits add_film_credit move_film_credit remove_film_credit reset_film_credits
    """,
    MODERATORS: """
        hand_ins add_post accept_post turn_post_down link_post put_post_aside take_post_up add_clip
        api_decide api_undo keep_clip return_clip call_clip_off edit_clip trim_clip undo_clip_trim
        note_consent ask_author end_author_link take_upon take_override_back
    """,
    ORGANIZERS: """
        withdraw_clip api_audit verify_record api_record_head record_key take_table
        new_campaign start_campaign stop_campaign extend_campaign archive_campaign
        bring_campaign_back reschedule_campaign change_campaign add_hashtag add_alias drop_tag switch_comments
        switch_hand_in crawl recheck add_source add_sources check_sources pause_source resume_source set_district
        test_alerts doctor api_account_password api_tokens revoke_api_token
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
