"""Logging of the MTA: facts as fields, one line each; addresses and bodies never."""

from __future__ import annotations

import logging
import sys

import structlog


def configure(*, pretty: bool | None = None) -> None:
    """Log to standard error: for a person at a terminal, as JSON elsewhere."""
    to_terminal = sys.stderr.isatty() if pretty is None else pretty
    renderer = structlog.dev.ConsoleRenderer() if to_terminal else structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
