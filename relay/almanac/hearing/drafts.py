"""Draft captions of what was heard in a clip: made when a person asks for them, and never over what people made."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import select

from relay.almanac.captions import store
from relay.almanac.film.cues import Cue
from relay.almanac.hearing.drafting import drafted, is_understood
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.language.catalogue import N_
from relay.language.sentence import LanguageCode, languages_named
from relay.media.hearing.heard import LANGUAGES, Hearing, SpeechMark
from relay.models import Caption, CaptionOrigin, Clip, ClipState
from relay.search import said

WHY_NOT = {
    SpeechMark.no_sound: N_("This clip has no sound."),
    SpeechMark.silence: N_("Nothing is heard in this clip."),
    SpeechMark.no_speech: N_("Nobody speaks in this clip."),
    SpeechMark.no_model: N_("It is known where somebody speaks in this clip, and not what: there was no speech model."),
    SpeechMark.language_unsure: N_("In which language this clip is spoken is not sure."),
    SpeechMark.no_words: N_("Somebody speaks in this clip, and no word of it is sure."),
}
"""The sentence for whoever wants captions; the first that holds is told."""
TOO_LITTLE = N_("Too little of this clip was understood to write it down.")


@dataclass(frozen=True, slots=True)
class HeardLook:
    """Captions that could be drafted: `language`, in which is spoken, and `cues`. Without them `why_not` tells what was
    heard instead; it is None where nobody has listened.
    """

    language: str
    cues: tuple[Cue, ...]
    why_not: Refused | None


NOT_HEARD = HeardLook("", (), None)


def look(relay: Relay, clip_id: int) -> HeardLook:
    """Raises NotFound, also for a clip that was withdrawn."""
    heard = hearing_of(relay, clip_id)
    return of_hearing(heard) if heard is not None else NOT_HEARD


def hearing_of(relay: Relay, clip_id: int) -> Hearing | None:
    """What was heard in a clip; None where nobody has listened to it. Raises NotFound, also for a withdrawn one."""
    with relay.reading() as session:
        clip = session.get(Clip, clip_id)
        if clip is None or clip.state is ClipState.withdrawn:
            raise NotFound("There is no clip {clip}.", clip=clip_id)
        row = said.standing(session, [clip.sha256]).get(clip.sha256)
        return Hearing.from_json(row.document) if row is not None else None


def is_ready(heard: Hearing) -> bool:
    """Whether captions can be drafted of what was heard."""
    return _why_not(heard) is None


def of_hearing(heard: Hearing) -> HeardLook:
    """No captions in silence, music and noise, and in languages that are not written down."""
    why = _why_not(heard)
    return HeardLook(heard.language, tuple(drafted(heard.segments)) if why is None else (), why)


def from_heard(relay: Relay, clip_id: int, *, language: str, person: str, seen: int | None = None) -> Caption:
    """A draft (`origin` `heard`), which no film shows before a person has saved it. `language`: "" for the one that is
    spoken; `seen`: see store.keep.

    Raises NotFound, Stale, and Refused where nobody has listened, where there is nothing to write down, where another
    language is spoken, and where a person made captions.
    """
    heard = look(relay, clip_id)
    if heard.why_not is not None:
        raise heard.why_not
    if not heard.cues:
        raise Refused("Nobody has listened to this clip yet.", hint="Run: relay speech hear")
    if language and language != heard.language:
        raise Refused("In this clip is spoken: {language}.", language=LanguageCode(heard.language))
    stands = _standing(relay, clip_id, heard.language)
    given = stands if seen is None else seen
    return store.keep(
        relay, clip_id, heard.cues, language=heard.language, origin=CaptionOrigin.heard, person=person, seen=given
    )


def _why_not(heard: Hearing) -> Refused | None:
    if SpeechMark.other_language in heard.marks or (heard.language and heard.language not in LANGUAGES):
        return Refused(
            "In this clip is spoken: {language}. What is said is written down in: {languages}.",
            language=LanguageCode(heard.language),
            languages=languages_named(sorted(LANGUAGES)),
        )
    line = next((line for mark, line in WHY_NOT.items() if mark in heard.marks), None)
    if line is not None:
        return Refused(line)
    return None if is_understood(heard.segments) else Refused(TOO_LITTLE)


def _standing(relay: Relay, clip_id: int, language: str) -> int:
    """Number of the version that a draft takes the place of. Raises Refused where a person made what stands."""
    with relay.reading() as session:
        row = session.exec(select(Caption).where(Caption.clip_id == clip_id, Caption.language == language)).first()
        now = store.newest(session, clip_id, language)
        if row is not None and row.origin is not CaptionOrigin.heard:
            raise Refused(
                "This clip has captions in {language} already, and a draft does not take their place.",
                hint="Take them away first; they stay among the earlier versions.",
                language=language,
            )
    return (now.id or 0) if now is not None else 0
