"""Clips in which a text is read, as rows: what was heard in them is written by the test that knows it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from relay.almanac.film.sentences import sentences_of
from relay.context import Relay
from relay.media.hearing.heard import HeardWord, Hearing
from relay.models import ClipState, Quote
from tests.heard_rows import keeps
from tests.moderation.town import Town

TEXT = (
    "Снег лежал до самого апреля. Мы носили воду с реки. Мама пекла хлеб по ночам. "
    "Утром пришло письмо от отца. Все соседи собрались у нас."
)
MODEL = "d01c3014881c"


def has_text(relay: Relay, text: str = TEXT, number: str = "7") -> None:
    with relay.transaction() as session:
        session.add(Quote(campaign_id=1, number=number, text=text))


def hearing(
    sentences: Sequence[str], *, pause: float = 0.6, word: float = 0.4, without: Collection[str] = ()
) -> Hearing:  # fmt: skip
    """Each word takes as long as the others, each sentence has a pause behind it. `without`: words not understood."""
    at, segments, voice = 0.8, [], []
    for sentence in sentences:
        words = []
        begin = at
        for text in sentence.split():
            if text not in without:
                words.append(HeardWord(text, round(at, 3), round(at + word, 3), 0.9))
            at += word
        segments.append(tuple(words))
        voice.append((round(begin, 3), round(at, 3)))
        at += pause
    return Hearing(round(at + 1, 3), "ru", 1.0, tuple(voice), tuple(segments), frozenset(), MODEL)


class Readers:
    """`reads("Анна")`: an approved clip in which she reads the whole text, or the sentences named."""

    def __init__(self, relay: Relay, town: Town) -> None:
        self.relay, self.town = relay, town

    def reads(self, name: str, only: Collection[int] = range(5), **how: object) -> int:
        text = sentences_of(TEXT)
        told = hearing([text[number] for number in only], **how)  # type: ignore[arg-type]
        clip = self.town.has_clip(name=name, town="Мга", state=ClipState.approved, duration=told.seconds)
        keeps(self.relay, clip, told)
        return clip
