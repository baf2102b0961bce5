from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Path, Request, Response

from relay.collect import campaigns
from relay.collect.campaigns import CampaignStatus
from relay.collect.leading import life, pasting, settings, tags
from relay.collect.leading.pasting import PastedLine
from relay.web.api import bodies
from relay.web.api.answers import answer, saw
from relay.web.api.bearer import Here, Who
from relay.web.api.noted import router as routes
from relay.web.api.schemas import model_of, several

router = routes("Open, close and watch campaigns.")
PATIENCE = 45.0
"""Seconds for looking addresses up; proxies give up on a request that takes longer than a minute."""
Tag = Annotated[str, Path(max_length=200, description="The tag, with or without #."), bodies.Plain]


@dataclass(frozen=True, slots=True)
class SettingsView:
    """What an organizer may change at any time. `permission`: what counts as permission to show a clip; `gate`: what
    becomes of one that lacks it. `guidelines`: for moderators; `introduction`, `contact`: of the hand-in
    page; `districts`: one a line.
    """

    title: str
    language: str
    permission: str
    gate: str
    guidelines: str = field(default="")
    introduction: str = field(default="")
    contact: str = field(default="")
    districts: str = field(default="")


@dataclass(frozen=True, slots=True)
class AddedTag:
    """`posts`: how many that waited as look-alikes are ours by it."""

    tag: str
    posts: int


@router.post(
    "/campaigns/{slug}/archive",
    name="archive_campaign",
    response_model=model_of(CampaignStatus),
    summary="Put a campaign that is over aside: it stays to be seen, and nothing is read for it any more.",
)
def archive(request: Request, relay: Here, who: Who, slug: bodies.Slug) -> Response:
    life.archive(relay, slug, person=who)
    return answer(request, campaigns.status(relay, slug))


@router.post(
    "/campaigns/{slug}/bring-back",
    name="bring_campaign_back",
    response_model=model_of(CampaignStatus),
    summary="Take a campaign out of the archive. It is stopped, and starts again only by hand.",
)
def bring_back(request: Request, relay: Here, who: Who, slug: bodies.Slug) -> Response:
    life.bring_back(relay, slug, person=who)
    return answer(request, campaigns.status(relay, slug))


@router.put(
    "/campaigns/{slug}/window",
    name="reschedule_campaign",
    response_model=model_of(CampaignStatus),
    summary="Other days for a campaign that has not started yet.",
)
def reschedule(request: Request, relay: Here, who: Who, slug: bodies.Slug, body: bodies.Window) -> Response:
    life.reschedule(relay, slug, body.opens, body.closes, person=who)
    return answer(request, campaigns.status(relay, slug))


@router.get(
    "/campaigns/{slug}/settings",
    name="api_settings",
    response_model=model_of(SettingsView),
    summary="The campaign's title and language, and what it tells people.",
)
def show(request: Request, relay: Here, slug: bodies.Slug) -> Response:
    return answer(request, _shown(relay, slug))


@router.patch(
    "/campaigns/{slug}/settings",
    name="change_campaign",
    response_model=model_of(SettingsView),
    summary="Change the campaign's title and language, and what it tells people.",
)
def change(request: Request, relay: Here, who: Who, slug: bodies.Slug, body: bodies.CampaignSettings) -> Response:
    """What stood in the fields is said by `seen`, or by the ETag of GET in If-Match; else it is what stands now."""
    now = settings.shown(relay, slug)
    saw(request, _shown(relay, slug))
    typed = {str(name): text for name, text in body.model_dump(exclude={"seen"}).items() if text is not None}
    was = {**now, **{str(name): text for name, text in (body.seen or {}).items()}}
    settings.change(relay, slug, typed, was, person=who)
    return answer(request, _shown(relay, slug))


@router.post(
    "/campaigns/{slug}/hashtags",
    name="add_hashtag",
    status_code=201,
    response_model=model_of(AddedTag),
    summary="One more tag. Every source is read again for the campaign's days.",
)
def add_hashtag(request: Request, relay: Here, who: Who, slug: bodies.Slug, body: bodies.NewTag) -> Response:
    return answer(request, AddedTag(body.tag, tags.add_hashtag(relay, slug, body.tag, person=who)), status=201)


@router.post(
    "/campaigns/{slug}/aliases",
    name="add_alias",
    status_code=201,
    response_model=model_of(AddedTag),
    summary="A spelling that counts like the tag.",
)
def add_alias(request: Request, relay: Here, who: Who, slug: bodies.Slug, body: bodies.NewTag) -> Response:
    return answer(request, AddedTag(body.tag, tags.add_alias(relay, slug, body.tag, person=who)), status=201)


@router.delete(
    "/campaigns/{slug}/tags/{tag}",
    name="drop_tag",
    response_model=model_of(CampaignStatus),
    summary="Take a tag or a spelling away. What was found by it stays.",
)
def drop_tag(request: Request, relay: Here, who: Who, slug: bodies.Slug, tag: Tag) -> Response:
    tags.drop(relay, slug, tag if tag.startswith("#") else f"#{tag}", person=who)
    return answer(request, campaigns.status(relay, slug))


@router.post(
    "/campaigns/{slug}/sources/several",
    name="add_sources",
    response_model=several(PastedLine),
    summary="Add many places at once; each is answered, and a bad one stops nothing.",
)
def add_sources(request: Request, relay: Here, who: Who, slug: bodies.Slug, body: bodies.NewSources) -> Response:
    """A district may follow an address. What could not be asked in time says `waits`: send it once more."""
    wanted = pasting.lines_of("\n".join(body.addresses), relay)
    told = pasting.add_all(relay, slug, wanted, person=who, here=False, district=body.district, patience=PATIENCE)
    return answer(request, list(told))


def _shown(relay: Here, slug: str) -> SettingsView:
    return SettingsView(**settings.shown(relay, slug))
