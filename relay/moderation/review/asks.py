"""What a participant can be asked for when a clip is returned, and when that has come. Pure: data in, data out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from relay.language.catalogue import N_
from relay.language.sentence import Sentence, as_sentence, joined


@dataclass(frozen=True, slots=True)
class Ask:
    """`label`: at the desk. `told`: what the participant reads. `needs`: what has to come: `name`, `guardian`, `video`
    or `words`.
    """

    label: str
    told: str
    needs: str


OWN_WORDS = "own_words"
ASKS: Mapping[str, Ask] = {
    "name": Ask(
        N_("The name is missing or unclear"),
        N_("Please write your first name and surname as they should stand in the film, and your town or village."),
        "name",
    ),
    "sound": Ask(
        N_("The sound is poor"),
        N_("The reading can hardly be heard. Please record it once more in a quiet place, close to the phone."),
        "video",
    ),
    "upright": Ask(
        N_("Filmed upright"),
        N_("The video is filmed upright. Please record it once more with the phone held lengthwise."),
        "video",
    ),
    "cut_off": Ask(
        N_("The beginning or the end is cut off"),
        N_("The beginning or the end is missing. Please send the whole video, or record it once more."),
        "video",
    ),
    "guardian": Ask(
        N_("A guardian's consent is missing"),
        N_("The participant is under 18: a parent or guardian has to agree. They can do it on the page."),
        "guardian",
    ),
    OWN_WORDS: Ask(N_("Something else, in your own words"), "", "words"),
}
"""Code → what is asked, in the order in which the desk shows them."""


def tidied(codes: Sequence[str]) -> list[str]:
    """The known codes among these, each once, in the order of ASKS."""
    return [code for code in ASKS if code in codes]


def is_met(codes: Collection[str], brought: Collection[str]) -> bool:
    """Whether a moderator has something to look at: all that was asked has come, or a video, or words to be read."""
    needed = {ASKS[code].needs for code in codes if code in ASKS}
    return bool({"video", "words"} & set(brought)) or needed <= set(brought)


def needs(codes: Collection[str]) -> set[str]:
    return {ASKS[code].needs for code in codes if code in ASKS}


def reason(codes: Sequence[str], note: str) -> Sentence:
    """What stands in the record: the labels, and the moderator's own words."""
    labels = [as_sentence(ASKS[code].label) for code in codes if code in ASKS and (code != OWN_WORDS or not note)]
    return joined(*labels, note, by="; ")


def sentences(codes: Sequence[str], note: str) -> list[str]:
    """What the participant reads, one thing each; the moderator's words come last, as they are."""
    return [*(ASKS[code].told for code in codes if code in ASKS and ASKS[code].told), *([note] if note else [])]
