"""What the wizard knows: the answers, kept between two runs, and what counts as one."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relay.cli.terminal.asking import Check, Terminal
from relay.errors import Refused
from relay.media.files import replace_file

if TYPE_CHECKING:
    from relay.context import Relay
    from relay.models import Campaign

ANSWERS = "setup.json"
ZONE = "Europe/Moscow"
LASTS = timedelta(days=7)
MOST_ADDRESSES = 2000


@dataclass(slots=True)
class SetupAnswers:
    """What the wizard wants to know, as people write it."""

    title: str = ""
    hashtags: list[str] = field(default_factory=list)
    aliases: list[str] | None = None
    slug: str = ""
    opens: str = ""
    closes: str = ""
    tz: str = ""
    sources: list[str] = field(default_factory=list)
    moderators: list[str] | None = None
    mail: str | None = None


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
        from relay.collect import campaigns

        store = self.relay.store
        if (store.path is not None and not store.path.exists()) or store.revision() is None:
            return None
        store.check()
        return next((each for each in campaigns.all_campaigns(self.relay) if each.slug == slug), None)


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


def something(said: str) -> str:
    if not said.strip():
        raise Refused("The campaign needs a title.", hint="Give one with --title.")
    return said.strip()


def tags_or_none(said: str) -> list[str]:
    from relay.collect import campaigns

    return [] if said.strip() in ("", "-") else campaigns.tags(said)


def zone(said: str) -> str:
    from relay.collect import campaigns

    return campaigns.zone_of(said.strip()).key


def day(said: str, tz: str) -> str:
    from relay.collect import campaigns, dates

    dates.moment(said, campaigns.zone_of(tz))
    return said.strip()


def names(said: str) -> list[str]:
    names = [] if said.strip() == "-" else [" ".join(name.split()) for name in said.split(",")]
    return list(dict.fromkeys(name for name in names if name))


def mail(said: str) -> str:
    said = "" if said.strip() == "-" else said.strip()
    if any(part.strip().count("@") != 1 or not part.strip().isprintable() for part in said.split(",") if said):
        raise Refused("{said!r} is no mail address.", hint="Several are parted by commas.", said=said)
    return said


def zone_here() -> str:
    """The machine's zone; a server's UTC is nobody's."""
    from tzlocal import get_localzone_name

    name = get_localzone_name()
    return name if name and "/" in name and not name.startswith("Etc/") else ZONE


def a_week_later(opens: str, tz: str) -> str:
    from relay.collect import campaigns, dates

    zone = campaigns.zone_of(tz)
    return (dates.moment(opens, zone).astimezone(zone).date() + LASTS).isoformat()


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
