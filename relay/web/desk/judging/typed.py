"""The clip's one form as it comes from a browser, and what its page shows of a form that could not be taken."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from fastapi import Depends, Query, Request
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from relay.moderation.one_form import FIELDS, BothVersions, EditConflict, TypedForm, checked_key
from relay.web import drafts

LONGEST = 2000
Pick = Annotated[Literal["mine", "theirs", ""], Query()]


@dataclass(frozen=True, slots=True)
class FormOnPage:
    """What the page's fields say and said. `both`: what two people changed. `verdict`: what was pressed, if anything.

    `decided`: somebody has decided meanwhile. `key`: of the form; a decision by it counts once. `kept`: it was pressed
    when nobody was signed in any more, as a decision on a clip in state `seen`, or as a second look.
    """

    key: str
    values: Mapping[str, str]
    was: Mapping[str, str]
    evidence: str = ""
    both: tuple[BothVersions, ...] = ()
    verdict: str = ""
    reason: str = ""
    note: str = ""
    decided: bool = False
    touched: bool = False
    kept: Literal["", "decide", "look"] = ""
    seen: str = ""


@dataclass(frozen=True, slots=True)
class PostedForm:
    """What was posted: the typed fields, and the words of a decision, to be shown again where it can't be taken."""

    form: TypedForm
    key: str = ""
    verdict: str = ""
    reason: str = ""
    note: str = ""


async def posted(request: Request, pick: Pick = "") -> PostedForm:
    """`pick`: all of mine, or all of theirs, where both stand side by side; else each field has a `pick_…` of its own.
    `both` names the fields that stand so: a browser sends nothing of a line in which neither is chosen.

    Raises HTTPException for what no form of ours sends.
    """
    form = await request.form()
    typed = {name: _text(form, name) for name in FIELDS if name in form}
    was = {name: _text(form, f"was_{name}") for name in FIELDS if f"was_{name}" in form}
    both = form.getlist("both")
    for name in FIELDS:
        chosen = _text(form, f"pick_{name}")
        if (chosen or name in both) and (pick or chosen) == "theirs":
            typed.pop(name, None)
    return PostedForm(
        form=TypedForm(typed, was, _text(form, "evidence")),
        key=checked_key(_text(form, "key")),
        verdict=_text(form, "verdict"),
        reason=_text(form, "reason"),
        note=_text(form, "note"),
    )


Posted = Annotated[PostedForm, Depends(posted)]


def fresh(values: Mapping[str, str]) -> FormOnPage:
    """A form in which nobody has typed yet."""
    return FormOnPage(secrets.token_urlsafe(16), values, values)


def again(now: Mapping[str, str], sent: PostedForm, error: Exception | None = None) -> FormOnPage:
    """The form with what was typed in it. After a conflict the fields have been seen as they are `now`."""
    typed, was = sent.form.typed, sent.form.was
    touched = {name: text for name, text in typed.items() if text != was.get(name, "")}
    conflict = error if isinstance(error, EditConflict) else None
    seen = {name: was.get(name, now[name]) if name in touched and conflict is None else now[name] for name in now}
    return FormOnPage(
        key=secrets.token_urlsafe(16),
        values={**now, **touched},
        was=seen,
        evidence=sent.form.evidence,
        both=conflict.fields if conflict is not None else (),
        verdict=sent.verdict,
        reason=sent.reason,
        note=sent.note,
        decided=conflict is not None and conflict.decided,
        touched=bool(touched or sent.form.evidence),
    )


def kept(request: Request, now: Mapping[str, str], token: str) -> FormOnPage:
    """What the person had typed when their session ended, or a fresh form."""
    form = drafts.kept(request, token) if token else None
    if form is None:
        return fresh(now)
    typed = {name: form.fields[name] for name in FIELDS if name in form.fields}
    was = {name: form.fields[f"was_{name}"] for name in FIELDS if f"was_{name}" in form.fields}
    evidence = form.fields.get("evidence", "")
    pressed = form.fields.get("verdict", "")
    found = again(now, PostedForm(TypedForm(typed, was, evidence), verdict=pressed))
    if not pressed:
        return found
    return replace(found, kept="look" if form.path.endswith("/look") else "decide", seen=form.fields.get("seen", ""))


def _text(form: FormData, name: str) -> str:
    text = form.get(name, "")
    if not isinstance(text, str) or len(text) > LONGEST:
        raise HTTPException(400)
    return text
