from __future__ import annotations

import pytest

from relay.errors import Refused
from relay.moderation.finding.tags import LONGEST_TAG, spelled


def test_one_word_is_one_tag():
    assert spelled(" #На Проверку ") == spelled("на проверку") == "на проверку"
    assert len(spelled("Я" * 99)) == LONGEST_TAG


@pytest.mark.parametrize("nothing", ["", " # ", "-"])
def test_a_tag_has_letters(nothing):
    with pytest.raises(Refused):
        spelled(nothing)
