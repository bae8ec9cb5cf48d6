"""`python -m worker work | schedule | ingest`: one process of that kind, until SIGTERM or SIGINT."""

from __future__ import annotations

import signal
import sys
import threading
from types import FrameType

from app.dispatch import Dispatcher
from config import logging, memory
from config.settings import Settings, SettingsError
from worker import ingest, job, schedule, work

KINDS = ("work", "schedule", "ingest")


def main(argv: list[str]) -> int:
    if len(argv) != 2 or argv[1] not in KINDS:
        print(f"usage: python -m worker {' | '.join(KINDS)}", file=sys.stderr)
        return 2
    try:
        settings = Settings.from_env()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    logging.configure(production=settings.environment == "production")
    if argv[1] == "work":
        work.run(settings)
        return 0
    job.use_dispatcher(Dispatcher(settings))
    memory.settle()
    stop = _stop_on_signals()
    if argv[1] == "schedule":
        schedule.run(settings, stop)
    else:
        ingest.run(stop)
    return 0


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    return stop


if __name__ == "__main__":
    sys.exit(main(sys.argv))
