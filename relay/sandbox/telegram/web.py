"""t.me as a browser without an account sees it: a channel's page, one message's embedded page, the file servers.

The markup follows captured pages, as far as anybody reads it; yt-dlp's `telegram:embed` reads the embedded page.
"""

from __future__ import annotations

import hashlib
import hmac
import html
import re
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Host, Route, Router

from relay.sandbox.endpoints import Endpoints
from relay.sandbox.files import file_answer
from relay.sandbox.telegram.network import Telegram, TgFile, TgFileKind, TgKind, TgMessage, TgName

PAGE_HOST = "t.me"
FILE_HOST = "cdn4.telesco.pe"
HOSTS = frozenset({PAGE_HOST, FILE_HOST})
HIDDEN = (
    '<div class="message_media_not_supported_wrap"><div class="message_media_not_supported">'
    '<div class="message_media_not_supported_label">Please open Telegram to view this post</div>'
    '<span class="message_media_view_in_telegram">VIEW IN TELEGRAM</span></div></div>'
)
"""In place of a message that the public page does not show."""


class TelegramSite:
    hosts = HOSTS

    def __init__(self, network: Telegram) -> None:
        self.network = network

    def routes(self) -> list[BaseRoute]:
        endpoints = Endpoints(self.network)
        pages = Router(
            routes=[
                Route("/s/{name}", endpoints.page("telegram", self.channel)),
                Route("/{name}/{number:int}", endpoints.page("telegram embed", self.embed)),
                Route("/{name}", endpoints.page("telegram", self.contact)),
            ]
        )
        files = Router(routes=[Route("/file/{name}", endpoints.plain("telegram file", self.file))])
        return [Host(PAGE_HOST, pages), Host(FILE_HOST, files)]

    async def channel(self, request: Request) -> Response:
        name = str(request.path_params["name"])
        channel = self.network.named(name)
        if channel is None or not channel.preview:
            return RedirectResponse(f"https://t.me/{name}", 302)
        before = request.query_params.get("before", "")
        messages, more = self.network.page(name, int(before) if before.isdecimal() else 0)
        if self.network.faults.empty:
            messages, more = [], False
        return HTMLResponse(_listing(channel, [self._block(message) for message in messages], messages, more=more))

    async def embed(self, request: Request) -> Response:
        name, number = str(request.path_params["name"]), int(request.path_params["number"])
        channel = self.network.named(name)
        if "embed" not in request.query_params:
            return HTMLResponse(_contact(channel, name))
        if channel is None or channel.kind is not TgKind.channel:
            return HTMLResponse(_failure(f"Channel with username <b>@{html.escape(name)}</b> not found"))
        message = self.network.message(name, number)
        if message is None:
            return HTMLResponse(_failure("Post not found"))
        return HTMLResponse(f'<html><body class="widget_frame_base">{self._block(message)}</body></html>')

    async def contact(self, request: Request) -> Response:
        name = str(request.path_params["name"])
        return HTMLResponse(_contact(self.network.named(name), name))

    async def file(self, request: Request) -> Response:
        if status := self.network.faults.media_status():
            return Response(status_code=status)
        number = re.fullmatch(r"([0-9a-f]{1,12})\.mp4", str(request.path_params["name"]))
        file = self.network.file(int(number[1], 16)) if number else None
        signed = file and hmac.compare_digest(request.query_params.get("token", ""), self._token(file.number))
        if file is None or not signed:
            return Response(status_code=404)
        return file_answer(request, file.path, file.number, cut=self.network.faults.media_cut())

    def _token(self, number: int) -> str:
        return hmac.new(FILE_HOST.encode(), str(number).encode(), hashlib.sha256).hexdigest()

    def _address(self, file: TgFile) -> str:
        return f"https://{FILE_HOST}/file/{file.number:x}.mp4?token={self._token(file.number)}"

    def _block(self, message: TgMessage) -> str:
        channel = self.network.named(message.channel)
        title = channel.title if channel else message.channel
        album = len(message.files) > 1
        media = "".join(self._file(message, file, single=album) for file in message.files)
        if album:
            media = f'<div class="tgme_widget_message_grouped_wrap js-message_grouped_wrap">{media}</div>'
        shown = HIDDEN if message.hidden else f"{self._forwarded(message)}{media}{_text(message)}{_preview(message)}"
        classes = "text_not_supported_wrap service_message" if message.service else "text_not_supported_wrap"
        return (
            '<div class="tgme_widget_message_wrap js-widget_message_wrap">'
            f'<div class="tgme_widget_message {classes} js-widget_message" data-post="{message.channel}/{message.id}">'
            '<div class="tgme_widget_message_bubble"><div class="tgme_widget_message_author accent_color">'
            f'<a class="tgme_widget_message_owner_name" href="https://t.me/{message.channel}">'
            f'<span dir="auto">{html.escape(title)}</span></a></div>'
            f"{shown}{_footer(message)}</div></div></div>"
        )

    def _forwarded(self, message: TgMessage) -> str:
        if not message.forwarded_from:
            return ""
        who = self.network.named(message.forwarded_from)
        name = html.escape(who.title if who else message.forwarded_from)
        tail = f"/{message.forwarded_id}" if message.forwarded_id else ""
        named = 'class="tgme_widget_message_forwarded_from_name"'
        shown = (
            f'<a {named} href="https://t.me/{who.name}{tail}"><span dir="auto">{name}</span></a>'
            if who
            else f'<span {named} dir="auto">{name}</span>'
        )
        words = "Forwarded from&nbsp;"
        return f'<div class="tgme_widget_message_forwarded_from accent_color">{words}{shown}</div>'

    def _file(self, message: TgMessage, file: TgFile, *, single: bool) -> str:
        href = f"https://t.me/{message.channel}/{file.id}{'?single' if single else ''}"
        grouped = " grouped_media_wrap" if single else ""
        length = f"{file.seconds // 60}:{file.seconds % 60:02d}"
        if file.kind is TgFileKind.photo:
            return f'<a class="tgme_widget_message_photo_wrap{grouped} js-message_photo" href="{href}"></a>'
        if file.kind is TgFileKind.file:
            return (
                f'<a class="tgme_widget_message_document_wrap" href="{href}"><div class="tgme_widget_message_document">'
                f'<div class="tgme_widget_message_document_title" dir="auto">{html.escape(file.path.name)}</div>'
                "</div></a>"
            )
        if file.kind is TgFileKind.round:
            return (
                '<div class="tgme_widget_message_roundvideo_player js-message_roundvideo_player">'
                '<video class="tgme_widget_message_roundvideo js-message_roundvideo" '
                f'src="{self._address(file)}" width="100%" height="100%" muted></video>'
                f'<time class="tgme_widget_message_roundvideo_duration">{length}</time></div>'
            )
        video = (
            ""
            if file.big
            else f'<video src="{self._address(file)}" class="tgme_widget_message_video js-message_video" width="100%">'
            "</video>"
        )
        label = "Media is too big" if file.big else "This media is not supported in your browser"
        state = "not_supported" if file.big else "blured"
        return (
            f'<a class="tgme_widget_message_video_player{grouped} {state} js-message_video_player" href="{href}">'
            f'<div class="tgme_widget_message_video_wrap">{video}</div>'
            f'<time class="message_video_duration js-message_video_duration">{length}</time>'
            '<div class="message_media_not_supported_wrap"><div class="message_media_not_supported">'
            f'<div class="message_media_not_supported_label">{label}</div>'
            '<span class="message_media_view_in_telegram">VIEW IN TELEGRAM</span></div></div></a>'
        )


