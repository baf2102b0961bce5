"""Who may read what lies in the data folder: nobody but the user that Relay runs as."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from relay.context import Relay
from relay.media.files import FOR_OTHERS, close_to_others
from relay.upkeep.damages.check import Check


def rights(relay: Relay, fix: bool, _deep: bool) -> Iterator[Check]:
    places = {relay.settings.data_dir.absolute(), relay.settings.media_folder.absolute()}
    open_ = sorted({path for place in places for path in _open_to_others(place)})  # one place may lie in the other
    if open_ and fix:
        left = [path for path in open_ if not _closed(path)]
        if not left:
            yield Check("rights", "taken from others: {count}", fixed=True, words={"count": len(open_)})
            return
        open_ = left
    if open_:
        words = {"count": len(open_), "first": open_[0]}
        yield Check("rights", "others may read files and folders: {count} ({first} …)", wrong=True, words=words)
    else:
        yield Check("rights", "for this user only")


def _open_to_others(place: Path) -> Iterator[Path]:
    for folder, _, names in os.walk(place):
        for path in (Path(folder), *(Path(folder, name) for name in names)):
            try:
                mode = path.lstat().st_mode
            except FileNotFoundError:  # finished meanwhile
                continue
            if mode & FOR_OTHERS and not stat.S_ISLNK(mode):
                yield path


def _closed(path: Path) -> bool:
    try:
        close_to_others(path)
    except FileNotFoundError:
        return True
    except PermissionError:  # somebody else's file
        return False
    return True
