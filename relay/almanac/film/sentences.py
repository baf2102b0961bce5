"""Where a sentence ends, in Russian, English and French texts as people write them. Pure.

A full stop also stands behind initials (`А. С. Пушкин`), abbreviations (`г. Тосно`, `им. Ленина`, `и т. д.`, `Mr.
Smith`) and numbers of a list; an exclamation or an ellipsis may stand in the midst (`Ура! — закричали мы`). What
follows decides first: a small letter goes on. Where a capital may mean both (`в 1943 г. Ленинград`), the text before
the stop is asked whether it is more than a date. Rules and tables are our own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_DASHES = "-–—―−"
_STOP = re.compile(
    r"(?P<signs>[.!?…]+)(?P<closed>[»”“\"'’)\]]*)(?=[\s←-⯿\U0001f000-\U0001faff]|$)"  # the usual one
    r"|(?<=[а-яё]{4})(?P<glued>[.!?…]+)(?=[А-ЯЁ][а-яё])"  # no space behind it: somebody was in a hurry
)
_PARAGRAPH = re.compile(rf"\n\s*\n|\n(?=\s*[{_DASHES}]\s*[A-ZА-ЯЁ])")
"""A sentence ends whatever stands there: at an empty line, and before a line in which somebody begins to speak."""
_SIGNS_ALONE = re.compile(rf"(?:\s*[^\w\s.,;:!?…)»”«„“\"'‘(\[{_DASHES}#@№]+(?=\s|$))+")
"""Emoji and the like between two sentences: they go with the first."""
_FIRST = re.compile(r"[^\W_]")
_NEXT_WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")
_LAST_WORD = re.compile(r"[^\W_]+(?:[-’'][^\W_]+)*$")
_LIST_NUMBER = re.compile(r"\d{1,2}")
_NUMBER = re.compile(r"(?:\d|\b[IVXLC]+|[½¼¾%])(?:[-–—][а-яё]{1,3})?\s*$")
"""A figure, Roman or Arabic, in front of a unit: `1943 г`, `XX в`, `80-х гг`."""
_ENUMERATED = re.compile(r"(?:(?:^|\W)(?:т\.\s?[дп]|и\s(?:др|пр|проч)|н\.\s?э|[ap]\.\s?m|etc))$", re.IGNORECASE)
_CLAUSE = re.compile(r"[^,;:()—–]*$")
_DATE_ONLY = re.compile(
    r"""(?ix) (?: [\s\d./-] | \b(?:
        [ivxlc]+ | г | гг | в | вв | ок | и | а | но | ещё | еще | уже | лишь | только | что | как | когда | где | если
        | во | с | со | к | ко | до | от | на | по | за | около | зимой | весной | летом | осенью | утром | вечером
        | ночью | днём | днем | начал[оеа] | середин[аеы] | кон(?:ец|це|ца) | год[ау]?
        | январ[ьяею] | феврал[ьяею] | март[аеу]? | апрел[ьяею] | ма[йяею] | июн[ьяею] | июл[ьяею] | август[аеу]?
        | (?:сент|окт|но|дек)(?:яб|аб)р[ьяею] | янв | февр? | мар | апр | авг | сент? | окт | нояб? | дек )\b )*"""
)
_VOWELS = re.compile(r"[аеёиоуыэюяaeiouy]", re.IGNORECASE)


def _table(words: str) -> frozenset[str]:
    return frozenset(words.split())


_TITLES = _table(
    """
    ул пер просп наб пл бул гор дер пос обл респ окр корп им гос проф акад доц чл-корр инж асп преп зав зам нач пом
    дир ген ген-м ген-л полк подп подполк кап лейт серж ефр ряд адм контр-адм комд политр авт ред изд сост худ реж муз
    комп исп илл гл разд напр ж-д цит вып ок прибл тел моб эл доб лат нем англ греч укр бел тат фин эст букв устар мед
    орд оз блаж митр архиеп свящ арм уд отд юр нар засл почт св тов кв оф стр пр пгт рп г-на г-жа г-жи
    mm mme mlle messrs prof ste rev hon gen col maj capt adm gov sen rep pres ed eds al approx dept univ av bd
    """
)
"""What stands before a name. What has no vowel at all is an abbreviation without being listed."""
_BEFORE_NUMBERS = _table(
    """
    рис табл прим см ср янв фев февр апр авг сен сент окт ноя нояб дек no nos fig vol pp art ch chap
    jan feb mar apr jun jul aug sep sept oct nov dec janv févr avr juil déc
    """
)
_UNITS = _table(
    """
    г гр гг в вв э тыс млн млрд трлн руб коп км м см мм га кг ц л мл ч мин сек с чел экз шт проц
    inc ltd co corp jr sr hrs min sec
    """
)
"""What stands behind a number: a capital that follows begins a sentence."""
_BEGINNERS = _table(
    """
    мы я он она оно они вы ты это этот эта эти то тот та те так там тут здесь тогда теперь потом затем сейчас
    в во на и а но с со к ко о об у по за из от до для при про под над без через после перед между около
    когда если пока хотя чтобы потому поэтому как что кто где куда откуда почему зачем чей какой который
    наш наша наше наши мой моя моё мои ваш ваша твой твоя свой его её ее их нас нам мне меня ему ей им вам вас тебе
    все всё вся весь каждый никто ничто нет не ни да уже ещё еще только даже лишь вот вон однажды помню помним
    i we he she it they you this that these those there here then now when where why how what who if but and or so yet
    the a an in on at by for from with as to of my our his her its their your not all every after before
    je nous il elle ils elles vous on ce cet cette ces le la les un une des et mais ou dans sur pour avec quand
    """
)
"""Words that sentences begin with, and names don't."""


