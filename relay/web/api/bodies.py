"""What requests bring: JSON documents, read strictly."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from relay.almanac.delivery.exports.carried import Target
from relay.board.tables import SheetFormat
from relay.models import ClipState, ConsentScope, FilmReach, PermissionGate, PermissionRule, Role, TextOrigin, Verdict
from relay.permissions import campaign_rule

LARGEST = 2**31 - 1


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("a text holds no NUL")
    return text


Plain = AfterValidator(_without_nul)
MaybePlain = AfterValidator(lambda text: text if text is None else _without_nul(text))
Number = Annotated[int, Field(ge=1, le=LARGEST)]
Line = Annotated[str, Field(max_length=500), Plain]
Long = Annotated[str, Field(max_length=10_000), Plain]
Seconds = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]
Loudness = Annotated[float, Field(ge=-70, le=0, allow_inf_nan=False)]
Rules = Annotated[dict[Line, Line], Field(max_length=50)]
Slug = Annotated[str, Path(max_length=64, description="The campaign's short name."), Plain]
FilmName = Annotated[str, Path(max_length=100, description="The almanac's name."), Plain]
Id = Annotated[int, Path(ge=1, le=LARGEST)]
Place = Annotated[int, Path(ge=0, le=LARGEST)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewCampaign(Body):
    slug: Line
    title: Line
    hashtags: Annotated[list[Line], Field(min_length=1, max_length=50)]
    aliases: Annotated[list[Line], Field(max_length=200)] = []
    opens: Line
    closes: Line
    tz: Line = "Europe/Moscow"
    language: Line = ""
    comments: bool = False
    permission: PermissionRule = campaign_rule.USUAL_RULE
    gate: PermissionGate = campaign_rule.USUAL_GATE


class Closing(Body):
    closes: Line


class Window(Body):
    opens: Line
    closes: Line


SettingsField = Literal["title", "language", "permission", "gate", "guidelines", "introduction", "contact", "districts"]


class CampaignSettings(Body):
    """Only the fields that are given change. `seen`: what stood in some of them when they were seen."""

    title: Line | None = None
    language: Line | None = None
    permission: PermissionRule | None = None
    gate: PermissionGate | None = None
    guidelines: Long | None = None
    introduction: Long | None = None
    contact: Line | None = None
    districts: Annotated[str, Field(max_length=50_000), Plain] | None = None
    seen: dict[SettingsField, Annotated[str, Field(max_length=50_000), Plain]] | None = None


class NewTag(Body):
    tag: Line


class TableWish(Body):
    format: SheetFormat = SheetFormat.csv


class Switched(Body):
    on: bool


class HandInPage(Body):
    open: bool


class Crawling(Body):
    deep: bool = False
    comments: bool = False


class NewSource(Body):
    address: Line
    district: Line = ""


class NewSources(Body):
    """`district`: of those that name none themselves."""

    addresses: Annotated[list[Line], Field(min_length=1, max_length=2000)]
    district: Line = ""


class SourceDistrict(Body):
    """`seen`: the district that stood there."""

    district: Line
    seen: Line | None = None


class PostLink(Body):
    url: Annotated[str, Field(max_length=2000), Plain]


class Acceptance(Body):
    alias: bool = False


class Deciding(Body):
    """`seen`: the state in which the clip was seen; the ETag of GET in If-Match says it as well. `override`: why a clip
    that lacks permission is approved all the same.
    """

    verdict: Literal[Verdict.approve, Verdict.reject, Verdict.later]
    reason: Line = ""
    override: Line = ""
    seen: ClipState | None = None


class Undoing(Body):
    """`decision`: the one that is taken back; without it the newest that counts."""

    decision: Number | None = None


class ReadingChoice(Body):
    """`quote`: the number of the text, one of those that are proposed; by default the likeliest. `replace`: also in
    place of captions that somebody made.
    """

    quote: Line = ""
    replace: bool = False


class ReadingSeen(Body):
    """`quote`: the number of the likeliest text, as it was seen."""

    quote: Line = ""


class ClipEdit(Body):
    """Only the fields that are given change. `seen`: what stood in some of them when they were seen."""

    name: Line | None = None
    town: Line | None = None
    district: Line | None = None
    age: Line | None = None
    relation: Line | None = None
    quote: Line | None = None
    origin: TextOrigin | None = None
    text_author: Line | None = None
    consent: Line | None = None
    evidence: Line = ""
    seen: (
        dict[Literal["name", "town", "district", "age", "relation", "quote", "origin", "text_author"], Line] | None
    ) = None


class ClipTrim(Body):
    """Times in seconds or `1:02.5`; an empty text takes one away. `turn`: degrees clockwise."""

    begins: Line | None = Field(default=None, alias="in")
    ends: Line | None = Field(default=None, alias="out")
    turn: Literal["0", "90", "180", "270", 0, 90, 180, 270] | None = None
    editor_note: Line | None = None
    poster_at: Line | None = None


class ConsentNote(Body):
    """Only what is given is said anew. `until`: the last day on which it holds, empty for no end."""

    scope: ConsentScope | None = None
    evidence: Line = ""
    until: Line | None = None
    guardian: Line | None = None
    broadcast: bool | None = None
    abroad: bool | None = None


class AskingAuthor(Body):
    days: Annotated[int, Field(ge=1, le=180)] = 30


class TakingUpon(Body):
    """`uses`: for which the clip passes, besides a film."""

    reason: Line
    uses: Annotated[list[FilmReach], Field(max_length=5)] = []


class FilmReaches(Body):
    uses: Annotated[list[FilmReach], Field(max_length=5)]


class SendingBack(Body):
    ask: Annotated[list[Line], Field(min_length=1, max_length=10)]
    note: Line = ""
    seen: ClipState | None = None


class GivenReason(Body):
    reason: Line


class Doubted(Body):
    """`seen`: the doubt that was read."""

    seen: Line | None = None


class CaptionWay(Body):
    language: Line = ""


class CaptionFile(Body):
    """`text`: a whole SRT or WebVTT file."""

    language: Line = ""
    text: Annotated[str, Field(max_length=200_000), Plain]
    kind: Literal["srt", "vtt"] = "srt"


class NewFilm(Body):
    """`template`: one of /film-templates, which brings rules, a look and first cards."""

    name: Line
    title: Line = ""
    all_approved: bool = False
    rules: Rules | None = None
    template: Line = ""


class Planning(Body):
    """`only`: clips about which the rules are followed. `seen`: `version` of the plan as it was seen."""

    rules: Rules | None = None
    only: Annotated[list[Number], Field(max_length=5000)] | None = None
    seen: Line = ""


class PlanEdit(Body):
    """One change by hand; which fields it takes depends on `deed`.

    place: `before`; trim: `first`, `last` in seconds; retitle: `who`, `town`, None for the clip's own; leave-out:
    `reason`; pin: `where`. All but undo: `clip`. `seen`: `version` of the plan as it was seen.
    """

    deed: Literal["place", "trim", "whole", "as-proposed", "retitle", "leave-out", "bring-back", "pin", "undo"]
    clip: Number | None = None
    before: Number | None = None
    first: Seconds | None = None
    last: Seconds | None = None
    who: Line | None = None
    town: Line | None = None
    reason: Line = ""
    where: Literal["opening", "closing", "free"] = "free"
    seen: Line = ""


class Making(Body):
    """`format`: 16:9 …; `size`: 720 …; `captions`: languages, parted by commas; empty ones are the almanac's own."""

    format: Line = ""
    size: Line = ""
    fps: Annotated[int, Field(ge=0, le=120)] = 0
    loudness: Loudness | None = None
    captions: Line | None = None
    burn: Line | None = None


