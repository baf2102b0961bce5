#!/usr/bin/env bash
# Question: What does `str(stream.disposition)` say of a cover picture, and how can one ask for it?
# Versions: PyAV 18.1.0 on Python 3.11 or newer (imageio-ffmpeg 0.8.1 makes the file).
# Behaviour: the flags are an `enum.IntFlag`, whose text since Python 3.11 is its number: '1024', never 'attached_pic', so that
# `"attached_pic" in str(…)` is always false; `.name` says 'attached_pic', and the flag can be tested with `&`.
# A stream with two flags has the name 'default|attached_pic'.
# Seen:
#   str: '1024' name: 'attached_pic' flag: True
#   two flags: '1025' 'default|attached_pic'
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check av==18.1.0 imageio-ffmpeg==0.8.1
cat >look.py <<'PY'
import subprocess
import av, imageio_ffmpeg
from av.stream import Disposition

ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
subprocess.run([ffmpeg, "-v", "error", "-f", "lavfi", "-i", "sine=d=1", "-f", "lavfi", "-i", "color=red:s=64x64:d=0.04",
                "-map", "0:a", "-map", "1:v", "-c:a", "aac", "-c:v", "png", "-frames:v", "1",
                "-disposition:v:0", "attached_pic", "-y", "music.m4a"], check=True)
with av.open("music.m4a") as container:
    flags = container.streams.video[0].disposition
print("str:", repr(str(flags)), "name:", repr(flags.name), "flag:", bool(flags & Disposition.attached_pic))
assert str(flags) == "1024" and flags.name == "attached_pic" and flags & Disposition.attached_pic
two = Disposition.default | Disposition.attached_pic
print("two flags:", repr(str(two)), repr(two.name))
assert str(two) == "1025" and two.name == "default|attached_pic"
PY
env/bin/python look.py
