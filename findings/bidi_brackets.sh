#!/usr/bin/env bash
# Question: do the two `get_display` of python-bidi put a line of Hebrew and Cyrillic with brackets into one order?
# Version:  python-bidi 0.6.12, Python 3.11
# Behaviour: no. `bidi.get_display` (the Rust crate unicode-bidi) follows rule N0 of UAX 9: both brackets of a pair take
#   one direction; but it leaves out L4: brackets that run to the left are not mirrored, which is left to who draws.
#   `bidi.algorithm.get_display` (Python, kept for those who imported it from there) mirrors, and has no N0: the closing
#   bracket behind «Казань» goes with the number that follows, and stands on the wrong side of the town. Without brackets
#   the two agree. Whoever needs levels of embedding, and so takes the Python steps, has to add N0.
# Seen:
#   brackets   rust   '.1943 г ,)Казань( םולש'
#   brackets   python '.Казань), 1943 г) םולש'
#   no bracket rust   'Казань, 1943 םולש'
#   no bracket python 'Казань, 1943 םולש'
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
"${PYTHON:-python3}" -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check python-bidi==0.6.12
cat >look.py <<'PY'
import bidi
import bidi.algorithm

lines = {"brackets": "שלום (Казань), 1943 г.", "no bracket": "שלום Казань, 1943"}
seen = {
    (name, reader): show(text)
    for name, text in lines.items()
    for reader, show in (("rust", bidi.get_display), ("python", bidi.algorithm.get_display))
}
for (name, reader), line in seen.items():
    print(f"{name:10} {reader:6} {line!r}")
same = {name: seen[name, "rust"] == seen[name, "python"] for name in lines}
raise SystemExit(same != {"brackets": False, "no bracket": True})
PY
venv/bin/python look.py
