"""Which text is read in a clip: one key says yes to what is proposed, another one no, and both can be taken back."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi import Path as InPath
from fastapi.responses import RedirectResponse, Response

from relay.almanac.hearing import answers
from relay.errors import NotFound, Refused
from relay.models import ClipState
from relay.moderation import one_form
from relay.web.access import person_of, relay_of
from relay.web.desk.judging import typed
from relay.web.desk.judging.clip import refused
from relay.web.desk.judging.queue import LARGEST_ID, clip_address

router = APIRouter()

ClipId = Annotated[int, InPath(ge=1, le=LARGEST_ID)]
PRESSED = re.compile(r"(confirm|replace|refuse|back):(\d{1,4}):(.{0,32})", re.DOTALL)


@router.post("/clips/{clip_id}/readings", name="answer_reading")
def answer(
    request: Request,
    clip_id: ClipId,
    reading: Annotated[str, Form(max_length=64)],
    sent: typed.Posted,
    queue: Annotated[ClipState, Form()] = ClipState.awaiting,
) -> Response:
    """`reading`: what is done, at which place, and the text that stood on the button. What was typed in the other
    fields is kept with it.
    """
    relay, person = relay_of(request), person_of(request)
    others = replace(sent, form=_without_quote(sent.form))
    pressed = PRESSED.fullmatch(reading)
    try:
        if pressed is None:
            raise Refused("This request can't be understood.")
        one_form.submit(relay, clip_id, others.form, person=person)
        place, text = int(pressed[2]), pressed[3]
        does: Mapping[str, Callable[..., answers.ReadingAnswered]] = {
            "confirm": partial(answers.confirm, quote=text),
            "replace": partial(answers.confirm, quote=text, replace=True),
            "refuse": partial(answers.refuse, quote=text),
            "back": partial(answers.take_back, quote=text),
        }
        does[pressed[1]](relay, clip_id, place, person=person)
    except NotFound:
        raise
    except Refused as error:
        return refused(request, clip_id, queue, error, sent=others)
    return RedirectResponse(clip_address(clip_id, queue), status_code=303)


def _without_quote(form: one_form.TypedForm) -> one_form.TypedForm:
    """The answer says which text it is."""
    return replace(form, typed={name: text for name, text in form.typed.items() if name != "quote"})
