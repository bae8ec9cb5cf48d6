"""A workspace with one of everything, so that every page has something to show."""

from __future__ import annotations

from datetime import date, timedelta

from app.api.models import ApiAnswer, ApiKey
from app.billing.models import BillingAccount, Invoice, UsageEntry, UsageMonth
from app.compose.models import Approval, Campaign, Mailing, MailingVersion, Pattern, SavedBlock, TestGroup
from app.conduct.models import ConductDay
from app.core import clock, crypto
from app.core.db import db
from app.core.tenancy import current_tenant_id
from app.core.tokens import recipient_token
from app.domains import service as domains
from app.lists.models import (
    BulkAction,
    Contact,
    ContactList,
    DatabaseConnection,
    Export,
    ExportChunk,
    Import,
    ImportMapping,
    ImportRow,
    Segment,
    SignupForm,
    Subscription,
    Suppression,
    Sync,
)
from app.media.models import File, Picture
from app.reports.models import DayCount
from app.sending.models import Delivery, Launch, MailingLink
from app.templates_mgmt.models import Template, TemplateVersion
from app.tenants.models import Invitation, WorkspaceRole
from tests.support.workspaces import Place

HTML = '<p>Hello {{name|reader}}, <a href="https://example.com/story">the story</a></p>'


def fill(place: Place) -> dict[str, int]:
    """Make the content and return ids by the names that routes use for them."""
    with place.inside():
        contact = Contact(address="Reader@example.com", address_key="reader@example.com", name="Reader")
        mailing_list = ContactList(code="daily", title="Daily")
        mailing = Mailing(subject="Today", html=HTML, sender_name="News", sender_address="news@example.com")
        template = Template(title="Letter", subject="Hello", html=HTML)
        invitation = Invitation(email="new@example.com", role="editor", invited_by=place.member_id)
        picture = Picture(
            name=f"{place.id:032x}.png", title="Sun", content_type="image/png", size=3, width=1, height=1, digest="d"
        )
        file = File(name=f"{place.id:032x}.pdf", title="Plan.pdf", content_type="application/pdf", size=3, digest="f")
        campaign, pattern = Campaign(title="Autumn"), Pattern(title="Evening edition")
        group = TestGroup(title="Desk", addresses=["desk@example.com"])
        role = WorkspaceRole(name="Desk", permissions=["view", "write"])
        db.session.add_all([picture, file, campaign, pattern, group, role])
        block = SavedBlock(title="Foot", block={"type": "divider", "attrs": {}})
        db.session.add(block)
        db.session.add_all([contact, mailing_list, mailing, template, invitation])
        db.session.flush()
        mailing.attachments = [{"file": file.id, "way": "attach"}]
        place_in_list = Subscription(list_id=mailing_list.id, contact_id=contact.id, state="subscribed")
        db.session.add(place_in_list)
        segment = Segment(title="Kims", condition={"of": {"all": [{"what": "name", "is": "starts", "value": ["K"]}]}})
        db.session.add(segment)
        imported = Import(list_id=mailing_list.id, source="paste", consent="asked", rows=1)
        db.session.add(imported)
        db.session.flush()
        connection, order = _database(mailing_list.id)
        db.session.add(ImportRow(import_id=imported.id, line=1, cells=["reader@example.com"]))
        version = MailingVersion(mailing_id=mailing.id, subject="Before", html=HTML, text_part="")
        db.session.add_all([_launch(mailing, mailing_list.id), version])
        db.session.flush()
        template_version = TemplateVersion(template_id=template.id, title="Letter", subject="Hi", html=HTML)
        db.session.add(template_version)
        key = ApiKey(member_id=place.member_id, name="Shop", prefix="000000000000", digest=b"d", scopes=["view"])
        db.session.add(key)
        asked = Approval(mailing_id=mailing.id, digest="d", wanted={}, asked_by=place.member_id)
        db.session.add(asked)
        action = BulkAction(kind="copy", selection={}, state="finished", total=1, done=1)
        export = Export(selection={}, columns=["email"], format="xlsx", state="finished", finished_at=clock.now())
        db.session.add_all([action, export])
        db.session.flush()
        db.session.add_all([
            ApiAnswer(key_id=key.id, name="one", digest=b"d", status=200, body=b"{}"),
            ExportChunk(export_id=export.id, number=0, content=b"PK"),
            SignupForm(list_id=mailing_list.id, key="a-key", open=True, locale="ko"),
            Delivery(mailing_id=mailing.id, seq=1, contact_id=contact.id, address=contact.address, state=2),
            MailingLink(mailing_id=mailing.id, number=1, url="https://example.com/story", label="the story"),
            Suppression(address_key="gone@example.com", reason="manual"),
            DayCount(day=clock.now().date(), accepted=1),
            UsageMonth(month=date(2026, 1, 1), sent=1),
            UsageEntry(month=date(2026, 1, 1), mailing_id=mailing.id, title="Today", member_id=None, reserved=1, sent=1,
                       at=clock.now()),
            BillingAccount(customer=f"cus_{place.id}"),
            Invoice(id="1", number="1", created_at=clock.now(), total=1, currency="krw", state="paid", url="", pdf=""),
            ConductDay(day=clock.now().date(), accepted=1),
        ])  # fmt: skip
        return {
            "domain_id": domains.add_domain("daily.example"),
            "list_id": mailing_list.id, "contact_id": contact.id, "mailing_id": mailing.id, "template_id": template.id,
            "version_id": version.id, "campaign_id": campaign.id, "pattern_id": pattern.id, "group_id": group.id,
            "block_id": block.id, "role_id": role.id, "key_id": key.id,
            "approval_id": asked.id,
            "template_version_id": template_version.id, "format": "html",  # type: ignore[dict-item]

            "action_id": action.id, "export_id": export.id, "key": "a-key",  # type: ignore[dict-item]
            "picture_id": picture.id, "file_id": file.id, "name": picture.name,  # type: ignore[dict-item]
            "import_id": imported.id, "segment_id": segment.id,
            "invitation_id": invitation.id, "member_id": place.member_id, "number": 1,
            "connection_id": connection, "sync_id": order,
            "token": recipient_token(place.id, mailing.id, 1),  # type: ignore[dict-item]
        }  # fmt: skip


def _database(list_id: int) -> tuple[int, int]:
    """A connection that leads nowhere, a standing order through it, and a mapping that is remembered."""
    made = DatabaseConnection(
        title="Shop", kind="mysql", host="127.0.0.1", port=3306, database="shop", user_name="reader",
        password=crypto.seal("secret", purpose=f"database password of {current_tenant_id()}"), encryption="try",
    )  # fmt: skip
    db.session.add_all([made, ImportMapping(titles=["email"], mapping=["email"])])
    db.session.flush()
    order = Sync(
        connection_id=made.id, list_id=list_id, query="SELECT email FROM members", mapping=["email"], policy="update",
        consent="asked", double_opt_in=False, gone="leave", every_hours=24, next_at=clock.now() + timedelta(days=1),
    )  # fmt: skip
    db.session.add(order)
    db.session.flush()
    return made.id, order.id


def _launch(mailing: Mailing, list_id: int) -> Launch:
    now = clock.now()
    return Launch(
        mailing_id=mailing.id, state="finished", kind="newsletter", subject=mailing.subject, html=mailing.html,
        sender_name=mailing.sender_name, sender_address=mailing.sender_address, list_ids=[list_id], planned_at=now,
        started_at=now, finished_at=now, total=1, accepted=1, fed_through=1,
    )  # fmt: skip
