"""`python -m app.relock`: lock all private DKIM keys anew after the master secret was changed, all of them or none.

The new secret is in `MESSAGEPARK_SECRET_KEY` as always, the old one in `MESSAGEPARK_OLD_SECRET_KEY`. Keys that the new
one opens already are left alone, so it may be run again.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from app.core.unit import unit_of_work
from app.domains import service
from app.domains.vault import CannotOpen
from app.factory import create_site_app
from config.settings import Settings, SettingsError

OLD_SECRET = "MESSAGEPARK_OLD_SECRET_KEY"  # noqa: S105 - the name of a variable


def main(environment: Mapping[str, str]) -> int:
    try:
        settings, old = Settings.from_env(environment), environment.get(OLD_SECRET)
        if not old:
            raise SettingsError(f"{OLD_SECRET} is empty: set it to the secret before the change")
        print(f"{relock(settings, old)} keys are locked with the new secret.")
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    except CannotOpen as error:
        print(f"Nothing was changed: a key opens with neither secret ({error}).", file=sys.stderr)
        return 1
    return 0


def relock(settings: Settings, old_secret: str) -> int:
    with create_site_app(settings).app_context(), unit_of_work():
        return service.relock_keys(old_secret)


if __name__ == "__main__":
    sys.exit(main(os.environ))
