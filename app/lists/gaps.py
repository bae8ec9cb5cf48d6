"""What is not known about people: how many of an audience have no value where a merge tag wants one."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from app.core.db import db
from app.core.tenancy import current_tenant_id
from app.lists import queries
from app.lists.models import Contact
from app.lists.recipients import Audience


def people_without(names: Sequence[str], who: Audience) -> dict[str, int]:
    """Return how many people of the audience have nothing for each of `names`; those with nobody are absent.

    Plan: one walk through the audience, whatever the number of names.
    """
    if not names or not who:
        return {}
    people = queries.audience(who).order_by(None).subquery()
    counts = [
        sa.func.count().filter(sa.func.coalesce(_value(name), "") == "").label(f"n{i}") for i, name in enumerate(names)
    ]
    mine = sa.and_(Contact.tenant_id == current_tenant_id(), Contact.id == people.c.contact_id)
    row = db.session.execute(sa.select(*counts).select_from(Contact).join(people, mine)).one()
    return {name: count for name, count in zip(names, row, strict=True) if count}


def _value(name: str) -> sa.ColumnElement[str]:
    if name == "name":
        return sa.cast(Contact.name, sa.Text)
    return sa.cast(Contact.address, sa.Text) if name == "email" else Contact.fields[name].astext
