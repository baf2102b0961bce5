#!/usr/bin/env bash
# Question: an RSS item has <description>, <content:encoded> and, behind them, <media:description> (Media RSS) or
#   <itunes:summary>, as blogs with a video plugin write them. Which of the three texts does feedparser keep?
# Version: feedparser 6.0.14 (with feedparser-sgmllib 2.1.0), Python 3.11.
# Behaviour: it depends on the order of the elements. A second description goes to `content` while the entry has no
#   `content` yet. Behind <content:encoded> it takes the place of the first one in `summary`, and the item's own
#   description stands nowhere in the entry. The feed is well formed, `bozo` is False, and the three elements come
#   from vocabularies that may be mixed.
# Seen:
#   D M C   summary D  content M C
#   D C M   summary M  content C     <- D is lost
#   D I C   summary D  content I C
#   D C I   summary I  content C     <- D is lost
#   C D M   summary M  content C     <- D is lost
#   M D C   summary M  content D C
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check feedparser==6.0.14 feedparser-sgmllib==2.1.0

cat > look.py <<'PYTHON'
import sys

import feedparser

SPACES = {
    "content": "http://purl.org/rss/1.0/modules/content/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
}
ELEMENTS = {"D": "description", "C": "content:encoded", "M": "media:description", "I": "itunes:summary"}
EXPECTED = {
    "DMC": ("D", "MC"),
    "DCM": ("M", "C"),
    "DIC": ("D", "IC"),
    "DCI": ("I", "C"),
    "CDM": ("M", "C"),
    "MDC": ("M", "DC"),
}


def feed(order: str) -> str:
    spaces = " ".join(f'xmlns:{name}="{address}"' for name, address in SPACES.items())
    inside = "".join(f"<{ELEMENTS[letter]}>{letter}</{ELEMENTS[letter]}>" for letter in order)
    return (
        f'<?xml version="1.0"?><rss version="2.0" {spaces}><channel><title>t</title><link>http://x.example/</link>'
        f"<description>d</description><item><title>i</title>{inside}</item></channel></rss>"
    )


print("feedparser", feedparser.__version__)
changed = False
for order, expected in EXPECTED.items():
    read = feedparser.parse(feed(order).encode())
    (entry,) = read.entries
    seen = entry.summary, "".join(part.value for part in entry.content)
    lost = sorted(set(order) - set("".join(seen)))
    print(" ".join(order), "  summary", seen[0], " content", " ".join(seen[1]), f"  lost: {lost}" if lost else "")
    changed |= seen != expected or bool(read.bozo)
sys.exit(1 if changed else 0)
PYTHON
venv/bin/python look.py
