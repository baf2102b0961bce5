"""Who an address of VK means: a wall's number out of all the ways to write it, and what VK says of its owner. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from relay.errors import Closed, Refused
from relay.ports import Place
from relay.sources.vk.errors import hint_for
from relay.sources.vk.links import NETWORK, on_vk, post_key

EXAMPLES = "Known are vk:tag, vk:club1, vk:id1, vk:name and https://vk.com/name."

_OWNERS = {"club": -1, "public": -1, "event": -1, "id": 1}
_NUMBERED = re.compile(r"(club|public|event|id)(\d{1,18})", re.ASCII)
_BARE = re.compile(r"-?\d{1,18}", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9_.]{2,64}", re.ASCII)
_WALL_OF = re.compile(r"wall(-?\d{1,18})", re.ASCII)
_NOT_A_PLACE = {"feed", "video", "clips", "search", "im", "friends", "groups", "audio", "market", "album"}


def name_in(address: str) -> str:
    """`club1`, `-1`, `name`, `tag`… out of all the ways to write an address. Raises Refused."""
    address = address.strip()
    if address.startswith(f"{NETWORK}:"):
        name = address.removeprefix(f"{NETWORK}:").strip().lstrip("@/")
    else:
        path = urlsplit(address if "://" in address else f"https://{address}").path
        name = path.strip("/").partition("/")[0].lstrip("@")
    if on_vk(name):
        return name_in(name)
    known = _BARE.fullmatch(name) or _WALL_OF.fullmatch(name) or _NAME.fullmatch(name)
    if not known or name.lower() in _NOT_A_PLACE or post_key(f"vk.com/{name}"):
        raise Refused("{address} is no place where posts are.", hint=EXAMPLES, address=address)
    return name


def owner_in(name: str) -> int | None:
    """A wall's number (of a community: below zero), None for a name that VK has to be asked about. Raises Refused."""
    if found := _NUMBERED.fullmatch(name.lower()):
        number = int(found[2]) * _OWNERS[found[1]]
    elif found := _WALL_OF.fullmatch(name.lower()):
        number = int(found[1])
    elif _BARE.fullmatch(name):
        number = int(name)
    else:
        return None
    if number == 0:
        raise Refused("VK numbers its pages from 1.", hint=EXAMPLES)
    return number


def group_place(number: int, group: Mapping[str, Any] | None) -> Place:
    """`group`: what VK says of it, None where it knows none. Raises Refused, and Closed for one we can't read."""
    if group is None or (group.get("name") == "DELETED" and not group.get("deactivated")):
        raise Refused("VK knows no community number {number}.", hint="Check the spelling.", number=number)
    title = str(group.get("name", ""))
    _refuse_deactivated(title, group)
    if group.get("is_closed") and not group.get("is_member"):
        raise Closed("The wall of “{title}” is closed.", hint=hint_for(15), title=title)
    return Place(NETWORK, f"{NETWORK}:club{number}", str(-number), title)


def person_place(number: int, person: Mapping[str, Any] | None) -> Place:
    """`person`: what VK says of them, None where it knows nobody. Raises Refused, and Closed for one we can't read."""
    if person is None:
        raise Refused("VK knows no person number {number}.", hint="Check the spelling.", number=number)
    title = f"{person.get('first_name', '')} {person.get('last_name', '')}".strip()
    _refuse_deactivated(title, person)
    if person.get("is_closed") and not person.get("can_access_closed"):
        raise Closed("The profile of {title} is private.", hint=hint_for(30), title=title)
    return Place(NETWORK, f"{NETWORK}:id{number}", str(number), title)


def _refuse_deactivated(title: str, page: Mapping[str, Any]) -> None:
    if page.get("deactivated"):
        raise Closed("The page “{title}” was deleted or blocked.", gone=True, hint=hint_for(18), title=title)
