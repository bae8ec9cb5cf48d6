"""Running what people composed: for a limited time, reading only, with what went wrong put in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg.errors
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from app.core.db import db
from app.core.errors import N_, DomainError, Invalid

SECONDS = 8
# Hash tables of a million people fit; with less, the planner asks for each person separately.
WORK_MEM = "96MB"

_TIGHTEN = sa.text(
    "SELECT set_config('statement_timeout', :milliseconds, true), set_config('work_mem', :memory, true),"
    " set_config('transaction_read_only', 'on', true)"
)
_LOOSEN = sa.text("SELECT set_config('statement_timeout', :milliseconds, true), set_config('work_mem', :memory, true)")
_PRESENT = sa.text("SELECT current_setting('statement_timeout'), current_setting('work_mem')")


class TookTooLong(DomainError):
    message = N_("This takes longer than %(seconds)s seconds to work out. Fewer or simpler conditions answer sooner.")
    retry = True


class NotComputable(Invalid):
    message = N_("The database could not work this out: %(reason)s")


@contextmanager
def within_limits(seconds: int = SECONDS) -> Iterator[None]:
    """Let the block's queries read only and take so long; what they did wrong does not hurt the transaction around it.

    Raises:
        TookTooLong: a query was cut off.
        NotComputable: its values do not fit (a text taken for a number, a division by zero).
    """
    timeout, memory = db.session.execute(_PRESENT).one()
    try:
        with db.session.begin_nested():
            db.session.execute(_TIGHTEN, {"milliseconds": str(seconds * 1000), "memory": WORK_MEM})
            yield
    except DBAPIError as error:
        raise _in_words(error, seconds) from error
    db.session.execute(_LOOSEN, {"milliseconds": timeout, "memory": memory})


def _in_words(error: DBAPIError, seconds: int) -> Exception:
    if isinstance(error.orig, psycopg.errors.QueryCanceled):
        return TookTooLong(seconds=seconds)
    if isinstance(error.orig, psycopg.errors.DataError | psycopg.errors.ProgrammingError):
        return NotComputable(reason=(error.orig.diag.message_primary or "")[:200])
    return error


def allow_memory() -> None:
    """Give the queries of this transaction room for hash tables of a whole audience."""
    db.session.execute(sa.text("SELECT set_config('work_mem', :memory, true)"), {"memory": WORK_MEM})
