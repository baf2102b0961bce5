from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from relay.almanac import credentials, plans
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.models import ClipState
from tests.almanac.cinema import has_version
from tests.almanac.filming import Camera
from tests.moderation.town import Town

pytest.importorskip("c2pa", reason="content credentials are an extra: pip install 'hashtag-relay[c2pa]'")
pytestmark = pytest.mark.media
FILM = ("proryv80", "film")


@pytest.fixture
def film(relay: Relay, camera: Camera) -> Relay:
    """A film of one clip, really made; certificates go by the clock of the machine."""
    town = Town(relay)
    town.has_clip(name="Анна", state=ClipState.approved, duration=2)
    plans.new(relay, *FILM, title="Голоса памяти", all_approved=True)
    has_version(relay, content=camera.films("signed", frames=50).read_bytes())
    return replace(relay, clock=lambda: datetime.now(UTC))


def test_a_signed_copy_is_valid_and_the_film_stays_as_it_is(film: Relay) -> None:
    original = film.folder("almanacs") / "proryv80_film-v1.mp4"
    before = original.read_bytes()
    signed = credentials.sign(film, *FILM, person="Борис")
    assert (signed.path.name, signed.state, signed.signer) == ("proryv80_film-v1-signed.mp4", "Valid", "Relay")
    assert original.read_bytes() == before
    assert "Анна".encode() not in signed.path.read_bytes()
    with pytest.raises(Refused, match="signed already"):
        credentials.sign(film, *FILM, person="Борис")


def test_a_changed_copy_is_told(film: Relay, tmp_path: Path) -> None:
    signed = credentials.sign(film, *FILM, person="Борис").path
    content = bytearray(signed.read_bytes())
    at = content.rindex(b"mdat") + 2000
    content[at] ^= 0xFF
    (tmp_path / "changed.mp4").write_bytes(content)
    assert credentials.read(tmp_path / "changed.mp4").state == "Invalid"
    with pytest.raises(NotFound, match="no content credentials"):
        credentials.read(film.folder("almanacs") / "proryv80_film-v1.mp4")


def test_the_key_is_made_once_and_for_its_owner_only(film: Relay) -> None:
    chain, key = credentials.identity(film)
    assert chain.read_text().count("BEGIN CERTIFICATE") == 2
    assert key.stat().st_mode & 0o777 == 0o600
    before = chain.read_bytes(), key.read_bytes()
    credentials.identity(film)
    assert (chain.read_bytes(), key.read_bytes()) == before
