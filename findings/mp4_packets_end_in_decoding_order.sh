#!/usr/bin/env bash
# Question: Where does a track of an MP4 end: at the largest `pts + duration` of its packets?
# Version: PyAV 18.1.0 (imageio-ffmpeg 0.8.1 makes the file).
# Behaviour: no. In MP4 the length of a packet is the step to the next one in *decoding* order. With B-frames and uneven
# times (phones, screen recordings) the packet that carries a gap is not the one shown before the gap: a file whose
# last picture stands at 3.96 s for 0.04 s has a packet that "ends" at 5.2 s. The same pictures without B-frames, or in
# Matroska, give 4.0 s.
# Seen:
#   b.mp4: last picture at 3.960 s, largest pts + duration 5.200 s
#   plain.mp4: last picture at 3.960 s, largest pts + duration 4.000 s
#   b.mkv: last picture at 3.960 s, largest pts + duration 4.000 s
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
# Four seconds at 25 a second; the camera gives nothing between 2.0 and 3.6 s.
def make(name, b_frames):
    subprocess.run([ffmpeg, "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=160x120:r=25:d=4", "-vf", "select='not(between(t,2.01,3.59))'",
                    "-fps_mode", "vfr", "-c:v", "libx264", "-bf", str(b_frames), "-x264-params", "b-adapt=0:scenecut=0", name], check=True)

def ends(name):
    with av.open(name) as container:
        packets = [p for p in container.demux(video=0) if p.size]
        base = packets[0].time_base
        return float(max(p.pts for p in packets) * base), float(max(p.pts + p.duration for p in packets) * base)

make("b.mp4", 3); make("plain.mp4", 0); make("b.mkv", 3)
for name in ("b.mp4", "plain.mp4", "b.mkv"):
    print(f"{name}: last picture at {ends(name)[0]:.3f} s, largest pts + duration {ends(name)[1]:.3f} s")
assert all(abs(ends(name)[0] - 3.96) < 0.011 for name in ("b.mp4", "plain.mp4", "b.mkv"))
assert ends("b.mp4")[1] > 4.3 and abs(ends("plain.mp4")[1] - 4.0) < 0.011 and abs(ends("b.mkv")[1] - 4.0) < 0.011
PY
env/bin/python look.py
