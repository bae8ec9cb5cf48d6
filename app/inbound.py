"""`python -m app.inbound [RECIPIENT …] < message`: takes in a mail that was sent to an address of ours for reports.

Reports about domains (DMARC), complaints (ARF), and bounces of mails that had been taken (DSN). The mail server in
front hands each such mail over: in Postfix a pipe(8), see `deploy/inbound` and docs/deploy.md. Without an argument the
addresses in the mail's own headers count. It ends as sysexits(3) has it: 0, the mail was taken in, or dropped since it
is no report; 65, it is no mail, or too large; 75, the server shall keep it and try again.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from email.parser import BytesHeaderParser
from email.utils import getaddresses

from app.core.errors import Invalid
from app.core.unit import unit_of_work
from app.domains import postmaster
from app.domains.dmarc import LARGEST_FILE
from app.factory import create_site_app
from app.tracking import returns
from config.settings import Settings

LARGEST_MAIL = 2 * LARGEST_FILE
LARGEST_HEADER = 64 * 1024
MOST_RECIPIENTS = 50
HEADERS = ("Delivered-To", "X-Original-To", "To")


def main(argv: list[str]) -> int:
    mail = sys.stdin.buffer.read(LARGEST_MAIL + 1)
    if not mail.strip() or len(mail) > LARGEST_MAIL:
        print(f"5.6.0 no mail of at most {LARGEST_MAIL} bytes", file=sys.stderr)
        return os.EX_DATAERR
    try:
        with create_site_app(Settings.from_env()).app_context(), unit_of_work():
            print(take_in(mail, argv[1:] or addressed(mail)))
    except Invalid:
        return os.EX_OK
    except Exception as error:  # PostgreSQL or Redis away, settings missing, a fault of ours: no reason to lose a mail
        print(f"4.3.0 not taken in now: {type(error).__name__}", file=sys.stderr)
        return os.EX_TEMPFAIL
    return os.EX_OK


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
