"""What stands on each kind of card, and where: a module for each.

KINDS is the one list of those that can be put between clips: a new one is a module with its CardDesign, and its name
here. The others belong to every film: title, name strips, captions, credits, ending.
"""

from __future__ import annotations

from collections.abc import Mapping

from relay.almanac.cards.between import CardDesign
from relay.almanac.cards.kinds import chapter, picture, place, quote

KINDS: Mapping[str, CardDesign] = {
    design.name: design for design in (chapter.DESIGN, quote.DESIGN, place.DESIGN, picture.DESIGN)
}
