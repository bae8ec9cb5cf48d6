"""No change by a person escapes the log: every table is watched, and every route that changes rows leaves an entry."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.routing import Rule

from app.core.access import Guard
from app.core.audit import AuditEntry
from app.core.db import Base, db, driver_url
from app.core.tenancy import control_plane
from app.schema import import_models
from tests.architecture.test_routes import _path, rules
from tests.support.content import fill
from tests.support.workspaces import Place

import_models()

NOT_WATCHED = {
    "alerts": "done by the service",
    "api_answers": "kept for who asks twice: what was done stands in the log",
    "archive_chunks": "parts of an archive, which stands in the log",
    "audit_entries": "the log itself",
    "bounce_counts": "counted by the service",
    "bulk_changes": "what a change of many people did: the change stands in the log",
    "client_reactions": "counted by the service",
    "conduct_days": "counted by the service",
    "consent_notices": "whom the service has told about their consent, which is a person's own history",
    "contact_blocks": "the index that people are found by",
    "contact_edits": "a person's own history",
    "contact_rhythms": "counted by the service",
    "conversion_counts": "counted by the service",
    "conversions": "what shops tell",
    "counter_checks": "done by the service",
    "day_counts": "counted by the service",
    "deliveries": "the ledger of a launch, which stands in the log",
    "departures": "what readers say when they leave",
    "dmarc_reports": "what receivers report",
    "dmarc_sources": "what receivers report",
    "domain_counts": "counted by the service",
    "domain_records": "what DNS answered",
    "events": "what readers do",
    "export_chunks": "parts of an export, which stands in the log",
    "hour_reactions": "counted by the service",
    "import_changes": "what an import did: the import stands in the log",
    "import_chunks": "parts of an import's file",
    "import_mappings": "remembered from an import, for convenience",
    "import_rows": "parts of an import",
    "invoices": "what the payment service keeps",
    "launch_waves": "parts of a launch, which stands in the log",
    "link_reactions": "counted by the service",
    "list_days": "counted by the service",
    "list_moves": "counted by the service",
    "mailing_links": "parts of a launch",
    "mailing_reactions": "counted by the service",
    "mailing_versions": "copies of a mail, whose change stands in the log",
    "minute_counts": "counted by the service",
    "thumbnails": "drawn by the service",
    "notices": "mail of the service: what it is about stands in the log",
    "operator_acts": "the operator's own log",
    "reactions": "what readers do",
    "report_mails": "done by the service",
    "report_reads": "who has looked at a report changes nothing",
    "signups": "what readers do",
    "subscription_past": "a person's own history",
    "summary_mails": "done by the service",
    "sync_keys": "whom a database means: the import that kept in step stands in the log",
    "tidyings": "done by the service",
    "template_versions": "copies of a template, whose change stands in the log",
    "trait_reactions": "counted by the service",
    "usage_entries": "counted by the service",
    "usage_months": "counted by the service",
}


def test_every_table_of_a_tenant_is_watched_or_has_a_reason(database_url: str) -> None:
    """A new table: `migrations.audit.watch` it, or say here why nobody's change of it is worth an entry."""
    engine = sa.create_engine(driver_url(database_url))
    with engine.connect() as connection:
        query = "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgname = 'audit'"
        watched = set(connection.scalars(sa.text(query)))
    engine.dispose()
    tables = {table.name for table in Base.metadata.tables.values() if "tenant_id" in table.columns}
    assert tables - watched == set(NOT_WATCHED)
    assert {"tenants", "accounts"} <= watched


QUIET = {"domains.check": "asks DNS again: what it answered is the service's finding"}

# What a form of any of the routes may ask for, all at once; each takes what is its own.
FORM: dict[str, Any] = {
    "subject": "Tomorrow", "title": "Another", "name": "Another", "code": "another", "html": "<p>Else</p>",
    "address": "new-reader@example.com", "address_key": "gone@example.com", "email": "n@example.com",
    "role": "analyst", "locale": "en", "theme": "dark", "timezone": "Europe/Rome", "brand_color": "#123456",
    "sender_name": "Else", "sender_address": "else@example.com", "typed_over": "7", "law": "elsewhere",
    "legal_name": "Else Ltd", "postal_address": "1 Road", "host": "db.example.com", "port": "3306", "format": "csv",
    "database": "shop", "user_name": "reader", "password": "x", "encryption": "try", "what": "copy",
    "after_day": "y", "after_week": "y", "bounce_limit": "4", "complaint_limit": "0.2", "stall_minutes": "20",
    "weekly": "y", "note": "because", "domain": "else.example", "ids": "1",
    "old": "a long enough passphrase", "new": "another long passphrase",
}  # fmt: skip


def test_every_route_that_changes_a_row_leaves_an_entry(workspace: Place) -> None:
    ids = fill(workspace)
    app = workspace.app
    silent, logged = [], []
    for rule in sorted(rules(app), key=lambda rule: ("deletions" in rule.rule or "removals" in rule.rule, rule.rule)):
        if app.extensions["guards"][rule.endpoint.partition(".")[0]] is not Guard.MEMBER or _is_last(rule):
            continue
        if "POST" not in (rule.methods or set()):
            continue
        client = workspace.client(epoch=epoch(workspace))
        before, seen = watched_rows(workspace), newest(workspace)
        answer = client.post(_path(app, rule, ids), data=FORM)
        assert answer.status_code < 500, (rule.rule, answer.status_code)
        if watched_rows(workspace) != before and rule.endpoint not in QUIET:
            (logged if newest(workspace) > seen else silent).append(rule.endpoint)
    assert silent == []
    assert len(logged) >= 25, logged


def _is_last(rule: Rule) -> bool:
    """What would end the walk: signing out, and the removal of who walks."""
    return rule.endpoint in ("tenants.sign_out", "tenants.remove")


def epoch(place: Place) -> int:
    with place.dispatcher.site.app_context(), control_plane():
        return int(
            db.session.scalar(sa.text("SELECT auth_epoch FROM accounts WHERE id = :id"), {"id": place.account_id})
        )


def newest(place: Place) -> int:
    with place.inside():
        return db.session.scalar(sa.select(sa.func.max(AuditEntry.id))) or 0


def watched_rows(place: Place) -> dict[str, str]:
    """A fingerprint of what this workspace has in the watched tables."""
    with place.inside():
        watched = [t for t in Base.metadata.tables.values() if "tenant_id" in t.columns and t.name not in NOT_WATCHED]
        query = "SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {} t"
        return {t.name: str(db.session.scalar(sa.text(query.format(t.name)))) for t in watched}


@pytest.mark.parametrize("statement", ["UPDATE audit_entries SET title = 'x'", "DELETE FROM audit_entries"])
def test_the_log_cannot_be_altered_by_a_workspace(workspace: Place, statement: str) -> None:
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"), workspace.inside():
        db.session.execute(sa.text(statement))
