from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from sqlalchemy import inspect as inspect_tables
from sqlalchemy import text
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.routing import Mount

from relay.models import Account, ClipState, Role
from relay.moderation import rules
from relay.moderation.people import accounts, sessions
from relay.moderation.rules import Right
from relay.web import access
from relay.web.headers import SECURITY
from relay.web.rate_limit import MOST
from tests.web.conftest import ROLES, Browser

REQUESTS = {
    "healthz": ("GET", "/healthz", {}),
    "metrics": ("GET", "/metrics", {}),
    "health": ("GET", "/health", {}),
    "static": ("GET", "/static/desk.css", {}),
    "api": ("GET", "/api/v1/openapi.json", {}),
    "api_page": ("GET", "/api", {}),
    "own_tokens": ("GET", "/me/tokens", {}),
    "make_token": ("POST", "/me/tokens", {"name": "report"}),
    "revoke_token": ("POST", "/me/tokens/99/revoke", {}),
    "sign_in_form": ("GET", "/sign-in", {}),
    "sign_in": ("POST", "/sign-in", {"login": "nobody", "password": "x"}),
    "sign_in_code": ("POST", "/sign-in/code", {"proof": "forged", "code": "123456"}),
    "me": ("GET", "/me", {}),
    "change_password": ("POST", "/me/password", {"old": "x", "new": "y", "again": "z"}),
    "change_name": ("POST", "/me/name", {"name": ""}),
    "change_language": ("POST", "/me/language", {"language": "en"}),
    "choose_letters": ("POST", "/me/letters", {"address": "anna@example.org", "pace": "daily"}),
    "end_sign_ins": ("POST", "/me/sign-ins", {"key": "0" * 16}),
    "second_factor": ("GET", "/me/second-factor", {}),
    "begin_second_factor": ("POST", "/me/second-factor", {}),
    "confirm_second_factor": ("POST", "/me/second-factor/confirm", {"code": "123456"}),
    "new_recovery_codes": ("POST", "/me/second-factor/codes", {"code": "123456"}),
    "end_second_factor": ("POST", "/me/second-factor/off", {"code": "123456"}),
    "accounts": ("GET", "/accounts", {}),
    "invite": ("POST", "/accounts", {"login": "-"}),
    "demand_second_factor": ("POST", "/accounts/second-factor", {"demanded": "false"}),
    "account": ("GET", "/accounts/99", {}),
    "set_roles": ("POST", "/accounts/99/roles", {"role": "viewer"}),
    "new_link": ("POST", "/accounts/99/link", {}),
    "shut_out": ("POST", "/accounts/99/shut-out", {}),
    "reopen": ("POST", "/accounts/99/reopen", {}),
    "end_their_sign_ins": ("POST", "/accounts/99/sign-ins", {}),
    "reset_second_factor": ("POST", "/accounts/99/second-factor", {}),
    "directory_sign_in": ("GET", "/sign-in/directory", {}),
    "directory_back": ("GET", "/sign-in/directory/back?state=forged&code=forged", {}),
    "link_form": ("GET", "/sign-in/forged", {}),
    "link_sign_in": ("POST", "/sign-in/forged", {}),
    "take_part_form": ("GET", "/take-part/proryv80", {}),
    "take_part": ("POST", "/take-part/proryv80", {}),
    "receipt": ("GET", "/receipt/forged", {}),
    "receipt_file": ("POST", "/receipt/forged/file", {}),
    "take_back_form": ("GET", "/receipt/forged/withdraw", {}),
    "receipt_certificate": ("GET", "/receipt/forged/certificate", {}),
    "take_back": ("POST", "/receipt/forged/withdraw", {}),
    "uploads": ("OPTIONS", "/uploads/forged", {}),
    "upload": ("PATCH", "/uploads/forged/forged", {}),
    "sign_out": ("POST", "/sign-out", {}),
    "speak": ("POST", "/language", {"language": "fr"}),
    "home": ("GET", "/", {}),
    "live": ("GET", "/campaigns/proryv80/live?once=true", {}),
    "mine": ("GET", "/campaigns/proryv80/mine", {}),
    "claim": ("POST", "/clips/1/claim", {"page": "a page"}),
    "release": ("POST", "/clips/1/release", {"page": "a page"}),
    "take_over": ("POST", "/clips/1/take-over", {"seen": "Анна"}),
    "queue": ("GET", "/campaigns/proryv80/queue", {}),
    "clips": ("GET", "/campaigns/proryv80/clips", {}),
    "posts": ("GET", "/campaigns/proryv80/posts", {}),
    "clip": ("GET", "/clips/1", {}),
    "media": ("GET", "/media/poster/{sha256}", {}),
    "almanacs": ("GET", "/almanacs", {}),
    "almanac": ("GET", "/almanacs/proryv80/film", {}),
    "film": ("GET", "/almanacs/proryv80/film/1", {}),
    "film_poster": ("GET", "/almanacs/proryv80/film/1/poster.jpg", {}),
    "version_captions": ("GET", "/almanacs/proryv80/film/1/captions.ru.vtt", {}),
    "plan": ("GET", "/almanacs/proryv80/film/plan", {}),
    "plan_panel": ("GET", "/almanacs/proryv80/film/plan/panel/tray", {}),
    "plan_live": ("GET", "/almanacs/proryv80/film/plan/live?once=true", {}),
    "played_plan": ("GET", "/almanacs/proryv80/film/plan/played.json", {}),
    "played_card": ("GET", "/almanacs/proryv80/film/plan/cards/forged", {}),
    "played_music": ("GET", "/almanacs/proryv80/film/plan/music/forged", {}),
    "making": ("GET", "/almanacs/proryv80/film/making", {}),
    "watch": ("GET", "/almanacs/proryv80/film/watch", {}),
    "watch_state": ("GET", "/almanacs/proryv80/film/watch/state", {}),
    "watch_playlist": ("GET", "/almanacs/proryv80/film/watch/" + "0" * 32 + "/film.m3u8", {}),
    "watch_head": ("GET", "/almanacs/proryv80/film/watch/" + "0" * 32 + "/head.mp4", {}),
    "watch_part": ("GET", "/almanacs/proryv80/film/watch/" + "0" * 32 + "/0.m4s", {}),
    "preview_film": ("GET", "/almanacs/proryv80/film/preview.mp4", {}),
    "preview_poster": ("GET", "/almanacs/proryv80/film/preview.jpg", {}),
    "compare": ("GET", "/almanacs/proryv80/film/compare", {}),
    "remark_still": ("GET", "/almanacs/proryv80/film/remarks/1/still.jpg", {}),
    "protocol": ("GET", "/sign-offs/1", {}),
    "new_film_form": ("GET", "/campaigns/proryv80/films/new", {}),
    "new_film": ("POST", "/campaigns/proryv80/films/new", {"template": "empty", "title": "Another"}),
    "template_still": ("GET", "/campaigns/proryv80/films/none.jpg", {}),
    "quotes": ("GET", "/campaigns/proryv80/quotes", {}),
    "add_quote": ("POST", "/campaigns/proryv80/quotes", {"text": "We shall stand."}),
    "import_quotes": ("POST", "/campaigns/proryv80/quotes/table", {}),
    "change_quote": ("POST", "/campaigns/proryv80/quotes/1", {"do": "remove"}),
    "pictures": ("GET", "/campaigns/proryv80/pictures", {}),
    "add_picture": ("POST", "/campaigns/proryv80/pictures", {}),
    "change_picture": ("POST", "/campaigns/proryv80/pictures/1", {"do": "remove"}),
    "picture_still": ("GET", "/campaigns/proryv80/pictures/1.jpg", {}),
    "music": ("GET", "/campaigns/proryv80/music", {}),
    "add_music": ("POST", "/campaigns/proryv80/music", {}),
    "change_music": ("POST", "/campaigns/proryv80/music/1", {"do": "remove"}),
    "music_sound": ("GET", "/campaigns/proryv80/music/1/sound", {}),
    "credits": ("GET", "/campaigns/proryv80/credits", {}),
    "set_credits": ("POST", "/campaigns/proryv80/credits", {"do": "save"}),
    "credits_still": ("GET", "/campaigns/proryv80/credits/none.jpg", {}),
    "add_emblem": ("POST", "/campaigns/proryv80/credits/emblems", {}),
    "remove_emblem": ("POST", "/campaigns/proryv80/credits/emblems/1/remove", {}),
    "emblem_still": ("GET", "/campaigns/proryv80/credits/emblems/1.jpg", {}),
    "film_credits": ("GET", "/almanacs/proryv80/film/credits", {}),
    "set_film_credits": ("POST", "/almanacs/proryv80/film/credits", {"do": "own"}),
    "cards": ("GET", "/almanacs/proryv80/film/cards", {}),
    "change_cards": ("POST", "/almanacs/proryv80/film/cards/undo", {}),
    "card_still": ("GET", "/almanacs/proryv80/film/cards/1.jpg", {}),
    "card_draft": ("GET", "/almanacs/proryv80/film/card-draft.jpg?kind=map", {}),
    "look": ("GET", "/almanacs/proryv80/film/look", {}),
    "clip_captions": ("GET", "/clips/1/captions", {}),
    "clip_track": ("GET", "/clips/1/tracks/ru.vtt", {}),
    "clip_sound": ("GET", "/clips/1/captions/sound.json", {}),
    "download_captions": ("GET", "/clips/1/captions/ru.srt", {}),
    "save_captions": ("POST", "/clips/1/captions", {"code": "ru", "seen": "0"}),
    "change_captions": ("POST", "/clips/1/captions/remove", {"code": "ru", "seen": "0"}),
    "captions_file": ("POST", "/clips/1/captions/file", {"code": "ru"}),
    "film_captions": ("GET", "/almanacs/proryv80/film/captions", {}),
    "set_look": ("POST", "/almanacs/proryv80/film/look", {"theme": "paper"}),
    "undo_look": ("POST", "/almanacs/proryv80/film/look/undo", {}),
    "look_still": ("GET", "/almanacs/proryv80/film/look/none/title.jpg", {}),
    "change_plan": ("POST", "/almanacs/proryv80/film/plan/undo", {}),
    "set_rules": ("POST", "/almanacs/proryv80/film/rules", {"order": "best"}),
    "make_film": ("POST", "/almanacs/proryv80/film/make/preview", {}),
    "exports": ("GET", "/almanacs/proryv80/film/exports", {}),
    "make_export": ("POST", "/almanacs/proryv80/film/exports", {"to": "avid"}),
    "stop_export": ("POST", "/almanacs/proryv80/film/exports/stop", {}),
    "exporting": ("GET", "/almanacs/proryv80/film/exporting", {}),
    "export_file": ("GET", "/almanacs/proryv80/film/exports/1.zip", {}),
    "remove_export": ("POST", "/almanacs/proryv80/film/exports/1/remove", {}),
    "remark": ("POST", "/almanacs/proryv80/film/1/remarks", {"text": "louder"}),
    "choose_poster": ("POST", "/almanacs/proryv80/film/1/poster", {"at": "1"}),
    "settle_remark": ("POST", "/almanacs/proryv80/film/remarks/1", {"done": "true"}),
    "reply_remark": ("POST", "/almanacs/proryv80/film/remarks/1/replies", {"text": "done"}),
    "ask_sign_off": ("POST", "/almanacs/proryv80/film/1/sign-offs", {"to": "A governor"}),
    "revoke_sign_off": ("POST", "/sign-offs/1/revoke", {}),
    "mail_sign_off": ("POST", "/sign-offs/1/letters", {"mail": "governor@example.org"}),
    "sign_off_captions": ("GET", "/sign-off/forged/captions.ru.vtt", {}),
    "sign_off": ("GET", "/sign-off/forged", {}),
    "sign_off_film": ("GET", "/sign-off/forged/film.mp4", {}),
    "sign_off_poster": ("GET", "/sign-off/forged/poster.jpg", {}),
    "sign_off_remark": ("POST", "/sign-off/forged/remarks", {"text": "louder"}),
    "sign_off_still": ("GET", "/sign-off/forged/remarks/1/still.jpg", {}),
    "sign_off_verdict": ("POST", "/sign-off/forged/verdict", {"verdict": "agreed"}),
    "beside_any": ("GET", "/clips/1/beside?with=2", {}),
    "beside": ("GET", "/clips/1/beside/2", {}),
    "say_beside": ("POST", "/clips/1/beside/2", {"said": "same"}),
    "put_in_front": ("POST", "/clips/1/front", {"beside": "2"}),
    "mark_common": ("POST", "/clips/1/common", {"beside": "2", "start": "0", "end": "1"}),
    "decide": ("POST", "/clips/1/decide", {"verdict": "approve", "seen": "awaiting"}),
    "undo": ("POST", "/clips/1/undo", {"decision": "1"}),
    "near": ("GET", "/campaigns/proryv80/near", {}),
    "coverage": ("GET", "/campaigns/proryv80/coverage", {}),
    "board": ("GET", "/campaigns/proryv80/board", {}),
    "board_report": ("GET", "/campaigns/proryv80/board/report", {}),
    "board_texts": ("GET", "/campaigns/proryv80/board/texts", {}),
    "board_table": ("POST", "/campaigns/proryv80/board/table", {"table": "clips", "format": "csv"}),
    "accept": ("POST", "/campaigns/proryv80/near/1/accept", {}),
    "turn_down": ("POST", "/campaigns/proryv80/near/1/turn-down", {}),
    "alias": ("POST", "/campaigns/proryv80/aliases", {"alias": "#прорыв80"}),
    "without_video": ("GET", "/campaigns/proryv80/without-video", {}),
    "hand_in_video": ("POST", "/campaigns/proryv80/without-video/1/link", {"url": "https://youtu.be/abcdefghijk"}),
    "put_aside": ("POST", "/campaigns/proryv80/without-video/1/put-aside", {}),
    "take_up": ("POST", "/campaigns/proryv80/without-video/1/take-up", {}),
    "keep": ("POST", "/clips/1/keep", {"doubt": "post"}),
    "confirm": ("POST", "/clips/1/confirm", {"doubt": "post"}),
    "edit": ("POST", "/clips/1/edit", {"name": "Ольга"}),
    "take_suggestions": ("POST", "/clips/1/suggestions", {"take": "all"}),
    "answer_reading": ("POST", "/clips/1/readings", {"reading": "refuse:0:7"}),
    "take_speech_cut": ("POST", "/clips/1/speech-cut", {"cut": "1-2"}),
    "undo_review": ("POST", "/clips/1/review/undo", {"seen": "1"}),
    "kept": ("GET", "/kept/forged", {}),
    "withdraw": ("POST", "/clips/1/withdraw", {"reason": "asked for"}),
    "certificate": ("GET", "/clips/1/certificate", {}),
    "answer_page": ("GET", "/answer/forged", {}),
    "answer": ("POST", "/answer/forged", {"name": "Ольга"}),
    "answer_video": ("POST", "/answer/forged/video", {"agreed": "yes"}),
    "agree_page": ("GET", "/agree/forged", {}),
    "agree": ("POST", "/agree/forged", {"name": "Ольга"}),
    "agree_take_back": ("POST", "/agree/forged/withdraw", {}),
    "consents": ("GET", "/campaigns/proryv80/consents", {}),
    "note_terms": ("POST", "/clips/1/permission/terms", {"scope": "film"}),
    "ask_author": ("POST", "/clips/1/permission/ask", {}),
    "end_author_link": ("POST", "/clips/1/permission/end-link", {}),
    "take_upon": ("POST", "/clips/1/permission/override", {"reason": "known to us"}),
    "take_override_back": ("POST", "/clips/1/permission/take-back", {}),
    "film_reaches": ("POST", "/almanacs/proryv80/film/reaches", {}),
    "questions": ("GET", "/campaigns/proryv80/questions", {}),
    "returned": ("GET", "/campaigns/proryv80/returned", {}),
    "ask": ("POST", "/clips/1/ask", {"text": "Is it hers?"}),
    "answer_question": ("POST", "/questions/1/answer", {"words": "yes"}),
    "close_question": ("POST", "/questions/1/close", {}),
    "send_back": ("POST", "/clips/1/return", {"seen": "awaiting", "asked": "name"}),
    "call_off": ("POST", "/clips/1/call-off", {}),
    "second_look": ("POST", "/clips/1/look", {"verdict": "approve"}),
    "audit": ("GET", "/audit", {}),
    "audit_table": ("GET", "/audit.csv", {}),
    "pace": ("GET", "/audit/pace", {}),
    "whole_record": ("GET", "/audit/whole", {}),
    "record_head": ("GET", "/audit/head.json", {}),
    "new_campaign": ("GET", "/new-campaign", {}),
    "begin_campaign": ("POST", "/new-campaign", {"title": ""}),
    "new_campaign_step": ("GET", "/new-campaign/99/window", {}),
    "answer_step": ("POST", "/new-campaign/99/window", {}),
    "try_campaign": ("POST", "/new-campaign/99/try", {}),
    "make_campaign": ("POST", "/new-campaign/99/make", {}),
    "drop_campaign": ("POST", "/new-campaign/99/drop", {}),
    "campaign_settings": ("GET", "/campaigns/proryv80/settings", {}),
    "change_settings": ("POST", "/campaigns/proryv80/settings", {"title": "Прорыв", "was_title": ""}),
    "change_tags": ("POST", "/campaigns/proryv80/settings/tags", {"deed": "alias", "tag": "#прорив80"}),
    "move_window": ("POST", "/campaigns/proryv80/settings/window", {"closes": "2023-02-01"}),
    "switch_campaign": ("POST", "/campaigns/proryv80/settings/state", {"deed": "stop"}),
    "switch_hand_in": ("POST", "/campaigns/proryv80/settings/hand-in", {"is_open": "true"}),
    "switch_comments": ("POST", "/campaigns/proryv80/settings/comments", {"on": "true"}),
    "campaign_sources": ("GET", "/campaigns/proryv80/sources", {}),
    "add_sources": ("POST", "/campaigns/proryv80/sources", {"addresses": "vk:tag"}),
    "check_sources": ("POST", "/campaigns/proryv80/sources/check", {}),
    "set_districts": ("POST", "/campaigns/proryv80/sources/districts", {}),
    "switch_source": ("POST", "/campaigns/proryv80/sources/1/pause", {}),
    "source_plan": ("GET", "/campaigns/proryv80/sources/plan", {}),
    "read_sources": ("POST", "/campaigns/proryv80/sources/read", {}),
    "look_again": ("POST", "/campaigns/proryv80/sources/look-again", {}),
    "test_alerts": ("POST", "/health/test", {}),
    "by_hand": ("GET", "/campaigns/proryv80/by-hand", {}),
    "add_link": ("POST", "/campaigns/proryv80/by-hand/link", {"url": "https://vk.com/wall-1_2"}),
    "add_file": ("POST", "/campaigns/proryv80/by-hand/file", {}),
    "sign_film": ("POST", "/almanacs/proryv80/film/1/sign", {}),
    "signed_film": ("GET", "/almanacs/proryv80/film/1/signed.mp4", {}),
    "attach_protocol": ("POST", "/almanacs/proryv80/film/1/protocol", {}),
    "protocol_film": ("GET", "/almanacs/proryv80/film/1/protocol.mp4", {}),
    "campaign_poster": ("GET", "/campaigns/proryv80/poster", {}),
    "tokens": ("GET", "/tokens", {}),
    "add_token": ("POST", "/tokens", {"token": ""}),
    "drop_token": ("POST", "/tokens/drop", {"told": "…0000"}),
    "decide_many": (
        "POST",
        "/campaigns/proryv80/clips/decide",
        {"verdict": "approve", "seen_at": "2023-01-12T00:00:00Z"},
    ),
    "edit_many": ("POST", "/campaigns/proryv80/clips/edit", {"town": "Мга", "seen_at": "2023-01-12T00:00:00Z"}),
    "tag_clip": ("POST", "/clips/1/tags", {"tag": "Ладога"}),
    "tag_many": ("POST", "/campaigns/proryv80/clips/tag", {"tag": "a", "seen_at": "2023-01-12T00:00:00Z"}),
    "undo_many": ("POST", "/campaigns/proryv80/clips/undo/1", {}),
    "keep_view": ("POST", "/campaigns/proryv80/views", {"of": "clips", "name": "mine"}),
    "drop_view": ("POST", "/campaigns/proryv80/views/1/drop", {}),
}
IDENTITIES = [*ROLES, "vera"]
REFUSED = (401, 403)

