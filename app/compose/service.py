"""Writing mailings, and handing them over to sending."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from app.billing.queries import usage
from app.compose import attaching, history, queries, trials
from app.compose.attachments import attached, weight
from app.compose.checklist import Facts, checklist
from app.compose.content import Content, SomethingThere, of_blocks, of_html, words_of
from app.compose.models import Mailing, MailingKind, MailingVersion
from app.compose.starting import on_own_clocks, see_that_typed, undo_seconds
from app.compose.times import moment
from app.conduct import queries as conduct
from app.conduct.checks import Letter
from app.core.db import db
from app.core.errors import N_, Conflict, DomainError, Invalid
from app.core.tenancy import current_tenant_id
from app.document.locks import see_that_kept
from app.domains import service as domains
from app.domains.service import Sender
from app.lists import queries as lists
from app.lists.consent import people_without_consent
from app.lists.recipients import Audience
from app.lists.segments import saved
from app.media import thumbnails
from app.sending import queries as sending
from app.sending import service as sending_service
from app.sending.orders import AT_ONCE, LaunchOrder, Pace
from app.sending.service import AlreadyScheduled
from app.sending.terms import Lane
from app.tenants.queries import current_workspace
from app.tenants.service import require_verified

LANES = {
    MailingKind.BREAKING: Lane.BREAKING,
    MailingKind.NOTICE: Lane.NORMAL,
    MailingKind.NEWSLETTER: Lane.NORMAL,
    MailingKind.ADVERTISING: Lane.BULK,
}


class NotReady(Invalid):
    message = N_("This mail is not ready to be sent. The list of checks says what is missing. Nothing was sent.")


class TimeHasPassed(Invalid):
    message = N_("The chosen time has passed already. Choose a later one.")


class AudienceChanged(Conflict):
    message = N_("In the meantime the mail would go to %(now)s people instead of %(before)s. Nothing was sent yet.")


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a mailing is, besides its body and for whom."""

    subject: str
    kind: str
    sender_name: str
    sender_address: str
    reply_to: str
    tracking_days: int | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """A yes to sending: what the person saw (`version`, `count`) and typed of it, and who gets the report."""

    version: int
    count: int
    report_to_author: bool
    report_recipients: list[str]
    author_address: str
    pace: Pace = AT_ONCE
    zone_field: str = ""
    typed: str = ""


def create_mailing(envelope: Envelope, who: Audience, *, content: Content, author_id: int, **more: Any) -> Mailing:
    """Keep a draft; `more` are further columns of it."""
    people = own_people_only(who)
    words = content.values() | {"attachments": list(content.attachments)}
    made = Mailing(**asdict(envelope), **people, **words, author_id=author_id, **more)
    db.session.add(made)
    db.session.flush()
    return made


def change_envelope(mailing_id: int, envelope: Envelope, *, version: int, author_id: int) -> None:
    """Store what it is and who it is from.

    Raises:
        Conflict: somebody else has saved since `version`.
        AlreadyScheduled: it was handed over to sending.
    """
    _change(mailing_id, asdict(envelope), version, author_id)


def change_audience(mailing_id: int, who: Audience, *, version: int, author_id: int) -> None:
    """Store whom it goes to. Raises as `change_envelope`."""
    _change(mailing_id, own_people_only(who), version, author_id)


def change_body(mailing_id: int, html: str, *, version: int, author_id: int) -> str:
    """Store a body of HTML, cleaned, and return it as stored. Raises as `leave_blocks`."""
    content = of_html(html)
    see_that_kept(queries.mailing(mailing_id).document, None)
    _change(mailing_id, content.values(), version, author_id)
    return content.html


def change_document(mailing_id: int, document: dict[str, Any], *, version: int, author_id: int) -> int:
    """Store a mail of blocks, and return its version now. Raises as `change_envelope`, and:

    Raises:
        DocumentFault: it is not as a document must be.
        Locked: parts that the template has locked would be other ones.
    """
    content = of_blocks(document)
    see_that_kept(queries.mailing(mailing_id).document, document)
    _change(mailing_id, content.values(), version, author_id)
    return version + 1


def renew_document(mailing_id: int, renewed: Callable[[dict[str, Any]], dict[str, Any]], *, author_id: int) -> None:
    """Change a mail's blocks on the workspace's word, locked ones too, as a version of its own. Raises as above."""
    mailing = queries.mailing(mailing_id)
    content = of_blocks(renewed(mailing.document or {}))
    _change(mailing_id, content.values(), mailing.version, author_id, anew=True)


def begin_with(mailing: Mailing, content: Content, *, author_id: int) -> None:
    """Put a beginning into a mail that has no body yet, and its subject where that has none.

    Raises:
        SomethingThere: it has a body.
    """
    if mailing.document is not None or mailing.html.strip():
        raise SomethingThere
    subject = {} if mailing.subject else {"subject": content.subject}
    files = [*mailing.attachments, *(each for each in content.attachments if each not in mailing.attachments)]
    _change(mailing.id, content.values() | subject | {"attachments": files}, mailing.version, author_id)


