"""Many addresses at once, as people paste them from a table: each is answered, and a bad one stops nothing.

A line is an address, or several; what follows it (behind a tab, a comma, a semicolon or a blank) is its district.
Pasting the same once more adds nothing.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from relay.collect import campaigns, sources
from relay.collect.leading.life import refuse_archived
from relay.context import Relay
from relay.errors import Closed, Refused, RelayError, TryLater
from relay.language.sentence import filled, joined
from relay.language.text import one_line
from relay.models import Campaign
from relay.ports import Place, SourceAdapter
from relay.sources import networks

MOST_LINES = 2000
_GAP = re.compile(r"[\s,;]+")


class PasteOutcome(StrEnum):
    """`found`: it is looked at from now on; `there`: it was before; `twice`: it stands above already.

    `closed`: the network says that it is not for us; `missing`: nobody is there; `unreadable`: the network could not
    be asked, once more later may do; `unknown`: no network that Relay reads; `not_here`: a file of this machine, which
    only the command line adds; `waits`: not asked yet, because all of it took too long.
    """

    found = "found"
    there = "there"
    twice = "twice"
    closed = "closed"
    missing = "missing"
    unreadable = "unreadable"
    unknown = "unknown"
    not_here = "not here"
    waits = "waits"


FINE = frozenset({PasteOutcome.found, PasteOutcome.there, PasteOutcome.twice})
AGAIN = frozenset({PasteOutcome.unreadable, PasteOutcome.waits})
"""What may come out otherwise the next time."""


@dataclass(frozen=True, slots=True)
class Pasted:
    """One address of what was pasted."""

    address: str
    district: str = ""


@dataclass(frozen=True, slots=True)
class PastedLine:
    """What became of an address. `address`, `title`: as its network has it; `why`: a sentence where it is not fine."""

    written: str
    outcome: PasteOutcome
    address: str = ""
    title: str = ""
    district: str = ""
    why: str = ""

    @property
    def is_fine(self) -> bool:
        return self.outcome in FINE


def lines_of(text: str, relay: Relay) -> list[Pasted]:
    """The addresses in a text, in its order, those that stand twice too. Lines that begin with `# ` are remarks."""
    found: list[Pasted] = []
    for line in text.splitlines():
        if line.strip() and not re.match(r"\s*#(?:\s|$)", line):
            found.extend(_in_line(line.strip(), relay))
    return found[:MOST_LINES]


def look_up(
    relay: Relay, wanted: Sequence[Pasted], *, here: bool, patience: float | None = None
) -> Iterator[tuple[PastedLine, Place | None]]:
    """Each address with the place behind it, as far as there is one. Nothing is kept.

    `here`: files of this machine may be named. `patience`: seconds after which the rest is left for another time.
    """
    ends = None if patience is None else time.monotonic() + patience
    resolvers = _resolvers(relay, wanted, here=here)
    seen: set[str] = set()
    for one in wanted:
        late = ends is not None and time.monotonic() > ends
        line, place = _looked_up(one, None if late else resolvers.get(one.address), late=late, here=here)
        key = place.address if place is not None else one.address
        if key in seen:
            line = PastedLine(one.address, PasteOutcome.twice, key, line.title, one.district)
        seen |= {key, one.address}
        yield line, place


def add_all(
    relay: Relay,
    slug: str,
    wanted: Sequence[Pasted],
    *,
    person: str,
    here: bool,
    district: str = "",
    patience: float | None = None,
) -> Iterator[PastedLine]:
    """Adds what can be added and tells what became of each, as it goes. `district`: for lines that name none.

    Raises NotFound, and Refused for an archived campaign; nothing else stops it.
    """
    campaign = campaigns.get(relay, slug)
    refuse_archived(campaign)
    for line, place in look_up(relay, wanted, here=here, patience=patience):
        if line.outcome is PasteOutcome.found and place is not None:
            yield _kept(relay, campaign, line, place, line.district or district, person)
        else:
            yield line


def as_written(line: PastedLine) -> str:
    """The line as it can be pasted once more."""
    return f"{line.written}\t{line.district}" if line.district else line.written


def _kept(relay: Relay, campaign: Campaign, line: PastedLine, place: Place, district: str, person: str) -> PastedLine:
    source, is_new = sources.keep_place(relay, campaign, place, district=district, person=person)
    outcome = PasteOutcome.found if is_new else PasteOutcome.there
    return PastedLine(line.written, outcome, source.address, source.title, source.district)


def _in_line(line: str, relay: Relay) -> list[Pasted]:
    """Its addresses; words behind the first one that no network claims are the district."""
    if networks.describe(line.partition(":")[0]).on_this_machine:  # a path may have blanks
        return [Pasted(line)]
    first, *rest = _GAP.split(line.strip(",; \t"), maxsplit=1)
    more = rest[0] if rest else ""
    words = [word for word in _GAP.split(more) if word]
    if words and all(_network_of(word, relay) is not None for word in words):
        return [Pasted(first), *map(Pasted, words)]
    return [Pasted(first, one_line(more.strip(",; \t")))]


def _resolvers(relay: Relay, wanted: Sequence[Pasted], *, here: bool) -> dict[str, Callable[[], Place]]:
    """How each address that belongs to a network is looked up, together where the network can do that."""
    found: dict[str, Callable[[], Place]] = {}
    by_network: dict[str, list[str]] = {}
    for one in wanted:
        network = _network_of(one.address, relay)
        if network is not None and (here or not is_on_this_machine(one.address)):
            by_network.setdefault(network, []).append(one.address)
    for name, addresses in by_network.items():
        each = list(dict.fromkeys(addresses))
        resolve = _together(relay.sources[name], each)
        found |= dict(zip(each, resolve, strict=True))
    return found


def _together(network: SourceAdapter, addresses: list[str]) -> list[Callable[[], Place]]:
    try:
        return sources.looked_up(network, addresses)
    except Refused:  # one of them, and it does not say which
        return [partial(network.resolve, address) for address in addresses]


def _looked_up(
    one: Pasted, resolve: Callable[[], Place] | None, *, late: bool, here: bool
) -> tuple[PastedLine, Place | None]:
    if late:
        return PastedLine(one.address, PasteOutcome.waits, district=one.district), None
    if not here and is_on_this_machine(one.address):
        why = filled("Files of this machine are added on the command line only.")
        return PastedLine(one.address, PasteOutcome.not_here, district=one.district, why=why), None
    if resolve is None:
        return PastedLine(one.address, PasteOutcome.unknown, district=one.district), None
    try:
        place = resolve()
    except RelayError as error:
        again = filled("It was not added yet: try again in a few minutes.")
        why = joined(error.sentence, again) if isinstance(error, TryLater) else error.line
        return PastedLine(one.address, _outcome_of(error), district=one.district, why=why), None
    return PastedLine(one.address, PasteOutcome.found, place.address, place.title, one.district), place


def _outcome_of(error: RelayError) -> PasteOutcome:
    if isinstance(error, Closed):
        return PasteOutcome.missing if error.gone else PasteOutcome.closed
    return PasteOutcome.missing if isinstance(error, Refused) else PasteOutcome.unreadable


def _network_of(address: str, relay: Relay) -> str | None:
    return next((name for name, source in relay.sources.items() if source.claims(address)), None)


def is_on_this_machine(address: str) -> bool:
    """Whether an address names files of this machine, which whoever sits at a desk elsewhere must not reach."""
    name, _, rest = address.strip().partition(":")
    return networks.describe(name).on_this_machine and not rest.strip().startswith(("http://", "https://"))