EVERYBODY = "vera pavel boris anna olga"
STAFF = "pavel boris anna olga"
EDITORS = "boris olga"
MODERATORS = "anna olga"
ORGANIZERS = "olga"
LET_IN = {
    EVERYBODY: """
        healthz metrics static api api_page sign_in_form sign_in sign_in_code
        directory_sign_in directory_back link_form link_sign_in
        take_part_form take_part receipt receipt_file take_back_form take_back receipt_certificate uploads upload
        answer_page answer answer_video agree_page agree agree_take_back
        sign_off sign_off_film sign_off_poster sign_off_remark sign_off_still sign_off_verdict sign_off_captions
    """,
    STAFF: """
        own_tokens make_token revoke_token
        me change_name change_password change_language choose_letters end_sign_ins
        second_factor begin_second_factor confirm_second_factor new_recovery_codes end_second_factor
        sign_out speak kept home live queue clips posts clip beside_any beside near without_video coverage health media
        plan_panel plan_live played_plan played_card played_music
        watch watch_state watch_playlist watch_head watch_part
        almanacs almanac film film_poster version_captions plan making preview_film preview_poster compare remark_still
        protocol
        questions returned consents keep_view drop_view
        board board_report board_texts by_hand signed_film certificate protocol_film
        quotes pictures music credits film_credits cards look
        clip_captions clip_sound clip_track download_captions film_captions
        template_still picture_still music_sound credits_still emblem_still card_still card_draft look_still
    """,
    EDITORS: """
        film_reaches
        change_plan set_rules make_film remark choose_poster settle_remark reply_remark ask_sign_off revoke_sign_off
        mail_sign_off
        exports make_export stop_export exporting export_file remove_export sign_film attach_protocol
        new_film_form new_film add_quote import_quotes change_quote add_picture change_picture add_music change_music
        save_captions change_captions captions_file
        set_credits add_emblem remove_emblem set_film_credits change_cards set_look undo_look
    """,
    MODERATORS: """
        mine claim release take_over
        decide undo keep confirm accept turn_down alias edit take_suggestions answer_reading take_speech_cut undo_review
        hand_in_video put_aside take_up say_beside put_in_front mark_common
        ask_author end_author_link take_upon take_override_back note_terms
        ask answer_question close_question send_back call_off second_look
        add_link add_file
        decide_many edit_many tag_many undo_many tag_clip
    """,
    ORGANIZERS: """
        withdraw audit audit_table pace whole_record record_head board_table
        new_campaign begin_campaign new_campaign_step answer_step try_campaign make_campaign drop_campaign
        campaign_settings change_settings change_tags move_window switch_campaign switch_hand_in switch_comments
        campaign_sources add_sources check_sources set_districts switch_source campaign_poster
        tokens add_token drop_token source_plan read_sources look_again test_alerts
        accounts invite demand_second_factor account set_roles new_link shut_out reopen
        end_their_sign_ins reset_second_factor
    """,
}
"""Who gets in where, as an organizer would say it. Olga organizes, Anna moderates, Boris edits films, Pavel only looks,
Vera is a stranger. Written out here and not read from the program, so that a wrong right in the program is seen."""


