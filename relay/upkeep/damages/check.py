"""What the doctor says of one thing that it looked at."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from relay.language.sentence import filled

MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class Check:
    """`what` and `sentence` are message ids, `words` fill the sentence."""

    what: str
    sentence: str
    wrong: bool = False
    fixed: bool = False
    words: Mapping[str, object] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return self.text_in(str)

    def text_in(self, translate: Callable[[str], str]) -> str:
        return translate(filled(self.sentence, **self.words))

    @property
    def mark(self) -> str:
        return "✗" if self.wrong else "✓"

    def as_json(self) -> dict[str, object]:
        return {"what": self.what, "text": self.text, "wrong": self.wrong, "fixed": self.fixed}


def named(them: Collection[object]) -> str:
    """The first of them, for a sentence."""
    some = [str(one) for one in list(them)[:MOST_NAMED]]
    return ", ".join(some) + (" …" if len(them) > MOST_NAMED else "")


def none_or(what: str, count: int) -> Check:
    return Check(what, "there are {count}", wrong=True, words={"count": count}) if count else Check(what, "none")
