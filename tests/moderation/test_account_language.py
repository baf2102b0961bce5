from __future__ import annotations

import pytest

from relay.errors import NotFound, Refused
from relay.models import Role
from relay.moderation import account_language, accounts


def test_a_persons_language_stays_with_the_account(relay):
    accounts.create(relay, "claire", "Claire", Role.viewer, language="ru")
    accounts.create(relay, "anna", "Анна", Role.viewer, language="ru")
    account_language.speak(relay, "claire", "fr")
    assert {one.login: one.language for one in accounts.listing(relay)} == {"anna": "ru", "claire": "fr"}
    with pytest.raises(Refused, match="speaks en, fr, ru"):
        account_language.speak(relay, "claire", "tlh")
    with pytest.raises(NotFound):
        account_language.speak(relay, "nobody", "fr")


def test_a_new_account_speaks_as_the_installation_does(relay):
    relay.settings.language = "fr"
    account, _password = accounts.create(relay, "claire", "Claire", Role.viewer)
    assert account.language == "fr"