def routes(app: FastAPI) -> Iterator[tuple[str, str, frozenset[str]]]:
    """Every route of the application as (name, path, methods), also of what was included or mounted."""
    for route in _flat(app.routes):
        yield route.name, route.path, frozenset(getattr(route, "methods", None) or {"GET"})


def _flat(found):  # type: ignore[no-untyped-def]
    for route in found:
        if isinstance(route, Mount):
            yield route
        elif hasattr(route, "original_router"):
            yield from _flat(route.original_router.routes)
        else:
            yield route


def out_of_place(app: FastAPI) -> set[str]:
    """Names of routes without an entry, of entries without a route, and of those that several routes share."""
    count = Counter(name for name, _path, _methods in routes(app))
    twice = {name for name, times in count.items() if times > 1}
    return (set(count) ^ set(access.POLICY)) | (set(count) ^ set(REQUESTS)) | twice


def test_every_route_has_an_entry_and_every_entry_a_route(app):
    assert out_of_place(app) == set()


@pytest.mark.parametrize("name", ["forgotten", "clips"])
def test_twin_a_route_without_an_entry_or_under_the_name_of_another_is_noticed(app, name):
    app.add_api_route("/new", lambda: "", name=name, methods=["POST"])
    assert out_of_place(app) == {name}


def test_what_changes_something_is_not_a_get(app):
    for name, path, methods in routes(app):
        assert methods in ({"GET"}, {"GET", "HEAD"}, {"POST"}) or name in access.BY_SECRET, (name, path, methods)
        assert "GET" not in methods or name not in access.BY_SECRET
    posts = {name for name, _path, methods in routes(app) if "POST" in methods} - access.BY_SECRET
    assert posts == {
        *("sign_in", "sign_in_code", "link_sign_in", "sign_out", "speak", "decide", "undo", "edit", "withdraw"),
        *("take_suggestions", "answer_reading", "take_speech_cut", "undo_review", "tag_clip"),
        *("say_beside", "put_in_front", "mark_common"),
        *("keep", "confirm", "accept", "turn_down", "alias", "hand_in_video", "put_aside", "take_up"),
        *("take_part", "receipt_file", "take_back", "agree", "agree_take_back"),
        *("ask_author", "end_author_link", "take_upon", "take_override_back", "note_terms", "film_reaches"),
        *("new_film", "add_quote", "import_quotes", "change_quote", "add_picture", "change_picture", "add_music"),
        *("change_music", "set_credits", "add_emblem", "remove_emblem", "set_film_credits", "change_cards", "set_look"),
        *("undo_look", "choose_poster"),
        *("save_captions", "change_captions", "captions_file"),
        *("change_plan", "set_rules", "make_film", "remark", "settle_remark", "ask_sign_off", "revoke_sign_off"),
        *("mail_sign_off", "change_name"),
        *("reply_remark", "choose_letters"),
        *("make_export", "stop_export", "remove_export"),
        *("sign_off_remark", "sign_off_verdict"),
        *("claim", "release", "take_over"),
        *("ask", "answer_question", "close_question", "send_back", "call_off", "second_look"),
        *("answer", "answer_video"),
        *("decide_many", "edit_many", "tag_many", "undo_many", "keep_view", "drop_view"),
        *("change_password", "change_language", "end_sign_ins"),
        *("begin_second_factor", "confirm_second_factor", "new_recovery_codes", "end_second_factor"),
        *("invite", "demand_second_factor", "set_roles", "new_link", "shut_out", "reopen"),
        *("end_their_sign_ins", "reset_second_factor"),
        "board_table",
        *("make_token", "revoke_token"),
        *("begin_campaign", "answer_step", "try_campaign", "make_campaign", "drop_campaign"),
        *("change_settings", "change_tags", "move_window", "switch_campaign", "switch_hand_in", "switch_comments"),
        *("add_sources", "check_sources", "set_districts", "switch_source", "add_token", "drop_token"),
        *("read_sources", "look_again", "add_link", "add_file", "sign_film", "attach_protocol", "test_alerts"),
    }


