"""Words that codes stand for: roles, languages, time zones, and what an error says."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import get_timezone_location
from flask_babel import get_locale
from flask_babel import gettext as _

from app.core.access import AnyRole, OwnRole, Permission, Role
from app.core.errors import N_, DomainError
from app.tenants.roles import all_roles
from app.tenants.support import Act

ROLE_NAMES = {
    Role.OWNER: N_("Owner"),
    Role.ADMIN: N_("Administrator"),
    Role.EDITOR: N_("Editor"),
    Role.SENDER: N_("Sender and approver"),
    Role.BILLING: N_("Billing"),
    Role.ANALYST: N_("Analyst"),
}
ROLE_HINTS = {
    Role.OWNER: N_("Everything, including who else is an owner."),
    Role.ADMIN: N_("Everything except owners: members, settings, lists and mails."),
    Role.EDITOR: N_("Manages lists, writes and sends mails."),
    Role.SENDER: N_("Approves and sends what others wrote, changes no list and no mail."),
    Role.BILLING: N_("Sees everything and looks after plan and payment."),
    Role.ANALYST: N_("Sees everything, changes nothing."),
}
PERMISSION_NAMES = {
    Permission.VIEW: N_("See everything"),
    Permission.EDIT_LISTS: N_("Look after lists"),
    Permission.WRITE: N_("Write mails"),
    Permission.SEND: N_("Send mails"),
    Permission.APPROVE: N_("Approve mails"),
    Permission.MANAGE_BILLING: N_("Plan and payment"),
    Permission.MANAGE_MEMBERS: N_("Members and roles"),
    Permission.MANAGE_WORKSPACE: N_("Settings of the workspace"),
}
PERMISSION_HINTS = {
    Permission.VIEW: N_("Lists, mails, reports and usage."),
    Permission.EDIT_LISTS: N_("Add, import, change, export and delete people, lists and segments."),
    Permission.WRITE: N_("Write, change and delete mails, templates and pictures."),
    Permission.SEND: N_("Schedule, send, pause and cancel mails, breaking news included."),
    Permission.APPROVE: N_("Say yes or no to what others ask to send."),
    Permission.MANAGE_BILLING: N_("Change the plan and how it is paid."),
    Permission.MANAGE_MEMBERS: N_("Invite, remove and give roles, up to the rights one has oneself."),
    Permission.MANAGE_WORKSPACE: N_("Name, sending domains, rules of sending, tracking and the data."),
}
ACTS = {
    Act.SUSPENDED: N_("Suspended the workspace"),
    Act.REINSTATED: N_("Let the workspace go on"),
    Act.MAIL_STOPPED: N_("Stopped its mail"),
    Act.MAIL_RELEASED: N_("Let its mail go again"),
    Act.VISITED: N_("Looked around in the workspace"),
    Act.ATTEMPTS_LOGGED: N_("Had each attempt to deliver its mail logged"),
    Act.LOGGING_ENDED: N_("Ended the log of attempts"),
    Act.DESTINATION_SUSPENDED: N_("Suspended a destination"),
    Act.DESTINATION_RESUMED: N_("Resumed a destination"),
    Act.ANNOUNCED: N_("Announced something"),
    Act.ANNOUNCEMENT_ENDED: N_("Ended an announcement"),
    Act.ERASED: N_("Erased a workspace"),
    Act.FACTOR_RESET: N_("Asked for the reset of a second step"),
}
LOCALE_NAMES = {"ko": "한국어", "en": "English"}
TIMEZONES = """
    Asia/Seoul Asia/Tokyo Asia/Shanghai Asia/Taipei Asia/Hong_Kong Asia/Singapore Asia/Manila Asia/Ho_Chi_Minh
    Asia/Bangkok Asia/Jakarta Asia/Ulaanbaatar Asia/Almaty Asia/Kolkata Asia/Dubai Asia/Riyadh Asia/Jerusalem
    Europe/Istanbul Europe/Moscow Europe/Athens Europe/Kyiv Europe/Berlin Europe/Paris Europe/Madrid Europe/Rome
    Europe/Amsterdam Europe/Vienna Europe/Zurich Europe/Stockholm Europe/Warsaw Europe/London Europe/Lisbon
    Africa/Cairo Africa/Lagos Africa/Nairobi Africa/Johannesburg America/Sao_Paulo America/Argentina/Buenos_Aires
    America/New_York America/Toronto America/Chicago America/Mexico_City America/Denver America/Los_Angeles
    America/Vancouver America/Anchorage Pacific/Honolulu Australia/Perth Australia/Sydney Pacific/Auckland Etc/UTC
""".split()  # noqa: SIM905 - a list of names reads better as text


def role_name(role: AnyRole) -> str:
    return role.name if isinstance(role, OwnRole) else str(_(ROLE_NAMES[role]))


def act_name(act: Act) -> str:
    """Return what an operator did."""
    return str(_(ACTS[act]))


def role_hints() -> dict[str, str]:
    """Return what each of the workspace's roles is for, by its word."""
    return {role.value: role_hint(role) for role in all_roles()}


def role_hint(role: AnyRole) -> str:
    if isinstance(role, OwnRole):
        named = [each for each in Permission if each in role.permissions and each is not Permission.VIEW]
        return " · ".join(_(PERMISSION_NAMES[each]) for each in named) or str(_(ROLE_HINTS[Role.ANALYST]))
    return str(_(ROLE_HINTS[role]))


def permission_hints() -> dict[str, str]:
    return {permission.value: _(text) for permission, text in PERMISSION_HINTS.items()}


def said(error: DomainError) -> str:
    """Return what an error says, in the reader's language."""
    return str(_(error.message, **error.params))


def timezone_choices(now: datetime, present: str) -> list[tuple[str, str]]:
    """Return the zones to choose from, west to east, `present` among them."""
    zones = {*TIMEZONES, present}
    return [(zone, _zone_label(zone, now)) for zone in sorted(zones, key=lambda zone: _offset(zone, now))]


def _offset(zone: str, now: datetime) -> tuple[float, str]:
    offset = now.astimezone(ZoneInfo(zone)).utcoffset()
    return (offset.total_seconds() if offset else 0.0, zone)


def _zone_label(zone: str, now: datetime) -> str:
    offset = f"{now.astimezone(ZoneInfo(zone)):%z}"
    place = "UTC" if zone == "Etc/UTC" else get_timezone_location(zone, locale=get_locale(), return_city=True)
    return f"UTC{offset[:3]}:{offset[3:]}  {place}"


WAY_NAMES = {
    "password": N_("with the password"),
    "two_steps": N_("with password and second step"),
    "passkey": N_("with a passkey"),
    "provider": N_("by your organisation"),
}


def way_name(way: str) -> str:
    return str(_(WAY_NAMES[way]))
