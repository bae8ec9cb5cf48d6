"""`python -m app.unlock ADDRESS`: forget the second factor of an operator who has lost it; they set up another one
when they sign in. For whoever may run commands on the machine: make sure first that it is the operator who asks.
"""

from __future__ import annotations

import sys

from app.core.unit import unit_of_work
from app.factory import create_site_app
from app.operator import factors
from app.tenants import queries
from config.settings import Settings


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: python -m app.unlock ADDRESS", file=sys.stderr)
        return 2
    if not unlock(Settings.from_env(), arguments[0].strip().lower()):
        print("Nothing was changed: no operator with a second factor has this address.", file=sys.stderr)
        return 1
    print("The second factor is forgotten. The next sign-in at the console sets up another one.")
    return 0


def unlock(settings: Settings, email: str) -> bool:
    with create_site_app(settings).app_context(), unit_of_work():
        account = queries.verified_account(email)
        return account is not None and queries.operator(account.id) is not None and factors.forget(account.id)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
