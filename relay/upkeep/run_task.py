"""Runs one task of a schedule. Nothing that goes wrong in it may stop the others."""

from __future__ import annotations

from collections.abc import Callable

from relay import logs
from relay.errors import Interrupted, RelayError, disk_told
from relay.language.sentence import filled

log = logs.get_logger()


def run_task(what: str, task: Callable[[], object], report: Callable[[str], None] = lambda _line: None) -> bool:
    """Whether it went well. `report` is given one line (English, maybe a message id) about what did not; a fault of
    ours is logged with its traceback.
    """
    try:
        with disk_told():
            task()
    except Interrupted:
        return True
    except RelayError as error:
        log.warning(f"{what} failed", error=error.line)
        report(error.line)
        return False
    except Exception:
        log.exception(f"{what} broke")
        report(filled("A fault in Relay itself ({what}): see the log.", what=what))
        return False
    return True
