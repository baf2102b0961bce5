"""The desk as an application: pages, policy, headers and errors put together."""

from __future__ import annotations

from fastapi import Depends, FastAPI
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from relay.context import Relay
from relay.moderation.people import keys
from relay.web import failures, healthz, static_files
from relay.web.access import allowed, own_form
from relay.web.desk import coverage, films, health, home, kept, language, media, plan, sign_in
from relay.web.desk.campaigns import new as new_campaign
from relay.web.desk.campaigns import poster
from relay.web.desk.campaigns import settings as campaign_settings
from relay.web.desk.campaigns import sources as campaign_sources
from relay.web.desk.campaigns import tokens as access_tokens
from relay.web.desk.judging import claims, clip, clip_review, live, mine, queue, recordings, suggestions, tags
from relay.web.desk.lists import clips, many, near_misses, posts, saved_views, without_video
from relay.web.desk.people import accounts, me, second_factor
from relay.web.desk.review import audit, questions, returned
from relay.web.drafts import DraftsSaved, note_draft
from relay.web.headers import SecurityHeaders
from relay.web.live_hub import Hub
from relay.web.public import answer, hand_in, receipt, sign_off, uploads
from relay.web.rate_limit import RateLimit
from relay.web.render_jobs import RenderJobs

PAGES = (
    *(healthz, sign_in, language, home, queue, recordings, clip, clips, posts, near_misses, without_video),
    *(coverage, media, claims, live, mine, suggestions, tags, many, saved_views, clip_review, kept),
    *(me, second_factor, accounts),
    *(films, plan, sign_off, hand_in, receipt, uploads, health),
    *(questions, returned, audit, answer),
    *(new_campaign, campaign_settings, campaign_sources, poster, access_tokens),
)


def create_app(relay: Relay) -> FastAPI:
    """The desk over an opened Relay. Makes the key of links and forms in the data folder at first use."""
    app = FastAPI(
        title="Relay",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(allowed), Depends(own_form), Depends(note_draft)],
    )
    app.state.relay = relay
    app.state.secret = keys.secret(relay)
    app.state.render_jobs = RenderJobs()
    app.state.rate_limit = RateLimit()
    app.state.live = Hub()
    app.state.receiving = {}
    app.add_middleware(DraftsSaved, tls=relay.settings.secure_cookies)
    app.add_middleware(SecurityHeaders, tls=relay.settings.secure_cookies)
    if relay.settings.trusted_networks:
        # outermost, so that everything behind it sees who really asks
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(relay.settings.trusted_networks))
    failures.install(app)
    for page in PAGES:
        app.include_router(page.router)
    app.mount("/static", static_files.Static(directory=static_files.FOLDER), name="static")
    return app
