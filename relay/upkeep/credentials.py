"""Access tokens as people give them: tested at once, kept in `.env`, and never shown again.

A token that stands in the environment wins over `.env`, so there nothing can be changed from here.
"""

from __future__ import annotations

import os
from pathlib import Path

from relay.context import Relay
from relay.errors import ConfigError, NotFound, Refused
from relay.sources.vk import token_check
from relay.sources.vk.token_check import TokenVerdict
from relay.sources.vk.token_file import TOKEN, digest, words_of
from relay.upkeep import settings_file
from relay.upkeep.tokens import tail

ENV = Path(".env")
LONGEST_TOKEN = 1000


def ask_vk(relay: Relay, token: str, *, tag: str = "#vk") -> TokenVerdict:
    """Asks VK what the token may do. Nothing is kept."""
    return token_check.probe(relay.settings, token, relay.clock, tag=tag)


def is_set_outside() -> bool:
    """Whether the environment names the tokens, so that `.env` doesn't count."""
    return any(name.upper() == TOKEN for name in os.environ)


def keep(env: Path, values: dict[str, str]) -> None:
    """Writes settings into `.env`. Raises ConfigError where they can't be written, or the environment has them too."""
    settings_file.write(env, values)
    for name in values:
        if name in os.environ:
            raise ConfigError(
                "The environment sets {name} too, and wins over .env.",
                hint="Take it out of the environment.",
                name=name,
            )


def add_vk(relay: Relay, token: str, *, env: Path = ENV, tag: str = "#vk") -> TokenVerdict:
    """Tests a token and keeps it beside the others where it works. All processes use it from then on.

    Raises Refused for what can be no token or is kept already, ConfigError.
    """
    token = token.strip()
    if not token or len(token) > LONGEST_TOKEN or not token.isascii() or not token.isprintable() or "," in token:
        raise Refused("This can be no token: it is one word of latin letters and digits.")
    _refuse_outside()
    known = words_of(relay.settings, env)
    if token in known:
        raise Refused("This token is kept already.")
    verdict = ask_vk(relay, token, tag=tag)
    if verdict.works:
        keep(env, {TOKEN: ",".join([*known, token])})
    return verdict


def drop_vk(relay: Relay, told: str, *, env: Path = ENV) -> None:
    """Forgets a token, by what is told of it (tokens.TokenView.token). Raises NotFound, ConfigError."""
    _refuse_outside()
    known = words_of(relay.settings, env)
    left = [token for token in known if tail(digest(token)) != told]
    if left == known:
        raise NotFound("There is no such token.")
    keep(env, {TOKEN: ",".join(left)})


def _refuse_outside() -> None:
    if is_set_outside():
        raise ConfigError(
            "The environment sets {name} too, and wins over .env.", hint="Take it out of the environment.", name=TOKEN
        )
