from __future__ import annotations

import pytest
from sqlmodel import select

from relay.context import Relay
from relay.models import Erasure, ErasureCause, Inspection, Video, VideoState
from relay.upkeep.damages import originals
from relay.upkeep.damages.check import Check
from tests.moderation.town import Town

pytestmark = pytest.mark.slow

CONTENT = b"a video of some length"


class Vault:
    """`vault.has()` a clip whose original is there and as long as the look at it has found."""

    def __init__(self, relay: Relay) -> None:
        self.relay, self.town = relay, Town(relay)

    def has(self, **words: object) -> str:
        sha256 = self.town.sha256(clip := self.town.has_clip())
        part = self.relay.folder("work") / "part"
        part.write_bytes(CONTENT)
        self.relay.media.put(f"originals/{sha256}", part)
        with self.relay.transaction() as session:
            session.get_one(Inspection, sha256).bytes = len(CONTENT)
            video = session.get_one(Video, self.town.clip(clip).video_id)
            video.sqlmodel_update(words)
            session.add(video)
        return sha256

    def loses(self, sha256: str) -> None:
        self.relay.media.delete(f"originals/{sha256}")

    def holds(self, sha256: str, content: bytes) -> None:
        path = self.relay.media.local(f"originals/{sha256}")
        path.chmod(0o600)
        path.write_bytes(content)

    def told(self, *, fix: bool = False, deep: bool = False) -> list[tuple[str, bool, bool]]:
        found: list[Check] = list(originals.originals(self.relay, fix, deep))
        assert {each.what for each in found} == {"originals"}
        return [(each.text, each.wrong, each.fixed) for each in found]

    def videos(self) -> list[Video]:
        with self.relay.reading() as session:
            return list(session.exec(select(Video).order_by(Video.id)).all())


@pytest.fixture
def vault(relay: Relay) -> Vault:
    return Vault(relay)


def test_what_networks_have_is_fetched_again_when_it_is_mended(vault: Vault, relay: Relay) -> None:
    whole, gone, short, _unfetched = vault.has(), vault.has(), vault.has(), vault.has(state=VideoState.refused)
    assert vault.told() == [("3 of 3 in place", False, False)]
    vault.loses(gone)
    vault.holds(short, CONTENT[:-1])
    assert vault.told() == [("1 of 3 in place", True, False)]
    assert relay.media.has(f"originals/{short}")
    assert vault.told(fix=True) == [("missing or damaged, fetched again: 2", False, True)]
    states = [(each.state, each.reason) for each in vault.videos()]
    missed = (VideoState.found, "the file was missing or damaged")
    assert states == [(VideoState.fetched, ""), missed, missed, (VideoState.refused, "")]
    assert [relay.media.has(f"originals/{each}") for each in (whole, short)] == [True, False]
    assert vault.told(fix=True) == [("1 of 1 in place", False, False)]


def test_only_the_deep_look_sees_other_bytes_of_the_same_length(vault: Vault) -> None:
    sha256 = vault.has()
    assert vault.told() == [("1 of 1 in place", False, False)]
    assert vault.told(deep=True) == [("0 of 1 in place", True, False)], "its name is not the sum of its bytes"
    assert originals.is_whole(vault.relay, sha256, None, deep=False)
    assert not originals.is_whole(vault.relay, sha256, 1, deep=False)


def test_what_was_handed_in_is_left_where_it_is_and_named(vault: Vault, relay: Relay) -> None:
    vault.has()
    mine, theirs = vault.has(network="hand-in"), vault.has()
    vault.holds(mine, CONTENT[:-1])
    lost = (f"handed in, and missing or damaged: 1 ({mine[:12]}). Take them from a backup, or return their clips",)
    for fix in (False, True):
        assert vault.told(fix=fix) == [(*lost, True, False)]
    assert relay.media.has(f"originals/{mine}")
    vault.loses(theirs)
    assert vault.told() == [("missing or damaged: 1", True, False), (*lost, True, False)]
    assert vault.told(fix=True) == [("missing or damaged, fetched again: 1", False, True), (*lost, True, False)]
    assert [each.state for each in vault.videos()] == [VideoState.fetched, VideoState.fetched, VideoState.found]


def test_what_was_erased_is_not_missed(vault: Vault, relay: Relay) -> None:
    sha256 = vault.has()
    vault.loses(sha256)
    with relay.transaction() as session:
        session.add(
            Erasure(
                number="E-1", clip_id=1, cause=ErasureCause.withdrawn, person="Анна", sha256="", digest=sha256,
                asked_at=relay.now(),
            )
        )  # fmt: skip
    assert vault.told(deep=True) == [("0 of 0 in place", False, False)]