def _listing(channel: TgName, blocks: list[str], messages: list[TgMessage], *, more: bool) -> str:
    title = html.escape(channel.title)
    lowest = min((message.id for message in messages), default=0)
    prev = f'<link rel="prev" href="/s/{channel.name}?before={lowest}">' if more else ""
    link = (
        '<div class="tgme_widget_message_centered js-messages_more_wrap">'
        f'<a href="/s/{channel.name}?before={lowest}" class="tme_messages_more js-messages_more" '
        f'data-before="{lowest}"></a></div>'
        if more
        else ""
    )
    nothing = "" if blocks else '<div class="tme_no_messages_found">No posts found</div>'
    return (
        f'<!DOCTYPE html><html><head><meta property="og:title" content="{title}">{prev}</head><body>'
        '<div class="tgme_channel_info"><div class="tgme_channel_info_header">'
        f'<div class="tgme_channel_info_header_title"><span dir="auto">{title}</span></div>'
        '<div class="tgme_channel_info_header_username">'
        f'<a href="https://t.me/{channel.name}">@{channel.name}</a></div></div></div>'
        f'<section class="tgme_channel_history js-message_history">{link}{"".join(blocks)}{nothing}</section>'
        "</body></html>\n<!-- page generated in 5.11ms -->"
    )


