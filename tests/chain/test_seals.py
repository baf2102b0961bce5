from __future__ import annotations

import hmac

import pytest

from relay.chain.seals import Seal, derived, keys_of


@pytest.mark.parametrize("key", [b"", b"short", b"k" * 64, b"longer than a block " * 10])
@pytest.mark.parametrize("message", [b"", "Анна".encode(), b"x" * 1000])
def test_a_seal_is_the_hmac_of_the_standard_library(key: bytes, message: bytes) -> None:
    assert Seal(key).of(message) == hmac.digest(key, message, "sha256")


def test_each_purpose_has_a_key_of_its_own() -> None:
    keys = keys_of(b"secret")
    assert keys.rows.of(b"x") != keys.links.of(b"x")
    assert keys.fingerprint != keys_of(b"another").fingerprint
    assert derived(b"secret", "one") != derived(b"secret", "two")
