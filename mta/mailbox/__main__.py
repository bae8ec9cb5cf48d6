"""``python -m mta.mailbox``: run the mailbox until SIGTERM or SIGINT."""

from __future__ import annotations

import signal
import sys
import threading
from types import FrameType

import structlog

from mta import logs
from mta.mailbox.settings import MailboxSettings
from mta.mailbox.smtp import controller
from mta.mailbox.store import Store
from mta.mailbox.web import MailboxServer
from mta.settings import SettingsError


def main() -> int:
    logs.configure()
    try:
        settings = MailboxSettings.from_env()
        _serve(settings)
    except (SettingsError, OSError) as error:
        print(f"mailbox: {error}", file=sys.stderr)
        return 2
    return 0


def _serve(settings: MailboxSettings) -> None:
    stop = threading.Event()

    def ask_to_stop(number: int, frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask_to_stop)
    store = Store(settings.folder, settings.keep)
    web = MailboxServer(store, *settings.web)
    smtp = controller(store, *settings.smtp)
    smtp.start()
    threading.Thread(target=web.serve_forever, daemon=True).start()
    log = structlog.get_logger("mailbox")
    log.info("mailbox_open", smtp=settings.smtp, web=f"http://{settings.web[0]}:{settings.web[1]}/")
    stop.wait()
    web.shutdown()
    smtp.stop()


if __name__ == "__main__":
    sys.exit(main())
