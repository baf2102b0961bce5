"""What is wrong with the chained record, in the words of people who are not engineers. All are message ids."""

from __future__ import annotations

from collections.abc import Mapping

from relay.chain.verifying import FaultKind
from relay.language.catalogue import N_

FAULTS: Mapping[FaultKind, str] = {
    FaultKind.link_broken: N_("This entry of the chain was changed, or stands in another place."),
    FaultKind.link_missing: N_("An entry of the chain was removed here."),
    FaultKind.row_changed: N_("What is recorded was changed later."),
    FaultKind.row_missing: N_("What was recorded has been removed."),
    FaultKind.row_back: N_("What had been removed lawfully is there again."),
    FaultKind.row_unlinked: N_("This was written by somebody who is not Relay."),
    FaultKind.head_lost: N_(
        "The chain does not hold what a head that was kept says: its end was removed or rewritten."
    ),
    FaultKind.guard_missing: N_("A guard of the database that forbids changes is gone."),
    FaultKind.permit_open: N_("A permit to change the record was left open."),
    FaultKind.other_key: N_("The record was sealed with another key: secret.key is not the one of this database."),
}

FACTS: Mapping[str, str] = {
    "decision": N_("decision"),
    "event": N_("event"),
    "signoff": N_("sign-off"),
    "consent": N_("consent"),
}
"""Tables whose rows are chained."""
