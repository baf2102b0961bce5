"""From the rows to the cut, with a painter who draws nothing and originals that are only names."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from relay.almanac import formats
from relay.almanac.assets import cards, styles
from relay.almanac.assets.styles import Change
from relay.almanac.captions import editing
from relay.almanac.captions.editing import TypedCue
from relay.almanac.cards.people import Person
from relay.almanac.cards.renderer import CardRenderer
from relay.almanac.delivery import posters, render, sidecars
from relay.almanac.film import cut, ffmpeg, footage, playing
from relay.almanac.film.chapters import Chapter
from relay.almanac.film.cues import Cue
from relay.almanac.film.cut import Cut, by_itself
from relay.almanac.film.encoder import Film
from relay.almanac.film.ffmpeg import Hold, Overlay
from relay.almanac.film.needs import FilmNeeds
from relay.almanac.film.shot_cache import ShotCache
from relay.almanac.plan import edits, queries
from relay.context import Relay
from relay.errors import DiskFull, Refused, ToolFailed
from relay.media import faces
from relay.models import Campaign, Caption, Clip, ClipState, Consent, Event, EventKind, Inspection, Render, Track
from relay.moderation import desk
from tests.almanac.painting import Painter
from tests.fakes.clock import FakeClock
from tests.fakes.toolbox import RecordingToolbox
from tests.moderation.town import OPENS, Town

APPROVED = ClipState.approved
GONE = f"proxies/{'0' * 64}.mp4"


@pytest.fixture(autouse=True)
def _painter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cut, "CardRenderer", Painter)


class Stage(Town):
    """A town whose approved clips lie in the vault and in the almanac `film`."""

    def films(self, *names: str, **more: Any) -> list[int]:
        clips = [self.has_clip(name=name, town="Мга", state=APPROVED, duration=10, **more) for name in names]
        for clip in clips:
            self.puts(f"originals/{self.sha256(clip)}")
        queries.new(self.relay, "proryv80", "film", all_approved=True)
        return clips

    def puts(self, key: str) -> None:
        file = self.relay.folder("incoming") / "file"
        file.write_bytes(key.encode())
        self.relay.media.put(key, file)

    def says(self, clip: int, scope: str) -> None:
        with self.relay.transaction() as session:
            session.add(Consent(clip_id=clip, scope=scope, person="anna", at=OPENS))

    def styled(self, **words: Any) -> None:
        styles.change(self.relay, "proryv80", "film", Change(**words), person="boris")

    def looks_at(self, clip: int) -> Inspection:
        with self.relay.reading() as session:
            return session.get_one(Inspection, self.sha256(clip))

    def changes_looks(self, clip: int, **values: object) -> None:
        with self.relay.transaction() as session:
            row = session.get_one(Inspection, self.sha256(clip))
            for name, value in values.items():
                setattr(row, name, value)
            session.add(row)

    def music(self, *, there: bool = True) -> int:
        sha256 = "ab" * 32
        if there:
            self.puts(f"music/{sha256}")
        with self.relay.transaction() as session:
            row = Track(
                campaign_id=self.campaign_id, sha256=sha256, title="Время", author="Чайковский", cleared="Договор 7",
                seconds=60, person="anna", at=OPENS,
            )  # fmt: skip
            session.add(row)
            session.flush()
            assert row.id is not None
            return row.id


@pytest.fixture
def stage(relay: Relay) -> Stage:
    return Stage(relay)


def drawn(relay: Relay) -> Cut:
    return render.drawn(relay, "proryv80", "film")


def ways(made: Cut) -> list[str]:
    return ["cut" if item.cut else "dip" if item.dip else "dissolve" for item in made.timeline.items[:-1]]


def texts(made: Cut) -> list[tuple[object, ...]]:
    return [Painter.said[look.layer.sha256] for look in made.compositions if look.layer is not None]


@pytest.mark.slow
def test_a_film_says_what_the_campaign_and_the_almanac_say(relay: Relay, stage: Stage) -> None:
    stage.films("Анна", "Борис")
    stage.styled(title="Голоса", subtitle="Письма с фронта")
    made = drawn(relay)
    assert texts(made) == [
        ("title", "Голоса", "Письма с фронта", "#proryv80"),
        ("strip", "Анна", "Мга"),
        ("strip", "Борис", "Мга"),
        ("page", Person("Анна", "Мга"), Person("Борис", "Мга")),
        ("ending", "#proryv80", "11–18 января 2023", ""),
    ]
    assert made.title == "Голоса"
    with relay.transaction() as session:
        campaign = session.get_one(Campaign, stage.campaign_id)
        campaign.hashtags = []
        session.add(campaign)
    assert texts(drawn(relay))[0] == ("title", "Голоса", "Письма с фронта", "")
    assert [chapter.title for chapter in made.chapters] == ["Голоса", "Анна", "Борис", "В фильме участвовали"]


@pytest.mark.slow
def test_the_campaigns_title_stands_where_the_almanac_has_none(relay: Relay, stage: Stage) -> None:
    stage.films("Анна")
    stage.styled(title="")
    assert texts(drawn(relay))[0] == ("title", "Прорыв. Голоса памяти", "", "#proryv80")


@pytest.mark.slow
def test_a_transition_is_not_set_before_the_first_clip_nor_where_cards_stand(relay: Relay, stage: Stage) -> None:
    _, second, third = stage.films("Анна", "Борис", "Вера")
    words = {"title": "Дорога"}
    cards.add(relay, "proryv80", "film", "chapter", words=words, before=third, person="boris")
    stage.styled(transition="cut")
    assert ways(drawn(relay)) == ["dissolve", "cut", "dissolve", "dissolve", "dissolve", "cut"]
    stage.styled(into={second: "dip", third: "cut"})
    assert ways(drawn(relay)) == ["dissolve", "dip", "cut", "dissolve", "dissolve", "cut"]
    cards.add(relay, "proryv80", "film", "chapter", words={"title": "Конец"}, person="boris")
    assert [said[1] for said in texts(drawn(relay)) if said[0] == "chapter"] == ["Дорога", "Конец"]


@pytest.mark.slow
def test_everybody_whose_clip_was_accepted_is_thanked_but_who_did_not_allow_it(relay: Relay, stage: Stage) -> None:
    _, second, third = stage.films("Анна", "Борис", "Вера")
    for clip in (second, third):
        edits.leave_out(relay, "proryv80", "film", clip, person="boris")
    stage.says(third, "archive")
    stage.has_clip(name="Глеб", state=ClipState.awaiting)
    page = next(said for said in texts(drawn(relay)) if said[0] == "page")
    assert page[1:] == (Person("Анна", "Мга"), Person("Борис", "Мга"))
    stage.styled(credits="film")
    page = next(said for said in texts(drawn(relay)) if said[0] == "page")
    assert page[1:] == (Person("Анна", "Мга"),)


@pytest.mark.slow
def test_captions_are_those_of_the_style_unless_one_film_is_wished_otherwise(relay: Relay, stage: Stage) -> None:
    (clip,) = stage.films("Анна")
    with relay.transaction() as session:
        for language in ("ru", "en"):
            session.add(_captions(clip, language))
    stage.styled(captions=("ru",), burn="ru")
    made = drawn(relay)
    assert (list(made.captions), len(made.compositions[1].above)) == (["ru"], 1)
    campaign, almanac, entries = render._loaded(relay, "proryv80", "film")
    house = queries.house_of(relay.settings, almanac)

    def wished(captions: str | None, burn: str | None) -> tuple[list[str], int]:
        request = formats.request(formats.Format(), captions, burn)
        made = render._cut(relay, campaign, almanac, entries, house=house, request=request)
        return list(made.captions), len(made.compositions[1].above)

    assert wished(None, None) == (["ru"], 1)
    assert wished("en", "none") == (["en"], 0)
    assert wished("none", "de") == ([], 0)


@pytest.mark.slow
def test_captions_that_an_editor_writes_arrive_in_picture_track_file_and_played_plan(
    relay: Relay, stage: Stage
) -> None:
    (clip,) = stage.films("Анна")
    stage.styled(captions=("ru",), burn="ru")
    editing.save(relay, clip, [TypedCue("1", "3", "Мы ехали."), TypedCue("3", "3.5", "")], language="ru", person="b")
    first = drawn(relay)
    rows = [TypedCue("0.8", "2", "Мы шли."), TypedCue("1.9", "3", "Молча.")]
    editing.save(relay, clip, rows, language="ru", person="b")
    made = drawn(relay)
    assert [len(cut.compositions[1].above) for cut in (first, made)] == [1, 2]
    assert [cue.text for cue in first.cues["ru"]] == ["Мы ехали."]
    begins = made.timeline.starts[1] / made.house.fps
    assert [(cue.start - begins, cue.end - begins, cue.text) for cue in made.cues["ru"]] == [
        (pytest.approx(0.8), pytest.approx(1.9, abs=0.04), "Мы шли."),
        (pytest.approx(1.9, abs=0.04), pytest.approx(3), "Молча."),
    ]
    assert "Молча." in made.captions["ru"]
    played = playing.captions(made)["ru"]
    assert [(one.first / made.house.fps, one.text) for one in played] == [
        (pytest.approx(cue.start), cue.text) for cue in made.cues["ru"]
    ]
    layers = playing.items(made)[1].layers
    assert [layer.picture for layer in layers if layer.picture in {one.sha256 for one in made.compositions[1].above}]


def _captions(clip: int, language: str) -> Caption:
    cues = [{"from": 1.0, "to": 3.0, "text": f"Слова {language}"}]
    return Caption(clip_id=clip, language=language, cues=cues, origin="file", person="anna", at=OPENS)


@pytest.mark.slow
def test_music_that_was_cleared_lies_under_the_film_and_is_named(relay: Relay, stage: Stage) -> None:
    stage.films("Анна")
    number = stage.music()
    stage.styled(music=str(number), under="cards")
    made = drawn(relay)
    assert made.music is not None
    assert (made.music.title, made.music.under, made.music.cleared) == ("Время", "cards", "Договор 7")
    assert made.files[made.music.sha256].read_bytes() == f"music/{made.music.sha256}".encode()
    assert texts(made)[-1][-1] == "Чайковский — Время"


def test_music_whose_file_is_gone_stops_the_film(relay: Relay, stage: Stage) -> None:
    stage.films("Анна")
    stage.styled(music=str(stage.music(there=False)))
    with pytest.raises(Refused, match="The file of music 1 is missing") as refused:
        drawn(relay)
    assert refused.value.hint == "Run: relay doctor"


# --- where pictures are cut ---


class Watcher:
    """In the place of media.faces: sees a face on the left of every clip."""

    def __init__(self) -> None:
        self.asked: list[tuple[float, int, int]] = []
        self.looked: list[tuple[Path, Path]] = []
        self.began: list[int] = []
        self.broken = False

    def available(self) -> bool:
        return True

    def find(
        self, toolbox: object, path: Path, folder: Path, *, width: int, height: int, seconds: float, start: int
    ) -> object:
        self.asked.append((seconds, width, height))
        self.began.append(start)
        self.looked.append((path, folder.parent))
        if self.broken:
            raise ToolFailed("The faces were not found.")
        moments = [number / 2 for number in range(20)]
        return {"moments": moments, "faces": [[at, 0.2, 0.3, 0.05, 0.1] for at in moments]}


@pytest.fixture
def watcher(monkeypatch: pytest.MonkeyPatch) -> Watcher:
    found = Watcher()
    monkeypatch.setattr(faces, "find", found.find)
    monkeypatch.setattr(faces, "available", found.available)
    return found


def wide(stage: Stage, *, proxy: bool = True) -> int:
    """A clip that is wider than the film."""
    (clip,) = stage.films("Анна", size=(1920, 800))
    if proxy:
        key = f"proxies/{stage.sha256(clip)}.mp4"
        stage.puts(key)
        stage.changes_looks(clip, proxy=key)
    return clip


@pytest.mark.slow
def test_a_wide_picture_is_cut_around_the_face_which_is_looked_for_once(
    relay: Relay, stage: Stage, watcher: Watcher
) -> None:
    wide(stage)
    for _ in range(2):
        (hold,) = drawn(relay).compositions[1].framing
        assert hold == Hold(0, pytest.approx(0.3704, abs=0.001))
    assert watcher.asked == [(10.0, 1920, 800)]
    assert watcher.looked == [(relay.media.local(f"proxies/{stage.sha256(1)}.mp4"), relay.folder("shots", "work"))]
    assert [path.suffix for path in relay.folder("shots", "faces").iterdir()] == [".json"]
    assert list(relay.folder("shots", "work").iterdir()) == []


@pytest.mark.slow
def test_whole_pictures_are_not_looked_at(relay: Relay, stage: Stage, watcher: Watcher) -> None:
    wide(stage)
    stage.styled(framing="whole")
    assert drawn(relay).compositions[1].framing == ()
    assert watcher.asked == []


@pytest.mark.slow
def test_a_picture_of_the_films_shape_is_not_looked_at(relay: Relay, stage: Stage, watcher: Watcher) -> None:
    stage.films("Анна")
    assert drawn(relay).compositions[1].framing == ()
    assert watcher.asked == []


@pytest.mark.slow
@pytest.mark.parametrize("proxy", ["", GONE])
def test_without_a_copy_the_whole_picture_is_shown(relay: Relay, stage: Stage, watcher: Watcher, proxy: str) -> None:
    clip = wide(stage, proxy=False)
    stage.changes_looks(clip, proxy=proxy)
    assert drawn(relay).compositions[1].framing == ()
    assert watcher.asked == []


@pytest.mark.slow
def test_faces_that_could_not_be_looked_for_stop_no_film_and_are_looked_for_again(
    relay: Relay, stage: Stage, watcher: Watcher
) -> None:
    wide(stage)
    watcher.broken = True
    assert drawn(relay).compositions[1].framing == ()
    watcher.broken = False
    assert drawn(relay).compositions[1].framing != ()


# --- what a film takes ---


@pytest.mark.slow
def test_a_film_of_another_rate_shows_the_same_moments(relay: Relay, stage: Stage) -> None:
    clip, _ = stage.films("Анна", "Борис")
    edits.trim(relay, "proryv80", "film", clip, first=2.0, last=6.0, person="boris")
    campaign, almanac, entries = render._loaded(relay, "proryv80", "film")
    house, label = render._house(relay, almanac, formats.request(formats.read(fps=50)))
    assert label == "50 fps"
    made = render._cut(relay, campaign, almanac, entries, house=house)
    assert [(look.first, look.frames) for look in made.compositions[1:3]] == [(100, 200), (0, 500)]


@pytest.mark.slow
@pytest.mark.parametrize(("scope", "why"), [("archive", "to the archive only"), ("refused", "said no")])
def test_who_did_not_allow_it_is_in_no_film(relay: Relay, stage: Stage, scope: str, why: str) -> None:
    (clip,) = stage.films("Анна")
    stage.says(clip, scope)
    with pytest.raises(Refused, match=rf"Clip 1 \(Анна\) may not be shown in a film: .*{why}") as refused:
        drawn(relay)
    assert refused.value.line.endswith("Leave it out, or ask its author again.")


@pytest.mark.slow
def test_previews_take_the_desks_copy_where_it_is(relay: Relay, stage: Stage) -> None:
    first, second = stage.films("Анна", "Борис")
    key = f"proxies/{stage.sha256(first)}.mp4"
    stage.puts(key)
    stage.changes_looks(first, proxy=key)
    stage.changes_looks(second, proxy=GONE)
    _, _, entries = render._loaded(relay, "proryv80", "film")
    (copied, path), (whole, original) = (render._copy(relay, entry) for entry in entries)
    assert (copied.sha256, path) == (f"proxy-{stage.sha256(first)}", relay.media.local(key))
    assert copied == footage.Footage(
        f"proxy-{stage.sha256(first)}", 1280, 720, 10, container="mov", matrix="bt709", audio=None, lead=0.0
    )
    stage.changes_looks(first, technical={"audio_index": 3, "start": 0.0, "video_start": 0.25}, has_audio=True)
    _, _, (entry, _) = render._loaded(relay, "proryv80", "film")
    copied, _ = render._copy(relay, entry)
    assert (copied.audio, copied.lead) == (1, 0.25)
    assert (whole.sha256, original.name) == (stage.sha256(second), stage.sha256(second))


@pytest.mark.slow
def test_what_a_film_can_not_be_made_of_is_told_by_clip(relay: Relay, stage: Stage) -> None:
    """Its number and name, and what to do about it."""
    (clip,) = stage.films("")
    stage.has_clip(state=APPROVED)
    queries.new(relay, "proryv80", "lost", all_approved=True)
    with pytest.raises(Refused) as refused:
        render.drawn(relay, "proryv80", "lost")
    assert refused.value.line == "The original of clip 2 (?) is missing. Run: relay doctor"
    with relay.transaction() as session:
        row = stage.clip(clip)
        row.state = ClipState.rejected
        session.add(row)
    with pytest.raises(Refused) as refused:
        drawn(relay)
    assert refused.value.line == ("Clip 1 (?) is not approved any more. Take it out of the film.")


def test_as_many_work_as_the_settings_say(relay: Relay) -> None:
    asked = replace(relay, settings=relay.settings.model_copy(update={"render_workers": 3}))
    assert render.workers(asked) == 3
    usual = replace(relay, settings=relay.settings.model_copy(update={"render_workers": 0}))
    assert render.workers(usual) == len(os.sched_getaffinity(0))


# --- ahead of films ---


def ahead(relay: Relay) -> list[tuple[int, int]]:
    """The clip that each cut is made for, by its number, and the first of its frames."""
    sha256s = {}
    with relay.reading() as session:
        sha256s = {row.sha256: number for number, row in enumerate(session.exec(select(Inspection)), 1)}
    found = []
    for one in render.ahead(relay, "proryv80"):
        (item,) = one.clips
        found.append((sha256s[one.compositions[item].source.sha256], one.compositions[item].first))
    return found


def test_clips_are_made_ahead_as_their_films_show_them_and_then_those_of_no_film(relay: Relay, stage: Stage) -> None:
    first, second, third = stage.films("Анна", "Борис", "Вера")
    edits.trim(relay, "proryv80", "film", second, first=2.0, person="boris")
    edits.leave_out(relay, "proryv80", "film", third, person="boris")
    queries.new(relay, "proryv80", "empty")
    assert ahead(relay) == [(first, 0), (second, 50), (third, 0)]


@pytest.mark.slow
def test_what_failed_once_what_is_not_there_and_what_is_not_approved_is_not_made_ahead(
    relay: Relay, stage: Stage
) -> None:
    first, second = stage.films("Анна", "Борис")
    stage.has_clip(state=APPROVED)  # its original is not there
    waiting = stage.has_clip()
    stage.puts(f"originals/{stage.sha256(waiting)}")
    assert ahead(relay) == [(first, 0), (second, 0)]
    with relay.transaction() as session:
        session.exec(update(Clip).where(col(Clip.id) == first).values(shots_failed=True))
    assert ahead(relay) == [(second, 0)]


@pytest.fixture
def camera_crew(monkeypatch: pytest.MonkeyPatch) -> list[Cut]:
    """Shoots nothing; the clips `Борис` can't be shot, and one clip more has its shots already."""
    shot: list[Cut] = []

    def shoot(one: Cut, **_with: object) -> int:
        names = {said[1] for said in texts(one)}
        if "Борис" in names:
            raise ToolFailed("ffmpeg failed.")
        shot.append(one)
        return 0 if "Готова" in names else 2

    monkeypatch.setattr(render, "shoot_ahead", shoot)
    return shot


