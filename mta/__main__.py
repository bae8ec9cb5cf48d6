"""``python -m mta``: deliver mail. ``python -m mta status``: show what it does."""

from __future__ import annotations

import os
import sys

from mta import classify, logs, process, status
from mta.settings import Settings, SettingsError
from mta.supervisor import Supervisor


def main(arguments: list[str]) -> int:
    logs.configure()
    try:
        settings = Settings.from_env()
        process.shaping_of(settings)
        process.ways_of(settings)
        classify.load(settings.bounces)
    except SettingsError as error:
        print(f"mta: {error}", file=sys.stderr)
        return 2
    if arguments[:1] == ["engine"]:
        number, parent = int(arguments[1]), int(os.environ.get("MTA_PARENT", "0"))
        process.run(settings, number=number, parent=parent or None)
    elif arguments[:1] == ["status"]:
        status.show(settings.redis_url, once=not sys.stdout.isatty() or "--once" in arguments)
    elif arguments:
        print("usage: python -m mta [status [--once]]", file=sys.stderr)
        return 2
    else:
        Supervisor(settings.process_count).run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
