#!/usr/bin/env bash
# Question: is the codec_tag that PyAV gives for a stream always a text?
# Versions: av 18.1.0, imageio-ffmpeg 0.8.1 (its ffmpeg only writes the files).
# Behaviour: no. PyAV reads the four bytes of a tag as ASCII. Where Matroska carries a codec under the number of its WAVE
#   format, the tag is that number, and for one with a byte from 0x80 up reading the attribute raises UnicodeDecodeError:
#   ADPCM G.722 is 0x028F. The error is a ValueError, the stream itself decodes, and the bytes stand in `error.object`.
# Seen on 2026-11-29:
#   mp2   '\x00\x00\x00\x00'
#   g722  UnicodeDecodeError, object b'\x8f\x02\x00\x00'
#   g722 decodes: 100 ms or more of sound
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check av==18.1.0 imageio-ffmpeg==0.8.1 numpy==2.3.5
venv/bin/python - <<'PY'
import subprocess
import sys

import av
import imageio_ffmpeg

ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
wrong = []
for coder in ("mp2", "g722"):
    name = f"{coder}.mkv"
    tone = ["-f", "lavfi", "-i", "sine=d=1:r=16000"]
    subprocess.run([ffmpeg, "-v", "error", "-y", *tone, "-c:a", coder, name], check=True)
    with av.open(name) as container:
        stream = container.streams.audio[0]
        try:
            said = repr(stream.codec_context.codec_tag)
        except UnicodeDecodeError as error:
            said = f"UnicodeDecodeError, object {bytes(error.object)!r}"
        samples = sum(frame.samples for frame in container.decode(stream))
    print(f"{coder:5} {said}")
    wrong += [coder] if said.startswith("UnicodeDecodeError") else []
    if coder == "g722":
        print(f"g722 decodes: {'100 ms or more of sound' if samples >= 1600 else 'nothing'}")
sys.exit(0 if wrong == ["g722"] else 1)
PY
