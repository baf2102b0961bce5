"""The cards of a film: added, written, moved and removed, each shown as it will look."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi import Path as InPath
from fastapi.responses import FileResponse, Response
from starlette.concurrency import run_in_threadpool

from relay.almanac.assets import cards, looks, pictures, quotes, styles
from relay.almanac.assets.cards import CardView
from relay.almanac.cards.kinds import KINDS
from relay.almanac.plan import queries
from relay.almanac.plan.queries import PlanView, SegmentView
from relay.almanac.stills import card_stills
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.language.catalogue import names
from relay.moderation import desk
from relay.web.access import person_of, relay_of
from relay.web.desk.film.answers import answered
from relay.web.desk.judging.queue import LARGEST_ID
from relay.web.desk.timeline.addresses import address
from relay.web.headers import NOT_KEPT
from relay.web.page import render
from relay.web.words import film_looks

router = APIRouter()

CardId = Annotated[int, InPath(ge=1, le=LARGEST_ID)]
LONGEST = 4000
TITLE = "title"
"""Of the kinds that the page knows the one that is no row: the film's own title."""

Words = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CardRow:
    """A card in the film's order; `clips`: those that follow it, up to the next card."""

    card: CardView | None
    clips: Sequence[SegmentView] = field(default_factory=tuple)
    title: bool = False


@router.get("/almanacs/{slug}/{name}/cards", name="cards")
def cards_page(
    request: Request,
    slug: str,
    name: str,
    card: Annotated[int, Query(ge=0, le=LARGEST_ID)] = 0,
    kind: Annotated[str, Query(max_length=16)] = "",
) -> Response:
    """`card`: the one that is written; `kind`: of a new one."""
    return _page(request, slug, name, card=card, kind=kind)


@router.post("/almanacs/{slug}/{name}/cards/{deed}", name="change_cards")
async def change_cards(request: Request, slug: str, name: str, deed: str) -> Response:
    form = await request.form()
    words = {part: str(text)[:LONGEST] for part, text in form.items()}
    return await run_in_threadpool(_change, request, slug, name, deed, words)


def _change(request: Request, slug: str, name: str, deed: str, form: Words) -> Response:
    kept: dict[str, Any] = {"card": number_of(form, "card"), "kind": form.get("kind", ""), "typed": form}
    if deed == "show":
        return _page(request, slug, name, **kept)
    if deed not in DEEDS:
        raise NotFound("There is no such page.")
    film = _FilmCards(relay_of(request), slug, name, person_of(request), form)
    card = number_of(form, "card")
    chosen = card if deed in ("edit", "up", "down", "move") else 0
    back = f"{address(slug, name)}/cards" + (f"?card={chosen}#card-{chosen}" if chosen else "")
    again = partial(_page, request, slug, name, **(kept if deed in ("add", "edit", "title") else {}))
    return answered(request, lambda: DEEDS[deed](film), back=back, again=again)


@dataclass(frozen=True, slots=True)
class _FilmCards:
    """What the forms of the page do. A form without the token of the look is as good as one of yesterday."""

    relay: Relay
    slug: str
    name: str
    person: str
    form: Words

    def add(self) -> None:
        cards.add(
            *self._film,
            self.form.get("kind", ""),
            words=self._words,
            before=number_of(self.form, "before") or None,
            quote=self.form.get("quote", "").strip(),
            picture=number_of(self.form, "picture") or None,
            seconds=seconds_of(self.form),
            person=self.person,
            seen=self._seen,
        )

    def edit(self) -> None:
        cards.edit(
            *self._film,
            self._card,
            words=self._words,
            quote=self.form.get("quote", "").strip(),
            picture=number_of(self.form, "picture") or None,
            seconds=seconds_of(self.form),
            person=self.person,
            seen=self._seen,
        )

    def title(self) -> None:
        titles: dict[str, dict[str, str]] = {}
        for part, text in self.form.items():
            word, _, language = part.partition(".")
            if language and word in ("title", "subtitle"):
                titles.setdefault(language, {})[word] = text.strip()
        wanted = styles.Change(
            title=self.form.get("title", ""), subtitle=self.form.get("subtitle", ""), titles=titles or None
        )
        styles.change(*self._film, wanted, person=self.person, seen=self._seen)

    def move(self) -> None:
        before = number_of(self.form, "before") or None
        cards.move(*self._film, self._card, before=before, person=self.person, seen=self._seen)

    def up(self) -> None:
        cards.step(*self._film, self._card, back=True, person=self.person, seen=self._seen)

    def down(self) -> None:
        cards.step(*self._film, self._card, back=False, person=self.person, seen=self._seen)

    def remove(self) -> None:
        cards.remove(*self._film, self._card, person=self.person, seen=self._seen)

    def undo(self) -> None:
        looks.undo(*self._film, person=self.person, seen=self._seen)

    @property
    def _film(self) -> tuple[Relay, str, str]:
        return self.relay, self.slug, self.name

    @property
    def _seen(self) -> str:
        return self.form.get("seen", "") or "-"

    @property
    def _card(self) -> int:
        return number_of(self.form, "card")

    @property
    def _words(self) -> dict[str, str]:
        return {part: text for part, text in self.form.items() if part not in NO_WORDS}


