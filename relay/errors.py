"""What can go wrong in a way that we expected.

Everything here carries one clear line for a person: what happened, and what to do about it.
Anything else that is raised is a bug and is meant to escape.

RelayError
├── Refused            the request breaks a rule, or names something that is not there
│   ├── NotFound
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
├── NotSent            a message to a person did not get out: it will be tried again
└── MediaError         a file or a tool that works on files
    ├── ToolMissing
    ├── ToolFailed     the child ended with an error, or went over a limit
    ├── Interrupted    the program is stopping: the work goes on from where it was, next time
    └── DiskFull
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from string import Formatter
from typing import Any

SPOKEN = frozenset(
    {"now", "state", "reason", "fault", "line", "first", "item", "why", "error", "strerror", "msg", "kind"}
)
"""Words of these names are sentences and states of ours themselves, or what the system says, and are translated too."""


def filled(sentence: str, **words: object) -> str:
    """A fixed sentence of ours with its words, in English, as rows keep it; the desk knows it again by its shape."""
    return sentence.format(**words)


def told(sentence: str, translate: Callable[[str], str], words: Mapping[str, object]) -> str:
    """The sentence in a language, with its words, and with figures as that language writes them (`1,5`)."""
    return _Figures(translate("0.5")[1]).vformat(translate(sentence), (), words)


class _Figures(Formatter):
    def __init__(self, decimal_sign: str) -> None:
        self._sign = decimal_sign

    def format_field(self, value: Any, format_spec: str) -> str:
        text = str(format(value, format_spec))
        return text.replace(".", self._sign) if isinstance(value, float) else text


class RelayError(Exception):
    """`RelayError("There is no campaign {slug}.", slug=slug)`: `message` is a fixed sentence, `words` fill it.

    `str(error)` is the sentence, `line` adds the `hint` that says what to do. The sentences are the message ids
    of the catalogues in relay/web/locale: `line_in` gives both in another language.
    """

    def __init__(self, message: str, *, hint: str = "", **words: object) -> None:
        super().__init__(message.format(**words) if words else message)
        self.message = message
        self.hint = hint
        self.words = words

    @property
    def line(self) -> str:
        """Message and hint as the one line that the command line and the desk show."""
        return self.line_in(lambda text: text)

    def line_in(self, translate: Callable[[str], str]) -> str:
        parts = [text for text in (self.message, self.hint) if text]
        words = {name: translate(str(word)) if name in SPOKEN else word for name, word in self.words.items()}
        return " ".join(told(text, translate, words) if words else translate(text) for text in parts)


class Refused(RelayError):
    pass


class NotFound(Refused):
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
