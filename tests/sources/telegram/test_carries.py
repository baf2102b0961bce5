"""What a Telegram message carries besides its players: links, and why there is nothing to fetch."""

from __future__ import annotations

import pytest

from relay.models import NoVideo
from relay.ports import Author, SeenPost
from relay.sources.telegram import parse

HEX = "3eac3b4561676c17df9132a9a1e62e3e"
RUTUBE = f"https://rutube.ru/video/{HEX}/"
LABEL = "Please open Telegram to view this post"
CLOSED = (
    '<div class="message_media_not_supported_wrap"><div class="message_media_not_supported">'
    f'<div class="message_media_not_supported_label">{LABEL}</div>'
    '<a href="https://t.me/gorod/5" class="message_media_view_in_telegram">VIEW IN TELEGRAM</a></div></div>'
)
PLAYER = (
    '<a class="tgme_widget_message_video_player js-message_video_player" href="https://t.me/gorod/5">'
    '<video src="https://cdn4.telesco.pe/1.mp4" class="tgme_widget_message_video"></video></a>'
)
PHOTO = '<a class="tgme_widget_message_photo_wrap" href="https://t.me/gorod/5"></a>'


def _said(html: str) -> str:
    return f'<div class="tgme_widget_message_text js-message_text" dir="auto">{html}</div>'


def _preview(link: str) -> str:
    return f'<a class="tgme_widget_message_link_preview" href="{link}"><div class="link_preview_title">Видео</div></a>'


def _document(name: str) -> str:
    return (
        '<a class="tgme_widget_message_document_wrap" href="https://t.me/gorod/5">'
        f'<div class="tgme_widget_message_document_title" dir="auto">{name}</div></a>'
    )


def _post(inside: str, classes: str = "") -> SeenPost:
    (shown,) = parse.messages_in(
        f'<div class="tgme_widget_message {classes} js-widget_message" data-post="gorod/5">'
        '<a class="tgme_widget_message_owner_name"><span>Город</span></a>'
        f'{inside}<a class="tgme_widget_message_date" href="https://t.me/gorod/5">'
        '<time datetime="2023-01-12T09:00:00+00:00"></time></a></div>'
    )
    return parse.as_post(shown)


@pytest.mark.parametrize(
    ("link", "key"),
    [
        (RUTUBE, ("rutube", "", HEX)),
        ("https://youtu.be/abcdefghijk", ("yt", "", "abcdefghijk")),
        ("https://vk.com/video-1_2", ("vk", "-1", "2")),
        ("https://vkvideo.ru/clip7_2", ("vk", "7", "2")),
        ("https://ok.ru/video/20079905452", ("ok", "", "20079905452")),
        ("https://t.me/sosedi/17", ("tg", "sosedi", "17")),
        ("https://school.example/film.mp4", ("web", "school.example", "")),
    ],
)
def test_a_link_to_another_network_is_a_video_of_that_network_wherever_it_stands(
    link: str, key: tuple[str, str, str]
) -> None:
    for inside in (
        _said(f'#proryv80 <a href="{link}" target="_blank">{link}</a>'),
        _said(f'#proryv80 <a href="{link}">смотреть</a>'),
        _said("#proryv80") + _preview(link),
        _said("#proryv80") + f'<a class="tgme_widget_message_inline_button url_button" href="{link}">Смотреть</a>',
        _said(f"#proryv80 {link}"),
    ):
        post = _post(inside)
        (video,) = post.videos
        assert (video.network, video.owner_id) == key[:2]
        assert key[2] in ("", video.video_id)
        assert post.no_video is None
        assert video.author.name in ("Город", "")


def test_the_author_of_the_message_is_credited() -> None:
    signed = '<span class="tgme_widget_message_from_author">Анна Ильина</span>'
    (video,) = _post(_said(f"#proryv80 {RUTUBE}") + signed).videos
    assert (video.author, video.linked) == (Author(name="Анна Ильина"), True)


def test_a_player_and_a_link_to_another_video_are_two() -> None:
    assert [video.network for video in _post(PLAYER + _said(f"#proryv80 {RUTUBE}")).videos] == ["tg", "rutube"]


