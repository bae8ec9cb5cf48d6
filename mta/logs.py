"""Logging of the MTA: facts as fields, one line each; addresses and bodies never."""

from __future__ import annotations

import logging
import sys

import structlog

from mta.contract import Outcome
from mta.work import Delivery

_log = structlog.get_logger("mta")


def log_attempt(delivery: Delivery, outcome: Outcome) -> None:
    """Say what came of one attempt. Of the address only the domain: who it was can be found by batch and number."""
    _log.info(
        "attempt",
        tenant=delivery.work.tenant,
        mailing=delivery.work.mailing,
        lane=delivery.work.lane.value,
        batch=delivery.work.ref,
        seq=outcome.seq,
        domain=delivery.domain,
        destination=delivery.destination,
        host=outcome.host,
        attempt=outcome.attempt,
        status=outcome.status.value,
        code=outcome.code,
        enhanced=outcome.enhanced,
        reply=outcome.text,
    )


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
