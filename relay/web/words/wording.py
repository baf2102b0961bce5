"""States, verdicts, flags and troubles in the words of people who are not engineers. All are message ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from relay.collect.recheck import ACCEPTED_BY
from relay.collect.sources import SourceView
from relay.config import MOST_NOTICES
from relay.estimate import Untold
from relay.language.catalogue import N_
from relay.language.sentence import filled
from relay.permissions import rules as permitting
from relay.recordings import origins
from relay.upkeep import tokens

STATES: Mapping[str, str] = {
    "awaiting": N_("Awaiting"),
    "approved": N_("Approved"),
    "rejected": N_("Rejected"),
    "later": N_("Put aside"),
    "withdrawn": N_("Withdrawn"),
}
COUNTED: Mapping[str, str] = {
    "awaiting": N_("awaiting a decision"),
    "approved": N_("approved"),
    "rejected": N_("rejected"),
    "later": N_("put aside"),
    "withdrawn": N_("withdrawn"),
}
"""States beside a number of clips."""
VERDICTS: Mapping[str, str] = {
    "approve": N_("approved"),
    "reject": N_("rejected"),
    "later": N_("put aside"),
    "undo": N_("took the decision back"),
    "withdraw": N_("withdrew"),
    "keep": N_("kept the clip"),
    "return": N_("returned to the participant"),
    "opinion asked": N_("asked a colleague"),
    "opinion given": N_("answered a colleague"),
    "question closed": N_("needs no answer any more"),
    "return called off": N_("took it back into the queue"),
    "participant answered": N_("answered the organizers"),
    "mended": N_("sent a mended video"),
    "looked again": N_("took a second look"),
    "erased": N_("erased all that was made of it"),
    "let in again": N_("lets the video in again"),
    "in doubt": N_("perhaps withdrawn"),
    "seen again": N_("seen again"),
    "post edited": N_("the post was edited"),
    "tag removed": N_("the tag was taken out of the post"),
    "tag in a comment": N_("the tag stands in a comment"),
    "edited": N_("corrected"),
    "taken from words": N_("took what was suggested"),
    "reading confirmed": N_("confirmed which text is read"),
    "reading refused": N_("said that none of these texts is read"),
    "reading unsaid": N_("took back what was said of the text that is read"),
    "consent": N_("noted the consent"),
    "consent asked": N_("asked the author what may be done with it"),
    "consent link ended": N_("ended the author's link"),
    "permission overridden": N_("took it upon them that permission is lacking"),
    "override taken back": N_("takes it upon them no more that permission is lacking"),
    "made": N_("the video is here"),
    "handed in": N_("handed in"),
    "captioned": N_("wrote captions"),
    "joined a card": N_("is the same recording as others"),
    "parted from a card": N_("has a card of its own again"),
    "put in front": N_("put this copy in front"),
    "said the same": N_("said: the same recording"),
    "said another": N_("said: another recording"),
    "unsaid": N_("took back what was said of two clips"),
    "common piece": N_("has a part that many use"),
    "shots failed": N_("the clip can't be put into a film"),
    "taken over": N_("took the clip over"),
}
PERMISSION_RULES, PERMISSION_GATES, GROUNDS, LACKS = (
    permitting.RULES,
    permitting.GATES,
    permitting.GROUNDS,
    permitting.LACKS,
)
"""What a campaign takes for permission, and what a clip has or lacks of it."""
ASK_STATES: Mapping[str, str] = {
    "open": N_("No answer yet"),
    "answered": N_("Answered"),
    "expired": N_("The link has expired"),
    "ended": N_("The link was ended"),
}
"""How the question to a clip's author stands."""
REACHES: Mapping[str, str] = {
    "broadcast": N_("It is broadcast, on television or on the internet"),
    "abroad": N_("It is shown abroad"),
}
"""Where a film goes besides being shown."""
MEANWHILE: Mapping[str, str] = {
    "approve": N_("{person} approved this clip meanwhile."),
    "reject": N_("{person} rejected this clip meanwhile."),
    "later": N_("{person} put this clip aside meanwhile."),
    "undo": N_("{person} took a decision on this clip back meanwhile."),
    "withdraw": N_("This clip has been withdrawn meanwhile."),
    "keep": N_("{person} kept this clip meanwhile."),
    "you": N_("You decided about this clip in another window."),
    "": N_("Something was decided about this clip meanwhile."),
    "holds": N_("{person} has this clip now."),
    "free": N_("This clip is free again."),
}
"""What a page that stands open is told, by the newest verdict on its clip, or by who has it."""
BROUGHT: Mapping[str, str] = {
    "name": N_("a name"),
    "guardian": N_("a guardian's consent"),
    "words": N_("an answer"),
    "video": N_("a new video"),
}
"""What has come from a participant whose clip was returned."""
FIELDS: Mapping[str, str] = {
    "name": N_("Name, as credited"),
    "town": N_("Town"),
    "district": N_("District"),
    "age": N_("Age"),
    "quote": N_("Text that is read"),
    "text": N_("Text"),
    "relation": N_("Who reads"),
    "origin": N_("Where the text is from"),
    "text_author": N_("Whose words they are"),
    "scope": N_("Consent"),
    "begins": N_("Begins at"),
    "ends": N_("Ends at"),
    "turn": N_("Turned by"),
    "poster_at": N_("Poster from"),
    "editor_note": N_("Note to the editor"),
}
"""Fields that people correct, as the history of a clip names them."""
SAID_WHERE: Mapping[str, str] = {
    "post": N_("from the post"),
    "video title": N_("from the video's title"),
    "video description": N_("from the video's description"),
    "profile": N_("from the profile"),
    "source": N_("from the source"),
    "campaign": N_("from the campaign's other clips"),
}
"""Where the words of a proposal stand."""
DIFFERENCES: Mapping[str, str] = {
    "alphabet": N_("{letters} — {alphabet}"),
    "whole": N_("written in another alphabet: {alphabet}"),
    "instead": N_("{letters} instead of {ours}"),
    "more": N_("{letters} is too much"),
    "missing": N_("{ours} is missing"),
    "parted": N_("written in two words"),
}
"""What is different about a look-alike tag: values of collect.lookalikes.How."""
ALPHABETS: Mapping[str, str] = {
    "latin": N_("Latin"),
    "cyrillic": N_("Cyrillic"),
    "greek": N_("Greek"),
    "other": N_("not one of ours"),
}
TYPED: Mapping[str, str] = {
    **FIELDS,
    "reason": N_("Why"),
    "who": N_("Name"),
    "url": N_("Link to the video"),
    "to": N_("Name"),
    "position": N_("Position"),
    "title": N_("Title"),
    "guidelines": N_("Guidelines for moderators"),
    "introduction": N_("Introduction"),
    "contact": N_("Whom to ask"),
    "districts": N_("Districts"),
    "addresses": N_("Addresses"),
    "sources": N_("Addresses"),
}
"""Fields that people type in, as the page names them that keeps what they typed."""
PRESSED: Mapping[str, str] = {"approve": N_("Approve"), "reject": N_("Reject"), "later": N_("Later")}
CAMPAIGN_STATES: Mapping[str, str] = {
    "draft": N_("Not started yet"),
    "running": N_("Running"),
    "stopped": N_("Closed"),
    "archived": N_("Archived"),
}
ROLES: Mapping[str, str] = {
    "organizer": N_("Organizer"),
    "moderator": N_("Moderator"),
    "editor": N_("Editor"),
    "viewer": N_("Viewer"),
}
ROLES_EXPLAINED: Mapping[str, str] = {
    "organizer": N_("does everything, and looks after the accounts"),
    "moderator": N_("judges and describes clips"),
    "editor": N_("makes films of approved clips"),
    "viewer": N_("looks, and changes nothing"),
}
MATCHES: Mapping[str, str] = {
    "exact": N_("With our tag"),
    "near": N_("With a tag that looks like ours"),
    "outside": N_("Our tag, but published too early or too late"),
}
MATCHED_IN: Mapping[str, str] = {
    "text": N_("in the post"),
    "original": N_("in the reposted original"),
    "video title": N_("in the video's title"),
    "video description": N_("in the video's description"),
    "handed in": N_("handed in"),
    "comment": N_("in a comment below the post"),
}
NO_VIDEO: Mapping[str, str] = {
    "hidden": N_("The network's public page does not show the post."),
    "blocked": N_("Its video can't be fetched."),
    "broadcast": N_("A broadcast that has not begun, or is not over."),
    "story": N_("A story: it is gone after a day, or not shown to us."),
    "playlist": N_("A list of videos: which of them is meant only a person can tell."),
    "document": N_("A file that may hold a video, and can't be read here."),
    "elsewhere": N_("A link to a site with videos that Relay doesn't read."),
    "link": N_("A link to some page, and no video that we know."),
    "article": N_("An article: a video may stand inside it."),
    "sound": N_("Only a sound recording."),
    "other": N_("Something else than a video."),
    "pictures": N_("Only pictures."),
    "text": N_("Only a text."),
}
"""Why a post carries no video that can be fetched: values of models.NoVideo."""
ORIGINS: Mapping[str, str] = {origin.value: told for origin, told in origins.TOLD.items()}
"""Where the text is from: values of models.TextOrigin."""
HOLES: Mapping[str, str] = {
    "paused": N_("The source is paused; resume it to have this read."),
    "closed": N_("The source is closed to us."),
    "fault": N_("The network gave no answer; this is read first as soon as it does."),
    "first": N_("This source has not been read yet."),
    "gap": N_("Between two readings; the next reading begins here."),
    "late": N_("The reading is overdue: is relay work running?"),
}
"""Why a stretch of time was not read."""
UNTOLD: Mapping[str, str] = {
    Untold.one_reader: N_(
        "They were found in one way only: nothing else has shown any. So nobody knows how many more there are."
    ),
    Untold.few_shared: N_(
        "Too few of them were found in two ways, so nobody knows yet how many more there are. Links that people "
        "hand in tell more."
    ),
}
"""Why it can't be told how many posts were missed."""
SOURCE_STATES: Mapping[str, str] = {
    "active": N_("Trouble"),
    "paused": N_("Paused"),
    "attention": N_("Closed to us"),
    "gone": N_("Gone"),
}
"""States of sources that are not simply read."""
TOKEN_STATES: Mapping[str, str] = {
    tokens.WORKS: N_("Works"),
    tokens.PARTLY: N_("Works in part"),
    tokens.RESTS: N_("Rests"),
}
TOKEN_OF_PERSON: Mapping[str, str] = {"works": N_("Works"), "expired": N_("expired"), "revoked": N_("revoked")}
METHODS: Mapping[str, str] = {
    "wall.get": N_("Reading walls"),
    "newsfeed.search": N_("Searching the tag"),
    "wall.getComments": N_("Reading comments"),
}
QUOTAS: Mapping[str, str] = {"walls": N_("walls"), "search": N_("search")}
"""What a network's daily quota is for."""
CHANNELS: Mapping[str, str] = {
    "mail": N_("Mail"),
    "webhook": N_("Webhook"),
    **{f"notify-{number}": filled("Notices {number}", number=number) for number in range(1, MOST_NOTICES + 1)},
}
MESSAGES: Mapping[str, str] = {"sent": N_("sent"), "waiting": N_("on its way"), "given up": N_("given up")}
"""States of a message about an alert."""
FLAGS: Mapping[str, tuple[str, str]] = {
    "short": ("clock", N_("Shorter than a second")),
    "no_sound": ("mute", N_("Has no sound")),
    "lost_sound": ("mute", N_("The sound can't be read")),
    "silent": ("mute", N_("Silent: nothing can be heard")),
    "quiet": ("volume", N_("Quiet")),
    "loud": ("volume", N_("Loud")),
    "clipped": ("volume", N_("The sound is overdriven")),
    "black": ("dark", N_("The picture is black for a while")),
    "frozen": ("pause", N_("The picture stands still for a while")),
    "low_resolution": ("grid", N_("Small picture")),
    "vertical": ("phone", N_("Filmed upright")),
    "hdr": ("sun", N_("Bright picture (HDR)")),
    "vfr": ("film", N_("Uneven frame rate")),
    "interlaced": ("film", N_("Interlaced")),
    "changes_size": ("phone", N_("The picture turns midway")),
    "late_picture": ("warn", N_("The beginning of the picture can't be shown")),
    "gap": ("warn", N_("Pictures are missing in places")),
    "several_sounds": ("volume", N_("Several sound tracks: the default one is used")),
    "other_sound": ("volume", N_("The default sound track is silent: another one is used")),
    "spherical": ("warn", N_("Filmed all round (360°): in a film it is distorted")),
    "stereo": ("warn", N_("Filmed for 3D: two pictures stand in one frame")),
    "dolby_vision": ("sun", N_("Dolby Vision that only its own players show: the colours are wrong")),
    "damaged": ("warn", N_("The file is damaged in places")),
}
"""flag of intake/inspect.py → (icon of templates/icons.html, text)."""


