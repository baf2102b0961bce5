#!/usr/bin/env bash
# Question: Can the side data of a decoded frame be walked through, whatever the file holds?
# Versions: PyAV 18.1.0, Pillow 12.0.0, imageio-ffmpeg 0.8.1.
# Behaviour: no. Frames of a Motion JPEG file whose pictures carry EXIF (cameras write them so) decode without a word, but the
# mere reading of `frame.side_data` raises ValueError '31 is not a valid Type': FFmpeg has more kinds of side data than
# the binding's enumeration. `frame.rotation` does not need it and works.
# Seen:
#   5 frames; rotation 0
#   side data: ValueError: 31 is not a valid Type
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check av==18.1.0 pillow==12.0.0 imageio-ffmpeg==0.8.1
cat >look.py <<'PY'
import subprocess
import av, imageio_ffmpeg
from PIL import Image

exif = Image.Exif()
exif[0x010F] = "Camera"
for number in range(5):
    Image.new("RGB", (64, 48), (40 * number, 90, 160)).save(f"{number}.jpg", exif=exif)
subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-framerate", "5", "-i", "%d.jpg", "-c", "copy", "camera.avi"], check=True)
with av.open("camera.avi") as container:
    frames = list(container.decode(video=0))
print(len(frames), "frames; rotation", frames[0].rotation)
try:
    print("side data:", list(frames[0].side_data))
    raise SystemExit("the side data can be read now")
except ValueError as error:
    print("side data: ValueError:", error)
assert len(frames) == 5 and frames[0].rotation == 0
PY
env/bin/python look.py
