"""Tables of the audience."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BulkTenantModel, Model, NumberedTenantModel, TenantModel
from app.lists.states import ImportPolicy, ImportState, RowVerdict, SegmentKind


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

    __table_args__ = (sa.UniqueConstraint("tenant_id", "address_key"),)


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
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    archived_at: Mapped[datetime | None]

    __table_args__ = (sa.UniqueConstraint("tenant_id", "code"),)


class Subscription(BulkTenantModel, Model):
    """A contact's place in a list. `source`, `consent`: how it came to be; `changed_by`: who or what moved it last.

    `ip` is where the person was when they agreed, `member_id` who moved it if a member did.
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
        sa.ForeignKeyConstraint(["tenant_id", "list_id"], ["lists.tenant_id", "lists.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id", "contact_id"], ["contacts.tenant_id", "contacts.id"], ondelete="CASCADE"),
        sa.Index("ix_subscriptions_contact", "tenant_id", "contact_id"),
        sa.Index("ix_subscriptions_state", "tenant_id", "list_id", "state", "contact_id"),
    )


def _of_list() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["tenant_id", "list_id"], ["lists.tenant_id", "lists.id"], ondelete="CASCADE")


def _of_contact() -> sa.ForeignKeyConstraint:
    columns = ["contacts.tenant_id", "contacts.id"]
    return sa.ForeignKeyConstraint(["tenant_id", "contact_id"], columns, ondelete="CASCADE")


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
    """Somebody was asked by mail whether they want to be on a list. What they told waits here until they say yes."""

    __tablename__ = "signups"

    list_id: Mapped[int]
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


class ContactBlock(BulkTenantModel, Model):
    """The texts by which 64 neighbours are found, a line each, the newest first. Written by a trigger of `contacts`."""

    __tablename__ = "contact_blocks"

    block: Mapped[int] = mapped_column(primary_key=True)
    ids: Mapped[list[int]] = mapped_column(ARRAY(sa.BigInteger))
    texts: Mapped[str]

    __table_args__ = ({"postgresql_with": {"toast_tuple_target": "8160", "fillfactor": "90"}},)


class Segment(NumberedTenantModel, Model):
    """People by a rule: a tree of conditions, or SQL where `sql` is not empty. A favourite is a piece to build with."""

    __tablename__ = "segments"

    kind: Mapped[str] = mapped_column(server_default=SegmentKind.SEGMENT.value)
    title: Mapped[str]
    folder: Mapped[str] = mapped_column(server_default="")
    condition: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    sql: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    archived_at: Mapped[datetime | None]


class HiddenTarget(TenantModel, Model):
    """Something that the workspace does not want to be offered when a segment is built."""

    __tablename__ = "hidden_targets"

    target: Mapped[str] = mapped_column(primary_key=True)


class Suppression(TenantModel, Model):
    """Who is never sent to, whatever list they are on. What a key stands for: `app.lists.suppression`."""

    __tablename__ = "suppressions"

    address_key: Mapped[str] = mapped_column(primary_key=True)
    subdomains: Mapped[bool] = mapped_column(server_default=sa.false())
    reason: Mapped[str]
    note: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())


class Import(NumberedTenantModel, Model):
    """One bringing-in of people from a source, with what became of its rows.

    `layout` says how the source is read, `choices` how else it could be, `columns` what was found in it, `mapping`
    what each column is taken for, `findings` how many rows got which verdict. `problem` is the code of what went wrong.
    `read_through`, `merged_through`: the last line that is staged and merged; a killed job goes on behind them.
    `connection_id`, `query`: what a database was asked, `sync_id`: for which standing order. `remembered`: the mapping
    is that of an earlier import with the same columns. `also_lists`: further lists to join. `moved_at`: when a job last
    did something for it.
    """

    __tablename__ = "imports"

    list_id: Mapped[int]
    source: Mapped[str]
    file_name: Mapped[str] = mapped_column(server_default="")
    state: Mapped[str] = mapped_column(server_default=ImportState.PREVIEWED.value)
    problem: Mapped[str] = mapped_column(server_default="")
    layout: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    columns: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    choices: Mapped[dict[str, list[str]]] = mapped_column(JSONB, server_default="{}")
    mapping: Mapped[list[str]] = mapped_column(JSONB, server_default="[]")
    findings: Mapped[dict[str, int]] = mapped_column(JSONB, server_default="{}")
    policy: Mapped[str] = mapped_column(server_default=ImportPolicy.UPDATE.value)
    consent: Mapped[str] = mapped_column(server_default="")
    connection_id: Mapped[int | None]
    query: Mapped[str] = mapped_column(server_default="")
    sync_id: Mapped[int | None]
    remembered: Mapped[bool] = mapped_column(server_default=sa.false())
    also_lists: Mapped[list[int]] = mapped_column(JSONB, server_default="[]")
    double_opt_in: Mapped[bool] = mapped_column(server_default=sa.false())
    started_by: Mapped[int | None]
    size: Mapped[int] = mapped_column(server_default="0")
    read_through: Mapped[int] = mapped_column(server_default="0")
    rows: Mapped[int] = mapped_column(server_default="0")
    added: Mapped[int] = mapped_column(server_default="0")
    updated: Mapped[int] = mapped_column(server_default="0")
    unchanged: Mapped[int] = mapped_column(server_default="0")
    kept_out: Mapped[int] = mapped_column(server_default="0")
    rejected: Mapped[int] = mapped_column(server_default="0")
    merged_through: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    moved_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "list_id"], ["lists.tenant_id", "lists.id"], ondelete="CASCADE"),
    )


