"""Where each command of `relay` has its place for programs, and where for people in a browser. Written by hand.

A command that has none there stands among the exceptions, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI

from tests.web.api.requests import operations
from tests.web.test_access import routes

CAMPAIGN = "/campaigns/{slug}"
FILM = f"{CAMPAIGN}/almanacs/{{name}}"
CLIP = "/clips/{clip_id}"

Places = Mapping[str, tuple[str, ...]]

API: Places = {
    "crawl": (f"POST {CAMPAIGN}/crawl",),
    "coverage": (f"GET {CAMPAIGN}/coverage",),
    "board": (f"GET {CAMPAIGN}/board",),
    "recheck": (f"POST {CAMPAIGN}/recheck",),
    "withdraw": (f"POST {CLIP}/withdraw",),
    "doctor": ("GET /doctor", "GET /health"),
    "campaign table": (f"POST {CAMPAIGN}/tables/{{table}}",),
    "campaign new": ("POST /campaigns",),
    "campaign start": (f"POST {CAMPAIGN}/start",),
    "campaign stop": (f"POST {CAMPAIGN}/stop",),
    "campaign extend": (f"POST {CAMPAIGN}/extend",),
    "campaign archive": (f"POST {CAMPAIGN}/archive",),
    "campaign bring-back": (f"POST {CAMPAIGN}/bring-back",),
    "campaign comments": (f"PUT {CAMPAIGN}/comments",),
    "campaign hand-in": (f"PUT {CAMPAIGN}/hand-in",),
    "campaign status": (f"GET {CAMPAIGN}",),
    "campaign list": ("GET /campaigns",),
    "campaign credit list": (f"GET {CAMPAIGN}/credits",),
    "campaign credit add": (f"POST {CAMPAIGN}/credits", f"PUT {CAMPAIGN}/credits"),
    "campaign credit move": (f"POST {CAMPAIGN}/credits/{{line}}/move",),
    "campaign credit remove": (f"DELETE {CAMPAIGN}/credits/{{line}}",),
    "source add": (f"POST {CAMPAIGN}/sources", f"POST {CAMPAIGN}/sources/several"),
    "source list": (f"GET {CAMPAIGN}/sources",),
    "source check": (f"POST {CAMPAIGN}/sources/check",),
    "source pause": (f"POST {CAMPAIGN}/sources/{{source}}/pause",),
    "source resume": (f"POST {CAMPAIGN}/sources/{{source}}/resume",),
    "source plan": (f"GET {CAMPAIGN}/sources/plan",),
    "post list": (f"GET {CAMPAIGN}/posts", f"GET {CAMPAIGN}/posts-without-video"),
    "post show": (f"GET {CAMPAIGN}/posts/{{post_id}}",),
    "post add": (f"POST {CAMPAIGN}/posts",),
    "post accept": (f"POST {CAMPAIGN}/posts/{{post_id}}/accept",),
    "post turn-down": (f"POST {CAMPAIGN}/posts/{{post_id}}/turn-down",),
    "post link": (f"POST {CAMPAIGN}/posts/{{post_id}}/link",),
    "post put-aside": (
        f"POST {CAMPAIGN}/posts/{{post_id}}/put-aside",
        f"POST {CAMPAIGN}/posts/{{post_id}}/take-up",
    ),
    "clip add": (f"POST {CAMPAIGN}/clips/file",),
    "clip list": (f"GET {CAMPAIGN}/clips",),
    "clip show": (f"GET {CLIP}", f"GET {CLIP}/decisions"),
    "clip suggest": (f"GET {CLIP}/suggestions",),
    "clip approve": (f"POST {CLIP}/decisions",),
    "clip reject": (f"POST {CLIP}/decisions",),
    "clip later": (f"POST {CLIP}/decisions",),
    "clip return": (f"POST {CLIP}/return",),
    "clip returned": (f"GET {CAMPAIGN}/returned",),
    "clip call-off": (f"POST {CLIP}/call-off",),
    "clip undo": (f"POST {CLIP}/undo",),
    "clip keep": (f"POST {CLIP}/keep",),
    "clip edit": (f"PATCH {CLIP}",),
    "clip trim": (f"GET {CLIP}/trim", f"PATCH {CLIP}/trim", f"POST {CLIP}/trim/undo"),
    "clip caption": (
        f"GET {CLIP}/captions",
        f"PUT {CLIP}/captions",
        f"POST {CLIP}/captions/from-quote",
        f"DELETE {CLIP}/captions",
    ),
    "consent list": (f"GET {CAMPAIGN}/permissions",),
    "consent show": (f"GET {CLIP}/permission",),
    "consent rule": (f"GET {CAMPAIGN}/settings", f"PATCH {CAMPAIGN}/settings"),
    "consent note": (f"POST {CLIP}/consents",),
    "consent ask": (f"POST {CLIP}/consent-link",),
    "consent end-link": (f"DELETE {CLIP}/consent-link",),
    "consent override": (f"PUT {CLIP}/override", f"DELETE {CLIP}/override"),
    "consent film": (f"GET {FILM}/permissions", f"PUT {FILM}/permissions"),
    "hand-in list": (f"GET {CAMPAIGN}/hand-ins",),
    "almanac new": (f"POST {CAMPAIGN}/almanacs",),
    "almanac plan": (f"POST {FILM}/plan", f"GET {FILM}/proposals"),
    "almanac show": (f"GET {FILM}", f"GET {FILM}/undrawn"),
    "almanac list": (f"GET {CAMPAIGN}/almanacs",),
    "almanac render": (f"POST {FILM}/renders", f"GET {FILM}/making", f"GET {FILM}/renders/{{version}}/film.mp4"),
    "almanac preview": (f"POST {FILM}/preview", f"GET {FILM}/preview.mp4"),
    "almanac export": (
        f"POST {FILM}/exports",
        f"GET {FILM}/exporting",
        f"GET {FILM}/exports",
        f"GET {FILM}/exports/{{export}}.zip",
    ),
    "almanac place": (f"POST {FILM}/edits",),
    "almanac trim": (f"POST {FILM}/edits",),
    "almanac retitle": (f"POST {FILM}/edits",),
    "almanac leave-out": (f"POST {FILM}/edits",),
    "almanac bring-back": (f"POST {FILM}/edits",),
    "almanac pin": (f"POST {FILM}/edits",),
    "almanac undo": (f"POST {FILM}/edits",),
    "almanac diff": (f"GET {FILM}/diff",),
    "almanac sign-off": (f"GET {FILM}/sign-offs", f"POST {FILM}/sign-offs", "DELETE /sign-offs/{number}"),
    "almanac sign": (f"POST {FILM}/renders/{{version}}/sign", f"GET {FILM}/renders/{{version}}/signed.mp4"),
    "almanac remarks": (
        f"GET {FILM}/remarks",
        f"POST {FILM}/remarks/{{remark}}/replies",
        f"PUT {FILM}/remarks/{{remark}}",
    ),
    "almanac themes": ("GET /themes",),
    "almanac templates": ("GET /film-templates",),
    "almanac style": (f"GET {FILM}/style", f"PATCH {FILM}/style"),
    "almanac poster": (f"GET {FILM}/poster", f"PUT {FILM}/poster", f"DELETE {FILM}/poster"),
    "almanac card add": (f"POST {FILM}/cards",),
    "almanac card edit": (f"PATCH {FILM}/cards/{{card}}",),
    "almanac card move": (f"POST {FILM}/cards/{{card}}/move",),
    "almanac card undo": (f"POST {FILM}/look/undo",),
    "almanac card list": (f"GET {FILM}/cards",),
    "almanac card remove": (f"DELETE {FILM}/cards/{{card}}",),
    "almanac credit list": (f"GET {FILM}/credits",),
    "almanac credit add": (f"POST {FILM}/credits", f"PUT {FILM}/credits"),
    "almanac credit move": (f"POST {FILM}/credits/{{line}}/move",),
    "almanac credit remove": (f"DELETE {FILM}/credits/{{line}}",),
    "almanac credit reset": (f"DELETE {FILM}/credits",),
    "account list": ("GET /accounts", "GET /accounts/{account}"),
    "account add": ("POST /accounts",),
    "account role": ("PUT /accounts/{account}/role",),
    "account password": ("POST /accounts/{account}/password",),
    "account link": ("POST /accounts/{account}/link",),
    "account close": ("POST /accounts/{account}/close",),
    "account reopen": ("POST /accounts/{account}/reopen",),
    "account reset-second-factor": ("DELETE /accounts/{account}/second-factor",),
    "account token list": ("GET /accounts/tokens", "GET /me"),
    "account token revoke": ("DELETE /accounts/{account}/tokens/{token}",),
    "alert list": ("GET /alerts",),
    "alert test": ("POST /alerts/test",),
    "audit list": ("GET /audit",),
    "token list": ("GET /tokens",),
    "quote add": (f"POST {CAMPAIGN}/quotes", f"PUT {CAMPAIGN}/quotes/{{quote}}"),
    "quote import": (f"POST {CAMPAIGN}/quotes/file",),
    "quote list": (f"GET {CAMPAIGN}/quotes",),
    "quote remove": (f"DELETE {CAMPAIGN}/quotes/{{quote}}",),
    "picture add": (f"POST {CAMPAIGN}/pictures/file", f"PUT {CAMPAIGN}/pictures/{{picture}}"),
    "picture list": (f"GET {CAMPAIGN}/pictures",),
    "picture remove": (f"DELETE {CAMPAIGN}/pictures/{{picture}}",),
    "music add": (f"POST {CAMPAIGN}/music/file", f"PUT {CAMPAIGN}/music/{{track}}"),
    "music list": (f"GET {CAMPAIGN}/music",),
    "music remove": (f"DELETE {CAMPAIGN}/music/{{track}}",),
    "emblem add": (f"POST {CAMPAIGN}/emblems/file",),
    "emblem list": (f"GET {CAMPAIGN}/emblems",),
    "emblem remove": (f"DELETE {CAMPAIGN}/emblems/{{emblem}}",),
}
"""Command → the operations of the API that do the same."""

OF_THE_MACHINE = {
    "setup": "asks at a terminal before there is an account; a campaign is made by POST /campaigns or on its pages",
    "init": "makes the data folder, before anybody could ask over the network",
    "up": "is what answers requests",
    "serve": "is what answers requests",
    "work": "is the schedule itself; what one wants at once is crawl and recheck",
    "sandbox": "networks for developers to try against; they run beside an installation, not in it",
    "demo": "a town of its own in a folder of its own",
    "backup": "writes all that there is, passwords' hashes too, to a path of the machine",
    "restore": "reads it into an empty folder, in which nobody has an account",
    "upgrade": "the desk does not start on a database of another version",
}
"""Commands for whoever has the machine under their hands, and why they are nothing for the network."""

NOT_FOR_PROGRAMS = {
    **OF_THE_MACHINE,
    "account token new": "a token that made others would outlive its own end; people make them on their page",
}

DESK: Places = {
    "crawl": ("read_sources",),
    "coverage": ("coverage",),
    "board": ("board", "board_report"),
    "recheck": ("look_again",),
    "withdraw": ("withdraw",),
    "campaign table": ("board_table",),
    "campaign new": ("begin_campaign", "make_campaign"),
    "campaign start": ("switch_campaign",),
    "campaign stop": ("switch_campaign",),
    "campaign extend": ("move_window",),
    "campaign archive": ("switch_campaign",),
    "campaign bring-back": ("switch_campaign",),
    "campaign comments": ("switch_comments",),
    "campaign hand-in": ("switch_hand_in",),
    "campaign status": ("campaign_settings", "board"),
    "campaign list": ("home",),
    "campaign credit list": ("credits",),
    "campaign credit add": ("set_credits",),
    "campaign credit move": ("set_credits",),
    "campaign credit remove": ("set_credits",),
    "source add": ("add_sources",),
    "source list": ("campaign_sources",),
    "source check": ("check_sources",),
    "source pause": ("switch_source",),
    "source resume": ("switch_source",),
    "source plan": ("source_plan",),
    "post list": ("posts", "near", "without_video"),
    "post show": ("posts", "clip"),
    "post add": ("by_hand", "add_link"),
    "post accept": ("accept", "alias"),
    "post turn-down": ("turn_down",),
    "post link": ("hand_in_video",),
    "post put-aside": ("put_aside", "take_up"),
    "clip add": ("add_file",),
    "clip list": ("clips", "queue"),
    "clip show": ("clip",),
    "clip suggest": ("clip", "take_suggestions"),
    "clip approve": ("decide",),
    "clip reject": ("decide",),
    "clip later": ("decide",),
    "clip return": ("send_back",),
    "clip returned": ("returned",),
    "clip call-off": ("call_off",),
    "clip undo": ("undo",),
    "clip keep": ("keep",),
    "clip edit": ("edit",),
    "clip trim": ("edit", "undo_review"),
    "clip caption": ("clip_captions", "save_captions", "change_captions", "captions_file"),
    "consent list": ("consents",),
    "consent show": ("clip",),
    "consent rule": ("campaign_settings", "change_settings"),
    "consent note": ("edit", "note_terms"),
    "consent ask": ("ask_author",),
    "consent end-link": ("end_author_link",),
    "consent override": ("take_upon", "take_override_back"),
    "consent film": ("plan", "film_reaches"),
    "hand-in list": ("clips", "posts"),
    "almanac new": ("new_film",),
    "almanac plan": ("set_rules", "change_plan"),
    "almanac show": ("plan",),
    "almanac list": ("almanacs",),
    "almanac render": ("make_film", "film"),
    "almanac preview": ("make_film", "preview_film"),
    "almanac export": ("make_export", "export_file"),
    "almanac place": ("change_plan",),
    "almanac trim": ("change_plan",),
    "almanac retitle": ("change_plan",),
    "almanac leave-out": ("change_plan",),
    "almanac bring-back": ("change_plan",),
    "almanac pin": ("change_plan",),
    "almanac undo": ("change_plan",),
    "almanac diff": ("plan",),
    "almanac sign-off": ("ask_sign_off", "revoke_sign_off", "protocol"),
    "almanac sign": ("sign_film", "signed_film"),
    "almanac remarks": ("remark", "reply_remark", "settle_remark"),
    "almanac themes": ("look",),
    "almanac templates": ("new_film_form",),
    "almanac style": ("look", "set_look"),
    "almanac poster": ("choose_poster", "film_poster"),
    "almanac card add": ("change_cards",),
    "almanac card edit": ("change_cards",),
    "almanac card move": ("change_cards",),
    "almanac card undo": ("change_cards", "undo_look"),
    "almanac card list": ("cards",),
    "almanac card remove": ("change_cards",),
    "almanac credit list": ("film_credits",),
    "almanac credit add": ("set_film_credits",),
    "almanac credit move": ("set_film_credits",),
    "almanac credit remove": ("set_film_credits",),
    "almanac credit reset": ("set_film_credits",),
    "account list": ("accounts",),
    "account add": ("invite",),
    "account role": ("set_roles",),
    "account password": ("new_link",),
    "account link": ("new_link",),
    "account close": ("shut_out",),
    "account reopen": ("reopen",),
    "account reset-second-factor": ("reset_second_factor",),
    "account token new": ("make_token",),
    "account token list": ("own_tokens",),
    "account token revoke": ("revoke_token", "shut_out"),
    "alert list": ("health",),
    "alert test": ("test_alerts",),
    "audit list": ("audit",),
    "token list": ("tokens",),
    "quote add": ("add_quote", "change_quote"),
    "quote import": ("import_quotes",),
    "quote list": ("quotes",),
    "quote remove": ("change_quote",),
    "picture add": ("add_picture", "change_picture"),
    "picture list": ("pictures",),
    "picture remove": ("change_picture",),
    "music add": ("add_music", "change_music"),
    "music list": ("music",),
    "music remove": ("change_music",),
    "emblem add": ("add_emblem",),
    "emblem list": ("credits",),
    "emblem remove": ("remove_emblem",),
}
"""Command → the routes of the desk that do the same, by name."""

NOT_AT_THE_DESK = {
    **OF_THE_MACHINE,
    "doctor": "looks at the machine's own files and programs; the page of health tells what needs a person",
}


def names(group: Any, before: tuple[str, ...] = ()) -> Iterator[str]:
    """Every command below a group that is not hidden, with the words that lead to it."""
    for name, below in group.commands.items():
        words = (*before, name)
        if hasattr(below, "commands"):
            yield from names(below, words)
        elif not below.hidden:
            yield " ".join(words)


def operations_of(app: FastAPI) -> set[str]:
    return {f"{method} {path}" for _name, method, path in operations(app.state.api)}


def pages_of(app: FastAPI) -> set[str]:
    return {name for name, _path, _methods in routes(app)}


def out_of_place(commands: set[str], places: Places, reasons: Mapping[str, str], known: set[str]) -> list[str]:
    """What is wrong with a list: commands in none or in both, places that are not there, empty reasons."""
    wrong = [f"relay {each} has no place" for each in sorted(commands - set(places) - set(reasons))]
    wrong += [f"relay {each} is no command" for each in sorted({*places, *reasons} - commands)]
    wrong += [f"relay {each} has a place and an excuse" for each in sorted(set(places) & set(reasons))]
    wrong += [f"relay {each} is not at {one}" for each, at in places.items() for one in at if one not in known]
    return wrong + [f"relay {each} says nothing" for each, at in {**places, **reasons}.items() if not at]
