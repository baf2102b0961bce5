"""The commands as people and scripts meet them: what is said, on which stream, and with which exit code."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from relay.almanac.plan import queries
from relay.cli import main
from relay.cli.terminal import show
from relay.config import load_settings
from relay.context import Relay
from relay.models import ClipState, Render, Video
from relay.sandbox.network import Network
from relay.sandbox.server import Sandbox
from relay.sandbox.vk.network import Vk
from relay.sandbox.vk.records import Attached
from tests.fakes.clock import FakeClock
from tests.moderation.town import Town

SLUG = "proryv80"
WINDOW = ["--opens", "2023-01-11", "--closes", "2023-01-18T23:59", "--tz", "Europe/Moscow"]
NEW = ["campaign", "new", SLUG, "--title", "Прорыв", "--hashtag", "#proryv80", *WINDOW]


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def line(self) -> str:
        """The one line on stderr."""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        return lines[0]

    @property
    def document(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Answer]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """`run("clip", "list", …)` in a folder of its own."""
    monkeypatch.setenv("RELAY_LANGUAGE", "en")
    monkeypatch.setenv("COLUMNS", "100")

    def run(*words: object, language: str = "en") -> Answer:
        monkeypatch.setenv("RELAY_LANGUAGE", language)
        monkeypatch.setattr(sys, "argv", ["relay", *map(str, words)])
        show.tongue.cache_clear()
        capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capfd.readouterr()
        return Answer(int(end.value.code or 0), out, err)

    return run


@pytest.fixture
def home(run: Run, tmp_path: Path, empty_database: Path) -> Path:
    """A data folder with an empty database where the commands look for it."""
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(empty_database, folder / "relay.db")
    return folder


@pytest.fixture
def town(home: Path, run: Run, relay_at: Relay) -> Town:
    return Town(relay_at, SLUG)


@pytest.fixture
def relay_at(home: Path) -> Iterator[Relay]:
    """A relay on the same database as the commands, to put things in."""
    from relay.bootstrap import open_relay

    relay = open_relay(load_settings(data_dir=home))
    yield relay
    relay.store.close()


# Exit codes


@pytest.mark.slow
def test_done_is_0_and_says_what_is_next(home: Path, run: Run) -> None:
    told = run(*NEW)
    assert (told.code, told.err) == (0, "")
    assert told.out == "Campaign proryv80 is made. Next: relay source add proryv80 vk:tag\n"


@pytest.mark.slow
def test_dates_with_the_day_first_are_told_back_as_they_were_understood(home: Path, run: Run) -> None:
    run(*NEW)
    told = run("campaign", "extend", "proryv80", "25.01.2023")
    assert (told.out, told.err) == ("Campaign proryv80 now closes at 2023-01-25 23:59.\n", "")
    assert run("campaign", "extend", "proryv80", "25.01").line.startswith("'25.01' is no date: the year is missing.")
    assert run("campaign", "extend", "proryv80", "20230120").line.startswith(
        "2023-01-20 23:59 is not later than 2023-01-25 23:59, when campaign proryv80 closes."
    )


@pytest.mark.slow
def test_refused_is_1_with_one_line(home: Path, run: Run) -> None:
    run(*NEW)
    told = run(*NEW)
    assert (told.code, told.out) == (1, "")
    assert told.line == "There is already a campaign proryv80. Choose another short name."


@pytest.mark.slow
@pytest.mark.parametrize("words", [["nonsense"], ["campaign", "new", "x"], ["clip", "show", "seven"], ["crawl"]])
def test_wrong_usage_is_2(home: Path, run: Run, words: list[str]) -> None:
    told = run(*words)
    assert (told.code, told.out) == (2, "")
    assert told.err


@pytest.mark.slow
def test_before_init_the_next_step_is_named(run: Run) -> None:
    told = run("campaign", "list")
    assert (told.code, told.out) == (1, "")
    assert told.line.endswith("Run: relay init")


# Bad input: one line, exit code 1, nothing kept


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["campaign", "status", "nowhere"], "There is no campaign nowhere."),
        (["campaign", "new", "Ж", *NEW[3:]], "'Ж' is no short name."),
        ([*NEW[:-1], "Mars/Base"], "'Mars/Base' is no time zone."),
        ([*NEW[:8], "soon", *NEW[9:]], "'soon' is no date."),
        (["clip", "show", "7"], "There is no clip 7."),
        (["clip", "approve", "7", "--as", "Anna"], "There is no clip 7."),
        (["post", "show", "7"], "There is no post number 7."),
    ],
)
def test_what_is_not_there_is_named(home: Path, run: Run, words: list[str], told: str) -> None:
    answer = run(*words)
    assert (answer.code, answer.out) == (1, "")
    assert told in answer.line


@pytest.mark.slow
def test_a_file_that_is_no_backup_is_not_restored(run: Run, tmp_path: Path) -> None:
    answer = run("restore", __file__)
    assert (answer.code, answer.out) == (1, "")
    assert "test_commands.py can't be read as a backup" in answer.line
    assert not (tmp_path / "data" / "relay.db").exists()


@pytest.mark.slow
def test_a_wrong_setting_is_named_without_its_value(home: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELAY_PORT", "secret-port")
    answer = run("campaign", "list")
    assert answer.code == 1
    assert "RELAY_PORT" in answer.line
    assert "secret-port" not in answer.line


@pytest.mark.slow
def test_without_a_token_a_source_says_where_to_put_it(home: Path, run: Run) -> None:
    run(*NEW)
    answer = run("source", "add", SLUG, "vk:club1")
    assert answer.code == 1
    assert "There is no access token for VK." in answer.line
    assert "RELAY_VK_TOKEN" in answer.line
    assert run("source", "list", SLUG, "--json").document == []


@pytest.mark.slow
def test_an_empty_campaign_cannot_be_crawled(home: Path, run: Run) -> None:
    run(*NEW)
    run("campaign", "start", SLUG)
    answer = run("crawl", SLUG)
    assert answer.code == 1
    assert "has no source to read. Add one; vk:tag is VK's search by the tag." in answer.line


@pytest.mark.slow
def test_an_almanac_without_approved_clips_is_refused(town: Town, run: Run) -> None:
    town.has_clip()
    answer = run("almanac", "new", SLUG, "film", "--all-approved")
    assert answer.code == 1
    assert "No clip of proryv80 is approved yet" in answer.line
    assert run("almanac", "list", SLUG, "--json").document == []


@pytest.mark.media
def test_a_file_that_is_no_video_is_not_taken_in(home: Path, run: Run, tmp_path: Path) -> None:
    run(*NEW)
    (tmp_path / "notes.mp4").write_text("Just some notes.\n" * 50, "utf-8")
    answer = run("clip", "add", SLUG, tmp_path / "notes.mp4")
    assert (answer.code, answer.out) == (1, "")
    assert answer.line == "notes.mp4: This is a text, not a video."
    assert run("clip", "add", SLUG, tmp_path / "notes.mp4", language="ru").line == "notes.mp4: Это текст, а не видео."
    assert run("clip", "list", SLUG, "--json").document == []
    assert not [path for path in (home / "vault").rglob("*") if path.is_file()]


@pytest.mark.slow
def test_a_full_disk_is_found_by_the_doctor(home: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELAY_MIN_FREE_GB", "999999")
    answer = run("doctor", "--json")
    assert answer.code == 1
    assert answer.line == "Something needs attention. Try: relay doctor --fix"
    disk = next(finding for finding in answer.document if finding["what"] == "disk")
    assert disk["wrong"]
    assert "999999 GB are kept free" in disk["text"]


@pytest.mark.slow
def test_a_missing_ffmpeg_is_found_by_the_doctor(
    home: Path, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(tmp_path / "no" / "ffmpeg"))
    answer = run("doctor", language="ru")
    assert answer.code == 1
    assert "Нет программы ffmpeg" in answer.out
    assert "pip install imageio-ffmpeg" in answer.out


# Against the sandbox network


@pytest.fixture
def vk(monkeypatch: pytest.MonkeyPatch, home: Path, run: Run) -> Iterator[Vk]:
    network = Network(FakeClock())
    with Sandbox(network) as sandbox:
        for name, value in sandbox.settings().items():
            monkeypatch.setenv(name, value)
        run(*NEW)
        run("campaign", "start", SLUG)
        yield network.vk


@pytest.mark.slow
def test_a_wrong_token_is_told_with_the_way_out(vk: Vk, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    vk.has_group("gorod", "Город")
    monkeypatch.setenv("RELAY_VK_TOKEN", "wrong")
    answer = run("source", "add", SLUG, "vk:gorod")
    assert answer.code == 1
    assert answer.line == "VK refuses the access token. Put a valid service token into RELAY_VK_TOKEN."
    answer = run("source", "add", SLUG, "vk:gorod", language="ru")
    assert answer.line == "ВКонтакте не принимает ключ доступа. Укажите действующий сервисный ключ в RELAY_VK_TOKEN."


@pytest.mark.slow
def test_an_unknown_community_and_a_closed_wall_are_told(vk: Vk, run: Run) -> None:
    vk.has_group("school", "Школа", closed=True)
    unknown, closed = run("source", "add", SLUG, "vk:nobody_here"), run("source", "add", SLUG, "vk:school")
    assert (unknown.code, closed.code) == (1, 1)
    assert unknown.line.startswith("VK knows nobody by the name nobody_here.")
    assert closed.line.startswith("The wall of “Школа” is closed.")
    assert run("source", "list", SLUG, "--json").document == []


@pytest.mark.slow
def test_json_of_sources_and_posts(vk: Vk, run: Run) -> None:
    group = vk.has_group("gorod", "Город")
    vk.posts(group, "Читаем #proryv80", at=vk.now() - timedelta(hours=1))
    assert run("source", "add", SLUG, "vk:gorod", "--district", "Тосненский").out == f"vk:club{-group}  Город\n"
    crawled = run("crawl", SLUG, "--json")
    assert (crawled.code, crawled.err) == (0, "")
    assert [sweep["complete"] for sweep in crawled.document] == [True]

    (source,) = run("source", "list", SLUG, "--json", language="ru").document
    assert set(source) >= {"id", "address", "network", "title", "state", "reason", "last_sweep", "covered"}
    assert source["state"] == "active"
    (post,) = run("post", "list", SLUG, "--json", language="ru").document
    assert set(post) >= {
        "network", "owner_id", "post_id", "url", "text", "published_at", "edited_at", "match", "matched_in", "author",
        "sources",
    }  # fmt: skip
    assert (post["text"], post["sources"]) == ("Читаем #proryv80", [f"vk:club{-group}"])
    shown = run("post", "show", post["id"], "--json").document
    assert set(shown) >= {*post, "videos"}


@pytest.mark.slow
def test_a_post_without_a_video_is_listed_put_aside_and_given_a_link(vk: Vk, run: Run) -> None:
    group = vk.has_group("gorod", "Город")
    at = vk.now() - timedelta(hours=1)
    vk.posts(group, "Плейлист #proryv80", attached=[Attached("video_playlist")], at=at)
    vk.posts(group, "Только слова #proryv80", at=at)
    run("source", "add", SLUG, "vk:gorod")
    run("crawl", SLUG)
    rows = run("post", "list", SLUG, "--without-video", "--json", language="ru").document
    assert [(row["unfetchable"], row["videos"], row["put_aside"]) for row in rows] == [
        ("playlist", 0, ""),
        ("text", 0, ""),
    ]
    told = run("post", "list", SLUG, "--without-video").out
    assert "A list of videos: which of them is meant only a person can tell." in told
    assert "Only a text." in told
    assert "Плейлист: какое видео" in run("post", "show", rows[0]["id"], language="ru").out
    assert "no video that can be fetched: 1. See: relay post list" in run("coverage", SLUG).out

    assert run("post", "put-aside", rows[1]["id"], "--as", "Анна").out == f"Post {rows[1]['id']} is put aside.\n"
    (aside,) = run("post", "list", SLUG, "--without-video", "--put-aside", "--json").document
    assert (aside["id"], aside["put_aside"]) == (rows[1]["id"], "Анна")
    assert run("post", "put-aside", rows[1]["id"], "--as", "Кира").code == 1
    assert run("post", "put-aside", rows[1]["id"], "--undo", "--as", "Кира").code == 0

    refused = run("post", "link", rows[0]["id"], "https://example.org/page", "--as", "Анна")
    assert (refused.code, refused.line[:60]) == (1, "https://example.org/page leads to no video that Relay can fe")
    given = run("post", "link", rows[0]["id"], "https://school.example/film.mp4", "--as", "Анна")
    assert given.out.startswith(f"The video of post {rows[0]['id']} is https://school.example/film.mp4.")
    assert [row["id"] for row in run("post", "list", SLUG, "--without-video", "--json").document] == [rows[1]["id"]]


# JSON: one document, English, nothing else


@pytest.mark.slow
def test_json_of_clips(town: Town, run: Run) -> None:
    number = town.has_clip(name="Ольга", town="Тосно", flags=("quiet",))
    (clip,) = run("clip", "list", SLUG, "--json", language="ru").document
    assert set(clip) >= {
        "id", "state", "network", "owner_id", "video_id", "url", "posts", "participant", "duration", "width", "height",
        "sha256", "family", "quote", "consent", "flags", "reason",
    }  # fmt: skip
    assert set(clip["participant"]) == {"name", "town", "district", "age", "relation"}
    assert (clip["id"], clip["state"], clip["flags"]) == (number, "awaiting", ["quiet"])
    assert run("clip", "show", number, "--json").document["id"] == number


@pytest.mark.slow
def test_json_of_almanacs(town: Town, run: Run, relay_at: Relay) -> None:
    number = town.has_clip(name="Ольга", state=ClipState.approved)
    almanac = queries.new(relay_at, SLUG, "film", all_approved=True)
    with relay_at.transaction() as session:
        session.add(
            Render(almanac_id=almanac.id or 0, version=1, file="almanacs/film-v1.mp4", manifest="film-v1.json",
                   sha256="a" * 64, frames=250, fps=25, loudness=-16.0, shots_encoded=3, shots_reused=1, seconds=2.5,
                   at=relay_at.now())
        )  # fmt: skip
    found = run("almanac", "show", SLUG, "film", "--json", language="ru").document
    assert found["name"] == "film"
    assert set(found["segments"][0]) >= {"clip", "in", "out"}
    assert found["segments"][0]["clip"] == number
    assert set(found["renders"][0]) >= {
        "version", "file", "duration", "sha256", "shots_encoded", "shots_reused", "seconds",
    }  # fmt: skip
    assert found["renders"][0]["duration"] == 10.0
    assert run("almanac", "list", SLUG, "--json").document[0]["name"] == "film"


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ["campaign", "list"],
        ["campaign", "status", SLUG],
        ["source", "list", SLUG],
        ["post", "list", SLUG],
        ["clip", "list", SLUG],
        ["almanac", "list", SLUG],
    ],
    ids=" ".join,
)
def test_every_listing_is_one_document_that_no_language_changes(town: Town, run: Run, words: list[str]) -> None:
    town.has_clip()
    english, russian = run(*words, "--json"), run(*words, "--json", language="ru")
    assert (english.code, english.err) == (0, "")
    assert english.document == russian.document


# For people


@pytest.mark.slow
def test_what_people_read_is_in_their_language(town: Town, run: Run) -> None:
    number = town.has_clip(name="Ольга", town="Тосно", flags=("quiet",))
    run("clip", "reject", number, "--as", "Anna", "--reason", "Duplicate of another clip")
    english, russian = run("clip", "show", number).out, run("clip", "show", number, language="ru").out
    assert "rejected" in english
    assert "отклонено" in russian
    assert "Повтор другого клипа" in russian
    assert "Тихий звук" in russian
    for words in (["clip", "list", SLUG], ["clip", "show", number], ["campaign", "status", SLUG]):
        names = [line.split("  ")[0] for line in run(*words, language="ru").out.splitlines()]
        assert not [name for name in names if name.islower() and name.isascii() and name.isalpha() and name != "sha256"]


@pytest.mark.slow
def test_a_stranger_s_text_does_not_steer_the_terminal(town: Town, run: Run) -> None:
    number = town.has_clip(name="Оль\x1b[2Jга\r\n[red]", author="\x1b]0;title\x07")
    for words in (["clip", "list", SLUG], ["clip", "show", number], ["post", "list", SLUG], ["post", "show", "1"]):
        told = run(*words).out
        assert "\x1b" not in told
        assert "\x07" not in told
        assert "\r" not in told


@pytest.mark.slow
@pytest.mark.parametrize(("language", "word"), [("en", "Usage:"), ("ru", "Вызов:")])
def test_help_is_in_the_language_of_the_settings(run: Run, language: str, word: str) -> None:
    told = run("campaign", "new", "--help", language=language)
    assert told.code == 0
    assert word in told.out
    assert ("Название" in told.out) is (language == "ru")
    assert ("[required]" in told.out) is (language == "en")


@pytest.mark.slow
def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from relay.cli import main; sys.argv = ['relay', '--help']\n"
        "try: main()\n"
        "except SystemExit: print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert not loaded & {
        "sqlmodel",
        "sqlalchemy",
        "pydantic",
        "babel",
        "fastapi",
        "httpx",
        "vk_api",
        "moviepy",
        "numpy",
    }


@pytest.mark.slow
def test_videos_that_never_became_a_clip_are_told_with_their_reason(town: Town, run: Run, relay_at: Relay) -> None:
    town.has_clip()
    with relay_at.transaction() as session:
        video = session.get_one(Video, 1)
        video.state, video.reason = type(video.state)("refused"), "The video is longer than the campaign allows."
        session.add(video)
    (post,) = run("post", "list", SLUG, "--json").document
    (told,) = run("post", "show", post["id"], "--json").document["videos"]
    assert (told["state"], told["reason"]) == ("refused", "The video is longer than the campaign allows.")
    shown = run("post", "show", post["id"], language="ru").out
    assert "не принято" in shown
    assert "Видео длиннее, чем разрешено в кампании." in shown


@pytest.mark.slow
def test_a_data_folder_that_cannot_be_made_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file is in the way", "utf-8")
    answer = run("init")
    assert (answer.code, answer.out) == (1, "")
    assert "can't be made" in answer.line
    assert answer.line.endswith("Set RELAY_DATA_DIR to another one.")


@pytest.mark.slow
def test_init_says_how_to_sign_in_and_changes_nothing_when_run_again(run: Run, tmp_path: Path) -> None:
    first, again = run("init"), run("init")
    assert (first.code, again.code, first.err, again.err) == (0, 0, "", "")
    assert "/sign-in as organizer with " in first.out
    assert again.out == f"Relay is already set up in {tmp_path / 'data'}.\n"


@pytest.mark.media
@pytest.mark.slow
def test_a_full_disk_lets_nothing_in_and_loses_nothing(
    vk: Vk, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, home: Path
) -> None:
    group, file = vk.has_group("gorod", "Город"), tmp_path / "clip.mp4"
    file.write_bytes(b"bytes of a video")
    vk.posts(group, "#proryv80", videos=[vk.uploads(group, file)], at=vk.now() - timedelta(hours=1))
    run("source", "add", SLUG, "vk:gorod")
    run("crawl", SLUG)
    monkeypatch.setenv("RELAY_MIN_FREE_GB", "999999")
    answer = run("work", "--once", language="ru")
    assert answer.code == 1
    assert "а Relay оставляет 999999." in answer.err.splitlines()[-1]
    (post,) = run("post", "list", SLUG, "--json").document
    (video,) = run("post", "show", post["id"], "--json").document["videos"]
    assert video["state"] == "found"
    assert not [path for path in (home / "vault").rglob("*") if path.is_file()]


# Comments


@pytest.mark.slow
def test_comments_are_switched_on_and_off(home: Path, run: Run) -> None:
    assert run(*NEW, "--comments").code == 0
    assert run("campaign", "status", SLUG, "--json").document["comments"] is True
    told = run("campaign", "comments", SLUG, "off")
    assert (told.code, told.out) == (0, "Comments are left aside.\n")
    assert run("campaign", "status", SLUG, "--json").document["comments"] is False
    assert "near misses" in run("campaign", "comments", SLUG, "on").out
    assert run("campaign", "comments", SLUG, "perhaps").code == 2
    assert run("campaign", "comments", "nowhere", "on").code == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("foo", "There is no command foo. See: relay --help"),
        ("campaign foo", "There is no command foo. See: relay campaign --help"),
        ("campaign new", "slug is missing. See: relay campaign new --help"),
        ("work --bar", "There is no option --bar. See: relay work --help"),
        ("serve --port abc", "--port takes a whole number. See: relay serve --help"),
        ("serve --port", "The option --port needs a value. See: relay --help"),
        ("work --once=3", "The option --once takes no value. See: relay --help"),
        ("campaign list x y", "Too many words: x y. See: relay campaign list --help"),
    ],
)
def test_a_wrong_command_is_told_in_one_line(run: Run, words: str, told: str) -> None:
    answer = run(*words.split())
    assert (answer.code, answer.out, answer.err) == (2, "", f"{told}\n")


@pytest.mark.slow
def test_a_wrong_command_is_told_in_russian(run: Run) -> None:
    assert run("foo", language="ru").err == "Команды foo нет. Справка: relay --help\n"


@pytest.mark.slow
def test_a_group_within_a_group_shows_its_help_in_russian(run: Run) -> None:
    answer = run("almanac", "card", language="ru")
    assert "Вызов: relay almanac card" in answer.out
    assert (answer.code, answer.err) == (2, "")


@pytest.mark.slow
def test_who_presses_ctrl_c_hears_that_nothing_is_lost(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def pressed() -> Relay:
        raise KeyboardInterrupt

    monkeypatch.setattr("relay.bootstrap.open_relay", pressed)
    answer = run("work", "--once")
    assert (answer.code, answer.err) == (
        1,
        "Stopped. What was done is kept; the same command goes on from there.\n",
    )


# The only campaign, and a certificate that is gone


@pytest.mark.slow
def test_the_only_campaign_need_not_be_named(home: Path, run: Run) -> None:
    assert run("campaign", "status").line.startswith("No campaigns yet.")
    run(*NEW)
    assert run("campaign", "status", "--json").document["slug"] == SLUG
    assert run("campaign", "start", "--as", "Ольга").out == "Campaign proryv80 is running.\n"
    run("campaign", "new", "spring", *NEW[3:])
    told = run("campaign", "status")
    assert (told.code, told.line) == (2, "Which campaign? There are: spring, proryv80")


@pytest.mark.slow
def test_a_certificate_that_is_gone_stops_only_what_needs_the_network(
    home: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(*NEW)
    monkeypatch.setenv("RELAY_CA_BUNDLE", "/no/such.pem")
    monkeypatch.setenv("RELAY_VK_TOKEN", "canary")
    for words in (
        ("campaign", "status"),
        ("clip", "list"),
        ("hand-in", "list"),
        ("backup", "b.tar"),
        ("audit", "list"),
    ):
        assert (run(*words).code, run(*words).err) == (0, "") or words[0] == "backup"
    refused = run("source", "add", SLUG, "vk:gorod", "--as", "Ольга")
    assert (refused.code, refused.line) == (1, "RELAY_CA_BUNDLE: there is no file /no/such.pem.")
    assert "RELAY_CA_BUNDLE: there is no file /no/such.pem." in run("doctor").out


@pytest.mark.slow
def test_a_disk_that_fails_is_one_line_and_a_bug_is_none(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(number: int) -> None:
        monkeypatch.setattr(Relay, "folder", lambda *_: (_ for _ in ()).throw(OSError(number, os.strerror(number))))

    fails(errno.ENOSPC)
    answer = run("doctor")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == "The disk is full. Free some space and try again; nothing was lost.\n"
    fails(errno.EBADF)
    with pytest.raises(OSError, match="Bad file"):
        run("doctor")


@pytest.mark.slow
def test_what_is_written_is_for_its_owner_only(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    masks: list[int] = []
    monkeypatch.setattr("os.umask", lambda mask: masks.append(mask) or 0)
    assert run("--version").code == 0
    assert masks == [0o077]
