"""Calls of VK's API: with which token, at which pace, how often again, and what an error of VK means to us."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from msgspec import Raw

from relay.errors import Closed, Parked, SourceError, TryLater
from relay.language.sentence import as_sentence, filled, joined
from relay.ports import Clock
from relay.sources.vk import batch, pages
from relay.sources.vk.errors import ONE_ITEM, RESTS, WHOLE_TOKEN, Remedy, hint_for, kind_of, words_for
from relay.sources.vk.links import on_vk
from relay.sources.vk.pages import ItemPage
from relay.sources.vk.prefetch import First
from relay.sources.vk.tokens import VkTokens

if TYPE_CHECKING:
    import requests

ATTEMPTS = 5
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0

TOGETHER = "execute"
MAY_NOT_TOGETHER = frozenset({3, 7, 12, 15, 20, 21, 23, 27, 28})
"""Errors with which VK says that this token may not use `execute`; its other methods may be fine."""
TOGETHER_AGAIN = timedelta(minutes=20)
"""A probe costs one request, and each hour without `execute` many more than that (scripts/simulate)."""


@dataclass(frozen=True, slots=True)
class ApiFault:
    """Why a call brought nothing. `said` is VK's own sentence, `pause` the seconds that it asks to wait; `unsent`:
    it never reached VK, so nobody there counted it.
    """

    kind: Remedy
    words: str
    code: int | None = None
    said: str = ""
    hint: str = ""
    action_url: str = ""
    pause: float = 0.0
    unsent: bool = False


@dataclass(slots=True)
class Spent:
    requests: int = 0

    def so_far(self) -> int:
        """Requests since the last time somebody asked."""
        requests, self.requests = self.requests, 0
        return requests


class VkCalls:
    """Makes calls. `most_together`: how many posts an answer to several calls may hold, as answers have told."""

    def __init__(self, tokens: VkTokens, clock: Clock, sleep: Callable[[float], None] = time.sleep) -> None:
        self.tokens, self._clock, self._sleep = tokens, clock, sleep
        self.most_together = batch.MOST_POSTS
        self._dice = random.Random()  # noqa: S311 - spreads retries

    def call(self, method: str, values: dict[str, Any]) -> Any:
        """VK's answer. Passing faults are tried again a few times; all others become SourceErrors."""
        return pages.read_whole(self._called(method, values, Spent()))

    def page(self, method: str, values: dict[str, Any], spent: Spent | None = None) -> ItemPage:
        """As `call`, of a method that lists items."""
        return ItemPage.of(self._called(method, values, spent or Spent()))

    def _called(self, method: str, values: dict[str, Any], spent: Spent) -> Raw:
        values = dict(values)
        for attempt in range(1, ATTEMPTS + 1):
            token, outcome = self.once(method, values, spent)
            if not isinstance(outcome, ApiFault):
                written: Raw = outcome
                return written
            if outcome.kind not in (Remedy.retry, Remedy.rate, Remedy.shrink) or attempt == ATTEMPTS:
                break
            if "count" in values and (outcome.kind is Remedy.shrink or outcome.code == 36):
                values["count"] = max(10, values["count"] // 2)
            self._waits(outcome, token, attempt)
        raise self._error(outcome, token, method, spent.requests)

    def batch(self, method: str, calls: Sequence[dict[str, Any]]) -> list[First]:
        """Several calls of a method that lists items in one request, tried again like any call; halved when the answer
        is too big.

        Where no token may do that, or VK says of the whole what it can only say of one item, nothing comes of it, and
        each call has to be made alone.
        """
        if len(calls) == 1:
            return [First()]
        spent = Spent()
        for attempt in range(1, ATTEMPTS + 1):
            try:
                code = {"code": batch.script(method, calls)}
                token, outcome = self.once(TOGETHER, code, spent, inside=method, calls=len(calls))
            except Parked:  # a call that is made alone hears of it at no cost
                return [First(requests=spent.requests) for _ in calls]
            if not isinstance(outcome, ApiFault):
                told = [_page_or_error(each) for each in batch.outcomes(outcome, len(calls))]
                listed = [each for each in told if isinstance(each, ItemPage)]
                self.most_together = batch.room(sum(map(len, listed)), outcome.size, self.most_together)
                if listed:
                    self.tokens.allowance.went_well(token, method)
                return [self._first(each, token, method, spent.requests) for each in told]
            if outcome.kind is Remedy.shrink:
                self.most_together = max(batch.FEWEST_POSTS, sum(call["count"] for call in calls) // 2)
                half = len(calls) // 2
                return self.batch(method, calls[:half]) + self.batch(method, calls[half:])
            if outcome.kind not in (Remedy.retry, Remedy.rate) or attempt == ATTEMPTS:
                break
            self._waits(outcome, token, attempt)
        if outcome.kind in ONE_ITEM or (outcome.kind in RESTS and outcome.kind not in WHOLE_TOKEN):
            return [First(requests=spent.requests) for _ in calls]
        return [First(error=self._error(outcome, token, TOGETHER, spent.requests)) for _ in calls]

    def _first(self, told: ItemPage | dict[str, Any] | None, token: str, method: str, requests: int) -> First:
        """What one call of a batch brought. Passing faults are tried again by the wall alone."""
        if told is None or isinstance(told, ItemPage):
            return First(answer=told, requests=requests)
        fault = self._fault(told)
        if fault.kind in (Remedy.retry, Remedy.rate, Remedy.shrink):
            return First(requests=requests)
        if fault.kind in RESTS:
            self.rests(fault, token, method)
            if any(self.tokens.allowance.left(other, method, None) for other in self.tokens.all()):
                return First(requests=requests)
        return First(error=self._error(fault, token, method, requests))

    def _waits(self, fault: ApiFault, token: str, attempt: int) -> None:
        if fault.kind is Remedy.rate:
            self.tokens.allowance.slow_down(token, 1.0)
        self._sleep(max(fault.pause, self._pause(attempt)))

    def once(
        self, method: str, values: dict[str, Any], spent: Spent, *, inside: str = "", calls: int = 1
    ) -> tuple[str, Any]:
        """One call with the token that has most left, or with the next one where VK refuses that token.

        A request of several calls says which method they are `inside` it, and how many.
        """
        parked: list[Parked] = []
        token, outcome, counted = "", None, inside or method
        for token in self.tokens.ranked(counted):
            try:
                within = method if inside else ""
                seconds = self.tokens.allowance.take(
                    token, counted, self.tokens.most_calls(counted), calls=calls, within=within
                )
            except Parked as error:
                parked.append(error)
                continue
            if seconds > 0:
                self._sleep(seconds)
            spent.requests += 1
            outcome = self._send(token, method, values)
            if isinstance(outcome, ApiFault) and outcome.unsent:
                self.tokens.allowance.give_back(token, counted, calls)
            if not isinstance(outcome, ApiFault):
                self.tokens.allowance.went_well(token, method)
                return token, outcome
            if outcome.kind not in RESTS:
                return token, outcome
            self.rests(outcome, token, method)
        if isinstance(outcome, ApiFault):
            return token, outcome
        first = min(parked, key=lambda error: error.until)
        raise Parked(first.line, key=first.key, until=first.until, requests=spent.requests, hint="")

    def _send(self, token: str, method: str, values: dict[str, Any]) -> Any:
        """vk_api's exceptions hold the token, so they end here and nothing refers to them."""
        import requests
        from vk_api.exceptions import ApiError

        try:
            answer = self.tokens.client(token).method(method, values, raw=True)
            return answer if method == TOGETHER else answer["response"]
        except ApiError as error:
            fault = self._fault(error.error)
            return replace(fault, kind=Remedy.method) if _may_not_together(fault, method) else fault
        except requests.RequestException as error:
            return ApiFault(
                Remedy.retry, _why_no_answer(error), pause=getattr(error, "retry_after", 0.0), unsent=_is_unsent(error)
            )

    def _fault(self, error: dict[str, Any]) -> ApiFault:
        code = int(error["error_code"])
        return ApiFault(
            kind_of(code),
            words_for(code),
            code,
            said=self.tokens.without_tokens(str(error.get("error_msg", ""))).partition("\n")[0][:200],
            hint=hint_for(code),
            action_url=_page_of_vk(error.get("redirect_uri")),
            pause=1.0 if kind_of(code) is Remedy.rate else 0.0,
        )

    def _error(self, fault: ApiFault, token: str, method: str, requests: int) -> SourceError:
        words = fault.words
        if fault.said and fault.kind in (Remedy.request, Remedy.method, Remedy.foreign, Remedy.unknown):
            told = {"method": method, "code": fault.code, "said": fault.said.rstrip(".")}
            words = joined(words, filled("It says to {method} (error {code}): {said}.", **told))
        common: dict[str, Any] = {"hint": fault.hint, "code": fault.code, "requests": requests}
        if fault.kind in RESTS:
            key, until = self._rest_of(fault, token, method)
            return Parked(words, key=key, until=until, action_url=fault.action_url, **common)
        if fault.kind in (Remedy.closed, Remedy.request, Remedy.gone):
            return Closed(words, gone=fault.kind is Remedy.gone, **common)
        return TryLater(words, **common | {"hint": fault.hint or "Relay tries again by itself; nothing was lost."})

    def rests(self, fault: ApiFault, token: str, method: str) -> None:
        key, until = self._rest_of(fault, token, method)
        self.tokens.allowance.rest(key, joined(fault.words, fault.hint), until)

    def _rest_of(self, fault: ApiFault, token: str, method: str) -> tuple[str, datetime]:
        whole = fault.kind in WHOLE_TOKEN
        key = self.tokens.allowance.token_key(token) if whole else self.tokens.allowance.method_key(token, method)
        rest = RESTS[fault.kind]
        return key, self._clock() + (min(rest, TOGETHER_AGAIN) if method == TOGETHER and not whole else rest)

    def _pause(self, attempt: int) -> float:
        """Doubles each time and is spread by half, so that processes that failed together don't return together."""
        return float(min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempt - 1)) * self._dice.uniform(0.5, 1.5))

    def fault_of(self, method: str, values: dict[str, Any]) -> ApiFault | None:
        """What VK says against one call with the first token, None when nothing; it is neither counted nor tried again,
        and nothing rests because of it. For looking at a token that is not in use yet.
        """
        outcome = self._send(next(iter(self.tokens.all())), method, values)
        return outcome if isinstance(outcome, ApiFault) else None


