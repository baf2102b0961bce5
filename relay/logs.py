"""Logs are lines on stderr (JSON when it isn't a terminal), so that stdout belongs to the answer.

structlog brings a formatter of tracebacks and a highlighter of source text along, which take longer to load than most
commands run: it comes with the first module that may write a line.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

_level = "info"


def tell_to_stderr(level: str) -> None:
    """From this level on: `debug`, `info`, `warning` or `error`."""
    global _level  # noqa: PLW0603 - one stderr for the whole process
    _level = level
    if "structlog" in sys.modules:
        _configure()
    for noisy in ("apscheduler", "vk_api", "httpx", "alembic", "python_multipart"):
        logging.getLogger(noisy).setLevel(logging.ERROR)


def get_logger() -> Any:
    """structlog's, which writes as `tell_to_stderr` said, also when it says so later."""
    import structlog

    if not structlog.is_configured():
        _configure()
    return structlog.get_logger()


def _configure() -> None:
    import structlog

    human = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S" if human else "iso", utc=not human),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer() if human else structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, _level.upper())),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # as it is when a line is written
        cache_logger_on_first_use=False,
    )
