"""Words that codes stand for: states, reasons, what is wrong with a row, what a column is taken for."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.errors import N_, DomainError
from app.lists.states import (
    BulkKind,
    BulkState,
    DatabaseKind,
    Encryption,
    ExportState,
    FieldKind,
    Gone,
    ImportPolicy,
    ImportState,
    LeaveReason,
    SubscriptionState,
    SuppressionReason,
)

STATE_NAMES = {
    SubscriptionState.SUBSCRIBED: N_("Subscribed"),
    SubscriptionState.UNCONFIRMED: N_("Unconfirmed"),
    SubscriptionState.UNSUBSCRIBED: N_("Unsubscribed"),
    SubscriptionState.BOUNCED: N_("Bounced"),
    SubscriptionState.COMPLAINED: N_("Complained"),
}
STATE_TONES = {
    SubscriptionState.SUBSCRIBED: "green",
    SubscriptionState.UNCONFIRMED: "amber",
    SubscriptionState.UNSUBSCRIBED: "grey",
    SubscriptionState.BOUNCED: "red",
    SubscriptionState.COMPLAINED: "red",
}
SUPPRESSION_NAMES = {
    SuppressionReason.HARD_BOUNCE: N_("The address does not exist"),
    SuppressionReason.COMPLAINT: N_("Reported as spam"),
    SuppressionReason.MANUAL: N_("Added by hand"),
    SuppressionReason.UNSUBSCRIBED: N_("Asked for no more mail"),
    SuppressionReason.DOMAIN: N_("The whole domain, by hand"),
    SuppressionReason.ERASED: N_("Forgotten: only a mark is kept"),
}
IMPORT_NAMES = {
    ImportState.READING: N_("Being read"),
    ImportState.PREVIEWED: N_("Waiting for your yes"),
    ImportState.RUNNING: N_("Running"),
    ImportState.FINISHED: N_("Finished"),
    ImportState.FAILED: N_("Could not be read"),
    ImportState.CANCELLED: N_("Cancelled"),
    ImportState.UNDOING: N_("Being undone"),
    ImportState.UNDONE: N_("Undone"),
}
IMPORT_TONES = {
    ImportState.READING: "blue",
    ImportState.PREVIEWED: "amber",
    ImportState.RUNNING: "blue",
    ImportState.FINISHED: "green",
    ImportState.FAILED: "red",
    ImportState.CANCELLED: "grey",
    ImportState.UNDOING: "blue",
    ImportState.UNDONE: "grey",
}
SOURCE_NAMES = {
    "import": N_("Import"),
    "member": N_("By hand"),
    "link": N_("Link in a mail"),
    "one_click": N_("One click in the mail program"),
    "bounce": N_("Bounce"),
    "form": N_("Sign-up form"),
    "confirmation": N_("Confirmed by mail"),
    "preferences": N_("The person’s own page"),
    "paste": N_("Pasted"),
    "file": N_("File"),
    "database": N_("Database"),
    "api": N_("A program of yours, by the API"),
}
POLICIES = {
    ImportPolicy.UPDATE: (N_("Update"), N_("What is pasted wins; what is empty there stays as it is.")),
    ImportPolicy.FILL: (N_("Fill gaps"), N_("Only what we do not know yet is taken over.")),
    ImportPolicy.KEEP: (N_("Add only"), N_("People we know only join the list; their data stays.")),
    ImportPolicy.REPLACE: (N_("Replace"), N_("What is empty there is emptied here, too, in the columns you take.")),
}
DATABASES = {
    DatabaseKind.POSTGRESQL: "PostgreSQL",
    DatabaseKind.MYSQL: "MySQL, MariaDB",
    DatabaseKind.SQLSERVER: "Microsoft SQL Server",
    DatabaseKind.ORACLE: "Oracle",
}
ENCRYPTIONS = {
    Encryption.TRY: N_("Where the server offers it"),
    Encryption.REQUIRE: N_("Always"),
    Encryption.VERIFY: N_("Always, and check the server's certificate"),
}
GONE = {
    Gone.LEAVE: N_("Leave them on the list"),
    Gone.UNSUBSCRIBE: N_("Unsubscribe them"),
    Gone.REMOVE: N_("Take them off the list"),
}
INTERVALS = {
    0: N_("Once, now"),
    1: N_("Every hour"),
    6: N_("Every 6 hours"),
    24: N_("Every day"),
    168: N_("Every week"),
}
FAULTS = {
    "empty": N_("There is no address"),
    "no_at": N_("The address has no @"),
    "many_at": N_("The address has more than one @"),
    "space": N_("There is a space in the address"),
    "no_domain": N_("The part before or after the @ is missing"),
    "dots": N_("A dot stands where none may stand"),
    "too_long": N_("The address is too long"),
    "syntax": N_("This is not an e-mail address"),
    "forgotten": N_("Asked to be forgotten, and may only come back by subscribing"),
    "role": N_("An office or a machine, hardly a person"),
    "no_mail": N_("The domain takes no mail"),
    "disposable": N_("An address for a few minutes, from a service that gives them away"),
    "letters": N_("Some letters could not be read in this encoding"),
}
PROBLEMS = {
    "unreadable": N_("It could not be read."),
    "nothing": N_("There is nothing in it: not one line with something on it."),
    "quote": N_("A quotation mark opens and never closes. Read it again without quotation marks."),
    "rows": N_("It has more rows than can be taken in at once. Split it and bring in the parts."),
    "damaged": N_("The file is damaged, or not what its name says. Open it, save it again, and try once more."),
    "locked": N_("The file has a password. Save it without one and try again."),
    "too_large": N_("Unpacked, this file is far too large. Split it and bring in the parts."),
    "nothing_readable": N_(
        "This archive holds nothing that can be read: CSV, text, Excel, OpenDocument, contact cards."
    ),
    "order": N_("Nobody could be taken in from this answer of the database. The list is left as it was."),
    "plan": N_(
        "Your plan keeps no more people than this. Who was taken in by then is kept; take a larger plan and go on."
    ),
    "time": N_("Reading it took too long. Split it, or save it as CSV, and try again."),
    "columns": N_("It has more columns than can be taken in. Keep the ones that matter and try again."),
}
TARGET_NAMES = {
    "email": N_("E-mail address"),
    "name": N_("Name"),
    "key": N_("Key: tells people apart"),
    "ignore": N_("Ignore"),
    "new": N_("New field"),
}
DELIMITER_NAMES = {"\t": N_("Tab"), ",": N_("Comma"), ";": N_("Semicolon"), "|": N_("Vertical bar")}


FIELD_FAULTS = {
    "not_number": N_("“%(field)s” is not a number and is left out"),
    "not_date": N_("“%(field)s” is not a date and is left out"),
    "not_yes_no": N_("“%(field)s” is neither yes nor no and is left out"),
    "not_choice": N_("“%(field)s” is none of the choices and is left out"),
    "not_url": N_("“%(field)s” is no web address and is left out"),
}
VALUE_FAULTS = {
    "not_number": N_("This is not a number."),
    "not_date": N_("This is not a date. Write it like 2026-11-23."),
    "not_yes_no": N_("This is neither yes nor no."),
    "not_choice": N_("Choose one of the list."),
    "not_url": N_("This is no web address. It looks like https://example.com."),
}
KIND_NAMES = {
    FieldKind.TEXT: N_("Text"),
    FieldKind.NUMBER: N_("Number"),
    FieldKind.DATE: N_("Date"),
    FieldKind.BIRTHDAY: N_("Birthday (no year)"),
    FieldKind.YES_NO: N_("Yes or no"),
    FieldKind.CHOICE: N_("One of a list"),
    FieldKind.CHOICES: N_("Several of a list"),
    FieldKind.URL: N_("Web address"),
}


BULK_NAMES = {
    BulkKind.COPY: N_("Copy to another list"),
    BulkKind.MOVE: N_("Move to another list"),
    BulkKind.UNSUBSCRIBE: N_("Unsubscribe"),
    BulkKind.EDIT: N_("Set a field"),
    BulkKind.DELETE: N_("Delete"),
}
BULK_STATES = {
    BulkState.RUNNING: N_("Running"),
    BulkState.FINISHED: N_("Finished"),
    BulkState.CANCELLED: N_("Stopped"),
    BulkState.UNDOING: N_("Being undone"),
    BulkState.UNDONE: N_("Undone"),
}
EXPORT_STATES = {
    ExportState.RUNNING: N_("Running"),
    ExportState.FINISHED: N_("Finished"),
    ExportState.CANCELLED: N_("Stopped"),
    ExportState.EXPIRED: N_("Expired"),
}


LEAVE_REASONS = {
    LeaveReason.TOO_MANY: N_("Too many mails"),
    LeaveReason.NOT_INTERESTING: N_("The content does not interest me"),
    LeaveReason.NEVER_ASKED: N_("I never asked for it"),
    LeaveReason.OTHER_ADDRESS: N_("I use another address"),
    LeaveReason.OTHER: N_("Something else"),
}


def leave_reason(reason: str) -> str:
    return str(_(LEAVE_REASONS[LeaveReason(reason)]))


def bulk_name(kind: str) -> str:
    return str(_(BULK_NAMES[BulkKind(kind)]))


def bulk_state(state: str) -> str:
    return str(_(BULK_STATES[BulkState(state)]))


def export_state(state: str) -> str:
    return str(_(EXPORT_STATES[ExportState(state)]))


def kind_name(kind: str) -> str:
    return str(_(KIND_NAMES[FieldKind(kind)]))


def value_fault(reason: str) -> str:
    return str(_(VALUE_FAULTS[reason]))


def state_name(state: str) -> str:
    return str(_(STATE_NAMES[SubscriptionState(state)]))


def state_tone(state: str) -> str:
    return STATE_TONES[SubscriptionState(state)]


def suppression_name(reason: str) -> str:
    return str(_(SUPPRESSION_NAMES[SuppressionReason(reason)]))


def import_name(state: str) -> str:
    return str(_(IMPORT_NAMES[ImportState(state)]))


def import_tone(state: str) -> str:
    return IMPORT_TONES[ImportState(state)]


def source_name(source: str) -> str:
    return str(_(SOURCE_NAMES[source])) if source in SOURCE_NAMES else source


def problem_text(problem: str) -> str:
    kind, _colon, said = problem.partition(":")
    if kind == "database":
        return str(_("The database could not be read: %(said)s", said=said))
    return str(_(PROBLEMS.get(problem, PROBLEMS["unreadable"])))


def time_left(done: int, total: int, seconds: float) -> str:
    """Say how long the rest takes at the pace so far; nothing while that cannot be known."""
    if not 0 < done < total or seconds < 1:
        return ""
    minutes = round((total - done) * seconds / done / 60)
    if not minutes:
        return str(_("Less than a minute left"))
    return str(ngettext("%(num)s minute left", "%(num)s minutes left", minutes))


def target_name(target: str) -> str:
    return str(_(TARGET_NAMES[target])) if target in TARGET_NAMES else target


def delimiter_name(delimiter: str) -> str:
    return str(_(DELIMITER_NAMES[delimiter]))


def reason_text(reason: str) -> str:
    """Say why a row is not taken, or what to look at in one that is."""
    kind, _colon, detail = reason.partition(":")
    if kind == "same":
        return str(_("The same address as on line %(line)s", line=detail))
    if kind in FIELD_FAULTS:
        return str(_(FIELD_FAULTS[kind], field=detail))
    if kind == "typo":
        return str(_("Did they mean %(domain)s?", domain=detail))
    return str(_(FAULTS.get(kind, FAULTS["syntax"])))


def said(error: DomainError) -> str:
    """Return what an error says, in the reader's language."""
    return str(_(error.message, **error.params))
