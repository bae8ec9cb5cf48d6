"""A launch turned into what the MTA is told once: headers, return path, and the compiled parts."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from app.core.site import settings
from app.core.tokens import recipient_token
from app.document import law
from app.document.compile import TOKEN_SLOT, MailSource, compile_mail, slot_values
from app.document.compiled import CompiledMail, MergeSlot, Segments, SlotRef
from app.domains.queries import SigningIdentity, link_base, return_path_domain, signing_keys
from app.lists import consent_letters
from app.lists.queries import contact_values
from app.sending import tracked
from app.sending.conditions import Conditions, met
from app.sending.ledger import SliceRow
from app.sending.models import Content, Launch
from app.sending.orders import Carried
from app.tenants.queries import Workspace

TOKEN = SlotRef(TOKEN_SLOT, "text")


@dataclass(frozen=True, slots=True)
class MailPlan:
    """One mailing, compiled. `headers` are names and segments; From is apart, as `sender_name` and `sender_address`.

    `signing`: whom it is signed as, with private keys.
    """

    id: str
    tenant_id: int
    mailing_id: int
    lane: str
    sender_name: str
    sender_address: str
    headers: list[tuple[str, Segments]]
    return_path: Segments
    mail: CompiledMail
    conditions: Conditions
    signing: list[SigningIdentity]
    attachments: list[Carried]


@dataclass(frozen=True, slots=True)
class Addressee:
    """One recipient with the values of the plan's slots, the token first."""

    seq: int
    address: str
    values: list[str]


def compiled(launch: Launch, workspace: Workspace, content: Content | None = None) -> CompiledMail:
    """Compile a launch with its own content or another of its contents."""
    base = link_base(launch.sender_address) or workspace.url
    source = source_of(launch, workspace, content)
    return compile_mail(source, tracked.endpoints(launch, base), first_link=content.first_link if content else 1)


def make_plan(launch: Launch, workspace: Workspace, content: Content | None = None) -> MailPlan:
    """Return the plan of a launch; its id names the content and the keys, so a change of either is a new plan."""
    mail = compiled(launch, workspace, content)
    attachments = [file for each in (content or launch).attachments if not (file := Carried(**each)).linked]
    signing = signing_keys(launch.sender_address)
    bounces = return_path_domain(launch.sender_address)
    names = [link_base(launch.sender_address), bounces, *(f"{key.selector}.{key.domain}" for key in signing)]
    names += [f"{file.digest} {file.name}" for file in attachments]
    return MailPlan(
        id=f"{launch.tenant_id}-{launch.mailing_id}-{_digest(launch, content or launch, workspace, *names)}",
        tenant_id=launch.tenant_id,
        mailing_id=launch.mailing_id,
        lane=launch.lane,
        sender_name=launch.sender_name,
        sender_address=launch.sender_address,
        headers=_headers(launch, workspace, mail),
        return_path=["bounce+", TOKEN, f"@{bounces}"],
        mail=mail,
        conditions=(content or launch).conditions,
        signing=signing,
        attachments=attachments,
    )


def addressees(plan: MailPlan, rows: list[SliceRow]) -> list[Addressee]:
    """Return the recipients of some ledger rows with their values as they are now."""
    contact_ids = [row.contact_id for row in rows]
    values = _values(plan, contact_ids) if plan.mail.slots else {}
    matched = met(plan.conditions, contact_ids) if plan.mail.conditions else {}
    return [
        Addressee(
            row.seq,
            row.address,
            slot_values(
                plan.mail.slots,
                values.get(row.contact_id, {"email": row.address}),
                recipient_token(plan.tenant_id, plan.mailing_id, row.seq),
                matched=matched.get(row.contact_id, ()),
            ),
        )
        for row in rows
    ]


def _values(plan: MailPlan, contact_ids: list[int]) -> dict[int, dict[str, str]]:
    values = contact_values(contact_ids)
    if any(isinstance(slot, MergeSlot) and slot.name == consent_letters.TAG for slot in plan.mail.slots):
        for contact_id, told in consent_letters.facts(plan.mailing_id, contact_ids).items():
            values.setdefault(contact_id, {})[consent_letters.TAG] = told
    return values


def source_of(launch: Launch, workspace: Workspace, content: Content | None = None) -> MailSource:
    """Return what a recipient of this content of a launch gets, before it is compiled."""
    words = content or launch
    return MailSource(
        subject=words.subject,
        html=words.html,
        text=words.text_part,
        sender_name=launch.sender_name,
        sender_address=launch.sender_address,
        reply_to=launch.reply_to,
        kind=launch.kind,
        locale=workspace.locale,
        legal=workspace.legal,
    )


def _headers(launch: Launch, workspace: Workspace, mail: CompiledMail) -> list[tuple[str, Segments]]:
    unsubscribe: Segments = [f"<{workspace.url}/t/u/", TOKEN, ">"]
    headers: list[tuple[str, Segments]] = [
        ("Subject", mail.subject),
        ("Message-ID", ["<", TOKEN, f"@{settings().mail_domain}>"]),
        # RFC 8058: both headers together let the mail program unsubscribe with one click, without a page.
        ("List-Unsubscribe", unsubscribe),
        ("List-Unsubscribe-Post", ["List-Unsubscribe=One-Click"]),
        ("List-ID", [f"<{workspace.slug}.{settings().mail_domain}>"]),
        ("Feedback-ID", [f"{launch.mailing_id}:{launch.tenant_id}:{launch.kind}:messagepark"]),
    ]
    if launch.reply_to:
        headers.append(("Reply-To", [launch.reply_to]))
    return headers


def _digest(launch: Launch, words: Content | Launch, workspace: Workspace, *more: str) -> str:
    said = (words.subject, words.html, launch.sender_name, launch.sender_address, launch.reply_to, workspace.url)
    more = (*more, *law.lines(launch.kind, workspace.legal), law.subject("", launch.kind, workspace.legal))
    return hashlib.sha256(
        "\0".join([*said, words.text_part, json.dumps(words.conditions), *more]).encode()
    ).hexdigest()[:16]
