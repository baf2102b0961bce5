#!/usr/bin/env bash
# Question: A recording that begins between two key pictures: how many of its packets does ffmpeg show, and does it say a word?
# Version: ffmpeg n9.0.2 (imageio-ffmpeg 0.8.1), PyAV 18.1.0.
# Behaviour: H.264 in MP4 loses everything before the first key picture: of 74 packets 50 are decoded, `-xerror -v error`
# prints nothing and ends with 0. (At `-v warning` the demuxer speaks of the edit list, not of lost pictures.)
# Seen:
#   74 packets; PyAV decodes 50, ffmpeg reports 50; exit code 0; said: ''
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check av==18.1.0 imageio-ffmpeg==0.8.1
cat >look.py <<'PY'
import subprocess
import av, imageio_ffmpeg

ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
subprocess.run([ffmpeg, "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=160x120:r=25:d=4", "-c:v", "libx264", "-g", "50",
                "-bf", "0", "-x264-params", "scenecut=0", "whole.mp4"], check=True)
# A receiver that is switched on one second late, as with any broadcast.
subprocess.run([ffmpeg, "-v", "error", "-i", "whole.mp4", "-c", "copy", "-bsf:v", r"noise=drop=lt(n\,26)", "late.mp4"], check=True)
with av.open("late.mp4") as container:
    packets = sum(1 for packet in container.demux(video=0) if packet.size)
shown = subprocess.run([ffmpeg, "-v", "error", "-xerror", "-i", "late.mp4", "-f", "null", "-progress", "-", "-"], capture_output=True, text=True)
frames = int([line for line in shown.stdout.splitlines() if line.startswith("frame=")][-1].split("=")[1])
with av.open("late.mp4") as container:
    decoded = sum(1 for _ in container.decode(video=0))
print(f"{packets} packets; PyAV decodes {decoded}, ffmpeg reports {frames}; exit code {shown.returncode}; said: {shown.stderr.strip()!r}")
assert (packets, decoded, shown.returncode, shown.stderr.strip()) == (74, 50, 0, "")
PY
env/bin/python look.py