NO_WORDS = frozenset({"form_token", "seen", "card", "kind", "before", "quote", "picture", "seconds", "draft"})
DEEDS: Mapping[str, Callable[[_FilmCards], None]] = {
    "add": _FilmCards.add,
    "edit": _FilmCards.edit,
    "title": _FilmCards.title,
    "move": _FilmCards.move,
    "up": _FilmCards.up,
    "down": _FilmCards.down,
    "remove": _FilmCards.remove,
    "undo": _FilmCards.undo,
}


@router.get("/almanacs/{slug}/{name}/cards/{card}.jpg", name="card_still")
def card_still(request: Request, slug: str, name: str, card: CardId) -> Response:
    still = card_stills.of_card(relay_of(request), slug, name, card)
    return FileResponse(still, media_type="image/jpeg", headers=NOT_KEPT)


@router.get("/almanacs/{slug}/{name}/card-draft.jpg", name="card_draft")
def card_draft(request: Request, slug: str, name: str, kind: Annotated[str, Query(max_length=16)] = TITLE) -> Response:
    """A card that is only being written: its words are the other fields of the address."""
    form = {part: text[:LONGEST] for part, text in request.query_params.items()}
    words = {part: text for part, text in form.items() if part not in NO_WORDS}
    quote, picture = form.get("quote", "").strip(), number_of(form, "picture") or None
    still = card_stills.of_words(relay_of(request), slug, name, kind, words, quote=quote, picture=picture)
    return FileResponse(still, media_type="image/jpeg", headers=NOT_KEPT)


def number_of(form: Words, name: str) -> int:
    """0 for none, and for what is no number of a row."""
    text = form.get(name, "").strip()
    whole = text.isascii() and text.isdecimal() and len(text) < 11
    return int(text) if whole and int(text) <= LARGEST_ID else 0


def seconds_of(form: Words) -> float:
    """0 for nothing: as long as the card needs. Raises Refused."""
    text = form.get("seconds", "").strip().replace(",", ".")
    try:
        return float(text) if text else 0.0
    except ValueError as error:
        raise Refused("{time} is no time.", hint="Write seconds (12.5) or minutes (1:02.5).", time=text) from error


def rows_of(plan: PlanView, listed: Sequence[CardView]) -> tuple[list[CardRow], list[CardView]]:
    """The film as a row of cards with the clips behind each, and the cards whose clip is not in the film any more."""
    rows = [CardRow(None, title=True)]
    clips: list[SegmentView] = []

    def close() -> None:
        nonlocal clips
        rows[-1] = CardRow(rows[-1].card, tuple(clips), rows[-1].title)
        clips = []

    for segment in plan.segments:
        for card in (one for one in listed if one.before == segment.clip):
            close()
            rows.append(CardRow(card))
        clips.append(segment)
    for card in (one for one in listed if one.before is None):
        close()
        rows.append(CardRow(card))
    close()
    there = {segment.clip for segment in plan.segments}
    return rows, [one for one in listed if one.before is not None and one.before not in there]


def _page(
    request: Request,
    slug: str,
    name: str,
    *,
    card: int = 0,
    kind: str = "",
    typed: Words | None = None,
    notice: str | None = None,
    status: int = 200,
) -> Response:
    relay = relay_of(request)
    campaign, plan, listed = (
        desk.campaign(relay, slug),
        queries.show(relay, slug, name),
        cards.listing(relay, slug, name),
    )
    rows, astray = rows_of(plan, listed)
    chosen = next((one for one in listed if one.id == card), None)
    kind = chosen.kind if chosen is not None else kind if kind in KINDS else TITLE
    own = styles.show(relay, slug, name)
    titles = styles.titles(relay, slug, name)
    return render(
        request,
        "film_cards.html",
        status=status,
        campaign=campaign,
        almanac=plan,
        here=address(slug, name),
        rows=rows,
        astray=astray,
        chosen=chosen,
        kind=kind,
        kinds=KINDS,
        words_of=film_looks.WORDS,
        kind_names=film_looks.KINDS,
        typed=typed if typed is not None else _own_words(chosen, kind, titles),
        quotes=quotes.listing(relay, slug) if kind == "quote" else [],
        pictures=pictures.listing(relay, slug) if kind == "picture" else [],
        others={code: called for code, called in names().items() if code != campaign.language},
        speaks=own.language,
        token=looks.token(relay, slug, name),
        undo=looks.last(relay, slug, name),
        notice=notice,
    )


def _own_words(chosen: CardView | None, kind: str, titles: Words) -> dict[str, str]:
    """What the form shows at first."""
    if kind == TITLE:
        return dict(titles)
    if chosen is None:
        return {}
    seconds = f"{chosen.seconds:g}" if chosen.seconds else ""
    return {**chosen.words, "seconds": seconds, "picture": str(chosen.picture or "")}
