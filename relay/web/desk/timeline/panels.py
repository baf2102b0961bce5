"""Panels below the editor's timeline, a page at a time: part of the page, or by themselves for the script that asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from relay.almanac.plan import markers, panels
from relay.context import Relay
from relay.web.access import relay_of
from relay.web.desk.judging.queue import LARGEST_ID
from relay.web.desk.timeline.addresses import address
from relay.web.page import render as render_page
from relay.web.words import films

router = APIRouter()

Panel = Literal["", "tray", "proposals", "left-out", "history", "markers"]
MOST_PAGES, MOST_MARKERS = 10_000, 500
PageNumber = Annotated[int, Query(ge=1, le=MOST_PAGES)]
Sought = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, slots=True)
class OpenPanel:
    """Which panel is open, which page of it, and what is looked for in it; `found` is None where none is open."""

    name: Panel = ""
    page: int = 1
    q: str = ""
    found: Any = None


def opened(relay: Relay, slug: str, name: str, panel: Panel, page: int = 1, q: str = "") -> OpenPanel:
    """Raises NotFound."""
    found: Any = None
    if panel == "tray":
        found = panels.tray(relay, slug, name, page, q)
    elif panel == "proposals":
        found = panels.proposals(relay, slug, name, page)
    elif panel == "left-out":
        found = panels.left_out(relay, slug, name, page)
    elif panel == "history":
        found = panels.history(relay, slug, name, page)
    elif panel == "markers":
        marked = markers.listing(relay, slug, name)
        found = panels.PanelPage(marked[:MOST_MARKERS], len(marked), 1)
    return OpenPanel(panel, found.page if found is not None else 1, q, found)


@router.get("/almanacs/{slug}/{name}/plan/panel/{panel}", name="plan_panel")
def plan_panel(
    request: Request,
    slug: str,
    name: str,
    panel: Panel,
    page: PageNumber = 1,
    q: Sought = "",
    clip: Annotated[int, Query(ge=0, le=LARGEST_ID)] = 0,
) -> Response:
    """The panel alone. Its forms carry no token of the plan: the script puts that of the page into them."""
    return render_page(
        request,
        "plan_panel.html",
        here=address(slug, name),
        panel=opened(relay_of(request), slug, name, panel, page, q),
        version="-",
        showing=clip,
        told=films,
    )
