"""Places in a plan that editors have marked."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from relay.models.columns import UtcDateTime


class PlanMarker(SQLModel, table=True):
    """At `frame` of the clip, counted at the film's rate, so that it goes along when the clip is moved or trimmed."""

    id: int | None = Field(default=None, primary_key=True)
    almanac_id: int = Field(foreign_key="almanac.id", index=True)
    clip_id: int = Field(foreign_key="clip.id", index=True)
    frame: int
    text: str = Field(default="", max_length=200)
    person: str
    at: datetime = Field(sa_type=UtcDateTime)
