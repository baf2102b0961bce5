"""People who hand videos in, without a browser."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

from sqlmodel import select

from relay.context import Relay
from relay.intake.hand_in import hand_ins, uploads
from relay.intake.hand_in.form import FormAnswers
from relay.models import Clip, HandIn
from relay.moderation.withdrawal import withdraw
from tests.intake.scene import Scene

SLUG = "proryv80"
CONSENT = "I allow it.\nI know that I can take it back."
ANNA = FormAnswers(
    name="Анна Иванова", town="Кировск", district="Кировский", age="60+", origin="selection", quote="12",
    contact="+7 921 000-00-00", agreed=True,
)  # fmt: skip


def whose_page_is_open(relay: Relay, folder: Path) -> Participants:
    """Of a running campaign."""
    scene = Scene(relay, folder)
    scene.campaign(SLUG)
    hand_ins.switch(relay, SLUG, is_open=True, person="Ольга")
    return Participants(relay, scene)


class Participants:
    """`people.hands_in(film)` fills in the page, sends the file whole, and gives the receipt's secret."""

    def __init__(self, relay: Relay, scene: Scene) -> None:
        self.relay, self.scene = relay, scene

    def begins(self, visitor: str = "home", **other: object) -> str:
        answers = dataclasses.replace(ANNA, **other)  # type: ignore[arg-type]
        _, secret = hand_ins.begin(self.relay, SLUG, answers, consent=CONSENT, language="en", visitor=visitor)
        return secret

    def sends(self, secret: str, content: bytes, *, name: str = "дедушка.mp4") -> str:
        """The whole file in one piece."""
        hand_in_id = self.hand_in(secret).id or 0
        upload = uploads.create(self.relay, hand_in_id, name=name, kind="video/mp4", length=len(content))
        part = uploads.OpenUpload(self.relay, hand_in_id, upload, 0)
        part.write(content)
        part.close()
        return upload

    def hands_in(self, film: Path, visitor: str = "home", **other: object) -> str:
        secret = self.begins(visitor, **other)
        self.sends(secret, film.read_bytes())
        return secret

    def worker_comes(self) -> None:
        from relay.collect.found import posts

        hand_ins.tidy(self.relay)
        for hand_in_id in hand_ins.waiting(self.relay):
            hand_ins.process(self.relay, hand_in_id, add=posts.add)
        hand_ins.settle(self.relay, withdraw=withdraw)

    def takes_back(self, secret: str, words: str = "") -> None:
        hand_ins.take_back(self.relay, secret, words=words, withdraw=withdraw)

    def hand_in(self, secret: str) -> HandIn:
        return hand_ins.receipt(self.relay, secret).hand_in

    def state(self, secret: str) -> str:
        return self.hand_in(secret).state.value

    def clip(self, secret: str) -> Clip:
        (clip,) = hand_ins.receipt(self.relay, secret).clips
        return clip

    def rows(self) -> list[HandIn]:
        with self.relay.reading() as session:
            return list(session.exec(select(HandIn).order_by(HandIn.id)))  # type: ignore[arg-type]


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
