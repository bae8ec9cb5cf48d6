"""Figures that are worked out from a whole ledger, kept for a while where that is long: with the time of it.

They are kept in Redis, which may forget them: then they are worked out again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Generic, TypeVar

import msgspec
from flask_babel import format_datetime
from flask_babel import gettext as _
from redis.exceptions import RedisError

from app.core import clock
from app.core.redis import redis
from app.core.tenancy import current_tenant_id
from app.lists.segments.limits import within_limits

# Of fewer people everything is worked out at once, and so is always of this moment.
MANY = 50_000
KEPT_SECONDS = 600
SECONDS = 8

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Figures(Generic[T]):
    """What was worked out, and when, where that was not just now."""

    value: T
    at: datetime | None = None

    @property
    def hint(self) -> str:
        """Say of when it is, where that is of interest."""
        if self.at is None:
            return ""
        return _("Counted at %(time)s, and again after ten minutes.", time=format_datetime(self.at, "HH:mm"))


def figures(name: str, kind: Any, make: Callable[[], T], *, people: int) -> Figures[T]:
    """Return what `make` works out, or worked out within the last ten minutes, from so many `people`.

    `name` is one within the workspace, `kind` the type of the value.

    Raises:
        TookTooLong: it could not be worked out in time.
    """
    if people < MANY:
        return Figures(make())
    slot = f"reports:kept:{current_tenant_id()}:{sha256(name.encode()).hexdigest()[:32]}"
    found = _read(slot, kind)
    if found is None:
        with within_limits(SECONDS):
            found = Figures(make(), clock.now())
        _write(slot, found)
    return found


def _read(slot: str, kind: Any) -> Figures[Any] | None:
    try:
        raw = redis().get(slot)
        return Figures(*msgspec.json.decode(raw, type=tuple[kind, datetime])) if isinstance(raw, bytes) else None
    except (RedisError, msgspec.MsgspecError):
        return None


def _write(slot: str, found: Figures[Any]) -> None:
    try:
        redis().set(slot, msgspec.json.encode((found.value, found.at)), ex=KEPT_SECONDS)
    except RedisError:
        return
