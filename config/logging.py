"""One shape for the log lines of every process: lines to read in development, JSON in production.

Facts are fields: ``log.info("import finished", import_id=7, rows=120)``. Addresses are masked here, should one slip in.
"""

from __future__ import annotations

import logging.config
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.typing import Processor

_ADDRESS = re.compile(r"([^\s<>@\"',;:]{1,64})@([\w.-]+\.\w+)")


def configure(*, production: bool = False, level: str = "INFO") -> None:
    """Set up structlog and the standard library's logging for this process; both write to standard error."""
    logging.config.dictConfig(logging_config(production=production, level=level))
    structlog.configure(
        processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def logging_config(*, production: bool = False, level: str = "INFO") -> dict[str, Any]:
    """Return what ``logging.config.dictConfig`` takes; gunicorn is given it as well."""
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": _shared(),
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendered(production)],
    }
    handler = {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "line"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": formatter},
        "handlers": {"stderr": handler},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "gunicorn.error": {"handlers": ["stderr"], "level": level if production else "WARNING", "propagate": False},
        },
    }


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        mask_addresses,
    ]


def _rendered(production: bool) -> list[Processor]:
    if production:
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    colors = sys.stderr.isatty()
    plain = structlog.dev.plain_traceback
    return [_without_time, structlog.dev.ConsoleRenderer(colors=colors, pad_event_to=0, exception_formatter=plain)]


def _without_time(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The launcher puts the time before every line."""
    event.pop("timestamp", None)
    return event


def mask_addresses(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Leave the first letter and the domain of each e-mail address: ``k***@example.com``."""
    for key, value in event.items():
        if isinstance(value, str) and "@" in value:
            event[key] = _ADDRESS.sub(lambda found: f"{found[1][0]}***@{found[2]}", value)
    return event