def matched_in(place: str, translate: Callable[[str], str]) -> str:
    """Where the tag stood, or who took the post in without it."""
    if place.startswith(ACCEPTED_BY):
        return translate(N_("accepted by {person}")).format(person=place.removeprefix(ACCEPTED_BY))
    return translate(MATCHED_IN.get(place, place))


class Titled(Protocol):
    @property
    def title(self) -> str: ...

    @property
    def address(self) -> str: ...


def source_title(source: Titled, translate: Callable[[str], str]) -> str:
    """A page's own name, or what we call a search."""
    title, address = source.title, source.address
    return translate(title) if address.endswith(":tag") and title else title or address


def flag(name: str) -> tuple[str, str]:
    return FLAGS.get(name, ("warn", name.replace("_", " ")))


def health(sources: list[SourceView]) -> dict[str, list[SourceView]]:
    """Sources sorted by what a person has to know: `fine`, `waiting` (never read yet), `attention`, `paused`."""
    sorted_out: dict[str, list[SourceView]] = {"fine": [], "waiting": [], "attention": [], "paused": []}
    for source in sources:
        state = source.state
        if state in ("attention", "gone"):
            kind = "attention"
        elif state == "paused":
            kind = "paused"
        else:
            kind = "fine" if source.last_sweep else "waiting"
        sorted_out[kind].append(source)
    return sorted_out


