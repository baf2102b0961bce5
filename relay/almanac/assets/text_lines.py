"""Where texts are from, as a film shows it that wants to: beside the reader's name, and authors in the credits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlmodel import select

from relay.almanac.assets import styles
from relay.almanac.cards.words import card_words
from relay.almanac.plan import queries
from relay.context import Relay
from relay.language.catalogue import translator
from relay.language.sentence import prefixed
from relay.models import Almanac, Campaign, Clip, Quote, TextOrigin, need_id
from relay.recordings.origins import origin_of

LONGEST_LINK = 60
"""Letters of a link in the credits; a longer one is told by its site alone."""


def of_film(relay: Relay, campaign: Campaign, almanac: Almanac, clips: Sequence[Clip]) -> dict[int, str]:
    """By clip, in the language of the cards; nothing for a film that does not want it."""
    if styles.of(almanac).origins != "shown":
        return {}
    texts, language = _texts(relay, almanac), queries.language_of(campaign, almanac)
    return {need_id(clip): told for clip in clips if (told := told_of(clip, texts, language))}


def told_of(clip: Clip, texts: Mapping[str, Quote], language: str) -> str:
    """`from the family's letters and diaries: grandmother Anna`; of a printed text only whose it is."""
    origin = origin_of(clip.origin, clip.quote, texts)
    author = clip.text_author
    if origin is TextOrigin.selection and clip.quote in texts:
        author = texts[clip.quote].author or author
    words = card_words(language)
    if origin in (TextOrigin.family, TextOrigin.relative, TextOrigin.own):
        what = words[origin.value]
        return translator(language).tell(prefixed(what, author)) if author and origin is not TextOrigin.own else what
    if author and origin in (TextOrigin.selection, TextOrigin.book):
        return translator(language).tell(prefixed(words["text"], author))
    return ""


def authors(relay: Relay, almanac: Almanac, clips: Sequence[Clip]) -> tuple[tuple[str, str], ...]:
    """Authors of the selection's texts that are read in the film, each with the link once, in the order of the film."""
    if styles.of(almanac).origins != "shown":
        return ()
    texts = _texts(relay, almanac)
    read = [texts[clip.quote] for clip in clips if clip.quote in texts]
    return tuple(dict.fromkeys((text.author, short(text.link)) for text in read if text.author))


def short(link: str) -> str:
    """`library.example/items/7`."""
    bare = link.partition("://")[2].rstrip("/")
    return bare if len(bare) <= LONGEST_LINK else bare.partition("/")[0]


def _texts(relay: Relay, almanac: Almanac) -> dict[str, Quote]:
    with relay.reading() as session:
        rows = session.exec(select(Quote).where(Quote.campaign_id == almanac.campaign_id)).all()
    return {row.number: row for row in rows}
