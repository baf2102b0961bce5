"""The words of clips, posts and videos, by which they are found, on every database the same.

A row of `SearchWord` for each word and what it is without its ending (language/stems.py), each row of texts by itself:
a clip's words are its own, those that were heard in it (said.py), those of its videos and of the posts that carry them,
put together when they are asked for. Whoever changes a text need not know of this: a trigger of the database (migration
0011, and 0030 for what was heard) notes the row in `SearchChange` in the same transaction, and the words are written
anew before the next search, or by `relay doctor --fix`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import delete, text, union_all
from sqlmodel import Session, col, func, select

from relay.language.stems import forms, indexed, words
from relay.models import (
    Clip,
    ClipVideo,
    HeardRecording,
    Post,
    SearchChange,
    SearchSubject,
    SearchWord,
    Sighting,
    Video,
)
from relay.search import said
from relay.store import Store, add_rows

CHUNK = 250
MOST_WORDS = 12
LAST_SIGN = "\U0010ffff"

TEXTS: Mapping[SearchSubject, tuple[Any, ...]] = {
    SearchSubject.clip: (Clip.id, Clip.name, Clip.town, Clip.district, Clip.quote),
    SearchSubject.post: (Post.id, Post.text, Post.author),
    SearchSubject.video: (Video.id, Video.title, Video.description, Video.author),
}
"""The number of a row, and the texts whose words it is found by. What is said in a clip is told by said.texts_of."""
TRIGGERS = len(TEXTS) * 3 + 6
"""For each of these tables one when a row is new, changed, or gone; what is heard in a clip changes with two tables."""


def catch_up(store: Store, *, chunks: int | None = None) -> int:
    """Writes the words of all rows that changed, CHUNK in a transaction. Returns how many changes are left.

    Takes no lock where nothing has changed. `chunks`: no more than so many, for whoever waits for it.
    """
    done = 0
    while behind := _behind(store):
        if done == chunks:
            return behind
        with store.transaction() as session:
            _catch_up(session)
        done += 1
    return 0


def rebuild(store: Store) -> None:
    """Writes the words of every row anew."""
    with store.transaction() as session:
        session.exec(delete(SearchWord))
        session.exec(delete(SearchChange))
        for subject in SearchSubject:
            rows = [{"subject": subject, "number": each} for each in session.exec(_numbers(subject)).all()]
            add_rows(session, SearchChange, rows)
    catch_up(store)


def _numbers(subject: SearchSubject) -> Any:
    """The rows of a subject."""
    if subject is SearchSubject.heard:
        return select(Clip.id).where(col(Clip.sha256).in_(select(HeardRecording.sha256)))
    return select(TEXTS[subject][0])


def _texts(
    session: Session, subject: SearchSubject, numbers: Iterable[int] | None = None
) -> Iterator[tuple[int, list[str]]]:
    """The texts of all rows of a subject, or of those with these numbers; read a few hundred at a time."""
    if subject is SearchSubject.heard:
        yield from ((number, [text]) for number, text in said.texts_of(session, numbers))
        return
    rows = select(*TEXTS[subject])
    if numbers is not None:
        rows = rows.where(TEXTS[subject][0].in_(list(numbers)))
    for number, *texts in session.execute(rows, execution_options={"yield_per": CHUNK}):
        yield number, [text for text in texts if text]


def wrong(store: Store) -> int:
    """Of how many rows the words are not those of their texts, changes that are noted put aside. Reads every text."""
    catch_up(store)
    with store.reading() as session:
        return sum(_wrong(session, subject) for subject in SearchSubject)


def _wrong(session: Session, subject: SearchSubject) -> int:
    written: dict[int, set[str]] = {}
    words_of = select(SearchWord.number, SearchWord.word).where(SearchWord.subject == subject)
    for number, word in session.exec(words_of):
        written.setdefault(number, set()).add(word)
    differing = sum(indexed(texts) != written.pop(number, set()) for number, texts in _texts(session, subject))
    return differing + len(written)


def is_told_of_changes(session: Session) -> bool:
    """Whether every trigger is there that notes a change of texts."""
    is_postgres = session.get_bind().dialect.name == "postgresql"
    names = (
        "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'search\\_%'"
        if is_postgres
        else "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'search\\_%' ESCAPE '\\'"
    )
    return bool(session.connection().execute(text(names)).scalar_one() == TRIGGERS)


def clips_with(sought: str) -> list[Any]:
    """Conditions on Clip: each word stands in its own texts, in a post that carries it or its video's, or is said."""
    return [col(Clip.id).in_(_clips_of(one)) for one in _asked(sought)]


