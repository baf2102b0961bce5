"""Commands that were typed wrongly, told like every other error: one line, in the reader's language."""

from __future__ import annotations

import re
from typing import Any

import typer

from relay.errors import RelayError

WRONG_USAGE = 2

Misuse: type[Exception] = next(base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException")
"""What typer raises for it; the class comes with typer or from click, by typer's version."""

_INVALID = r"Invalid value for '?(?P<name>[^':]+)'?:"
_SAID = {
    r"No such command '(?P<name>.*?)'": "There is no command {name}.",
    r"No such option:? '?(?P<name>-[^\s']*)": "There is no option {name}.",
    r"Missing command": "The command is missing.",
    r"Missing (?:argument|option|parameter) '(?P<name>[^']+)'": "{name} is missing.",
    r"Option '?(?P<name>-[^\s']*?)'? requires an argument": "The option {name} needs a value.",
    r"Option '?(?P<name>-[^\s']*?)'? does not take a value": "The option {name} takes no value.",
    r"Got unexpected extra argument\S* \((?P<name>.*)\)": "Too many words: {name}.",
    r"Invalid value for '?(?P<name>[^':]+)'?:.*valid int": "{name} takes a whole number.",
    r"Invalid value for '?(?P<name>[^':]+)'?:.*valid (?:number|float)": "{name} takes a number.",
    rf"{_INVALID}.*is not one of (?P<allowed>.+?)\.?$": "{name} takes one of these: {allowed}.",
    rf"{_INVALID}.*less than or equal to (?P<most>[^\s.]+)": "{name} takes no more than {most}.",
    rf"{_INVALID}.*greater than or equal to (?P<least>[^\s.]+)": "{name} takes no less than {least}.",
    rf"{_INVALID}.*valid boolean": "{name} takes yes or no.",
    rf"{_INVALID}.*[Ff]ile '(?P<path>.*)' does not exist": "There is no file {path}.",
    rf"{_INVALID}.*[Dd]irectory '(?P<path>.*)' does not exist": "There is no folder {path}.",
    rf"{_INVALID}.*[Pp]ath '(?P<path>.*)' does not exist": "There is no {path}.",
    rf"{_INVALID}.*'(?P<path>.*)' is a directory": "{path} is a folder, not a file.",
    rf"{_INVALID}.*'(?P<path>.*)' is a file": "{path} is a file, not a folder.",
    rf"{_INVALID}.*'(?P<path>.*)' is not \w+able": "{path} is not open to the account that runs Relay.",
    rf"{_INVALID} (?:Value error, )?(?P<said>.*?)\.?$": "{name}: this does not fit ({said}).",
}
"""What typer says, in English only → what we say."""


def told(error: Any) -> RelayError | None:
    """The error in our words, with the command whose help tells more; typer's own words where we know none. None
    where typer has shown the help instead.
    """
    said = " ".join(str(error.format_message()).split())
    if not said:
        return None
    found = ((re.search(pattern, said), ours) for pattern, ours in _SAID.items())
    match, ours = next(((match, ours) for match, ours in found if match), (None, "{said}"))
    words = match.groupdict() if match else {"said": said}
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "relay"
    return RelayError(ours, hint="See: {command} --help", command=command, **words)