def sentences_of(text: str) -> list[str]:
    """The sentences, each in one line; nothing of the text is left out."""
    parts = (part for paragraph in _PARAGRAPH.split(text) for part in _divided(" ".join(paragraph.split())))
    return [part for part in parts if part]


def _divided(text: str) -> Iterator[str]:
    begin, has_capitals = 0, text != text.lower()
    for stop in _STOP.finditer(text):
        alone = _SIGNS_ALONE.match(text, stop.end())
        end = alone.end() if alone else stop.end()
        first = _FIRST.search(text, end)
        goes_on = first is None or (has_capitals and first[0].islower())
        if not goes_on and _ends(text[begin : stop.start()], stop, text[end:]):
            yield text[begin:end].strip()
            begin = end
    yield text[begin:].strip()


def _ends(before: str, stop: re.Match[str], after: str) -> bool:
    """`before`: the sentence up to its signs; `after`: what follows, which begins with a capital or a figure."""
    signs, closed = stop["signs"] or stop["glued"], stop["closed"] or ""
    if signs != ".":
        return not (_is_figure(after) and set(signs) <= {".", "…"})
    last = _LAST_WORD.search(before)
    if last is None or closed.strip(")]"):
        return True
    word, front = last[0], before[: last.start()]
    if closed:
        return not _is_short(word, front)
    is_number_of_a_list = _LIST_NUMBER.fullmatch(word) and not front.strip(" #№«(*")
    return not is_number_of_a_list and (_begins(after) or _ends_behind(word, front, after))


def _ends_behind(word: str, front: str, after: str) -> bool:
    """Whether a stop behind this word ends a sentence where the next word may be a name."""
    name = word.casefold()
    if _ENUMERATED.search(front + word) or name in _BEFORE_NUMBERS:
        return not _is_figure(after)
    if name in _UNITS and (_NUMBER.search(front) or len(word) > 1):
        return not _is_figure(after) and not _is_date(front)
    return not _is_short(word, front)


def _is_figure(after: str) -> bool:
    first = _FIRST.search(after)
    return first is not None and first[0].isdigit()


def _begins(after: str) -> bool:
    """With a word that begins sentences; a letter with a stop behind it is an initial."""
    word = _NEXT_WORD.search(after)
    if word is None or _is_figure(after):
        return False
    return word[0].casefold() in _BEGINNERS and not (len(word[0]) == 1 and after[word.end() :].startswith("."))


def _is_short(word: str, front: str) -> bool:
    """An initial or an abbreviation; but a letter behind a number is a class (`5 Б`), `I` behind a name a king."""
    if len(word) == 1:
        is_name = word.isupper() and not (_NUMBER.search(front) or (word in "IVX" and re.search("[а-яё] $", front)))
        return not word.isdigit() and (is_name or (word.islower() and word != "я"))
    if word.casefold() in _TITLES or word == "Дж":
        return True
    return word.replace("-", "").isalpha() and not word.isupper() and not _VOWELS.search(word)


def _is_date(front: str) -> bool:
    """Nothing but a date since the sentence or its clause began: no sentence is that short, so it goes on."""
    clause = _CLAUSE.search(front)
    return clause is not None and _DATE_ONLY.fullmatch(clause[0]) is not None


def places_of(text: str) -> list[tuple[int, int]]:
    """From which letter to which each of the sentences stands in the text, without spaces around it."""
    letters = [at for at, letter in enumerate(text) if not letter.isspace()]
    found, begin = [], 0
    for sentence in sentences_of(text):
        end = begin + sum(not letter.isspace() for letter in sentence)
        found.append((letters[begin], letters[end - 1] + 1))
        begin = end
    return found
