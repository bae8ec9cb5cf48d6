"""What a draft comes to, live: how many people, some of them, and the SQL that it makes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from app.core.db import db
from app.core.tenancy import current_tenant_id
from app.lists.models import Contact
from app.lists.segments import rules
from app.lists.segments.limits import within_limits
from app.lists.segments.rules import Rule
from app.lists.segments.views import CONTACT

SAMPLE = 20


@dataclass(frozen=True, slots=True)
class Preview:
    """How many people a rule describes, and the newest of them."""

    count: int
    people: list[Contact] = field(default_factory=list)


def preview(rule: Rule) -> Preview:
    """Count the people of a rule and show some, within the limits.

    Raises:
        Unfit, NotAllowed: the rule cannot be read, or may not run.
        TookTooLong, NotComputable: it did not come to an end, or its values do not fit.
    """
    found = rules.people(rule).subquery()
    with within_limits():
        count = db.session.scalar(sa.select(sa.func.count()).select_from(found)) or 0
        some = sa.select(found.c.id).order_by(found.c.id.desc()).limit(SAMPLE)
        query = sa.select(Contact).where(Contact.tenant_id == current_tenant_id(), Contact.id.in_(some))
        return Preview(count, list(db.session.scalars(query.order_by(Contact.id.desc()))))


def sql_of(rule: Rule) -> str:
    """Return the condition of a rule as SQL that can be read, and typed in as a condition of one's own."""
    where, _sample = rules.read(rule)
    dialect: Any = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]
    whole = sa.select(CONTACT.c.id).where(where)
    compiled = str(whole.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    text = compiled.partition("WHERE ")[2] or "true"
    # Lines break outside of quoted texts only: every second part is one.
    return "".join(part if number % 2 else _in_lines(part) for number, part in enumerate(_QUOTED.split(text)))


_QUOTED = re.compile(r"('(?:[^']|'')*')")


def _in_lines(sql: str) -> str:
    return re.sub(r"\s+", " ", sql).replace(" AND ", "\nAND ").replace(" OR ", "\nOR ")
