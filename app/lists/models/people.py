"""Tables of people: contacts, fields, lists, who is on which list, and what became of that."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BulkTenantModel, Model, NumberedTenantModel, TenantModel


class Contact(BulkTenantModel, Model):
    """One person. `address` as written; `address_key` folded for comparison (case, IDN as A-label).

    `created_import_id` brought the person in, `import_id` wrote the row last: only the last can be undone.
    """

    __tablename__ = "contacts"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True, sort_order=-1)
    address: Mapped[str]
    address_key: Mapped[str]
    name: Mapped[str] = mapped_column(server_default="")
    fields: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    created_import_id: Mapped[int | None]
    import_id: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())

    __table_args__ = (
        sa.UniqueConstraint("tenant_id", "address_key"),
        sa.Index("ix_contacts_name", "tenant_id", sa.text("(name = '')"), "name", "id"),
    )


class Field(NumberedTenantModel, Model):
    """Something else that is known about people. `key` names it in merge tags and in `Contact.fields`."""

    __tablename__ = "fields"

    key: Mapped[str]
    title: Mapped[str]
    kind: Mapped[str]
    choices: Mapped[list[str]] = mapped_column(JSONB, server_default="[]")
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    archived_at: Mapped[datetime | None]

    __table_args__ = (sa.UniqueConstraint("tenant_id", "key"),)


class ContactList(NumberedTenantModel, Model):
    """A list (명단). The counts are kept in the transaction that changes a subscription, by a trigger."""

    __tablename__ = "lists"

    code: Mapped[str]
    title: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    unconfirmed: Mapped[int] = mapped_column(server_default="0")
    subscribed: Mapped[int] = mapped_column(server_default="0")
    unsubscribed: Mapped[int] = mapped_column(server_default="0")
    bounced: Mapped[int] = mapped_column(server_default="0")
    complained: Mapped[int] = mapped_column(server_default="0")
    track_opens: Mapped[bool] = mapped_column(server_default=sa.true())
    track_clicks: Mapped[bool] = mapped_column(server_default=sa.true())
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    archived_at: Mapped[datetime | None]

    __table_args__ = (sa.UniqueConstraint("tenant_id", "code"),)


def _of_list() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["tenant_id", "list_id"], ["lists.tenant_id", "lists.id"], ondelete="CASCADE")


def _of_contact() -> sa.ForeignKeyConstraint:
    columns = ["contacts.tenant_id", "contacts.id"]
    return sa.ForeignKeyConstraint(["tenant_id", "contact_id"], columns, ondelete="CASCADE")


class Subscription(BulkTenantModel, Model):
    """A contact's place in a list. `source`, `consent`: how it came to be; `changed_by`: who or what moved it last.

    `ip` is where the person was when they agreed, `member_id` who moved it if a member did. Its list must be there, and
    it goes with it (triggers).
    """

    __tablename__ = "subscriptions"

    list_id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str]
    source: Mapped[str] = mapped_column(server_default="")
    consent: Mapped[str] = mapped_column(server_default="")
    changed_by: Mapped[str] = mapped_column(server_default="")
    ip: Mapped[str] = mapped_column(server_default="")
    member_id: Mapped[int | None]
    import_id: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    changed_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())

    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "contact_id"], ["contacts.tenant_id", "contacts.id"], ondelete="CASCADE"),
        sa.Index("ix_subscriptions_contact", "tenant_id", "contact_id"),
        sa.Index("ix_subscriptions_state", "tenant_id", "list_id", "state", "contact_id"),
    )


class SubscriptionPast(NumberedTenantModel, Model):
    """What a subscription said before it changed, written by a trigger: with the present row, the consent history."""

    __tablename__ = "subscription_past"

    list_id: Mapped[int]
    contact_id: Mapped[int]
    state: Mapped[str]
    source: Mapped[str]
    consent: Mapped[str]
    changed_by: Mapped[str]
    ip: Mapped[str]
    member_id: Mapped[int | None]
    changed_at: Mapped[datetime]

    __table_args__ = (
        _of_list(),
        _of_contact(),
        sa.Index("ix_subscription_past_contact", "tenant_id", "contact_id"),
        sa.Index("ix_subscription_past_list", "tenant_id", "list_id"),
    )


class SignupForm(TenantModel, Model):
    """The public form of a list: what it asks, and in which words. `key` names it in addresses."""

    __tablename__ = "signup_forms"

    list_id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    open: Mapped[bool] = mapped_column(server_default=sa.false())
    double_opt_in: Mapped[bool] = mapped_column(server_default=sa.true())
    asks_name: Mapped[bool] = mapped_column(server_default=sa.true())
    field_keys: Mapped[list[str]] = mapped_column(JSONB, server_default="[]")
    locale: Mapped[str]
    title: Mapped[str] = mapped_column(server_default="")
    intro: Mapped[str] = mapped_column(server_default="")
    consent: Mapped[str] = mapped_column(server_default="")
    button: Mapped[str] = mapped_column(server_default="")
    thanks: Mapped[str] = mapped_column(server_default="")

    __table_args__ = (_of_list(), sa.UniqueConstraint("tenant_id", "key"))


class Signup(NumberedTenantModel, Model):
    """Somebody was asked by mail whether they want to be on a list, or on several. What they told waits for a yes."""

    __tablename__ = "signups"

    list_id: Mapped[int]
    also_lists: Mapped[list[int]] = mapped_column(JSONB, server_default="[]")
    contact_id: Mapped[int]
    name: Mapped[str] = mapped_column(server_default="")
    fields: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    source: Mapped[str]
    consent: Mapped[str]
    ip: Mapped[str] = mapped_column(server_default="")
    asked_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    confirmed_at: Mapped[datetime | None]

    __table_args__ = (
        _of_list(),
        _of_contact(),
        sa.Index("ix_signups_contact", "tenant_id", "contact_id"),
        sa.Index("ix_signups_asked", "tenant_id", "asked_at"),
        sa.Index("ix_signups_list", "tenant_id", "list_id"),
    )


class ListDay(TenantModel, Model):
    """How many people were subscribed at the end of a day (UTC) on which somebody came or went. The trigger counts."""

    __tablename__ = "list_days"

    list_id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    subscribed: Mapped[int]

    __table_args__ = (_of_list(),)


class ListMove(TenantModel, Model):
    """How many people joined or left a list in an hour (UTC). `way` is ``joined``, or how they left: who or what
    unsubscribed them (as `Subscription.changed_by`), ``bounced``, ``complained``, ``removed``. The trigger counts."""

    __tablename__ = "list_moves"

    list_id: Mapped[int] = mapped_column(primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    way: Mapped[str] = mapped_column(primary_key=True)
    people: Mapped[int] = mapped_column(server_default="0")

    __table_args__ = (_of_list(), sa.Index("ix_list_moves_hour", "tenant_id", "hour"))


class ContactBlock(BulkTenantModel, Model):
    """The texts by which 64 neighbours are found, a line each, the newest first. Written by a trigger of `contacts`."""

    __tablename__ = "contact_blocks"

    block: Mapped[int] = mapped_column(primary_key=True)
    ids: Mapped[list[int]] = mapped_column(ARRAY(sa.BigInteger))
    texts: Mapped[str]

    __table_args__ = ({"postgresql_with": {"toast_tuple_target": "8160", "fillfactor": "90"}},)


class Suppression(TenantModel, Model):
    """Who is never sent to, whatever list they are on. What a key stands for: `app.lists.suppression`."""

    __tablename__ = "suppressions"

    address_key: Mapped[str] = mapped_column(primary_key=True)
    subdomains: Mapped[bool] = mapped_column(server_default=sa.false())
    reason: Mapped[str]
    note: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())


class ContactEdit(NumberedTenantModel, Model):
    """One change of what we know about a person: what it said `before` and `after`, by whom (a member, the person)."""

    __tablename__ = "contact_edits"

    contact_id: Mapped[int]
    at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    member_id: Mapped[int | None]
    changed_by: Mapped[str]
    before: Mapped[dict[str, Any]] = mapped_column(JSONB)
    after: Mapped[dict[str, Any]] = mapped_column(JSONB)

    __table_args__ = (_of_contact(), sa.Index("ix_contact_edits_contact", "tenant_id", "contact_id"))


class ContactRhythm(TenantModel, Model):
    """Somebody wants bulk mail at most every `days` days; `mailed_at` is the last. Who has no row gets everything."""

    __tablename__ = "contact_rhythms"

    contact_id: Mapped[int] = mapped_column(primary_key=True)
    days: Mapped[int] = mapped_column(sa.SmallInteger)
    mailed_at: Mapped[datetime | None]

    __table_args__ = (_of_contact(),)


class UntrackedContact(TenantModel, Model):
    """Somebody whose opens and clicks are not recorded, whatever the mail. Who has no row is like everybody."""

    __tablename__ = "untracked_contacts"

    contact_id: Mapped[int] = mapped_column(primary_key=True)
    since: Mapped[datetime] = mapped_column(server_default=sa.func.now())

    __table_args__ = (_of_contact(),)


class Departure(TenantModel, Model):
    """Why somebody left, in their words. It stays, without the words, when they are forgotten. Mailing 0: none."""

    __tablename__ = "departures"

    mailing_id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(primary_key=True)
    reason: Mapped[str]
    note: Mapped[str] = mapped_column(server_default="")
    at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
