"""The words of Relay, as tables. One name per thing: here, in the code, in URLs, on screens, on the command line.

From the campaign to its posts (campaign.py, sources.py, posts.py)

Campaign      hashtags and their aliases, opening and closing time with zone: `draft → running → stopped → archived`
              `held`: stopped by hand, so that it does not start again by itself
              `permission`: what counts as permission to show a clip; `gate`: what happens with one that lacks it
CampaignTexts  what its organizers tell people: guidelines for moderators, the hand-in page's introduction and contact;
              the districts that it wants to hear from
CampaignDraft  what one organizer has answered of the questions of a new campaign, until it is made
Source        one place where posts are looked for: a VK wall, VK hashtag search, a folder of hand-ins
              `active`, `paused` by a person, `attention`: closed to us for now, `gone`
              `high_water`: everything published up to then had its chance to be seen (a time, never an id)
              `reread_from`: the next sweep goes back to here; `unseen`: posts that only its counts tell of
Sweep         one reading of a source: interval covered, posts seen, requests spent, faults met
              `complete`: no fault ended it, so its interval is covered; `fresh`: new posts by day
Spotting      a Source showed a Post (one post may be seen by a wall and by the search)
HiddenPost    a Source shows a post without its text to whoever has no account, and people were told
CommentCount  how many comments a post had when a Source's comments were read last
Parking       a token, or a method of a token, that must not be used before a time
Spending      how many calls of a method a token made in one hour (the daily quotas count over 24 of them)
Pace          when the next call with a token may be made (one token, one rate, across processes)
Post          what someone published. Unique (network, owner_id, post_id)
              `no_video`: why it shows none that can be fetched; `checked_at`: when it was last looked up again
Match         why a Post belongs to a Campaign (`exact`), looks like it (`near`), or came too early or late (`outside`);
              a near miss that a person looked at is accepted (then it is `exact`) or turned down
              an `exact` one whose post has no video that can be fetched waits for a person too, until its link is
              handed in or it is put aside
              `matched_in`: where the tag stood; `accepted_by`, `turned_down`, `put_aside`: who said so
Video         the network's video that a post carries. Unique (network, owner_id, video_id). The thing to fetch:
              `found → fetching → fetched | unavailable (try later) | refused (reason) | gone`
              `lease_holder` fetches it until `lease_until`; `next_try_at`: not before; `attempts` `unfinished`
              `failed_checks` `failures`: what its tries came to
Sighting      a Post carries a Video (reposts: one Video, many Sightings)
              `lost`: what of it is gone, said twice by the network; `handed_in`: who gave the video's link

From the file to the clip (intake.py, moderation.py, review.py)

HandIn        what a participant gave on the public page, with their words of consent and a receipt:
              `begun → waiting → taken in | refused → withdrawn`
              `number` stands on the receipt; `link_hash`: of its private link; `visitor`: from where, as a digest
Inspection    the one look at a file (sha256): what it is, what is wrong with it, where its poster and proxy are
              `finding`: `accepted`, `review` or `refused`; `flags`: what a moderator should know; `prints`: of frames
Clip          one piece of content (sha256) in one campaign: what a moderator judges:
              `awaiting → approved | rejected | later → withdrawn`;
              in doubt (*withdrawn?*) while its post is gone and nobody has said yet what that means
              `doubt`: why; `family`: re-uploads of it; `corrected`: fields that no hand-in writes over
ClipVideo     the Videos whose bytes are this Clip (the same file uploaded twice is one Clip)
Family        Clips that show the same recording (re-uploads, crops, watermarks): clips with one `family` number
PrintSegment    recordings whose look-up tables are one file
HeardRecording  what is said in a file, as a model heard it; what is made of it is proposed to people
HearingTry    a recording that could not be heard, and when it is tried again
ReadingProposal  a text of the campaign that seems to be read in a clip: `proposed → confirmed | refused`
ReadingSearch  when a clip was laid beside its campaign's texts, and beside which
RecordingPrint  what a file's recording is known by: prints of its pictures and its sound
Kinship       two Clips that may show one recording: how certain that is, where the one begins in the other
              `said`: what a person said of them, which no comparison overrules
CardMember    a Clip that shares its card with others; one is in `front`, one is the `original`
CommonPiece   a card or jingle that many use, which makes no two clips one recording
Decision      a verdict on a clip by a person at a time, for a reason. Appended, never overwritten
              `undoes`: the decision that it takes back
JointDecision  a Decision that was made together with one on another Clip of the card, and is taken back with it
ClipTag       a word of the moderators' own on a Clip, to find it by
SearchWord    a word of a Clip's, Post's or Video's texts
SearchChange  a row whose SearchWords are still those of its texts before
SavedView     a list of clips or posts with its filter, by the name that a person gave it
BulkChange    one thing done to many clips at once, to be undone at once
BulkStep      what a BulkChange did to one Clip
SentDecision  a form that a Decision was made with: sent twice, it counts once
ClipReview    what a moderator proposes for the picture: in and out, turn, poster, a note to the editor. Appended
KeptForm      what somebody had typed when their session ended, until they send it again
Consent       what may be done with the clip, and the evidence. Appended; the newest row counts
              `until`: its last day; `broadcast`, `abroad`; `guardian`; `words` as they were shown, `way`: how it came
ConsentAsk    the author of a clip is asked what may be done with it, by a private link that ends
PermissionOverride  a person takes it upon them that a clip lacks permission, with a reason. Appended
Question      a moderator asks a colleague about a clip; the answer is a sentence or a verdict
Mending       a clip is returned: its participant is asked for a name, a better video … by a private link;
              `open → answered | called off`; the mended video is another Clip, which takes the place of the first
SecondLook    a decision that was doubtful, looked at by somebody else: `waiting → agreed | differs → settled`
Account       a person who signs in to the desk, with a role
Claim         somebody has a Clip before them, until a time; nobody else is given it (claims.py)
Presence      a person was seen at a campaign's desk
SignInTry     somebody tried a password; too many within a quarter of an hour are turned away
WebSession    one sign-in: an Account, and the digest of a cookie
CampaignRole  what an Account may do in one Campaign, instead of its usual role
SecondFactor  what an Account proves besides its password: codes of an app on a telephone
RecoveryCode  a code on paper for whoever has lost the telephone; each counts once
DirectoryIdentity   who of a museum's directory has an Account
DeskPolicy    what an organizer demands of everybody at the desk
ApiToken      lets programs in with the rights of an Account, or to look only; kept as its digest (api.py)

From the clip to the film (almanac.py, delivery.py)

Almanac       a film: what was chosen, in which order, with which cards and format
              `rules` choose and order its clips; `style`: what differs from the campaign's house format
              `uses`: where it goes besides being shown (broadcast, abroad)
Segment       a Clip placed in an Almanac: in/out in whole frames of the film's rate, card texts
              `by_hand`: what of it a person has set, which no rule changes; `pinned`: the end of the film it stays at
LeftOut       a Clip that an editor took out of an Almanac by hand: its rules don't bring it back
PlanChange    one change of an Almanac's plan, and what it takes to undo it
PlanMarker    a place in a clip of the plan that an editor has marked
Card          something that stands between segments: a chapter's title, a quote, a place, an archive picture
Quote         one text of the campaign's selection, with author and the collection's link
Caption       what is said in a Clip, in one language, with times
CaptionVersion  a Caption as it was saved once. Appended; the newest one of its Clip and language stands
Track         a piece of music that is cleared for the campaign's films
Picture       an archive picture with the line that says where it is from
Emblem        the sign of an organizer or a partner, for the credits
CreditLine    one of those behind a campaign, with the heading that the line stands under
LookChange    one change of an Almanac's title, style or cards, and what it takes to undo it
Render        a finished version of an Almanac, with its manifest
Recall        a Clip that is in a Render was withdrawn since: the film has to be made again
Remark        what someone says about a moment of a Render, perhaps with a drawing over its frame
RemarkReply   what somebody answers to a Remark
SignOff       an official is asked to agree to one Render, by a link of their own; what they said
SignOffLetter brings the official the link by mail: asked, or reminded; sent, waiting or given up
MailedLink    the link that such a letter held, as its digest: a SignOff has as many as letters were tried

What is taken back (erasure.py)

Erasure       a clip on its way out, step by step, until nothing of it is left; `number` stands on its certificate
Tombstone     keyed hash of what was erased, which keeps it out of every campaign, source and restored backup

Everywhere (upkeep.py)

Event         something that happened to a row of another table, for people to read. Appended
              what the program decides by is not looked for here: it has columns and rows of its own
ChainLink     seals a Decision, Event, SignOff or Consent and the link before it, so that tampering shows (chain.py)
ChainPermit   a chained row that may be changed by the unit of work at hand, which says so in a new link
Alert         something that needs a person, once per `key` until it is resolved
Delivery      an alert on its way to a person, by mail or webhook. Written with the alert, sent afterwards
MailChoice    where an Account wants letters about films, and how often: `at once`, `daily`, `none`
LetterLine    one thing that an Account is told of by letter; those that wait go out together
Lease         who does a thing now, until when; `fence` grows with each holder
WorkerProcess  one process of a cluster: how many places it has, and until when it counts as alive without a new sign
Restoration   a backup was brought back, so that sign-in links from before are void

A Shot (a piece of film that is encoded once) is a file in the shot cache, named by the hash of everything
that shapes it; it has no row, because the file is the fact.

State moves only by compare-and-set, with the Decision or Event row in the same transaction.
Times are aware datetimes, stored in UTC: `at`, or a name that ends in `_at`, `_until` or `_from`.
Identifiers given by networks are text on every network; `id` is ours (`need_id`).

A table is made when it is first asked for: all of them together take longer than most commands run. What only reads
may know some of them; whoever writes knows all (`load_all`), since one leads to the other.
"""

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from relay.models.almanac import (
        Almanac,
        ByHand,
        Caption,
        CaptionOrigin,
        CaptionVersion,
        Card,
        CardKind,
        CreditLine,
        Emblem,
        LeftOut,
        LookChange,
        Picture,
        PlanChange,
        PlanMarker,
        Quote,
        Segment,
        SegmentPin,
        Track,
    )
    from relay.models.campaign import (
        Campaign,
        CampaignDraft,
        CampaignState,
        CampaignTexts,
        PermissionGate,
        PermissionRule,
    )
    from relay.models.chain import ChainLink, ChainPermit, Fact, LinkDeed
    from relay.models.claims import Claim, Presence
    from relay.models.clip_review import ClipReview, KeptForm, SentDecision
    from relay.models.columns import Details, SentenceText, TextEnum, UtcDateTime, enum_type, need_id
    from relay.models.delivery import Recall, Remark, Render, SignOff, SignOffVerdict
    from relay.models.erasure import Erasure, ErasureCause, Tombstone, TombstoneKind
    from relay.models.finding import (
        BulkChange,
        BulkKind,
        BulkStep,
        ClipTag,
        SavedList,
        SavedView,
        SearchChange,
        SearchSubject,
        SearchWord,
    )
    from relay.models.intake import Finding, HandIn, HandInState, Inspection
    from relay.models.letters import (
        LetterKind,
        LetterLine,
        MailChoice,
        MailedLink,
        MailPace,
        OfficialLetterKind,
        RemarkReply,
        SignOffLetter,
    )
    from relay.models.moderation import (
        Account,
        Clip,
        ClipState,
        ClipVideo,
        Consent,
        ConsentScope,
        Decision,
        Role,
        SignInTry,
        TextOrigin,
        Verdict,
        WebSession,
    )
    from relay.models.people import ApiToken, CampaignRole, DeskPolicy, DirectoryIdentity, RecoveryCode, SecondFactor
    from relay.models.permissions import (
        ConsentAsk,
        ConsentWay,
        FilmReach,
        PermissionOverride,
    )
    from relay.models.posts import Doubt, Match, MatchKind, MatchPlace, NoVideo, Post, Sighting, Video, VideoState
    from relay.models.recordings import (
        CardMember,
        Certainty,
        CommonPiece,
        HeardRecording,
        HearingTry,
        JointDecision,
        Kinship,
        PrintSegment,
        QuoteVerdict,
        ReadingAnswer,
        ReadingBasis,
        ReadingProposal,
        ReadingSearch,
        RecordingPrint,
        Said,
    )
    from relay.models.review import LookState, Mending, MendingState, Question, SecondLook
    from relay.models.sources import (
        CommentCount,
        HiddenPost,
        Pace,
        Parking,
        Source,
        SourceState,
        Spending,
        Spotting,
        Sweep,
    )
    from relay.models.upkeep import (
        Alert,
        Delivery,
        Event,
        EventKind,
        EventSubject,
        Lease,
        NotificationState,
        Restoration,
        WorkerProcess,
    )

