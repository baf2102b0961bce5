"""Archive pictures and emblems of a campaign, made small."""

from __future__ import annotations

from pathlib import Path

from relay.almanac.assets import emblems, pictures
from relay.almanac.cards.backgrounds import Pixels
from relay.almanac.cards.kinds.thanks import PLATES, seen
from relay.almanac.stills.kept import SIDES, array, still
from relay.context import Relay
from relay.models import need_id
from relay.records import find_campaign


def of_picture(relay: Relay, slug: str, number: int, *, side: int = SIDES[0]) -> Path:
    """An archive picture made small. Raises NotFound, Refused."""
    with relay.reading() as session:
        campaign = find_campaign(session, slug)
        row = pictures.find(session, need_id(campaign), number)
    photo = pictures.photo(relay, row, longest=2 * side)
    return still(relay, ["small", row.sha256, side], photo.pixels)


def of_emblem(relay: Relay, slug: str, number: int, *, side: int = SIDES[0]) -> Path:
    """An emblem on white paper, or on dark where it would not be seen there. Raises NotFound, Refused."""
    with relay.reading() as session:
        campaign = find_campaign(session, slug)
        row = emblems.find(session, need_id(campaign), number)
    emblems.picture(relay, row)
    return still(relay, ["emblem", row.sha256, side], lambda: _on_paper(relay, row.sha256, side))


def _on_paper(relay: Relay, sha256: str, side: int) -> Pixels:
    from PIL import Image

    pixels = emblems.decoder(relay, sha256, longest=side)()
    paper = Image.new(
        "RGBA", (pixels.shape[1], pixels.shape[0]), (*max(PLATES, key=lambda one: seen(pixels, one)), 255)
    )
    paper.alpha_composite(Image.fromarray(pixels))
    return array(paper.convert("RGB"))
