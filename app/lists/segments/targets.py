"""What the builder offers: everything that can be asked of this workspace, minus what it does not want to see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _

from app.core.db import db
from app.core.tenancy import current_tenant_id
from app.lists.fields import fields
from app.lists.models import ContactList, HiddenTarget, Import
from app.lists.segments.terms import FIELD, FIXED, KIND_OF_FIELD, OPERATORS, Kind, Op
from app.lists.segments.views import MAILING, MAILING_LINK
from app.lists.segments.words import BOUNCES, FIELDS, TARGETS
from app.lists.states import FieldKind
from app.lists.words import SOURCE_NAMES

LATEST = 100

Options = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Target:
    """Something that can be asked: a field or a fixed thing; `options` where one chooses."""

    key: str
    group: str
    title: str
    kind: Kind
    options: Options = ()

    @property
    def ops(self) -> list[Op]:
        return list(OPERATORS[self.kind])


def targets() -> list[Target]:
    """Return everything that can be asked here, hidden or not, by group."""
    own = [
        Target(
            f"{FIELD}{each.key}",
            str(_(FIELDS)),
            each.title,
            KIND_OF_FIELD[FieldKind(each.kind)],
            tuple((choice, choice) for choice in each.choices),
        )
        for each in fields()
    ]
    options = _options()
    fixed = [
        Target(key, str(_(group)), str(_(title)), FIXED[key], options.get(FIXED[key], ()))
        for key, (group, title) in TARGETS.items()
    ]
    return [*fixed, *own]


def offered() -> list[Target]:
    hidden = hidden_targets()
    return [each for each in targets() if each.key not in hidden]


def hidden_targets() -> set[str]:
    query = sa.select(HiddenTarget.target).where(HiddenTarget.tenant_id == current_tenant_id())
    return set(db.session.scalars(query))


def show_only(shown: Iterable[str]) -> None:
    """Offer these from now on, and hide the others; what is in use already keeps working."""
    db.session.execute(sa.delete(HiddenTarget).where(HiddenTarget.tenant_id == current_tenant_id()))
    kept = set(shown)
    db.session.add_all(HiddenTarget(target=each.key) for each in targets() if each.key not in kept)
    db.session.flush()


def _options() -> dict[Kind, Options]:
    mailings = _mailings()
    return {
        Kind.LIST: _lists(),
        Kind.REACTION: mailings,
        Kind.LINK: _links(dict(mailings)),
        Kind.IMPORT: _imports(),
        Kind.CONSENT: tuple((source, str(_(name))) for source, name in SOURCE_NAMES.items()),
        Kind.BOUNCE: tuple((code, str(_(name))) for code, name in BOUNCES.items()),
    }


def _lists() -> Options:
    query = sa.select(ContactList.id, ContactList.title).where(ContactList.tenant_id == current_tenant_id())
    return tuple((str(row.id), row.title) for row in db.session.execute(query.order_by(ContactList.title)))


def _mailings() -> Options:
    query = sa.select(MAILING.c.id, MAILING.c.subject).order_by(MAILING.c.started_at.desc()).limit(LATEST)
    return tuple((str(row.id), row.subject) for row in db.session.execute(query))


def _links(mailings: dict[str, str]) -> Options:
    links = MAILING_LINK.c
    query = sa.select(links.mailing_id, links.number, links.url, links.label).where(
        links.mailing_id.in_([int(each) for each in mailings])
    )
    rows = db.session.execute(query.order_by(links.mailing_id.desc(), links.number).limit(5 * LATEST))
    return tuple(
        (f"{row.mailing_id}:{row.number}", f"{mailings[str(row.mailing_id)]}: {row.label or row.url}"[:120])
        for row in rows
    )


def _imports() -> Options:
    query = (
        sa.select(Import.id, Import.file_name, Import.source, Import.created_at)
        .where(Import.tenant_id == current_tenant_id())
        .order_by(Import.id.desc())
        .limit(LATEST)
    )
    return tuple(
        (str(row.id), f"{row.created_at:%Y-%m-%d} {row.file_name or row.source}") for row in db.session.execute(query)
    )