MODULES = {
    "almanac": (
        "Almanac ByHand Caption CaptionOrigin CaptionVersion Card CardKind CreditLine Emblem LeftOut LookChange "
        "Picture PlanChange PlanMarker Quote Segment SegmentPin Track"
    ),
    "campaign": "Campaign CampaignDraft CampaignState CampaignTexts PermissionGate PermissionRule",
    "chain": "ChainLink ChainPermit Fact LinkDeed",
    "claims": "Claim Presence",
    "clip_review": "ClipReview KeptForm SentDecision",
    "columns": "Details SentenceText TextEnum UtcDateTime enum_type need_id",
    "delivery": "Recall Remark Render SignOff SignOffVerdict",
    "erasure": "Erasure ErasureCause Tombstone TombstoneKind",
    "finding": "BulkChange BulkKind BulkStep ClipTag SavedList SavedView SearchChange SearchSubject SearchWord",
    "intake": "Finding HandIn HandInState Inspection",
    "letters": "LetterKind LetterLine MailChoice MailedLink MailPace OfficialLetterKind RemarkReply SignOffLetter",
    "moderation": (
        "Account Clip ClipState ClipVideo Consent ConsentScope Decision Role SignInTry TextOrigin Verdict WebSession"
    ),
    "people": "ApiToken CampaignRole DeskPolicy DirectoryIdentity RecoveryCode SecondFactor",
    "permissions": "ConsentAsk ConsentWay FilmReach PermissionOverride",
    "posts": "Doubt Match MatchKind MatchPlace NoVideo Post Sighting Video VideoState",
    "recordings": (
        "CardMember Certainty CommonPiece HeardRecording HearingTry JointDecision Kinship PrintSegment QuoteVerdict "
        "ReadingAnswer ReadingBasis ReadingProposal ReadingSearch RecordingPrint Said"
    ),
    "review": "LookState Mending MendingState Question SecondLook",
    "sources": "CommentCount HiddenPost Pace Parking Source SourceState Spending Spotting Sweep",
    "upkeep": "Alert Delivery Event EventKind EventSubject Lease NotificationState Restoration WorkerProcess",
}
"""The modules of this room, and what is taken from each."""
_HOME = {name: module for module, names in MODULES.items() for name in names.split()}

