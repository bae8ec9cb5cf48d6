"""An audience by what one of its fields says: how many there are of each, and in which order they come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from app.core.db import db
from app.core.tenancy import current_tenant_id
from app.lists.models import Contact


def people_by_field(audience: sa.Select[Any], key: str) -> dict[str, int]:
    """Count an audience by what a field says; those without it under the empty text. Plan: a join on the contact."""
    people = audience.order_by(None).subquery()
    value = _said(key).label("value")
    query = sa.select(value, sa.func.count()).join(people, people.c.contact_id == Contact.id).group_by(value)
    return {row[0]: row[1] for row in db.session.execute(query.where(Contact.tenant_id == current_tenant_id()))}


def by_field(key: str, ranks: Mapping[str, int]) -> Callable[[sa.FromClause], list[sa.ColumnElement[Any]]]:
    """An order for an audience: by the rank of what a field says."""

    def order(people: sa.FromClause) -> list[sa.ColumnElement[Any]]:
        rank = sa.case(dict(ranks), value=_said(key)) if ranks else sa.literal(0)
        same = (Contact.tenant_id == current_tenant_id(), Contact.id == people.c.contact_id)
        return [sa.select(rank).where(*same).scalar_subquery()]

    return order


def _said(key: str) -> sa.ColumnElement[str]:
    return sa.func.coalesce(Contact.fields[key].astext, "")
