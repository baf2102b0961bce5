from __future__ import annotations

import os
import re
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from relay.cli.terminal import show
from relay.config import Settings
from relay.intake import inspect
from relay.language.catalogue import catalogue, closest, compiled, is_spoken, languages, names, translator
from relay.web.words import wording
from tests.language import messages

PLACES = re.compile(r"%\(\w+\)s|\{\w*(?:![rs])?(?::[^}]*)?\}")


@pytest.mark.slow
def test_every_sentence_is_in_the_catalogues_and_nothing_else():
    said = messages.everywhere()
    assert {language: said ^ set(messages.translated(language)) for language in languages()} == {
        language: set() for language in languages()
    }


@pytest.mark.slow
def test_no_sentence_is_put_together_where_it_is_said():
    assert messages.made_up(messages.modules()) == []


@pytest.mark.slow
def test_no_sentence_loses_its_words():
    assert messages.torn(messages.modules()) == []


@pytest.mark.parametrize("told", ["str(error)", "f'{name}: {error}'", "f'{error.line} Try again.'"])
def test_twin_a_sentence_that_loses_its_words_is_found(told, tmp_path):
    (tmp_path / "module.py").write_text(f"try:\n    f()\nexcept Refused as error:\n    row.reason = {told}", "utf-8")
    assert messages.torn([tmp_path / "module.py"]) == [f"module.py:4 {told}"]
    (tmp_path / "other.py").write_text("fault = f'{link}: {filled(told)}'", "utf-8")
    assert len(messages.torn([tmp_path / "other.py"])) == 1


@pytest.mark.parametrize(
    "code",
    [
        'raise Refused("There is no ladder {name}.", hint="Look behind the house.", name=name)',
        'say("the ladder is here")',
        'fail("the ladder is here")',
        'Check("ladder", "it is gone")',
        'table(["ladder"], rows, empty="no ladder")',
        'LATER = "The ladder comes later."',
        'told = {1: "Is there a ladder?"}',
    ],
)
def test_the_finder_finds_a_sentence_wherever_it_is_said(code, tmp_path):
    (tmp_path / "module.py").write_text(code, "utf-8")
    assert messages.in_code([tmp_path / "module.py"])


def test_the_finder_tells_a_sentence_that_is_put_together(tmp_path):
    (tmp_path / "module.py").write_text('f"There is no ladder {name}."\nf"{slug}:{name}"', "utf-8")
    assert messages.made_up([tmp_path / "module.py"]) == ["module.py:1 f'There is no ladder {name}.'"]


@pytest.mark.slow
@pytest.mark.parametrize(("language", "forms"), [("ru", 3), ("fr", 2)])
def test_every_sentence_is_translated(language, forms):
    untranslated = [
        id_
        for id_, text in messages.translated(language).items()
        if not (all(text) and len(text) == forms if isinstance(text, tuple) else text)
    ]
    assert untranslated == []


FRENCH_SIGNS = re.compile(
    r"'(?=\w)|«(?!\u202f)|(?<!\u202f)»|(?<=\w)[;!?](?=\s|$)|[ \u00a0][;!?](?=\s|$)|(?<=\w):(?=\s|$)|[ \u202f]:(?=\s|$)"
)
"""A straight apostrophe, and signs without their no-break spaces (narrow ones but before a colon)."""
AS_IN_ENGLISH = ("pip install", "--", "{part")


@pytest.mark.slow
def test_french_signs_stand_apart_as_they_do_in_print():
    told = [
        text for texts in messages.translated("fr").values() for text in ([texts] if isinstance(texts, str) else texts)
    ]
    assert [
        text for text in told if FRENCH_SIGNS.search(text) and not any(each in text for each in AS_IN_ENGLISH)
    ] == []


@pytest.mark.parametrize("text", ["l'espace", "Vraiment?", "Vraiment ?", "Fait: rien", "« mot »", "rien; tout"])
def test_twin_signs_that_stick_to_words_are_found(text):
    assert FRENCH_SIGNS.search(text)


@pytest.mark.parametrize(("number", "words"), [(0, "0 clip"), (1, "1 clip"), (2, "2 clips"), (21, "21 clips")])
def test_french_plurals(number, words):
    assert translator("fr").ngettext("%(num)s clip", "%(num)s clips", number) % {"num": number} == words