def test_a_link_to_a_message_counts_only_where_nothing_else_is_there() -> None:
    assert [video.url for video in _post(PLAYER + _said("ранее: t.me/gorod/3")).videos] == ["https://t.me/gorod/5"]
    assert [video.network for video in _post(_said(f"{RUTUBE} ранее: https://t.me/gorod/3")).videos] == ["rutube"]


def test_a_message_that_links_to_itself_carries_nothing() -> None:
    post = _post(_said("#proryv80 https://t.me/gorod/5?single") + PHOTO)
    assert (post.videos, post.no_video) == ((), NoVideo.pictures)


def test_links_of_the_message_that_is_replied_to_are_not_its_own() -> None:
    reply = f'<a class="tgme_widget_message_reply" href="https://t.me/gorod/1">{_said(f"<a href={RUTUBE}>x</a>")}</a>'
    post = _post(reply + _said("#proryv80"))
    assert (post.videos, post.no_video) == ((), NoVideo.text)


@pytest.mark.parametrize(
    "inside",
    [
        CLOSED,
        CLOSED.replace(LABEL, "This media is not supported in the widget"),
        "",
        _said("This message couldn't be displayed on your device due to copyright infringement."),
        _said("This channel can’t be displayed because it violated local laws."),
        _said("This media can't be displayed"),
    ],
)
def test_a_message_that_the_public_page_keeps_to_itself_is_hidden(inside: str) -> None:
    post = _post(inside)
    assert (post.text, post.texts, post.videos, post.no_video) == ("", (), (), NoVideo.hidden)


def test_a_medium_that_is_not_shown_beside_a_text_is_told_as_hidden() -> None:
    post = _post(_said("#proryv80 Письмо") + CLOSED)
    assert (post.text, post.no_video) == ("#proryv80 Письмо", NoVideo.hidden)


def test_words_of_an_author_about_messages_are_not_telegrams() -> None:
    assert _post(_said("#proryv80 this message couldn't be displayed on your device, they said")).text


def test_a_service_message_is_not_hidden() -> None:
    (shown,) = parse.messages_in(
        '<div class="tgme_widget_message service_message js-widget_message" data-post="gorod/1">'
        '<a class="tgme_widget_message_date"><time datetime="2023-01-12T09:00:00+00:00"></time></a></div>'
    )
    assert not shown.hidden


@pytest.mark.parametrize(
    ("inside", "why"),
    [
        ("", "text"),
        (PHOTO, "pictures"),
        ('<div class="tgme_widget_message_sticker_wrap"></div>', "pictures"),
        ('<div class="tgme_widget_message_voice_player"></div>', "sound"),
        (_document("письмо.pdf"), "other"),
        (_document("видео.zip"), "document"),
        (_document("голос.m4a"), "sound"),
        (_document("IMG_1.heic"), "pictures"),
        ('<div class="tgme_widget_message_poll"></div>', "other"),
        (_preview("https://dzen.ru/video/watch/1"), "elsewhere"),
        (_preview("https://museum.example/5"), "link"),
        (_preview("https://telegra.ph/x"), "link"),
        (_preview("https://t.me/gorod/s/7"), "story"),
        (_preview("https://vk.com/wall-1_2"), "elsewhere"),
        (_preview("https://www.youtube.com/playlist?list=PLabc"), "playlist"),
        (PHOTO + _preview("https://cloud.mail.ru/public/x"), "elsewhere"),
        ('<a class="tgme_widget_message_inline_button" href="https://t.me/gorod">Канал</a>', "text"),
    ],
)
def test_a_message_without_a_video_says_why(inside: str, why: str) -> None:
    post = _post(_said("#proryv80") + inside)
    assert post.videos == ()
    assert post.no_video is NoVideo(why)


@pytest.mark.parametrize("name", ["письмо.mp4", "IMG.MOV", "film.wmv"])
def test_a_video_sent_as_a_file_is_known_and_says_that_it_can_not_be_had(name: str) -> None:
    post = _post(_said("#proryv80") + _document(name))
    assert [video.blocked for video in post.videos] == [parse.AS_A_FILE]
    assert post.no_video is None
