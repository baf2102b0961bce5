from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from relay.collect import hashtags
from relay.models import MatchKind
from relay.ports import Author
from relay.sources.telegram import links as telegram_links
from relay.sources.telegram import parse
from relay.sources.telegram.parse import UnreadablePage

DATE = '<a class="tgme_widget_message_date" href="https://t.me/gorod/7"><time datetime="{at}"></time></a>'


def a_block(
    inner: str = "", *, named: str = "gorod/7", classes: str = "", at: str = "2023-01-12T09:00:00+00:00"
) -> str:
    return (
        f'<div class="tgme_widget_message {classes} js-widget_message" data-post="{named}">'
        f'<a class="tgme_widget_message_owner_name" href="https://t.me/gorod"><span>Город</span></a>{inner}'
        f'<span class="tgme_widget_message_meta">{DATE.format(at=at)}</span></div>'
    )


def a_page(*blocks: str, head: str = "") -> str:
    history = f'<section class="tgme_channel_history">{"".join(blocks)}</section>'
    return f"<html><head>{head}</head><body>{history}</body></html>"


def one(inner: str, **more: str) -> parse.Message:
    (message,) = parse.messages_in(a_block(inner, **more))
    return message


# Captured pages


@pytest.mark.slow
def test_every_captured_message_is_read_without_loss(shared: Path) -> None:
    """30 messages of a real channel. What each of them holds was looked up by hand."""
    files = sorted((shared / "corpus" / "vk_json" / "telegram").glob("parse_*.html"))
    assert len(files) == 30
    found = {}
    for file in files:
        text = file.read_text("utf-8")
        page = parse.channel_page(a_page(text))
        assert page.faults == ()
        (message,) = page.messages
        assert parse.messages_in(text) == [message]
        assert message.at.tzinfo is UTC and message.title
        found[file.stem.removeprefix("parse_")] = message
    assert sum(message.service for message in found.values()) == 4
    assert {kind for message in found.values() for kind in message.kinds} == set(parse._KINDS)
    assert [name for name, message in found.items() if message.edited] == [
        "message_weird_preview",
        "signed_edited_text_message",
        "text_message_link_no_preview",
    ]
    signed = {name: message.signed for name, message in found.items() if message.signed}
    assert signed == {
        "signed_edited_text_message": "Álvaro Justen",
        "text_message_signed_not_edited": "Álvaro Justen",
    }
    assert {name: message.text for name, message in found.items() if "text" in name and "link" not in name} == {
        "forwarded_text_message": ";)",
        "signed_edited_text_message": "Hello! Signed and edited message",
        "text_message_multiline": "Bigger\ntext\nmessage\nnumber\n34",
        "text_message_signed_not_edited": "Signed and not edited",
        "text_reply_to_video": "Reply to a video (not recorded in telegram)",
        "unsigned_text_message": "Unsigned message",
    }
    assert found["forwarded_text_message"].forwarded == Author("some_user", "Some user")
    assert found["emoji_message"].text == "👍"
    assert "#Punição_ampliada" in found["message_weird_preview"].text
    assert found["poll"].text == "Let's do a quick poll quizz mode"
    assert [found[name].views for name in ("location_message_2", "message_weird_preview", "video_big")] == [
        1,
        1200,
        436_600,
    ]
    assert found["unsigned_text_message"].title == "tchan's test channel 👍"


@pytest.mark.slow
def test_the_captured_videos(shared: Path) -> None:
    folder = shared / "corpus" / "vk_json" / "telegram"
    posts = {
        name: parse.as_post(parse.messages_in((folder / f"parse_{name}.html").read_text("utf-8"))[0])
        for name in ("video_single", "video_single_2", "video_big", "round_video_single", "multimedia_message")
    }
    shown = {
        name: [(video.video_id, video.url, video.duration, video.blocked) for video in post.videos]
        for name, post in posts.items()
    }
    assert shown == {
        "video_single": [("18", "https://t.me/tchantest/18", 6.0, "")],
        "video_single_2": [("19", "https://t.me/tchantest/19", 27.0, "")],
        "video_big": [("5343", "https://t.me/some_random_user/5343", 52.0, parse.TOO_BIG)],
        "round_video_single": [("17", "https://t.me/tchantest/17", 5.0, parse.ROUND)],
        "multimedia_message": [
            ("84", "https://t.me/tchantest/84?single", 27.0, ""),
            ("86", "https://t.me/tchantest/86?single", 8.0, ""),
        ],
    }
    assert posts["multimedia_message"].raw["ids"] == [84, 85, 86, 87]
    assert "ask the author" in parse.TOO_BIG


def test_the_captured_head_of_a_channel(shared: Path) -> None:
    head = (shared / "corpus" / "vk_json" / "telegram" / "channel_info.html").read_text("utf-8")
    page = parse.channel_page(a_page(head=head))
    assert (page.channel, page.title) == ("tchantest", "tchan's test channel 👍")


# Our own small pages


