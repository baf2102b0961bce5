"""What the doctor says of the object store."""

from __future__ import annotations

import httpx
import pytest

from relay.context import Relay
from relay.upkeep import doctor
from relay.upkeep.damages.check import Check
from tests import s3

pytestmark = pytest.mark.slow

VERSIONS = (
    '<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status>'
    "</VersioningConfiguration>"
)


def said(relay: Relay) -> list[Check]:
    given = relay.folder("work") / "given"
    given.write_bytes(b"a file")
    relay.media.put("a" * 64, given)
    return [one for one in doctor.check(relay) if one.what == "object store"]


def test_a_bucket_that_forgets_is_sound(in_bucket: Relay) -> None:
    (found,) = said(in_bucket)
    assert (found.wrong, found.text) == (False, "answers, and keeps nothing that is deleted")


def test_a_bucket_that_keeps_versions_breaks_the_promise(relay: Relay, object_store: str) -> None:
    bucket = s3.new_bucket(object_store)
    httpx.put(f"{object_store}/{bucket}?versioning", content=VERSIONS).raise_for_status()
    (found,) = said(s3.in_bucket(relay, object_store, bucket))
    assert found.wrong
    assert "turn the versions of the bucket off" in found.text


def test_one_host_with_a_folder_reads_nothing_of_it(relay: Relay) -> None:
    assert said(relay) == []
