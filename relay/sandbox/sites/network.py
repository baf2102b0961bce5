"""Small sites of the neighbourhood: a school's feed, a list of links, a video file that lies there by itself."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from relay.sandbox.faults import Faults

HOST = "school47.example"
OTHER_HOST = "library.example"
HOSTS = frozenset({HOST, OTHER_HOST})


@dataclass(slots=True)
class Sites:
    """`path` is what follows the host, as `/feed.xml`; the same answer is given on both hosts."""

    pages: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    forbidden: set[str] = field(default_factory=set)
    faults: Faults = field(default_factory=Faults)
    visits: Counter[str] = field(default_factory=Counter)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def shows(self, path: str, body: str | bytes, *, media_type: str = "text/plain; charset=utf-8") -> str:
        """Returns the address."""
        with self.lock:
            self.pages[path] = (body.encode() if isinstance(body, str) else body, media_type)
        return f"https://{HOST}{path}"

    def serves(self, path: str, file: Path) -> str:
        with self.lock:
            self.files[path] = Path(file)
        return f"https://{HOST}{path}"

    def moves(self, path: str, target: str) -> str:
        """The address answers with a redirect to `target`, wherever that is."""
        with self.lock:
            self.moved[path] = target
        return f"https://{HOST}{path}"

    def forbids(self, path: str) -> None:
        """The page answers with 403, as a site does to visitors whom it takes for machines."""
        with self.lock:
            self.forbidden.add(path)

    def takes_down(self, path: str) -> None:
        with self.lock:
            self.pages.pop(path, None)
            self.files.pop(path, None)
            self.moved.pop(path, None)
