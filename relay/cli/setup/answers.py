"""What the wizard knows: the answers, kept between two runs, and what counts as one."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relay.cli.terminal.asking import Check, Terminal
from relay.collect.leading.answers import SetupAnswers
from relay.errors import Refused
from relay.media.files import replace_file

if TYPE_CHECKING:
    from relay.context import Relay
    from relay.models import Campaign

ANSWERS = "setup.json"


@dataclass(frozen=True, slots=True)
class Secrets:
    """Where what nobody may see is read from; None: it is asked for."""

    token_file: Path | None = None
    smtp_file: Path | None = None
    without_token: bool = False


@dataclass(slots=True)
class SetupRun:
    """What the steps of one run share. `given`: answers by option, until they are taken; `env`: the file of settings.

    `relay` is opened anew when its settings change.
    """

    terminal: Terminal
    given: dict[str, Any]
    secrets: Secrets
    env: Path
    relay: Relay
    answers: SetupAnswers

    @property
    def folder(self) -> Path:
        return self.relay.settings.data_dir.absolute()

    def keep(self) -> None:
        keep(self.answers, self.folder)

    def ask(self, question: str, option: str, name: str, default: str, check: Check) -> Any:
        """The answer by that name, which is kept; None where it is missing and nobody is there to ask."""
        value = self.given.pop(name, None)
        if isinstance(value, list):
            value = (", " if name == "moderators" else " ").join(value)
        answer = self.terminal.answer(question, option, given=value, default=default, check=check)
        if answer is not None:
            setattr(self.answers, name, answer)
        return answer

    def existing(self, slug: str) -> Campaign | None:
        """The campaign of this name, where there is a database that has it."""
        from relay.collect.leading import opening

        store = self.relay.store
        if (store.path is not None and not store.path.exists()) or store.revision() is None:
            return None
        store.check()
        return opening.existing(self.relay, slug)


def kept_in(folder: Path) -> SetupAnswers | None:
    """What was answered before a break; None where nothing was, or the file can't be read any more."""
    try:
        told = json.loads((folder / ANSWERS).read_text("utf-8"))
        known = {each.name for each in fields(SetupAnswers)}
        return SetupAnswers(**{name: value for name, value in told.items() if name in known})
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def keep(answers: SetupAnswers, folder: Path) -> None:
    """For the owner's eyes only."""
    folder.mkdir(parents=True, exist_ok=True)
    replace_file(folder / ANSWERS, json.dumps(asdict(answers), ensure_ascii=False, indent=1).encode(), mode=0o600)


def forget(folder: Path) -> None:
    (folder / ANSWERS).unlink(missing_ok=True)


def listed(given: Sequence[str] | None, file: Path | None) -> list[str] | None:
    if file is None:
        return list(given) if given else None
    return [*(given or ()), *read_lines(file)]


def is_file(said: str) -> bool:
    try:
        return Path(said.strip()).is_file()
    except (OSError, ValueError):
        return False


def read_lines(path: Path) -> list[str]:
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(
            "{path} can't be read.", hint="It should be a text with one address a line.", path=path
        ) from error
    return [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]


def secret_in(path: Path) -> str:
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused("{path} can't be read.", hint="It should hold the secret and nothing else.", path=path) from error
    return text.strip()