class StyleChange(Body):
    """Only what is given changes; `none` takes a thing away. `into`: by clip's number. `titles`: by language's code.

    `seen`: `version` of the look as it was seen.
    """

    theme: Line | None = None
    format: Line = ""
    size: Line = ""
    loudness: Loudness | None = None
    transition: Line | None = None
    into: Annotated[dict[Number, Line], Field(max_length=5000)] | None = None
    captions: Annotated[list[Line], Field(max_length=20)] | None = None
    burn: Line | None = None
    music: Line | None = None
    under: Line | None = None
    framing: Line | None = None
    credits: Line | None = None
    origins: Line | None = None
    title: Line | None = None
    subtitle: Line | None = None
    language: Line | None = None
    names: Line | None = None
    children: Line | None = None
    accent: Line | None = None
    ground: Line | None = None
    letters: Line | None = None
    titles: Annotated[dict[Line, dict[Literal["title", "subtitle"], Line]], Field(max_length=20)] | None = None
    seen: Line = ""


Words = Annotated[dict[Annotated[Line, Field(pattern=r"^[a-z]+(\.[a-z-]+)?$")], Long], Field(max_length=60)]
CardSeconds = Annotated[float, Field(ge=0, le=600, allow_inf_nan=False)]


class NewCard(Body):
    """`words`: title, text, above, author, link, source, date, place; in another language as `title.fr`. `seen`: see
    StyleChange.
    """

    kind: Line
    before: Number | None = None
    words: Words = {}
    quote: Line = ""
    picture: Number | None = None
    seconds: CardSeconds = 0.0
    seen: Line = ""