def test_words_keep_their_lines_and_their_spaces() -> None:
    text = 'Читаю <b>дневник</b><br>\n   прабабушки.<br/><a href="?q=%23x">#proryv80</a>'
    assert one(f'<div class="js-message_text">{text}</div>').text == "Читаю дневник\n прабабушки.\n#proryv80"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("#proryv80<blockquote>Письмо деда</blockquote>Анна", "#proryv80\nПисьмо деда\nАнна"),
        ("<blockquote>Письмо деда</blockquote>#proryv80", "Письмо деда\n#proryv80"),
        ("<blockquote expandable>Письмо<br/>деда</blockquote><br/>#proryv80", "Письмо\nдеда\n\n#proryv80"),
        ("#proryv80<pre>Письмо\nдеда</pre>", "#proryv80\nПисьмо\nдеда"),
        ("<pre><code>Письмо\n#proryv80</code></pre>Анна", "Письмо\n#proryv80\nАнна"),
        ("<tg-spoiler>#</tg-spoiler>proryv80", "#proryv80"),
        ('<a href="?q=%23proryv80">#proryv80</a> <b>Анна</b>', "#proryv80 Анна"),
    ],
)
def test_a_quote_is_not_glued_to_the_tag(html: str, text: str) -> None:
    shown = one(f'<div class="js-message_text">{html}</div>').text
    assert shown == text
    hit = hashtags.match([("text", shown)], hashtags.wanted(["#proryv80"]))
    assert hit is not None and hit.kind is MatchKind.exact


def test_emoji_of_premium_accounts_are_letters() -> None:
    emoji = '<tg-emoji emoji-id="1"><i class="emoji" style="x"><b>❤️</b></i></tg-emoji>'
    assert one(f'<div class="js-message_text">С праздником {emoji}!</div>').text == "С праздником ❤️!"


def test_a_forward_of_a_channel_is_the_original_video() -> None:
    forwarded = (
        '<div class="tgme_widget_message_forwarded_from">Forwarded from&nbsp;'
        '<a class="tgme_widget_message_forwarded_from_name" href="https://t.me/Anna_chita/41"><span>Анна</span></a></div>'
        '<a class="tgme_widget_message_video_player" href="https://t.me/gorod/7">'
        '<video src="https://cdn/x.mp4" class="tgme_widget_message_video"></video><time></time></a>'
    )
    post = parse.as_post(one(forwarded))
    (video,) = post.videos
    assert (post.owner_id, post.post_id, post.author) == ("gorod", "7", Author("-anna_chita", "Анна"))
    assert (video.owner_id, video.video_id) == ("anna_chita", "41")
    assert video.url == "https://t.me/gorod/7", "it is fetched from where it was seen"


def test_who_hides_behind_a_forward_is_named_without_a_link() -> None:
    header = (
        '<div class="tgme_widget_message_forwarded_from">Forwarded from&nbsp;'
        '<span class="tgme_widget_message_forwarded_from_name">Вера</span></div>'
    )
    assert one(header).forwarded == Author("", "Вера")


def test_a_video_sent_as_a_file_asks_for_the_file() -> None:
    document = (
        '<a class="tgme_widget_message_document_wrap" href="https://t.me/gorod/7">'
        '<div class="tgme_widget_message_document_title">Чтение.MOV</div></a>'
    )
    (video,) = parse.as_post(one(document)).videos
    assert (video.blocked, video.blocked_for_good) == (parse.AS_A_FILE, True)


def test_what_is_replied_to_is_not_the_authors_text() -> None:
    reply = '<a class="tgme_widget_message_reply"><div class="js-message_text">чужое #proryv80</div></a>'
    assert one(f'{reply}<div class="js-message_text">своё</div>').text == "своё"


@pytest.mark.parametrize(
    "block",
    [
        a_block(named="gorod"),
        a_block(named="../etc/7"),
        a_block(at="yesterday"),
        a_block().replace("<time", "<span"),
    ],
)
def test_one_block_that_cannot_be_read_stops_no_other(block: str) -> None:
    page = parse.channel_page(a_page(block, a_block(named="gorod/8")))
    assert [message.id for message in page.messages] == [8]
    assert len(page.faults) == 1


@pytest.mark.parametrize("text", ["", "<html><body>Please wait…</body></html>", a_page(a_block())[:-20]])
def test_half_a_page_and_another_page_are_not_understood(text: str) -> None:
    with pytest.raises(UnreadablePage):
        parse.channel_page(text)


def test_where_a_page_leads_back_to() -> None:
    linked = a_page(a_block(), head='<link rel="prev" href="/s/gorod?before=5">')
    assert parse.channel_page(linked).before == 5
    assert parse.channel_page(a_page(a_block())).before == 7, "without a link only message 1 is the beginning"
    assert parse.channel_page(a_page(a_block(named="gorod/1"))).before is None
    assert parse.channel_page(a_page()).before is None


def test_a_time_zone_is_kept() -> None:
    assert one("", at="2023-01-12T12:00:00+03:00").at == datetime(2023, 1, 12, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("link", "story"),
    [("https://t.me/gorod/s/5", True), ("t.me/gorod/s", False), ("t.me/gorod/5", False), ("t.me/s/gorod", False)],
)
def test_a_story_is_told_by_its_link(link: str, *, story: bool) -> None:
    assert telegram_links.is_story(link) is story
