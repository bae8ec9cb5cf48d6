"""What somebody pasted before it was cleaned, for a while, so that they can see what was taken out of it."""

from __future__ import annotations

from datetime import timedelta

from app.core.redis import redis
from app.core.tenancy import current_tenant_id

KEPT_FOR = timedelta(minutes=30)
# Comparing takes longer than anybody waits where a text is longer.
LONGEST = 200_000


def remember(mailing_id: int, source: str, *, member_id: int) -> bool:
    """Keep what a member pasted into a mail; tell whether it can be shown beside what became of it."""
    if len(source) > LONGEST:
        return False
    redis().set(_key(mailing_id, member_id), source.replace("\r\n", "\n").encode(), ex=KEPT_FOR)
    return True


def pasted(mailing_id: int, *, member_id: int) -> str:
    """Return what the member pasted last, empty where that is too long ago."""
    source = redis().get(_key(mailing_id, member_id))
    return source.decode() if isinstance(source, bytes) else ""


def _key(mailing_id: int, member_id: int) -> str:
    return f"pasted:{current_tenant_id()}:{mailing_id}:{member_id}"