class ImportChunk(TenantModel, Model):
    """A piece of what was handed in, as it came, until it is no longer needed."""

    __tablename__ = "import_chunks"

    import_id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(sa.LargeBinary)

    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "import_id"], ["imports.tenant_id", "imports.id"], ondelete="CASCADE"),
    )


class ImportRow(BulkTenantModel, Model):
    """A staged row: its line, what it said, and what we think of it. It goes with its import (a trigger)."""

    __tablename__ = "import_rows"

    import_id: Mapped[int] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    cells: Mapped[list[str]] = mapped_column(JSONB)
    address: Mapped[str] = mapped_column(server_default="")
    address_key: Mapped[str] = mapped_column(server_default="")
    name: Mapped[str] = mapped_column(server_default="")
    fields: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    verdict: Mapped[str] = mapped_column(server_default=RowVerdict.NEW.value)
    reason: Mapped[str] = mapped_column(server_default="")

    __table_args__ = (
        sa.Index(
            "ix_import_rows_told", "tenant_id", "import_id", "line",
            postgresql_where=sa.text("reason <> ''"),
        ),
    )  # fmt: skip


class ImportChange(TenantModel, Model):
    """What a contact said before an import changed it, so that the import can be undone."""

    __tablename__ = "import_changes"

    import_id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    fields: Mapped[dict[str, Any]] = mapped_column(JSONB)

    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "import_id"], ["imports.tenant_id", "imports.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id", "contact_id"], ["contacts.tenant_id", "contacts.id"], ondelete="CASCADE"),
        sa.Index("ix_import_changes_contact", "tenant_id", "contact_id"),
    )


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


class Departure(TenantModel, Model):
    """Why somebody left, in their words. It stays, without the words, when they are forgotten. Mailing 0: none."""

    __tablename__ = "departures"

    mailing_id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(primary_key=True)
    reason: Mapped[str]
    note: Mapped[str] = mapped_column(server_default="")
    at: Mapped[datetime] = mapped_column(server_default=sa.func.now())


class BulkAction(NumberedTenantModel, Model):
    """Something that is done to many people by a job, slice by slice: those up to `through` are done.

    `last_id` is the newest contact there was when it began: who comes later is not meant.
    """

    __tablename__ = "bulk_actions"

    kind: Mapped[str]
    selection: Mapped[dict[str, Any]] = mapped_column(JSONB)
    params: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    state: Mapped[str]
    through: Mapped[int] = mapped_column(server_default="0")
    last_id: Mapped[int] = mapped_column(server_default="0")
    total: Mapped[int] = mapped_column(server_default="0")
    done: Mapped[int] = mapped_column(server_default="0")
    changed: Mapped[int] = mapped_column(server_default="0")
    started_by: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    finished_at: Mapped[datetime | None]


class BulkChange(TenantModel, Model):
    """What was before a bulk action, so that it can be undone. `list_id` is 0 where no list is concerned."""

    __tablename__ = "bulk_changes"

    action_id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int] = mapped_column(primary_key=True)
    was: Mapped[dict[str, Any]] = mapped_column(JSONB)

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "action_id"], ["bulk_actions.tenant_id", "bulk_actions.id"], ondelete="CASCADE"
        ),
    )


class Export(NumberedTenantModel, Model):
    """People written into a file by a job. `unencodable` counts people with letters that the encoding does not have."""

    __tablename__ = "exports"

    selection: Mapped[dict[str, Any]] = mapped_column(JSONB)
    columns: Mapped[list[str]] = mapped_column(JSONB)
    format: Mapped[str]
    state: Mapped[str]
    total: Mapped[int] = mapped_column(server_default="0")
    done: Mapped[int] = mapped_column(server_default="0")
    unencodable: Mapped[int] = mapped_column(server_default="0")
    size: Mapped[int] = mapped_column(server_default="0")
    started_by: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    finished_at: Mapped[datetime | None]


class ExportChunk(TenantModel, Model):
    """A piece of the file of an export, until it expires."""

    __tablename__ = "export_chunks"

    export_id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(sa.LargeBinary)

    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "export_id"], ["exports.tenant_id", "exports.id"], ondelete="CASCADE"),
    )


class ImportMapping(NumberedTenantModel, Model):
    """What somebody took columns with these titles for, the last time. `titles` are the folded titles."""

    __tablename__ = "import_mappings"

    titles: Mapped[list[str]] = mapped_column(JSONB)
    mapping: Mapped[list[str]] = mapped_column(JSONB)
    used_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())

    __table_args__ = (sa.UniqueConstraint("tenant_id", "titles"),)


class DatabaseConnection(NumberedTenantModel, Model):
    """How to enter a customer's own database. The password is sealed, and never shown again."""

    __tablename__ = "database_connections"

    title: Mapped[str]
    kind: Mapped[str]
    host: Mapped[str]
    port: Mapped[int]
    database: Mapped[str]
    user_name: Mapped[str]
    password: Mapped[bytes] = mapped_column(sa.LargeBinary)
    encryption: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())


class Sync(NumberedTenantModel, Model):
    """A standing order: ask a database every so often, keep a list in step. `gone`: what becomes of the vanished."""

    __tablename__ = "syncs"

    connection_id: Mapped[int]
    list_id: Mapped[int]
    query: Mapped[str]
    mapping: Mapped[list[str]] = mapped_column(JSONB)
    policy: Mapped[str]
    consent: Mapped[str]
    double_opt_in: Mapped[bool]
    also_lists: Mapped[list[int]] = mapped_column(JSONB, server_default="[]")
    gone: Mapped[str]
    every_hours: Mapped[int]
    next_at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())

    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "list_id"], ["lists.tenant_id", "lists.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "connection_id"],
            ["database_connections.tenant_id", "database_connections.id"],
            ondelete="CASCADE",
        ),
        sa.Index("ix_syncs_next", "next_at"),
    )
