"""What networks and yt-dlp's extractors say about a video, and what it means for the next try."""

from __future__ import annotations

import pytest

from relay.errors import Gone, NotYet, Refused
from relay.media import refusals
from relay.media.fetcher import ERRORS
from relay.media.refusals import FINAL, FetchVerdict

LATER = [
    # VK
    "[vk] -1_2: Video -1_2 is temporarily unavailable.",
    "[vk] -1_2: You are trying to log in from an unusual location. You should confirm ownership at vk.com to log in.",
    "[vk] -1_2: Видео временно недоступно",
    "[vk] -1_2: Видео ещё обрабатывается и скоро будет доступно.",
    "[vk] -1_2: Недоступен узел хранилища, на котором лежит видео",
    "[vk] -1_2: Слишком много запросов. Попробуйте позже.",
    "[vk] -1_2: Подтвердите, что вы не робот",
    # OK, RuTube
    "[Odnoklassniki] 7: The video is unavailable due to maintenance",
    "[Odnoklassniki] 7: Видео недоступно: ведутся технические работы",
    "[Odnoklassniki] 7: Видео загружается",
    "[rutube] abc: Видео находится в обработке",
    "[rutube] abc: Трансляция ещё не началась",
    "[rutube] abc: Внутренняя ошибка сервера",
    "[rutube] abc: Rate limited, access denied",
    # YouTube
    "[youtube] x: Sign in to confirm you’re not a bot. Use --cookies-from-browser or --cookies for the authentication.",
    "[youtube] x: This content isn't available, try again later. The current session has been rate-limited by YouTube",
    "[youtube] x: We're processing this video. Check back later.",
    "[youtube] x: Premieres in 3 hours",
    "[youtube] x: This live event will begin in 20 minutes.",
    "[youtube] x: Offline.",
    "[youtube] x: The channel is not currently live",
    "[youtube] x: Video unavailable. YouTube is requiring a captcha challenge before playback",
    "[youtube] x: Connection to the media server timed out",
    # nobody knows
    "[vk] -1_2: Что-то пошло не так",
    "",
]
FINALS = {
    FetchVerdict.gone: [
        "[vk] -1_2: Video -1_2 does not exist.",
        "[vk] -1_2: Video -1_2 is no longer available, because its author has been blocked.",
        "[vk] -1_2: Video -1_2 is no longer available, because it has been deleted.",
        "[vk] -1_2: Видеозапись была удалена пользователем",
        "[Odnoklassniki] 7: The author of this video has not been found or is blocked",
        "[Odnoklassniki] 7: Видео не найдено",
        "[Odnoklassniki] 7: Видео заблокировано за нарушение правил",
        "[rutube] abc: Видео удалено или доступ к нему ограничен",
        "[youtube] x: Video unavailable. This video has been removed by the uploader",
        "[youtube] x: This video has been removed for violating YouTube's Terms of Service",
        "[youtube] x: Video unavailable",
        "[vk] -1_2: Видео недоступно",
    ],
    FetchVerdict.for_some: [
        "[vk] -1_2: Access denied to video -1_2.",
        "[vk] -1_2: Видео доступно только друзьям автора",
        "[vk] -1_2: Видео только для друзей",
        "[vk] -1_2: Пользователь ограничил доступ к видеозаписи",
        "[vk] -1_2: Доступно только донам сообщества",
        "[vk] -1_2: Эта запись доступна только подписчикам",
        "[Odnoklassniki] 7: Access to this video has been restricted by its author",
        "[Odnoklassniki] 7: This video is paid, subscribe to download it",
        "[Odnoklassniki] 7: Видео доступно только участникам группы",
        "[Odnoklassniki] 7: Видео скрыто автором",
        "[rutube] abc: Доступно по подписке",
        "[rutube] abc: Доступ к видео ограничен настройками приватности",
        "[youtube] x: Private video. Sign in if you've been granted access to this video. Use --cookies for that.",
        "[youtube] x: Join this channel to get access to members-only content like this video.",
        "[youtube] x: This video is available to this channel's members on level: Friends (or any higher level).",
        "[youtube] x: This video requires payment to watch",
        "[telegram:embed] 1: This channel is private",
    ],
    FetchVerdict.signed_in: [
        "[vk] -1_2: Video -1_2 is only available for registered users, use --username and --password options.",
        "[Odnoklassniki] 7: This video is only available for registered users. Use --cookies for the authentication.",
        "[vk] -1_2: Авторизуйтесь, чтобы посмотреть",
        "[rutube] abc: Войдите, чтобы посмотреть видео",
    ],
    FetchVerdict.age: [
        "[youtube] x: Sign in to confirm your age. This video may be inappropriate for some users. Use --cookies.",
        "[vk] -1_2: Видео с возрастным ограничением, доступно после входа",
        "[rutube] abc: Контент 18+. Войдите, чтобы подтвердить возраст",
        "[Odnoklassniki] 7: Видео доступно только совершеннолетним",
    ],
    FetchVerdict.country: [
        "[vk] -1_2: Video -1_2 is not available in your region.",
        "[youtube] x: The uploader has not made this video available in your country",
        "[rutube] abc: This video is not available from your location due to geo restriction",
        "[rutube] abc: Видео недоступно в вашем регионе",
        "[Odnoklassniki] 7: Видео недоступно в вашей стране",
        "[rutube] abc: Доступ ограничен на территории вашей страны",
    ],
    FetchVerdict.rights: [
        "[vk] -1_2: Video -1_2 has been removed from public access due to rightholder complaint.",
        "[vk] -1_2: Видео изъято из публичного доступа в связи с обращением правообладателя.",
        "[youtube] x: Video unavailable. This video is no longer available due to a copyright claim by a label",
        "[Odnoklassniki] 7: Видео удалено за нарушение авторских прав",
    ],
    FetchVerdict.locked: ["[youtube] x: This video is DRM protected"],
}  # fmt: skip


