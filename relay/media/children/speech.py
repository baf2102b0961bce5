"""Speaks texts into WAV files with the espeak-ng that `espeakng_loader` carries.

A child program of the toolbox: the library is C, keeps its state in globals, and has no business in our own process.
One argument, JSON: {"library": path, "data": path, "lines": [{"text", "voice", "rate", "pitch", "range", "file"}]}.
Files are written into the current folder: mono, 16 bit, espeak-ng's own rate.

Numbers: espeak-ng's speak_lib.h (AUDIO_OUTPUT_SYNCHRONOUS = 2 gives the samples to the callback and plays nothing;
parameters espeakRATE = 1, espeakPITCH = 3, espeakRANGE = 4; espeakCHARS_UTF8 = 1).
"""

from __future__ import annotations

import ctypes
import json
import sys
import wave
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SYNCHRONOUS, UTF8, AT_CHARACTER = 2, 1, 1
RATE, PITCH, RANGE = 1, 3, 4
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


def main() -> None:
    order = json.loads(sys.argv[1])
    library = ctypes.CDLL(order["library"])
    rate = library.espeak_Initialize(SYNCHRONOUS, 0, str(Path(order["data"]).parent).encode(), 0)
    if rate <= 0:
        sys.exit("espeak-ng did not start: its data was not found.")
    heard = bytearray()

    def listen(samples: Any, count: int, _events: Any) -> int:
        if samples and count > 0:
            heard.extend(ctypes.string_at(samples, count * 2))
        return 0

    callback = _CALLBACK(listen)  # kept by name: the library holds only its address
    library.espeak_SetSynthCallback(callback)
    for line in order["lines"]:
        heard.clear()
        _speak(library, line)
        _write(Path(line["file"]).name, bytes(heard), rate)


def _speak(library: ctypes.CDLL, line: Mapping[str, Any]) -> None:
    if library.espeak_SetVoiceByName(line["voice"].encode()) != 0:
        sys.exit(f"espeak-ng has no voice {line['voice']}.")
    for parameter, value in ((RATE, line["rate"]), (PITCH, line["pitch"]), (RANGE, line["range"])):
        library.espeak_SetParameter(parameter, int(value), 0)
    text = line["text"].encode()
    size = ctypes.c_size_t(len(text) + 1)
    library.espeak_Synth(ctypes.c_char_p(text), size, 0, AT_CHARACTER, 0, UTF8, None, None)
    library.espeak_Synchronize()


def _write(name: str, samples: bytes, rate: int) -> None:
    with wave.open(name, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples)