def leave_blocks(mailing: Mailing, *, author_id: int) -> None:
    """Make a mail of blocks one of HTML, to be changed by hand from now on. Raises as `change_envelope`, and:

    Raises:
        Locked: its template has locked parts of it.
    """
    see_that_kept(mailing.document, None)
    _change(mailing.id, {"document": None}, mailing.version, author_id)


def change_text_part(mailing_id: int, words: str, *, version: int, author_id: int) -> None:
    """Store the text part as its author wants it; empty, it follows the mail again. Raises as `change_envelope`."""
    _change(mailing_id, {"text_part": words.replace("\r\n", "\n").strip()}, version, author_id)


def restore(mailing: Mailing, earlier: MailingVersion, *, author_id: int) -> None:
    """Let a mail say again what one of its versions says, as a version of its own. Raises as `leave_blocks`."""
    see_that_kept(mailing.document, earlier.document)
    body = of_blocks(earlier.document) if earlier.document is not None else Content(html=earlier.html)
    kept = {"subject": earlier.subject, "text_part": earlier.text_part, "attachments": earlier.attachments}
    words = {**kept, **body.values()}
    _change(mailing.id, words, mailing.version, author_id, anew=True)


def own_people_only(who: Audience) -> dict[str, list[int]]:
    """Return the columns of an audience, without lists and segments of others."""
    own_lists, own_segments = {each.id for each in lists.lists()}, set(saved.titles())
    return {
        "list_ids": [each for each in who.lists if each in own_lists],
        "segment_ids": [each for each in who.segments if each in own_segments],
        "excluded_list_ids": [each for each in who.excluded_lists if each in own_lists],
        "excluded_segment_ids": [each for each in who.excluded_segments if each in own_segments],
    }


def _change(mailing_id: int, values: Mapping[str, object], version: int, author_id: int, *, anew: bool = False) -> None:
    if sending.launch(mailing_id) is not None:
        raise AlreadyScheduled
    history.begin(mailing_id)
    changed = db.session.execute(
        sa.update(Mailing)
        .where(Mailing.tenant_id == current_tenant_id(), Mailing.id == mailing_id, Mailing.version == version)
        .values(**values, version=Mailing.version + 1, updated_at=sa.func.now())
        .execution_options(synchronize_session="fetch")
    )
    if not changed.rowcount:  # type: ignore[attr-defined]
        raise Conflict
    history.record(mailing_id, author_id=author_id, anew=anew)


def duplicate_mailing(original: Mailing, *, author_id: int | None) -> Mailing:
    """Make a draft of the same content and audience."""
    kept = (
        "kind", "sender_name", "sender_address", "reply_to", "document", "html", "text_part", "list_ids",
        "segment_ids", "excluded_list_ids", "excluded_segment_ids", "report_recipients", "campaign_id", "at_time",
        "tracking_days", "attachments",
    )  # fmt: skip
    values = {name: getattr(original, name) for name in kept}
    subject = _("%(subject)s (copy)", subject=original.subject) if original.subject else ""
    copy = Mailing(**values, subject=subject[:200], author_id=author_id)
    db.session.add(copy)
    db.session.flush()
    return copy


def aim(draft: Mailing, *, subject: str, segment_id: int) -> None:
    """Let a draft say another subject and go to one segment; whom it leaves out stays left out."""
    draft.subject, draft.list_ids, draft.segment_ids = subject, [], [segment_id]
    db.session.flush()


def delete_mailing(removed: Mailing) -> None:
    """Remove a draft.

    Raises:
        AlreadyScheduled: it was handed over to sending; what was sent keeps its report.
    """
    if sending.launch(removed.id) is not None:
        raise AlreadyScheduled
    db.session.delete(removed)
    db.session.flush()
    thumbnails.forget([f"mailing:{removed.id}"])
    attaching.tidy_soon()


# --- sending it -------------------------------------------------------------------------------------------------


def facts_of(mailing: Mailing, *, now: datetime, at: datetime | None = None) -> Facts:
    """Gather what the checks of a mailing need to know; `at` is the planned time, None for now."""
    who = queries.audience_of(mailing)
    audience = lists.audience_count(who)
    return Facts(
        now=now,
        at=at,
        people=audience.total,
        left_out=audience,
        quota_left=usage(now).left,
        obstacle=_obstacle(),
        known_tags=queries.known_tags(who),
        legal=current_workspace().legal,
        without_consent=_without_consent(mailing, who),
        findings=conduct.findings(Letter(mailing.subject, mailing.html, mailing.sender_address)),
        carries=weight(attached(mailing.attachments)),
        may_carry=current_workspace().plan.attachments_bytes,
        **_sender_facts(mailing),
    )