def posts_with(sought: str) -> list[Any]:
    """Conditions on Post: each word stands in it or in one of its videos."""
    return [col(Post.id).in_(_posts_of(one)) for one in _asked(sought)]


def _behind(store: Store) -> int:
    with store.reading() as session:
        return session.exec(select(func.count()).select_from(SearchChange)).one()


def _catch_up(session: Session) -> None:
    if session.get_bind().dialect.name == "postgresql":  # SQLite lets one write at a time anyway
        session.connection().execute(text("LOCK TABLE searchchange IN SHARE UPDATE EXCLUSIVE MODE"))
    noted = session.exec(select(SearchChange).order_by(col(SearchChange.id)).limit(CHUNK)).all()
    for subject in SearchSubject:
        _write(session, subject, {row.number for row in noted if row.subject is subject})
    session.exec(delete(SearchChange).where(col(SearchChange.id).in_([row.id for row in noted])))


def _write(session: Session, subject: SearchSubject, numbers: set[int]) -> None:
    if not numbers:
        return
    session.exec(delete(SearchWord).where(col(SearchWord.subject) == subject, col(SearchWord.number).in_(numbers)))
    found: list[dict[str, object]] = [
        {"word": word, "subject": subject, "number": number}
        for number, texts in _texts(session, subject, numbers)
        for word in sorted(indexed(texts))
    ]
    add_rows(session, SearchWord, found)


def _asked(sought: str) -> list[list[Any]]:
    """For each word the conditions on SearchWord of which one has to hold.

    The last word may not be typed to its end, so what begins with it is meant too.
    """
    asked = words(sought)[:MOST_WORDS]
    conditions: list[list[Any]] = [[col(SearchWord.word).in_(sorted(forms(word)))] for word in asked]
    if asked and len(asked[-1]) >= said.SHORTEST_BEGINNING and not sought[-1:].isspace():
        conditions[-1].append((col(SearchWord.word) >= asked[-1]) & (col(SearchWord.word) < asked[-1] + LAST_SIGN))
    return conditions


def _of(subject: SearchSubject, condition: Any) -> Any:
    return select(SearchWord.number).where(condition, col(SearchWord.subject) == subject)


def _clips_of(conditions: list[Any]) -> Any:
    """From the few rows with the word to the clips: a database that begins at the clips looks at all of them."""
    found = []
    for condition in conditions:
        video, post = _of(SearchSubject.video, condition).subquery(), _of(SearchSubject.post, condition).subquery()
        found += [
            _of(SearchSubject.clip, condition),
            _of(SearchSubject.heard, condition),
            select(ClipVideo.clip_id).join(video, col(ClipVideo.video_id) == video.c.number),
            select(ClipVideo.clip_id)
            .join(Sighting, col(Sighting.video_id) == col(ClipVideo.video_id))
            .join(post, col(Sighting.post_id) == post.c.number),
        ]
    return union_all(*found)


def _posts_of(conditions: list[Any]) -> Any:
    found = []
    for condition in conditions:
        video = _of(SearchSubject.video, condition).subquery()
        found += [
            _of(SearchSubject.post, condition),
            select(Sighting.post_id).join(video, col(Sighting.video_id) == video.c.number),
        ]
    return union_all(*found)
