"""What networks say about a video that they don't give, in the words that yt-dlp hands on: passing, or final, and why.

An HTTP status is asked first (fetch_child.kind); these are sentences, of the extractors themselves (yt-dlp 2026.10.26:
vk, odnoklassniki, rutube, telegram, youtube, and what `common.py` says for all) and of the networks' pages, which are
handed on as they stand, in the language of the page. What nobody knows is worth another try.
"""

from __future__ import annotations

import re
from enum import StrEnum


class FetchVerdict(StrEnum):
    """The kinds of fetch_child.py: `later` is tried again, all others are final."""

    later = "not_yet"
    rights = "rights"
    age = "age"
    country = "country"
    gone = "gone"
    for_some = "for_some"
    signed_in = "signed_in"
    locked = "locked"


FINAL = frozenset(FetchVerdict) - {FetchVerdict.later}


def _any(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(words))


RULES: tuple[tuple[FetchVerdict, re.Pattern[str]], ...] = (
    (FetchVerdict.later, _any(
        # the network's own trouble
        r"maintenance", r"технич\w+ работ", r"обслуживани", r"\bузел\b", r"\bузла\b", r"хранилищ", r"overload",
        r"перегруж", r"internal (server )?error", r"server error", r"внутренн\w+ ошибк", r"ошибка сервера",
        r"service (is )?(temporarily )?unavailable", r"сервис (временно )?недоступен", r"bad gateway",
        r"unable to connect", r"connection (to|was|error|failed|lost|refused|reset|timed)", r"соединени",
        r"timed? ?out", r"истекло время",
        # too often
        r"rate.?limit", r"too many", r"too often", r"слишком (много|часто)", r"captcha", r"капч", r"not a (ro)?bot",
        r"не робот", r"unusual (location|traffic|activity)", r"security.check", r"подозрительн",
        # not yet
        r"process", r"обрабатыв", r"обработ(ке|ка)", r"конвертир", r"being uploaded", r"загружается",
        r"not (currently )?live", r"upcoming", r"premieres? (in|will)", r"(event|stream|broadcast) will (begin|start)",
        r"ещ[её] не нач", r"начн[её]тся", r"\boffline\b", r"премьера (состоится|через)",
        # in so many words
        r"temporar", r"временно", r"try again", r"try later", r"check back", r"позже", r"позднее", r"повторите",
        r"попробуйте", r"попытайтесь",
    )),
    (FetchVerdict.locked, _any(r"\bdrm\b")),
    (FetchVerdict.rights, _any(r"copyright", r"rights? ?holder", r"правооблад", r"авторских прав")),
    (FetchVerdict.age, _any(
        r"confirm your age", r"age.restrict", r"age.limit", r"inappropriate for some", r"\b18\+", r"возраст",
        r"совершеннолет",
    )),
    (FetchVerdict.country, _any(
        r"your (country|region|location)", r"geo.?restrict", r"geo.?block", r"(вашей|данной|этой) стран",
        r"(вашем|данном|этом) регион", r"вашей локации", r"на территории",
    )),
    (FetchVerdict.gone, _any(
        r"delet", r"remov", r"terminat", r"not (been )?found", r"does not exist", r"doesn't exist",
        r"no longer available", r"has been closed", r"blocked", r"banned", r"violat", r"удал[её]н", r"удалил",
        r"не найден", r"не существует",
        r"заблокирован", r"изъят", r"нарушени",
    )),
    (FetchVerdict.for_some, _any(
        r"private", r"приват", r"friends", r"друз", r"members", r"участник", r"subscri", r"подпис",
        r"premium", r"donut", r"\bдон(ам|ов|ы)\b", r"\bpaid\b", r"payment", r"purchase", r"\brent", r"оплат",
        r"платн", r"купи",
        r"restricted by", r"access .*restricted", r"ограничен", r"ограничил", r"hidden", r"скры(т|л)", r"закрыт",
        r"access denied", r"no access", r"not have access", r"permission", r"нет доступа", r"доступ запрещ[её]н",
        r"нет прав\b", r"по ссылке",
    )),
    (FetchVerdict.signed_in, _any(
        r"registered users", r"log ?in", r"sign ?in", r"авториз", r"войдите", r"вход", r"зарегистрир",
    )),
    (FetchVerdict.gone, _any(r"unavailable", r"(not|n't|n’t) available", r"недоступ")),
)  # fmt: skip
"""In this order: a passing fault is told in the words of a final one ("unavailable due to maintenance"), and a final
one names what it is before what one might do about it ("private. Sign in if you have been granted access").
"""
_ADVICE = re.compile(r"\. (use|see|for more information|it is recommended)\b.*", re.IGNORECASE | re.DOTALL)
"""yt-dlp's own, about passwords and cookies."""


def verdict(text: str) -> FetchVerdict:
    """What a sentence about a video means for the next try."""
    said = _ADVICE.sub("", text).casefold()
    return next((found for found, words in RULES if words.search(said)), FetchVerdict.later)