def _without_consent(mailing: Mailing, who: Audience) -> int:
    """Of whom consent must be on record and is not: only Korean advertising asks for it."""
    asked = mailing.kind == MailingKind.ADVERTISING and current_workspace().legal.korean
    return people_without_consent(who) if asked else 0


def _sender_facts(mailing: Mailing) -> dict[str, str]:
    """Whether the sender's domain is verified, and who the mail would be from instead."""
    sender = sender_of(mailing)
    return {
        "unverified_domain": domains.unverified_domain(current_workspace(), mailing.sender_address),
        "stand_in": sender.address if sender.address != mailing.sender_address else "",
    }


def sender_of(mailing: Mailing) -> Sender:
    """Return who readers see: the wish of its author, or what stands in for a domain that is not verified."""
    wish = Sender(mailing.sender_name, mailing.sender_address, mailing.reply_to)
    return domains.sender_of(current_workspace(), wish)


def _obstacle() -> str:
    try:
        require_verified()
    except DomainError as error:
        return str(_(error.message, **error.params))
    return ""


def launch_mailing(mailing: Mailing, order: Order, facts: Facts) -> None:
    """Freeze a mailing and hand it over, to go at the order's time or now. Raises as `see_that_ready`."""
    see_that_ready(mailing, order, facts)
    mailing.report_to_author = order.report_to_author
    mailing.report_recipients = order.report_recipients
    db.session.flush()
    wanted = order_of(mailing, facts.at or facts.now, author_address=order.author_address)
    if facts.at is not None and order.zone_field:
        wanted = on_own_clocks(wanted, order.zone_field, facts.now)
    elif facts.at is None and undo_seconds(mailing):
        begins = facts.now + timedelta(seconds=undo_seconds(mailing))
        wanted = replace(wanted, planned_at=begins, undo_until=begins)
    sending_service.schedule_launch(replace(wanted, pace=order.pace))


def see_that_ready(mailing: Mailing, order: Order, facts: Facts) -> None:
    """Go on only with what may go, as whoever ordered it saw it.

    Raises:
        AlreadyScheduled: it was handed over before.
        Conflict: somebody saved it after the person had looked at it.
        AudienceChanged: it would go to noticeably more or fewer people than they were told.
        NotTyped: the workspace wants the number of people typed, and it was not.
        NotReady: a check says that something is missing.
    """
    if sending.launch(mailing.id) is not None:
        raise AlreadyScheduled
    if mailing.version != order.version:
        raise Conflict
    if abs(facts.people - order.count) > max(5, order.count // 100):
        raise AudienceChanged(now=f"{facts.people:,}", before=f"{order.count:,}")
    if any(check.blocks for check in checklist(mailing, facts)):
        raise NotReady
    see_that_typed(mailing, order.count, order.typed)


def order_of(mailing: Mailing, at: datetime, *, author_address: str = "") -> LaunchOrder:
    """Return what sending is to know of a mailing, to go at a moment."""
    words = words_of(mailing, mailing.subject)
    report_to = [author_address] if mailing.report_to_author and author_address else []
    sender = sender_of(mailing)
    return LaunchOrder(
        mailing_id=mailing.id,
        kind=mailing.kind,
        lane=LANES[MailingKind(mailing.kind)],
        subject=mailing.subject,
        sender_name=sender.name,
        sender_address=sender.address,
        reply_to=sender.reply_to,
        html=words.html,
        text_part=words.text_part,
        conditions=words.conditions,
        attachments=words.attachments,
        audience=queries.audience_of(mailing),
        report_to=list(dict.fromkeys([*report_to, *mailing.report_recipients])),
        author_id=mailing.author_id,
        planned_at=at,
        trial=trials.ordered(mailing),
        tracking_days=mailing.tracking_days,
    )


def reschedule_mailing(mailing_id: int, local: datetime, *, now: datetime) -> None:
    """Give a mailing that waits another time, on the workspace's clock.

    Raises:
        NoSuchTime: the clocks skip it.
        TimeHasPassed: it is not in the future.
        NotInThatState: the mailing has begun.
    """
    at = moment(local, current_workspace().timezone)
    if at <= now:
        raise TimeHasPassed
    sending_service.reschedule(mailing_id, at)


def note_wish(mailing: Mailing, local: datetime | None) -> None:
    """Keep when a draft is meant to go, on the workspace's clock (None: no more). It is no order and sends nothing.

    Raises:
        AlreadyScheduled: it has a time of its own.
        NoSuchTime: the clocks skip it.
    """
    if sending.launch(mailing.id) is not None:
        raise AlreadyScheduled
    mailing.wished_at = moment(local, current_workspace().timezone) if local else None
    db.session.flush()


def move_mailing(mailing_id: int, local: datetime, *, now: datetime) -> None:
    """Give a mailing that waits another time, or a draft another wish. Raises as these two."""
    if sending.launch(mailing_id) is None:
        note_wish(queries.mailing(mailing_id), local)
    else:
        reschedule_mailing(mailing_id, local, now=now)
