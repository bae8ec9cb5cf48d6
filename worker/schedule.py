"""The scheduler: starts what is due, carries pause and cancel to the MTA, finds what was lost. One leads at a time."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import astuple, dataclass, field
from datetime import date, timedelta

import psycopg
import structlog
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from app.billing import endings, payment, standing
from app.compose import series
from app.core import clock, queue, unit
from app.core.queue import Task
from app.custody import service as custody
from app.domains import postmaster
from app.domains import service as domains
from app.lists import consent_letters, purging
from app.lists.importer import sweeping, syncs
from app.reports import alerts, summaries
from app.reports import later as later_reports
from app.reports import service as reports
from app.sending import releasing, service, waves
from app.sending.service import Running
from app.sending.signals import CHANNEL
from app.sending.terms import LaunchState
from app.tenants import erasure, mail_orders
from app.tracking import tidying
from config.settings import Settings
from mta.contract import Control
from worker import job, overlook
from worker.carrier import client

log = structlog.get_logger(__name__)
LEADER_LOCK = 7_205_759
STUCK_AFTER = timedelta(seconds=60)
SLOWEST_LOOK = 300.0
REPORTS_EVERY = 600.0
RELEASE_EVERY = 60.0
PAYMENT_EVERY = 300.0
PURGE_EVERY = 6 * 3600.0
CONSENT_EVERY = 600.0
PICTURE_EVERY = 1.0
GO_ON_EVERY = 2.0
NUDGE_AGAIN = 30.0
NIGHT = timedelta(hours=17)
UNDECIDED = -1
OCCURRENCE = -2
CONTROLS = {
    LaunchState.RUNNING: Control.RUNNING,
    LaunchState.PAUSED: Control.PAUSED,
    LaunchState.CANCELLING: Control.CANCELLED,
}


def run(settings: Settings, stop: threading.Event) -> None:
    """Lead, or wait to lead, until `stop`. A lost connection means the lead is lost too: begin again."""
    while not stop.is_set():
        try:
            with psycopg.connect(settings.database_url, autocommit=True) as connection:
                _lead(connection, settings, stop)
        except (psycopg.OperationalError, SQLAlchemyError, RedisError, OSError) as error:
            log.error("scheduler_waits", error=type(error).__name__, detail=str(error)[:200])
            stop.wait(1.0)


def _lead(connection: psycopg.Connection, settings: Settings, stop: threading.Event) -> None:
    while not stop.is_set():
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", [LEADER_LOCK]).fetchone()
        if row and row[0]:
            break
        stop.wait(1.0)
    connection.execute(f"LISTEN {CHANNEL}")
    connection.execute(f"LISTEN {mail_orders.CHANNEL}")
    leader = Leader(settings)
    while not stop.is_set():
        leader.tick()
        for notify in connection.notifies(timeout=settings.tick_seconds, stop_after=1):
            if notify.channel == CHANNEL:
                leader.hear(notify.payload)
            else:
                overlook.hear(notify.payload)


@dataclass
class Leader:
    """What the leading scheduler does at each tick. It remembers only when to look again; losing that loses nothing."""

    settings: Settings
    looks: dict[tuple[int, int], Look] = field(default_factory=dict)
    nudged: dict[tuple[int, int, int], float] = field(default_factory=dict)
    next_go: float = 0.0
    next_sweep: float = 0.0
    next_reports: float = 0.0
    next_picture: float = 0.0
    next_release: float = 0.0
    next_payment: float = 0.0
    next_purge: float = 0.0
    next_consent: float = 0.0
    tidied: date | None = None

    def tick(self) -> None:
        self.start_due()
        if time.monotonic() >= self.next_picture:
            self.next_picture = time.monotonic() + PICTURE_EVERY
            overlook.publish_traffic()
        if time.monotonic() >= self.next_go:
            self.next_go = time.monotonic() + GO_ON_EVERY
            self.go_on()
        if time.monotonic() >= self.next_sweep:
            self.next_sweep = time.monotonic() + self.settings.reconcile_seconds
            self.sweep()

    def start_due(self) -> None:
        with job.inside(None), unit.unit_of_work():
            due = service.claim_due(timedelta(seconds=self.settings.lateness_limit))
        for tenant_id, mailing_id in due:
            self._launch(tenant_id, mailing_id)

    def go_on(self) -> None:
        """Feed the running launches of which another part has come due, and decide the trials whose time is up."""
        with job.inside(None), unit.unit_of_work():
            due, undecided = waves.launches_to_feed(), waves.undecided()
            coming = series.claim_due()
        for tenant_id, mailing_id, fed in due:
            if self._not_lately((tenant_id, mailing_id, fed)):
                queue.send(Task("sending.feed", tenant_id, (mailing_id,), queue="bulk"))
        for tenant_id, mailing_id in undecided:
            if self._not_lately((tenant_id, mailing_id, UNDECIDED)):
                queue.send(Task("reports.decide_trial", tenant_id, (mailing_id,), queue="default"))

        for tenant_id, series_id in coming:
            if self._not_lately((tenant_id, series_id, OCCURRENCE)):
                queue.send(Task("compose.begin_occurrence", tenant_id, (series_id,), queue="default"))

    def _not_lately(self, place: tuple[int, int, int]) -> bool:
        now = time.monotonic()
        if self.nudged.get(place, -NUDGE_AGAIN) > now - NUDGE_AGAIN:
            return False
        self.nudged[place] = now
        return True

    def hear(self, payload: str) -> None:
        """Carry a word of `app.sending.signals` to the MTA; `due` only wakes the tick."""
        tenant, mailing, word = payload.split(":")
        with suppress(ValueError):
            client().control(int(tenant), mailing, Control(word))
        if word in (Control.RUNNING, Control.CANCELLED):
            self._reconcile(int(tenant), int(mailing))

    def sweep(self) -> None:
        """Look after everything under way: say the controls again, restart what stands still."""
        with job.inside(None), unit.unit_of_work():
            under_way = service.launches_under_way()
        for running in under_way:
            self._look_after(running)
        long_ago = time.monotonic() - NUDGE_AGAIN
        self.nudged = {place: at for place, at in self.nudged.items() if at > long_ago}
        alive = {(r.tenant_id, r.mailing_id) for r in under_way}
        self.looks = {key: look for key, look in self.looks.items() if key in alive}
        overlook.carry_orders()
        queue.send(Task("notices.feed", None, (), queue="default"))
        self._check_domains()
        self._check_counters()
        self._mail_later_reports()
        self._warn()
        self._look_after_imports()
        self._look_after_ends()
        self._purge()
        self._write_about_consent()
        self._release_held()
        self._tidy()
        self._look_after_payment()

    def _look_after_payment(self) -> None:
        """What the payment service must still hear or has told in vain, and bills that nobody paid in time."""
        if time.monotonic() < self.next_payment:
            return
        self.next_payment = time.monotonic() + PAYMENT_EVERY
        now = clock.now()
        with job.inside(None), unit.unit_of_work():
            lost, untold = payment.forgotten_events(now - STUCK_AFTER), payment.untold_overage()
            overdue, unsaid = standing.overdue(now), endings.untold(now - STUCK_AFTER)
        for tenant_id, event_id in lost:
            queue.send(Task("billing.apply_event", tenant_id, (event_id,), queue="default"))
        for subscription in unsaid:
            queue.send(Task("billing.carry_ending", None, (subscription,), queue="default"))
        for owing, month in untold:
            queue.send(Task("billing.tell_overage", owing, (month.isoformat(),), queue="bulk"))
        for late in overdue:
            queue.send(Task("billing.close_overdue", late, (), queue="bulk"))

    def _release_held(self) -> None:
        """The month may have turned. A larger plan releases by itself at once."""
        if time.monotonic() < self.next_release:
            return
        self.next_release = time.monotonic() + RELEASE_EVERY
        with job.inside(None), unit.unit_of_work():
            waiting = releasing.waiting_workspaces()
        for tenant_id in waiting:
            queue.send(Task("sending.release_held", tenant_id, (), queue="default"))

    def _look_after_ends(self) -> None:
        """Workspaces whose time to confirm or to change their mind is over, archives nobody came for, old reports."""
        with job.inside(None), unit.unit_of_work():
            erasure.end_unverified(self.settings.unverified_days, now=clock.now())
            ending = erasure.claim_due()
            custody.drop_expired(clock.now())
            postmaster.drop_old(clock.now())
        for tenant_id in ending:
            queue.send(Task("custody.erase", None, (tenant_id,), queue="bulk", timeout=3600))

    def _look_after_imports(self) -> None:
        """Standing orders that are due, imports whose worker died, and what nobody said yes to for days."""
        with job.inside(None), unit.unit_of_work():
            orders = syncs.claim_due(clock.now())
            stuck = sweeping.claim_stuck(clock.now())
            sweeping.throw_away_old(clock.now())
        for tenant_id, sync_id in orders:
            queue.send(Task("lists.ask_database", tenant_id, (sync_id,), queue="bulk"))
        for tenant_id, import_id, task in stuck:
            queue.send(Task(task, tenant_id, (import_id,), queue="bulk", timeout=3600))

    def _purge(self) -> None:
        if time.monotonic() < self.next_purge:
            return
        self.next_purge = time.monotonic() + PURGE_EVERY
        with job.inside(None), unit.unit_of_work():
            due = purging.workspaces_to_purge(now=clock.now())
        for tenant_id in due:
            queue.send(Task("lists.purge", tenant_id, (), queue="bulk"))

    def _write_about_consent(self) -> None:
        """Once a day for each workspace that has switched the letters on."""
        if time.monotonic() < self.next_consent:
            return
        self.next_consent = time.monotonic() + CONSENT_EVERY
        with job.inside(None), unit.unit_of_work():
            due = consent_letters.claim_due()
        for tenant_id, kind in due:
            queue.send(Task("compose.post_consent_mails", tenant_id, (kind,), queue="bulk"))

    def _check_counters(self) -> None:
        now = clock.now()
        with job.inside(None), unit.unit_of_work():
            due = reports.claim_checks(now)
        for tenant_id in due:
            queue.send(Task("reports.check_counters", tenant_id, (now.date().isoformat(),), queue="bulk"))

    def _tidy(self) -> None:
        """At two in the morning in Seoul, or as soon after as a scheduler leads."""
        day = (clock.now() - NIGHT).date()
        if day == self.tidied:
            return
        with job.inside(None), unit.unit_of_work():
            due = tidying.claim(day)
        for tenant_id in due:
            queue.send(Task("tracking.tidy", tenant_id, (), queue="bulk", timeout=3600))
        self.tidied = day

    def _mail_later_reports(self) -> None:
        if time.monotonic() < self.next_reports:
            return
        self.next_reports = time.monotonic() + REPORTS_EVERY
        with job.inside(None), unit.unit_of_work():
            due, summed_up = later_reports.due(), summaries.due(clock.now())
        for tenant_id, member_id, span, first in summed_up:
            queue.send(Task("reports.post_summary", tenant_id, (member_id, span, first), queue="bulk"))
        for tenant_id, mailing_id, occasion in due:
            queue.send(Task("reports.post_delivery_report", tenant_id, (mailing_id, occasion), queue="bulk"))

    def _warn(self) -> None:
        with job.inside(None), unit.unit_of_work():
            untold = alerts.untold(clock.now())
        for tenant_id, incident in untold:
            queue.send(Task("reports.raise_alert", tenant_id, tuple(astuple(incident)), queue="default"))

    def _check_domains(self) -> None:
        with job.inside(None), unit.unit_of_work():
            due = domains.claim_due()
        for tenant_id, domain_id in due:
            queue.send(Task("domains.check", tenant_id, (domain_id,), queue="bulk"))

    def _look_after(self, running: Running) -> None:
        if running.state is LaunchState.LAUNCHING:
            if running.started_at and running.started_at < clock.now() - STUCK_AFTER:
                self._launch(running.tenant_id, running.mailing_id)
            return
        if running.state is not LaunchState.RUNNING:
            client().control(running.tenant_id, str(running.mailing_id), CONTROLS[running.state])
        look = self.looks.setdefault((running.tenant_id, running.mailing_id), Look(self.settings.reconcile_seconds))
        if look.stands_still(running, time.monotonic()):
            self._reconcile(running.tenant_id, running.mailing_id)

    def _launch(self, tenant_id: int, mailing_id: int) -> None:
        queue.send(Task("sending.launch", tenant_id, (mailing_id,), queue="breaking", timeout=1800))

    def _reconcile(self, tenant_id: int, mailing_id: int) -> None:
        queue.send(Task("sending.reconcile", tenant_id, (mailing_id,), queue="default"))


@dataclass
class Look:
    """When a launch was last seen to move. One that stands still is looked into, ever less often."""

    pause: float
    seen: tuple[int, int] = (-1, -1)
    next_at: float = 0.0
    wait: float = 0.0

    def stands_still(self, running: Running, now: float) -> bool:
        place = (running.final, running.fed_through)
        if place != self.seen:
            self.seen, self.wait, self.next_at = place, self.pause, now + self.pause * 0.9
            return False
        if now < self.next_at or running.state is LaunchState.PAUSED:
            return False
        self.wait = min(self.wait * 2, SLOWEST_LOOK)
        self.next_at = now + self.wait
        return True
