"""Fields: what else a workspace knows about people. Added, renamed and put away by click; a key never changes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa

from app.core.db import db
from app.core.errors import N_, Invalid
from app.core.tenancy import current_tenant_id
from app.lists import kinds
from app.lists.kinds import Converter, FieldFault
from app.lists.models import Contact, Field
from app.lists.states import FieldKind

__all__ = ["Field"]

MOST = 100
_TAKEN = frozenset({"email", "forward_url", "name", "preferences_url", "unsubscribe_url", "view_url"})


class TooManyFields(Invalid):
    message = N_("A workspace can have %(count)s fields. Put one away first.")


class ChoicesMissing(Invalid):
    message = N_("Enter at least one thing to choose from.")


class FieldsUnfit(Invalid):
    """Values do not fit their fields. `faults`: from the key of a field to the code of why."""

    message = N_("Something here does not fit its field.")

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__()
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a field is to be."""

    title: str
    kind: FieldKind
    choices: Sequence[str] = ()


def fields(*, archived: bool = False) -> list[Field]:
    """Return the workspace's fields in the order in which they were made."""
    hidden = Field.archived_at.is_not(None) if archived else Field.archived_at.is_(None)
    query = sa.select(Field).where(Field.tenant_id == current_tenant_id(), hidden).order_by(Field.id)
    return list(db.session.scalars(query))


def field(field_id: int) -> Field | None:
    return db.session.scalar(sa.select(Field).where(Field.tenant_id == current_tenant_id(), Field.id == field_id))


def create_field(wanted: Wanted) -> Field:
    """Make a field; its key, by which merge tags call it, comes from its title.

    Raises:
        TooManyFields, ChoicesMissing: it cannot be made.
    """
    if len(fields()) >= MOST:
        raise TooManyFields(count=MOST)
    made = Field(key=_free_key(wanted.title), title=wanted.title, kind=wanted.kind, choices=_choices(wanted))
    db.session.add(made)
    db.session.flush()
    return made


def _free_key(title: str) -> str:
    base = re.sub(r"\W+", "_", title.casefold()).strip("_")[:40] or "field"
    taken = _TAKEN | set(db.session.scalars(sa.select(Field.key).where(Field.tenant_id == current_tenant_id())))
    candidates = [base, *(f"{base}_{number}" for number in range(2, MOST * 10))]
    return next(key for key in candidates if key not in taken)


def _choices(wanted: Wanted) -> list[str]:
    if wanted.kind not in (FieldKind.CHOICE, FieldKind.CHOICES):
        return []
    cleaned = list(dict.fromkeys(choice.strip()[:200] for choice in wanted.choices if choice.strip()))
    if not cleaned:
        raise ChoicesMissing
    return cleaned


def update_field(changed: Field, *, title: str, choices: Sequence[str]) -> None:
    """Rename a field or change what there is to choose; its key and kind stay, so nothing that uses it breaks.

    Raises:
        ChoicesMissing: there would be nothing to choose.
    """
    changed.title = title
    changed.choices = _choices(Wanted(title, FieldKind(changed.kind), choices))
    db.session.flush()


def archive_field(archived: Field, *, now: datetime) -> None:
    """Put a field away: what is in it stays with people, and comes back with it."""
    archived.archived_at = now
    db.session.flush()


def restore_field(restored: Field) -> None:
    restored.archived_at = None
    db.session.flush()


def converters() -> dict[str, Converter]:
    """Return what turns a cell into a value, for each field by its key."""
    return {each.key: partial(_convert, FieldKind(each.kind), tuple(each.choices)) for each in fields()}


def _convert(kind: FieldKind, choices: tuple[str, ...], text: str) -> Any:
    return kinds.parse(kind, text, choices)


def fill(contact: Contact, texts: Mapping[str, str]) -> None:
    """Set a contact's fields from what was typed, by key; an emptied one is forgotten.

    Raises:
        FieldsUnfit: something does not fit; then nothing is changed.
    """
    values = {**contact.fields, **converted(texts)}
    contact.fields = {key: value for key, value in values.items() if value is not None}
    db.session.flush()


def converted(texts: Mapping[str, str]) -> dict[str, Any]:
    """Return the values that texts mean, by the keys of their fields; None for an empty one.

    Raises:
        FieldsUnfit: something does not fit.
    """
    values, faults = {}, {}
    for key, convert in converters().items():
        if key not in texts:
            continue
        try:
            values[key] = convert(texts[key])
        except FieldFault as fault:
            faults[key] = fault.reason
    if faults:
        raise FieldsUnfit(faults)
    return values
