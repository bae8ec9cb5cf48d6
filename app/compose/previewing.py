"""Looking at a mail before it goes: as a contact gets it, as one of its versions was, and as a test in a mailbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask_babel import gettext as _

from app.compose.content import conditions_of
from app.compose.models import Mailing, MailingVersion
from app.compose.service import sender_of
from app.core.limits import limit
from app.core.notices import NoticeMail, post_notice
from app.core.tenancy import current_tenant_id
from app.document.compile import MailSource, RenderedMail, preview
from app.lists import queries as lists
from app.sending.conditions import met
from app.tenants.queries import current_workspace
from app.tenants.service import require_verified

TESTS_AN_HOUR = 60


def source_of(mailing: Mailing) -> MailSource:
    return MailSource(
        subject=mailing.subject,
        html=mailing.html,
        text=mailing.text_part,
        sender_name=mailing.sender_name,
        sender_address=mailing.sender_address,
        reply_to=mailing.reply_to,
        kind=mailing.kind,
        locale=current_workspace().locale,
        legal=current_workspace().legal,
    )


def rendered_for(mailing: Mailing, contact_id: int | None) -> RenderedMail:
    """Return the mail as a contact would get it; for nobody, with the defaults of its tags and every block."""
    if not contact_id:
        return preview(source_of(mailing), {})
    values = lists.contact_values([contact_id]).get(contact_id, {})
    matched = met(conditions_of(mailing.document), [contact_id])[contact_id]
    return preview(source_of(mailing), values, matched=matched)


def rendered_version(mailing: Mailing, version: MailingVersion) -> RenderedMail:
    """Return a mail as one of its versions would be seen by nobody in particular."""
    said = replace(source_of(mailing), subject=version.subject, html=version.html, text=version.text_part)
    return preview(said, {})


def send_test(mailing: Mailing, addresses: Sequence[str], *, contact_id: int | None) -> None:
    """Mail a marked copy to a few addresses. Its links are not counted and nobody is unsubscribed by it.

    Raises:
        NotVerified: the workspace may not write to others yet.
        RateLimited: too many tests within an hour.
    """
    require_verified()
    rendered = rendered_for(mailing, contact_id)
    workspace, sender = current_workspace(), sender_of(mailing)
    mark = _("[Test]")
    mailing.tested_version = mailing.version
    for address in addresses:
        limit("test-mail", str(current_tenant_id()), count=TESTS_AN_HOUR, seconds=3600)
        post_notice(
            NoticeMail(
                to=address,
                subject=f"{mark} {rendered.subject}",
                html=rendered.html,
                text=rendered.text,
                sender_name=sender.name or workspace.name,
                sender_address=sender.address or workspace.sender_address,
            )
        )
