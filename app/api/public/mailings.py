"""Mails: written, sent by the rules that hold for people, cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from msgspec import UNSET

from app.api import shapes
from app.api.door import current_key
from app.api.operations import operation
from app.api.problems import Unfit
from app.compose import approvals, content, queries, service
from app.compose.acts import Launching
from app.compose.approvals import Asker
from app.compose.content import Content
from app.compose.service import Envelope, Order
from app.compose.starting import must_be_typed
from app.core import clock
from app.core.access import Permission
from app.core.errors import N_
from app.core.lines import one_line
from app.lists.recipients import Audience
from app.sending import queries as sending
from app.sending import service as sending_service
from app.templates_mgmt.sharing import Viewer
from app.tenants.queries import current_workspace

_OF_MAILING = (
    "id", "subject", "kind", "sender_name", "sender_address", "reply_to", "list_ids", "segment_ids",
    "excluded_list_ids", "excluded_segment_ids", "created_at", "updated_at",
)  # fmt: skip
_OF_LAUNCH = ("state", "planned_at", "started_at", "finished_at")


@operation(
    "GET", "/mailings", scope=Permission.VIEW, summary=N_("All mails, sent or not, the newest first"),
    asks=shapes.Page, answers=shapes.Mailings,
)  # fmt: skip
def mailings(asked: shapes.Page) -> shapes.Mailings:
    rows = queries.newest(before=asked.after, count=asked.limit + 1)
    items = _mailings(rows[: asked.limit])
    return shapes.Mailings(items, items[-1].id if len(rows) > asked.limit else None)


def _mailings(rows: Sequence[Any]) -> list[shapes.Mailing]:
    launches = sending.launches_of([row.id for row in rows])
    return [_mailing(row, launches.get(row.id)) for row in rows]


def _mailing(row: Any, launch: Any) -> shapes.Mailing:
    known = {name: getattr(row, name) for name in _OF_MAILING}
    if launch is not None:
        return shapes.Mailing(**known, **{name: getattr(launch, name) for name in _OF_LAUNCH})
    last = approvals.last_of(row.id)
    if last is not None and last.state == approvals.ApprovalState.ASKED:
        return shapes.Mailing(**known, state="asked", planned_at=last.planned_at)
    return shapes.Mailing(**known, state="draft")


@operation("GET", "/mailings/<int:mailing_id>", scope=Permission.VIEW, summary=N_("One mail"), answers=shapes.Mailing)
def one_mailing(mailing_id: int) -> shapes.Mailing:
    return _mailings([queries.mailing(mailing_id)])[0]


@operation(
    "POST", "/mailings", scope=Permission.WRITE, takes=shapes.MailingGiven, answers=shapes.Mailing, status=201,
    summary=N_("Write a mail of HTML, or from a template. It is a draft: nothing is sent"),
)  # fmt: skip
def write_mailing(given: shapes.MailingGiven) -> shapes.Mailing:
    who = Audience(
        lists=tuple(given.list_ids), segments=tuple(given.segment_ids),
        excluded_lists=tuple(given.excluded_list_ids), excluded_segments=tuple(given.excluded_segment_ids),
    )  # fmt: skip
    body = _body(given)
    made = service.create_mailing(_envelope(given, body), who, content=body, author_id=current_key().member.id)
    _see_that_all_known(given, made)
    return _mailings([made])[0]


def _body(given: shapes.MailingGiven) -> Content:
    if (given.html is UNSET) is (given.template_id is UNSET):
        raise Unfit("either `html` or `template_id` is wanted", "/html")
    if given.template_id is not UNSET:
        maker = current_key().member
        seen_by = Viewer(maker.id, maker.role)
        return content.starting_from(f"template:{given.template_id}", current_workspace().locale, seen_by)
    return content.of_html(str(given.html))


def _envelope(given: shapes.MailingGiven, body: Content) -> Envelope:
    workspace = current_workspace()
    return Envelope(
        subject=one_line(given.subject) or body.subject,
        kind=given.kind,
        sender_name=one_line(given.sender_name) or workspace.sender_name,
        sender_address=one_line(given.sender_address) or workspace.sender_address,
        reply_to=one_line(given.reply_to),
    )


def _see_that_all_known(given: shapes.MailingGiven, made: Any) -> None:
    """A page leaves out what is not there; a program is told, so that it never writes to fewer than it means to."""
    for name in ("list_ids", "segment_ids", "excluded_list_ids", "excluded_segment_ids"):
        if missing := [each for each in getattr(given, name) if each not in getattr(made, name)]:
            raise Unfit(f"the workspace has no {missing[0]} there", f"/{name}")


@operation(
    "POST", "/mailings/<int:mailing_id>/launches", scope=Permission.SEND, takes=shapes.LaunchGiven,
    answers=shapes.Mailing, status=202,
    summary=N_("Send a mail at a time or at once, or ask for approval where the workspace wants that"),
)  # fmt: skip
def launch_mailing(mailing_id: int, given: shapes.LaunchGiven) -> shapes.Mailing:
    mailing, now, maker = queries.mailing(mailing_id), clock.now(), current_key().member
    if given.at is not None and given.at <= now:
        raise service.TimeHasPassed
    facts = service.facts_of(mailing, now=now, at=given.at)
    count = facts.people if given.recipients is None else given.recipients
    order = Order(
        version=mailing.version, count=count, report_to_author=mailing.report_to_author,
        report_recipients=list(mailing.report_recipients), author_address=maker.email,
        typed="" if given.recipients is None and must_be_typed(mailing, facts.people) else str(count),
    )  # fmt: skip
    approvals.go(mailing, Launching(order, given.at), Asker(maker.id, maker.role, given.note), now=now)
    return _mailings([mailing])[0]


@operation(
    "POST", "/mailings/<int:mailing_id>/cancellations", scope=Permission.SEND, answers=shapes.Cancellation,
    summary=N_("Stop a mail: before it begins it becomes a draft again, later those who have not got it will not"),
)  # fmt: skip
def cancel_mailing(mailing_id: int) -> shapes.Cancellation:
    return shapes.Cancellation(**asdict(sending_service.cancel(mailing_id)))
