"""What lies beside a finished film: its poster, its captions as files, and what the manifest says about them."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

from relay.almanac.film.cues import Cue, vtt
from relay.almanac.film.cut import Cut
from relay.media.toolbox import Limits, Toolbox

LIMITS = Limits(cpu_seconds=60, wall_seconds=300, file_mb=64)


def files(toolbox: Toolbox, film: Path, cut: Cut) -> list[Path]:
    """Writes `<film>.jpg` and, for each language of captions, `<film>.<language>.srt` and `.vtt`. Raises ToolFailed."""
    made = [poster(toolbox, film, cut)]
    for language, text in cut.captions.items():
        subrip, web = film.with_suffix(f".{language}.srt"), film.with_suffix(f".{language}.vtt")
        subrip.write_text(text, "utf-8")
        web.write_text(vtt(cut.cues[language], language), "utf-8")
        made += [subrip, web]
    return made


def poster_frame(cut: Cut) -> int:
    """The frame that stands for the film: a chosen one, its title with all words, or somebody's face."""
    if cut.poster is not None:
        return cut.poster
    if cut.clips[0] > 0:
        return int(cut.timeline.items[0].frames * 0.6)
    return min(cut.house.fps, cut.timeline.frames // 2)


def told(cut: Cut) -> dict[str, object]:
    """For the manifest."""
    music = cut.music
    return {
        "chapters": [
            {"from": chapter.start, "from_seconds": round(chapter.start / cut.house.fps, 6), "title": chapter.title}
            for chapter in cut.chapters
        ],
        "captions": {language: len(cues) for language, cues in cut.cues.items() if cues},
        "captions_said": {language: _words(cues) for language, cues in cut.cues.items() if cues},
        "music": None
        if music is None
        else {
            "title": music.title,
            "author": music.author,
            "cleared": music.cleared,
            "sha256": music.sha256,
            "under": music.under,
        },
    }


def _words(cues: Sequence[Cue]) -> str:
    """Stands for what is said, wherever in the film that is: a clip that moves takes its captions along."""
    return hashlib.sha256("\n".join(sorted(cue.text for cue in cues)).encode()).hexdigest()[:16]


def poster(toolbox: Toolbox, film: Path, cut: Cut) -> Path:
    """Writes `<film>.jpg`. Raises ToolFailed."""
    return still(toolbox, film, poster_frame(cut), cut.house.fps, film.with_suffix(".jpg"))


def still(toolbox: Toolbox, film: Path, frame: int, fps: float, target: Path, *, width: int = 0) -> Path:
    """Writes one frame of a film of ours as a JPEG, `width` pixels wide or as wide as the film. Raises ToolFailed."""
    scaled = ("-vf", f"scale={width}:-2") if width else ()
    argv = [
        *(toolbox.ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "error"),
        *("-ss", f"{frame / fps:.6f}", "-threads", "1", "-i", str(film), "-map", "0:v", "-frames:v", "1"),
        *(*scaled, "-q:v", "3", "-map_metadata", "-1", "-update", "1", "-y", target.name),
    ]
    with tempfile.TemporaryDirectory(prefix=".", dir=target.parent) as folder:
        toolbox.run(argv, folder=Path(folder), reads=[film], limits=LIMITS)
        return (Path(folder) / target.name).replace(target)
