"""Looking at a mail before it goes: as a contact gets it, as one of its versions was, and as a test in a mailbox."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from flask_babel import gettext as _

from app.compose import trials
from app.compose.content import words_of
from app.compose.models import Mailing, MailingVersion
from app.compose.service import sender_of
from app.core.limits import limit
from app.core.notices import Attachment, NoticeMail, post_notice
from app.core.tenancy import current_tenant_id
from app.document.compile import MailSource, preview
from app.document.compiled import RenderedMail
from app.lists import queries as lists
from app.sending.conditions import met
from app.sending.orders import Carried, Variant
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
    return _rendered(mailing, words_of(mailing, mailing.subject), contact_id)


def shown_to_nobody(html: str) -> str:
    """Return HTML of a mail, a template or a starter as nobody in particular would see it."""
    return preview(MailSource("", html, locale=current_workspace().locale), {}).html


def rendered_version(mailing: Mailing, version: MailingVersion) -> RenderedMail:
    """Return a mail as one of its versions would be seen by nobody in particular."""
    words = words_of(version, version.subject)
    said = replace(source_of(mailing), subject=words.subject, html=words.html, text=words.text_part)
    return preview(said, {})


@dataclass(frozen=True, slots=True)
class TestMail:
    """Who gets a test, as whom it reads, whether its subject says so, and whether each variant of a trial is sent."""

    addresses: Sequence[str]
    contact_ids: Sequence[int | None] = (None,)
    marked: bool = True
    variants: bool = False


def send_test(mailing: Mailing, test: TestMail) -> int:
    """Mail copies to a few addresses, one for each contact and variant that was chosen; return how many.

    Their links are not counted and nobody is unsubscribed by them.

    Raises:
        NotVerified: the workspace may not write to others yet.
        RateLimited: too many tests within an hour.
    """
    require_verified()
    copies = [copy for contact_id in test.contact_ids for copy in _copies(mailing, contact_id, test)]
    mailing.tested_version = mailing.version
    for address in test.addresses:
        for copy in copies:
            limit("test-mail", str(current_tenant_id()), count=TESTS_AN_HOUR, seconds=3600)
            _post(mailing, address, *copy)
    return len(copies) * len(test.addresses)


def _copies(
    mailing: Mailing, contact_id: int | None, test: TestMail
) -> Iterator[tuple[RenderedMail, Sequence[Carried]]]:
    trial = trials.ordered(mailing) if test.variants else None
    words = [words_of(mailing, mailing.subject), *(trial.variants if trial else ())]
    for letter, each in zip(trials.LETTERS, words, strict=False):
        rendered = _rendered(mailing, each, contact_id)
        mark = _("[Test %(letter)s]", letter=letter) if trial else _("[Test]")
        if test.marked:
            rendered = replace(rendered, subject=f"{mark} {rendered.subject}")
        yield rendered, each.attachments


def _rendered(mailing: Mailing, words: Variant, contact_id: int | None) -> RenderedMail:
    source = replace(source_of(mailing), subject=words.subject, html=words.html, text=words.text_part)
    if not contact_id:
        return preview(source, {})
    values = lists.contact_values([contact_id]).get(contact_id, {})
    return preview(source, values, matched=met(words.conditions, [contact_id])[contact_id])


def _post(mailing: Mailing, address: str, copy: RenderedMail, files: Sequence[Carried]) -> None:
    workspace, sender = current_workspace(), sender_of(mailing)
    post_notice(
        NoticeMail(
            to=address,
            subject=copy.subject,
            html=copy.html,
            text=copy.text,
            sender_name=sender.name or workspace.name,
            sender_address=sender.address or workspace.sender_address,
            test_of=mailing.id,
            attachments=[
                Attachment(each.name, each.content_type, stored=each.stored, digest=each.digest)
                for each in files
                if not each.linked
            ],
        )
    )
