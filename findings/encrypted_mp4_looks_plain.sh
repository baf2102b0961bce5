#!/usr/bin/env bash
# Question: Can one see through PyAV that an MP4 is encrypted (ISO/IEC 23001-7, 'cenc')?
# Versions: PyAV 18.1.0, imageio-ffmpeg 0.8.1 (ffmpeg n9.0.2).
# Behaviour: not by the track. FFmpeg puts the original format in the place of the sample entry `encv`: codec h264, tag
# 'avc1', the packets' lengths and times as ever; only decoding fails, as with a damaged file. In the file itself stand
# the boxes `encv`, `sinf` and `tenc`.
# Seen:
#   tag: avc1 codec: h264 packets: 50 boxes: [b'encv', b'sinf', b'tenc']
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check av==18.1.0 imageio-ffmpeg==0.8.1
cat >look.py <<'PY'
import subprocess
from pathlib import Path
import av, imageio_ffmpeg

KEY = "00112233445566778899aabbccddeeff"
subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=160x120:d=2", "-c:v", "libx264",
                "-encryption_scheme", "cenc-aes-ctr", "-encryption_key", KEY, "-encryption_kid", KEY, "film.mp4"], check=True)
with av.open("film.mp4") as container:
    stream = container.streams.video[0]
    tag, codec = stream.codec_context.codec_tag, stream.codec_context.name
    packets = sum(1 for packet in container.demux(video=0) if packet.size)
boxes = [name for name in (b"encv", b"sinf", b"tenc") if name in Path("film.mp4").read_bytes()]
print("tag:", tag, "codec:", codec, "packets:", packets, "boxes:", boxes)
assert (tag, codec, packets) == ("avc1", "h264", 50) and len(boxes) == 3
PY
env/bin/python look.py