@pytest.mark.slow
def test_so_many_clips_are_made_ahead_as_were_asked_for(relay: Relay, stage: Stage, camera_crew: list[Cut]) -> None:
    stage.films("Готова", "Борис", "Анна", "Вера")
    assert render.prepare(relay, "proryv80", limit=1) == 2
    assert [texts(one)[0][1] for one in camera_crew] == ["Готова", "Анна"]
    with relay.reading() as session:
        (event,) = session.exec(select(Event).where(Event.what == EventKind.shots_failed)).all()
    assert (event.subject, event.subject_id, event.details) == ("clip", 2, {"why": "ffmpeg failed."})
    camera_crew.clear()
    assert render.prepare(relay, "proryv80") == 4
    assert len(camera_crew) == 3


@pytest.mark.slow
def test_one_clip_is_shot_as_each_film_shows_it_and_by_itself_where_none_does(
    relay: Relay, stage: Stage, camera_crew: list[Cut]
) -> None:
    """What another machine is asked to do."""
    first, second = stage.films("Вера", "Анна")
    queries.new(relay, "proryv80", "second", all_approved=True)
    alone = stage.has_clip(name="Ольга", state=APPROVED)
    stage.puts(f"originals/{stage.sha256(alone)}")
    waiting = stage.has_clip(name="Борис")
    assert list(render.to_prepare(relay, "proryv80", render.ReadyShots())) == [first, second, first, second, alone]
    assert render.prepare_clip(relay, second) == 4
    assert drawn_of(camera_crew) == ["Анна", "Анна"]
    assert render.prepare_clip(relay, alone) == 2
    assert drawn_of(camera_crew) == ["Ольга"]
    assert [render.prepare_clip(relay, clip) for clip in (waiting, 1000)] == [0, 0]
    assert drawn_of(camera_crew) == []


