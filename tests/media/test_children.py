"""What the children for lists and pictures do, called here instead of in a process of their own."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from relay.config import Settings
from relay.errors import Closed, Refused, RelayError, SourceError, ToolFailed, TryLater
from relay.media import lister, outgoing, pictures
from relay.media.children import listing, picture
from relay.media.children.fetch import Teller
from relay.media.lister import YtDlpLister
from relay.media.toolbox import Done, Limits
from relay.ports import Author, Listed
from relay.sources import networks
from tests.media.children.test_fetch import error, http

# --- lists ---


@dataclass
class Downloader:
    """In the place of yt_dlp.YoutubeDL."""

    info: Any = None

    def __call__(self, _words: dict[str, Any]) -> Downloader:
        return self

    def __enter__(self) -> Downloader:
        return self

    def __exit__(self, *_: object) -> None: ...

    def extract_info(self, _url: str, *, download: bool, process: bool) -> Any:
        assert not download
        assert not process
        if isinstance(self.info, Exception):
            raise self.info
        return self.info


JOB = {"url": "https://www.youtube.com/@gorod/videos", "most": 2, "proxy": "", "extractors": ["youtube"]}


def listed(monkeypatch: pytest.MonkeyPatch, info: Any) -> dict[str, Any]:
    import yt_dlp

    monkeypatch.setattr(yt_dlp, "YoutubeDL", Downloader(info))
    return listing.listing(JOB, Teller())


def test_no_more_is_listed_than_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    info = {"title": "а" * 600, "entries": iter([{"id": str(number)} for number in range(5)])}
    told = listed(monkeypatch, info)
    assert [one["id"] for one in told["entries"]] == ["0", "1"]
    assert len(told["title"]) == 500
    assert listed(monkeypatch, {"entries": None}) == {"title": "", "entries": []}


def test_a_page_with_one_video_is_a_list_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    (one,) = listed(monkeypatch, {"id": "1", "title": "Письмо", "uploader": "Город", "uploader_id": "@g"})["entries"]
    assert (one["id"], one["title"], one["author"], one["author_id"]) == ("1", "Письмо", "Город", "@g")
    assert listing.entry({"channel": "", "uploader": "Город", "channel_id": "UC1", "uploader_id": "@g"}) == {
        **dict.fromkeys(listing.FIELDS), "author_id": "UC1", "author": "Город",
    }  # fmt: skip


def test_an_error_is_told_by_its_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    assert listed(monkeypatch, error(http(404), "ERROR: gone" + "x" * 400)) == {
        "error": "gone", "text": "gone" + "x" * 296,
    }  # fmt: skip


def test_a_list_is_made_without_other_programs_secrets_or_a_word_too_many() -> None:
    assert listing.options({**JOB, "proxy": None}) == {
        "extract_flat": "in_playlist",
        "allowed_extractors": ["youtube"],
        "extractor_args": {"youtubetab": {"approximate_date": [""]}},
        "proxy": "",
        "socket_timeout": 20,
        "extractor_retries": 1,
        "js_runtimes": {},
        "cachedir": False,
        "quiet": True,
        "no_warnings": True,
        "noprogress": True,
        "usenetrc": False,
        "ignoreerrors": False,
        "compat_opts": {"no-certifi"},
    }
    assert listing.options({**JOB, "proxy": "socks5://10.0.0.1"})["proxy"] == "socks5://10.0.0.1"


def test_the_child_for_lists_guards_itself_before_it_looks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    guarded: list[tuple[list[tuple[str, int]], str]] = []

    def install(allowed: list[tuple[str, int]], refused: Callable[[str], None]) -> None:
        refused("10.0.0.1 is not a public address")
        guarded.append((allowed, capsys.readouterr().out))

    def list_after(job: dict[str, Any], tell: Teller) -> dict[str, Any]:
        return {"title": job["url"], "entries": [], "refused": tell.refusals, "guarded": len(guarded)}

    monkeypatch.setattr(listing.connect_guard, "install", install)
    monkeypatch.setattr(listing, "listing", list_after)
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(JOB | {"allowed": [["127.0.0.1", 80]]}) + "\n"))
    listing.main()
    assert guarded == [([("127.0.0.1", 80)], "")]
    assert json.loads(capsys.readouterr().out) == {
        "title": JOB["url"], "entries": [], "refused": ["10.0.0.1 is not a public address"], "guarded": 1,
    }  # fmt: skip


class Tool:
    """In the place of a toolbox: says this line."""

    def __init__(self, said: object) -> None:
        self.said, self.asked = said, [{}]

    def python(self, module: str) -> list[str]:
        return [module]

    def run(self, argv: list[str], **more: Any) -> Done:
        self.asked = [json.loads(line) for line in more["feed"]]
        assert argv == ["relay.media.children.listing"]
        assert more["network"] is True
        assert more["limits"] == Limits(memory_mb=2048, cpu_seconds=120, wall_seconds=180, file_mb=16)
        assert more["folder"].name.startswith("relay-list-")
        self.folder = more["folder"]
        assert Path(more["env"]["SSL_CERT_FILE"]).parent == more["folder"]
        if isinstance(self.said, Exception):
            raise self.said
        return Done(self.said if isinstance(self.said, str) else json.dumps(self.said), "", 0, 0.0)


def told_by(settings: Settings, said: object) -> Any:
    tool = Tool(said)
    try:
        return YtDlpLister(settings, tool, networks.list_extractors()).entries("https://x", most=5)  # type: ignore[arg-type]
    finally:
        assert tool.asked == [
            {"url": "https://x", "most": 5, "extractors": ["youtube", "youtube:tab"], "proxy": "", "allowed": []}
        ]
        assert not tool.folder.exists()


BY_ITSELF = "Relay tries again by itself; nothing was lost."
ENTRY = {
    "id": "1",
    "title": "Письмо\x00",
    "timestamp": 1673514000,
    "duration": 75,
    "author": "Город",
    "author_id": "@g",
}


NOT_OVER, NOT_FOR_ALL = "The broadcast is not over yet.", "The video is not for everybody."


@pytest.mark.parametrize(
    ("change", "blocked", "at"),
    [
        ({}, "", datetime(2023, 1, 12, 9, 0, tzinfo=UTC)),
        ({"timestamp": None}, "", None),
        ({"timestamp": 0}, "", None),
        ({"timestamp": -5}, "", None),
        ({"timestamp": 1}, "", datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)),
        ({"timestamp": 2**33 - 1}, "", datetime(2242, 3, 16, 12, 56, 31, tzinfo=UTC)),
        ({"timestamp": 2**33}, "", None),
        ({"timestamp": "soon"}, "", None),
        *(
            ({"live_status": word, "timestamp": None}, NOT_OVER, None)
            for word in ("is_live", "is_upcoming", "post_live")
        ),
        ({"live_status": "was_live", "timestamp": None}, "", None),
        ({"live_status": "is_live", "availability": "private", "timestamp": None}, NOT_OVER, None),
        *(
            ({"availability": word, "timestamp": None}, NOT_FOR_ALL, None)
            for word in ("private", "premium_only", "subscriber_only", "needs_auth")
        ),
        ({"availability": "public", "timestamp": None}, "", None),
    ],
)
def test_a_listed_video(change: dict[str, Any], at: datetime | None, blocked: str) -> None:
    entry = {**ENTRY, "description": "  о деде\n", **change}
    assert lister._parsed(json.dumps({"title": " Город ", "entries": [entry, {"id": ""}, {"id": "2"}]})) == (
        "Город",
        [Listed("1", "Письмо", "о деде", at, 75.0, Author("@g", "Город"), blocked), Listed("2", author=Author("", ""))],
    )


def test_a_list_is_asked_for_in_a_folder_that_goes(settings: Settings) -> None:
    assert told_by(settings, {"title": " Город ", "entries": []}) == ("Город", [])


SAID = "a " * 50 + "b" * 100


@pytest.mark.parametrize(
    ("said", "kind", "line"),
    [
        ({"error": "gone", "text": " 404\n x"}, Closed, "The list is not there, or not for us. It said: 404 x"),
        ({"error": "for_some", "text": SAID * 2}, Closed, f"The list is not there, or not for us. It said: {SAID}"),
        ({"error": "elsewhere", "text": ""}, Refused, "The link leads to no list that can be read."),
        (
            {"error": "broken", "text": "x"},
            TryLater,
            "yt-dlp no longer understands the network. Update yt-dlp. It said: x",
        ),
        ({"error": "not_yet", "text": "x"}, TryLater, f"The network did not give the list. It said: x {BY_ITSELF}"),
        ("", TryLater, f"The lister ended without a word. {BY_ITSELF}"),
        ("{", TryLater, f"The lister ended without a word. {BY_ITSELF}"),
        (ToolFailed("too long"), TryLater, f"The list took too long. {BY_ITSELF}"),
    ],
)
def test_what_a_list_that_is_none_means(settings: Settings, said: object, kind: type[Exception], line: str) -> None:
    with pytest.raises(kind) as raised:
        told_by(settings, said)
    assert isinstance(raised.value, RelayError)
    assert raised.value.line == line
    if isinstance(raised.value, SourceError):
        assert raised.value.requests == 1
    if isinstance(raised.value, Closed):
        assert raised.value.gone


def test_what_was_said_before_the_answer_does_not_count(settings: Settings) -> None:
    assert told_by(settings, '{"progress": 1}\n{"title": "x", "entries": []}\n') == ("x", [])


@pytest.mark.parametrize(
    ("proxy", "pairs"),
    [
        ("", set()),
        ("http://proxy.example:3128", {("proxy.example", 3128)}),
        ("proxy.example:3128", {("proxy.example", 3128)}),
        ("socks5://10.0.0.1", {("10.0.0.1", 80)}),
        ("http://", set()),
    ],
)
def test_the_proxy_may_be_reached(proxy: str, pairs: set[tuple[str, int]]) -> None:
    assert outgoing._address_of(proxy) == pairs


def test_a_child_reaches_what_the_settings_name_and_the_proxy(settings: Settings) -> None:
    settings = settings.model_copy(
        update={"proxy": "http://proxy.example:3128", "allow_private": "b.example:81,a.example:82"}
    )
    assert outgoing.reach(settings) == {
        "proxy": "http://proxy.example:3128",
        "allowed": [("a.example", 82), ("b.example", 81), ("proxy.example", 3128)],
    }


def test_a_certificate_of_ones_own_stands_behind_the_usual_ones(settings: Settings, tmp_path: Path) -> None:
    own = tmp_path / "own.pem"
    own.write_bytes(b"OUR OWN")
    trusted = outgoing.trust(settings.model_copy(update={"ca_bundle": own}), tmp_path)["SSL_CERT_FILE"]
    assert Path(trusted) == tmp_path / "trusted.pem"
    assert Path(trusted).read_bytes().endswith(b"\nOUR OWN")
    assert b"BEGIN CERTIFICATE" in Path(trusted).read_bytes()
    assert b"OUR OWN" not in Path(outgoing.trust(settings, tmp_path)["SSL_CERT_FILE"]).read_bytes()


def test_text_of_the_network_becomes_data() -> None:
    assert outgoing.clean(" а\x00б\u202e\n\tв\ud800 ") == "аб\n\tв?"
    assert outgoing.clean(None) == ""
    assert [outgoing.number_in(value) for value in (1, 1.5, "1", None)] == [1.0, 1.5, None, None]


# --- pictures ---


def seen(path: Path, kind: str = "PNG", *, longest: int = 100) -> tuple[dict[str, Any], np.ndarray]:
    target = path.with_name("pixels.rgb")
    told = picture.decode({"path": str(path), "format": kind, "longest": longest, "target": str(target)})
    pixels = np.fromfile(target, np.uint8).reshape(told["inner_height"], told["inner_width"], 3)
    return told, pixels


def test_a_picture_comes_as_bare_pixels_of_its_size(tmp_path: Path) -> None:
    Image.new("RGB", (60, 40), (255, 0, 0)).save(tmp_path / "a.png")
    told, pixels = seen(tmp_path / "a.png")
    assert told == {"width": 60, "height": 40, "inner_width": 60, "inner_height": 40}
    assert (pixels == [255, 0, 0]).all()


def test_a_large_picture_is_made_smaller_and_tells_its_own_size(tmp_path: Path) -> None:
    Image.new("RGB", (400, 200)).save(tmp_path / "a.png")
    told, _ = seen(tmp_path / "a.png")
    assert told == {"width": 400, "height": 200, "inner_width": 100, "inner_height": 50}


@pytest.mark.parametrize(("turn", "upright"), [(1, False), (3, False), (4, False), (5, True), (6, True), (8, True)])
def test_a_picture_of_a_turned_camera_is_upright(tmp_path: Path, turn: int, *, upright: bool) -> None:
    image = Image.new("RGB", (60, 40))
    exif = image.getexif()
    exif[0x0112] = turn
    image.save(tmp_path / "a.jpg", exif=exif)
    told, _ = seen(tmp_path / "a.jpg", "JPEG")
    assert (told["width"], told["height"]) == ((40, 60) if upright else (60, 40))
    assert (told["inner_width"], told["inner_height"]) == (told["width"], told["height"])


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_lies_on_white(tmp_path: Path, mode: str) -> None:
    image = Image.new("RGBA", (4, 4), (0, 0, 0, 0)).convert(mode)
    image.save(tmp_path / "a.png", **({"transparency": 0} if mode == "P" else {}))
    assert (seen(tmp_path / "a.png")[1] == 255).all()


def test_sixteen_bits_become_eight(tmp_path: Path) -> None:
    Image.fromarray(np.full((4, 4), 128 << 8, np.uint16)).save(tmp_path / "a.png")
    assert (seen(tmp_path / "a.png")[1] == 128).all()


def test_colours_of_another_profile_become_ordinary_ones_and_a_broken_profile_is_left(tmp_path: Path) -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    for name, given in (("odd", profile.tobytes()), ("broken", b"no profile")):
        Image.new("RGB", (4, 4), (10, 20, 30)).save(tmp_path / f"{name}.png", icc_profile=given)
        assert (seen(tmp_path / f"{name}.png")[1] == [10, 20, 30]).all()


def test_a_file_of_another_format_is_told_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png")
    job = {"path": str(tmp_path / "a.png"), "format": "JPEG", "most": 100, "longest": 9, "target": str(tmp_path / "x")}
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)
    for change in ({}, {"format": "PNG", "path": str(tmp_path / "none")}, {"format": "PNG", "most": 4}):
        monkeypatch.setattr(sys, "argv", ["picture_child", json.dumps(job | change)])
        picture.main()
        assert "error" in json.loads(capsys.readouterr().out)
    monkeypatch.setattr(sys, "argv", ["picture_child", json.dumps(job | {"format": "PNG"})])
    picture.main()
    assert json.loads(capsys.readouterr().out)["inner_width"] == 4


class Decoder:
    """In the place of a toolbox: writes so many bytes of pixels, and says this."""

    def __init__(self, said: object, size: int) -> None:
        self.said, self.size = said, size
        self.asked: dict[str, Any] = {}

    def python(self, module: str, job: str) -> list[str]:
        self.asked = json.loads(job)
        return [module]

    def run(self, argv: list[str], *, folder: Path, reads: list[Path], limits: Any) -> Done:
        assert argv == ["relay.media.children.picture"]
        assert [str(path) for path in reads] == [self.asked["path"]]
        assert limits == Limits(memory_mb=4096, cpu_seconds=60, wall_seconds=180, file_mb=96, open_files=64)
        (folder / self.asked["target"]).write_bytes(bytes(self.size))
        if isinstance(self.said, Exception):
            raise self.said
        return Done(self.said if isinstance(self.said, str) else json.dumps(self.said), "", 0, 0.0)


TOLD = {"width": 60, "height": 40, "inner_width": 6, "inner_height": 4}


def looked(
    folder: Path, said: object, size: int = 72, *, longest: int = 6, head: bytes = b"\xff\xd8\xff"
) -> pictures.Seen:
    path = folder / "Ладога.jpg"
    path.write_bytes(head)
    work = folder / "work"
    work.mkdir(exist_ok=True)
    try:
        return pictures.decode(Decoder(said, size), path, work, longest=longest)  # type: ignore[arg-type]
    finally:
        assert list(work.iterdir()) == []


def test_pixels_come_in_the_shape_that_was_told(tmp_path: Path) -> None:
    decoder = Decoder(TOLD, 72)
    found = looked(tmp_path, TOLD)
    assert (found.width, found.height, found.pixels.shape) == (60, 40, (4, 6, 3))
    found = pictures.decode(decoder, tmp_path / "Ладога.jpg", tmp_path / "work")  # type: ignore[arg-type]
    assert (found.width, found.height, found.pixels.shape) == (60, 40, (4, 6, 3))
    assert decoder.asked == {
        "path": str(tmp_path / "Ладога.jpg"), "format": "JPEG", "most": 250_000_000, "longest": 4096,
        "target": "pixels.rgb",
    }  # fmt: skip
    square = looked(tmp_path, TOLD | {"inner_width": 6, "inner_height": 6}, 108)
    assert square.pixels.shape == (6, 6, 3)
    assert looked(tmp_path, TOLD | {"inner_width": 1, "inner_height": 1}, 3).pixels.shape == (1, 1, 3)


@pytest.mark.parametrize(
    ("said", "size"),
    [
        (TOLD, 71),
        (TOLD, 73),
        (TOLD | {"inner_width": 7}, 84),
        (TOLD | {"inner_height": 7, "inner_width": 4}, 84),
        (TOLD | {"inner_width": 0}, 0),
        (TOLD | {"inner_height": 0}, 0),
        (TOLD | {"inner_width": -6, "inner_height": -4}, 72),
    ],
)
def test_a_child_is_not_believed_about_more_than_it_was_asked_for(tmp_path: Path, said: object, size: int) -> None:
    with pytest.raises(Refused, match=r"Ладога\.jpg is not a picture"):
        looked(tmp_path, said, size)


@pytest.mark.parametrize("said", [{"error": "broken"}, "no json", ""])
def test_a_damaged_picture_is_refused(tmp_path: Path, said: object) -> None:
    path = tmp_path / "Ладога.jpg"
    path.write_bytes(b"\xff\xd8\xff")
    (tmp_path / "work").mkdir()
    for answer in (said, ToolFailed("killed")):
        with pytest.raises(Refused, match="is not a picture") as refused:
            pictures.decode(Decoder(answer, 0), path, tmp_path / "work")  # type: ignore[arg-type]
        assert refused.value.hint == "Give a JPEG, PNG, WebP or TIFF."


def test_another_file_is_never_given_to_a_decoder(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="is not a picture"):
        looked(tmp_path, AssertionError("asked"), head=b"GIF89a")
