"""The words of Relay, as tables. One name per thing: here, in the code, in URLs, on screens, on the command line.

Campaign    hashtags and their aliases, opening and closing time with zone: `draft → running → stopped → archived`
Source      one place where posts are looked for: a VK wall, VK hashtag search, a folder of hand-ins
Sweep       one reading of a source: interval covered, posts seen, requests spent, faults met
Post        what someone published. Unique (network, owner_id, post_id)
Match       why a Post belongs to a Campaign (`exact`), looks like it (`near`), or came too early or late (`outside`);
            a near miss that a person looked at is accepted (then it is `exact`) or turned down
            an `exact` one whose post has no video that can be fetched waits for a person too, until its link is
            handed in or it is put aside
Spotting    a Source showed a Post (one post may be seen by a wall and by the search)
Video       the network's video that a post carries. Unique (network, owner_id, video_id). The thing to fetch:
            `found → fetching → fetched | unavailable (try later) | refused (reason) | gone`
Sighting    a Post carries a Video (reposts: one Video, many Sightings)
Inspection  the one look at a file (sha256): what it is, what is wrong with it, where its poster and proxy are
Clip        one piece of content (sha256) in one campaign: what a moderator judges:
            `awaiting → approved | rejected | later → withdrawn`;
            in doubt (*withdrawn?*) while its post is gone and nobody has said yet what that means
ClipVideo   the Videos whose bytes are this Clip (the same file uploaded twice is one Clip)
Family      Clips that show the same recording (re-uploads, crops, watermarks): clips with one `family` number
Decision    a verdict on a clip by a person at a time, for a reason. Appended, never overwritten
Consent     what may be done with the clip, and the evidence. Appended; the newest row counts
Almanac     a film: what was chosen, in which order, with which cards and format
Segment     a Clip placed in an Almanac: in/out in whole frames of the film's rate, card texts
LeftOut     a Clip that an editor took out of an Almanac by hand: its rules don't bring it back
Card        something that stands between segments: a chapter's title, a quote, an archive picture
Quote       one text of the campaign's selection, with author and the collection's link
Caption     what is said in a Clip, in one language, with times
Track       a piece of music that is cleared for the campaign's films
Picture     an archive picture with the line that says where it is from
Render      a finished version of an Almanac, with its manifest
Remark      what someone says about a moment of a Render
SignOff     an official is asked to agree to one Render, by a link of their own; what they said
Event       something that happened to a campaign, source, video or clip. Appended
Alert       something that needs a person, once per `key` until it is resolved
Parking     a token, or a method of a token, that must not be used before a time
Spending    how many calls of a method a token made in one hour (the daily quotas count over 24 of them)
Pace        when the next call with a token may be made (one token, one rate, across processes)
Lease       who does a thing now, until when; `fence` grows with each holder
HandIn      what a participant gave on the public page, with their words of consent and a receipt:
            `begun → waiting → taken in | refused → withdrawn`
Delivery    an alert on its way to a person, by mail or webhook. Written with the alert, sent afterwards
Account     a person who signs in to the desk, with a role; WebSession: one sign-in

A Shot (a piece of film that is encoded once) is a file in the shot cache, named by the hash of everything
that shapes it; it has no row, because the file is the fact.

State moves only by compare-and-set, with the Decision or Event row in the same transaction.
Times are aware datetimes, stored in UTC. Identifiers given by networks are text on every network.
"""

from relay.models.almanac import (
    Almanac,
    ByHand,
    Caption,
    CaptionOrigin,
    Card,
    CardKind,
    LeftOut,
    Picture,
    PlanChange,
    Quote,
    Segment,
    SegmentPin,
    Track,
)
from relay.models.campaign import Campaign, CampaignState
from relay.models.columns import TextEnum, UtcDateTime, enum_type, need_id
from relay.models.delivery import Recall, Remark, Render, SignOff, SignOffVerdict
from relay.models.intake import Finding, HandIn, HandInState, Inspection
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
    Verdict,
    WebSession,
)
from relay.models.posts import Doubt, Match, MatchKind, MatchPlace, NoVideo, Post, Sighting, Video, VideoState
from relay.models.sources import CommentCount, HiddenPost, Pace, Parking, Source, SourceState, Spending, Spotting, Sweep
from relay.models.upkeep import (
    Alert,
    Delivery,
    Event,
    EventKind,
    EventSubject,
    Lease,
    NotificationState,
)

__all__ = [
    "Account",
    "Alert",
    "Almanac",
    "ByHand",
    "Campaign",
    "CampaignState",
    "Caption",
    "CaptionOrigin",
    "Card",
    "CardKind",
    "Clip",
    "ClipState",
    "ClipVideo",
    "CommentCount",
    "Consent",
    "ConsentScope",
    "Decision",
    "Delivery",
    "Doubt",
    "Event",
    "EventKind",
    "EventSubject",
    "Finding",
    "HandIn",
    "HandInState",
    "HiddenPost",
    "Inspection",
    "Lease",
    "LeftOut",
    "Match",
    "MatchKind",
    "MatchPlace",
    "NoVideo",
    "NotificationState",
    "Pace",
    "Parking",
    "Picture",
    "PlanChange",
    "Post",
    "Quote",
    "Recall",
    "Remark",
    "Render",
    "Role",
    "Segment",
    "SegmentPin",
    "Sighting",
    "SignInTry",
    "SignOff",
    "SignOffVerdict",
    "Source",
    "SourceState",
    "Spending",
    "Spotting",
    "Sweep",
    "TextEnum",
    "Track",
    "UtcDateTime",
    "Verdict",
    "Video",
    "VideoState",
    "WebSession",
    "enum_type",
    "need_id",
]
