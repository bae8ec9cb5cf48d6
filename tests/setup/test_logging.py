"""Log lines carry facts as fields, and no addresses."""

from __future__ import annotations

import logging
from logging.config import dictConfig

from config.logging import logging_config, mask_addresses


def test_addresses_are_masked() -> None:
    event = mask_addresses(None, "info", {"event": "sent to kim@news.example", "rows": 3, "to": "lee@shop.co.kr"})
    assert event == {"event": "sent to k***@news.example", "rows": 3, "to": "l***@shop.co.kr"}


def test_production_writes_json_to_standard_error() -> None:
    formatter = logging_config(production=True)["formatters"]["line"]
    made = formatter["()"](foreign_pre_chain=formatter["foreign_pre_chain"], processors=formatter["processors"])
    record = logging.LogRecord("mta", logging.WARNING, "", 0, "relay %s refused kim@news.example", ("mx",), None)
    line = made.format(record)
    assert line.startswith("{")
    assert '"event": "relay mx refused k***@news.example"' in line
    assert '"level": "warning"' in line


def test_configuration_is_one_that_logging_takes() -> None:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        dictConfig(logging_config())
    finally:
        root.handlers, root.level = handlers, level
