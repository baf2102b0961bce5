"""What can go wrong in a way that we expected.

Everything here carries one clear line for a person: what happened, and what to do about it.
Anything else that is raised is a bug and is meant to escape.

RelayError
├── Refused            the request breaks a rule, or names something that is not there
│   ├── NotFound
│   │   └── NotShown   it was there, and its participant has taken it back
│   └── Stale          somebody else was faster: the state is no longer the one that was seen
├── ConfigError        a setting is missing or wrong
├── StoreError         the database cannot be used as it is
│   └── NeedsUpgrade
├── SourceError        a network does not give what we asked for
│   ├── TryLater       a passing fault: the same call may go through later
│   ├── Parked         needs a person (token, captcha, daily quota, or an error that nobody knows)
│   └── Closed         final for this place or item (deleted, private, blocked)
├── FetchError         a video cannot be brought home
│   ├── NotYet         unavailable now, worth another try
│   ├── Gone           the network says it is not there, or not for us
│   └── ExtractorBroken   the downloader no longer understands the network: one alert, not a thousand failures
├── Overloaded         too many ask for the same at once: it will do in a few seconds
├── NotSent            a message to a person did not get out: it will be tried again
└── MediaError         a file or a tool that works on files
    ├── ToolMissing
    ├── ToolFailed     the child ended with an error, or went over a limit
    ├── DiskBroken     the disk gives an error, or takes nothing any more
    ├── StorageDown    the object store can't be reached, or doesn't do what it is asked
    ├── Interrupted    the program is stopping: the work goes on from where it was, next time
    └── DiskFull
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from relay.language.sentence import Sentence, joined


class RelayError(Exception):
    """`RelayError("There is no campaign {slug}.", slug=slug)`: `message` is a fixed sentence, `words` fill it.

    `sentence` is the message with its words, `line` adds the `hint` that says what to do; both can be told in any
    language (relay/language). The sentences are the message ids of the catalogues.
    """

    def __init__(self, message: str, *, hint: str = "", **words: object) -> None:
        self.sentence = _with_words(message, words)
        super().__init__(str(self.sentence))
        self.message = message
        self.hint = hint
        self.words = words

    @property
    def line(self) -> Sentence:
        """Message and hint as the one line that the command line and the desk show."""
        return joined(self.sentence, _with_words(self.hint, self.words))


def _with_words(text: str, words: dict[str, object]) -> Sentence:
    return text if isinstance(text, Sentence) else Sentence(text, words)


class Refused(RelayError):
    pass


class NotFound(Refused):
    pass


class NotShown(NotFound):
    pass


class Stale(Refused):
    """`state` is what the row says now."""

    def __init__(self, message: str, *, state: str, hint: str = "", **words: object) -> None:
        super().__init__(message, hint=hint, **words)
        self.state = state


class ConfigError(RelayError):
    pass


class StoreError(RelayError):
    pass


class NeedsUpgrade(StoreError):
    pass


class SourceError(RelayError):
    """`requests` is what the failed reading had already spent. `code` is the network's own error code."""

    def __init__(
        self, message: str, *, hint: str = "", code: int | None = None, requests: int = 0, **words: object
    ) -> None:
        super().__init__(message, hint=hint, **words)
        self.code = code
        self.requests = requests


class TryLater(SourceError):
    pass


class Parked(SourceError):
    """`key` names what is parked (a token, or one method of a token); `until` is the time of the next probe.

    `action_url` is a page where a person can put things right (captcha, validation), when the network gave one.
    """

    def __init__(
        self,
        message: str,
        *,
        key: str,
        until: datetime,
        hint: str = "",
        code: int | None = None,
        action_url: str = "",
        requests: int = 0,
        **words: object,
    ) -> None:
        super().__init__(message, hint=hint, code=code, requests=requests, **words)
        self.key = key
        self.until = until
        self.action_url = action_url


class Closed(SourceError):
    """`gone` tells deleted (true) from closed to us (false)."""

    def __init__(
        self,
        message: str,
        *,
        gone: bool = False,
        hint: str = "",
        code: int | None = None,
        requests: int = 0,
        **words: object,
    ) -> None:
        super().__init__(message, hint=hint, code=code, requests=requests, **words)
        self.gone = gone


class FetchError(RelayError):
    pass


class NotYet(FetchError):
    pass


class Gone(FetchError):
    pass


class ExtractorBroken(FetchError):
    pass


class Overloaded(RelayError):
    pass


class NotSent(RelayError):
    pass


class MediaError(RelayError):
    pass


class ToolMissing(MediaError):
    pass


class ToolFailed(MediaError):
    """`returncode` is the child's (negative: killed by that signal); `stderr` its last lines."""

    def __init__(self, message: str, *, returncode: int = 0, stderr: str = "", hint: str = "", **words: object) -> None:
        super().__init__(message, hint=hint, **words)
        self.returncode = returncode
        self.stderr = stderr


class Interrupted(MediaError):
    pass


class DiskFull(MediaError):
    pass


class DiskBroken(MediaError):
    pass


class StorageDown(MediaError):
    pass


def from_disk(error: OSError) -> DiskFull | DiskBroken | None:
    """What a person is told of a disk that is full, broken or only to be read; None for what is a bug of ours."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull("The disk is full.", hint="Free some space and try again; nothing was lost.")
    if error.errno in (errno.EIO, errno.EROFS):
        return DiskBroken(
            "The disk can't be read or written ({why}).",
            hint="See whether it is sound, then try again; what was confirmed is kept.",
            why=Sentence(error.strerror or ""),
        )
    return None


BUSY_STATES = ("40001", "40P01", "53300", "55P03")
LOST_STATES = ("08", "57", "25P03")
"""Beginnings of PostgreSQL's codes: https://www.postgresql.org/docs/current/errcodes-appendix.html"""


def from_database(error: Exception) -> StoreError | DiskFull | DiskBroken | None:
    """What a person is told of trouble that a database's driver reports; None for what is a bug of ours."""
    text = str(error)
    if type(error).__module__.startswith("psycopg"):
        return _from_server(getattr(error, "sqlstate", None) or LOST_STATES[0], text)
    if "full" in text:
        return DiskFull("The disk with the database is full.", hint="Free some space; nothing was lost.")
    if "disk I/O" in text:
        return DiskBroken(
            "The disk with the database can't be read or written.",
            hint="See whether it is sound, then try again; what was confirmed is kept.",
        )
    if "locked" in text:
        return StoreError("The database is busy for too long.", hint="Try again in a minute.")
    if "readonly" in text or "unable to open" in text:
        return StoreError(
            "The database can't be written ({why}).", hint="Check the folder's rights.", why=Sentence(text)
        )
    return None


def _from_server(state: str, text: str) -> StoreError | DiskFull | None:
    """Without a code of its own there was no server that could have given one."""
    if state == "53100":
        return DiskFull("The disk with the database is full.", hint="Free some space; nothing was lost.")
    if state in BUSY_STATES:
        return StoreError("The database is busy for too long.", hint="Try again in a minute.")
    if state.startswith(LOST_STATES):
        why = Sentence(text.strip().partition("\n")[0])
        return StoreError(
            "The database can't be reached ({why}).", hint="Nothing was lost; it is tried again.", why=why
        )
    return None


@contextmanager
def disk_told() -> Iterator[None]:
    """Raises DiskFull or DiskBroken for an OSError that is the disk's."""
    try:
        yield
    except OSError as error:
        if (told := from_disk(error)) is not None:
            raise told from error
        raise
