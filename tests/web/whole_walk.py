"""An invented neighbourhood and a `relay up` of its own over it: what the walks from an empty folder to a signed film
begin with, and what they look at in the film.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image, ImageDraw

from relay.bootstrap import wall_clock
from relay.sandbox.network import Network
from relay.sandbox.server import Sandbox
from tests.channels.test_mail import Office, serving

NAMES = (
    "Анна Соколова", "Борис Лебедев", "Вера Морозова", "Глеб Волков", "Дарья Зайцева", "Егор Ильин", "Жанна Королёва",
    "Зоя Орлова", "Иван Фомин", "Кира Журавлёва", "Лев Калинин", "Мария Рябова", "Николай Белов", "Ольга Громова",
    "Павел Ершов", "Раиса Карпова", "Софья Голубева", "Тимур Галиев", "Ульяна Снегирёва", "Фёдор Тихонов",
)  # fmt: skip
TOWNS = ("Тосно", "Гатчина")
EMBLEM = (170, 30, 40)
"""The colour of the organizers' emblem, which no other picture has."""
LONGEST_WAIT = 180.0
SILENCE = -50.0
"""dB: below that there is nothing to hear."""


def filmed(path: Path, number: int) -> Path:
    """Two seconds that look and sound like no other number's."""
    dice = random.Random(number)
    boxes = ",".join(
        f"drawbox=x={dice.randrange(280)}:y={dice.randrange(150)}"
        f":w={dice.randrange(30, 110)}:h={dice.randrange(20, 80)}:color=0x{dice.randrange(1 << 24):06x}:t=fill"
        for _ in range(7)
    )
    picture = f"gradients=size=320x180:rate=25:duration=2:seed={number}:n=6:speed=0.08,{boxes}"
    tone = f"0.3*sin(2*PI*{190 + 41 * number}*t)*(0.6+0.4*sin(2*PI*{2 + number % 7}*t))"
    _ffmpeg(
        *("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", f"aevalsrc={tone}:s=48000:d=2"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", str(path)),
    )
    return path


def _ffmpeg(*words: str) -> str:
    """What it said on stderr."""
    command = [get_ffmpeg_exe(), "-hide_banner", "-nostdin", "-y", *words]
    done = subprocess.run(command, check=True, timeout=120, capture_output=True)
    return done.stderr.decode("utf-8", "replace")


@dataclass(frozen=True)
class Luggage:
    """Files that an editor brings along."""

    music: Path
    picture: Path
    emblem: Path


def packed(folder: Path) -> Luggage:
    folder.mkdir()
    music, picture, emblem = folder / "music.mp3", folder / "picture.jpg", folder / "emblem.png"
    _ffmpeg("-f", "lavfi", "-i", "sine=frequency=220:duration=40", "-c:a", "libmp3lame", str(music))
    drawn = Image.new("RGB", (640, 480), (70, 80, 90))
    ImageDraw.Draw(drawn).ellipse((120, 90, 520, 390), fill=(180, 175, 160))
    drawn.save(picture)
    Image.new("RGB", (300, 300), EMBLEM).save(emblem)
    return Luggage(music, picture, emblem)


def neighbourhood(folder: Path, people: int) -> Network:
    """Two publics that carry what residents of their towns have posted with #proryv80."""
    folder.mkdir()
    with ThreadPoolExecutor(2) as pool:
        files = list(pool.map(lambda number: filmed(folder / f"{number:02}.mp4", number), range(people)))
    network = Network(wall_clock)
    publics = [network.vk.has_group("tosno", "Наш Тосно"), network.vk.has_group("gatchina", "Гатчина сегодня")]
    for number, (name, file) in enumerate(zip(NAMES, files, strict=False)):
        first, last = name.split()
        town, at = TOWNS[number % 2], wall_clock() - timedelta(minutes=5 * (people - number) + 2)
        resident = network.vk.has_resident(first, last, town=town)
        video = network.vk.uploads(resident, file, title=f"{name} читает", width=320, height=180, duration=2, at=at)
        own = network.vk.posts(
            resident, f"Читаю дневник. {name}, {20 + number} лет, {town} #proryv80", videos=[video], at=at
        )
        network.vk.posts(publics[number % 2], "Наши читают #proryv80", repost_of=own, at=at)
    return network


@dataclass(frozen=True)
class Started:
    """A `relay up`: its address, the password that it printed, its data folder; the mail that it sent."""

    url: str
    password: str
    folder: Path
    office: Office
    token: str

    def letter_to(self, address: str) -> EmailMessage:
        """The newest, as soon as it is there."""
        for _ in waiting():
            found = [message for message, to in zip(self.office.taken, self.office.to, strict=False) if address in to]
            if found:
                return found[-1]
        raise TimeoutError(address)

    def link_to(self, address: str) -> str:
        found = re.search(r"http://\S+", self.letter_to(address).get_content())
        assert found is not None
        return found[0]


@contextmanager
def started(network: Network, folder: Path) -> Iterator[Started]:
    """Nothing but an empty folder and a network; ends the process that it began."""
    folder.mkdir()
    office = Office()
    with Sandbox(network) as sandbox, serving(office) as port:
        own = {name: value for name, value in sandbox.settings().items() if name != "RELAY_VK_TOKEN"}
        own |= {
            "RELAY_DATA_DIR": str(folder / "data"), "RELAY_PORT": "0", "RELAY_LANGUAGE": "en", "RELAY_VK_RATE": "60",
            "RELAY_MIN_FREE_GB": "0", "RELAY_FILM_PRESET": "ultrafast", "RELAY_ALERT_FROM": "relay@library.example",
            "RELAY_SMTP_URL": f"smtp://127.0.0.1:{port}",
        }  # fmt: skip
        clean = {name: value for name, value in os.environ.items() if not name.startswith("RELAY_")}
        with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
            command = [sys.executable, "-m", "relay", "up"]
            child = subprocess.Popen(command, cwd=folder, env={**clean, **own}, stdout=out, stderr=err)
        try:
            url, password = _told(child, folder)
            yield Started(url, password, folder / "data", office, network.vk.api.token)
            assert "Traceback" not in (folder / "err").read_text("utf-8"), "nothing went wrong behind the pages"
        finally:
            child.terminate()
            child.wait(timeout=40)


def _told(child: subprocess.Popen[bytes], folder: Path) -> tuple[str, str]:
    for _ in waiting():
        said = (folder / "out").read_text("utf-8")
        password = re.search(r"as organizer with (\S+)", said)
        url = re.search(r"The desk is at (http://\S+)", said)
        if password and url:
            return url[1], password[1]
        assert child.poll() is None, (folder / "err").read_text("utf-8")
    raise TimeoutError(said)


def waiting(seconds: float = LONGEST_WAIT) -> Iterator[None]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield
        time.sleep(0.3)


def facts_of(film: Path) -> str:
    """What ffmpeg tells of the file: chapters and tracks."""
    command = [get_ffmpeg_exe(), "-hide_banner", "-i", str(film)]  # fails, because it is asked for no file
    done = subprocess.run(command, check=False, capture_output=True, timeout=60)
    return done.stderr.decode("utf-8", "replace")


def loudness(film: Path, start: float, seconds: float) -> float:
    """dB, of a piece of the film's sound."""
    said = _ffmpeg(
        "-ss", f"{start}", "-t", f"{seconds}", "-i", str(film), "-vn", "-af", "volumedetect", "-f", "null", "-"
    )
    found = re.search(r"mean_volume: (-?[\d.]+) dB", said)
    assert found is not None, said
    return float(found[1])


def shows(film: Path, colour: tuple[int, int, int], start: float, folder: Path) -> bool:
    """Whether a picture of each second from `start` on has a good piece of that colour."""
    folder.mkdir()
    _ffmpeg("-ss", f"{start}", "-i", str(film), "-vf", "fps=1,scale=480:-2", str(folder / "%03d.png"))
    return any(_has(Image.open(path), colour) for path in sorted(folder.iterdir()))


def _has(picture: Image.Image, colour: tuple[int, int, int]) -> bool:
    near = sum(
        count
        for count, seen in picture.convert("RGB").getcolors(1 << 24) or []
        if isinstance(seen, tuple) and all(abs(a - b) < 14 for a, b in zip(seen, colour, strict=True))
    )
    return near > 400