@pytest.mark.parametrize("said", LATER)
def test_a_passing_fault_is_tried_again(said: str) -> None:
    assert refusals.verdict(said) is FetchVerdict.later


@pytest.mark.parametrize(("said", "verdict"), [(said, verdict) for verdict, all_ in FINALS.items() for said in all_])
def test_a_final_one_is_final_for_its_own_reason(said: str, verdict: FetchVerdict) -> None:
    assert refusals.verdict(said) is verdict
    assert refusals.verdict(said.upper()) is verdict


def test_every_final_verdict_has_sentences_here_and_an_error_of_its_own() -> None:
    assert set(FINALS) == FINAL
    told = {verdict: ERRORS[verdict.value]("it said so") for verdict in FetchVerdict}
    assert {type(error) for error in told.values()} == {Gone, NotYet, Refused}
    assert type(told[FetchVerdict.later]) is NotYet
    assert len({str(error) for error in told.values()}) == len(FetchVerdict)
    assert all("it said so" in error.line for error in told.values())


@pytest.mark.parametrize("words", [words for verdict, words in refusals.RULES if verdict is FetchVerdict.later])
def test_without_the_passing_ones_first_maintenance_would_be_a_deletion(words, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "RULES", tuple(rule for rule in refusals.RULES if rule[1] is not words))
    wrong = [said for said in LATER if refusals.verdict(said) is not FetchVerdict.later]
    assert len(wrong) >= 8


@pytest.mark.media
@pytest.mark.parametrize(
    ("status", "said", "found"),
    [
        (0, "Video is only available for registered users", "signed_in"),
        (0, "unavailable due to maintenance", "not_yet"),
        (503, "the video was deleted", "not_yet"),
        (429, "access denied", "not_yet"),
        (403, "private", "not_yet"),
        (404, "Premieres in 3 hours", "gone"),
    ],
)
def test_the_status_of_the_answer_goes_before_its_words(status: int, said: str, found: str) -> None:
    import io

    from yt_dlp.networking.common import Response
    from yt_dlp.networking.exceptions import HTTPError
    from yt_dlp.utils import DownloadError, ExtractorError

    from relay.media.children.fetch import Teller, kind

    cause = HTTPError(Response(io.BytesIO(), "https://vk.com/video1_2", {}, status=status)) if status else None
    told = ExtractorError(said, expected=True, cause=cause)
    assert kind(DownloadError(str(told), (type(told), told, None)), Teller()) == found


@pytest.mark.media
def test_a_country_that_is_named_is_told_as_such_and_a_fault_of_the_extractor_is_none_of_the_networks() -> None:
    from yt_dlp.utils import DownloadError, ExtractorError, GeoRestrictedError

    from relay.media.children.fetch import Teller, kind

    for told, found in (
        (GeoRestrictedError("not from here", countries=["RU"]), "country"),
        (ExtractorError("Unable to extract the private title"), "broken"),
    ):
        assert kind(DownloadError(str(told), (type(told), told, None)), Teller()) == found
