"""Who has a mail or template open now, and who saved it last. Redis only: when it forgets, nobody loses anything."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from app.core.redis import redis
from app.core.tenancy import current_tenant_id

FRESH = timedelta(seconds=40)


def others_at(sheet: str, *, member_id: int, name: str, now: datetime) -> list[str]:
    """Note that a member looks at a sheet (``mailing:7``, ``template:3``); return the names of the others who do."""
    key = _key(sheet)
    with redis().pipeline() as pipe:
        pipe.hset(key, str(member_id), json.dumps([name, now.timestamp()]))
        pipe.expire(key, FRESH)
        pipe.hgetall(key)
        here = pipe.execute()[-1]
    seen = {int(member): json.loads(line) for member, line in here.items() if member.isdigit()}
    oldest = (now - FRESH).timestamp()
    return sorted(each for member, (each, at) in seen.items() if member != member_id and at > oldest)


def remember_saver(sheet: str, name: str) -> None:
    redis().set(f"{_key(sheet)}:saver", name, ex=timedelta(days=1))


def saver_of(sheet: str) -> str:
    """Return the name of who saved a mail last, empty where nobody knows any more."""
    name = redis().get(f"{_key(sheet)}:saver")
    return name.decode() if isinstance(name, bytes) else ""


def _key(sheet: str) -> str:
    return f"presence:{current_tenant_id()}:{sheet}"
