from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from relay.cli.terminal import show
from relay.config import Settings
from relay.intake import inspect
from relay.language.catalogue import LANGUAGES, catalogue, closest, translator
from relay.web import wording
from tests.language import messages

PLACES = re.compile(r"%\(\w+\)s|\{\w*(?:![rs])?(?::[^}]*)?\}")


@pytest.mark.slow
def test_every_sentence_is_in_the_catalogues_and_nothing_else():
    said = messages.everywhere()
    assert {language: said ^ set(messages.translated(language)) for language in LANGUAGES} == {
        language: set() for language in LANGUAGES
    }


@pytest.mark.slow
def test_no_sentence_is_put_together_where_it_is_said():
    assert messages.made_up(messages.modules()) == []


@pytest.mark.parametrize(
    "code",
    [
        'raise Refused("There is no ladder {name}.", hint="Look behind the house.", name=name)',
        'say("the ladder is here")',
        'fail("the ladder is here")',
        'Finding("ladder", "it is gone")',
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


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
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


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        ("VK asks for a captcha.", "ВКонтакте просит ввести капчу."),
        (
            "The wall of “Тихвин сегодня. Новости” is closed. Ask its owner to open it, or hand in links with: "
            "relay post add",
            "Стена «Тихвин сегодня. Новости» закрыта. Попросите владельца открыть доступ или передавайте ссылки "
            "командой relay post add",
        ),
        ("Тихвин (vk:club1): The community is closed.", "Тихвин (vk:club1): Сообщество закрыто."),
        ("Only 1.5 GB are free, Relay keeps 2.", "Свободно только 1,5 ГБ, а Relay оставляет 2."),
        ("vk:club1: readings in a row that failed: 3. VK took too long.",
         "vk:club1: подряд не удалось прочитать, раз: 3. ВКонтакте отвечала слишком долго."),
        ("Posts that could not be read: 1; the first: wall-1_9: it has no date.",
         "Не удалось разобрать постов: 1; первый из них: wall-1_9: у записи нет даты."),
        ("tosno/5: it does not say which message it is", "tosno/5: не сказано, какое это сообщение"),
        ("https://s47.example/a: no network that Relay reads",
         "https://s47.example/a: это не сеть, которую читает Relay"),
        ("Links to vk behind which is nothing that we may see: 1 of 2",
         "Ссылки на vk, за которыми нет ничего доступного нам: 1 из 2"),
        ("OK shows the newest 7 videos of this group only, and all of them are newer than asked for",
         "ОК показывает из видео этой группы только 7, и все они новее, чем нужно"),
        ("клип.mp4: it is still being written; it will be taken at the next sweep",
         "клип.mp4: файл ещё записывается; он будет взят при следующем обходе"),
        ("Never heard of it. Try again.", "Never heard of it. Try again."),
        ("Анна: {name} 100%", "Анна: {name} 100%"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_line_that_was_kept_in_english_is_told_in_russian(kept, told):
    assert translator("ru").again(kept) == told
    assert translator("en").again(kept) == kept


@pytest.mark.parametrize("language", LANGUAGES)
def test_our_reader_of_catalogues_reads_what_babel_reads(language):
    ours = translator(language)
    for id_, text in messages.translated(language).items():
        if isinstance(id_, str):
            assert ours.gettext(id_) == (text or id_)
        else:
            assert {ours.ngettext(*id_, number) for number in range(25)} == set(text)


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
