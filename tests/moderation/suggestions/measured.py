"""How often proposals are right, and how often one that is shown is wrong.

scripts/bench suggestions [--misses]
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from relay.demo import CAPTIONS, caption
from relay.demo.cast import CAST, ECHOES
from relay.moderation.suggestions.evidence import ClipText, Field, Knowledge, Origin, Suggestion
from relay.moderation.suggestions.places import folded
from relay.moderation.suggestions.propose import propose
from relay.sandbox.measure import Size
from relay.sandbox.neighbourhood import TOWNS, populate
from relay.sandbox.network import Network
from relay.sandbox.vk.network import Vk
from relay.sandbox.vk.records import VkPost, VkVideo
from tests.moderation.suggestions import posts, posts_aside, posts_of_pages, posts_unseen
from tests.moderation.suggestions.posts import Told

FIELDS = (Field.name, Field.town, Field.district, Field.age)
RESIDENTS = 60
CAPTURED = Path(__file__).resolve().parents[4] / "shared" / "corpus" / "vk_json"
"""Real networks' answers, where a developer has them; nothing of them is part of Relay."""
OPENS = datetime(2023, 1, 10, 21, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Case:
    """A clip's words, and what they say; fields that `truth` lacks are not asked for."""

    words: Sequence[ClipText]
    truth: Mapping[Field, str]


@dataclass(slots=True)
class Figures:
    """Of one field: how many cases have it, how many proposals are right, how many that are shown are wrong."""

    cases: int = 0
    told: int = 0
    right: int = 0
    wrong: int = 0

    @property
    def recall(self) -> float:
        return self.right / self.told if self.told else 1.0

    @property
    def wrongs(self) -> float:
        """Wrong proposals a case."""
        return self.wrong / self.cases if self.cases else 0.0


def case(told: Told) -> Case:
    return Case(words_of(told), {field: getattr(told, field) for field in FIELDS})


def words_of(told: Told) -> list[ClipText]:
    texts = [
        ClipText(Origin.post, told.text), ClipText(Origin.video_title, told.title),
        ClipText(Origin.video_description, told.description), ClipText(Origin.profile, told.author),
    ]  # fmt: skip
    return [words for words in texts if words.text]


def residents(folder: Path, count: int = RESIDENTS, seed: int = 1) -> list[Case]:
    """Whoever lives in the sandbox: the demo's cast, which tells no towns, and residents made up from a seed."""
    cast = {one.file: caption(one) for one in (*CAST, *ECHOES)}
    (folder / CAPTIONS).write_text(json.dumps(cast, ensure_ascii=False), "utf-8")
    for name in [*cast, *(f"{number}.mp4" for number in range(count - len(cast)))]:
        (folder / name).write_bytes(name.encode())
    network = Network(lambda: OPENS + timedelta(days=9))
    closes = OPENS + timedelta(days=8)
    populate(network, folder, opens=OPENS, closes=closes, seed=seed, measure=lambda _: Size(1280, 720, 8.0))
    ours = [video for video in network.vk.videos() if video.title != "Видео"]
    assert len(ours) == count
    return [_resident(network.vk, video) for video in ours]


def _resident(vk: Vk, video: VkVideo) -> Case:
    owner = vk.owner(video.key.owner_id)
    assert owner is not None
    carrying = [post for post in vk.all_posts() if video.key in _videos(vk, post) and len(_videos(vk, post)) == 1]
    texts = [ClipText(Origin.post, post.text) for post in carrying if post.text]
    video_texts = [ClipText(Origin.video_title, video.title), ClipText(Origin.video_description, video.description)]
    words = [*texts, *(each for each in video_texts if each.text), ClipText(Origin.profile, owner.full_name, True)]
    told = any(owner.town in each.text for each in words)
    assert told == (owner.town in TOWNS and any(f", {owner.town}." in each.text for each in words))
    return Case(words, {Field.name: owner.full_name, Field.town: owner.town if told else ""})


def _videos(vk: Vk, post: VkPost) -> tuple[object, ...]:
    original = vk.post(post.repost_of) if post.repost_of is not None else None
    return (*post.videos, *(original.videos if original is not None else ()))


def captured() -> list[Case]:
    """Everyday posts of real networks, none by a reader of anything: whatever is proposed is wrong."""
    texts = {
        text
        for file in sorted(CAPTURED.rglob("*"))
        if file.is_file() and "schema" not in file.parts
        for text in _texts(file)
    }
    return [Case([ClipText(Origin.post, text)], dict.fromkeys(FIELDS, "")) for text in sorted(texts)]


def _texts(file: Path) -> Iterator[str]:
    content = file.read_text("utf-8-sig", errors="replace")
    if file.suffix == ".html":
        yield from (
            re.sub(r"<[^>]+>", " ", found) for found in re.findall(r"message_text[^>]*>(.*?)</div>", content, re.DOTALL)
        )
    for found in re.findall(r'"(?:text|title|description)"\s*:\s*("(?:[^"\\]|\\.)*")', content):
        text = json.loads(found)
        if len(text) > 3:
            yield text


def measure(cases: Iterable[Case], misses: list[str] | None = None) -> dict[Field, Figures]:
    figures = {field: Figures() for field in FIELDS}
    for each in cases:
        proposals = propose(each.words, Knowledge())
        for field, truth in each.truth.items():
            shown = [proposal for proposal in proposals if proposal.field is field]
            _count(figures[field], truth, shown)
            if misses is not None and (missed := _missed(truth, shown)):
                misses.append(f"{field}: {missed} · {each.words[0].text[:90]!r}")
    return figures


def _count(figures: Figures, truth: str, shown: Sequence[Suggestion]) -> None:
    right = [proposal for proposal in shown if truth and folded(proposal.value) == folded(truth)]
    figures.cases += 1
    figures.told += bool(truth)
    figures.right += bool(right)
    figures.wrong += len(shown) - len(right)


def _missed(truth: str, shown: Sequence[Suggestion]) -> str:
    told = [proposal.value for proposal in shown]
    return "" if list(map(folded, told)) == ([folded(truth)] if truth else []) else f"wanted {truth!r}, shown {told}"


def sets(folder: Path) -> dict[str, list[Case]]:
    found = {
        f"{RESIDENTS} residents of the sandbox": residents(folder),
        "the posts that rules were made with": [case(told) for told in posts.TUNED_ON],
        "held out from the first": [case(told) for told in posts.HELD_OUT],
        "posts of pages, teachers and parents": [case(told) for told in posts_of_pages.POSTS],
        "the other half of these": [case(told) for told in posts_aside.POSTS],
        "hard ones": [case(told) for told in posts_unseen.TRICKY],
        "plain ones": [case(told) for told in posts_unseen.PLAIN],
        "later shapes": [case(told) for told in (*posts.LATER, *posts.LAST, *posts.FRESH)],
    }
    return found | ({"captured posts": captured()} if CAPTURED.is_dir() else {})


def main(*, misses: bool) -> int:
    missed: list[str] | None = [] if misses else None
    with tempfile.TemporaryDirectory() as folder:
        for name, cases in sets(Path(folder)).items():
            propose(cases[0].words)  # loads what is loaded once
            begun = time.process_time()
            figures = measure(cases, missed)
            cost = (time.process_time() - begun) * 1000 / len(cases)
            told = ", ".join(
                f"{field} {one.recall:.0%} of {one.told}, wrong {one.wrongs:.1%}"
                for field, one in figures.items()
                if one.cases
            )
            print(f"{name} ({len(cases)}): {told}; {cost:.1f} ms each")  # noqa: T201
    for miss in missed or ():
        print(miss)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(misses="--misses" in sys.argv))
