"""How often sources are read, and what that spends of the daily quotas: in sentences. All are message ids."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from relay import views
from relay.collect.schedule import PlannedQuota, ReadingPlan
from relay.language.catalogue import N_
from relay.language.sentence import filled
from relay.web.words.wording import QUOTAS

Figure = Callable[[float | None], str]
"""A number as the reader's language writes it."""
COUNTS_NONE = N_("{network}, {kind}: {calls_per_day} calls a day; this network counts none.")
OURS = N_("{network}, {kind}: {calls_per_day} calls a day planned of {planned_share} that Relay allows itself.")
THEIRS = N_("{network}, {kind}: {calls_per_day} calls a day planned of {planned_share}, out of {quota} allowed.")
SPENT = N_("{spent} were made in the last 24 hours. The typical interval is {interval_minutes} minutes:")
ONE_SOURCE_MORE = N_("with one source more {with_one_source_more}.")
ONE_MORE = N_("with one token more {with_one_token_more}, with one source more {with_one_source_more}.")
COMMENTS = N_("{network}, comments: {spent} calls in the last 24 hours, of {planned_share} a day at most.")
_FIGURES = ("calls_per_day", "interval_minutes", "with_one_token_more", "with_one_source_more")


def quotas_told(
    plan: ReadingPlan, tell: Callable[[str], str], figure: Figure, named: Callable[[str], str] = str
) -> Iterator[list[str]]:
    """A few sentences about each quota, in the reader's language. `named`: what a network is called."""
    for row in plan.quotas:
        words = {**views.as_json(row), **_more(row, tell, figure), "network": named(row.network)}
        yield [tell(filled(line, **words)) for line in _lines(row)]
    for budget in plan.comments:
        yield [tell(filled(COMMENTS, **{**views.as_json(budget), "network": named(budget.network)}))]


def _more(row: PlannedQuota, tell: Callable[[str], str], figure: Figure) -> dict[str, str]:
    return {name: figure(getattr(row, name)) for name in _FIGURES} | {"kind": tell(QUOTAS[row.kind])}


def _lines(row: PlannedQuota) -> tuple[str, ...]:
    if row.quota is None:
        return (COUNTS_NONE,)
    return (OURS, SPENT, ONE_SOURCE_MORE) if row.ours else (THEIRS, SPENT, ONE_MORE)