@pytest.mark.slow
def test_for_the_shots_of_one_clip_no_file_of_another_is_opened(
    relay: Relay, stage: Stage, camera_crew: list[Cut], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And they are the ones that the whole film needs."""
    first, second = stage.films("Вера", "Анна")
    opened: list[str] = []
    opens = render._readable
    monkeypatch.setattr(render, "_readable", lambda relay, key: opened.append(key) or opens(relay, key))
    originals = [f"originals/{stage.sha256(clip)}" for clip in (first, second)]
    assert render.prepare_clip(relay, second) == 2
    assert opened == originals[1:]
    (alone,) = camera_crew
    whole = drawn(relay)
    assert opened[1:] == originals, "the twin: the whole film opens both"
    item = by_itself(whole, whole.clips[1])
    needs = [FilmNeeds(cut, ShotCache(relay.folder("shots")), "8").keys for cut in (alone, item)]
    assert needs[0] == needs[1] != []


@pytest.mark.slow
def test_what_has_its_shots_is_not_drawn_again(relay: Relay, stage: Stage, camera_crew: list[Cut]) -> None:
    _, second = stage.films("Готова", "Вера")
    alone = stage.has_clip(name="Анна", state=APPROVED)
    stage.puts(f"originals/{stage.sha256(alone)}")
    ready = render.ReadyShots()
    assert render.prepare(relay, "proryv80", ready=ready, limit=1) == 2
    assert drawn_of(camera_crew) == ["Готова", "Вера"]
    assert render.prepare(relay, "proryv80", ready=ready) == 2
    assert drawn_of(camera_crew) == ["Анна"], "the round before ended before"
    assert render.prepare(relay, "proryv80", ready=ready) == 0
    assert drawn_of(camera_crew) == []
    desk.edit(relay, alone, person="Анна", name="Анна Петрова")
    assert render.prepare(relay, "proryv80", ready=ready) == 2
    assert drawn_of(camera_crew) == ["Анна Петрова"]
    edits.trim(relay, "proryv80", "film", second, first=2.0, person="boris")
    assert render.prepare(relay, "proryv80", ready=ready) == 2
    assert drawn_of(camera_crew) == ["Готова", "Вера"]
    assert render.prepare(relay, "proryv80") == 4, "the twin that remembers nothing"
    assert drawn_of(camera_crew) == ["Готова", "Вера", "Анна Петрова"]


@pytest.mark.slow
def test_what_had_its_shots_an_hour_ago_is_looked_at_again(
    relay: Relay, stage: Stage, camera_crew: list[Cut], clock: FakeClock
) -> None:
    stage.films("Вера")
    ready = render.ReadyShots()
    assert render.prepare(relay, "proryv80", ready=ready) == 2
    clock.moves(minutes=59)
    assert render.prepare(relay, "proryv80", ready=ready) == 0
    clock.moves(minutes=1)
    assert render.prepare(relay, "proryv80", ready=ready) == 2


def drawn_of(crew: list[Cut]) -> list[str]:
    """The names of those whose clips were drawn since the last question."""
    names = [texts(one)[0][1] for one in crew]
    crew.clear()
    return names


# --- versions ---


class Studio:
    """Writes a film of the cut's frames without making it; `breaks` says with what."""

    def __init__(self) -> None:
        self.cuts: list[Cut] = []
        self.asked: list[dict[str, object]] = []
        self.breaks: Exception | None = None

    def make(self, made: Cut, *, toolbox: object, cache: Path, target: Path, **more: object) -> Film:
        self.cuts.append(made)
        self.asked.append({"cache": cache, **more})
        target.write_bytes(b"film")
        target.with_suffix(".left").write_bytes(b"")
        if self.breaks:
            raise self.breaks
        return Film(
            path=target, sha256="f" * 64, frames=made.timeline.frames, encoded=3, reused=2, loudness=-16.1, peak=-1.2,
            seconds=0.5,
        )  # fmt: skip

    def lays_beside(self, toolbox: object, film: Path, made: Cut) -> Sequence[Path]:
        found = [film.with_suffix(".jpg"), film.with_suffix(".ru.srt")]
        for path in found:
            path.write_text("beside")
        return found


@pytest.fixture
def studio(monkeypatch: pytest.MonkeyPatch) -> Studio:
    found = Studio()
    monkeypatch.setattr(render, "make_film", found.make)
    monkeypatch.setattr(sidecars, "files", found.lays_beside)
    return found


def made(relay: Relay, **more: Any) -> Render:
    return render.render(replace(relay, toolbox=RecordingToolbox()), "proryv80", "film", **more)


def names(relay: Relay) -> list[str]:
    return sorted(path.name for path in relay.folder("almanacs").iterdir())


@pytest.mark.slow
def test_a_version_is_a_film_with_its_files_a_row_and_an_event(relay: Relay, stage: Stage, studio: Studio) -> None:
    clip, _ = stage.films("Анна", "Борис")
    edits.trim(relay, "proryv80", "film", clip, first=2.0, last=6.0, person="boris")
    row = made(relay)
    frames = studio.cuts[0].timeline.frames
    assert 0 <= row.seconds < 60
    assert row.model_dump(exclude={"seconds"}) == {
        "id": 1, "almanac_id": 1, "version": 1, "file": "almanacs/proryv80_film-v1.mp4",
        "manifest": "almanacs/proryv80_film-v1.json", "poster": "almanacs/proryv80_film-v1.jpg", "sha256": "f" * 64,
        "frames": frames, "fps": 25, "loudness": -16.1, "shots_encoded": 3, "shots_reused": 2, "format": "",
        "at": relay.now(), "closed_at": None,
    }  # fmt: skip
    assert [{**asked, "on_progress": None} for asked in studio.asked] == [
        {"cache": relay.folder("shots"), "workers": relay.settings.render_workers or len(os.sched_getaffinity(0)),
         "on_progress": None, "on_begin": None, "shared": None},
    ]  # fmt: skip
    assert names(relay) == [f"proryv80_film-v1.{ending}" for ending in ("jpg", "json", "mp4", "ru.srt")]
    manifest = json.loads((relay.settings.data_dir / row.manifest).read_text())
    assert manifest["clips"][0] == {
        "clip": clip, "sha256": stage.sha256(clip), "name": "Анна", "town": "Мга",
        "film": {"from": 88, "to": 188, "from_seconds": 3.52, "to_seconds": 7.52},
        "source": {"from": 50, "to": 150, "from_seconds": 2.0, "to_seconds": 6.0},
    }  # fmt: skip
    facts = {name: manifest[name] for name in manifest if name not in ("clips", "credits", "house", "tools")}
    assert facts == {
        "almanac": "film", "title": "Прорыв. Голоса памяти", "campaign": "proryv80", "version": 1,
        "file": "proryv80_film-v1.mp4", "format": "", "sha256": "f" * 64, "made_at": relay.now().isoformat(),
        "bytes": len(b"film"), "frames": frames, "fps": 25, "duration": frames / 25,
        "loudness": -16.1, "true_peak": -1.2,
        "shots": {"encoded": 3, "reused": 2}, "music": None, "captions": {}, "captions_said": {},
        "cards": [], "style": {},
        "chapters": [
            {"from": 0, "from_seconds": 0.0, "title": "Прорыв. Голоса памяти"},
            *({"from": one.start, "from_seconds": one.start / 25, "title": one.title}
              for one in studio.cuts[0].chapters[1:]),
        ],
    }  # fmt: skip
    assert manifest["house"] == asdict(queries.house_of(relay.settings))
    assert manifest["tools"]["ffmpeg"] == "ffmpeg version 9"
    assert manifest["tools"]["recipe"] == ffmpeg.RECIPE
    assert manifest["credits"] == [{"name": "Анна", "town": "Мга"}, {"name": "Борис", "town": "Мга"}]
    with relay.reading() as session:
        event = session.exec(select(Event).where(Event.what == "rendered")).one()
    assert (event.subject, event.subject_id, event.at) == ("almanac", 1, relay.now())
    assert (event.subject, event.details) == (
        "almanac",
        {"version": 1, "sha256": "f" * 64, "file": "almanacs/proryv80_film-v1.mp4"},
    )


def test_a_film_stands_for_itself_with_the_picture_that_was_chosen(relay: Relay, stage: Stage, studio: Studio) -> None:
    _clip, other = stage.films("Анна", "Борис")
    made(relay)
    posters.choose_in_clip(relay, "proryv80", "film", other, at=4.0, person="boris")
    made(relay)
    edits.leave_out(relay, "proryv80", "film", other, person="boris")
    made(relay)
    usual, chosen, lost = studio.cuts
    assert (usual.poster, chosen.poster, lost.poster) == (None, chosen.timeline.starts[chosen.clips[1]] + 100, None)
    assert sidecars.poster_frame(chosen) == chosen.poster


@pytest.mark.slow
def test_versions_count_on_and_overwrite_nothing(relay: Relay, stage: Stage, studio: Studio) -> None:
    stage.films("Анна")
    (relay.folder("almanacs") / "proryv80_film-v2.mp4").write_text("somebody's")
    queries.new(relay, "proryv80", "other", all_approved=True)
    assert [made(relay).version for _ in range(3)] == [1, 3, 4]
    assert render.render(replace(relay, toolbox=RecordingToolbox()), "proryv80", "other").version == 1
    assert (relay.folder("almanacs") / "proryv80_film-v2.mp4").read_text() == "somebody's"


def test_another_format_is_told_in_the_films_name(relay: Relay, stage: Stage, studio: Studio) -> None:
    stage.films("Анна")
    row = made(relay, request=formats.request(formats.read("9:16", "720")))
    assert (row.file, row.format) == ("almanacs/proryv80_film-9x16-720p-v1.mp4", "9:16 720p")
    assert (studio.cuts[0].house.width, studio.cuts[0].house.height) == (720, 1280)


@pytest.mark.slow
@pytest.mark.parametrize("error", [ToolFailed("ffmpeg failed."), OSError(5, "Input/output error")])
def test_a_film_that_fails_leaves_nothing_behind(relay: Relay, stage: Stage, studio: Studio, error: Exception) -> None:
    stage.films("Анна")
    studio.breaks = error
    (relay.folder("almanacs") / "somebody.mp4").touch()
    with pytest.raises(type(error)):
        made(relay)
    assert names(relay) == ["somebody.mp4"]
    assert queries.show(relay, "proryv80", "film").renders == []


@pytest.mark.slow
def test_a_full_disk_is_told_as_such(
    relay: Relay, stage: Stage, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_words: object) -> Sequence[Path]:
        raise OSError(28, "No space left on device")

    stage.films("Анна")
    monkeypatch.setattr(sidecars, "files", full)
    with pytest.raises(DiskFull, match="The disk is full"):
        made(relay)


@pytest.mark.slow
def test_a_preview_is_small_of_the_films_shape_and_no_version(
    relay: Relay, stage: Stage, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.films("Анна")
    monkeypatch.setattr(sidecars, "poster", lambda _toolbox, film, _cut: film.with_suffix(".jpg").touch())
    path = render.preview(relay, "proryv80", "film")
    assert {".jpg", ".json"} <= {file.suffix for file in path.parent.iterdir()}
    assert path == render.preview_file(relay, "proryv80", "film")
    house = studio.cuts[0].house
    assert (house.width, house.height, house.preset, house.crf) == (640, 360, "ultrafast", 26)
    assert studio.asked[0]["cache"] == relay.folder("shots", "previews")
    assert studio.asked[0]["workers"] == render.workers(relay) >= 1
    cards = {file.parent for file in studio.cuts[0].files.values() if file.suffix == ".png"}
    assert cards == {relay.folder("shots", "previews") / "cards"}
    assert queries.show(relay, "proryv80", "film").renders == []


def test_a_listing_tells_where_each_version_lies(relay: Relay, stage: Stage, studio: Studio) -> None:
    stage.films("Анна")
    row = made(relay)
    (told,) = queries.show(relay, "proryv80", "film").renders
    folder = relay.settings.data_dir.absolute()
    assert (told.file, told.manifest, told.poster) == (
        str(folder / row.file),
        str(folder / row.manifest),
        str(folder / row.poster),
    )
    assert told.duration == round(row.frames / 25, 6)


# --- beside the film ---


def a_cut(relay: Relay, **more: Any) -> Cut:
    return replace(drawn(relay), **more)


@pytest.mark.slow
def test_the_poster_is_the_title_with_all_its_words_or_somebodys_face(relay: Relay, stage: Stage) -> None:
    stage.films("Анна")
    with_title = drawn(relay)
    assert sidecars.poster_frame(with_title) == 60
    assert sidecars.poster_frame(replace(with_title, clips=(0,))) == 25
    short = replace(with_title, clips=(0,), timeline=replace(with_title.timeline, frames=30))
    assert sidecars.poster_frame(short) == 15


def test_the_manifest_tells_chapters_captions_and_the_licence_of_the_music(relay: Relay, stage: Stage) -> None:
    stage.films("Анна")
    stage.styled(music=str(stage.music()))
    told = sidecars.told(a_cut(relay, chapters=(Chapter(30, "Анна"),), cues={"ru": (Cue(1, 2, "Да"),), "en": ()}))
    assert told.pop("captions_said")
    assert told == {
        "chapters": [{"from": 30, "from_seconds": 1.2, "title": "Анна"}],
        "captions": {"ru": 1},
        "music": {
            "title": "Время", "author": "Чайковский", "cleared": "Договор 7", "sha256": "ab" * 32, "under": "film",
        },
    }  # fmt: skip


def test_the_dates_of_a_window_that_ends_at_midnight_are_its_days() -> None:
    def told(days: float, *, opens: int = 0) -> str:
        begins = OPENS + timedelta(days=opens)
        campaign = Campaign(
            slug="a", title="", opens_at=begins, closes_at=begins + timedelta(days=days), tz="Europe/Moscow",
            created_at=OPENS,
        )  # fmt: skip
        return render.dates(campaign, "ru")

    assert told(1) == "11 января 2023"
    assert told(2) == "11–12 января 2023"
    assert told(21) == "11–31 января 2023"
    assert told(22) == "11 января – 1 февраля 2023"
    assert told(10, opens=-14) == "28 декабря 2022 – 6 января 2023"


# --- names beside faces ---


class Crowd(Watcher):
    """Sees somebody speak where long names stand, at the lower edge in the middle."""

    def find(
        self, toolbox: object, path: Path, folder: Path, *, width: int, height: int, seconds: float, start: int
    ) -> object:
        super().find(toolbox, path, folder, width=width, height=height, seconds=seconds, start=start)
        moments = [start + number / 2 for number in range(int(seconds * 2))]
        return {"moments": moments, "faces": [[at, 0.02, 0.5, 0.4, 0.45] for at in moments]}


@pytest.fixture
def crowd(monkeypatch: pytest.MonkeyPatch) -> Crowd:
    found = Crowd()
    monkeypatch.setattr(faces, "find", found.find)
    monkeypatch.setattr(faces, "available", found.available)
    return found


def filmed(relay: Relay, stage: Stage, seconds: float) -> int:
    """A clip with a copy to look at, `seconds` long."""
    (clip,) = stage.films("Анна")
    key = f"proxies/{stage.sha256(clip)}.mp4"
    stage.puts(key)
    stage.changes_looks(clip, proxy=key, duration=seconds)
    return clip


def shown(relay: Relay, *, look: bool) -> Overlay:
    campaign, almanac, entries = render._loaded(relay, "proryv80", "film")
    made = render._cut(relay, campaign, almanac, entries, house=queries.house_of(relay.settings, almanac), look=look)
    layer = made.compositions[1].layer
    assert layer is not None
    return layer


@pytest.fixture
def real_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cut, "CardRenderer", CardRenderer)


@pytest.mark.slow
def test_a_name_keeps_clear_of_who_speaks_and_faces_are_looked_for_where_it_stands(
    relay: Relay, stage: Stage, crowd: Crowd, real_cards: None
) -> None:
    clip = filmed(relay, stage, 60.0)
    edits.trim(relay, "proryv80", "film", clip, first=20.0, last=50.0, person="boris")
    usual = shown(relay, look=False)
    assert crowd.asked == [], "what is only reckoned looks at nothing"
    assert usual.x < 640
    moved = shown(relay, look=True)
    assert (crowd.asked, crowd.began) == ([(6, 1280, 720)], [19])
    assert moved.x > usual.x
    assert (moved.span, moved.fade_in) == (usual.span, usual.fade_in)
    assert shown(relay, look=False) == moved, "looked at once"
    edits.trim(relay, "proryv80", "film", clip, first=20.2, last=50.0, person="boris")
    assert shown(relay, look=True).x == moved.x
    assert len(crowd.asked) == 1, "and not again for a few frames"


@pytest.mark.slow
def test_nobody_looks_where_there_is_no_name_or_the_clip_was_turned(
    relay: Relay, stage: Stage, crowd: Crowd, real_cards: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = filmed(relay, stage, 60.0)
    edits.retitle(relay, "proryv80", "film", clip, who="", town="", person="boris")
    campaign, almanac, entries = render._loaded(relay, "proryv80", "film")
    made = render._cut(relay, campaign, almanac, entries, house=queries.house_of(relay.settings, almanac))
    assert made.compositions[1].layer is None
    edits.retitle(relay, "proryv80", "film", clip, who="Анна", town="", person="boris")
    monkeypatch.setattr(queries.Entry, "turn", 90)
    assert shown(relay, look=True).x < 640
    assert crowd.asked == []