if not TYPE_CHECKING:  # which would take any name for one of ours

    def __getattr__(name: str) -> Any:
        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
        return value


@cache
def load_all() -> None:
    """Makes every table, so that `SQLModel.metadata` is whole."""
    for module in MODULES:
        import_module(f"{__name__}.{module}")


__all__ = [
    "Account",
    "Alert",
    "Almanac",
    "ApiToken",
    "BulkChange",
    "BulkKind",
    "BulkStep",
    "ByHand",
    "Campaign",
    "CampaignDraft",
    "CampaignRole",
    "CampaignState",
    "CampaignTexts",
    "Caption",
    "CaptionOrigin",
    "CaptionVersion",
    "Card",
    "CardKind",
    "CardMember",
    "Certainty",
    "ChainLink",
    "ChainPermit",
    "Claim",
    "Clip",
    "ClipReview",
    "ClipState",
    "ClipTag",
    "ClipVideo",
    "CommentCount",
    "CommonPiece",
    "Consent",
    "ConsentAsk",
    "ConsentScope",
    "ConsentWay",
    "CreditLine",
    "Decision",
    "Delivery",
    "DeskPolicy",
    "Details",
    "DirectoryIdentity",
    "Doubt",
    "Emblem",
    "Erasure",
    "ErasureCause",
    "Event",
    "EventKind",
    "EventSubject",
    "Fact",
    "FilmReach",
    "Finding",
    "HandIn",
    "HandInState",
    "HeardRecording",
    "HearingTry",
    "HiddenPost",
    "Inspection",
    "JointDecision",
    "KeptForm",
    "Kinship",
    "Lease",
    "LeftOut",
    "LetterKind",
    "LetterLine",
    "LinkDeed",
    "LookChange",
    "LookState",
    "MailChoice",
    "MailPace",
    "MailedLink",
    "Match",
    "MatchKind",
    "MatchPlace",
    "Mending",
    "MendingState",
    "NoVideo",
    "NotificationState",
    "OfficialLetterKind",
    "Pace",
    "Parking",
    "PermissionGate",
    "PermissionOverride",
    "PermissionRule",
    "Picture",
    "PlanChange",
    "PlanMarker",
    "Post",
    "Presence",
    "PrintSegment",
    "Question",
    "Quote",
    "QuoteVerdict",
    "ReadingAnswer",
    "ReadingBasis",
    "ReadingProposal",
    "ReadingSearch",
    "Recall",
    "RecordingPrint",
    "RecoveryCode",
    "Remark",
    "RemarkReply",
    "Render",
    "Restoration",
    "Role",
    "Said",
    "SavedList",
    "SavedView",
    "SearchChange",
    "SearchSubject",
    "SearchWord",
    "SecondFactor",
    "SecondLook",
    "Segment",
    "SegmentPin",
    "SentDecision",
    "SentenceText",
    "Sighting",
    "SignInTry",
    "SignOff",
    "SignOffLetter",
    "SignOffVerdict",
    "Source",
    "SourceState",
    "Spending",
    "Spotting",
    "Sweep",
    "TextEnum",
    "TextOrigin",
    "Tombstone",
    "TombstoneKind",
    "Track",
    "UtcDateTime",
    "Verdict",
    "Video",
    "VideoState",
    "WebSession",
    "WorkerProcess",
    "enum_type",
    "load_all",
    "need_id",
]
