"""What is told of a film that is watched while it is made. All are message ids."""

from __future__ import annotations

from collections.abc import Mapping

from relay.almanac.delivery.versions import clock
from relay.almanac.delivery.watching.watch import WatchView
from relay.language.catalogue import N_
from relay.language.sentence import Sentence, filled

BEGINNING = N_("The film is being prepared; its first pictures come in a moment.")
ALL = N_("All of it is made; now the file is put together.")
UP_TO = N_("Made up to {made} of {whole}.")
READY: Mapping[str, str] = {"film": N_("Version {version} is ready."), "preview": N_("The preview is ready.")}
CLOSED = N_("Somebody in this film has taken their video back meanwhile. It can't be watched any more: make it again.")
NOTHING = N_("This film is not being made just now.")
FIRST_SOUND = N_("You hear the sound as it is mixed at first; its loudness is set when all voices are there.")
OWN_SOUND = N_("You hear the sound of the finished film.")
LOUDER = N_("From here on you hear the sound of the finished film: {decibels} dB louder than before.")
QUIETER = N_("From here on you hear the sound of the finished film: {decibels} dB quieter than before.")
HEARD = 0.1
"""dB: a smaller difference is none."""


def how_far(found: WatchView | None) -> Sentence:
    """Of a film that is being made."""
    if found is None or not found.until:
        return filled(BEGINNING)
    if "0" not in found.made:
        return filled(ALL)
    return filled(UP_TO, made=clock(found.until), whole=clock(found.seconds))


def ready(kind: str, version: int | None) -> Sentence:
    return filled(READY[kind], version=version) if kind == "film" else filled(READY[kind])


def sound(found: WatchView | None) -> Sentence:
    """Empty as long as nothing is heard."""
    if found is None or not found.until:
        return filled("")
    if not found.settled:
        return filled(FIRST_SOUND)
    if abs(found.louder) < HEARD:
        return filled(OWN_SOUND)
    return filled(LOUDER if found.louder > 0 else QUIETER, decibels=abs(found.louder))