def ask(browser: Browser, name: str, sha256: str):  # type: ignore[no-untyped-def]
    method, path, fields = REQUESTS[name]
    path = path.format(sha256=sha256)
    if method == "POST":
        return browser.sends(path, **fields)
    return browser.request(method, path)


def people_let_in(name: str) -> list[str]:
    return [who for people, routes in LET_IN.items() if name in routes.split() for who in people.split()]


def met(person: Browser, name: str, sha256: str) -> str:
    """What became of the request: `in`, `refused`, or `asked to sign in`."""
    response = ask(person, name, sha256)
    if response.status_code == 303 and "/sign-in?" in response.headers.get("location", ""):
        assert response.headers["location"].startswith("/sign-in?next=/")
        return "asked to sign in"
    return {401: "asked to sign in", 403: "refused"}.get(response.status_code, "in")


def test_every_route_is_named_once_in_the_matrix():
    named = [name for routes in LET_IN.values() for name in routes.split()]
    assert sorted(named) == sorted(REQUESTS)


def test_the_policy_lets_in_whom_the_matrix_names():
    """The same question without the pages, for all of them at once."""
    for name in REQUESTS:
        right = access.POLICY[name]
        let_in = {who for who, role in ROLES.items() if right is access.PUBLIC or rules.may(role, right)}
        assert let_in | ({"vera"} if right is access.PUBLIC else set()) == set(people_let_in(name)), name


