"""What is said to the author of a clip, and what they agree to, word for word as it is kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from relay.language.catalogue import N_, translator
from relay.language.dates import window
from relay.models import Campaign
from relay.permissions.rules import Use

GREETING = N_("Hello! Thank you for your video for “{title}”.")
WISH = N_("We would like to show it in a film, and ask you for your permission.")
WHERE = N_(
    "On this page you say what may be done with the video, and until when. You can change that or take the video back: "
    "{link}"
)
CHILD = N_("If the person in the video is under 18, a parent or guardian answers.")
UNTIL = N_("The page is yours alone and needs no account. It works until {day}.")

MAY: Mapping[Use, str] = {
    Use.archive: N_("The video may be kept in the archive of “{title}”."),
    Use.film: N_("The video, my name and my town may be shown in the film “{title}” and in public."),
    Use.broadcast: N_("The film with it may be broadcast on television and on the internet."),
    Use.abroad: N_("The film with it may be shown abroad."),
}
"""What the author ticks; `{title}` is the campaign's."""
MAY_NOT: Mapping[Use, str] = {
    Use.archive: N_("It may not be kept in the archive."),
    Use.broadcast: N_("It may not be broadcast."),
    Use.abroad: N_("It may not be shown abroad."),
}
"""What is kept where a box is left empty."""
HOLDS_UNTIL = N_("This holds until {day}.")
GUARDIAN = N_("I am a parent or guardian of the person in the video, and I allow all that is written above.")
NO = N_("I do not allow the video to be shown or kept.")


def message(campaign: Campaign, link: str, last: date, language: str) -> str:
    """What a moderator sends to the author, with the link, in one language."""
    tell = translator(language).tell
    words = {"title": campaign.title, "link": link, "day": window(last, last, language)}
    return "\n".join(tell(line).format(**words) for line in (GREETING, WISH, WHERE, CHILD, UNTIL))


def choices(campaign: Campaign, language: str) -> dict[Use, str]:
    """The boxes of the page, as the author reads them."""
    tell = translator(language).tell
    return {use: tell(text).format(title=campaign.title) for use, text in MAY.items()}


def agreed(
    campaign: Campaign, uses: Collection[Use], language: str, *, until: date | None, guardian: str
) -> tuple[str, ...]:
    """The sentences that somebody has agreed to, one each; what they did not tick is said too."""
    tell, boxes = translator(language).tell, choices(campaign, language)
    said = [boxes[use] for use in MAY if use in uses]
    if Use.film in uses:
        said += [tell(text) for use, text in MAY_NOT.items() if use not in uses]
    if until is not None:
        said.append(tell(HOLDS_UNTIL).format(day=window(until, until, language)))
    if guardian:
        said.append(f"{tell(GUARDIAN)} — {guardian}")
    return tuple(said)


def refused(language: str) -> tuple[str, ...]:
    return (translator(language).tell(NO),)
