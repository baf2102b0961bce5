from __future__ import annotations

import pytest

from relay.collect.found import lookalikes
from relay.collect.found.lookalikes import Alphabet, Difference, How

OURS = ["#proryv80", "#прорывблокады"]


@pytest.mark.parametrize(
    ("written", "pieces", "differences"),
    [
        ("#рroryv80", ["#", "[р]", "roryv80"], [Difference(How.alphabet, "р", "p", Alphabet.cyrillic)]),
        ("#prοryv80", ["#", "pr", "[ο]", "ryv80"], [Difference(How.alphabet, "ο", "o", Alphabet.greek)]),
        ("#прорывблoкады", ["#", "прорывбл", "[o]", "кады"], [Difference(How.alphabet, "o", "о", Alphabet.latin)]),
        ("#прорыв80", ["#прорыв80"], [Difference(How.whole, alphabet=Alphabet.cyrillic)]),
        ("#proryv 80", ["#", "proryv", "[ ]", "80"], [Difference(How.parted)]),
        ("#proryv8O", ["#", "proryv8", "[O]"], [Difference(How.instead, "O", "0")]),
        ("#proryvv80", ["#", "proryv", "[v]", "80"], [Difference(How.more, "v")]),
        ("#prorv80", ["#", "pror", "v80"], [Difference(How.missing, "", "y")]),
        (
            "#proxiv80",
            ["#", "pro", "[x]", "[i]", "v80"],
            [Difference(How.instead, "x", "r"), Difference(How.instead, "i", "y")],
        ),
        ("#PRORYV80", ["#", "PRORYV80"], []),
        ("", [""], []),
    ],
)
def test_the_letters_that_differ(written, pieces, differences):
    found = lookalikes.compare(written, OURS if "80" not in written else OURS[:1])
    assert [f"[{piece.text}]" if piece.differs else piece.text for piece in found.pieces] == pieces
    assert found.differences == differences