class CardChange(Body):
    """Only words that are given change, an empty one takes it away. `quote`: whose text is taken instead."""

    words: Words = {}
    quote: Line = ""
    picture: Number | None = None
    seconds: CardSeconds | None = None
    seen: Line = ""


class CardPlace(Body):
    """`before`: the clip that it comes to stand before, none: the end."""

    before: Number | None = None
    seen: Line = ""


class LookSeen(Body):
    """`seen`: `version` of the look as it was seen."""

    seen: Line = ""


class ThanksLine(Body):
    """`role`: the heading above it; a name, an emblem's number, or both."""

    role: Line
    name: Line = ""
    emblem: Number | None = None


class CreditLines(Body):
    """`seen`: `token` of the lines as they were seen."""

    lines: Annotated[list[ThanksLine], Field(max_length=200)]
    seen: Line = ""


class LinePlace(Body):
    """The place that the line gets, counted from 1."""

    to: Number


class PosterMoment(Body):
    """`at` seconds into a clip of the film, or without a clip into a version (0: the newest)."""

    at: Seconds
    clip: Number | None = None
    version: Annotated[int, Field(ge=0, le=LARGEST)] = 0


class ExportOrder(Body):
    """`originals`: whether the clips' own files come along."""

    to: Target = Target.mlt
    originals: bool = True


class NewRemark(Body):
    """`seconds`: the moment, none for the whole film; `until`: where a range ends."""

    version: Number
    text: Long
    seconds: Seconds | None = None
    until: Seconds | None = None


class NewReply(Body):
    text: Long


class Settling(Body):
    done: bool


class SignOffWish(Body):
    """`version` 0: the newest. `mail`: where a link of its own is sent, in this `language` (empty: the campaign's)."""

    to: Line
    position: Line = ""
    days: Annotated[int, Field(ge=1, le=90)] = 7
    version: Annotated[int, Field(ge=0, le=LARGEST)] = 0
    mail: Line = ""
    language: Line = ""


class LetterWish(Body):
    """`mail` empty: to the address of the last letter."""

    mail: Line = ""


class QuoteText(Body):
    text: Long
    number: Line = ""
    author: Line = ""
    link: Line = ""


class QuoteChange(Body):
    text: Long
    number: Line
    author: Line = ""
    link: Line = ""


class PictureWords(Body):
    """`source`: the line that says where it is from; it stands in the film."""

    source: Line
    title: Line = ""


class MusicWords(Body):
    """`cleared`: the licence or agreement that allows it, word for word."""

    title: Line
    author: Line = ""
    cleared: Line


class NewAccount(Body):
    """`campaign`: the role holds in this campaign only."""

    login: Line
    name: Line = ""
    role: Role | None = Role.moderator
    campaign: Line = ""
    language: Line = ""
    invite: bool = False


class NewRole(Body):
    role: Role | None
    campaign: Line = ""


class LinkWish(Body):
    choose_password: bool = False
