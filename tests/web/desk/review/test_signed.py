"""A signed copy of a version, on the page of the film."""

from __future__ import annotations

import pytest

from relay.almanac.delivery import credentials, versions
from relay.almanac.delivery.credentials import Signed
from relay.errors import ToolMissing
from tests.almanac.assets.film import has_film
from tests.almanac.cinema import has_version

pytestmark = pytest.mark.slow

FILM = "/almanacs/proryv80/film"


@pytest.fixture
def version(relay, monkeypatch):
    has_film(relay)
    has_version(relay)

    def sign(relay, slug, name, *, version, person):
        with relay.reading() as session:
            film = versions.film(relay, versions.version(relay, session, slug, name, version).row)
        path = film.with_name(versions.signed_name(film))
        path.write_bytes(b"signed by " + person.encode())
        return Signed(path, "Valid", "Relay")

    monkeypatch.setattr(credentials, "sign", sign)


def test_an_editor_makes_a_signed_copy_and_everybody_takes_it_along(version, boris, visit):
    pavel = visit("pavel")
    assert "Make a signed copy of version 1" in boris.sees(FILM)
    assert "Content credentials" not in pavel.sees(FILM)
    assert pavel.get(f"{FILM}/1/signed.mp4").status_code == 404
    assert boris.sends(f"{FILM}/1/sign").headers["location"] == f"{FILM}?version=1"
    assert f'href="{FILM}/1/signed.mp4"' in pavel.sees(FILM)
    assert "Make a signed copy" not in boris.sees(FILM)
    assert pavel.get(f"{FILM}/1/signed.mp4").content == "signed by Борис".encode()


def test_without_the_extra_the_page_says_what_is_missing(version, boris, monkeypatch):
    def missing(*_, **__):
        raise ToolMissing("Content credentials need an extra.", hint="Run: pip install 'hashtag-relay[c2pa]'")

    monkeypatch.setattr(credentials, "sign", missing)
    answer = boris.sends(f"{FILM}/1/sign")
    assert answer.status_code == 503
    assert "Content credentials need an extra." in answer.text
    assert boris.sends(f"{FILM}/9/sign").status_code == 404
