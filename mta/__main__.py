"""``python -m mta``: deliver mail. ``python -m mta status``: show what it does."""

from __future__ import annotations

import os
import sys

from mta import logs, process
from mta.settings import Settings, SettingsError
from mta.supervisor import Supervisor


def main(arguments: list[str]) -> int:
    logs.configure()
    try:
        settings = Settings.from_env()
    except SettingsError as error:
        print(f"mta: {error}", file=sys.stderr)
        return 2
    if arguments[:1] == ["engine"]:
        process.run(settings, parent=int(os.environ.get("MTA_PARENT", "0")) or None)
    elif arguments:
        print("usage: python -m mta", file=sys.stderr)
        return 2
    elif settings.process_count == 1:
        process.run(settings)
    else:
        Supervisor(settings.process_count).run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
