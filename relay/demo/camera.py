"""What ffmpeg is told for a clip: still layers, moving air, a head that nods, a hand that holds the camera."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from relay.demo.cast import Shape

_TO_YUV = "scale=out_color_matrix=bt709:out_range=tv"


@dataclass(frozen=True, slots=True)
class Sprite:
    """A picture of raw RGBA in a file, or, without a file, one a frame on stdin. Sizes and places in pixels."""

    file: str
    width: int
    height: int
    x: int = 0
    y: int = 0


@dataclass(frozen=True, slots=True)
class Take:
    """One clip to shoot. `back` lies under everything; `air` before it, `fore` before that, then the head, then `near`.

    `sway`: how far the camera moves, as a part of the picture; 0 is a tripod. `phase` makes each one move on its own.
    """

    shape: Shape
    frames: int
    back: Sprite
    air: Sprite
    fore: Sprite
    head: Sprite
    near: Sprite | None
    speed: float
    sway: float
    phase: float
    sound: str
    target: str


def argv(ffmpeg: str, take: Take, encoders: Set[str]) -> list[str]:
    """The whole command line; the head's frames come on stdin."""
    return [
        *(ffmpeg, "-hide_banner", "-loglevel", "error", "-nostdin", "-y"),
        *_inputs(take),
        *("-filter_complex", _graph(take), "-map", "[out]"),
        *_sound(take),
        *("-frames:v", str(take.frames)),
        *_codec(take.shape, encoders),
        *("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"),
        *("-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"),
        take.target,
    ]


def turned(ffmpeg: str, source: str, target: str) -> list[str]:
    """Copies a clip that was shot sideways and writes into it that a player has to turn it by -90°."""
    return [
        *(ffmpeg, "-hide_banner", "-loglevel", "error", "-nostdin", "-y"),
        *("-display_rotation:v:0", "-90", "-i", source, "-map", "0", "-c", "copy"),
        *("-map_metadata", "-1", "-fflags", "+bitexact", target),
    ]


def _layers(take: Take) -> list[Sprite]:
    return [take.back, take.air, take.fore, take.head, *([take.near] if take.near else [])]


def _inputs(take: Take) -> list[str]:
    words = []
    for layer in _layers(take):
        words += ["-f", "rawvideo", "-pixel_format", "rgba", "-video_size", f"{layer.width}x{layer.height}"]
        words += ["-framerate", str(take.shape.rate), "-i", layer.file or "pipe:0"]
    return words if take.shape.silent else [*words, "-i", take.sound]


def _graph(take: Take) -> str:
    still = "loop=loop=-1:size=1"
    steps = [
        f"[0]{_TO_YUV},format=yuv420p,{still}[back]",
        f"[1]{_TO_YUV},format=yuva420p,{still}[air]",
        f"[2]{_TO_YUV},format=yuva420p,{still}[fore]",
        f"[3]{_TO_YUV},format=yuva420p,rotate=a='{_nod(take)}':c=black@0[head]",
        f"[back][air]overlay={_drift(take, take.air, take.speed)}[a]",
        f"[a][fore]overlay={take.fore.x}:{take.fore.y}[b]",
        f"[b][head]overlay={take.head.x}:{take.head.y}[c]",
    ]
    if take.near:
        steps += [
            f"[4]{_TO_YUV},format=yuva420p,{still}[near]",
            f"[c][near]overlay={_drift(take, take.near, take.speed * 2.2)}[d]",
        ]
    return ";".join([*steps, f"[{'d' if take.near else 'c'}]{_camera(take)}[out]"])


def _nod(take: Take) -> str:
    return f"0.018*sin(2*PI*t/2.9+{take.phase:.2f})+0.011*sin(2*PI*t/1.27+{2 * take.phase:.2f})"


def _drift(take: Take, layer: Sprite, speed: float) -> str:
    """Falls by `speed` picture heights a second, for ever, and sways a little to the sides."""
    width, height = take.shape.shown
    spare = layer.width - width
    x = f"-{spare / 2:.0f}+{spare * 0.45:.0f}*sin(2*PI*t/5+{take.phase:.2f})"
    return f"x='{x}':y='mod(t*{speed * height:.1f},{height})-{height}'"


def _camera(take: Take) -> str:
    """A slow move towards the person, and the hand that is never quite still."""
    turn = ["transpose=cclock"] if take.shape.turned else []
    if not take.sway:
        return ",".join(["null", *turn])
    width, height = take.shape.shown
    n, rate, phase = take.frames, take.shape.rate, f"{take.phase:.2f}"
    x, y = [f"{side}*(0.018+0.02*in/{n})" for side in (width, height)]
    dx = f"{width * take.sway:.2f}*(sin(2*PI*in/{rate * 3.7:.1f}+{phase})+0.4*sin(2*PI*in/{rate * 1.3:.1f}))"
    dy = f"{height * take.sway * 0.7:.2f}*(sin(2*PI*in/{rate * 2.9:.1f})+0.4*sin(2*PI*in/{rate * 1.1:.1f}+{phase}))"
    corners = {
        "x0": f"{x}+{dx}",
        "y0": f"{y}+{dy}",
        "x1": f"{width}-{x}+{dx}",
        "y1": f"{y}+{dy}",
        "x2": f"{x}+{dx}",
        "y2": f"{height}-{y}+{dy}",
        "x3": f"{width}-{x}+{dx}",
        "y3": f"{height}-{y}+{dy}",
    }
    places = ":".join(f"{name}='{value}'" for name, value in corners.items())
    return ",".join([f"perspective={places}:eval=frame:interpolation=linear:sense=source", *turn])


def _sound(take: Take) -> list[str]:
    if take.shape.silent:
        return ["-an"]
    codec = ["libopus", "-b:a", "64k"] if take.shape.codec == "vp9" else ["aac", "-b:a", "96k"]
    audio = str(len(_layers(take)))
    return [*("-map", audio, "-ar", str(take.shape.audio_rate), "-ac", str(take.shape.channels), "-c:a"), *codec]


def _codec(shape: Shape, encoders: Set[str]) -> list[str]:
    """Quick presets: the clips are watched once, and stand for telephones. Without its encoder a clip is H.264."""
    if shape.codec == "vp9":
        return [
            "-c:v",
            "libvpx-vp9",
            "-deadline",
            "realtime",
            "-cpu-used",
            "8",
            "-row-mt",
            "1",
            "-crf",
            "32",
            "-b:v",
            "1500k",
        ]
    if shape.codec == "hevc10" and "libx265" in encoders:
        return [
            "-c:v",
            "libx265",
            "-preset",
            "ultrafast",
            "-crf",
            "24",
            "-x265-params",
            "log-level=error",
            "-pix_fmt",
            "yuv420p10le",
            "-tag:v",
            "hvc1",
        ]
    return ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "21", "-g", str(shape.rate * 2), "-pix_fmt", "yuv420p"]
