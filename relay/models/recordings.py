"""Which clips show one recording, and which of them stands for all."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from relay.models.columns import Blob, TextEnum, UtcDateTime


class Certainty(StrEnum):
    """How sure the comparison is. `none`: it found nothing, a person says so."""

    certain = "certain"
    possible = "possible"
    none = "none"


class Said(StrEnum):
    """What a person said of two clips, which no comparison overrules."""

    nothing = ""
    same = "same"
    other = "other"


class QuoteVerdict(StrEnum):
    """`read`: it is this text. `unsure`: it may be, or another one does as well. None of them: there is no reading."""

    read = "read"
    unsure = "unsure"


class ReadingBasis(StrEnum):
    """What a reading is known by: recognised words, or the sound laid beside a machine's reading of the text."""

    heard = "heard"
    aligned = "aligned"


class ReadingAnswer(StrEnum):
    """What a person said of a reading that was proposed; `refused`: it is none of these texts."""

    proposed = "proposed"
    confirmed = "confirmed"
    refused = "refused"


class RecordingPrint(SQLModel, table=True):
    """What a file's recording is known by: prints of views of its pictures (intake/views.py) and of its sound
    (intake/sound_prints.py). Made anew where `version` is older than the program's. `border`: round its pictures.
    """

    sha256: str = Field(primary_key=True, foreign_key="inspection.sha256", max_length=64)
    version: int
    pictures: Blob = Field(sa_type=LargeBinary)
    sounds: Blob = Field(sa_type=LargeBinary)
    border: bool = False
    at: datetime = Field(sa_type=UtcDateTime)


class HeardRecording(SQLModel, table=True):
    """What is said in a file, as a model heard it (`model`: beginning of its SHA-256; "": only where somebody speaks).

    `language`: ISO 639-1 or ""; `speech_share`: 0 to 1; `document`: relay.media.hearing.heard.Hearing. Nobody has
    looked at it: whatever is made of it is a proposal.
    """

    sha256: str = Field(primary_key=True, foreign_key="inspection.sha256", max_length=64)
    model: str = Field(primary_key=True, max_length=16)
    language: str = Field(default="", max_length=8)
    speech_share: float = 0.0
    document: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    at: datetime = Field(sa_type=UtcDateTime)


class HearingTry(SQLModel, table=True):
    """A recording that could not be heard with this model; tried again at `next_at`; None: no more."""

    sha256: str = Field(primary_key=True, foreign_key="inspection.sha256", max_length=64)
    model: str = Field(max_length=16)
    tries: int
    next_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ReadingSearch(SQLModel, table=True):
    """The last time that a clip was laid beside its campaign's texts. `texts`: what these were, as a digest (another
    one: they have changed since); `model`: whose words were used.
    """

    clip_id: int = Field(primary_key=True, foreign_key="clip.id")
    texts: str = Field(max_length=16)
    model: str = Field(default="", max_length=16)
    at: datetime = Field(sa_type=UtcDateTime)


class ReadingProposal(SQLModel, table=True):
    """A text of the campaign seems to be read in a clip; `place`: 0 for what is read first.

    `number`: of the Quote; `evidence`, `margin`, `covered`: 0 to 1, `first`, `last`: letters of the text, `start`,
    `end`: seconds of the clip, as in QuoteReading. `best`: `[[number, evidence]]`, this text first, and up to two more
    that might be. `sentences`: of one that is aligned, `[[letter, letter, start, end]]`. `model`: whose words were
    used, "" for none. `answer` by `person` at `at`; until then `at` is when it was proposed. `said`: the number of the
    text that the person confirmed. `before`: what stood until then, for taking it back: the clip's `quote`, and
    `captions`, the CaptionVersion that was replaced, with the `made` one.
    """

    __table_args__ = (UniqueConstraint("clip_id", "place"),)

    id: int | None = Field(default=None, primary_key=True)
    clip_id: int = Field(foreign_key="clip.id", index=True)
    place: int
    number: str = Field(max_length=32)
    verdict: QuoteVerdict = Field(sa_type=TextEnum(QuoteVerdict, 16))
    evidence: float
    margin: float
    covered: float
    first: int
    last: int
    start: float
    end: float
    best: list[list[Any]] = Field(default_factory=list, sa_type=JSON)
    sentences: list[list[float]] = Field(default_factory=list, sa_type=JSON)
    basis: ReadingBasis = Field(sa_type=TextEnum(ReadingBasis, 16))
    model: str = Field(default="", max_length=16)
    answer: ReadingAnswer = Field(sa_type=TextEnum(ReadingAnswer, 16))
    said: str = Field(default="", max_length=32)
    person: str = ""
    before: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    at: datetime = Field(sa_type=UtcDateTime)


class PrintSegment(SQLModel, table=True):
    """Up to `size` recordings whose tables are one file (intake/lookup). `generation` grows when one of them leaves or
    is printed anew: files of an older one are not asked any more.
    """

    id: int | None = Field(default=None, primary_key=True)
    size: int
    generation: int = 0


class Kinship(SQLModel, table=True):
    """Two clips of a campaign, `a_id` the smaller number, that may show one recording.

    `begins`: where the second begins in the first, in seconds. `seen`, `heard`: shares, 0 to 1, of what they have in
    common that is the same. `said`: by `person`, at `said_at`.
    """

    __table_args__ = (UniqueConstraint("a_id", "b_id"),)

    id: int | None = Field(default=None, primary_key=True)
    a_id: int = Field(foreign_key="clip.id")
    b_id: int = Field(foreign_key="clip.id", index=True)
    certainty: Certainty = Field(sa_type=TextEnum(Certainty, 16))
    begins: float = 0.0
    seen: float = 0.0
    heard: float | None = None
    said: Said = Field(default=Said.nothing, sa_type=TextEnum(Said, 16))
    person: str = ""
    said_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    at: datetime = Field(sa_type=UtcDateTime)


class CardMember(SQLModel, table=True):
    """A clip that shares its card with others. `card`: the smallest clip id on it. One is in `front`, which the queue
    and lists show; one is the `original`, whose participant is credited.

    `chosen_by`: who put it in front; empty when the program did. `own`: fields of the participant as they were before
    the original's were taken over.
    """

    clip_id: int = Field(primary_key=True, foreign_key="clip.id")
    card: int = Field(index=True)
    front: bool = False
    original: bool = False
    chosen_by: str = ""
    own: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    at: datetime = Field(sa_type=UtcDateTime)


class JointDecision(SQLModel, table=True):
    """A Decision that was made together with another, on a clip of the same card, and is taken back with it."""

    decision_id: int = Field(primary_key=True, foreign_key="decision.id")
    lead_id: int = Field(foreign_key="decision.id", index=True)


class CommonPiece(SQLModel, table=True):
    """A card or jingle that many use: it makes no two clips one recording. `start`: where it is in `clip_id`, seconds.

    `person`: who said so; empty when it was seen in too many recordings.
    """

    id: int | None = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaign.id", index=True)
    clip_id: int = Field(foreign_key="clip.id")
    start: float
    seconds: float
    pictures: Blob = Field(sa_type=LargeBinary)
    sounds: Blob = Field(sa_type=LargeBinary)
    person: str = ""
    at: datetime = Field(sa_type=UtcDateTime)
