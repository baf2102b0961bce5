"""What typer says of a wrong command, in our words. The sentences are those of typer and of click before it."""

from __future__ import annotations

import pytest

from relay.cli.terminal import misuse, show
from relay.errors import Refused, RelayError
from relay.language.catalogue import translator
from relay.language.sentence import Sentence, filled


class Said:
    """An error of typer that says this."""

    def __init__(self, text: str) -> None:
        self.text = text

    def format_message(self) -> str:
        return self.text


@pytest.mark.parametrize(
    ("said", "russian"),
    [
        ("Invalid value for 'switch': Value error, 'maybe' is not one of 'on', 'off'.",
         "switch: подойдёт одно из этих: 'on', 'off'."),
        ("Invalid value for 'page': 'shut' is not one of 'open', 'close'.",
         "page: подойдёт одно из этих: 'open', 'close'."),
        ("Invalid value for '--api-port': Input should be less than or equal to 65535", "--api-port: не больше 65535."),
        ("Invalid value for '--fps': Input should be greater than or equal to 1", "--fps: не меньше 1."),
        ("Invalid value for 'file': file 'nope.mp4' does not exist", "Файла nope.mp4 нет."),
        ("Invalid value for '--videos': Directory 'мои видео' does not exist.", "Папки мои видео нет."),
        ("Invalid value for 'file': file '/tmp' is a directory", "/tmp — это папка, а нужен файл."),
        ("Invalid value for 'folder': Directory 'x.txt' is a file.", "x.txt — это файл, а нужна папка."),
        ("Invalid value for 'clip': 'seven' is not a valid integer", "clip: нужно целое число."),
        ("Invalid value for '--yes': Input should be a valid boolean, unable to interpret input",
         "--yes: да или нет (yes или no)."),
        ("No such command 'foo'.", "Команды foo нет."),
    ],
)  # fmt: skip
def test_a_wrong_command_is_told_without_a_word_of_english(said: str, russian: str) -> None:
    error = misuse.told(Said(said))
    assert error is not None
    assert translator("ru").tell(error.line).startswith(russian)


@pytest.mark.parametrize(
    ("error", "russian"),
    [
        (RelayError("The folder {folder} can't be made ({why}).", folder="/x",
                    why=Sentence("No such file or directory")),
         "Папку /x не удалось создать (такого файла или папки нет)."),
        (Refused("The file can't be read ({strerror}).", strerror=Sentence("Permission denied")),
         "Файл не читается (нет прав доступа)."),
        (RelayError("The setting {name} is wrong: {msg}.", name="RELAY_PORT",
                    msg=filled("Input should be less than {most}", most=70000)),
         "Настройка RELAY_PORT задана неверно: нужно меньше 70000."),
        (RelayError("Only {free:.1f} GB are free, Relay keeps {min_free_gb:g}.", free=1.5, min_free_gb=2.5),
         "Свободно только 1,5 ГБ, а Relay оставляет 2,5."),
    ],
)  # fmt: skip
def test_what_the_system_says_is_quoted_in_russian(error: RelayError, russian: str) -> None:
    assert translator("ru").tell(error.line) == russian


def test_what_nobody_has_translated_is_quoted_as_it_is() -> None:
    error = RelayError("The folder {folder} can't be made ({why}).", folder="/x", why=Sentence("Something else"))
    assert translator("ru").tell(error.line) == "Папку /x не удалось создать (Something else)."


@pytest.mark.parametrize(
    ("written", "russian"),
    [
        ("<str>", "<текст>"),
        ("<list[int]>", "<число …>"),
        ("<int range>", "<число в пределах>"),
        ("<Path>", "<путь>"),
        ("<on|off>", "<on|off>"),
        ("", ""),
        (None, None),
    ],
)
def test_types_of_options_are_named_in_russian(written: str | None, russian: str | None) -> None:
    assert show._type_in_words(lambda **_context: written, translator("ru").gettext) == russian
