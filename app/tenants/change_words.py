"""The log of changes in words: what was changed, how, and from what to what."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from app.core.actor import ActorKind
from app.core.audit import AuditEntry
from app.core.errors import N_
from app.tenants.roles import own_roles
from app.tenants.words import PERMISSION_NAMES

THINGS = {
    "api_keys": N_("API key"),
    "accounts": N_("Person's account"),
    "approvals": N_("Approval"),
    "audit_entries": N_("Log of changes"),
    "billing_accounts": N_("Payment"),
    "brakes": N_("Hold on sending"),
    "bulk_actions": N_("Change of many people"),
    "archives": N_("File of all data"),
    "campaigns": N_("Campaign"),
    "consent_letters": N_("Mails about consent"),
    "contacts": N_("Person on a list"),
    "database_connections": N_("Database"),
    "domain_keys": N_("Key of a domain"),
    "exports": N_("Export of people"),
    "factor_resets": N_("Reset of a second step"),
    "fields": N_("Field of people"),
    "files": N_("File"),
    "hidden_targets": N_("Target that is not offered"),
    "identities": N_("Way of signing in"),
    "imports": N_("Import"),
    "invitations": N_("Invitation"),
    "launch_contents": N_("Text changed on the way"),
    "launches": N_("Sending of a mail"),
    "lists": N_("List"),
    "mail_patterns": N_("Pattern of mails"),
    "mailings": N_("Mail"),
    "members": N_("Member"),
    "passkeys": N_("Passkey"),
    "pictures": N_("Picture"),
    "recovery_codes": N_("Recovery code"),
    "plan_wishes": N_("Wish for another plan"),
    "report_choices": N_("Report by mail"),
    "report_wishes": N_("Report by mail"),
    "roles": N_("Role"),
    "saved_blocks": N_("Saved block"),
    "segments": N_("Segment"),
    "sending_domains": N_("Sending domain"),
    "series": N_("Mails that come again"),
    "sessions": N_("Session"),
    "signup_forms": N_("Sign-up form"),
    "subscriptions": N_("Subscription"),
    "support_consents": N_("Help by the operator"),
    "suppressions": N_("Suppression list"),
    "syncs": N_("Standing import"),
    "templates": N_("Template"),
    "tenants": N_("Workspace"),
    "test_groups": N_("Group of testers"),
    "untracked_contacts": N_("Person of whom nothing is recorded"),
}
ACTIONS = {
    "insert": N_("added"),
    "update": N_("changed"),
    "delete": N_("removed"),
    "take": N_("taken away as a file"),
}
COLUMNS = {
    "track_opens": N_("Count opens"),
    "track_clicks": N_("Count clicks on links"),
    "track_reading": N_("Tell how long mails are read"),
    "shop_hosts": N_("Your shops"),
    "conversion_days": N_("Days after a click"),
    "conversion_key": N_("Key that shops sign orders with"),
    "name": N_("Name"),
    "title": N_("Title"),
    "subject": N_("Subject"),
    "html": N_("HTML"),
    "document": N_("Content"),
    "text_part": N_("Plain text"),
    "issuer": N_("Provider"),
    "attachments": N_("Files"),
    "kind": N_("Kind"),
    "state": N_("State"),
    "role": N_("Role"),
    "own_role_id": N_("Own role"),
    "permissions": N_("Rights"),
    "address": N_("E-mail address"),
    "fields": N_("Fields"),
    "consent": N_("How they agreed"),
    "source": N_("Source"),
    "reason": N_("Reason"),
    "email": N_("E-mail address"),
    "locale": N_("Language"),
    "timezone": N_("Time zone"),
    "theme": N_("Theme"),
    "brand_color": N_("Brand colour"),
    "logo": N_("Logo"),
    "sender_name": N_("Sender name"),
    "sender_address": N_("Sender address"),
    "reply_to": N_("Reply to"),
    "password_hash": N_("Password"),
    "password": N_("Password"),
    "verified_at": N_("Confirmed"),
    "planned_at": N_("Planned for"),
    "seen_by": N_("Who sees it"),
    "changed_by": N_("Who may change it"),
    "wished_at": N_("Meant for"),
    "archived_at": N_("Archived"),
    "accepted_at": N_("Accepted"),
    "description": N_("Description"),
    "code": N_("Short name"),
    "folder": N_("Folder"),
    "condition": N_("Conditions"),
    "list_ids": N_("Lists"),
    "segment_ids": N_("Segments"),
    "excluded_list_ids": N_("Lists left out"),
    "excluded_segment_ids": N_("Segments left out"),
    "typed_over": N_("Number is asked above"),
    "law": N_("Law"),
    "legal_name": N_("Legal name"),
    "postal_address": N_("Postal address"),
    "phone": N_("Telephone"),
    "contact_address": N_("Contact address"),
    "custom_host": N_("Own address"),
    "plan_code": N_("Plan"),
    "asked_by": N_("Asked by"),
    "due_at": N_("Due"),
    "ended_at": N_("Ended"),
    "started_by": N_("Started by"),
    "author_id": N_("Author"),
    "file_name": N_("File"),
    "selection": N_("Selection"),
    "columns": N_("Columns"),
    "format": N_("Format"),
    "open": N_("Open"),
    "report_to_author": N_("Report to the author"),
    "report_recipients": N_("Report also to"),
    "lane": N_("Urgency"),
    "host": N_("Server"),
    "since": N_("Switched on"),
    "intro_ko": N_("First sentence in Korean"),
    "intro_en": N_("First sentence in English"),
    "totp_secret": N_("Codes of an app"),
    "second_factor_required": N_("Second step for everybody"),
    "device": N_("Device"),
    "place": N_("From where"),
    "used_at": N_("Last used"),
    "database": N_("Database"),
    "user_name": N_("User"),
    "query": N_("Query"),
    "scopes": N_("What it may do"),
    "networks": N_("Networks"),
    "expires_on": N_("Last day"),
    "revoked_at": N_("Revoked"),
}
# What says nothing to a person, or says it twice.
NUMBERS = {"id", "address_key", "subject"}


@dataclass(frozen=True, slots=True)
class Difference:
    """One column: what it is called, what stood there and what stands there now."""

    column: str
    before: str
    after: str


def thing_name(thing: str) -> str:
    return str(_(THINGS[thing])) if thing in THINGS else thing


def action_name(action: str) -> str:
    return str(_(ACTIONS[action])) if action in ACTIONS else action


def actor_name(entry: AuditEntry) -> str:
    if entry.actor_kind == ActorKind.VISITOR:
        return str(_("Somebody at the door"))
    if entry.actor_kind == ActorKind.OPERATOR:
        return str(_("The operator of messagepark"))
    if entry.actor_kind == ActorKind.KEY:
        return str(_("Key “%(name)s”", name=entry.actor_name))
    return entry.actor_name


def differences(entry: AuditEntry) -> list[Difference]:
    """Return what is otherwise, in the order of the names; numbers of rows say nothing to a person and are left out."""
    names = sorted({*entry.before, *entry.after} - NUMBERS)
    return [Difference(_column(n), _told(n, entry.before.get(n)), _told(n, entry.after.get(n))) for n in names]


def _column(name: str) -> str:
    return str(_(COLUMNS[name])) if name in COLUMNS else name


def _told(column: str, value: Any) -> str:
    if column == "permissions" and isinstance(value, list):
        return ", ".join(_(PERMISSION_NAMES[word]) if word in PERMISSION_NAMES else word for word in value)
    if column == "own_role_id" and value:
        return next((role.name for role in own_roles() if role.id == value), str(value))
    return _value(value)


def _value(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def cells(entry: AuditEntry, at: str) -> list[str]:
    """Return an entry as a row of a file; `at` is its time, written for the reader's zone."""
    told = [f"{one.column}: {one.before} → {one.after}" for one in differences(entry)]
    return [
        at, actor_name(entry), thing_name(entry.thing), entry.thing_id, entry.title, action_name(entry.action),
        "\n".join(told), entry.place, entry.device,
    ]  # fmt: skip


def headings() -> list[str]:
    return [
        _("When"), _("Who"), _("What"), _("Number"), _("Title"), _("Change"), _("Before and after"), _("From where"),
        _("Device"),
    ]  # fmt: skip
