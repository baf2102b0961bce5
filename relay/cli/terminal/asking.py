"""Questions on the terminal: asked until the answer will do, answered by options, or found to be missing."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import typer

from relay.cli.terminal.show import fail, say, tongue
from relay.errors import RelayError

Check = Callable[[str], Any]
OPTIONAL = frozenset({"--moderator", "--alert-mail", "--alias", "--permission"})
"""Questions that may be left without an answer."""


class Terminal:
    """Asks a person, takes defaults, or finds out what is missing where there is nobody to ask.

    `prompt` and `hidden` are what reads a line of a terminal; tests give others.
    """

    def __init__(
        self,
        *,
        yes: bool,
        asks: bool,
        prompt: Callable[[str, str], str] | None = None,
        hidden: Callable[[str], str] | None = None,
    ) -> None:
        self.yes, self.asks = yes, asks and not yes
        self._prompt, self._hidden = prompt or _prompt, hidden or _hidden
        self.missing: list[str] = []

    def explains(self, sentence: str, **words: object) -> None:
        if self.asks:
            say()
            say(sentence, **words)

    def answer(self, question: str, option: str, *, given: str | None, default: str, check: Check) -> Any:
        """The answer as `check` gives it, which raises Refused for a wrong one: then it is asked for again.

        `given`: by an option. Without anybody to ask, a wrong one is raised, and a missing one noted.
        """
        if given is not None:
            try:
                return check(given)
            except RelayError as error:
                if not self.asks:
                    raise
                tell(error)
        if not self.asks:
            if option in OPTIONAL or (self.yes and default):
                return check(default)
            self.misses(option)
            return None
        while True:
            try:
                return check(self._prompt(tongue()(question), default))
            except RelayError as error:
                tell(error)

    def secret(self, question: str) -> str:
        """A line that isn't shown while it is typed; "" for none."""
        return self._hidden(tongue()(question)).strip()

    def misses(self, option: str, *, given: bool = False) -> None:
        """Notes an option that nobody has given, and that has no default."""
        if not given and not self.asks:
            self.missing.append(option)

    def needs_all(self) -> None:
        """Ends with a list of what nobody has said."""
        if self.missing:
            fail(
                "There is no terminal to ask at, and these options are missing: {options}. Or take the defaults: --yes",
                options=", ".join(self.missing),
            )


def tell(error: RelayError) -> None:
    """A mistake that isn't the end: the line on stderr, and on it goes."""
    typer.secho(tongue()(error.line), fg="yellow" if sys.stderr.isatty() else None, err=True)


def _prompt(question: str, default: str) -> str:
    return str(typer.prompt(question, default=default, show_default=bool(default)))


def _hidden(question: str) -> str:
    return str(typer.prompt(question, default="", hide_input=True, show_default=False))