def test_to_judge_and_to_correct_are_two_rights():
    """Moderators have both today; an installation may part them."""
    by_right = {right: {name for name, asked in access.POLICY.items() if asked is right} for right in Right}
    assert by_right[Right.edit] == {
        *("edit", "edit_many", "note_terms", "take_suggestions", "answer_reading", "take_speech_cut", "undo_review"),
    }
    assert by_right[Right.withdraw] == {"withdraw"}


@pytest.mark.parametrize(
    "who", [pytest.param(who, marks=pytest.mark.slow) if who in ROLES else who for who in IDENTITIES]
)
def test_the_matrix_of_routes_and_people(who, town, visit, poster):
    person, sha256 = visit(who), town.sha256(town.has_clip(poster=poster()))
    for name in REQUESTS:
        otherwise = "asked to sign in" if who == "vera" else "refused"
        expected = "in" if who in people_let_in(name) else otherwise
        assert met(visit(who) if name == "sign_out" else person, name, sha256) == expected, name


@pytest.mark.slow
def test_a_page_sends_a_stranger_to_the_door_and_everything_else_answers_401(town, vera, poster):
    sha256 = town.sha256(town.has_clip(poster=poster()))
    for name, (method, _path, _fields) in REQUESTS.items():
        if "vera" not in people_let_in(name):
            page = method == "GET" and name != "media"
            assert ask(vera, name, sha256).status_code == (303 if page else 401), name


