#!/usr/bin/env bash
# Question: What becomes of comments and cue names of a valid WebVTT file in pysubs2?
# Version: pysubs2 1.8.1.
# Behaviour: they are spoken. The reader of WebVTT is that of SubRip with other times, so a NOTE between
# two cues and the name of the next one become lines of the cue before them.
# Seen:
#   ['Hello\\N\\NNOTE checked by Olga\\N\\Nsecond', 'Verses']
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check pysubs2==1.8.1
cat >look.py <<'PY'
import pysubs2

VTT = """WEBVTT

first
00:01.000 --> 00:02.000
Hello

NOTE checked by Olga

second
00:03.000 --> 00:04.000
Verses
"""
lines = [event.text for event in pysubs2.SSAFile.from_string(VTT, format_="vtt")]
print(lines)
assert lines == [r"Hello\N\NNOTE checked by Olga\N\Nsecond", "Verses"]
PY
env/bin/python look.py
