"""The object store, where files are kept in one: whether it answers, and whether what is deleted there is gone."""

from __future__ import annotations

from collections.abc import Iterator

from relay.context import Relay
from relay.errors import StorageDown
from relay.media.buckets.store import BucketStore
from relay.upkeep.damages.check import Check


def bucket(relay: Relay, _fix: bool, _deep: bool) -> Iterator[Check]:
    """Only where RELAY_MEDIA_URL names one."""
    if not isinstance(relay.media, BucketStore):
        return
    try:
        keeps = relay.media.keeps_what_is_deleted()
    except StorageDown as error:
        yield Check("object store", error.line, wrong=True)
        return
    if keeps:
        yield Check(
            "object store",
            "keeps what is deleted: turn the versions of the bucket off, or what participants take back stays there",
            wrong=True,
        )
    else:
        yield Check("object store", "answers, and keeps nothing that is deleted")