OTHERS_SAY = (
    N_("application"),
    N_("vk_app"),
    N_("channel"),
    N_("tag"),
    N_("No such file or directory"),
    N_("Permission denied"),
    N_("No space left on device"),
    N_("Is a directory"),
    N_("Not a directory"),
    N_("File exists"),
    N_("Read-only file system"),
    N_("Input/output error"),
    N_("Address already in use"),
    N_("Cannot assign requested address"),
    N_("Operation not permitted"),
    N_("Too many open files"),
    N_("File name too long"),
    N_("Too many levels of symbolic links"),
    N_("Disk quota exceeded"),
    N_("Connection refused"),
    N_("Network is unreachable"),
    N_("Name or service not known"),
    N_("Connection timed out"),
    N_("Invalid cross-device link"),
    N_("Stale file handle"),
    N_("Device or resource busy"),
    N_("Invalid argument"),
    N_("no path"),
    N_("Input should be a valid integer, unable to parse string as an integer"),
    N_("Input should be a valid number, unable to parse string as a number"),
    N_("Input should be a valid boolean, unable to interpret input"),
    N_("Input should be greater than or equal to {least}"),
    N_("Input should be less than or equal to {most}"),
    N_("Input should be greater than {least}"),
    N_("Input should be less than {most}"),
    N_("Input should be {allowed}"),
    N_("Field required"),
)
"""What networks, the operating system and the reader of settings say, in English only; our sentences quote it."""
