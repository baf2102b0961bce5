"""How sure a reading is, in words. All are message ids."""

from __future__ import annotations

from relay.language.catalogue import N_

CLEARLY = 0.5
"""So much more speaks for a text than for the next one that there is no other."""


def sure(verdict: str, margin: float, basis: str, others: int) -> str:
    """The sentence for what is proposed first. `others`: how many more texts might be read there."""
    if basis == "aligned":
        return N_("Perhaps: by the sound alone, no words were recognised.")
    if verdict == "read" and (margin >= CLEARLY or not others):
        return N_("Recognised clearly.")
    if verdict == "read":
        return N_("Recognised; another text is near.")
    return N_("Perhaps; another text may be meant.") if others else N_("Perhaps: little of it was recognised.")


def clock(moment: float) -> str:
    """`62.4` → `1:02`."""
    return f"{int(moment) // 60}:{int(moment) % 60:02}"