WRONG_RIGHTS = [
    ("make_film", Right.view, "pavel"),
    ("withdraw", Right.decide, "anna"),
    ("media", access.PUBLIC, "vera"),
    ("set_rules", Right.edit, "anna"),
    ("decide", Right.view, "boris"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "right", "who"), WRONG_RIGHTS)
def test_twin_a_wrong_right_in_the_policy_lets_somebody_in(name, right, who, town, visit, poster, monkeypatch):
    monkeypatch.setitem(access.POLICY, name, right)
    assert who not in people_let_in(name)
    assert met(visit(who), name, town.sha256(town.has_clip(poster=poster()))) == "in"


@pytest.mark.slow
def test_a_route_without_an_entry_is_closed_even_to_an_organizer(app, olga):
    @app.get("/forgotten", name="forgotten")
    def forgotten() -> str:
        return "secret"

    response = olga.get("/forgotten")
    assert response.status_code == 403
    assert "secret" not in response.text


@pytest.mark.slow
def test_twin_without_the_policy_a_stranger_reads_and_decides(app, town, vera):
    clip = town.has_clip()
    app.dependency_overrides[access.allowed] = lambda: None
    assert vera.get(f"/clips/{clip}").status_code == 200
    vera.sends(f"/clips/{clip}/decide", verdict="approve", seen="awaiting")
    assert town.clip(clip).state is ClipState.approved


@pytest.mark.slow
def test_a_change_of_role_counts_at_once(relay, town, anna):
    from sqlmodel import select

    from relay.models import Account

    clip = town.has_clip()
    with relay.transaction() as session:
        account = session.exec(select(Account).where(Account.login == "anna")).one()
        account.role = Role.viewer
        session.add(account)
    assert anna.sends(f"/clips/{clip}/decide", verdict="approve", seen="awaiting").status_code == 403


def approve_without(browser: Browser, clip: int, headers: dict[str, str] | None = None, **fields: str) -> int:
    data = {"verdict": "approve", "seen": "awaiting", **fields}
    return browser.post(f"/clips/{clip}/decide", data=data, headers=headers).status_code


FOREIGN = [
    {"origin": "https://evil.test"},
    {"origin": "null"},
    {"origin": "http://desk.test.evil.test"},
    {"origin": "http://desk.test:81"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
]


@pytest.mark.slow
@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_a_form_from_another_site_is_refused_even_with_the_token(town, anna, headers):
    clip = town.has_clip()
    assert approve_without(anna, clip, headers, form_token=anna.token()) == 403
    assert town.clip(clip).state is ClipState.awaiting


@pytest.mark.slow
@pytest.mark.parametrize("token", ["", "0" * 64, "я", "of another"])
def test_a_form_without_its_token_is_refused(town, anna, visit, token):
    clip = town.has_clip()
    forged = visit("anna").token() if token == "of another" else token
    assert approve_without(anna, clip, form_token=forged) == 403
    assert approve_without(anna, clip) == 403
    assert town.clip(clip).state is ClipState.awaiting


@pytest.mark.slow
def test_two_strangers_have_not_the_same_token_and_one_keeps_hers(visit):
    vera, other = visit("vera"), visit("vera")
    assert vera.token() != other.token()
    assert vera.token() == vera.token()
    forged = vera.post("/sign-in", data={"form_token": other.token(), "login": "anna", "password": "x"})
    assert forged.status_code == 403


@pytest.mark.slow
def test_twin_without_the_form_check_the_other_site_decides(app, town, anna):
    clip = town.has_clip()
    app.dependency_overrides[access.own_form] = lambda: None
    assert approve_without(anna, clip, {"origin": "https://evil.test"}) == 303
    assert town.clip(clip).state is ClipState.approved


@pytest.mark.slow
def test_the_forms_of_the_desk_itself_pass_with_a_browsers_headers(town, anna):
    clip = town.has_clip()
    headers = {"origin": "http://desk.test", "sec-fetch-site": "same-origin"}
    assert approve_without(anna, clip, headers, form_token=anna.token()) == 303


# One request alone


class Place:
    """What a request needs of the application."""

    def __init__(self, relay: object = None) -> None:
        self.state = self
        self.secret = b"the key of this desk"
        self.relay = relay


class Route:
    def __init__(self, name: str) -> None:
        self.name = name


def asked(method: str = "POST", route: str = "decide", *, relay: object = None, **headers: str) -> Request:
    named = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    scope = {"type": "http", "method": method, "path": "/", "query_string": b"", "headers": named}
    return Request(scope | {"route": Route(route), "app": Place(relay)})


def of_a_stranger(method: str = "POST", route: str = "decide", **headers: str) -> Request:
    request = asked(method, route, **headers)
    request.state.visitor = access.Visitor(None, "", "a cookie")
    return request


def refusal(request: Request, **form: str) -> str:
    try:
        asyncio.run(access.own_form(request, FormData(form)))
    except access.Forbidden as error:
        return str(error)
    return ""


ELSEWHERE = "This form was sent from another site."
TOO_LONG = "This page was open for too long. Load it again."


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({}, ""),
        ({"sec_fetch_site": "same-origin"}, ""),
        ({"sec_fetch_site": "none"}, ""),
        ({"sec_fetch_site": "same-site"}, ELSEWHERE),
        ({"sec_fetch_site": "cross-site"}, ELSEWHERE),
        ({"origin": "https://desk.test"}, ""),
        ({"origin": "https://desk.test", "sec_fetch_site": "cross-site"}, ELSEWHERE),
        ({"origin": "https://desk.test:81"}, ELSEWHERE),
        ({"origin": "https://evil.test"}, ELSEWHERE),
        ({"origin": "null"}, ELSEWHERE),
        ({"origin": "http://["}, ELSEWHERE),
        ({"origin": ""}, ELSEWHERE),
    ],
    ids=str,
)
def test_a_form_comes_from_this_desk_or_is_refused(headers, told):
    request = of_a_stranger(host="desk.test", **headers)
    assert refusal(request, form_token=access.form_token(request)) == told
    assert refusal(of_a_stranger("GET", host="desk.test", **headers)) == "", "looking is no form"
    assert refusal(of_a_stranger("HEAD", host="desk.test", **headers)) == ""
    of_program = of_a_stranger("PATCH", "upload", host="desk.test", **headers)
    assert refusal(of_program) == told, "a program needs no token, and another site's page may not pretend to be one"


