from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from relay.intake import inspect
from relay.media import probe
from relay.moderation import consent, rules
from relay.web import wording
from relay.web.texts import LANGUAGES, catalogue, closest, translator
from tests.web import messages

PLACES = re.compile(r"%\(\w+\)s|\{\w+\}")


def everything() -> set[messages.Message]:
    """What templates and code hold, and what the desk translates when it is read from a row."""
    familiar = {words for _test, words in probe.FAMILIAR}
    return {
        *messages.of_the_desk(),
        *rules.REASONS.values(),
        *consent.SCOPES.values(),
        *inspect.REASONS,
        *familiar,
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_in_the_catalogue(language):
    assert everything() - set(messages.translated(language)) == set()


def test_every_sentence_is_translated_into_russian():
    untranslated = [
        id_
        for id_, text in messages.translated("ru").items()
        if not (all(text) and len(text) == 3 if isinstance(text, tuple) else text)
    ]
    assert untranslated == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_the_places_to_fill(language):
    for id_, text in messages.translated(language).items():
        one, many = (id_, id_) if isinstance(id_, str) else id_
        for form in [text] if isinstance(text, str) else text:
            places = set(PLACES.findall(form))
            assert not form or set(PLACES.findall(one)) <= places <= set(PLACES.findall(many)), id_


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_is_marked_as_doubtful_or_left_over(language):
    with catalogue(language).open("rb") as file:
        read = read_po(file, locale=language, abort_invalid=True)
    assert not read.obsolete
    assert not [message.id for message in read if message.id and message.fuzzy]


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "1 ролик"), (2, "2 ролика"), (5, "5 роликов"), (11, "11 роликов"), (21, "21 ролик"), (104, "104 ролика")],
)
def test_russian_plurals(number, words):
    told = translator("ru").ngettext("%(num)s clip", "%(num)s clips", number)
    assert told % {"num": number} == words


def test_an_unknown_language_is_answered_in_english():
    assert translator("tlh").gettext("Approve") == "Approve"
    assert translator("ru").gettext("Approve") == "Одобрить"
    assert translator("ru").gettext("Never heard of") == "Never heard of"


@pytest.mark.parametrize(
    ("header", "language"),
    [("ru-RU,ru;q=0.9,en;q=0.8", "ru"), ("en-US", "en"), ("fr, en;q=0.5", "en"), ("fr", ""), ("", ""), (";;,", "")],
)
def test_the_browsers_language(header, language):
    assert closest(header) == language


def test_every_flag_has_words_and_a_picture():
    documented = set(re.findall(r"`(\w+)`", inspect.__doc__.split("Flags:")[1].split("Whether")[0]))
    assert documented == set(wording.FLAGS)
    icons = (messages.ROOT / "web" / "templates" / "icons.html").read_text("utf-8")
    for icon, _text in wording.FLAGS.values():
        assert icon == "warn" or f'"{icon}"' in icons


def test_templates_mark_only_literals_as_sentences():
    """`_(x)` marks its answer as safe: with a variable inside, a stranger's text would become markup."""
    for path in (messages.ROOT / "web" / "templates").glob("*.html"):
        for call in re.findall(r"(?<!\w)_\((.)", path.read_text("utf-8")):
            assert call in "\"'", path.name


@pytest.mark.parametrize("path", sorted((messages.ROOT / "web" / "templates").glob("*.html")), ids=lambda p: p.name)
def test_templates_hold_no_inline_script_or_style(path: Path):
    text = path.read_text("utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|<style|\sstyle=|\|\s*safe\b|autoescape false", text)


def test_no_address_of_another_host_is_loaded():
    for path in (*(messages.ROOT / "web" / "templates").glob("*"), *(messages.ROOT / "web" / "static").glob("*")):
        text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|@import|url\(", text), path.name
