"""Task names and what they call. Services and the scheduler know the names, only this module the callables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """A task's callable as `module:function`. With `own_units` it commits by itself, in many short transactions."""

    target: str
    own_units: bool = False

    def load(self) -> Callable[..., Any]:
        module, _, name = self.target.partition(":")
        call: Callable[..., Any] = getattr(import_module(module), name)
        return call


TASKS: dict[str, Entry] = {
    "sending.launch": Entry("app.sending.jobs:launch"),
    "sending.halt": Entry("app.sending.jobs:halt"),
    "sending.release_held": Entry("app.sending.jobs:release_held"),
    "sending.feed": Entry("worker.feed:feed", own_units=True),
    "sending.bounce_late": Entry("worker.returns:bounce_late"),
    "sending.drop_files": Entry("worker.feed:drop_files"),
    "sending.reconcile": Entry("worker.feed:reconcile", own_units=True),
    "notices.feed": Entry("worker.notices:feed", own_units=True),
    "compose.begin_occurrence": Entry("app.compose.jobs:begin_occurrence"),
    "compose.draw_thumbnail": Entry("app.compose.jobs:draw_thumbnail"),
    "compose.drop_unused_files": Entry("app.compose.jobs:drop_unused_files"),
    "compose.post_consent_mails": Entry("app.compose.jobs:post_consent_mails"),
    "reports.post_delivery_report": Entry("app.reports.jobs:post_delivery_report"),
    "reports.post_summary": Entry("app.reports.jobs:post_summary"),
    "reports.raise_alert": Entry("app.reports.jobs:raise_alert"),
    "reports.check_counters": Entry("app.reports.jobs:check_counters"),
    "tracking.take_complaint": Entry("app.tracking.jobs:take_complaint"),
    "tracking.tidy": Entry("app.tracking.jobs:tidy", own_units=True),
    "reports.decide_trial": Entry("app.reports.jobs:decide_trial"),
    "billing.apply_event": Entry("app.billing.jobs:apply_event", own_units=True),
    "billing.tell_overage": Entry("app.billing.jobs:tell_overage", own_units=True),
    "billing.carry_ending": Entry("app.billing.jobs:carry_ending", own_units=True),
    "billing.close_overdue": Entry("app.billing.jobs:close_overdue"),
    "domains.check": Entry("app.domains.jobs:check", own_units=True),
    "domains.rotate_keys": Entry("app.domains.jobs:rotate_keys"),
    "domains.renew_spare_key": Entry("app.domains.jobs:renew_spare_keys"),
    "media.discard": Entry("app.media.jobs:discard"),
    "tenants.mail_password_reset": Entry("app.tenants.jobs:mail_password_reset"),
    "tenants.mail_workspaces": Entry("app.tenants.jobs:mail_workspaces"),
    "custody.write_archive": Entry("app.custody.jobs:write_archive", own_units=True),
    "custody.erase": Entry("worker.erasing:erase", own_units=True),
    "lists.read_import": Entry("app.lists.jobs:read_import", own_units=True),
    "lists.look_up_domains": Entry("app.lists.jobs:look_up_domains", own_units=True),
    "lists.run_import": Entry("app.lists.jobs:run_import", own_units=True),
    "lists.undo_import": Entry("app.lists.jobs:undo_import", own_units=True),
    "lists.run_bulk_action": Entry("app.lists.jobs:run_bulk_action", own_units=True),
    "lists.run_export": Entry("app.lists.jobs:run_export", own_units=True),
    "lists.ask_database": Entry("app.lists.jobs:ask_database"),
    "lists.purge": Entry("app.lists.jobs:purge", own_units=True),
    "lists.post_confirmations": Entry("app.lists.jobs:post_confirmations", own_units=True),
}