VIDEO = {"content_type": "multipart/form-data; boundary=x"}


@pytest.mark.parametrize(
    ("route", "headers", "asks"),
    [
        ("decide", {}, True),
        ("decide", VIDEO, True),
        ("receipt_file", {}, True),
        ("receipt_file", {"content_type": "text/multipart/form-data"}, True),
        ("receipt_file", VIDEO, False),
        ("uploads", {}, False),
        ("upload", VIDEO, False),
    ],
)
def test_every_form_brings_its_token_where_the_route_does_not_ask_for_it_itself(route, headers, asks):
    request = of_a_stranger("POST", route, **headers)
    for wrong in ({}, {"form_token": ""}, {"form_token": "0" * 64}, {"form_token": "я"}):
        assert refusal(request, **wrong) == (TOO_LONG if asks else "")
    assert refusal(request, form_token=access.form_token(request)) == ""


def test_a_token_belongs_to_one_visitor_of_one_desk():
    one = of_a_stranger()
    other, elsewhere = asked(), of_a_stranger()
    other.state.visitor = access.Visitor(None, "", "another cookie")
    elsewhere.app.state.secret = b"another key"
    tokens = [access.form_token(request) for request in (one, other, elsewhere)]
    assert len(set(tokens)) == 3
    assert access.form_token(of_a_stranger("GET")) == tokens[0]
    access.check_token(one, tokens[0])
    with pytest.raises(access.Forbidden, match="open for too long"):
        access.check_token(one, tokens[1])


def test_what_a_link_brings_along_is_not_read(vera):
    broken = {"content-type": "multipart/form-data; boundary=x"}
    assert vera.request("GET", "/sign-in", content=b"no form at all", headers=broken).status_code == 200


def account(role: Role) -> Account:
    return Account(login="anna", name="Анна", role=role)


def test_nobody_without_an_account_may_do_anything():
    for right in Right:
        assert access.Visitor(None, "", "").may(right) is False
        assert access.Visitor(account(Role.organizer), "t", "t").may(right) is True
    looks = access.Visitor(account(Role.viewer), "t", "t")
    assert [right for right in Right if looks.may(right)] == [Right.enter, Right.view]


@pytest.mark.slow
def test_who_asks_is_looked_up_once_and_named(relay):
    accounts.create(relay, "anna", "Анна", Role.moderator, password="password of anna")
    token = sessions.sign_in(relay, "anna", "password of anna")
    request = asked(relay=relay, cookie=f"relay={token}; relay-form=a-cookie")
    visitor = access.visitor_of(request)
    assert (visitor.token, visitor.binding, access.person_of(request)) == (token, token, "Анна")
    sessions.sign_out(relay, token)
    assert access.visitor_of(request) is visitor, "one request has one visitor"
    gone = asked(relay=relay, cookie=f"relay={token}; relay-form=a-cookie")
    assert access.visitor_of(gone) == access.Visitor(None, "", "a-cookie")
    assert access.person_of(gone) == ""
    first, second = (access.visitor_of(asked(relay=relay)) for _ in range(2))
    assert first.account is None
    assert (len(first.binding), first.binding == second.binding) == (32, False)


@pytest.mark.parametrize(("tls", "name"), [(True, "__Host-relay"), (False, "relay")])
def test_over_tls_a_cookie_is_named_so_that_no_neighbour_can_set_it(relay, tls, name):
    relay.settings.secure_cookies = tls
    assert access.cookie_name(relay) == name
    assert access.cookie_name(relay, "relay-form") == f"{name}-form"


