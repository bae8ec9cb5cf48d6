"""What a workspace asks for before it sends."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from app.core.access import AnyRole
from app.core.db import db
from app.core.tenancy import current_tenant_id
from app.tenants.approvers import Approvers
from app.tenants.legal import LegalSender
from app.tenants.models import Tenant


def ask_to_type_over(people: int | None) -> None:
    """Have whoever sends to more people than this type their number; None: never."""
    _change(typed_over=people)


def ask_for_approval(roles: Iterable[AnyRole], approved_by: Approvers) -> None:
    """Have members of these roles ask before a mailing goes; none: nobody asks."""
    _change(approval_roles=" ".join(sorted(role.value for role in roles)), approved_by=approved_by.value)


def name_sender(sender: LegalSender) -> None:
    """Store who sends, as the law wants it told."""
    _change(
        law=sender.law.value, legal_name=sender.name, postal_address=sender.address, phone=sender.phone,
        contact_address=sender.contact,
    )  # fmt: skip


def choose_tracking(*, opens: bool, clicks: bool, reading: bool = False) -> None:
    """Say whether mails that begin from now on have their opens and clicks counted, and how long they are read."""
    _change(track_opens=opens, track_clicks=clicks, track_reading=reading and opens)


def _change(**values: Any) -> None:
    db.session.execute(
        sa.update(Tenant).where(Tenant.id == current_tenant_id()).values(**values, version=Tenant.version + 1)
    )
