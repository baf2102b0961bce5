"""The desk as an application: pages, policy, headers and errors put together."""

from __future__ import annotations

import re
from datetime import timedelta

from fastapi import Depends, FastAPI
from starlette.routing import Mount
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from relay import installation_key
from relay.context import Relay
from relay.web import failures, healthz, static_files
from relay.web.access import allowed, own_form
from relay.web.api import pages as api_pages
from relay.web.api.app import create_api
from relay.web.background.errands import Errands
from relay.web.background.export_jobs import ExportJobs
from relay.web.background.render_jobs import RenderJobs
from relay.web.client import own_name
from relay.web.desk import coverage, films, health, home, kept, language, media, plan, poster, sign_in
from relay.web.desk.board import board
from relay.web.desk.board import tables as board_tables
from relay.web.desk.campaigns import new as new_campaign
from relay.web.desk.campaigns import poster as campaign_poster
from relay.web.desk.campaigns import readings
from relay.web.desk.campaigns import settings as campaign_settings
from relay.web.desk.campaigns import sources as campaign_sources
from relay.web.desk.campaigns import tokens as access_tokens
from relay.web.desk.captions import clip as clip_captions
from relay.web.desk.captions import files as caption_files
from relay.web.desk.captions import films as film_captions
from relay.web.desk.film import cards, credits, exports, look, music, new, pictures, quotes, watch
from relay.web.desk.judging import (
    certificate,
    claims,
    clip,
    clip_review,
    heard,
    live,
    mine,
    queue,
    recordings,
    suggestions,
    tags,
    which_text,
)
from relay.web.desk.lists import by_hand, clips, many, near_misses, posts, saved_views, without_video
from relay.web.desk.people import accounts, me, second_factor
from relay.web.desk.review import audit, compare, permissions, questions, record, remarks, returned, signed
from relay.web.desk.timeline import live as plan_live
from relay.web.desk.timeline import panels, played
from relay.web.drafts import DraftsSaved, note_draft
from relay.web.headers import SecurityHeaders
from relay.web.live_hub import Hub
from relay.web.public import agree, answer, hand_in, receipt, sign_off, uploads
from relay.web.rate_limit import RateLimit

PAGES = (
    *(healthz, sign_in, language, home, queue, recordings, certificate, clip, clips, posts, near_misses, without_video),
    *(coverage, media, claims, live, mine, suggestions, which_text, tags, many, saved_views, clip_review, heard, kept),
    *(me, second_factor, accounts),
    *(new, quotes, pictures, music, credits, cards, look),
    *(films, plan, poster, sign_off, hand_in, receipt, uploads, health),
    *(questions, returned, audit, record, answer, remarks, compare, signed, permissions, agree),
    *(board, board_tables),
    *(by_hand, readings),
    *(new_campaign, campaign_settings, campaign_sources, campaign_poster, access_tokens),
    *(exports, watch),
    api_pages,
    *(panels, played, plan_live),
    *(caption_files, clip_captions, film_captions),
)


def create_app(relay: Relay) -> FastAPI:
    """The desk over an opened Relay. Makes the key of links and forms in the data folder at first use."""
    app = FastAPI(
        title="Relay",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(own_name), Depends(allowed), Depends(own_form), Depends(note_draft)],
    )
    app.state.relay = relay
    app.state.secret = installation_key.secret(relay)
    app.state.render_jobs = RenderJobs()
    app.state.export_jobs = ExportJobs()
    app.state.rate_limit = RateLimit()
    app.state.live = Hub()
    app.state.plan_live = plan_live.hub()
    app.state.receiving = {}
    app.state.errands = Errands()
    app.state.api_calls = RateLimit(relay.settings.api_per_minute, timedelta(minutes=1))
    app.add_middleware(DraftsSaved, tls=relay.settings.secure_cookies)
    app.add_middleware(SecurityHeaders, tls=relay.settings.secure_cookies, media_origin=relay.settings.media_origin)
    if relay.settings.trusted_networks:
        # outermost, so that everything behind it sees who really asks
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(relay.settings.trusted_networks))
    failures.install(app)
    for page in PAGES:
        app.include_router(page.router)
    app.state.api = create_api(app.state)
    app.routes.append(_below("/api/v1", app.state.api, "api"))
    app.mount("/static", static_files.Static(directory=static_files.FOLDER), name="static")
    return app


def _below(path: str, inner: FastAPI, name: str) -> Mount:
    """As `FastAPI.mount`, also for addresses with the end of a line in them: whoever asks there is a program, too."""
    mount = Mount(path, app=inner, name=name)
    mount.path_regex = re.compile(mount.path_regex.pattern, re.DOTALL)
    return mount
