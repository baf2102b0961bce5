"""The pictures of the README: plays the demo, takes a frame of its film and a screenshot of its desk."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from relay.media.toolbox import Toolbox

DOCS = Path(__file__).resolve().parents[1] / "docs"
BROWSER = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        data = Path(name) / "demo"
        words = [sys.executable, "-m", "relay", "demo", "--data", str(data), "--port", "0"]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as demo:
            assert demo.stdout is not None
            link = next(found[0] for line in demo.stdout if (found := re.search(r"http://\S+", line)))
            frame(next((data / "almanacs").glob("*.mp4")))
            screen(link)
            demo.send_signal(signal.SIGINT)


def frame(film: Path) -> None:
    toolbox = Toolbox()
    with tempfile.TemporaryDirectory() as folder:
        words = ["-v", "error", "-ss", "6.5", "-i", str(film), "-frames:v", "1", "-vf", "scale=1280:-2", "-q:v", "3"]
        toolbox.run([toolbox.ffmpeg, *words, "film.jpg"], folder=Path(folder), reads=[film])
        shutil.copy(Path(folder) / "film.jpg", DOCS / "film.jpg")


def screen(link: str) -> None:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=BROWSER)
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        page.goto(link)
        page.locator("form button").first.click()
        page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/")[2] + "/campaigns/proryv80/queue")
        page.wait_for_timeout(2500)
        page.screenshot(path=DOCS / "desk.png")
        browser.close()


if __name__ == "__main__":
    main()
