#!/usr/bin/env bash
# Question: Does `aresample=async=1` put sound where the file's timestamps say?
# Version: ffmpeg n9.0.2 (imageio-ffmpeg 0.8.1).
# Behaviour: only where they are off by more than 0.1 s. A beep that a hole of 64 ms (three lost AAC packets) precedes comes
# 64 ms early; with `async=1:min_hard_comp=0.01` it comes in time, to the sample. A larger `async` (1000) stretches
# towards the right place instead of jumping there and is still off at the beep. The threshold is `min_hard_comp`,
# whose default is 0.1 s.
# Seen:
#   beep at 3.000 s; heard at 2.936 (async=1), 3.000 (min_hard_comp=0.01), 2.956 (async=1000)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check imageio-ffmpeg==0.8.1 numpy==2.4.6
cat >look.py <<'PY'
import subprocess
import imageio_ffmpeg, numpy

ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
beep = "aevalsrc='0.5*sin(2*PI*1000*t)*between(t,3,3.1)':s=48000:d=4"
subprocess.run([ffmpeg, "-v", "error", "-f", "lavfi", "-i", beep, "-c:a", "aac", "whole.mkv"], check=True)
# The packets from 2 s on are lost for 64 ms; the others keep their times.
subprocess.run([ffmpeg, "-v", "error", "-copyts", "-i", "whole.mkv", "-c", "copy", "-bsf:a", r"noise=drop=between(n\,94\,96)", "lost.mkv"], check=True)

def heard(options):
    raw = subprocess.run([ffmpeg, "-v", "error", "-i", "lost.mkv", "-af", f"aresample=48000:{options}", "-ac", "1", "-f", "f32le", "-"],
                         check=True, capture_output=True).stdout
    loud = numpy.abs(numpy.frombuffer(raw, "f4")) > 0.2
    return float(numpy.argmax(loud)) / 48000

plain, exact, slid = heard("async=1:first_pts=0"), heard("async=1:min_hard_comp=0.01:first_pts=0"), heard("async=1000:first_pts=0")
print(f"beep at 3.000 s; heard at {plain:.3f} (async=1), {exact:.3f} (min_hard_comp=0.01), {slid:.3f} (async=1000)")
assert 0.055 < 3.0 - plain < 0.075 and abs(exact - 3.0) < 0.005 and abs(slid - 3.0) > 0.01
PY
env/bin/python look.py
