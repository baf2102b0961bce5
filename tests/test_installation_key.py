from __future__ import annotations

import stat

from relay import installation_key


def test_the_key_is_made_once_and_for_its_owner_only(relay):
    key = installation_key.secret(relay)
    path = relay.settings.data_dir / "secret.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert installation_key.secret(relay) == key
    assert len(bytes.fromhex(key.decode())) == 32
    assert [p.name for p in relay.settings.data_dir.iterdir() if "secret" in p.name] == ["secret.key"]
