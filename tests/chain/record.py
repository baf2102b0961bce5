"""A record with a row of every kind, and somebody who has the database but not the key."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, text
from sqlmodel import Session, select

from relay.chain import heads, links, verifying
from relay.chain.heads import ChainHead
from relay.chain.seals import keys_of
from relay.chain.verifying import ChainFault, ChainReport, FaultKind
from relay.context import Relay
from relay.models import (
    Almanac,
    ClipState,
    Consent,
    ConsentScope,
    Decision,
    Doubt,
    Event,
    EventKind,
    EventSubject,
    Render,
    SignOff,
    SignOffVerdict,
    Verdict,
)
from tests.moderation.town import Town

AT = datetime(2023, 1, 12, 9, 30, 15, 250_000, tzinfo=UTC)


class RecordOfTests:
    """`record.tampers("UPDATE …")` writes behind Relay's back: the triggers are off, and no link is made."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self.store = relay.store

    def of_every_kind(self) -> None:
        """Two rows of each, with something in every column."""
        clip = Town(self.relay).has_clip()
        with self.relay.transaction() as session:
            almanac = Almanac(campaign_id=1, name="film", title="Фильм", created_at=AT)
            session.add(almanac)
            session.flush()
            render = Render(
                almanac_id=almanac.id or 0, version=1, file="f", manifest="m", sha256="a" * 64, frames=1, fps=25,
                shots_encoded=1, shots_reused=0, seconds=1, at=AT,
            )  # fmt: skip
            session.add(render)
            session.flush()
            for number in (1, 2):
                at = AT + timedelta(seconds=number)
                first = Decision(
                    clip_id=clip, verdict=Verdict.later, from_state=ClipState.awaiting, to_state=ClipState.later,
                    person="Анна", reason="позже", previous_reason="—", doubt=Doubt.none, at=at,
                )  # fmt: skip
                session.add(first)
                session.flush()
                undone = {"from_state": ClipState.later, "to_state": ClipState.awaiting, "undoes": first.id}
                session.add(Decision(clip_id=clip, verdict=Verdict.undo, person="Борис", reason="", at=at, **undone))
                session.add(Consent(clip_id=clip, scope=ConsentScope.film, evidence="письмо", person="Анна", at=at))
                session.add(
                    SignOff(
                        render_id=render.id or 0,
                        sha256="a" * 64,
                        link_hash=f"{number}" * 64,
                        person="Вера Ильина",
                        position="директор",
                        invited_by="Борис",
                        created_at=at,
                        expires_at=at,
                        revoked_at=at,
                        verdict=SignOffVerdict.remarks,
                        words="Заменить титр.",
                        decided_at=at,
                        evidence={"film": "a" * 64},
                    )
                )
                self.happens(session, at)

    def happens(self, session: object, at: datetime = AT) -> None:
        words = {"name": ["Иван", "Иван Сергеевич"]}
        made = Event(
            at=at, subject=EventSubject.clip, subject_id=1, what=EventKind.edited, person="Анна", details=words
        )
        session.add(made)  # type: ignore[attr-defined]

    def happens_at(self, at: datetime) -> None:
        with self.relay.transaction() as session:
            self.happens(session, at)

    def goes_on(self, count: int = 1) -> None:
        for _ in range(count):
            with self.relay.transaction() as session:
                self.happens(session)

    def tampers(self, *statements: str) -> None:
        if self.store.path is None:
            self._tampers_on_server(statements)
            return
        with closing(sqlite3.connect(self.store.path)) as connection:
            guards = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'chain_%'"
            made = connection.execute(guards).fetchall()
            for words in (*(f"DROP TRIGGER {name}" for name, _ in made), *statements, *(sql for _, sql in made)):
                connection.execute(words)
            connection.commit()

    def _tampers_on_server(self, statements: Sequence[str]) -> None:
        with self.store.engine.connect() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            for words in statements:
                connection.execute(text(words))
            connection.commit()

    def head(self, *, before: datetime | None = None) -> ChainHead:
        assert self.store.chain_keys is not None
        with self.relay.reading() as session:
            return heads.head(session.connection(), self.store.chain_keys, before=before)

    def verified(self, known: Sequence[ChainHead] = (), *, secret: bytes = b"") -> ChainReport:
        keys = keys_of(secret) if secret else self.store.chain_keys
        assert keys is not None
        with self.relay.reading() as session:
            return verifying.verify(session.connection(), keys, known)

    def faults(self, known: Sequence[ChainHead] = ()) -> list[ChainFault]:
        return self.verified(known).faults

    def kinds(self, known: Sequence[ChainHead] = ()) -> list[FaultKind]:
        return [fault.kind for fault in self.faults(known)]


def forgets_events(session: Session) -> None:
    """What was noted so far is no matter of a test that looks at what comes."""
    numbers = [number for number in session.exec(select(Event.id)) if number is not None]
    with links.rewriting(session, Event, numbers, why="a test begins anew", at=AT):
        session.exec(delete(Event))
