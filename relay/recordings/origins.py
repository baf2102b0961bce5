"""Where the text is from that a clip reads: what somebody said, and what follows from the text's number."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import and_, or_
from sqlmodel import col, select

from relay.errors import Refused
from relay.language.catalogue import N_
from relay.models import Clip, Quote, TextOrigin

TOLD: Mapping[TextOrigin, str] = {
    TextOrigin.selection: N_("from the organizers' selection"),
    TextOrigin.family: N_("from the family's letters or diaries"),
    TextOrigin.relative: N_("told by a relative or a friend"),
    TextOrigin.own: N_("the reader's own memories"),
    TextOrigin.book: N_("from a book or another publication"),
}


def checked(text: str) -> TextOrigin:
    """Raises Refused."""
    try:
        return TextOrigin(text)
    except ValueError as error:
        known = ", ".join(origin.value for origin in TextOrigin if origin)
        hint = "One of these, or nothing: {known}."
        raise Refused("A text is not from “{origin}”.", hint=hint, origin=text, known=known) from error


def origin_of(said: TextOrigin, quote: str, numbers: Collection[str]) -> TextOrigin:
    """As somebody said; else a text of the selection is from there. `numbers`: of the selection's texts."""
    return TextOrigin.selection if said == TextOrigin.unknown and quote in numbers else TextOrigin(said)


def is_from(origin: TextOrigin) -> Any:
    """The same as a condition on Clip."""
    said = col(Clip.origin) == origin
    if origin not in (TextOrigin.selection, TextOrigin.unknown):
        return said
    chosen = select(Quote.id).where(Quote.campaign_id == Clip.campaign_id, Quote.number == Clip.quote).exists()
    nobody_said = col(Clip.origin) == TextOrigin.unknown
    if origin is TextOrigin.selection:
        return or_(said, and_(nobody_said, chosen))
    return and_(nobody_said, ~chosen)