@pytest.mark.parametrize("language", languages())
def test_translations_keep_the_places_to_fill(language):
    for id_, text in messages.translated(language).items():
        one, many = (id_, id_) if isinstance(id_, str) else id_
        for form in [text] if isinstance(text, str) else text:
            places = set(PLACES.findall(form))
            assert not form or set(PLACES.findall(one)) <= places <= set(PLACES.findall(many)), id_


@pytest.mark.slow
@pytest.mark.parametrize("language", languages())
def test_no_translation_is_marked_as_doubtful_or_left_over(language):
    with catalogue(language).open("rb") as file:
        read = read_po(file, locale=language, abort_invalid=True)
    assert not read.obsolete
    assert not [message.id for message in read if message.id and message.fuzzy]


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "1 клип"), (2, "2 клипа"), (5, "5 клипов"), (11, "11 клипов"), (21, "21 клип"), (104, "104 клипа")],
)
def test_russian_plurals(number, words):
    told = translator("ru").ngettext("%(num)s clip", "%(num)s clips", number)
    assert told % {"num": number} == words


def test_an_unknown_language_is_answered_in_english():
    assert translator("tlh").gettext("Approve") == "Approve"
    assert translator("ru").gettext("Approve") == "Одобрить"
    assert translator("ru").gettext("Never heard of") == "Never heard of"


@pytest.mark.parametrize("language", languages())
def test_the_compiled_catalogue_says_what_the_written_one_says(language):
    ours = translator(language)
    for id_, text in messages.translated(language).items():
        if isinstance(id_, str):
            assert ours.gettext(id_) == (text or id_)
        else:
            assert {ours.ngettext(*id_, number) for number in range(25)} == set(text)


def test_a_catalogue_is_compiled_once_and_again_after_a_change(tmp_path):
    written = tmp_path / "relay.po"
    written.write_text('msgid "Sign in"\nmsgstr "Se connecter"\n', "utf-8")
    first, kept = compiled(written, "fr"), written.with_suffix(".mo")
    assert (kept.read_bytes(), sorted(tmp_path.iterdir())) == (first, [kept, written])
    as_built = b"anything that was made from it" + first[-32:]
    kept.write_bytes(as_built)
    assert compiled(written, "fr") == as_built
    written.write_text('msgid "Sign in"\nmsgstr "Connexion"\n', "utf-8")
    assert GNUTranslations(BytesIO(compiled(written, "fr"))).gettext("Sign in") == "Connexion"


def test_a_folder_that_can_t_be_written_is_no_trouble(tmp_path):
    written = tmp_path / "relay.po"
    written.write_text('msgid "Sign in"\nmsgstr "Se connecter"\n', "utf-8")
    written.with_suffix(f".{os.getpid()}.part").mkdir()  # in the way, whoever runs the tests
    assert GNUTranslations(BytesIO(compiled(written, "fr"))).gettext("Sign in") == "Se connecter"
    assert not written.with_suffix(".mo").exists()


@pytest.mark.parametrize("language", ["", "..", "../ru", "ru/", "tlh", "ru\0", "é" * 300])
def test_only_a_language_with_a_catalogue_is_spoken(language):
    assert not is_spoken(language)
    assert {code: is_spoken(code) for code in languages()} == dict.fromkeys(names(), True)


def test_languages_have_their_own_names():
    assert names() == {"en": "English", "fr": "Français", "ru": "Русский"}


def test_the_command_line_speaks_the_language_of_the_settings(tmp_path, monkeypatch):
    monkeypatch.delenv("RELAY_LANGUAGE", raising=False)
    env = tmp_path / ".env"
    assert show._language(env) == Settings.model_fields["language"].default
    env.write_text("RELAY_PORT=1\nexport relay_language = 'en'\n", "utf-8")
    assert show._language(env) == "en"
    monkeypatch.setenv("RELAY_LANGUAGE", "ru")
    assert show._language(env) == "ru"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("en-US", "en"),
        ("pl, en;q=0.5", "en"),
        ("fr-CA", "fr"),
        ("pl", ""),
        ("", ""),
        (";;,", ""),
    ],
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
