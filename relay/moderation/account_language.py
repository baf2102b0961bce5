"""The language in which the desk speaks to a person, kept on the account: on whatever machine they sign in."""

from __future__ import annotations

from sqlmodel import select

from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.language.catalogue import is_spoken, languages
from relay.models import Account


def speak(relay: Relay, login: str, language: str) -> None:
    """Raises Refused for a language without a catalogue, NotFound."""
    if not is_spoken(language):
        raise Refused("The desk speaks {languages}.", languages=", ".join(languages()))
    with relay.transaction() as session:
        account = session.exec(select(Account).where(Account.login == login)).first()
        if account is None:
            raise NotFound("There is no account {login}.", login=login)
        account.language = language
        session.add(account)
