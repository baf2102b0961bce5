#!/usr/bin/env bash
# Question: Is a moment that feedparser gives for an entry the moment that stands in the feed?
# Version: feedparser 6.0.14.
# Behaviour: not always, and without `bozo` or another sign. `2023/1/12 10:00:00` is read as 1 November 2023, `12-01-2023
# 11:00:00` as 20 January 2012, `1673506800` (unix seconds of that day) as the year 1673, `20230112T100000+0300` as
# midnight; `10:00:00 UTC+3` keeps its hours and loses its offset. `12.01.2023 10:00` is not read at all.
# Seen:
#   '2023/1/12 10:00:00'                   -> 2023-11-01 00:00 (bozo False)
#   '12-01-2023 11:00:00'                  -> 2012-01-20 00:00 (bozo False)
#   '1673506800'                           -> 1673-11-01 00:00 (bozo False)
#   '20230112T100000+0300'                 -> 2023-01-12 00:00 (bozo False)
#   'Thu, 12 Jan 2023 10:00:00 UTC+3'      -> 2023-01-12 10:00 (bozo False)
#   '12.01.2023 10:00'                     -> nothing (bozo False)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check feedparser==6.0.14
cat >look.py <<'PY'
import time
import feedparser

EXPECTED = {
    "2023/1/12 10:00:00": "2023-11-01 00:00",
    "12-01-2023 11:00:00": "2012-01-20",
    "1673506800": "1673",
    "20230112T100000+0300": "2023-01-12 00:00",
    "Thu, 12 Jan 2023 10:00:00 UTC+3": "2023-01-12 10:00",
    "12.01.2023 10:00": "nothing",
}
failed = False
for words, expected in EXPECTED.items():
    feed = feedparser.parse(f'<rss version="2.0"><channel><title>t</title><item><title>i</title><pubDate>{words}</pubDate></item></channel></rss>')
    moment = feed.entries[0].get("published_parsed")
    seen = time.strftime("%Y-%m-%d %H:%M", moment) if moment else "nothing"
    print(f"{words!r:38} -> {seen} (bozo {feed.bozo})")
    failed |= not seen.startswith(expected) or bool(feed.bozo)
raise SystemExit(failed)
PY
env/bin/python look.py