def _page_or_error(told: object) -> ItemPage | dict[str, Any] | None:
    if isinstance(told, Raw):
        return ItemPage.of(told) if bytes(memoryview(told)[:1]) == b"{" else None
    return told if isinstance(told, dict) and "error_code" in told else None


def _may_not_together(fault: ApiFault, method: str) -> bool:
    return method == TOGETHER and fault.code in MAY_NOT_TOGETHER


def _page_of_vk(url: object) -> str:
    """The page where a person can help, only when it is VK's own."""
    return url if isinstance(url, str) and url.startswith("https://") and on_vk(url) else ""


def _is_unsent(error: requests.RequestException) -> bool:
    """Whether there was no connection at all; one that breaks may have carried the call."""
    import requests
    from urllib3.exceptions import MaxRetryError, NewConnectionError

    if isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)


def _why_no_answer(error: requests.RequestException) -> str:
    import requests

    from relay.sources.vk.http import NoAnswer

    if isinstance(error, NoAnswer):
        return as_sentence(error.args[0])
    if isinstance(error, requests.Timeout):
        return "VK does not answer in time."
    if isinstance(error, requests.exceptions.SSLError):
        return "VK's certificate is not trusted here (behind a TLS inspection, set RELAY_CA_BUNDLE)."
    return "VK can't be reached. Is this machine on the internet?"
