"""What a participant writes on the hand-in page, and what is missing in it. Pure: data in, data out.

Names, towns and the rest are data of strangers: one line each, cut to what a card can carry, shown as text only.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from relay.errors import Refused
from relay.language.text import one_line
from relay.models import TextOrigin

LONGEST_LINK = 1000
AGES = ("0–13", "14–17", "18–35", "36–59", "60+")
MINORS = frozenset(AGES[:2])
"""Age groups in which a guardian has to agree too."""
TOLD_BY = frozenset({TextOrigin.family, TextOrigin.relative, TextOrigin.book})
"""Origins of a text whose author nobody knows but the participant."""
AGREEMENT = (
    "I allow this video, my name, my town and my district to be shown in the film “{title}” and in public, and to be "
    "kept in the campaign's archive.",
    "I know that I can take the video back at any time, with my private link and without giving a reason.",
)
"""What the participant agrees to, as it stands on the page and as it is kept; `{title}` is the campaign's."""
GUARDIAN_AGREEMENT = "I am a parent or guardian of the participant, and I allow all that is written above."
WEB_LINK = re.compile(r"(?:https?://)?(?:[\w-]+\.)+[a-z]{2,}(?::\d+)?/[^\s<>\"'«»]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FormAnswers:
    """`way`: `file` or `link`. `origin`: a TextOrigin, as it was sent. `agreed`, `guardian_agreed`: the boxes that were
    ticked. Texts as they were typed.
    """

    way: str = "file"
    url: str = ""
    name: str = ""
    town: str = ""
    district: str = ""
    age: str = ""
    origin: str = ""
    quote: str = ""
    text_author: str = ""
    contact: str = ""
    guardian: str = ""
    agreed: bool = False
    guardian_agreed: bool = False

    @property
    def needs_guardian(self) -> bool:
        return self.age in MINORS


def tidied(answers: FormAnswers) -> FormAnswers:
    """The same in one line each, and without what the other answers make void."""
    texts: dict[str, Any] = {field.name: getattr(answers, field.name) for field in fields(answers)}
    folded: dict[str, Any] = {
        name: one_line(text) for name, text in texts.items() if isinstance(text, str) and name != "url"
    }
    neat = replace(answers, **folded)
    return replace(
        neat,
        url=link_in(answers.url) or answers.url.strip()[:LONGEST_LINK] if neat.way == "link" else "",
        quote=number_in(neat.quote) if neat.origin == TextOrigin.selection else "",
        text_author=neat.text_author if neat.origin in TOLD_BY else "",
        guardian=neat.guardian if neat.needs_guardian else "",
        guardian_agreed=neat.guardian_agreed and neat.needs_guardian,
    )


def faults(answers: FormAnswers, numbers: Collection[str] = ()) -> Mapping[str, Refused]:
    """What stands in the way of taking tidied answers, by field. `numbers`: of the campaign's texts, if it has some."""
    checks = (
        ("way", answers.way not in ("file", "link"), Refused("Choose whether you have a file or a link.")),
        ("url", answers.way == "link" and not link_in(answers.url),
         Refused("This is no link to a video.", hint="Open the video, press “Share”, copy the link and put it here.")),
        ("name", len(answers.name) < 2, Refused("Write the name as it should stand in the film.")),
        ("town", not answers.town, Refused("Write the town or village.")),
        ("age", answers.age not in AGES, Refused("Choose the age.")),
        ("origin", answers.origin not in list(TextOrigin), Refused("Choose where the text is from.")),
        *_faults_of_quote(answers, numbers),
        ("guardian", answers.needs_guardian and len(answers.guardian) < 2,
         Refused("For a participant under 18 a parent or guardian writes their name here.")),
        ("guardian_agreed", answers.needs_guardian and not answers.guardian_agreed,
         Refused("For a participant under 18 a parent or guardian has to agree.")),
        ("agreed", not answers.agreed, Refused("Without this permission the video can't be taken.")),
    )  # fmt: skip
    return {name: error for name, wrong, error in checks if wrong}


def _faults_of_quote(answers: FormAnswers, numbers: Collection[str]) -> tuple[tuple[str, bool, Refused], ...]:
    asked = answers.origin == TextOrigin.selection
    unknown = bool(numbers) and answers.quote not in numbers
    return (
        ("quote", asked and bool(answers.quote) and unknown,
         Refused("There is no text No. {number} in the selection.", number=answers.quote)),
        ("quote", asked and not answers.quote, Refused("Write the number of the text.")),
    )  # fmt: skip


def link_in(text: str) -> str:
    """The first web address in what was pasted (a share button adds words around it), with its scheme; else ""."""
    found = WEB_LINK.search(text)
    if found is None:
        return ""
    link = found[0].rstrip(".,;:!?…)")
    link = link if "://" in link else f"https://{link}"
    return link if len(link) <= LONGEST_LINK else ""


def number_in(text: str) -> str:
    """`№ 12`, `N12` and `12.` are all text 12."""
    return re.sub(r"^(?:№|no?\.?|#)\s*", "", text, flags=re.IGNORECASE).rstrip(". ")[:32]


def evidence(answers: FormAnswers, sentences: tuple[str, ...], guardian_sentence: str) -> str:
    """The words of consent as they stood on the page, and whose words the last ones are."""
    lines = list(sentences)
    if answers.needs_guardian:
        lines.append(f"{guardian_sentence} — {answers.guardian}")
    return "\n".join(lines)
