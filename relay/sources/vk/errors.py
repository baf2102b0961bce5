"""What each of VK's own error codes asks us to do. Data; `calls.py` acts on it.

Codes: VK's schema of API 5.199 (errors.json, 251 of them; a test counts). Kinds: docs/vk.md, Errors:
a fault passes, waits for a person, or is final for one item; a code that nobody foresaw waits for a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from relay.language.sentence import filled


class Remedy(StrEnum):
    """What to do about an error.

    retry     a passing fault: the same call again, a few times
    rate      too many requests per second: the same call again, after a second
    shrink    the answer would be too big: the same call with half as much
    flood     this method rests for minutes
    quota     this method rests: the daily number of calls is used up
    token     this token rests: it is invalid, or not allowed here
    person    this token rests: a person has to do something on a page of VK (captcha, confirmation)
    method    this method rests: the token has no right to it
    request   VK does not take the call as it is, for this one item
    closed    this one item is not for us
    gone      this one item is not there any more
    foreign   belongs to parts of VK that Relay never calls: this method rests, and a person looks
    unknown   not in the table: the same
    """

    retry = "retry"
    rate = "rate"
    shrink = "shrink"
    flood = "flood"
    quota = "quota"
    token = "token"  # noqa: S105 - a kind of error
    person = "person"
    method = "method"
    request = "request"
    closed = "closed"
    gone = "gone"
    foreign = "foreign"
    unknown = "unknown"


RESTS: Mapping[Remedy, timedelta] = {
    Remedy.flood: timedelta(minutes=5),
    Remedy.quota: timedelta(minutes=30),
    Remedy.token: timedelta(hours=1),
    Remedy.person: timedelta(hours=1),
    Remedy.method: timedelta(hours=6),
    Remedy.foreign: timedelta(hours=1),
    Remedy.unknown: timedelta(hours=1),
}
"""How long a rest lasts until one call probes again."""

ONE_ITEM = frozenset({Remedy.request, Remedy.closed, Remedy.gone})
"""Errors about what was asked for, not about who asks."""
WHOLE_TOKEN = frozenset({Remedy.token, Remedy.person})
"""Rests of these kinds are the token's; the others are those of one of its methods."""

_CODES: Mapping[Remedy, str] = {
    Remedy.retry: "1 10 36",
    Remedy.rate: "6",
    Remedy.shrink: "13 103",
    Remedy.flood: "9 32 43 601 1105",
    Remedy.quota: "29",
    Remedy.token: "2 4 5 11 16 27 28 34 35 38 41 42 101 1114 1116 1117 1118 3609 3611",
    Remedy.person: "14 17 24 25 3300 3301 3302 3303 3304 3305 11500",
    Remedy.method: "3 7 20 21 23 33 500 600 9999",
    Remedy.request: "8 12 100 113 114 118 119 121 122 125 129 150 171 251 252 1150 1152 1260 3102",
    Remedy.closed: "15 19 30 141 181 183 200 201 203 204 205 210 211 212 213 250 253 260 701 801 1153",
    Remedy.gone: "18 37 39 40 104 140 177 180 629 3610",
    Remedy.foreign: (
        "22 105 106 146 147 173 174 175 176 182 214 219 220 221 222 223 224 225 232 242 243 300 302 "
        "602 603 630 631 632 633 634 635 636 "
        "700 702 703 704 706 711 714 800 "
        "900 901 902 907 908 909 910 911 912 913 914 917 919 920 921 922 924 925 927 931 932 935 936 939 940 942 943 "
        "944 945 946 947 949 950 962 969 970 985 987 988 990 1009 1010 1011 1012 "
        "1151 1154 1155 1160 1170 1251 1256 1257 "
        "1400 1401 1402 1403 1404 1405 1406 1407 1408 1409 1410 1411 1412 1413 1414 1415 1416 1417 1418 1419 1421 "
        "1423 1424 1425 1426 1427 1429 1430 1431 1432 1433 1434 1435 1436 1438 1446 1456 1457 1458 1518 1525 1526 "
        "1600 1602 1900 1901 1902 2000 2100 2101 2102 3800 11003 11004 11005 11006 11101 11102"
    ),
}

KINDS: Mapping[int, Remedy] = {int(code): kind for kind, codes in _CODES.items() for code in codes.split()}

_WORDS: Mapping[int, str] = {
    1: "VK has an unknown fault.",
    2: "VK switched the application of this token off.",
    3: "VK does not know this method.",
    5: "VK refuses the access token.",
    6: "VK was asked too often in one second.",
    7: "The token has no right to do this.",
    9: "VK wants a pause: too many calls of the same sort.",
    10: "VK has an internal fault.",
    14: "VK asks for a captcha.",
    15: "VK shows this only to members.",
    17: "VK asks to confirm the token.",
    18: "The page was deleted or blocked.",
    19: "VK blocked the contents of this page.",
    20: "VK does not allow this method to this kind of token.",
    21: "VK does not allow this method to this kind of token.",
    23: "VK switched this method off.",
    27: "VK refuses this community's token.",
    28: "VK refuses this application's token.",
    29: "The daily number of calls that VK allows is used up.",
    30: "The profile is private.",
    36: "VK took too long.",
    37: "The page was blocked.",
    39: "There is no such person.",
    40: "There is no such community.",
    42: "VK does not accept calls from this machine's address.",
    43: "VK switched this section off for a while.",
    100: "VK does not accept this address.",
    104: "It is not there.",
    113: "VK does not accept this person's number.",
    125: "VK does not accept this community's number.",
    203: "The community is closed.",
    204: "The video is closed.",
    210: "The post is closed.",
    1117: "The access token has expired.",
    3610: "The page was deactivated by its owner.",
}

_HINTS: Mapping[Remedy, str] = {
    Remedy.quota: "Relay tries again by itself in half an hour; fewer or rarer sources keep within it.",
    Remedy.flood: "Relay tries again by itself in a few minutes.",
    Remedy.token: "Put a valid service token into RELAY_VK_TOKEN.",
    Remedy.person: "Open the page that VK names, confirm there, then run: relay source check CAMPAIGN",
    Remedy.method: "Use a service token of your application in RELAY_VK_TOKEN.",
    Remedy.request: "Check the spelling of the source.",
    Remedy.closed: "Ask its owner to open it, or hand in links with: relay post add",
    Remedy.gone: "Remove the source, or look for its new address.",
    Remedy.foreign: "Nobody foresaw this answer: tell Relay's makers the number.",
    Remedy.unknown: "Nobody foresaw this answer: tell Relay's makers the number.",
}

_HINTS_OF_CODES: Mapping[int, str] = {
    42: "Allow this machine's address in the settings of your application at VK.",
    34: "Relay is too old for VK: install a newer one.",
    35: "Relay is too old for VK: install a newer one.",
}


def kind_of(code: int) -> Remedy:
    return KINDS.get(code, Remedy.unknown)


def words_for(code: int) -> str:
    """One plain sentence; VK's own wording is left out, because it may repeat parameters."""
    return _WORDS.get(code, filled("VK answers with error {code}.", code=code))


def hint_for(code: int) -> str:
    return _HINTS_OF_CODES.get(code) or _HINTS.get(kind_of(code), "")
