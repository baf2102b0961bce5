"""Which text was read in which district: what people said of clips, and apart from it what was heard and waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from relay.board import grid
from relay.board.curve import in_front
from relay.board.grid import COUNTED, CampaignText, Participants, district_key, spelled
from relay.models import Campaign, CardMember, Clip, ClipState, QuoteVerdict, ReadingAnswer, ReadingProposal


@dataclass(frozen=True, slots=True)
class HeardReadings:
    """Clips of a district in which a text seems to be read, and nobody has said anything to it yet."""

    district: str
    text: str
    clips: int


@dataclass(frozen=True, slots=True)
class TextCell:
    """Clips of one district that read one text. `waiting`: may still be approved; `proposed`: as a machine heard it,
    and whatever else is known of these clips, nobody has said that it is so.
    """

    district: str
    text: str
    approved: int
    waiting: int
    proposed: int


@dataclass(frozen=True, slots=True)
class TextGrid:
    """`districts`: as most clips spell them, what nobody said last; `texts` of the selection; `cells`: where there is
    anything. `read`: pairs of a named district and a text with an approved clip, of `pairs`.
    """

    districts: list[str]
    texts: list[CampaignText]
    cells: list[TextCell]
    read: int
    pairs: int

    def rows(self) -> list[tuple[CampaignText, list[TextCell]]]:
        """Every text with a cell for each district."""
        there = {(cell.text, cell.district): cell for cell in self.cells}
        return [
            (text, [there.get((text.number, name)) or TextCell(name, text.number, 0, 0, 0) for name in self.districts])
            for text in self.texts
        ]


def heard(session: Session, campaign: Campaign) -> list[HeardReadings]:
    """Counted by the database: clips of each district and text, one for each card, whose text nobody has told."""
    number = func.count(func.distinct(Clip.id))
    rows = session.execute(
        select(Clip.district, ReadingProposal.number, number)
        .select_from(ReadingProposal)
        .join(Clip, col(Clip.id) == ReadingProposal.clip_id)
        .outerjoin(CardMember, col(CardMember.clip_id) == Clip.id)
        .where(
            Clip.campaign_id == campaign.id,
            ReadingProposal.answer == ReadingAnswer.proposed,
            ReadingProposal.verdict == QuoteVerdict.read,
            col(Clip.state).in_(COUNTED),
            Clip.quote != ReadingProposal.number,
            in_front(),
        )
        .group_by(col(Clip.district), col(ReadingProposal.number))
    )
    return [HeardReadings(" ".join(district.split()), text, clips) for district, text, clips in rows]


def read(session: Session, campaign: Campaign) -> TextGrid:
    return text_grid(
        grid.participants(session, campaign),
        heard(session, campaign),
        grid.texts(session, campaign),
        grid.listed_districts(session, campaign),
    )


def text_grid(
    found: Sequence[Participants],
    proposed: Iterable[HeardReadings],
    texts: Sequence[CampaignText],
    listed: Iterable[str],
) -> TextGrid:
    """Pure. A text that is none of the selection stands in no row."""
    names = spelled(found, listed)
    numbers = {text.number for text in texts}
    approved, waiting, by_machine = Counter[tuple[str, str]](), Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for each in found:
        if each.text in numbers:
            place = each.text, names.get(district_key(each.district), "")
            (approved if each.state is ClipState.approved else waiting)[place] += each.clips
    for one in proposed:
        if one.text in numbers:
            by_machine[one.text, names.get(district_key(one.district), "")] += one.clips
    there = {*approved, *waiting, *by_machine}
    districts = sorted({*names.values(), *(district for _, district in there)}, key=_last_if_empty)
    cells = [
        TextCell(district, text.number, *(count[text.number, district] for count in (approved, waiting, by_machine)))
        for text in texts
        for district in districts
        if (text.number, district) in there
    ]
    named = sum(bool(district) for district in districts)
    read = sum(bool(cell.approved and cell.district) for cell in cells)
    return TextGrid(districts, list(texts), cells, read, named * len(texts))


def spellings(found: Iterable[Participants]) -> Mapping[str, list[str]]:
    """By the name that the grid has, all that clips have for this district: a list of them is filtered by these."""
    of_key: dict[str, set[str]] = {}
    for each in found:
        of_key.setdefault(district_key(each.district), set()).add(each.district)
    names = spelled(list(found), ())
    return {names[key]: sorted(spelt) for key, spelt in of_key.items() if key in names}


def _last_if_empty(name: str) -> tuple[bool, str]:
    return name == "", name.casefold()
