"""Second opinions: ask a colleague, answer one, and all questions of a campaign."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi import Path as InPath
from fastapi.responses import RedirectResponse, Response

from relay.errors import Refused
from relay.language.catalogue import translator
from relay.models import ClipState
from relay.moderation import desk
from relay.moderation.review import opinions
from relay.web.access import person_of, relay_of
from relay.web.desk.judging.clip import refused
from relay.web.desk.judging.queue import LARGEST_ID
from relay.web.failures import status_of
from relay.web.page import language_of, render

router = APIRouter()

Id = Annotated[int, InPath(ge=1, le=LARGEST_ID)]
Text = Annotated[str, Form(max_length=2000)]


@router.get("/campaigns/{slug}/questions", name="questions")
def questions(request: Request, slug: str) -> Response:
    return _page(request, slug)


@router.post("/clips/{clip_id}/ask", name="ask")
def ask(
    request: Request,
    clip_id: Id,
    text: Text = "",
    of: Text = "",
    queue: Annotated[ClipState, Form()] = ClipState.awaiting,
) -> Response:
    """Asks, and goes on to the next clip: the question is the others' turn."""
    relay, person = relay_of(request), person_of(request)
    slug = desk.slug_of(relay, clip_id)
    try:
        opinions.ask(relay, clip_id, person=person, text=text, of=of)
    except Refused as error:
        return refused(request, clip_id, queue, error)
    return RedirectResponse(f"/campaigns/{slug}/queue?state={queue.value}&after={clip_id}", status_code=303)


@router.post("/questions/{question_id}/answer", name="answer_question")
def answer_question(request: Request, question_id: Id, words: Text = "") -> Response:
    return _about(request, question_id, words=words)


@router.post("/questions/{question_id}/close", name="close_question")
def close_question(request: Request, question_id: Id) -> Response:
    return _about(request, question_id, words=None)


def _about(request: Request, question_id: int, *, words: str | None) -> Response:
    """Answers or closes a question; then its clip's page, or why nothing was done."""
    relay, person = relay_of(request), person_of(request)
    slug = opinions.campaign_of(relay, question_id)
    try:
        if words is None:
            question = opinions.close(relay, question_id, person=person)
        else:
            question = opinions.answer(relay, question_id, person=person, words=words)
    except Refused as error:
        return _refused(request, slug, error)
    return RedirectResponse(f"/clips/{question.clip_id}", status_code=303)


def _refused(request: Request, slug: str, error: Refused) -> Response:
    line = translator(language_of(request)).tell(error.line)
    return _page(request, slug, notice=line, status=status_of(error))


def _page(request: Request, slug: str, *, notice: str | None = None, status: int = 200) -> Response:
    relay = relay_of(request)
    return render(
        request,
        "questions.html",
        status=status,
        campaign=desk.campaign(relay, slug),
        counts=desk.counts(relay, slug),
        questions=opinions.listing(relay, slug),
        me=person_of(request),
        notice=notice,
    )
