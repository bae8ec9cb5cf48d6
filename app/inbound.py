"""`python -m app.inbound [RECIPIENT] < message`: takes in a mail that was sent to an address of ours for reports.

The mail server in front hands each such mail over (in Postfix a ``pipe`` transport with ``${recipient}``). Without an
argument the addresses in the mail's own headers count. What is no report is dropped; only what may come out better at
another try ends with 75 (EX_TEMPFAIL), so that the server keeps the mail and tries again.
"""

from __future__ import annotations

import sys
from email import message_from_bytes
from email.utils import getaddresses

from sqlalchemy.exc import OperationalError

from app.core.errors import Invalid
from app.core.unit import unit_of_work
from app.domains import postmaster
from app.domains.dmarc import LARGEST_FILE
from app.factory import create_site_app
from config.settings import Settings

TRY_AGAIN = 75
HEADERS = ("Delivered-To", "X-Original-To", "To")


def main(argv: list[str]) -> int:
    mail = sys.stdin.buffer.read(2 * LARGEST_FILE + 1)
    try:
        with create_site_app(Settings.from_env()).app_context(), unit_of_work():
            new = sum(postmaster.deliver(mail, recipient) for recipient in argv[1:] or addressed(mail))
    except OperationalError:
        return TRY_AGAIN
    except Invalid:
        return 0
    print(new)
    return 0


def addressed(mail: bytes) -> list[str]:
    """Return the addresses that the headers of a mail name, each once."""
    message = message_from_bytes(mail)
    values = [str(value) for name in HEADERS for value in message.get_all(name, [])]
    return list(dict.fromkeys(address for _name, address in getaddresses(values) if address))


if __name__ == "__main__":
    sys.exit(main(sys.argv))