def test_each_request_is_let_in_or_told_why_not():
    def of(role: Role | None, route: str) -> Request:
        request = asked("GET", route)
        request.state.visitor = access.Visitor(account(role) if role else None, "t", "t")
        return request

    access.allowed(of(None, "sign_in_form"))
    access.allowed(of(Role.viewer, "clips"))
    with pytest.raises(access.SignInNeeded):
        access.allowed(of(None, "clips"))
    with pytest.raises(access.Forbidden, match=r"^Your role does not allow this\.$"):
        access.allowed(of(Role.viewer, "decide"))
    with pytest.raises(access.Forbidden, match=r"^This page is closed\.$"):
        access.allowed(of(Role.organizer, "forgotten"))


def tables(relay) -> dict[str, list[tuple]]:  # type: ignore[no-untyped-def, type-arg]
    with relay.reading() as session:
        names = inspect_tables(session.connection()).get_table_names()
        return {
            name: sorted(map(repr, session.execute(text(f"SELECT * FROM {name}"))))
            for name in names
            if name not in ("websession", "presence", "claim")  # who was last seen, and which clip they look at
        }


@pytest.mark.slow
def test_looking_changes_nothing(relay, town, olga, poster):
    clip = town.has_clip(poster=poster())
    before = tables(relay)
    for name, (method, _path, _fields) in REQUESTS.items():
        if method == "GET":
            ask(olga, name, town.sha256(clip))
    for trick in (f"/clips/{clip}/decide?verdict=approve&seen=awaiting", "/sign-out", f"/clips/{clip}/undo?decision=1"):
        assert olga.get(trick).status_code == 405
    assert tables(relay) == before


@pytest.mark.slow
@pytest.mark.parametrize("who", [pytest.param("olga", marks=pytest.mark.slow), "vera"])
def test_security_headers_are_on_every_answer(app, town, visit, poster, who):
    @app.get("/broken", name="healthz")
    def broken() -> None:
        raise AttributeError("a bug")

    clip = town.has_clip(poster=poster())
    person, picture = visit(who), f"/media/poster/{town.sha256(town.has_clip(poster=poster()))}"
    quiet = Browser(app, raises=False)
    quiet.cookies = person.cookies
    answers = [ask(person, name, town.sha256(clip)) for name in REQUESTS if name != "sign_out"]
    answers += [person.get("/nowhere"), person.get("/clips/99"), person.get("/clips/x"), person.put("/clips/1")]
    answers += [person.post("/sign-in", content=b"x" * 300_000), quiet.get("/broken")]
    answers += [person.post("/sign-in", content=iter([b"x"])), person.post("/sign-in"), person.head("/sign-in")]
    answers += [person.get("/static/desk.css"), person.head("/static/desk.js"), person.get("/static/nothing.js")]
    answers += [
        person.get("/static/desk.css", headers={"if-none-match": person.get("/static/desk.css").headers["etag"]})
    ]
    answers += [person.get(picture, headers={"range": span}) for span in ("bytes=0-9", "bytes=0-0,5-9", "bytes=99999-")]
    answers += [person.head(picture), person.sends(f"/clips/{clip}/decide", verdict="approve", seen="withdrawn")]
    answers += [person.get("/sign-off/forged") for _ in range(MOST + 1)]
    expected = {200, 204, 303, 304, 403, 404, 405, 411, 412, 413, 429, 500, 503}
    expected |= {206, 400, 409, 416} if who == "olga" else {401}
    assert {answer.status_code for answer in answers} >= expected
    assert any(answer.headers.get("content-type", "").startswith("text/event-stream") for answer in answers) == (
        who == "olga"
    )
    for answer in answers:
        for header, value in SECURITY.items():
            assert answer.headers.get_list(header) == [value], (answer.url, header)
        assert answer.headers["cache-control"].startswith(("no-store", "private", "no-cache")), answer.url


@pytest.mark.slow
def test_twin_without_the_middleware_there_are_none(app, vera):
    app.user_middleware.clear()
    assert "content-security-policy" not in vera.get("/sign-in").headers


@pytest.mark.slow
def test_a_bug_tells_the_visitor_nothing(app):
    @app.get("/broken", name="healthz")
    def broken() -> None:
        raise AttributeError("the database password is hunter2")

    response = Browser(app, raises=False).get("/broken")
    assert response.status_code == 500
    assert "hunter2" not in response.text
    assert "AttributeError" not in response.text
    with pytest.raises(AttributeError):
        Browser(app).get("/broken")


def test_large_bodies_and_bodies_of_unknown_length_are_not_read(vera):
    def drip() -> Iterator[bytes]:
        yield b"login=x"

    assert vera.post("/sign-in", content=b"x" * 300_000).status_code == 413
    assert vera.post("/sign-in", content=drip()).status_code == 411


@pytest.mark.slow
def test_there_are_no_pages_of_the_programming_interface(olga):
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert olga.get(path).status_code == 404


@pytest.mark.slow
def test_cookies_are_for_this_host_and_not_for_scripts(settings, relay, app, vera):
    from relay.models import Role as AnyRole
    from relay.moderation.people import accounts

    accounts.create(relay, "anna", "Анна", AnyRole.moderator, password="password of anna")
    cookie = vera.sends("/sign-in", login="anna", password="password of anna").headers["set-cookie"]
    assert cookie.startswith("relay=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie


@pytest.mark.slow
def test_over_tls_cookies_are_bound_to_this_very_host(settings, relay):
    from relay.moderation.people import accounts
    from relay.web.app import create_app

    settings.secure_cookies = True
    accounts.create(relay, "anna", "Анна", Role.moderator, password="password of anna")
    browser = Browser(create_app(relay))
    browser.base_url = "https://desk.test"
    answer = browser.sends("/sign-in", login="anna", password="password of anna")
    assert answer.headers["set-cookie"].startswith("__Host-relay=")
    assert "Secure" in answer.headers["set-cookie"]
    assert "Path=/" in answer.headers["set-cookie"]
    assert "Domain" not in answer.headers["set-cookie"]
    assert "max-age" in answer.headers["strict-transport-security"]
    assert "Анна" in browser.sees("/")