def _contact(who: TgName | None, name: str) -> str:
    if who is None:
        title = f'<meta property="og:title" content="Telegram: Contact @{html.escape(name)}">'
        words = "If you have <strong>Telegram</strong>, you can contact"
        body = f'<div class="tgme_page_description">{words} <a>@{html.escape(name)}</a> right away.</div>'
    else:
        extra = {TgKind.channel: "12 subscribers", TgKind.group: "7 members, 2 online"}.get(who.kind, f"@{who.name}")
        title = f'<meta property="og:title" content="{html.escape(who.title)}">'
        body = (
            f'<div class="tgme_page_title" dir="auto"><span dir="auto">{html.escape(who.title)}</span></div>'
            f'<div class="tgme_page_extra">{extra}</div>'
        )
    return f'<!DOCTYPE html><html><head>{title}</head><body><div class="tgme_page">{body}</div></body></html>'


def _failure(words: str) -> str:
    return f'<html><body><div class="tgme_widget_message_error">{words}</div></body></html>'


def _text(message: TgMessage) -> str:
    if not message.text:
        return ""
    written = html.escape(message.text, quote=False)
    shown = re.sub(r"https?://[^\s<]+|#\w+", _linked, written).replace("\n", "<br/>")
    text = f'<div class="tgme_widget_message_text js-message_text" dir="auto">{shown}</div>'
    if len(message.files) > 1:
        return f'<div class="tgme_widget_message_text js-message_text" dir="auto">{text}</div>'
    return text


def _linked(found: re.Match[str]) -> str:
    """An address, or a hashtag, as Telegram links it."""
    word = found[0]
    if word.startswith("#"):
        return f'<a href="?q={quote(word)}">{word}</a>'
    return f'<a href="{word}" target="_blank" rel="noopener">{word}</a>'


def _preview(message: TgMessage) -> str:
    if not message.preview:
        return ""
    link = html.escape(message.preview)
    return (
        f'<a class="tgme_widget_message_link_preview" href="{link}">'
        '<div class="link_preview_title" dir="auto">Видео</div></a>'
    )


def _footer(message: TgMessage) -> str:
    signed = (
        f'<span class="tgme_widget_message_from_author" dir="auto">{html.escape(message.signed)}</span>,&nbsp;'
        if message.signed
        else ""
    )
    views = "" if message.service else '<span class="tgme_widget_message_views">12</span>'
    return (
        '<div class="tgme_widget_message_footer compact js-message_footer">'
        f'<div class="tgme_widget_message_info short js-message_info">{views}'
        f'<span class="tgme_widget_message_meta">{signed}{"edited &nbsp;" if message.edited else ""}'
        f'<a class="tgme_widget_message_date" href="https://t.me/{message.channel}/{message.id}">'
        f'<time datetime="{message.at.isoformat(timespec="seconds")}" class="time">{message.at:%H:%M}</time>'
        "</a></span></div></div>"
    )
