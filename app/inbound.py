"""`python -m app.inbound [RECIPIENT] < message`: takes in a mail that was sent to an address of ours for reports.

Reports about domains (DMARC), complaints (ARF), and bounces of mails that had been taken (DSN). The mail server in
front hands each such mail over (in Postfix a ``pipe`` transport with ``${recipient}``). Without an argument the
addresses in the mail's own headers count. What is no report is dropped; only what may come out better at another try
ends with 75 (EX_TEMPFAIL), so that the server keeps the mail and tries again.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from email.parser import BytesHeaderParser
from email.utils import getaddresses

from redis.exceptions import RedisError
from sqlalchemy.exc import OperationalError

from app.core.errors import Invalid
from app.core.unit import unit_of_work
from app.domains import postmaster
from app.domains.dmarc import LARGEST_FILE
from app.factory import create_site_app
from app.tracking import returns
from config.settings import Settings

TRY_AGAIN = 75
LARGEST_HEADER = 64 * 1024
MOST_RECIPIENTS = 50
HEADERS = ("Delivered-To", "X-Original-To", "To")


def main(argv: list[str]) -> int:
    mail = sys.stdin.buffer.read(2 * LARGEST_FILE + 1)
    try:
        with create_site_app(Settings.from_env()).app_context(), unit_of_work():
            new = take_in(mail, argv[1:] or addressed(mail))
    except (OperationalError, RedisError):
        return TRY_AGAIN
    except Invalid:
        return 0
    print(new)
    return 0


def take_in(mail: bytes, recipients: Sequence[str]) -> int:
    """Give a mail to whoever it is for, and return how many reports that were new."""
    reports = sum(postmaster.deliver(mail, recipient) for recipient in recipients)
    return reports or int(returns.deliver(mail, recipients))


def addressed(mail: bytes) -> list[str]:
    """Return the addresses that the headers of a mail name, each once."""
    message = BytesHeaderParser().parsebytes(mail[:LARGEST_HEADER])
    values = [str(value) for name in HEADERS for value in message.get_all(name, [])]
    found = dict.fromkeys(address for _name, address in getaddresses(values) if address)
    return list(found)[:MOST_RECIPIENTS]


if __name__ == "__main__":
    sys.exit(main(sys.argv))
