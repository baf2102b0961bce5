"""A theme with a film's own colours and letters, as long as what stands on its cards can be read. Pure.

Contrast is WCAG 2's: 4.5 for running text, 3 for large letters and what is not text.
"""

from __future__ import annotations

from dataclasses import replace

from relay.almanac.cards.themes import Colour, Colours, Theme, colour, theme
from relay.errors import Refused

FOR_TEXT, FOR_LARGE = 4.5, 3.0
LINEAR = 0.04045
"""Up to there sRGB is linear (IEC 61966-2-1)."""
GLOW = 0.09
"""How much of white, or of light, the ground's middle has more than its edge."""
DARK_INK, LIGHT_INK = (24, 28, 34), (250, 248, 243)
SOFTER = 0.3
"""How much of the ground is in what stands back."""


def recoloured(chosen: Theme, *, accent: str = "", ground: str = "", letters: str = "") -> Theme:
    """`accent`, `ground` as `#rrggbb`; `letters`: a theme's name. Empty: the theme's own. Raises Refused."""
    colours = chosen.colours
    if ground:
        colours = _on(colours, colour(ground))
    if accent:
        colours = replace(colours, accent=colour(accent))
    if ground or accent:
        _check(colours)
    fonts = theme(letters).fonts if letters else chosen.fonts
    return replace(chosen, colours=colours, fonts=fonts)


def _on(colours: Colours, ground: Colour) -> Colours:
    """Inks that can be read on another ground: the theme's own where they can."""
    glow = mixed(ground, (255, 255, 255), GLOW)
    ink = colours.ink if _reads(colours.ink, ground, glow) else better(ground, DARK_INK, LIGHT_INK)
    soft = colours.soft if _reads(colours.soft, ground, glow) else mixed(ink, ground, SOFTER)
    return replace(colours, ground=ground, glow=glow, ink=ink, soft=soft)


def _reads(ink: Colour, *grounds: Colour) -> bool:
    return all(contrast(ink, ground) >= FOR_TEXT for ground in grounds)


def _check(colours: Colours) -> None:
    if not (_reads(colours.ink, colours.ground, colours.glow) and _reads(colours.soft, colours.ground, colours.glow)):
        raise Refused("Nothing could be read well on this ground.", hint="Take a darker or a lighter one.")
    if min(contrast(colours.accent, colours.ground), contrast(colours.accent, colours.glow)) < FOR_LARGE:
        raise Refused(
            "This accent could hardly be told from the ground.", hint="Take one that is clearly lighter or darker."
        )


def contrast(one: Colour, other: Colour) -> float:
    """WCAG 2.2, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: Colour) -> float:
    red, green, blue = (_linear(part / 255) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= LINEAR else ((part + 0.055) / 1.055) ** 2.4


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """`share` of the other one."""
    red, green, blue = (round(a * (1 - share) + b * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def better(ground: Colour, *inks: Colour) -> Colour:
    """The ink that stands out most."""
    return max(inks, key=lambda ink: contrast(ink, ground))
