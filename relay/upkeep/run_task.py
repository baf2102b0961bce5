"""Runs one task of a schedule; nothing that goes wrong in it may stop the others."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from relay.errors import Interrupted, RelayError
from relay.language.sentence import filled

log = structlog.get_logger()


def run_task(what: str, task: Callable[[], object], told: Callable[[str], None] = lambda _line: None) -> bool:
    """Whether it went well. `told` hears in one line what did not; a fault of ours is logged whole."""
    try:
        task()
    except Interrupted:
        return True
    except RelayError as error:
        log.warning(f"{what} failed", error=error.line)
        told(error.line)
        return False
    except Exception:
        log.exception(f"{what} broke")
        told(filled("A fault in Relay itself ({what}): see the log.", what=what))
        return False
    return True
